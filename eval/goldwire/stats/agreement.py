"""Chance-corrected agreement of two annotators."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

__all__ = ["cohen_kappa"]


def cohen_kappa(
    one: Sequence[Hashable], other: Sequence[Hashable], *, order: Sequence[Hashable] | None = None
) -> float | None:
    """Cohen's kappa of two labellings of the same items; quadratic weights where ``order`` ranks the labels.

    kappa = 1 - sum w o / sum w e, with o the observed and e the expected joint frequencies and w = 1 off the diagonal
    (Cohen 1960) or (i - j)^2 (Cohen 1968). None where chance alone gives perfect agreement (one label only) or there
    is no item. Raises ValueError for labellings of different length.
    """
    if len(one) != len(other):
        raise ValueError(f"{len(one)} and {len(other)} labels: not of the same items")
    names = list(order) if order is not None else sorted({*one, *other}, key=repr)
    code = {name: i for i, name in enumerate(names)}
    joint = np.zeros((len(names), len(names)))
    np.add.at(joint, ([code[x] for x in one], [code[x] for x in other]), 1)
    rank = np.arange(len(names))
    weight = np.subtract.outer(rank, rank) ** 2 if order is not None else 1 - np.eye(len(names))
    chance = float((weight * np.outer(joint.sum(axis=1), joint.sum(axis=0))).sum())
    return 1 - float((weight * joint).sum()) * len(one) / chance if chance else None
