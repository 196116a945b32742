"""Profiles of coreference scorers: the CoNLL reference scorer, the CorefUD scorer and coval."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, FloatArray, IntArray
from goldwire.measures.clusters import cluster_measures
from goldwire.measures.core import Measure, prf
from goldwire.profiles.core import Profile
from goldwire.tasks.assign import assign
from goldwire.tasks.clusters import cluster_counts, rank
from goldwire.tasks.coref import cluster_of_item, cluster_of_row, partitions, span_items
from goldwire.tasks.spans import BoolArray, Spans, axis_step, overlaps, place

__all__ = ["PROFILES"]


def _conll2012(gold: Corpus, pred: Corpus) -> Counts:
    """Of the places that the prediction gives a gold mention, the one in the entity that comes first stays."""
    doc, gold_item, pred_item = span_items(gold["mentions"], pred["mentions"], gold.doc_ids)
    in_gold = cluster_of_item(gold["mentions"]["entity_id"], gold_item, len(doc))
    entity = cluster_of_row(pred["mentions"]["entity_id"], pred_item)
    known = in_gold[pred_item] >= 0
    rows = _first_entity_rows(doc[pred_item], entity, pred_item)
    rows = rows[known[rows]]
    in_pred = np.full(len(doc), -1, np.int64)
    in_pred[pred_item[rows]] = entity[rows]
    # Every row of a mention that gold lacks is a mention of its own.
    here, invented = in_gold >= 0, np.flatnonzero(~known)
    none = np.full(len(invented), -1, np.int64)
    n_docs = len(gold.doc_ids)
    columns = cluster_counts(
        np.concatenate([doc[here], doc[pred_item[invented]]]),
        np.concatenate([in_gold[here], none]),
        np.concatenate([in_pred[here], entity[invented]]),
        n_docs,
    )
    columns["pred_spans"] = np.bincount(doc[rank(pred_item)[1]], minlength=n_docs).astype(np.float64)
    return _counts(gold, columns)


def _first_entity_rows(doc: IntArray, entity: IntArray, item: IntArray) -> IntArray:
    """One row per item: of several, that of the entity whose first row in the document comes first."""
    of, entities = rank(doc * (entity.max(initial=-1) + 1) + entity)
    first = np.full(len(entities), len(item), np.int64)
    np.minimum.at(first, of, np.arange(len(item)))
    order = np.argsort(first[of], kind="stable")
    return order[_first_rows(item[order])]


def _coval(gold: Corpus, pred: Corpus) -> Counts:
    doc, in_gold, in_pred = partitions(gold["mentions"], pred["mentions"], gold.doc_ids, "entity_id")
    return _counts(gold, cluster_counts(doc, in_gold, in_pred, len(gold.doc_ids)))


def _corefud(gold: Corpus, pred: Corpus) -> Counts:
    n_docs, tables = len(gold.doc_ids), (gold["mentions"], pred["mentions"])
    step = axis_step(*(table[name] for table in tables for name in ("end", "fragments")))
    doc, *items = span_items(*tables, gold.doc_ids)
    in_gold, in_pred = (
        cluster_of_item(table["entity_id"], item, len(doc)) for table, item in zip(tables, items, strict=True)
    )
    columns = cluster_counts(doc, in_gold, in_pred, n_docs, singletons="drop")
    (g, gold_doc), (p, pred_doc) = (
        _spans(table, item, doc, _is_shared(doc, cluster), step)
        for table, item, cluster in zip(tables, items, (in_gold, in_pred), strict=True)
    )
    pairs = overlaps(g.pieces, p.pieces)
    best = assign(pairs.row, pairs.col, pairs.size.astype(np.float64), len(gold_doc), len(pred_doc))
    columns["overlap"] = _per_document(gold_doc[pairs.row[best]], pairs.size[best], n_docs)
    columns["gold_extent"] = _per_document(gold_doc, g.size, n_docs)
    columns["pred_extent"] = _per_document(pred_doc, p.size, n_docs)
    return _counts(gold, columns)


def _spans(table: pa.Table, item: IntArray, doc: IntArray, kept: BoolArray, step: int) -> tuple[Spans, IntArray]:
    """The distinct spans of the kept items, one stretch of ``step`` per document, and the document of each."""
    rows = _first_rows(item)
    rows = rows[kept[item[rows]]]
    return place(table, doc[item] * step).take(rows), doc[item[rows]]


def _first_rows(item: IntArray) -> IntArray:
    """The first row of each item, in the order of the items."""
    order: IntArray = np.argsort(item, kind="stable")
    ordered = item[order]
    first: IntArray = order[np.append(True, ordered[1:] != ordered[:-1])[: len(order)]]
    return first


def _is_shared(doc: IntArray, cluster: IntArray) -> BoolArray:
    """Mask of the items whose cluster has another item in the document."""
    present = np.flatnonzero(cluster >= 0)
    codes, keys = rank(doc[present] * (cluster.max(initial=-1) + 1) + cluster[present])
    shared = np.zeros(len(doc), bool)
    shared[present] = (np.bincount(codes, minlength=len(keys)) > 1)[codes]
    return shared


def _per_document(doc: IntArray, values: IntArray, n_docs: int) -> FloatArray:
    return np.bincount(doc, values, n_docs).astype(np.float64)


def _counts(gold: Corpus, columns: dict[str, FloatArray]) -> Counts:
    return Counts(gold.doc_ids, np.arange(len(gold.doc_ids)), {}, columns)


def _ratios(name: str, num: str, gold: str, pred: str, what: str, source: str) -> tuple[Measure, ...]:
    """Precision, recall and F1 from a numerator and two denominators; 0/0 is 0."""
    formulas = f"{what} / predicted", f"{what} / gold"
    return prf(name, precision=(num, pred), recall=(num, gold), formulas=formulas, source=source, undefined=0.0)


_BOTH_TWICE = (
    "A mention in two entities of one side, which Goldwire's readers refuse, is for it in each of them when it counts "
    "that side and in the last when it counts the other; here it is in the one with the smallest id."
)
_ZERO = "0/0 is 0."
_COVAL = "coval (Moosavi & Strube 2016), evaluator.py"
_PERL = "CoNLL reference scorer 8.01 (Pradhan et al. 2014)"
_UD = "CorefUD scorer (Žabokrtský et al. 2022)"

PROFILES: tuple[Profile, ...] = (
    Profile(
        name="conll2012",
        task="coref",
        reference="CoNLL reference coreference scorer 8.01 (conll/reference-coreference-scorers f49f3f8), scorer.pl",
        item="mention span; entities as sets of them",
        container="entities of a document",
        alignment="equal spans; for CEAF an optimal one-to-one alignment of entities",
        normaliser="none; its spans are tokens, here they are code points",
        averaging="micro: numerators and denominators summed over documents; 0/0 is 0",
        quirks=(
            "BLANC leaves out a kind of links that gold does not have, whatever the prediction has.",
            "A gold mention predicted twice stays in the entity that comes first in the file; entities left empty go.",
            "A mention that gold lacks counts as often as it is predicted, except in mention detection, where it counts "
            "once, and in BLANC, where the program links it to itself and counts equal links once; here it does not.",
            "It refuses a file with more than ten repeated mentions; here there is no limit.",
            "It prints percentages cut off after two decimals; here they are fractions and not cut off.",
            "Documents that only the predictions have are left out there; here they are refused.",
            "Singletons count as they are given.",
            "CoNLL is the mean of the F1s not cut off, which the program leaves to its user.",
            _ZERO,
        ),
        function=_conll2012,
        measures=(
            *_ratios("conll2012.mentions", "common_mentions", "gold_mentions", "pred_spans", "equal spans", _PERL),
            *cluster_measures(
                "conll2012", "key-only", only=("muc", "b3", "ceafm", "ceafe", "links", "blanc", "conll"), undefined=0.0
            ),
            *_ratios(
                "conll2012.non_links", "apart_num", "apart_r_den", "apart_p_den", "common non-coreference links", _PERL
            ),
        ),
    ),
    Profile(
        name="coval",
        task="coref",
        reference="coval (ns-moosavi/coval 87071a6), coval/eval/evaluator.py",
        item="mention span; entities as sets of them",
        container="entities of a document",
        alignment="equal spans; for CEAF an optimal one-to-one alignment of entities",
        normaliser="none; its minimum spans and its options for noun phrases and nested mentions are not applied",
        averaging="micro: numerators and denominators summed over documents; 0/0 is 0",
        quirks=(
            "CEAFm divides by the number of entities where it should by that of mentions, so that it can exceed 1.",
            _BOTH_TWICE,
            _ZERO,
        ),
        function=_coval,
        measures=(
            *cluster_measures("coval", only=("mentions", "muc", "b3", "ceafe", "lea", "conll"), undefined=0.0),
            *_ratios(
                "coval.ceafm",
                "ceafm_num",
                "gold_clusters",
                "pred_clusters",
                "Σn of aligned entities / entities,",
                _COVAL,
            ),
        ),
    ),
    Profile(
        name="corefud",
        task="coref",
        reference="CorefUD scorer (ufal/corefud-scorer 4fd7b0e), corefud-scorer.py -x",
        item="mention span; entities as sets of them",
        container="entities of a document",
        alignment="equal spans, as with its option -x; its default, equal heads, is not reproduced",
        normaliser="none; its mentions are sets of words, here they are code points",
        averaging="micro: numerators and denominators summed over documents; 0/0 is 0",
        quirks=(
            "Entities with one mention are left out on both sides.",
            "BLANC leaves out a kind of links that neither side has.",
            "The mention overlap ratio (mor) pairs mentions so that they share most words, equal or not; here the "
            "overlap is measured in code points.",
            "Zero mentions, which are no spans of the text, and their score are left out.",
            _BOTH_TWICE,
            _ZERO,
        ),
        function=_corefud,
        measures=(
            *cluster_measures("corefud", only=("muc", "b3", "ceafm", "ceafe", "lea", "blanc", "conll"), undefined=0.0),
            *_ratios("corefud.mor", "overlap", "gold_extent", "pred_extent", "Σ overlap of paired mentions", _UD),
        ),
    ),
)
