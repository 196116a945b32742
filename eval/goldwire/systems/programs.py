"""``exec:COMMAND``: a program in any language, JSON Lines on its standard input and output.

It is asked one article at a time, ``{"doc_id", "text", "published"}``, and answers each line by one line: the article's
record, or ``{"error": "..."}``. With ``mode=corpus`` it is given all articles, its input is closed, and every line it
writes is a record. A first line of output with the key ``goldwire`` is a header: its ``system`` says name, version and
layers. There is no shell: the command is split as a shell would, nothing in it is expanded.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import queue
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from goldwire.errors import SystemFailure, TransientFailure, UsageError
from goldwire.systems.base import Article, Record
from goldwire.systems.remote import answered, mode_of, question

__all__ = ["Program"]


@dataclass
class Program:
    """A program as a system. In several threads each has a process of its own.

    mode:    "document" or "corpus", see the module. layers: what it looks for, where its records do not show it.
    version: otherwise a digest of the files in its command. timeout: seconds for one answer.
    """

    target: str
    mode: str = "document"
    layers: Sequence[str] = ()
    name: str = ""
    version: str = ""
    timeout: float = 60.0
    _idle: list[_Child] = field(default_factory=list, repr=False)
    _running: set[_Child] = field(default_factory=set, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        try:
            self._command = shlex.split(self.target)
        except ValueError as error:
            raise UsageError(f"exec:{self.target}: {error}") from None
        if not self._command or shutil.which(self._command[0]) is None:
            raise UsageError(f"exec:{self.target}: there is no program {(self._command or [''])[0]!r}")
        self.per_document = mode_of(self.mode)
        self.layers = tuple(self.layers)
        files = [word for word in self._command if Path(word).is_file()]
        self.name = self.name or Path((files or self._command)[0]).stem
        self.version = self.version or _digest(files)

    @property
    def settings(self) -> dict[str, Any]:
        """The command and how it is asked."""
        return {"command": self.target, "mode": self.mode}

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """The records of the articles. Raises SystemFailure, and TransientFailure where a new process may do better."""
        if not self.per_document:
            yield from self._all(articles)
            return
        for article in articles:
            with self._lock:
                child = self._idle.pop() if self._idle else None
            child = child or self._started()
            try:
                answer = child.ask(question(article), self.timeout)
                while isinstance(answer, dict) and "goldwire" in answer:
                    self._introduced(answer)
                    answer = child.line(self.timeout)
                records = list(answered(answer, "the program"))
            except BaseException:
                self._end(child)
                raise
            with self._lock:
                self._idle.append(child)
            for record in records:
                yield {"doc_id": article.doc_id, **record}

    def close(self) -> None:
        """End the processes, those that are at work included."""
        self._idle.clear()
        for child in list(self._running):
            self._end(child)

    def _started(self) -> _Child:
        try:
            child = _Child(self._command)
        except OSError as error:
            raise UsageError(f"exec:{self.target}: cannot be started ({error.strerror})") from None
        self._running.add(child)
        return child

    def _end(self, child: _Child) -> None:
        self._running.discard(child)
        child.stop()

    def _introduced(self, header: Record) -> None:
        about = header.get("system")
        if isinstance(about, dict):
            self.name = str(about.get("name", self.name))
            self.version = str(about.get("version", self.version))
            self.layers = tuple(about.get("layers", self.layers))

    def _all(self, articles: Sequence[Article]) -> Iterator[Record]:
        child = self._started()
        try:
            for article in articles:
                child.send(question(article))
            child.send(None)
            while (line := child.line(self.timeout, ends=True)) is not None:
                if isinstance(line, dict) and "goldwire" in line:
                    self._introduced(line)
                else:
                    yield from answered(line, "the program")
            child.finish(self.timeout)
        finally:
            self._end(child)


class _Child:
    """One process. Two threads feed it and read it, so that no pipe that is full or empty can hold us up."""

    def __init__(self, command: Sequence[str]) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (as long as the process)
        self._process = subprocess.Popen(  # noqa: S603  (the user's own command, without a shell)
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
        self._in: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._out: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        for work in (self._feed, self._read):
            threading.Thread(target=work, daemon=True).start()

    def send(self, line: str | None) -> None:
        """Have a line written; None closes the program's input."""
        self._in.put(None if line is None else line.encode("utf-8") + b"\n")

    def ask(self, line: str, timeout: float) -> Any:
        """A line and its answer."""
        self.send(line)
        return self.line(timeout)

    def line(self, timeout: float, *, ends: bool = False) -> Any:
        """The next non-blank line as JSON; None at the end, where one is allowed."""
        data: bytes | None = b""
        while data is not None and not data.strip():
            try:
                data = self._out.get(timeout=timeout)
            except queue.Empty:
                raise TransientFailure(
                    f"no answer within {timeout:g} s; a program has to write out every line at once, or run with "
                    f"-s mode=corpus{self._said()}"
                ) from None
        if data is None:
            if ends:
                return None
            raise TransientFailure(f"the program {self._ended()} without an answer{self._said()}")
        try:
            return json.loads(data)
        except ValueError:
            raise SystemFailure(f"the program wrote a line that is no JSON: {_short(data)!r}") from None

    def finish(self, timeout: float) -> None:
        """Wait for the end. Raises SystemFailure unless the program says that all went well."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)
        if self._process.returncode != 0:
            raise SystemFailure(f"the program {self._ended()}{self._said()}")

    def stop(self) -> None:
        """End the process and all it has started."""
        self._in.put(None)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._errors.close()

    def _feed(self) -> None:
        stream = self._process.stdin
        with contextlib.suppress(OSError, ValueError):
            while stream is not None and (line := self._in.get()) is not None:
                stream.write(line)
                stream.flush()
        with contextlib.suppress(OSError):
            if stream is not None:
                stream.close()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in self._process.stdout or ():
                self._out.put(line)
        self._out.put(None)

    def _ended(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        code = self._process.returncode
        if code is None:
            return "closed its output"
        return f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"

    def _said(self) -> str:
        """The last line of its standard error."""
        self._errors.seek(0)
        lines = self._errors.read()[-4000:].decode("utf-8", "replace").strip().splitlines()
        return f"; it said: {lines[-1][:200]}" if lines else ""


def _digest(files: Sequence[str]) -> str:
    content = hashlib.sha256()
    for file in files:
        content.update(Path(file).read_bytes())
    return f"file {content.hexdigest()[:12]}" if files else "unknown"


def _short(data: bytes) -> str:
    text = data.decode("utf-8", "replace").strip()
    return text if len(text) <= 80 else f"{text[:80]}..."
