"""Profiles of scorers of document-level events: role fillers, templates, event arguments by coreference level."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, Facet, FloatArray, IntArray
from goldwire.measures.core import prf
from goldwire.profiles.core import Profile
from goldwire.profiles.iterx import phi3_counts, subset_counts
from goldwire.profiles.maven_arg import MEASURES as MAVEN_ARG_MEASURES
from goldwire.profiles.maven_arg import count as maven_arg_counts
from goldwire.profiles.maven_ere import MEASURES as MAVEN_ERE_MEASURES
from goldwire.profiles.maven_ere import count as maven_ere_counts
from goldwire.profiles.strings import entity_strings, string_pairs
from goldwire.tasks.assign import assign
from goldwire.tasks.templates import filler_pairs, merged, read_templates

__all__ = ["PROFILES"]

_STRINGS = (
    "the text of each mention in lower case, without ASCII punctuation and the articles a, an, the; an entity lists each "
    "distinct string of its mentions once, in text order"
)
_NEEDS_TEXT = "Strings are taken from the gold text at the offsets, so documents need their text."

# GRIT -----------------------------------------------------------------------------------------------------------------


def _grit(gold: Corpus, pred: Corpus) -> Counts:
    """Role fillers of each document, event types ignored: numerators and denominators per document and role."""
    g, p, _, roles = read_templates(gold, pred)
    g, p = merged(g, by_type=False), merged(p, by_type=False)
    strings = entity_strings(gold, (g, p))
    pairs = string_pairs((g, p), strings)
    at, ours, theirs = filler_pairs(g, p, pairs.entities)
    length = strings[1].length[p.entity[theirs]]
    inside = np.flatnonzero(pairs.pred_hits[at] == length)
    share = pairs.gold_hits[at] / length
    strict = ours[inside[assign(ours[inside], theirs[inside], np.ones(len(inside)), len(g.entity), len(p.entity))]]
    best = assign(ours, theirs, share, len(g.entity), len(p.entity))

    def rows(role: IntArray, unit: IntArray, **columns: FloatArray) -> Counts:
        return Counts.build(gold.doc_ids, unit, {"role": Facet(role, roles)}, columns)

    return Counts.concat(
        [
            rows(g.role, g.unit[g.template], gold=np.ones(len(g.role))),
            rows(p.role, p.unit[p.template], pred=np.ones(len(p.role))),
            rows(g.role[strict], g.unit[g.template[strict]], strict=np.ones(len(strict))),
            rows(g.role[ours[best]], g.unit[g.template[ours[best]]], prop=share[best]),
        ]
    )


_GRIT = "Σφ over the best one-to-one alignment of entities of a role"
_GRIT_STRICT = f"{_GRIT}, φ = [all predicted strings are in the gold entity]"
_GRIT_PROP = f"{_GRIT}, φ = gold strings that the predicted entity has / predicted strings"
_GRIT_SOURCE = "Du, Rush & Cardie (2021), eval.py"

GRIT = Profile(
    name="grit",
    task="instances",
    reference="GRIT (xinyadu/grit_doc_event_entity at d8212bc), eval.py, eval_ceaf",
    item="role-filler entity of a document",
    container="a document's roles, all its events taken together; an entity fills a role once",
    alignment="optimal one-to-one within document and role",
    normaliser=_STRINGS,
    averaging="micro over roles and documents; 0/0 is 0",
    quirks=(
        "Event types and instances are ignored: a document is one template.",
        "Mentions are compared as strings, so that an entity named alike elsewhere in the text is a match.",
        "Proportional credit counts gold strings and divides by predicted ones: where two gold strings become one by "
        "normalisation it exceeds 1, and so may precision.",
        "Roles are those of the data; the script's micro average knows only the five of MUC-4.",
        "The script gives an empty predicted entity full credit under φ strict and divides by zero under the other; "
        "a prediction file cannot hold one.",
        _NEEDS_TEXT,
    ),
    function=_grit,
    measures=(
        *prf(
            "grit.ceaf_ree", precision=("strict", "pred"), recall=("strict", "gold"),
            formulas=(f"{_GRIT_STRICT} / predicted entities", f"{_GRIT_STRICT} / gold entities"),
            source=_GRIT_SOURCE, undefined=0.0,
        ),
        *(
            replace(measure, range=(0.0, float("inf")))
            for measure in prf(
                "grit.ceaf_ree_prop", precision=("prop", "pred"), recall=("prop", "gold"),
                formulas=(f"{_GRIT_PROP} / predicted entities", f"{_GRIT_PROP} / gold entities"),
                source=_GRIT_SOURCE, undefined=0.0,
            )
        ),
    ),
)  # fmt: skip

# IterX ----------------------------------------------------------------------------------------------------------------

_ITERX_SOURCE = "Chen et al. (2023), metrics/muc/ceaf_rme.py"
_ITERX_TYPES = (
    "Templates match only in their mentions, which carry type and role, so templates of other types never match.",
    "A gold type with slashes (attack / bombing) stands for alternatives: the one with most similarity to all "
    "predicted templates together is kept.",
)

ITERX_SUBSET = Profile(
    name="iterx-subset",
    task="instances",
    reference="IterX (wanmok/iterx at 65fd64c), ceaf_rme.py, CEAFRMEPhiSubsetScorer",
    item="role-filler entity of a template",
    container="a template's roles; templates of a document",
    alignment="templates optimal one-to-one by predicted fillers that match; fillers many-to-one",
    normaliser=_STRINGS,
    averaging="micro over templates and documents; 0/0 is 0",
    quirks=(
        *_ITERX_TYPES,
        "Subset means any string in common: the program is meant for predicted entities of one mention.",
        "A predicted filler finds one gold filler, the first that has the first of its strings that any has, in file "
        "order; the default finds as many as it can.",
        "Of alignments equal by predicted fillers SciPy's solver takes one by the order of the templates, and recall "
        "depends on which.",
        "There are no templates without fillers as far as it is concerned.",
        _NEEDS_TEXT,
    ),
    function=subset_counts,
    measures=prf(
        "iterx-subset.ceaf_rme", precision=("right", "pred"), recall=("found", "gold"),
        formulas=(
            "predicted fillers of aligned templates that share a string with a gold one / predicted fillers",
            "gold fillers of aligned templates that a predicted one points to / gold fillers",
        ),
        source=_ITERX_SOURCE, undefined=0.0,
    ),
)  # fmt: skip

ITERX_PHI3 = Profile(
    name="iterx-phi3",
    task="instances",
    reference="IterX (wanmok/iterx at 65fd64c), ceaf_rme.py, CEAFRMEPhi3Scorer",
    item="mention string of a role-filler entity of a template",
    container="an entity's list of strings; entities of a template's role; templates of a document",
    alignment="templates optimal one-to-one by their similarity, the best one-to-one alignment of their fillers",
    normaliser=_STRINGS,
    averaging="micro over mentions and documents; 0/0 is 0",
    quirks=(
        *_ITERX_TYPES,
        "Predicted strings are counted that the gold entity has; two that become one by normalisation count twice, and "
        "so recall may exceed 1.",
        "The mentions of a gold template whose type has slashes are counted once for each alternative, in documents "
        "with predicted templates.",
        "There are no templates without fillers as far as it is concerned.",
        _NEEDS_TEXT,
    ),
    function=phi3_counts,
    measures=tuple(
        replace(measure, range=(0.0, float("inf")))
        for measure in prf(
            "iterx-phi3.ceaf_rme", precision=("matched", "pred"), recall=("matched", "gold"),
            formulas=(
                "predicted strings in the aligned gold filler of the aligned template / predicted strings",
                "predicted strings in the aligned gold filler of the aligned template / gold strings",
            ),
            source=_ITERX_SOURCE, undefined=0.0,
        )
    ),
)  # fmt: skip

# MAVEN-Arg ------------------------------------------------------------------------------------------------------------

MAVEN_ARG = Profile(
    name="maven-arg",
    task="instances",
    reference="MAVEN-Argument (THU-KEG/MAVEN-Argument at b267244), evaluate.py",
    item="role of a trigger, with its fillers' strings",
    container="multiset of strings per trigger and role; gold fillers are those of the whole event instance",
    alignment="predicted to gold triggers by span; strings optimal one-to-one by bag-of-words F1",
    normaliser="lower case, without ASCII punctuation and the articles a, an, the; a bag of words",
    averaging="mean over items; the three levels differ in what an item is",
    quirks=(
        "Gold arguments belong to the instance and are asked for at each of its triggers; predicted ones belong to the "
        "trigger. A prediction with arguments at one trigger only, or one mention of each entity, is not perfect.",
        "A gold role left out and a predicted role that gold lacks are one item of 0 each, however many fillers.",
        "Mention level: each aligned pair of strings is an item, times the share of the smaller in the larger side; "
        "predicting nothing for a role is not the same as leaving it out, which a prediction file cannot say.",
        "Entity level: each gold entity is an item with its best aligned mention; spurious fillers cost nothing.",
        "Event level: each gold entity of an event is an item with its best trigger; roles left out at one of its "
        "triggers still are items of 0.",
        "Roles predicted for a trigger of the wrong type are ignored; the gold roles there are items of 0.",
        "A predicted trigger at no gold span is taken for one of the corpus's negative triggers: each of its roles is "
        "an item of 0. The script ignores triggers that the corpus does not list.",
        "The label set is that of the data: roles that gold never has are items of 0 all the same.",
        "Where alignments are equal by F1 SciPy's solver takes one by the order of the strings, and exact match, "
        "precision and recall depend on which.",
        _NEEDS_TEXT,
    ),
    function=maven_arg_counts,
    measures=MAVEN_ARG_MEASURES,
)

# MAVEN-ERE ------------------------------------------------------------------------------------------------------------


MAVEN_ERE = Profile(
    name="maven-ere",
    task="event_coref",
    reference="MAVEN-ERE (THU-KEG/MAVEN-ERE at ac81a97), evaluate.py, evaluate_coreference",
    item="event mention, by its trigger's span",
    container="clusters of the gold mentions of each document",
    alignment="clusters one-to-one, for CEAFe only",
    normaliser="none; a type decides only between gold mentions with the same trigger",
    averaging="micro over documents; 0/0 is 0",
    quirks=(
        "Predicted mentions that gold lacks are dropped, and gold mentions that the prediction lacks are alone in a "
        "cluster: finding mentions is not measured.",
        "What it calls CEAF is CEAFe.",
        "BLANC's precision and recall divide by the number of links plus 0.000001, so that they are never quite 1; a "
        "kind of link that neither side has counts 0 in the mean, so that a perfect answer may score a half.",
        "Its temporal, causal and subevent relations have no counterpart in this data model; its overall figure, the "
        "mean over the four tasks, is therefore not printed.",
        "A mention in two predicted clusters makes the script stop; here the second, as any repeated one, is dropped.",
    ),
    function=maven_ere_counts,
    measures=MAVEN_ERE_MEASURES,
)

PROFILES: tuple[Profile, ...] = (GRIT, ITERX_SUBSET, ITERX_PHI3, MAVEN_ARG, MAVEN_ERE)
