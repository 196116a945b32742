"""Strings without offsets: how many could be placed in the text, and what was found regardless of its place.

A system that gives strings can be wrong in two ways: it found the wrong thing, or what it found could not be placed.
Every other task counts both as errors. Here the first is counted alone: strings and labels as multisets per document,
places ignored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.strings import GROUNDING, caseless
from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, Facet, IntArray
from goldwire.tasks.codes import codes_in, shared_labels, unit_codes
from goldwire.tasks.event_rows import packed
from goldwire.tasks.spans import equal_pairs

__all__ = ["LAYERS", "count"]

LAYERS: Mapping[str, tuple[str, str]] = {
    "entities": ("mentions", "type"),
    "triggers": ("triggers", "type"),
    "arguments": ("arguments", "role"),
    "times": ("times", "type"),
}
"""Name of a layer -> its corpus table and the label that its strings go with."""


def count(gold: Corpus, pred: Corpus) -> Counts:
    """Counts per document, layer and type (of an argument its role), over the layers that the prediction has.

    Columns: ``strings``, the predicted items that gave a string in place of offsets, and one per grounding label (see
    ``formats.grounding``) with those of them that have it; ``gold`` and ``pred`` count items; ``text_gold`` and
    ``text_pred`` those in the multiset intersection of (string, label) of a document. Strings are folded as for
    grounding and compared without regard to case; that of an item with offsets is the text there.
    """
    layers = [name for name, (table, _) in LAYERS.items() if table in gold and table in pred]
    text_of = dict(zip(*(gold["articles"][column].to_pylist() for column in ("doc_id", "text")), strict=True))
    texts = [text_of.get(doc_id) or "" for doc_id in gold.doc_ids]
    sides = [[_layer(side, *LAYERS[name], texts, gold.doc_ids) for name in layers] for side in (gold, pred)]
    kinds = shared_labels(*(part["label"] for side in sides for part in side))
    string = pa.chunked_array([part["string"] for side in sides for part in side], pa.string())
    strings = string.combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int64)
    parts = [part for side in sides for part in side]
    unit = np.concatenate([np.zeros(0, np.int64), *(part["unit"] for part in parts)])
    layer = np.concatenate([np.full(len(part["unit"]), i % len(layers)) for i, part in enumerate(parts)])
    kind = np.concatenate([codes_in(part["label"], kinds) for part in parts])
    n_gold = sum(len(part["unit"]) for part in sides[0])
    key = packed(unit, layer, kind, strings)
    matched = np.zeros(len(key), bool)
    orders = np.argsort(key[:n_gold], kind="stable"), n_gold + np.argsort(key[n_gold:], kind="stable")
    for order, at in zip(orders, equal_pairs(key[orders[0]], key[orders[1]]), strict=True):
        matched[order[at]] = True
    ours = np.arange(len(key)) < n_gold
    columns = {"gold": ours, "pred": ~ours, "text_gold": ours & matched, "text_pred": ~ours & matched}
    grounding = pa.chunked_array([part["grounding"] for part in parts], pa.string())
    columns["strings"] = grounding.is_valid().to_numpy()
    columns |= {name: pc.fill_null(pc.equal(grounding, name), False).to_numpy() for name in GROUNDING}
    facets = {"layer": Facet(layer, tuple(layers)), "type": Facet(kind, kinds)}
    return Counts.build(gold.doc_ids, unit, facets, columns)


def _layer(
    side: Corpus, name: str, label: str, texts: Sequence[str], doc_ids: Sequence[str]
) -> dict[str, IntArray | pa.Array]:
    """One layer of one side: document codes, labels, folded strings and grounding labels of its rows."""
    table = side[name]
    unit = unit_codes(table["doc_id"], doc_ids)
    given = table["text"].to_pylist() if "text" in table.column_names else [None] * len(table)
    folded: dict[str, str] = {}
    strings = []
    bounds = (table[column].to_pylist() for column in ("start", "end"))
    for code, own, start, end in zip(unit.tolist(), given, *bounds, strict=True):
        string = texts[code][start:end] if own is None else own
        if string not in folded:
            folded[string] = caseless(string)
        strings.append(folded[string])
    none = pa.nulls(len(table), pa.string())
    grounding = table["grounding"].combine_chunks() if "grounding" in table.column_names else none
    return {"unit": unit, "label": table[label], "string": pa.array(strings, pa.string()), "grounding": grounding}
