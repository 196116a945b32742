"""The wires of a block: the sentences each sent, and what goes with them.

Sentences are rows of numbers throughout (columns SOURCE to CHOICES). All that decides how one reads is in its row, so a
copy is a copied row, an edit a changed one, and what two sentences have in common can be read off their rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldwire.counts import IntArray
from goldwire.synth.book import BULLETIN, LEAD, book
from goldwire.synth.dice import BoolArray, Dice
from goldwire.synth.plan import CAPTION_TWIN, INDEPENDENT, SERIES, TWIN, Plan
from goldwire.synth.ragged import ranges
from goldwire.synth.rates import Rates

__all__ = ["CHOICES", "COLUMNS", "DAMAGE", "SOURCE", "SWAP", "TEMPLATE", "Wires", "sentences_of", "worded"]

SOURCE, TEMPLATE, SWAP, DAMAGE, CHOICES = range(5)
"""Columns of a sentence: the wire; the template; 0 or a figure's other value (see operations.py); 0 or the number of the
damage done to it; from here on the choices. Sentences with equal SOURCE and TEMPLATE are of one lineage."""
COLUMNS = CHOICES + LEAD + 1


@dataclass(frozen=True)
class Wires:
    """The wires (S,) of a block.

    rows, counts: the sentences of all bodies, one wire after the other.
    headlines:    (S, 2, COLUMNS); where a wire has one, both are that.  alternative: (S,) whether it has two.
    captions:     (S, 2, COLUMNS), to pick from.
    promos:       (S, 2) templates to pick from.
    spare:        (S, 4) templates of facts left out, each for one document at most; -1 for none.
    domain:       (S,)
    leading:      (S,) whether its documents may carry a standfirst.
    """

    rows: IntArray
    counts: IntArray
    headlines: IntArray
    alternative: BoolArray
    captions: IntArray
    promos: IntArray
    spare: IntArray
    domain: IntArray
    leading: BoolArray


def worded(source: IntArray, template: IntArray, dice: Dice | None) -> IntArray:
    """(n, COLUMNS) sentences in wordings drawn at random, or in the first wording of each template."""
    rows = np.zeros((len(template), COLUMNS), np.int64)
    rows[:, SOURCE], rows[:, TEMPLATE] = source, template
    if dice is not None:
        rows[:, CHOICES : CHOICES + LEAD] = dice.below(book().size[template, :LEAD])
    return rows


def sentences_of(plan: Plan, rates: Rates, dice: Dice) -> Wires:
    """What the wires of a plan say."""
    grammar = book()
    n = len(plan.source_unit)
    source = np.arange(n)
    kind, rank = plan.kind[plan.source_unit], plan.source_rank
    domain = plan.story_domain[plan.source_story]
    second = (kind == INDEPENDENT) & (rank == 1)
    templates = grammar.facts[domain, second.astype(np.int64)]
    told, spare = _facts(templates, rates, dice)
    counts = told.sum(axis=1)
    rows = worded(np.repeat(source, counts), templates[told], dice)
    rows[domain[rows[:, SOURCE]] == BULLETIN, CHOICES:] = 0
    twin = (kind == TWIN) & (rank == 1)
    spare[twin | (kind == SERIES)] = -1
    rows, counts = _retold(rows, counts, twin)

    headlines = worded(np.repeat(source, 2), grammar.headline[domain].ravel(), dice).reshape(n, 2, COLUMNS)
    alternative = (kind != INDEPENDENT) & (kind != SERIES)
    headlines[second, 0] = headlines[second, 1]
    headlines[~alternative, 1] = headlines[~alternative, 0]
    captions, promos = grammar.furniture["caption"][domain], grammar.furniture["promo"][domain]
    first = np.where((rank == 0) & (kind != SERIES), 0, np.where(second, 2, dice.roll(n, 3)))
    fixed = np.where(kind == SERIES, rank % 3, np.where(second, 2, -1))
    pick = np.where(fixed[:, None] >= 0, fixed[:, None], (first[:, None] + np.arange(2)) % 3)
    chosen = captions[source[:, None], pick]
    formula = kind == CAPTION_TWIN
    same = dice.roll(len(plan.kind), grammar.furniture["formula"].shape[1])[plan.source_unit]
    chosen[formula] = grammar.furniture["formula"][domain, same][formula, None]
    written = worded(np.repeat(source, 2), chosen.ravel(), dice).reshape(n, 2, COLUMNS)
    lead = source - rank
    written[formula, :, CHOICES:] = written[lead[formula], :1, CHOICES:]
    offered = np.where(fixed[:, None] >= 0, fixed[:, None], np.arange(2))
    return Wires(
        rows, counts, headlines, alternative, written, promos[source[:, None], offered], spare, domain,
        (rank == 0) | (kind == SERIES),
    )  # fmt: skip


def _facts(templates: IntArray, rates: Rates, dice: Dice) -> tuple[BoolArray, IntArray]:
    """(S, facts) which facts a wire tells: the first, some of its domain, some that any report may tell; and the spare.

    A bulletin has four facts and tells them all.
    """
    n, facts = templates.shape
    low, high = rates.stories["sentences"]
    count = low + dice.roll(n, high - low + 1)
    own = facts - 8
    order = dice.uniform(n * facts).reshape(n, facts)
    order[:, 0] = -1
    rank_own, rank_common = (part.argsort(axis=1).argsort(axis=1) for part in (order[:, :own], order[:, own:]))
    told = np.c_[rank_own < np.minimum(count, own)[:, None] - 1, rank_common < 1 + (count > 6)[:, None]]
    bulletin = templates[:, -1] < 0
    told[bulletin] = np.arange(facts) < 4
    left = np.where(told, 2.0, order)
    spare = np.take_along_axis(templates, left.argsort(axis=1)[:, :4], axis=1)
    return told, spare


def _retold(rows: IntArray, counts: IntArray, twin: BoolArray) -> tuple[IntArray, IntArray]:
    """The rows with those of each twin replaced by those of the wire before it."""
    first = np.cumsum(counts) - counts
    told = np.arange(len(counts)) - twin
    counts = counts[told]
    rows = rows[ranges(first[told], counts)]
    rows[:, SOURCE] = np.repeat(np.arange(len(counts)), counts)
    return rows, counts
