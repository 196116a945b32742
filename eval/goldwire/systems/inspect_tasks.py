"""Tasks of inspect_ai: ``inspect eval goldwire/entities --model PROVIDER/MODEL``, and likewise events and duplicates.

The samples are the gold's articles (or pairs of them), the model is asked as ``goldwire run inspect:MODEL`` asks it, and
the metrics are Goldwire's own figures over all samples together: the same numbers as of ``goldwire score``. An answer
that cannot be read counts as an empty one. Options (``-T NAME=VALUE``): gold, a path instead of the packaged gold; types,
for entities and events; replay, a file of answers kept by ``goldwire run`` that are read instead of asking a model.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput, ModelUsage
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, metric, scorer
from inspect_ai.solver import Generate, Solver, TaskState, generate, solver, system_message

from goldwire.corpus.parts import part_of
from goldwire.corpus.tables import Corpus
from goldwire.errors import SystemFailure, UsageError
from goldwire.formats.jsonl import parse_jsonl
from goldwire.incidents import Incidents
from goldwire.reading import load_corpus, predictions_of
from goldwire.running import articles_of
from goldwire.scoring import score
from goldwire.systems.base import Record
from goldwire.systems.language_models import kept_answers
from goldwire.systems.prompting import SYSTEM_PROMPT, pair_prompt, pairs_of, parsed, prompt, read_document, read_pair

__all__ = ["duplicates", "entities", "events"]

_FIGURES = {
    "entities": {
        "strict_f1": "entities.strict.f1",
        "strict_precision": "entities.strict.precision",
        "strict_recall": "entities.strict.recall",
        "text_f1": "grounding.text.f1",
        "ungrounded": "grounding.ungrounded",
    },
    "events": {
        "trigger_f1": "events.tri_c.f1",
        "argument_f1": "events.arg_c.f1",
        "text_f1": "grounding.text.f1",
        "ungrounded": "grounding.ungrounded",
    },
    "duplicates": {
        "pairs_f1": "duplicates.pairs.f1",
        "pairs_precision": "duplicates.pairs.precision",
        "pairs_recall": "duplicates.pairs.recall",
        "ap": "duplicates.ap",
    },
}
"""Task -> metric -> measure; the first one is the score of a single sample."""


@task
def entities(gold: str | None = None, types: str | Sequence[str] = (), replay: str | None = None) -> Task:
    """Entity mentions as strings, grounded and scored against the gold."""
    return _task("entities", gold, types, replay)


@task
def events(gold: str | None = None, types: str | Sequence[str] = (), replay: str | None = None) -> Task:
    """Events with their arguments as strings."""
    return _task("events", gold, types, replay)


@task
def duplicates(gold: str | None = None, replay: str | None = None, threshold: float = 0.1) -> Task:
    """Whether two articles share text, pair by pair."""
    return _task("duplicates", gold, (), replay, threshold)


def _task(name: str, gold: str | None, types: str | Sequence[str], replay: str | None, threshold: float = 0.0) -> Task:
    corpus = load_corpus(gold)
    names = tuple(types.split(",") if isinstance(types, str) else types)
    articles = articles_of(corpus)
    if name == "duplicates":
        samples = [
            Sample(pair_prompt(a, b), id=f"{a.doc_id}+{b.doc_id}", metadata={"a": a.doc_id, "b": b.doc_id})
            for a, b in pairs_of(articles)
        ]
    else:
        samples = [
            Sample(prompt(name, article, names), id=article.doc_id, metadata={"doc_id": article.doc_id})
            for article in articles
        ]
    return Task(
        dataset=MemoryDataset(samples, name=f"{corpus.name} {corpus.version or ''}".strip()),
        solver=[system_message(SYSTEM_PROMPT), replayed(replay) if replay else generate()],
        scorer=_scorer(name, corpus, names, threshold),
        version=1,
        metadata={"gold_digest": corpus.digest},
    )


@solver
def replayed(path: str) -> Solver:
    """Answers from a file in place of a model's."""
    answers = kept_answers(path)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        del generate
        about = json.dumps(dict(state.metadata), sort_keys=True)
        completion, used = answers.get(about, ("", {}))
        state.output = ModelOutput.from_content(str(state.model), completion)
        numbers = {key: int(used.get(key, 0)) for key in ("input_tokens", "output_tokens")}
        state.output.usage = ModelUsage(**numbers, total_tokens=sum(numbers.values()))
        return state

    return solve


def _scorer(name: str, corpus: Corpus, types: Sequence[str], threshold: float) -> Scorer:
    figures = _FIGURES[name]

    def record_of(state: TaskState) -> Record:
        data, about = parsed(state.output.completion), state.metadata
        if name == "duplicates":
            return read_pair(about["a"], about["b"], data)
        return read_document(name, about["doc_id"], data, types)[0]

    @scorer(metrics=[_metric(figure, measure, name, corpus, threshold) for figure, measure in figures.items()])
    def goldwire_score() -> Scorer:
        """Goldwire's figures of the answers."""

        async def judge(state: TaskState, target: Target) -> Score:
            del target
            about = dict(state.metadata)
            try:
                record, told = record_of(state), None
            except SystemFailure as failure:
                record, told = about if name != "duplicates" else {**about, "score": 0.0}, str(failure)
            value = _figure(next(iter(figures.values())), name, corpus, [record], threshold)
            return Score(
                value=value, answer=state.output.completion[:2000], explanation=told, metadata={"record": record}
            )

        return judge

    return goldwire_score()


def _metric(figure: str, measure: str, name: str, corpus: Corpus, threshold: float) -> Metric:
    @metric(name=figure)
    def whole() -> Callable[[list[SampleScore]], float]:
        """A figure of all samples together."""

        def value(scores: list[SampleScore]) -> float:
            records = [(sample.score.metadata or {})["record"] for sample in scores]
            return _figure(measure, name, corpus, records, threshold)

        return value

    return whole()


def _figure(measure: str, name: str, corpus: Corpus, records: Sequence[Record], threshold: float) -> float:
    """A measure of some records, against the gold of what they are about; NaN where undefined."""
    if not records:  # asked before there are any
        return math.nan
    keys = ("a", "b") if name == "duplicates" else ("doc_id",)
    gold = part_of(corpus, {record[key] for record in records for key in keys})
    if name == "duplicates":
        gold = _asked_about(gold, records)
    head: Record = {"goldwire": 1, "system": {"name": "model", "layers": [name]}}
    lines = [head | ({"threshold": threshold} if threshold else {}), *records]
    incidents = Incidents()
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    read = predictions_of(parse_jsonl(data, "answers", incidents), gold, incidents)
    try:
        found = score(read.corpus, gold, tasks=[measure.partition(".")[0]], measures=[measure])[measure]
    except UsageError:  # nothing of that kind in gold or answers
        found = None
    return math.nan if found is None else found


def _asked_about(gold: Corpus, records: Sequence[Record]) -> Corpus:
    """The gold with the links of the pairs that records are about."""
    from dataclasses import replace

    import pyarrow as pa

    pairs = {frozenset((record["a"], record["b"])) for record in records}
    links = gold["links"]
    kept = [frozenset(pair) in pairs for pair in zip(links["a"].to_pylist(), links["b"].to_pylist(), strict=True)]
    tables: dict[str, Any] = {**gold.tables, "links": links.filter(pa.array(kept, pa.bool_()))}
    return replace(gold, tables=tables)
