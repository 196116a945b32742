"""From a task to the table of its items."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pyarrow as pa

from goldwire.corpus.tables import Corpus
from goldwire.errors import UsageError
from goldwire.explaining.clusters import cluster_links, coreference_links
from goldwire.explaining.instances import instances
from goldwire.explaining.pairs import article_pairs
from goldwire.explaining.passages import passages
from goldwire.explaining.spans import arguments, linked, mentions, times, triggers
from goldwire.explaining.table import in_text_order

__all__ = ["EXPLAINED", "items"]

Maker = Callable[[Corpus, Corpus], pa.Table]


def _events(gold: Corpus, pred: Corpus) -> pa.Table:
    return pa.concat_tables([triggers(gold, pred), arguments(gold, pred)])


def _coreference(table: str, cluster: str, *, corpus: bool) -> Maker:
    return lambda gold, pred: coreference_links(gold, pred, table, cluster, corpus=corpus)


EXPLAINED: Mapping[str, Maker] = {
    "entities": mentions,
    "linking": linked,
    "coref": _coreference("mentions", "entity_id", corpus=False),
    "coref_corpus": _coreference("mentions", "entity_id", corpus=True),
    "events": _events,
    "instances": instances,
    "event_coref": _coreference("triggers", "instance_id", corpus=False),
    "event_coref_corpus": _coreference("triggers", "instance_id", corpus=True),
    "times": times,
    "duplicates": article_pairs,
    "clusters": cluster_links,
    "passages": passages,
}
"""Task -> what lists its items."""


def items(task: str, gold: Corpus, pred: Corpus) -> pa.Table:
    """One row per aligned pair, and per gold or predicted item without a partner; see ITEMS for the columns.

    Every gold and every predicted item of the task stands in exactly one row. Raises UsageError for tasks that have no
    items, such as published profiles.
    """
    if task not in EXPLAINED:
        raise UsageError(f"the items of {task!r} cannot be listed; tasks: {', '.join(EXPLAINED)}")
    return in_text_order(EXPLAINED[task](gold, pred), gold.doc_ids)
