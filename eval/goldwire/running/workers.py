"""Articles through a system that looks at each by itself: in threads, again after failures that may pass, one by one
where several went wrong together."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from goldwire.errors import SystemFailure, TransientFailure, UsageError
from goldwire.systems import Article, System
from goldwire.systems.functions import place_of

__all__ = ["Outcome", "process", "serialised", "tried"]

_LONGEST_PAUSE = 30.0


@dataclass(frozen=True)
class Outcome:
    """What became of one article.

    records: its records as JSON, empty where the system had none; error: why there are none, else None.
    seconds: from the first question to the answer or the last failure, shared evenly by articles asked about together.
    """

    doc_id: str
    records: tuple[str, ...] = ()
    usage: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    attempts: int = 1
    error: str | None = None


def process(
    system: System, articles: Sequence[Article], *, workers: int, batch: int, retries: int, pause: float
) -> Generator[Outcome, None, None]:
    """The outcome of every article, as they come.

    pause: seconds before the first repetition, doubled for each further one. Threads end with the iterator: what they
    are at is given up. Raises UsageError where the system cannot run at all.
    """
    batches = [articles[at : at + batch] for at in range(0, len(articles), batch)]
    if workers == 1:
        for some in batches:
            yield from _outcomes(system, some, retries, pause)
        return
    tasks: queue.SimpleQueue[Sequence[Article] | None] = queue.SimpleQueue()
    results: queue.SimpleQueue[list[Outcome] | BaseException] = queue.SimpleQueue()
    for task in [*batches, *[None] * workers]:
        tasks.put(task)
    stopped = threading.Event()

    def work() -> None:
        while not stopped.is_set() and (some := tasks.get()) is not None:
            try:
                results.put(list(_outcomes(system, some, retries, pause)))
            except BaseException as error:
                results.put(error)

    try:
        for _ in range(min(workers, len(batches))):
            threading.Thread(target=work, daemon=True).start()
        for _ in batches:
            found = results.get()
            if isinstance(found, BaseException):
                raise found
            yield from found
    finally:
        stopped.set()


def tried(call: Any, retries: int, pause: float) -> tuple[Any, int, str | None]:
    """What a call returns, how often it was made, and why it failed in the end; again only after failures that may pass.

    Raises UsageError as it comes; any other exception is a failure.
    """
    for attempt in range(1, retries + 2):
        wait: float | None = None
        try:
            return call(), attempt, None
        except UsageError:
            raise
        except TransientFailure as failure:
            reason, wait = str(failure), failure.wait
        except SystemFailure as failure:
            return None, attempt, str(failure)
        except Exception as error:
            return None, attempt, f"{type(error).__name__}: {error} ({place_of(error)})"
        if attempt <= retries:
            time.sleep(min(pause * 2 ** (attempt - 1), _LONGEST_PAUSE) if wait is None else wait)
    return None, attempt, reason


def _outcomes(system: System, articles: Sequence[Article], retries: int, pause: float) -> Iterator[Outcome]:
    began = time.perf_counter()
    alone = len(articles) == 1
    answers, attempts, error = tried(lambda: _answers(system, articles), retries if alone else 0, pause)
    seconds = (time.perf_counter() - began) / len(articles)
    if error is not None and not alone:
        for article in articles:
            yield from _outcomes(system, [article], retries, pause)
        return
    for article in articles:
        records, usage = answers[article.doc_id] if answers else ((), {})
        yield Outcome(article.doc_id, records, usage, seconds, attempts, error)


def _answers(system: System, articles: Sequence[Article]) -> dict[str, tuple[tuple[str, ...], dict[str, float]]]:
    """Document -> its record as JSON and what it used. Raises SystemFailure for records of anything else."""
    found: dict[str, tuple[tuple[str, ...], dict[str, float]]] = {article.doc_id: ((), {}) for article in articles}
    for record in system(articles):
        line, usage = serialised(record)
        doc_id = record.get("doc_id")
        if doc_id not in found:
            given = "no doc_id" if doc_id is None else f"the document {doc_id!r}"
            raise SystemFailure(f"gave a record of {given}; it was asked about {', '.join(found)}")
        if found[doc_id][0]:
            raise SystemFailure("gave more than one record of the document")
        found[doc_id] = ((line,), usage)
    return found


def serialised(record: dict[str, Any]) -> tuple[str, dict[str, float]]:
    """A record as one line of JSON, and its ``usage``, which is taken out. Raises SystemFailure."""
    if not isinstance(record, dict):
        raise SystemFailure(f"gave {type(record).__name__} {str(record)[:60]!r} where a record was expected")
    usage = record.get("usage") or {}
    try:
        line = json.dumps({k: v for k, v in record.items() if k != "usage"}, ensure_ascii=False, allow_nan=False)
        line.encode("utf-8")
    except (TypeError, ValueError) as error:
        raise SystemFailure(f"gave a record that is no JSON: {error}") from None
    numbers: dict[str, Any] = usage if isinstance(usage, dict) else {}
    return line, {
        _ALIASES.get(k, k): v for k, v in numbers.items() if isinstance(v, int | float) and not isinstance(v, bool)
    }


_ALIASES = {"prompt_tokens": "input_tokens", "completion_tokens": "output_tokens", "total_cost": "cost"}
