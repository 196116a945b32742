"""Article pairs: which documents share text, how much of it, and in which direction.

Gold and predictions are links between two documents; a pair that is not listed is not linked. The levels of a link are
ordinal; a *bare* link states none and stands for a link at every level and in both directions. A system that predicts
clusters predicts a bare link for every pair inside one; these pairs are counted from cluster sizes, never listed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, Facet, FloatArray, IntArray, overlapping
from goldwire.tasks.codes import codes_in, distinct, unit_codes
from goldwire.tasks.labelled import Labelled, labels_of
from goldwire.tasks.pairs import chain, cluster_of, components, covering, unit_names
from goldwire.tasks.ranked import hits, ranking_of
from goldwire.tasks.spans import BoolArray

__all__ = ["LEVELS", "count", "count_part", "curve", "summed"]

Columns = dict[str, npt.NDArray[Any]]

LEVELS = ("none", "trace", "partial", "major", "whole")
_BARE = len(LEVELS)
_CELLS = tuple(f"kappa_{i}_{j}" for i in range(len(LEVELS)) for j in range(len(LEVELS)))
_STATED, _CLUSTERED = "stated", "clustered"  # of parts: rows that state a level, pairs inside predicted clusters


@dataclass(frozen=True)
class _Links:
    """Listed pairs in canonical order, a < b; a pair may be repeated. All fields are (rows,).

    a, b:     document codes.
    pair:     code of the pair.
    level:    index into LEVELS, 0 where the row is no link, _BARE for a link without a level.
    a_from_b: whether a reuses text of b; b_from_a likewise.
    stated:   whether the row states a level, be it "none".
    score:    of the pair, the larger coverage where the row gives none; NaN where it gives neither.
    a_score, b_score: of a reusing text of b, and of b reusing text of a: the coverage, the score where there is none.
    """

    a: IntArray
    b: IntArray
    pair: IntArray
    level: IntArray
    a_from_b: BoolArray
    b_from_a: BoolArray
    stated: BoolArray
    score: FloatArray
    a_score: FloatArray
    b_score: FloatArray


def count(gold: Corpus, pred: Corpus) -> Counts:
    """Counts of article pairs per unit: a connected component of documents under gold and predicted links.

    Predictions are ``pred["links"]`` and the pairs inside each of ``pred["clusters"]``; a row scored below the header's
    ``threshold`` is no link. Every predicted row counts: a repeated pair, reversed or not, is one more false positive.

    Columns: ``gold``, ``pred`` and ``matched`` with the suffix _trace, _partial, _major or _whole (undirected, at or
    above that level) or _directed (each direction of reuse by itself); of these, gold and matched have rows of their own
    by the facet ``level`` of the gold link, so that a slice has recalls. Where the gold says what articles were made with,
    they have the facet ``operation`` too: a pair counts under each operation that made either. ``closure_pairs`` and
    ``closure_damage`` (pairs inside the components of the predicted links; of them, those neither predicted nor in gold);
    ``documents`` and ``documents_named`` (in the prediction file); ``kappa_<i>_<j>``, pairs of gold level i and predicted
    level j.

    Kappa's columns describe all pairs of documents but those with a bare link; a unit gets half of each of its
    documents' pairs. They are all zero if the predictions state no level or come as clusters.

    What the scores rank has rows by the facet ``score``, for ``pairs`` of documents and ``directions`` of reuse:
    ``<what>_true`` and ``<what>_false``, rows with that score, and ``<what>_repeats`` of a pair listed before (the
    highest score counts, the others are further negatives); without that facet ``<what>_positives``, gold links of any
    level, and ``<what>_possible``, all there could be. Undirected, a pair has the score of its row, or the larger
    coverage where there is none; directed, a's reuse of b has ``coverage_a``, or the score of the row where there is
    none. The threshold of the header plays no part in it.

    Raises UsageError when a document is in several predicted clusters.
    """
    return summed(count_part(gold, pred))


def count_part(gold: Corpus, pred: Corpus) -> Counts:
    """As ``count``, of documents that no link and no cluster joins with others, whatever there is of these.

    Kappa's cells, which take in all documents, lack the pairs that nobody links, and what ``count`` needs to know of
    all of them stands in columns of its own; ``summed`` puts that right.
    """
    doc_ids, n = pa.array(gold.doc_ids, pa.string()), len(gold.doc_ids)
    cluster = cluster_of(pred["clusters"], gold.doc_ids)
    g, p, a, b = _listed(_links(gold, doc_ids), _links(pred, doc_ids), n)
    clustered = cluster[a] == cluster[b]

    chain_a, chain_b = chain(cluster)
    pred_a, pred_b = np.r_[p.a[p.level > 0], chain_a], np.r_[p.b[p.level > 0], chain_b]
    unit = components(n, np.r_[g.a[g.level > 0], pred_a], np.r_[g.b[g.level > 0], pred_b])
    units = unit_names(gold.doc_ids, unit)

    def by_document(values: npt.NDArray[Any]) -> FloatArray:
        return np.bincount(unit, values, len(units)).astype(np.float64)

    def by_pair(values: npt.NDArray[Any]) -> FloatArray:
        return np.bincount(unit[a], values, len(units)).astype(np.float64)

    in_cluster = by_document(_half_partners(cluster))
    of_gold, of_pred = _figure_columns(g, p, clustered)
    columns = {name: by_pair(sums) + in_cluster for name, sums in of_pred.items()}
    columns["pred_directed"] += in_cluster

    closure = components(n, pred_a, pred_b)
    linked = np.zeros(len(a), bool)
    linked[g.pair[g.level > 0]] = linked[p.pair[p.level > 0]] = True
    columns["closure_pairs"] = by_document(_half_partners(closure))
    harmless = linked & (closure[a] == closure[b]) & ~clustered
    columns["closure_damage"] = columns["closure_pairs"] - in_cluster - by_pair(harmless)
    columns["documents"] = by_document(np.ones(n))
    named = np.zeros(n, bool)
    named[unit_codes(pa.chunked_array([pred.doc_ids], pa.string()), doc_ids)] = True
    columns["documents_named"] = by_document(named)
    columns |= _kappa_columns(g, p, unit[a], len(units))
    columns |= {_STATED: by_pair(np.bincount(p.pair, p.stated, len(a))), _CLUSTERED: in_cluster}
    made_by = _operations(gold, doc_ids)
    by_level = _gold_rows(g, of_gold, units, unit[a], Labelled(made_by.names, made_by.has[a] | made_by.has[b]))
    scored = _scored_rows(g, p, units, unit[a])
    counts = Counts.concat([by_level, Counts(units, np.arange(len(units)), {}, columns), scored])
    return covering(counts, gold.doc_ids, unit)


def summed(parts: Counts) -> Counts:
    """Counts of all documents from those of ``count_part``, stacked: a unit has half of each of its documents' pairs."""
    columns = dict(parts.columns)
    others = columns["documents"] * (columns["documents"].sum() - 1)
    comparable = columns.pop(_STATED).any() & ~columns.pop(_CLUSTERED).any()
    for name in _CELLS:
        columns[name] = comparable * (columns[name] + (others / 2 if name == _CELLS[0] else 0))
    columns |= {"pairs_possible": others / 2, "directions_possible": others}
    return replace(parts, columns=columns)


