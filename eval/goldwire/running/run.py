"""Running a system on the articles of a gold corpus: predictions to a file, written whole or not at all.

A system that looks at each article by itself leaves a journal beside its output until all went well: a run that was
interrupted, or had failures, goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from goldwire.corpus.strings import GROUNDING
from goldwire.corpus.tables import Corpus
from goldwire.errors import SystemFailure, UsageError
from goldwire.formats.source import write_atomic, write_text
from goldwire.incidents import Incidents
from goldwire.reading import LAYER_TABLES, load_corpus, read_predictions
from goldwire.running.journal import Journal
from goldwire.running.record import now, record_path, run_record
from goldwire.running.workers import Outcome, process, serialised, tried
from goldwire.systems import Article, Record, System, get, header, is_per_document

__all__ = ["Progress", "Run", "articles_of", "checked_of", "run"]

Progress = Callable[[int, int, int], None]
"""Called with the numbers of articles done, of all, and of those that failed."""

_IN_A_ROW = 10
"""Articles that fail one after the other before the rest is not even tried."""


@dataclass(frozen=True)
class Run:
    """What a run came to.

    records: lines of the prediction file behind its header; incidents: failures, and what is wrong with the records;
    record: what stands in the file beside the predictions (schema/run.schema.json).
    """

    output: str
    records: int
    incidents: Incidents
    record: Record = field(repr=False)


def run(
    system: str | System,
    output: str | Path,
    gold: str | Path | Corpus | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    limit: int | None = None,
    workers: int = 1,
    batch: int = 1,
    timeout: float | None = None,
    retries: int = 2,
    pause: float = 0.5,
    fresh: bool = False,
    progress: Progress | None = None,
) -> Run:
    """Write the system's predictions for the gold's articles to ``output`` (JSON Lines), and a record beside it.

    system:  a name, an address (see goldwire.systems) or a System; settings are those of a system given by name.
    limit:   only the first articles. workers: threads, batch: articles a call, both for systems that look at each
             article by itself. timeout: seconds for an answer, of systems that can be given up. retries: how often a
             failure that may pass is tried again, with pauses of ``pause`` seconds, twice that, ...
    fresh:   forget what an interrupted run has finished.

    Failures on single articles are incidents; those articles are absent from the predictions, and scored as empty.
    Raises UsageError for an unknown system, gold without texts or options that do not apply, SystemFailure where a
    system that takes all articles at once failed, ReadError, MissingExtra.
    """
    chosen = get(system, **(settings or {})) if isinstance(system, str) else system
    corpus = gold if isinstance(gold, Corpus) else load_corpus(gold)
    articles = articles_of(corpus)[:limit]
    _limit_time(chosen, timeout)
    started, began = now(), time.perf_counter()
    if not is_per_document(chosen) and (workers > 1 or batch > 1):
        raise UsageError(f"{chosen.name} takes all articles at once: workers and batches do not apply")
    keeps = str(output) != "-" and not (Path(output).exists() and not Path(output).is_file())
    beside = Path(output).with_name(f"{Path(output).name}.journal") if keeps and is_per_document(chosen) else None
    journal = Journal(beside, _key(chosen, corpus, articles), fresh=fresh)
    resumed = sum(article.doc_id in journal.done for article in articles)
    arguments = {"workers": workers, "batch": batch, "retries": retries, "pause": pause}
    try:
        predicted = _predicted(chosen, articles, journal, progress, arguments)
    finally:
        journal.close()
        if hasattr(chosen, "close"):
            chosen.close()
    head = header(chosen) | ({"gold_digest": corpus.digest} if corpus.digest else {})
    written = _write(output, head, predicted.lines)
    incidents = Incidents()
    for outcome in predicted.failures:
        incidents.add("system-failure", str(output), 0, item=outcome.doc_id, found=str(outcome.error))
    checked = checked_of(output, corpus, incidents) if keeps else {}
    options = {"limit": limit, "workers": workers, "batch": batch, "timeout": timeout, "retries": retries}
    record = run_record(
        chosen, head, corpus, predictions=Path(output).name, options=options, started=started,
        seconds=time.perf_counter() - began, outcomes=predicted.outcomes, resumed=resumed, usage=predicted.usage,
        checked=checked,
    )  # fmt: skip
    if keeps:
        write_text(record_path(output), json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    journal.close(remove=not predicted.failures)
    return Run(str(output), written, incidents, record)


def articles_of(corpus: Corpus) -> list[Article]:
    """The articles of a gold corpus as systems see them. Raises UsageError where the texts are missing."""
    table = corpus["articles"]
    rows = table.select([name for name in ("doc_id", "text", "published") if name in table.column_names]).to_pylist()
    if not rows or any(row["text"] is None for row in rows):
        raise UsageError(f"the gold {corpus.name!r} holds no texts to run a system on")
    return [Article(row["doc_id"], row["text"], row.get("published")) for row in rows]


def checked_of(path: str | Path, gold: Corpus, incidents: Incidents) -> dict[str, Any]:
    """What a reader makes of the predictions: items by layer, strings by how they were grounded, items that are wrong.

    What is wrong goes into ``incidents`` as well.
    """
    read = read_predictions(path, gold)
    incidents.extend(read.incidents)
    items = {layer: len(read.corpus[table]) for layer, table in LAYER_TABLES.items() if table in read.corpus}
    labels: Counter[str] = Counter()
    for table in read.corpus.tables.values():
        if "grounding" in table.column_names:
            counts = pc.value_counts(table["grounding"].drop_null()).to_pylist()
            labels.update({entry["values"]: entry["counts"] for entry in counts})
    grounding = {name: labels[name] for name in GROUNDING} if labels else None
    return {"items": items, "grounding": grounding, "wrong": read.dropped}


def _limit_time(system: System, timeout: float | None) -> None:
    """Give a system its time limit. Raises UsageError where it cannot be held to one."""
    if timeout is None:
        return
    if not hasattr(system, "timeout"):
        raise UsageError(f"{system.name} runs inside this process and cannot be given up; exec:COMMAND can")
    system.timeout = timeout


def _key(system: System, corpus: Corpus, articles: Sequence[Article]) -> dict[str, Any]:
    """What has to be the same for a run to go on."""
    texts = hashlib.sha256()
    if not corpus.digest:
        for article in articles:
            texts.update(f"{article.doc_id}\0{article.text}\0".encode())
    about = header(system)["system"]
    return {
        "name": about["name"],
        "version": about["version"],
        "settings": about["settings"],
        "gold": corpus.digest or texts.hexdigest(),
    }


@dataclass(frozen=True)
class _Predicted:
    """What a system gave. outcomes: of the articles, in gold order, none of a system that takes all at once."""

    lines: list[str]
    usage: Mapping[str, float]
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def failures(self) -> list[Outcome]:
        """The articles that failed."""
        return [outcome for outcome in self.outcomes if outcome.error is not None]


def _predicted(
    system: System, articles: Sequence[Article], journal: Journal, progress: Progress | None, arguments: dict[str, Any]
) -> _Predicted:
    """The lines of the prediction file behind its header. A document without a record is named by a bare one.

    Thus what was looked at and is empty can be told from what was not looked at.
    """
    if not is_per_document(system):
        lines, usage, described = _all(system, articles, arguments["retries"], arguments["pause"])
        bare = [article.doc_id for article in articles if article.doc_id not in described]
        return _Predicted([*(json.dumps({"doc_id": doc_id}) for doc_id in bare), *lines], usage)
    outcomes = _each(system, articles, journal, progress, arguments)
    lines, usage = [], Counter[str]()
    for outcome in outcomes:
        if outcome.error is None:
            lines += outcome.records or (json.dumps({"doc_id": outcome.doc_id}),)
            usage.update(outcome.usage)
    return _Predicted(lines, usage, outcomes)


def _each(
    system: System, articles: Sequence[Article], journal: Journal, progress: Progress | None, arguments: dict[str, Any]
) -> list[Outcome]:
    """The outcome of every article, in the order of the articles, those of an earlier run among them."""
    todo = [article for article in articles if article.doc_id not in journal.done]
    failures: dict[str, Outcome] = {}
    in_a_row = 0
    done = len(articles) - len(todo)
    outcomes = process(system, todo, **arguments)
    try:
        for outcome in outcomes:
            done += 1
            if outcome.error is None:
                in_a_row = 0
                journal.add(outcome)
            else:
                in_a_row += 1
                failures[outcome.doc_id] = outcome
            if progress:
                progress(done, len(articles), len(failures))
            if in_a_row == _IN_A_ROW and done < len(articles):
                break
    finally:
        outcomes.close()
    untried = f"not tried, because the {_IN_A_ROW} before it had failed"
    return [
        journal.done.get(article.doc_id)
        or failures.get(article.doc_id)
        or Outcome(article.doc_id, attempts=0, error=untried)
        for article in articles
    ]


def _all(
    system: System, articles: Sequence[Article], retries: int, pause: float
) -> tuple[list[str], Counter[str], set[str]]:
    """Lines of a system that takes all articles at once, what it used, and the documents that have a record.

    Raises SystemFailure.
    """

    def records() -> list[tuple[str, dict[str, float], str | None]]:
        return [(*serialised(record), _document(record)) for record in system(articles)]

    found, attempts, error = tried(records, retries, pause)
    if error is not None:
        raise SystemFailure(f"{system.name} failed" + (f" {attempts} times" if attempts > 1 else "") + f": {error}")
    usage: Counter[str] = Counter()
    for _, used, _ in found:
        usage.update(used)
    return [line for line, _, _ in found], usage, {doc_id for _, _, doc_id in found if doc_id is not None}


def _document(record: Record) -> str | None:
    """The document that a record describes, None for pairs, passages and clusters."""
    return None if "a" in record or "cluster" in record else record.get("doc_id")


def _write(output: str | Path, head: Record, lines: Sequence[str]) -> int:
    """Header and lines; the number of lines."""
    with write_atomic(output) as stream:
        for line in (json.dumps(head, ensure_ascii=False, allow_nan=False), *lines):
            stream.write(line.encode("utf-8") + b"\n")
    return len(lines)
