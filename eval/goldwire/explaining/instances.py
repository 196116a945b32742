"""Items that are event instances: the fillers of their roles, and the instances themselves.

Fillers are those of CEAF-REE, taken together over the instances of a type in a document; instances are aligned as for
CEAF-RME with φ3. See ``goldwire.tasks.instances``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.counts import IntArray
from goldwire.explaining.table import CLASSES, build, labels_of, taken
from goldwire.tasks.codes import integers
from goldwire.tasks.events import track_facet
from goldwire.tasks.instances import aligned_fillers, aligned_templates, shared_mentions
from goldwire.tasks.templates import Templates, merged, read_templates

__all__ = ["instances"]


def instances(gold: Corpus, pred: Corpus) -> pa.Table:
    """Fillers and templates of both sides.

    A filler is right where all its predicted mentions are mentions of its gold entity, and partial where some are. A
    template is right where it and its partner have the same mentions in the same roles; its class is ``fillers`` where
    they are aligned and differ.
    """
    g, p, types, roles = read_templates(gold, pred)
    common = shared_mentions(g, p)
    return pa.concat_tables(
        [
            _fillers(gold.doc_ids, merged(g, by_type=True), merged(p, by_type=True), common, types, roles),
            _templates((gold, pred), g, p, common, types),
        ]
    )


def _fillers(
    doc_ids: Sequence[str], g: Templates, p: Templates, common: tuple[tuple[IntArray, IntArray], IntArray],
    types: tuple[str, ...], roles: tuple[str, ...],
) -> pa.Table:  # fmt: skip
    right, theirs, _ = aligned_fillers(g, p, *common, strict=True)
    partner, partial = np.full(len(g.role), -1), np.full(len(g.role), -1)
    partner[right] = theirs
    ours, near, _ = aligned_fillers(g, p, *common, strict=False)
    loose = (partner[ours] < 0) & ~np.isin(near, theirs)
    partial[ours[loose]] = near[loose]
    gold_row, pred_row = _sides(np.where(partner >= 0, partner, partial), len(p.role))
    kind = np.where(gold_row < 0, 3, np.where(pred_row < 0, 2, 0))
    kind[: len(g.role)][partial >= 0] = 1
    columns = _common("filler", kind, gold_row, pred_row, doc_ids, g.unit[g.template], p.unit[p.template])
    for side, of, rows in (("gold", g, gold_row), ("pred", p, pred_row)):
        first = np.searchsorted(of.holder, of.entity)  # an entity's first mention in the text
        sizes = of.size[of.entity].tolist()
        columns |= {
            f"{side}_start": taken(pa.array(of.start[first]), rows),
            f"{side}_end": taken(pa.array(of.end[first]), rows),
            f"{side}_type": taken(labels_of(roles, of.role), rows),
            f"{side}_event": taken(labels_of(types, of.type[of.template]), rows),
            f"{side}_note": taken(pa.array([f"{n} mention{'' if n == 1 else 's'}" for n in sizes], pa.string()), rows),
            f"{side}_track": taken(_tracks(of.type[of.template], types), rows),
        }
    return build(columns, len(kind))


def _templates(
    sides: tuple[Corpus, Corpus], g: Templates, p: Templates, common: tuple[tuple[IntArray, IntArray], IntArray],
    types: tuple[str, ...],
) -> pa.Table:  # fmt: skip
    ours, theirs, matched = aligned_templates(g, p, *common)
    partner, equal = np.full(len(g.unit), -1), np.zeros(len(g.unit), bool)
    partner[ours] = theirs
    sizes = [np.bincount(of.template, of.size[of.entity], len(of.unit)) for of in (g, p)]
    equal[ours] = (sizes[0][ours] == matched) & (sizes[1][theirs] == matched)
    gold_row, pred_row = _sides(partner, len(p.unit))
    kind = np.where(gold_row < 0, 3, np.where(pred_row < 0, 2, 1))
    kind[: len(g.unit)][equal] = 0
    columns = _common("template", kind, gold_row, pred_row, sides[0].doc_ids, g.unit, p.unit)
    for side, corpus, of, rows in zip(("gold", "pred"), sides, (g, p), (gold_row, pred_row), strict=True):
        table = corpus["triggers"]
        first = np.full(len(of.unit), len(table))
        at = np.lexsort((integers(table["start"]), of.of_event))[::-1]
        first[of.of_event[at]] = at  # the first trigger in the text is written last and stays
        trigger = np.append(first, -1)[rows]
        names = taken(table["instance_id"], first).to_pylist()
        fillers = np.bincount(of.template, minlength=len(of.unit)).tolist()
        notes = [
            f"{name + ', ' if name else ''}{n} filler{'' if n == 1 else 's'}"
            for name, n in zip(names, fillers, strict=True)
        ]
        columns |= {
            f"{side}_id": taken(table["instance_id"], trigger),
            f"{side}_start": taken(table["start"], trigger),
            f"{side}_end": taken(table["end"], trigger),
            f"{side}_type": taken(labels_of(types, of.type), rows),
            f"{side}_note": taken(pa.array(notes, pa.string()), rows),
            f"{side}_track": taken(_tracks(of.type, types), rows),
        }
    return build(columns, len(kind))


def _sides(partner: IntArray, n_pred: int) -> tuple[IntArray, IntArray]:
    """(items,) gold and predicted entries: all gold ones in order, then predicted ones without a partner; -1 for none."""
    alone = np.setdiff1d(np.arange(n_pred), partner)
    return np.append(np.arange(len(partner)), np.full(len(alone), -1)), np.append(partner, alone)


def _common(
    kind: str, classes: IntArray, gold_row: IntArray, pred_row: IntArray, doc_ids: Sequence[str], g_unit: IntArray,
    p_unit: IntArray,
) -> dict[str, pa.Array]:  # fmt: skip
    units = (taken(pa.array(unit), rows) for unit, rows in ((g_unit, gold_row), (p_unit, pred_row)))
    return {
        "kind": pa.array([kind] * len(classes), pa.string()),
        "class": labels_of(CLASSES[kind], classes),
        "doc_id": pa.array(doc_ids, pa.string()).take(pc.coalesce(*units)),
        "gold_row": pa.array(gold_row, pa.int32(), mask=gold_row < 0),
        "pred_row": pa.array(pred_row, pa.int32(), mask=pred_row < 0),
    }


def _tracks(kind: IntArray, types: tuple[str, ...]) -> pa.Array:
    facet = track_facet(kind, types)
    return labels_of(facet.labels, facet.codes)
