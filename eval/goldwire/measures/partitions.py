"""Measures of two whole partitions of the same items, from the counts of goldwire.tasks.clusters.partition_columns.

In the formulas a are the sizes of gold clusters, b those of predicted ones, n the numbers of items two clusters have in
common (where any), N the number of items, pairs(x) = x(x - 1)/2, H the entropy of a side and I their mutual
information: N·H(gold) = N ln N - Σa ln a, N·I = N ln N + Σn ln n - Σa ln a - Σb ln b. An item that one side does not
have is a cluster of its own there. Everything is undefined where it is 0/0, such as homogeneity where the gold is one
cluster.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from goldwire.counts import FloatArray
from goldwire.measures.core import Custom, Measure, Ratio, Sums, Whole
from goldwire.tasks.clusters import adjusted_mutual_information

__all__ = ["partition_measures"]

_LOGS = ("items", "gold_log", "pred_log", "common_log")
_PAIRS = ("items", "links_num", "links_r_den", "links_p_den")
_EDITS = "fewest, predicted clusters first cut into parts of gold ones, these then joined"
_MENESTRINA = "Menestrina, Whang & Garcia-Molina 2010, every operation at cost 1"
_ROSENBERG = "Rosenberg & Hirschberg 2007"


def partition_measures(prefix: str) -> tuple[Measure, ...]:
    """Measures of two partitions under ``prefix``: `<prefix>.ari`, `<prefix>.v`, ...."""

    def custom(
        name: str, reads: tuple[str, ...], function: Callable[[Sums], FloatArray], formula: str, source: str
    ) -> Custom:
        return Custom(name=f"{prefix}.{name}", reads=reads, function=function, formula=formula, source=source)

    def edits(name: str, columns: tuple[str, ...], what: str) -> Ratio:
        return Ratio(
            name=f"{prefix}.{name}",
            numerator=columns,
            denominator=("items",),
            formula=f"{what} / N; {_EDITS}",
            source=_MENESTRINA,
            range=(0.0, 2.0 if len(columns) == 2 else 1.0),
            better="lower",
        )

    return (
        Custom(
            name=f"{prefix}.ari",
            reads=_PAIRS,
            function=_adjusted_rand,
            formula="(Σpairs(n) - e) / ((Σpairs(a) + Σpairs(b))/2 - e), e = Σpairs(a)·Σpairs(b) / pairs(N)",
            source="Hubert & Arabie 1985",
            range=(-0.5, 1.0),
        ),
        Whole(
            name=f"{prefix}.ami",
            function=adjusted_mutual_information,
            formula="(I - E I) / ((H(gold) + H(pred))/2 - E I), E over random partitions of the same sizes",
            source="Vinh, Epps & Bailey 2010, arithmetic mean",
            range=(-1.0, 1.0),
        ),
        custom("nmi", _LOGS, _v_measure, "2 I / (H(gold) + H(pred)), the same number as v",
               "Danon et al. 2005; arithmetic mean, as scikit-learn's default"),
        custom("v", _LOGS, _v_measure, "2hc / (h + c) of homogeneity and completeness", _ROSENBERG),
        custom("homogeneity", _LOGS, _homogeneity, "I / H(gold)", _ROSENBERG),
        custom("completeness", _LOGS, _completeness, "I / H(pred)", _ROSENBERG),
        custom("fowlkes_mallows", _PAIRS, _fowlkes_mallows, "Σpairs(n) / √(Σpairs(a)·Σpairs(b))",
               "Fowlkes & Mallows 1983"),
        Custom(
            name=f"{prefix}.vi",
            reads=_LOGS,
            function=_variation,
            formula="H(gold) + H(pred) - 2 I, in nats",
            source="Meilă 2003",
            range=(0.0, math.inf),
            better="lower",
        ),
        edits("gmd", ("splits", "merges"), "generalised merge distance: splits and merges"),
        edits("splits", ("splits",), "splits"),
        edits("merges", ("merges",), "merges"),
    )  # fmt: skip


def _quotient(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator == 0, np.nan, numerator / denominator)


def _adjusted_rand(sums: Sums) -> FloatArray:
    items, gold, pred = (np.asarray(sums[name]) for name in ("items", "links_r_den", "links_p_den"))
    # In this order of operations a side with all pairs gives exactly the other side's: 0/0 comes out as such.
    expected = gold * _quotient(pred, items * (items - 1) / 2)
    expected = np.where(np.isnan(expected), 0, expected)  # fewer than two items
    return _quotient(sums["links_num"] - expected, (gold + pred) / 2 - expected)


def _fowlkes_mallows(sums: Sums) -> FloatArray:
    return _quotient(sums["links_num"], np.sqrt(sums["links_r_den"]) * np.sqrt(sums["links_p_den"]))


def _entropies(sums: Sums) -> tuple[FloatArray, FloatArray, FloatArray]:
    """N times the entropy of the gold, of the prediction, and their mutual information."""
    items, gold, pred, common = (np.asarray(sums[name]) for name in _LOGS)
    all_items = items * np.log(np.maximum(items, 1))
    return all_items - gold, all_items - pred, all_items + common - gold - pred


def _homogeneity(sums: Sums) -> FloatArray:
    gold, _, information = _entropies(sums)
    return _quotient(information, gold)


def _completeness(sums: Sums) -> FloatArray:
    _, pred, information = _entropies(sums)
    return _quotient(information, pred)


def _v_measure(sums: Sums) -> FloatArray:
    gold, pred, information = _entropies(sums)
    return _quotient(2 * information, gold + pred)


def _variation(sums: Sums) -> FloatArray:
    items, gold, pred, common = (np.asarray(sums[name]) for name in _LOGS)
    return _quotient(gold + pred - 2 * common, items)
