"""What a run has finished, article by article, in a file beside its output: the way back after an interruption."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from goldwire.errors import ReadError, UsageError
from goldwire.running.workers import Outcome

__all__ = ["Journal"]


class Journal:
    """The journal of one run: a line that says what is run on what, then a line for every article that went well.

    A last line that was cut off is dropped. done: document -> outcome, those of earlier runs included.
    """

    def __init__(self, path: Path | None, key: Mapping[str, Any], *, fresh: bool = False) -> None:
        """Open the journal, or begin one. ``path`` None keeps nothing.

        Raises UsageError where a journal was begun with other settings or on other gold or is being written by another
        run, ReadError where it cannot be read or written.
        """
        self.path = path
        self.done: dict[str, Outcome] = {}
        self._stream: BinaryIO | None = None
        if path is None:
            return
        try:
            known = b"" if fresh or not path.exists() else path.read_bytes()
            whole = known[: known.rfind(b"\n") + 1]
            if whole:
                self._read(whole, key)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = path.open("r+b" if path.exists() else "wb")
            _lock(self._stream, path)
            self._stream.truncate(len(whole))
            self._stream.seek(len(whole))
            if not whole:
                self._write(key)
        except OSError as error:
            raise ReadError(f"{path}: the journal of the run cannot be used ({error.strerror})") from None

    def add(self, outcome: Outcome) -> None:
        """Note an article that went well."""
        self.done[outcome.doc_id] = outcome
        self._write(asdict(outcome))

    def close(self, *, remove: bool = False) -> None:
        """Close the file, and remove it when there is nothing left to come back for."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        if remove and self.path is not None:
            self.path.unlink(missing_ok=True)

    def _write(self, line: Mapping[str, Any]) -> None:
        if self._stream is not None:
            self._stream.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
            self._stream.flush()  # what the system has survives our being killed

    def _read(self, data: bytes, key: Mapping[str, Any]) -> None:
        first, *lines = data.splitlines()
        try:
            begun = json.loads(first)
            outcomes = [json.loads(line) for line in lines]
            for data_ in outcomes:
                outcome = Outcome(**{**data_, "records": tuple(data_["records"])})
                self.done[outcome.doc_id] = outcome
        except (ValueError, TypeError, KeyError):
            raise UsageError(f"{self.path}: is no journal of a run; --fresh starts over") from None
        plain = json.loads(json.dumps(key))
        if begun != plain:
            names = sorted(name for name in begun.keys() | plain.keys() if begun.get(name) != plain.get(name))
            told = "; ".join(f"{name}: {_shown(begun.get(name))} then, {_shown(plain.get(name))} now" for name in names)
            raise UsageError(f"{self.path} holds an unfinished run of something else ({told}); --fresh starts over")


def _lock(stream: BinaryIO, path: Path) -> None:
    """Keep others out as long as the file is open. Raises UsageError where another run holds it."""
    try:
        import fcntl
    except ModuleNotFoundError:  # not on Windows
        return
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        stream.close()
        raise UsageError(f"{path}: another run is writing to the same output") from None


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else f"{text[:120]}..."
