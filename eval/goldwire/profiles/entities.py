"""Profiles of scorers that read tags: conlleval.pl and seqeval.

Their tags hold what a table of spans holds as long as mentions are flat; goldwire.tasks.tags reads tags as they do.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, Facet, FloatArray, IntArray
from goldwire.measures.core import Custom, Macro, Measure, Sums, Weighted, prf
from goldwire.profiles.core import Profile
from goldwire.tasks.mentions import both_sides
from goldwire.tasks.spans import equal_pairs

__all__ = ["PROFILES"]

_PERL = "conlleval.pl of 2004-01-26 (Erik Tjong Kim Sang)"
_SEQEVAL = "seqeval 1.2.2 (Nakayama 2018)"

_FLAT = "Tags hold no nested, overlapping or discontinuous mentions; here such mentions are compared like any others."


def _typed_sets(gold: Corpus, pred: Corpus, untyped: str) -> Counts:
    """Counts per document and type: ``gold``, ``pred`` and ``matched`` distinct mentions by span and type."""
    layout, labels, sides = both_sides(_named(gold, untyped), _named(pred, untyped))
    keys, rows = zip(*(_distinct(side.typed, side.row) for side in sides), strict=True)
    found = equal_pairs(*keys)[0]
    unit = np.concatenate([label.unit[row] for label, row in zip(labels, rows, strict=True)])
    type_ = np.concatenate([label.type[row] for label, row in zip(labels, rows, strict=True)])
    columns = {name: np.zeros(len(unit)) for name in ("gold", "pred", "matched")}
    columns["gold"][: len(rows[0])] = 1
    columns["pred"][len(rows[0]) :] = 1
    columns["matched"][found] = 1
    return Counts.build(gold.doc_ids, unit, {"type": Facet(type_, layout.types)}, columns)


def _named(corpus: Corpus, untyped: str) -> Corpus:
    """The corpus with a name for the type of mentions that have none."""
    table = corpus["mentions"]
    column = table.schema.get_field_index("type")
    named = table.set_column(column, table.schema.field(column), pc.fill_null(table["type"], untyped))
    return replace(corpus, tables={**corpus.tables, "mentions": named})


def _distinct(key: IntArray, row: IntArray) -> tuple[IntArray, IntArray]:
    """The distinct ones of sorted keys, each with the row of its first."""
    first = np.append(True, key[1:] != key[:-1])[: len(key)]
    return key[first], row[first]


def _conlleval(gold: Corpus, pred: Corpus) -> Counts:
    return _typed_sets(gold, pred, "")


def _seqeval(gold: Corpus, pred: Corpus) -> Counts:
    return _typed_sets(gold, pred, "_")


def _micro(name: str, source: str) -> tuple[Measure, ...]:
    return prf(
        name,
        precision=("matched", "pred"),
        recall=("matched", "gold"),
        formulas=("mentions in both / mentions predicted", "mentions in both / gold mentions"),
        source=source,
        undefined=0.0,
    )


_OF_A_TYPE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "precision": (("matched",), ("pred",)),
    "recall": (("matched",), ("gold",)),
    "f1": (("matched", "matched"), ("gold", "pred")),
}


def _of_a_type(figure: str) -> Measure:
    """A figure of one type: 0 for 0/0, undefined for a type that occurs on neither side and so has no part in a mean."""
    above, below = _OF_A_TYPE[figure]

    def value(sums: Sums) -> FloatArray:
        numerator = np.asarray(sum(np.asarray(sums[column], np.float64) for column in above))
        denominator = np.asarray(sum(np.asarray(sums[column], np.float64) for column in below))
        ratio = np.where(denominator > 0, numerator / np.maximum(denominator, 1), 0.0)
        return np.where(sums["gold"] + sums["pred"] > 0, ratio, math.nan)

    return Custom(name=figure, reads=("gold", "pred", "matched"), function=value)


def _means(name: str, source: str) -> tuple[Measure, ...]:
    """Macro and weighted precision, recall and F1 over types."""
    macro: list[Measure] = [
        Macro(
            name=f"{name}.macro.{figure}",
            formula=f"mean of {figure} over types",
            source=source,
            part=_of_a_type(figure),
            facet="type",
        )
        for figure in _OF_A_TYPE
    ]
    weighted: list[Measure] = [
        Weighted(
            name=f"{name}.weighted.{figure}",
            formula=f"mean of {figure} over types, weighted by gold mentions",
            source=source,
            part=_of_a_type(figure),
            facet="type",
            by="gold",
            undefined=0.0,
        )
        for figure in _OF_A_TYPE
    ]
    return (*macro, *weighted)


PROFILES: tuple[Profile, ...] = (
    Profile(
        name="conlleval",
        task="entities",
        reference="conlleval.pl of 2004-01-26 (Tjong Kim Sang), CoNLL-2000 to 2003: phrases; not its token accuracy",
        item="mention: span and type",
        container="set per document",
        alignment="equal items",
        normaliser="none; tags are read by goldwire.tasks.tags.decode, rule conlleval",
        averaging="micro; by type as slices; 0/0 is 0",
        quirks=(
            _FLAT,
            "A repeated mention counts once.",
            "Tags: neighbouring phrases of one type run together where the tag set has single or end tags (S-X S-X, "
            "E-X B-X), so that wrong borders can score 100.",
            "Tags: I after O or after another type begins a phrase; unknown prefixes count as inside.",
        ),
        function=_conlleval,
        measures=_micro("conlleval", _PERL),
    ),
    *(
        Profile(
            name=name,
            task="entities",
            reference=f"seqeval 1.2.2, {part}",
            item="mention: span and type",
            container="set per type over the corpus, in which documents do not meet",
            alignment="equal items",
            normaliser=f"a mention without a type has the type _; tags are read by goldwire.tasks.tags.decode, {rule}",
            averaging="micro, macro over types, macro weighted by gold mentions; 0/0 is 0; macro of no types is undefined",
            quirks=(_FLAT, "A repeated mention counts once.", *quirks),
            function=_seqeval,
            measures=(*_micro(f"{name}.micro", _SEQEVAL), *_means(name, _SEQEVAL)),
        )
        for name, part, rule, quirks in (
            (
                "seqeval",
                "classification_report and f1_score by default (mode=None)",
                "rule seqeval",
                (
                    "A type that occurs only among the predictions is a type of the macro average, with F1 0.",
                    "Tags: I after O or after another type begins a mention; tags without a known prefix are warned "
                    "about and read as mentions.",
                    'f1_score(mode="strict") without a scheme is this, silently.',
                ),
            ),
            (
                "seqeval-strict",
                'classification_report and f1_score with mode="strict" and a scheme',
                "the rule of the scheme",
                (
                    "A type that occurs only among the predictions is a type of the macro average, with F1 0.",
                    "Tags: mentions that the scheme does not allow are no mentions, in gold as in prediction: IOB2 "
                    "drops what does not begin with B, IOBES what is not closed by E.",
                    "classification_report without a scheme guesses one from the gold tags.",
                ),
            ),
        )
    ),
)
