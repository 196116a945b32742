"""Profiles of scorers of aligned passages: PAN's text alignment evaluators."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, FloatArray
from goldwire.measures.core import F1, Measure, Ratio, Sums, prf
from goldwire.measures.passages import MACRO, MICRO, PAN, granularity, plagdet
from goldwire.profiles.core import Profile
from goldwire.tasks.pairs import components, covering, unit_names
from goldwire.tasks.passage_pairs import TEXT_BASIS, Columns, PassagePairs, Shared, character_sums, read_pairs, shared
from goldwire.tasks.spans import BoolArray

__all__ = ["PROFILES"]

_LEVELS = "Potthast et al. (2014), Overview of the 6th International Competition on Plagiarism Detection"


def _count(gold: Corpus, pred: Corpus) -> Counts:
    """Counts as PAN's scripts make them, per connected component of documents.

    Columns, by case (facet ``relation``): those of ``character_sums``, ``pieces`` and ``cases_touched``,
    ``cases_detected``; ``article_pairs`` and ``article_pairs_detected``. By detection: those of ``character_sums``,
    ``detections_right``, ``pred_article_pairs`` and ``pred_article_pairs_right``.
    """
    wanted = (*TEXT_BASIS, None)
    given = read_pairs(gold["passages"], pred["passages"], gold.doc_ids, (wanted, wanted), canonical=False)
    cases, found = (pairs.where(~pairs.repeats) for pairs in given)
    both = shared(cases, found)
    case_columns, found_columns = character_sums(cases, found, both, by_article=True)
    pieces = np.bincount(both.i, minlength=len(cases))
    detected, right = _detected(cases, found, both, case_columns["case_recall"], found_columns["detection_precision"])
    case_columns |= {"pieces": pieces, "cases_touched": pieces > 0, "cases_detected": detected}
    case_columns |= _article_pairs("article_pairs", "article_pairs_detected", cases, detected)
    found_columns |= {"detections_right": right}
    found_columns |= _article_pairs("pred_article_pairs", "pred_article_pairs_right", found, right)
    unit = components(len(gold.doc_ids), *np.concatenate([cases.docs, found.docs], axis=1))
    units = unit_names(gold.doc_ids, unit)
    counts = Counts.concat(
        [
            Counts.build(units, unit[cases.docs[0]], {"relation": cases.facet}, case_columns),
            Counts.build(units, unit[found.docs[0]], {}, found_columns),
        ]
    )
    return covering(counts, gold.doc_ids, unit)


def _detected(
    cases: PassagePairs, found: PassagePairs, both: Shared, recall: FloatArray, precision: FloatArray
) -> tuple[BoolArray, BoolArray]:
    """(cases,) whether half of the case is found; (detections,) whether half of the detection is right and it finds
    half of some case by itself.
    """
    halves = 2 * both.size.sum(axis=0) >= cases.chars[both.i]
    finds = np.zeros(len(found), bool)
    finds[both.j[halves]] = True
    return recall >= 0.5, finds & (precision >= 0.5)


def _article_pairs(name: str, marked_name: str, pairs: PassagePairs, marked: BoolArray) -> Columns:
    """Marks of one row for each pair of articles, and of one for each that has a marked row."""

    def first(rows: BoolArray) -> BoolArray:
        at = np.flatnonzero(rows)
        article_pair = pairs.article_pair[at]  # ascending: rows are sorted by documents
        chosen = np.zeros(len(pairs), bool)
        chosen[at[np.append(True, article_pair[1:] != article_pair[:-1])[: len(at)]]] = True
        return chosen

    return {name: first(np.ones(len(pairs), bool)), marked_name: first(marked)}


@dataclass(frozen=True, kw_only=True)
class _Share(Ratio):
    """A ratio that is 0 where only one of the two sides has annotations, and 1 where neither has."""

    undefined: float = 0.0

    @property
    def columns(self) -> tuple[str, ...]:
        """Also those that tell empty sides."""
        return tuple(dict.fromkeys((*super().columns, "cases", "detections")))

    def value(self, sums: Sums) -> FloatArray:
        """The quotient."""
        nothing = (np.asarray(sums["cases"]) == 0) & (np.asarray(sums["detections"]) == 0)
        return np.where(nothing, 1.0, super().value(sums))


def _figures(
    name: str, precision: tuple[str, str], recall: tuple[str, str], formulas: tuple[str, str]
) -> tuple[Measure, ...]:
    """Precision, recall and plagdet of one way of averaging."""
    ratios = [
        _Share(
            name=f"{name}.{figure}",
            numerator=(numerator,),
            denominator=(denominator,),
            formula=f"{formula}; 0 where one side is empty, 1 where both are",
            source=PAN,
        )
        for figure, (numerator, denominator), formula in zip(
            ("precision", "recall"), (precision, recall), formulas, strict=True
        )
    ]
    return (*ratios, plagdet(f"{name}.plagdet", F1(name="", precision=ratios[0], recall=ratios[1])))


def _level(name: str, what: str, precision: tuple[str, str], recall: tuple[str, str]) -> tuple[Measure, ...]:
    """Precision, recall and F1 of cases or of pairs of articles."""
    return prf(
        name,
        precision=precision,
        recall=recall,
        formulas=(f"{what} with a right detection / {what} with detections", f"{what} detected / {what} with cases"),
        source=_LEVELS,
        undefined=0.0,
    )


PROFILES: tuple[Profile, ...] = (
    Profile(
        name="plagdet",
        task="passages",
        reference="PAN perfmeasures.py 1.3 (pan-webis-de/pan-code db0391d: pan09 to pan13, pan25), with the case and "
        "document levels of the PAN 2015 text alignment evaluators",
        item="a pair of a suspicious and a source passage (a and b, as given); text-basis relations and null",
        container="the set of all annotations of the corpus",
        alignment="every case with every detection that shares a character with it on both sides",
        normaliser="none; offsets as given",
        averaging="micro over characters, macro over cases and over detections; 0/0 is 0, empty against empty 1",
        quirks=(
            "Sides are not exchangeable: a is the suspicious text and b the source, and a pair given the other way "
            "round finds nothing.",
            "A character of an article counts once per side, however many partners its passage has; finding one "
            "partner finds it.",
            "Every detection that touches a case by one character on both sides is one more piece of it.",
            "Where in the other article a character is put plays no part: passages aligned to the wrong counterparts "
            "score 1.",
            "Granularity is over cases and the same in the micro and the macro plagdet.",
            "An exact repeat of an annotation is swallowed; passages inside one article are scored.",
            "Until 2013 the micro figures raise an error where no detection meets a case; here they are 0, as in 2025.",
            "Intrinsic detections, without a source, cannot be expressed.",
            "Case level: a case is detected where half of its characters are found; the published precision condition "
            "on top of it always holds. Both thresholds are one half, the default of the PAN 2015 evaluator.",
            "Document level: every pair of articles is taken to be in PAN's file of pairs.",
            "The PAN 2015 evaluator drops detections of article pairs outside that file; here they count.",
        ),
        function=_count,
        measures=(
            *_figures("plagdet.micro", ("found_chars", "pred_chars"), ("found_chars", "gold_chars"), MICRO),
            *_figures("plagdet.macro", ("detection_precision", "detections"), ("case_recall", "cases"), MACRO),
            granularity("plagdet.granularity", undefined=1.0),
            *_level("plagdet.case_level", "cases", ("detections_right", "detections"), ("cases_detected", "cases")),
            *_level(
                "plagdet.document_level",
                "pairs of articles",
                ("pred_article_pairs_right", "pred_article_pairs"),
                ("article_pairs_detected", "article_pairs"),
            ),
        ),
    ),
)
