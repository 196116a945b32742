"""``inspect:MODEL``: a language model through inspect_ai, any provider it knows (openai/..., anthropic/..., hf/...).

The model is asked for JSON with strings; see ``prompting``. Its answers can be kept in a file (``keep``) and read again
without asking anyone (``inspect:mockllm/model`` with ``replay``).
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from goldwire.errors import MissingExtra, ReadError, SystemFailure, TransientFailure, UsageError
from goldwire.systems.base import Article, Record
from goldwire.systems.prompting import (
    SYSTEM_PROMPT,
    TASKS,
    pair_prompt,
    pairs_of,
    parsed,
    prompt,
    read_document,
    read_pair,
)

__all__ = ["LanguageModel", "kept_answers"]

_VERSION = "1"
"""Changes with the prompts and the reading of answers."""


@dataclass
class LanguageModel:
    """A language model as a system.

    task:       "entities", "events" or "duplicates". types: those asked for, otherwise all of the inventory.
    threshold:  for duplicates, the least shared part of a link.
    max_tokens: of an answer. temperature: 0 unless the model allows no such setting, then -1 for its own.
    model_args: of the provider, such as {"base_url": ...}.
    keep:       a file the answers are added to, one JSON object a line. replay: such a file to take answers from.
    timeout:    seconds for one answer.
    """

    target: str
    task: str = "entities"
    types: Sequence[str] = ()
    threshold: float = 0.1
    temperature: float = 0.0
    max_tokens: int = 8192
    model_args: Mapping[str, Any] = field(default_factory=dict)
    keep: str = ""
    replay: str = ""
    timeout: float = 300.0

    packages: ClassVar[tuple[str, ...]] = ("inspect_ai",)

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise UsageError(f"the setting 'task' is one of {', '.join(TASKS)}, not {self.task!r}")
        try:
            import inspect_ai.model
        except ModuleNotFoundError:
            raise MissingExtra("inspect_ai", "inspect", "a language model") from None
        self.name = self.target.rpartition("/")[2] if self.target.startswith("inspect/") else self.target
        self.version = f"prompts {_VERSION}"
        self.layers = (self.task,)
        self.per_document = self.task != "duplicates"
        self._replayed = kept_answers(self.replay) if self.replay else None
        self._by_prompt: dict[str, tuple[str, Record]] = {}
        self._lock = threading.Lock()
        arguments = dict(self.model_args)
        if self._replayed is not None:
            if not self.target.startswith("mockllm/"):
                raise UsageError("answers are replayed through inspect:mockllm/model, which asks no one")
            arguments["custom_outputs"] = self._replay
        config = inspect_ai.model.GenerateConfig(
            temperature=None if self.temperature < 0 else self.temperature,
            max_tokens=self.max_tokens,
            max_retries=0,  # repetitions are the run's business
        )
        try:
            self._model: Any = inspect_ai.model.get_model(self.target, config=config, memoize=False, **arguments)
        except Exception as error:  # whatever a provider raises for a missing key, package or model
            reason = " ".join(str(error).split())[:300]
            raise UsageError(f"inspect:{self.target} cannot be had: {reason}") from None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """What is asked for and how."""
        about: dict[str, Any] = {"model": self.target, "task": self.task, "temperature": self.temperature}
        about |= {"types": list(self.types), "max_tokens": self.max_tokens}
        if self.replay:
            about["replay"] = self.replay
        return about | ({"threshold": self.threshold} if self.task == "duplicates" else {})

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """The records: one per article, or one per pair of articles."""
        if self.task == "duplicates":
            for a, b in pairs_of(articles):
                data, usage = self._asked(pair_prompt(a, b), {"a": a.doc_id, "b": b.doc_id})
                yield read_pair(a.doc_id, b.doc_id, data) | {"usage": usage}
            return
        for article in articles:
            data, usage = self._asked(prompt(self.task, article, self.types), {"doc_id": article.doc_id})
            record, odd = read_document(self.task, article.doc_id, data, self.types)
            yield record | {"usage": usage | {name: n for name, n in odd.items() if n}}

    def close(self) -> None:
        """End the loop that questions run in."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._loop = None

    def _asked(self, question: str, about: Record) -> tuple[dict[str, Any], dict[str, float]]:
        """A question's answer as JSON, and what it used."""
        from inspect_ai.model import ChatMessageSystem, ChatMessageUser

        if self._replayed is not None:
            key = json.dumps(about, sort_keys=True)
            if key not in self._replayed:
                raise SystemFailure(f"{self.replay} has no answer about {' and '.join(about.values())}")
            self._by_prompt[question] = self._replayed[key]
        messages = [ChatMessageSystem(content=SYSTEM_PROMPT), ChatMessageUser(content=question)]
        future = asyncio.run_coroutine_threadsafe(self._model.generate(messages), self._running())
        try:
            output = future.result(self.timeout)
        except concurrent.futures.TimeoutError:
            future.cancel()
            raise TransientFailure(f"no answer within {self.timeout:g} s") from None
        except Exception as error:
            reason = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            if self._model.api.should_retry(error):
                raise TransientFailure(reason) from None
            raise SystemFailure(reason) from None
        usage = _usage(output)
        if self.keep:
            line = json.dumps({**about, "completion": output.completion, "usage": usage}, ensure_ascii=False)
            with self._lock, Path(self.keep).open("a", encoding="utf-8") as stream:
                stream.write(line + "\n")
        if output.stop_reason == "max_tokens":
            raise SystemFailure(f"the answer was cut off after {self.max_tokens} tokens (-s max_tokens=...)")
        return parsed(output.completion), usage

    def _running(self) -> asyncio.AbstractEventLoop:
        """The one loop that the model's connections belong to, in a thread of its own."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, daemon=True).start()
            return self._loop

    def _replay(self, messages: Sequence[Any], *_: Any) -> Any:
        """What the mock provider answers to messages."""
        from inspect_ai.model import ModelOutput, ModelUsage

        completion, used = self._by_prompt[messages[-1].text]
        output = ModelOutput.from_content("mockllm/model", completion)
        numbers = {name: int(used.get(name, 0)) for name in ("input_tokens", "output_tokens")}
        output.usage = ModelUsage(**numbers, total_tokens=sum(numbers.values()))
        return output


def _usage(output: Any) -> dict[str, float]:
    used = output.usage
    if used is None:
        return {}
    figures = {name: getattr(used, name, None) for name in ("input_tokens", "output_tokens", "reasoning_tokens")}
    figures["cost"] = getattr(used, "total_cost", None)
    return {name: value for name, value in figures.items() if value}


def kept_answers(path: str) -> dict[str, tuple[str, Record]]:
    """Document or pair, as JSON -> its answer and what that used, the last one if there are several."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(f"{path}: cannot be read ({error})") from None
    found: dict[str, tuple[str, Record]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        try:
            entry = json.loads(line)
            about = {name: entry[name] for name in ("doc_id", "a", "b") if name in entry}
            found[json.dumps(about, sort_keys=True)] = (entry["completion"], entry.get("usage") or {})
        except (ValueError, KeyError, TypeError):
            raise ReadError(f'{path}:{number}: is no answer; expected {{"doc_id": ..., "completion": ...}}') from None
    return found
