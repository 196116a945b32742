"""Scoring: gold and predictions in, a Result out. The command line is a thin shell over `score`."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from goldwire.corpus.maps import apply_map, load_map, map_name
from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts
from goldwire.errors import UsageError
from goldwire.incidents import Incidents, did_you_mean
from goldwire.measures import format_name, measures_of, parse_name
from goldwire.measures.core import Measure
from goldwire.options import OPTIONS
from goldwire.profiles import Profile, get_profile, scorer
from goldwire.reading import Opened, Predictions, admit, load_corpus, opened
from goldwire.results import Result, Value, evaluate, signature, sliced
from goldwire.tasks import TASKS, Task, get_task
from goldwire.threads import at_once

__all__ = ["chosen", "score", "stated", "values_of"]


def score(
    predictions: str | Path | Corpus | Opened | Predictions,
    gold: str | Path | Corpus | None = None,
    *,
    tasks: Sequence[str] | None = None,
    measures: Sequence[str] | None = None,
    profiles: Sequence[str] = (),
    slices: Sequence[str] = (),
    labels: str | Path | None = None,
    on_error: str = "stop",
    level: float = 0.95,
    **options: str,
) -> Result:
    """Score predictions against gold.

    predictions: a file, also opened ahead or admitted (see goldwire.reading), or a Corpus.
    gold:     a folder, file or Corpus; None = the packaged gold.
    tasks:    names of TASKS; None = every task that both sides have the layers for.
    measures: names to report, slices allowed; None = all measures of the tasks.
    profiles: published scorers to reproduce, instead of the tasks unless some are named too.
    slices:   facets ("type", "level", "zone", ...) by which every measure is reported too.
    labels:   map of mention types applied to both sides before scoring, a name (see corpus.maps) or a JSON file.
    on_error: "stop" refuses predictions with errors, "drop" leaves the bad records and items out and counts them;
              errors of the file as a whole (a bad header, other gold, a cut-off archive) are refused either way.
    options:  how the tasks count: singletons="keep" | "drop" (coreference, both sides alike), container="set" |
              "multiset" (events).

    Raises ReadError, UsageError, and IncidentError for predictions with errors under "stop".
    """
    began = time.perf_counter()
    with opened(predictions) if isinstance(predictions, str | Path) else nullcontext(predictions) as given:
        reference = gold if isinstance(gold, Corpus) else load_corpus(gold)
        mapping = {} if labels is None else load_map(labels)
        read = _admitted(given, reference, on_error, [name for name in (*mapping, *mapping.values()) if name])
    loaded = time.perf_counter()
    wanted = [parse_name(name) for name in measures] if measures else []
    reference, read = apply_map(reference, mapping), replace(read, corpus=apply_map(read.corpus, mapping))
    counting = stated(options)
    names, notes = chosen(reference, read.corpus, tasks, profiles, [measure.task for measure, _ in wanted])
    scorers = {name: scorer(name) for name in names}
    parts = at_once(lambda by: by.count(reference, read.corpus, **counting), scorers.values())
    counts = dict(zip(names, parts, strict=True))
    values = values_of(counts, wanted, slices, level)
    ended = time.perf_counter()
    return Result(
        system={"name": read.corpus.name or "predictions", "version": read.corpus.version},
        gold={"name": reference.name, "version": reference.version, "digest": reference.digest},
        tasks=tuple(names),
        signature=signature(reference, list(scorers.values()), counting, map_name(labels)),
        values=values,
        counts=counts,
        incidents=list(read.incidents),
        dropped=read.dropped,
        notes=notes,
        timing={"read": round(loaded - began, 6), "score": round(ended - loaded, 6)},
        level=level,
    )


def _admitted(
    predictions: str | Path | Corpus | Opened | Predictions, gold: Corpus, on_error: str, types: Sequence[str]
) -> Predictions:
    """The predictions as read. Raises IncidentError where they may not be scored."""
    if isinstance(predictions, Corpus):
        return Predictions(predictions, Incidents())
    if isinstance(predictions, Predictions):
        return predictions
    return admit(predictions, gold, on_error, types)


def values_of(
    counts: Mapping[str, Counts], wanted: Sequence[tuple[Measure, dict[str, str]]], slices: Sequence[str], level: float
) -> dict[str, Value]:
    """The values of the measures wanted, or of all, each also by the labels of the facets in ``slices``.

    Raises UsageError for a facet that no counts have.
    """
    asked = [[pair for pair in wanted if pair[0].task == name] for name in counts]
    selected = asked if wanted else [[(measure, {}) for measure in measures_of(name)] for name in counts]
    found = at_once(lambda part, pairs: _values(part, pairs, slices, level), list(counts.values()), selected)
    _known_facets(slices, counts)
    return {name: value for part in found for name, value in part.items()}


def _values(
    counts: Counts,
    selected: Sequence[tuple[Measure, dict[str, str]]],
    slices: Sequence[str],
    level: float,
) -> dict[str, Value]:
    """The values of a task's measures, each also by the labels of the facets in ``slices``."""
    values: dict[str, Value] = {}
    for measure, where in selected:
        values[format_name(measure, where)] = evaluate(measure, sliced(counts, where), level=level)
        for part in _labels(counts, [facet for facet in slices if facet != measure.over], where):
            value = evaluate(measure, counts.select(part), level=level)
            if value.value is not None:  # a label this measure says nothing about
                values[format_name(measure, part)] = value
    return values


