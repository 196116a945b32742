"""Trying a system on three articles: what it gives, whether that can be scored, how long it takes, what to fix."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from goldwire.corpus.parts import part_of
from goldwire.corpus.tables import Corpus
from goldwire.incidents import Incident
from goldwire.reading import load_corpus
from goldwire.running.run import articles_of, run
from goldwire.systems import Record, System, get, is_per_document

__all__ = ["ARTICLES", "Trial", "try_out"]

ARTICLES = 3

_ADVICE = {
    "system-failure": "the system failed on these articles; the reason stands there. The others were not affected.",
    "schema": "records have a shape of their own: schema/prediction.schema.json is the one that is read.",
    "text-mismatch": "offsets count Unicode code points, half-open, into the text as given. Systems that count UTF-16 "
    'units or bytes say so in their header ("offset_unit"); systems that have no offsets leave them out and give "text".',
    "offset-range": "offsets lie outside the text: do they count code points of the untouched text?",
    "missing-offset": "an item needs start and end (an event: trigger), or text alone, which is then looked up.",
    "unknown-type": "types are those of `goldwire list labels`; a map in the adapter (-s labels=...) or `goldwire score "
    "--map` translates others.",
    "unknown-label": "attribute values are those of `goldwire list labels`.",
    "illegal-role": "roles belong to event types: `goldwire list labels`.",
    "unknown-document": "doc_id has to be the one the system was given.",
    "repeated-document": "one record a document.",
    "misspelt-field": "a field is misspelt; the name that is read stands beside it.",
    "unknown-field": "a field that no schema names is not read.",
    "two-clusters": "one span can be in one entity only.",
    "not-a-number": "scores are finite numbers.",
}


@dataclass(frozen=True)
class Trial:
    """What came of it.

    record: as of a run. incidents: everything wrong. advice: one sentence for each kind of it. doc_ids: the articles.
    sample: the first records, as JSON.
    """

    record: Record
    incidents: list[Incident]
    advice: list[str]
    doc_ids: list[str]
    sample: list[str]

    @property
    def fit(self) -> bool:
        """Whether predictions like these would be scored as they are."""
        return not any(incident.severity == "error" for incident in self.incidents)


def try_out(
    system: str | System,
    gold: str | Path | Corpus | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    timeout: float | None = None,
    retries: int = 0,
) -> Trial:
    """Run a system on the three shortest articles of the gold and look at what it gives; nothing is kept.

    Raises UsageError, SystemFailure, ReadError and MissingExtra as ``run`` does.
    """
    chosen = get(system, **(settings or {})) if isinstance(system, str) else system
    corpus = gold if isinstance(gold, Corpus) else load_corpus(gold)
    shortest = sorted(articles_of(corpus), key=lambda article: (len(article.text), article.doc_id))[:ARTICLES]
    doc_ids = [article.doc_id for article in shortest]
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "predictions.jsonl"
        done = run(chosen, output, part_of(corpus, doc_ids), timeout=timeout, retries=retries)
        lines = output.read_text(encoding="utf-8").splitlines()[1:]
    found = [_at_line(incident) for incident in done.incidents]
    sample = [line if len(line) <= 240 else f"{line[:240]}..." for line in lines[:2]]
    return Trial(done.record, found, list(_advice(done.record, found, chosen)), doc_ids, sample)


def _at_line(incident: Incident) -> Incident:
    """The incident without the path of a file that is gone."""
    return replace(incident, path="predictions")


def _advice(record: Record, found: list[Incident], system: System) -> Iterator[str]:
    for rule in dict.fromkeys(incident.rule for incident in found):
        if rule in _ADVICE:
            yield f"{rule}: {_ADVICE[rule]}"
    items = record["checked"]["items"]
    if not found and not sum(items.values()):
        yield "nothing was found in any article: do the records have the lists entities, events or times, or a and b?"
    grounding = record["checked"]["grounding"]
    if grounding and grounding["ungrounded"]:
        yield (
            f"{grounding['ungrounded']} string(s) do not stand in their article and count as false positives; "
            "`goldwire explain PRED --class ungrounded` shows them."
        )
    if not is_per_document(system):
        yield (
            "it takes all articles at once, as de-duplication must. A system that looks at each article by itself says "
            "per_document = True; then runs can be resumed, spread over workers, and survive failures on single articles."
        )
