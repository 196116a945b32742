"""Two systems item by item, where there are too few units to tell them apart.

Which items differ can be tested whatever the number of documents, but only as a statement on these documents: items of
one document share its author, its topic and each other's context, so that they are not independent draws of anything.
Flips of sentences or items in place of documents reject a true null some 20 % of the time at a nominal 5 % when
systems do better on some documents than on others. So these figures stand by themselves, labelled; they join no family
of comparisons and decide no rank.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow.compute as pc

from goldwire.comparison import Comparison
from goldwire.corpus.tables import Corpus
from goldwire.explaining.items import EXPLAINED, items
from goldwire.explaining.selection import Selection
from goldwire.measures import parse_name
from goldwire.stats.paired import mcnemar

__all__ = ["CONDITIONAL", "ItemTest", "item_tests"]

CONDITIONAL = (
    "Conditional on these articles: items of one article are not independent; this says nothing of other articles, "
    "joins no family and ranks nothing."
)


@dataclass(frozen=True)
class ItemTest:
    """The gold items behind a measure, right in one system and wrong in another.

    items: gold items of the measure; only_system, only_baseline: those that just one of the two has right, as
    `goldwire explain` classes them; p: exact McNemar test of these two numbers.
    """

    measure: str
    system: str
    baseline: str
    items: int
    only_system: int
    only_baseline: int
    p: float


def item_tests(comparison: Comparison, gold: Corpus, predictions: Mapping[str, Corpus]) -> tuple[ItemTest, ...]:
    """One test for each measure and each system against the baseline; measures whose items cannot be listed have none.

    predictions: system -> what it predicted; systems without are left out.
    """
    tests = []
    for measure in comparison.measures:
        task = parse_name(measure)[0].task
        if task not in EXPLAINED:
            continue
        selection = Selection.of_measure(measure)[1].of_gold()
        right = {}
        for name in comparison.systems:
            if name in predictions:
                table = selection.of(items(task, gold, predictions[name]))
                keys = pc.binary_join_element_wise(table["kind"], table["gold_row"].cast("string"), "\0")
                is_right = pc.equal(table["class"], "correct")
                right[name] = dict(zip(keys.to_pylist(), is_right.to_pylist(), strict=True))
        base = right.get(comparison.systems[0])
        for name, own in right.items():
            if base is None or name == comparison.systems[0]:
                continue
            ours = sum(value and not base.get(key, False) for key, value in own.items())
            theirs = sum(value and not own.get(key, False) for key, value in base.items())
            p = mcnemar(ours, theirs)
            tests.append(ItemTest(measure, name, comparison.systems[0], len(base), ours, theirs, p))
    return tuple(tests)
