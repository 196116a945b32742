"""Run the commands of a page and write what they print under them: `python docs/walkthrough.py`, run by `make reference`.

A page's ```console blocks hold commands, each on a line that begins with "$ ", and below each what it prints. A test
runs them too and compares.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import tempfile
from pathlib import Path

from goldwire.cli.main import main

DOCS = Path(__file__).resolve().parent
PAGES = ("own-corpus.md",)

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def refreshed(page: str) -> str:
    """The page with the true output of every command, run one after the other beside a copy of docs/examples."""
    with tempfile.TemporaryDirectory(prefix="goldwire-docs-") as folder:
        shutil.copytree(DOCS / "examples", Path(folder) / "examples")
        before = Path.cwd()
        os.chdir(folder)
        try:
            return _BLOCK.sub(lambda block: f"```console\n{_run_all(block[1])}```", page)
        finally:
            os.chdir(before)


def _run_all(block: str) -> str:
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    return "".join(f"$ {command}\n{_printed(command)}" for command in commands)


def _printed(command: str) -> str:
    """What a command prints, on stdout and stderr, in that order of time; versions of Goldwire as VERSION."""
    program, *arguments = shlex.split(command)
    if program != "goldwire":
        raise ValueError(f"only goldwire is run, not {program!r}")
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
        code = main(arguments)
    printed = "".join(line.rstrip() + "\n" for line in stream.getvalue().splitlines())
    return re.sub(r"^goldwire:\d+\.\d+\.\d+\|", "goldwire:VERSION|", printed, flags=re.M) + (
        f"(exit code {code})\n" if code else ""
    )


if __name__ == "__main__":
    for name in PAGES:
        path = DOCS / name
        path.write_text(refreshed(path.read_text(encoding="utf-8")), encoding="utf-8")