def _links(corpus: Corpus, doc_ids: pa.Array) -> _Links:
    """The listed pairs of one side."""
    table = corpus["links"]
    a, b = (unit_codes(table[side], doc_ids) for side in ("a", "b"))
    reuse_a, reuse_b, relation = (codes_in(table[name], LEVELS) for name in ("reuse_a", "reuse_b", "relation"))
    score, cover_a, cover_b = (
        pc.fill_null(table[name], np.nan).to_numpy() for name in ("score", "coverage_a", "coverage_b")
    )
    of_a, of_b = (np.where(np.isnan(cover), score, cover) for cover in (cover_a, cover_b))
    threshold = corpus.meta.get("threshold")
    rejected = (relation == 0) | (score < (-np.inf if threshold is None else threshold))
    reuse = np.maximum(reuse_a, reuse_b)
    level = np.where(reuse >= 0, reuse, np.where(relation >= 0, relation, _BARE))
    level = np.where(rejected, 0, level)
    from_b, from_a = ((level > 0) & ((reuse < 0) | (own > 0)) for own in (reuse_a, reuse_b))
    swap = a > b
    return _Links(
        np.minimum(a, b),
        np.maximum(a, b),
        np.zeros(len(a), np.int64),
        level,
        np.where(swap, from_a, from_b),
        np.where(swap, from_b, from_a),
        np.maximum(reuse, relation) >= 0,
        np.where(np.isnan(score), np.fmax(cover_a, cover_b), score),
        np.where(swap, of_b, of_a),
        np.where(swap, of_a, of_b),
    )


def _listed(g: _Links, p: _Links, n: int) -> tuple[_Links, _Links, IntArray, IntArray]:
    """Both sides with their pairs coded, and the documents a, b of each distinct pair."""
    pairs, (gold_pair, pred_pair) = distinct(g.a * n + g.b, p.a * n + p.b)
    return replace(g, pair=gold_pair), replace(p, pair=pred_pair), pairs // max(n, 1), pairs % max(n, 1)


def _half_partners(label: IntArray) -> FloatArray:
    """(documents,) half the number of others with the same label: their sum is the number of pairs."""
    return np.asarray((np.bincount(label)[label] - 1) / 2)


def _figure_columns(g: _Links, p: _Links, clustered: BoolArray) -> tuple[Columns, Columns]:
    """(pairs,) gold links and those of them predicted, and predicted rows, of each figure."""
    figures = [(name, g.level >= code, p.level >= code) for code, name in enumerate(LEVELS[1:], start=1)]
    figures += [("directed", g.a_from_b, p.a_from_b), ("directed", g.b_from_a, p.b_from_a)]
    of_gold: Columns = {}
    of_pred: Columns = {}
    for name, gold_rows, pred_rows in figures:
        in_gold = np.bincount(g.pair[gold_rows], minlength=len(clustered))
        in_pred = np.bincount(p.pair[pred_rows], minlength=len(clustered))
        matched = (in_gold > 0) & ((in_pred > 0) | clustered)
        of_gold[f"gold_{name}"] = of_gold.get(f"gold_{name}", 0) + in_gold
        of_gold[f"matched_{name}"] = of_gold.get(f"matched_{name}", 0) + matched
        of_pred[f"pred_{name}"] = of_pred.get(f"pred_{name}", 0) + in_pred
    return of_gold, of_pred