def stated(options: Mapping[str, str]) -> dict[str, str]:
    """The counting options, checked. Raises UsageError."""
    for name, value in options.items():
        if name not in OPTIONS:
            raise UsageError(f"no option {name!r}; options: {', '.join(OPTIONS)}")
        if value not in OPTIONS[name]:
            raise UsageError(f"{name} cannot be {value!r}; expected {' or '.join(map(repr, OPTIONS[name]))}")
    return dict(options)


def chosen(
    gold: Corpus,
    pred: Corpus,
    tasks: Sequence[str] | None,
    profiles: Sequence[str],
    implied: Sequence[str],
    among: Collection[str] = TASKS,
) -> tuple[list[str], list[str]]:
    """Tasks and profiles to score, and notes on tasks left out; of tasks not asked for only those ``among``.

    One asked for that cannot be scored is a UsageError.
    """
    named: dict[str, Task | Profile] = {name: get_task(name) for name in tasks or ()}
    named |= {name: get_profile(name) for name in profiles}
    if named and set(implied) - set(named):
        extra = ", ".join(sorted(set(implied) - set(named)))
        raise UsageError(f"measures of {extra} were asked for, the task was not")
    asked = named or {name: scorer(name) for name in implied}
    if asked:
        for name, by in asked.items():
            reason = by.inapplicable(gold, pred)
            if reason:
                kind = "profile" if isinstance(by, Profile) else "task"
                raise UsageError(f"{kind} {name!r} cannot be scored: {reason}")
        return list(asked), []
    names, notes = [], []
    for name, task in [(name, task) for name, task in TASKS.items() if name in among]:
        if not task.is_wanted(pred):
            continue
        reason = task.inapplicable(gold, pred)
        if reason is None:
            names.append(name)
        elif any(table in pred for table in task.pred):
            notes.append(f"{name} not scored: {reason}")
    if not names:
        raise UsageError(f"nothing to score: the gold has {_layers(gold)}, the predictions have {_layers(pred)}")
    return names, notes


def _layers(corpus: Corpus) -> str:
    return ", ".join(sorted(name for name in corpus.tables if name not in ("articles", "zones"))) or "no layer"


def _known_facets(slices: Sequence[str], counts: Mapping[str, Counts]) -> None:
    """A facet that no task scored has is a UsageError."""
    known = sorted({facet for part in counts.values() for facet in part.facets})
    for facet in slices:
        if facet not in known:
            near = did_you_mean(facet, known)
            hint = f"did you mean {near!r}?" if near else f"facets here: {', '.join(known) or 'none'}"
            raise UsageError(f"no facet {facet!r} in what was scored; {hint}")


def _labels(counts: Counts, slices: Sequence[str], where: dict[str, str]) -> list[dict[str, str]]:
    """One selection per label of each facet asked for that this task has."""
    return [
        {**where, facet: label}
        for facet in slices
        if facet in counts.facets and facet not in where
        for label in sorted(counts.facets[facet].labels)
    ]
