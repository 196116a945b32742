"""Resampling: what every comparison of systems rests on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data import SEED
from benchmarks.plan import Case, Target, goldwire
from goldwire.counts import FloatArray
from goldwire.stats.resampling import bootstrap_totals

TITLE = "Statistics"
ABOUT = (
    "Bootstrap over units: from each unit's matched, gold and predicted numbers for every F1 to the F1s of all resamples. "
    "One set of weights serves all figures, so that they are paired."
)


def cases(_folder: Path, scale: float) -> list[Case]:
    """200 figures of 1,000 units."""
    size = {"figures": 200, "resamples": max(100, int(10_000 * scale)), "units": 1000}
    return [
        Case(
            f"{size['figures']} F1s x {size['resamples']:,} resamples x {size['units']:,} units",
            goldwire("benchmarks.statistics:resampled", rounds=5, **size),
            target=Target(seconds=0.5),
            missed="the products of weights and counts take most of the time.",
        )
    ]


def per_unit(figures: int, units: int) -> FloatArray:
    """(units, 2 * figures) whole numbers: twice the matches of each figure, then its gold and predicted items together."""
    rng = np.random.default_rng(SEED)
    gold, pred = rng.poisson(20, (2, units, figures))
    matched = rng.binomial(np.minimum(gold, pred), 0.8)
    return np.concatenate([2 * matched, gold + pred], axis=1).astype(np.float64)


def resampled(figures: int, resamples: int, units: int) -> Callable[[], Any]:
    """Goldwire: (resamples, figures) F1s."""

    def work(counts: FloatArray, times: int) -> FloatArray:
        totals = bootstrap_totals(counts, times, SEED)
        f1: FloatArray = totals[:, :figures] / totals[:, figures:]
        return f1

    work(per_unit(figures, 50), 10)
    return partial(work, per_unit(figures, units), resamples)
