"""The TAC KBP event nugget scorer: triggers aligned greedily by the overlap of their characters."""

from __future__ import annotations

import math

import numpy as np

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, FloatArray, IntArray
from goldwire.measures.core import F1, Measure, prf
from goldwire.profiles.core import Profile
from goldwire.profiles.event_counts import f1_with, greedy, label_codes
from goldwire.tasks.event_rows import event_rows
from goldwire.tasks.spans import BoolArray, overlaps

__all__ = ["PROFILES"]

_FIGURES = {
    "plain": (),
    "mention_type": ("type",),
    "realis_status": ("realis",),
    "mention_type+realis_status": ("type", "realis"),
}
"""Figure -> what must agree beside the overlap."""


def _kbp2017(gold: Corpus, pred: Corpus) -> Counts:
    """Per document: mentions of both sides where the gold has any, and for each figure the Dice credit and its shares."""
    g, p, labels = event_rows(gold, pred)
    types = label_codes(labels.types, _canonical)
    pairs = overlaps(p.triggers.spans.pieces, g.triggers.spans.pieces)
    dice = 2.0 * pairs.size / (p.triggers.spans.size[pairs.row] + g.triggers.spans.size[pairs.col])
    agree = {
        "type": _agree(types[g.triggers.type][pairs.col], types[p.triggers.type][pairs.row]),
        "realis": _agree(g.triggers.attributes["realis"][pairs.col], p.triggers.attributes["realis"][pairs.row]),
    }
    n = len(gold.doc_ids)
    listed, predicted = (np.bincount(side.triggers.unit, minlength=n).astype(np.float64) for side in (g, p))
    scored = listed > 0
    columns: dict[str, FloatArray] = {
        "gold": listed,
        "pred": np.where(scored, predicted, 0.0),
        "documents": scored.astype(np.float64),
    }
    for figure, demanded in _FIGURES.items():
        able = np.flatnonzero(np.all([np.ones(len(dice), bool), *(agree[name] for name in demanded)], axis=0))
        taken = able[greedy(pairs.row[able], pairs.col[able], dice[able])]
        credit: FloatArray = np.bincount(g.triggers.unit[pairs.col[taken]], dice[taken], n).astype(np.float64)
        columns[f"{figure}_credit"] = credit
        columns[f"{figure}_precision"] = credit / np.maximum(predicted, 1.0)
        columns[f"{figure}_recall"] = credit / np.maximum(listed, 1.0)
    return Counts(gold.doc_ids, np.arange(n), {}, columns)


def _canonical(label: str) -> str | None:
    """Letters and digits in lower case; None for what stands for a missing annotation."""
    plain = "".join(character.lower() for character in label if character.isalnum())
    return None if plain == "notannotated" else plain


def _agree(gold: IntArray, pred: IntArray) -> BoolArray:
    """Equal, or not annotated in the gold."""
    mask: BoolArray = (gold < 0) | (gold == pred)
    return mask


def _measures() -> tuple[Measure, ...]:
    measures: list[Measure] = []
    for figure, demanded in _FIGURES.items():
        what = f"mentions aligned one to one, greedily{', with equal ' if demanded else ''}{' and '.join(demanded)}"
        ways = {
            f"kbp2017.{figure}": ((f"{figure}_credit", "pred"), (f"{figure}_credit", "gold")),
            f"kbp2017.{figure}.macro": ((f"{figure}_precision", "documents"), (f"{figure}_recall", "documents")),
        }
        for name, (precision, recall) in ways.items():
            of = "of the document, mean over documents with gold mentions" if name.endswith("macro") else "over all"
            three = prf(
                name,
                precision=precision,
                recall=recall,
                formulas=(f"Σ Dice / predicted mentions {of}; {what}", f"Σ Dice / gold mentions {of}; {what}"),
                source="TAC KBP event nugget scorer (Liu, Mitamura & Hovy 2015), scorer_v1.8.py",
            )
            measures += [f1_with(m, above=0.0, otherwise=math.nan) if isinstance(m, F1) else m for m in three]
    return tuple(measures)


PROFILES: tuple[Profile, ...] = (
    Profile(
        name="kbp2017",
        task="events",
        reference="EvmEval, hunterhector/EvmEval 9f60e17, scorer_v1.8.py, mention detection in character mode",
        item="event mention: trigger characters, with type, realis or both",
        container="lists of a document",
        alignment="greedy, one to one: pairs by falling Dice overlap of their characters, ties by the order of the "
        "predictions, then of the gold; anew for each figure among the pairs whose attributes agree",
        normaliser="types keep letters and digits in lower case",
        averaging="micro and macro over documents (.macro); 0/0 is undefined, and so is the F1 where precision and recall "
        "are both 0",
        quirks=(
            "The credit of a pair is its Dice overlap, so that partly right triggers count in part.",
            "Greedy alignment is not the best one, and the order of the file decides ties.",
            "A document without gold mentions is not scored at all: what is predicted there costs nothing.",
            "An attribute the gold does not annotate agrees with everything.",
            "A document with gold mentions and no predictions counts 0 in both macro means; the macro F1 is the F1 of the "
            "means.",
            "Its realis is given; here it follows from polarity, modality, tense and genericity, and is not annotated "
            "where one of these is missing.",
            "In token mode it compares sets of tokens, the same with tokens in place of characters; its coreference and "
            "sequencing parts call other programs and are not reproduced.",
        ),
        function=_kbp2017,
        measures=_measures(),
    ),
)