def _operations(gold: Corpus, doc_ids: pa.Array) -> Labelled:
    """What each document was made with."""
    table = gold["clusters"]
    stated = labels_of(table["operations"])
    has = np.zeros((len(doc_ids), len(stated.names)), bool)
    has[unit_codes(table["doc_id"], doc_ids)] = stated.has
    return Labelled(stated.names, has)


def _gold_rows(g: _Links, of_gold: Columns, units: tuple[str, ...], pair_unit: IntArray, made_by: Labelled) -> Counts:
    """The columns of the pairs that gold links, by their level and by what made their documents."""
    rows = np.flatnonzero(np.bincount(g.pair[g.level > 0], minlength=len(pair_unit)))
    level, _ = _highest(g, len(pair_unit))
    facets = {"level": Facet(level[rows] - 1, LEVELS[1:])}
    weight = np.ones(len(rows))
    if made_by.names:
        again, code, weight = overlapping(len(rows), *made_by.of(rows))
        rows = rows[again]
        facets = {"level": Facet(level[rows] - 1, LEVELS[1:]), "operation": Facet(code, made_by.names)}
    columns = {name: sums[rows] * weight for name, sums in of_gold.items()}
    return Counts.build(units, pair_unit[rows], facets, columns)


def _kappa_columns(g: _Links, p: _Links, pair_unit: IntArray, n_units: int) -> dict[str, FloatArray]:
    """Per unit, pairs by gold and predicted level; of those that nobody links, minus all others."""
    k = len(LEVELS)
    (gold_level, gold_bare), (pred_level, pred_bare) = (_highest(links, len(pair_unit)) for links in (g, p))
    cell, bare = gold_level * k + pred_level, gold_bare | pred_bare
    kept = (cell > 0) & ~bare
    table = np.bincount(pair_unit[kept] * k * k + cell[kept], minlength=n_units * k * k).reshape(n_units, k * k)
    table[:, 0] = -table.sum(axis=1) - np.bincount(pair_unit[bare], minlength=n_units)
    return {name: table[:, i].astype(np.float64) for i, name in enumerate(_CELLS)}


def _highest(links: _Links, n_pairs: int) -> tuple[IntArray, BoolArray]:
    """(pairs,) highest level stated of each pair, and whether it has a bare link and no level."""
    is_bare = links.level == _BARE
    level, bare = np.zeros(n_pairs, np.int64), np.zeros(n_pairs, bool)
    np.maximum.at(level, links.pair[~is_bare], links.level[~is_bare])
    bare[links.pair[is_bare]] = True
    return level, bare & (level == 0)


def curve(gold: Corpus, pred: Corpus, *, directed: bool = False) -> pa.Table:
    """Precision and recall at every distinct score of ``pred["links"]``, highest first, as AP and AUC rank them.

    Columns: score, predicted (rows that score as much or more), matched, precision, recall (null where gold has no
    links). It is for looking at; why no threshold and no best F1 is read off it, see ``goldwire.tasks.ranked``.
    """
    return ranking_of(count(gold, pred), "directions" if directed else "pairs").to_table()


def _scored_rows(g: _Links, p: _Links, units: tuple[str, ...], pair_unit: IntArray) -> Counts:
    """The rankings of pairs and of directions: see ``count``."""
    linked, reused = np.zeros(len(pair_unit), bool), np.zeros(2 * len(pair_unit), bool)
    linked[g.pair[g.level > 0]] = True
    reused[2 * g.pair[g.a_from_b]] = reused[2 * g.pair[g.b_from_a] + 1] = True
    directions, direction_unit = np.r_[2 * p.pair, 2 * p.pair + 1], np.repeat(pair_unit, 2)
    parts = []
    for what, key, score, positive, unit in (
        ("pairs", p.pair, p.score, linked, pair_unit),
        ("directions", directions, np.r_[p.a_score, p.b_score], reused, direction_unit),
    ):
        rows, true, repeated = hits(key, score, positive)
        encoded = pa.array(score[rows]).dictionary_encode()
        labels = tuple(encoded.dictionary.cast(pa.string()).to_pylist())
        facet = Facet(encoded.indices.to_numpy().astype(np.int64), labels)
        columns = {f"{what}_true": true, f"{what}_false": ~true, f"{what}_repeats": repeated}
        parts.append(Counts.build(units, unit[key[rows]], {"score": facet}, columns))
        positives = np.bincount(unit[positive], minlength=len(units)).astype(np.float64)
        parts.append(Counts(units, np.arange(len(units)), {}, {f"{what}_positives": positives}))
    return Counts.concat(parts)
