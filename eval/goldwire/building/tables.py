"""The published configs: one Arrow table each, with an explicit schema, made from an annotation folder."""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Mapping
from operator import itemgetter
from typing import Any

import pyarrow as pa

from goldwire.building.derive import derived
from goldwire.corpus.labels import labels
from goldwire.formats.folder import Source

__all__ = ["CLUSTERS", "CONFIGS", "config_tables", "key_of"]

_str, _int, _ints, _strs = pa.string(), pa.int32(), pa.list_(pa.int32()), pa.list_(pa.string())

CONFIGS: dict[str, pa.Schema] = {
    "articles": pa.schema(
        [("doc_id", _str), ("text", _str), ("sha256", _str), ("length", _int), ("published", _str),
         ("headline", _str), ("agencies", _strs),
         ("zones", pa.list_(pa.struct([("zone", _str), ("start", _int), ("end", _int)]))),
         ("sentences", pa.list_(pa.struct([("start", _int), ("end", _int)]))),
         ("rights_holder", _str), ("rights_evidence", _str), ("text_licence", _str), ("text_terms", _str),
         ("annotation_licence", _str)]
    ),
    "entities": pa.schema(
        [("doc_id", _str),
         ("mentions", pa.list_(pa.struct(
             [("id", _str), ("start", _int), ("end", _int), ("fragments", _ints), ("text", _str), ("head", _ints),
              ("type", _str), ("level", _str), ("entity_id", _str), ("metonymic", pa.bool_()), ("zone", _str)])))]
    ),
    "entity_index": pa.schema(
        [("entity_id", _str), ("type", _str), ("name", _str), ("kb_id", _str), ("kb_reason", _str),
         ("relations", pa.list_(pa.struct([("relation", _str), ("target", _str)]))), ("mentions", _int),
         ("doc_ids", _strs)]
    ),
    "events": pa.schema(
        [("doc_id", _str), ("id", _str), ("type", _str), ("trigger", _ints), ("text", _str), ("head", _ints),
         ("arguments", pa.list_(pa.struct(
             [("role", _str), ("start", _int), ("end", _int), ("text", _str), ("head", _ints), ("entity_id", _str),
              ("time_id", _str), ("event_id", _str)]))),
         ("times", _strs), ("polarity", _str), ("modality", _str), ("tense", _str), ("genericity", _str),
         ("attribution_source", _str), ("attribution_via", _str), ("attribution_event", _str),
         ("instance_id", _str), ("zone", _str), ("realis", _str), ("core", pa.bool_()), ("joint", pa.bool_()),
         ("ace_type", _str), ("ace_polarity", _str), ("ace_modality", _str), ("ace_tense", _str),
         ("ace_genericity", _str), ("ere_realis", _str), ("plover", _str), ("cameo", _strs)]
    ),
    "event_instances": pa.schema(
        [("instance_id", _str), ("type", _str), ("label", _str), ("start", _str), ("end", _str),
         ("roles", pa.list_(pa.struct([("role", _str), ("entity_id", _str)]))),
         ("links", pa.list_(pa.struct([("relation", _str), ("target", _str)]))), ("contrast", _strs),
         ("mentions", _int), ("doc_ids", _strs)]
    ),
    "times": pa.schema(
        [("doc_id", _str), ("id", _str), ("start", _int), ("end", _int), ("text", _str), ("type", _str),
         ("value", _str), ("resolved", _str), ("anchor", _str), ("basis", _str), ("zone", _str)]
    ),
    "duplicates": pa.schema(
        [("id", _str), ("a", _str), ("b", _str), ("reuse_a", _str), ("coverage_a", pa.float64()), ("reuse_b", _str),
         ("coverage_b", pa.float64()), ("story", _str), ("provenance", _str), ("evidence", _str)]
    ),
    "passages": pa.schema(
        [("id", _str), ("a", _str), ("a_start", _int), ("a_end", _int), ("a_text", _str), ("b", _str),
         ("b_start", _int), ("b_end", _int), ("b_text", _str), ("relation", _str), ("basis", _str),
         ("edits", _strs), ("group", _str), ("note", _str)]
    ),
}  # fmt: skip
"""Config of an annotated corpus -> schema of its rows. Nesting stays at list<struct<scalars and lists of scalars>>."""

CLUSTERS = pa.schema([("doc_id", _str), ("cluster", _str), ("parents", _strs), ("operations", _strs)])
"""Rows of the config "clusters", which corpora have whose documents are a partition by source, as synthetic ones are."""


def config_tables(source: Source) -> dict[str, pa.Table]:
    """All configs of a valid annotation folder, rows sorted by id."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in CONFIGS}
    entity_docs: dict[str, list[str]] = defaultdict(list)
    instance_docs: dict[str, list[str]] = defaultdict(list)
    for doc_id, file in sorted(source.articles.items()):
        article = file.content
        rights = dict(article["rights"])
        rows["articles"].append(
            {**article, "text": source.texts[doc_id], "rights_holder": rights.pop("holder"),
             "rights_evidence": rights.pop("evidence"), **rights}
        )  # fmt: skip
        zones = article["zones"]
        starts = [zone["start"] for zone in zones]

        def zone_at(at: int, zones: list[dict[str, Any]] = zones, starts: list[int] = starts) -> str:
            return str(zones[bisect.bisect_right(starts, at) - 1]["zone"])

        gold = source.gold[doc_id].content
        mentions = [
            {**row, "metonymic": row.get("metonymic", False), "zone": zone_at(row["start"])} for row in gold["entities"]
        ]
        rows["entities"].append({"doc_id": doc_id, "mentions": sorted(mentions, key=lambda row: row["id"])})
        for row in gold["entities"]:
            entity_docs[row["entity_id"]].append(doc_id)
        rows["times"] += [{**row, "doc_id": doc_id, "zone": zone_at(row["start"])} for row in gold["times"]]
        for row in gold["events"]:
            instance_docs[row["instance_id"]].append(doc_id)
            attribution = {f"attribution_{key}": value for key, value in (row["attribution"] or {}).items()}
            rows["events"].append(
                {**row, **attribution, "doc_id": doc_id, "zone": zone_at(row["trigger"][0]),
                 **derived(row)}
            )  # fmt: skip
    rows["entity_index"] = _counted(source.index("entities"), "entity_id", entity_docs)
    rows["event_instances"] = _counted(source.index("event_instances"), "instance_id", instance_docs)
    rows["duplicates"] = source.index("duplicates")
    relations = labels()["passage_relations"]
    rows["passages"] = [{**row, "basis": relations[row["relation"]]["basis"]} for row in source.index("passages")]
    return {
        name: pa.Table.from_pylist(sorted(rows[name], key=itemgetter(key_of(name))), schema=schema)
        for name, schema in CONFIGS.items()
    }


def key_of(config: str) -> str:
    """The column whose values identify, and order, a config's rows."""
    names = CONFIGS[config].names
    return "id" if "id" in names else names[0]


def _counted(entries: list[dict[str, Any]], key: str, docs: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """Index entries with the number of their mentions and the articles they occur in."""
    return [
        {**row, "mentions": len(docs.get(row[key], [])), "doc_ids": sorted(set(docs.get(row[key], [])))}
        for row in entries
    ]
