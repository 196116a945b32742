"""The commands that the pages show, run for real: `python docs/console.py` rewrites what they print.

A fenced block marked ``console`` holds a session: lines that start with ``$ `` are commands, the lines after each are
what it prints, stdout and stderr together. The blocks of a page run in order in one empty folder; a block marked
``python`` runs as a script there. A file shown with a title (``` ```json title="preds.jsonl" ```) is put into the folder.
``...`` stands for anything, within a line or for several lines, as in doctest.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
_FENCE = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
_SAME = doctest.OutputChecker()


@dataclass(frozen=True)
class Step:
    """A command and what the page says it prints; ``start`` and ``end`` are where that stands in the page."""

    command: str
    shown: str
    start: int
    end: int


_ELSEWHERE = "<!-- run by "
"""Begins a page whose commands need more than a folder, such as a server; a test of its own runs them."""


def pages() -> list[Path]:
    """The pages with something to run."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))}
    return [path for path, text in texts.items() if _FENCE.search(text) and not text.startswith(_ELSEWHERE)]


def run(text: str, folder: Path) -> Iterator[tuple[Step, str]]:
    """Every command of a page, run in ``folder``, with what it printed. Raises RuntimeError where a script fails."""
    for name in ("annotations", "dataset"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "examples").symlink_to(DOCS / "examples")
    for block in _FENCE.finditer(text):
        language, title, body = block.groups()
        if title:
            (folder / title).parent.mkdir(parents=True, exist_ok=True)
            (folder / title).write_text(body, encoding="utf-8")
        elif language == "console":
            for step in _steps(body, block.start(3)):
                yield step, _output(step.command, folder)
        elif language == "python":
            done = _process([sys.executable, "-c", body], folder)
            if done.returncode:
                raise RuntimeError(f"a script of the page fails:\n{body}\n{done.stdout}")


def agrees(step: Step, printed: str) -> bool:
    """Whether a command printed what the page shows."""
    return _SAME.check_output(step.shown, printed, doctest.ELLIPSIS)


def refreshed(text: str, folder: Path) -> str:
    """The page with what its commands print now; output that agrees already keeps its ellipses."""
    parts, at = [], 0
    for step, printed in run(text, folder):
        if not agrees(step, printed):
            parts += [text[at : step.start], printed]
            at = step.end
    return "".join([*parts, text[at:]])


def _steps(body: str, offset: int) -> Iterator[Step]:
    at = 0
    command, start = "", 0
    for line in [*body.splitlines(keepends=True), "$ "]:
        if line.startswith("$ "):
            if command:
                yield Step(command, body[start:at], offset + start, offset + at)
            command, start = line[2:].strip(), at + len(line)
        at += len(line)


def _output(command: str, folder: Path) -> str:
    """What a command prints; `goldwire` runs in this process, everything else in a shell."""
    words = shlex.split(command)
    if words[0] != "goldwire" or set(words) & {"|", ">", "<", "&&"}:
        return _process(["bash", "-c", command], folder).stdout
    from goldwire.cli.main import main

    printed = io.StringIO()
    with (
        contextlib.chdir(folder),
        mock.patch.dict(os.environ, {"COLUMNS": "100", "NO_COLOR": "1"}),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
    ):
        try:
            code = main(words[1:])
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 2
    return printed.getvalue() + (f"[exit code {code}]\n" if code else "")


def _process(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "PYTHONPATH": f"{ROOT / 'eval'}{os.pathsep}{ROOT}"}
    return subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


def main() -> int:
    """Rewrite the pages named, or all."""
    for path in [Path(name).resolve() for name in sys.argv[1:]] or pages():
        text = path.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            path.write_text(refreshed(text, Path(folder)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
