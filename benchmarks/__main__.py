"""Measure everything of a page, or the groups named, and write the tables.

A full run takes some minutes, that of ``--large`` half an hour, and wants an otherwise idle machine.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.measure import Measured, call, measure
from benchmarks.plan import ROOT, Case, Program, Target
from benchmarks.report import LARGE, ORDINARY, Row, growth, machine, page, rows

GROUPS = (
    "entities", "coreference", "clusters", "events", "passages", "pairs", "duplicates", "statistics", "end_to_end", "robust",
)  # fmt: skip


LARGE_GROUPS = ("scale_labels", "scale_mentions", "scale_articles")


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    every = (*GROUPS, *LARGE_GROUPS)
    parser.add_argument("--large", action="store_true", help="the page of large corpora, benchmarks/scale.md")
    parser.add_argument("--only", action="append", choices=every, metavar="NAME", help=f"one of {', '.join(every)}")
    parser.add_argument("--quick", action="store_true", help="a fiftieth of the data, to see that everything runs")
    parser.add_argument("-o", "--output", metavar="FILE", help="default: the page, stdout with --only")
    options = parser.parse_args(argv)
    scale = 0.02 if options.quick else 1.0
    programs: list[Program] = []
    groups = []
    with tempfile.TemporaryDirectory(prefix="goldwire-benchmarks-") as folder:
        for name in options.only or (LARGE_GROUPS if options.large else GROUPS):
            groups.append(_group(name, Path(folder), scale, programs))
    remark = " A quick run on a fiftieth of the data: its figures say nothing." if options.quick else ""
    text = page(LARGE if options.large else ORDINARY, machine(programs) + remark, groups)
    if options.output is None and (options.only or options.quick):
        sys.stdout.write(text)
    else:
        name = "scale.md" if options.large else "README.md"
        _write(Path(options.output or ROOT / "benchmarks" / name), text)
    return 0


def _group(
    name: str, folder: Path, scale: float, programs: list[Program]
) -> tuple[str, str, Sequence[Row], Sequence[str]]:
    """Title, remark, rows and reasons of a group; its programs are added to the list."""
    module: Any = importlib.import_module(f"benchmarks.{name}")
    if hasattr(module, "prepare"):
        _say(f"{name}: writing files")
        call(f"benchmarks.{name}:prepare", {"folder": str(folder), "scale": scale})
    body: list[Row] = []
    remarks: list[str] = []
    measured: list[tuple[Case, Measured]] = []
    cases: list[Case] = module.cases(folder, scale)
    for case in cases if scale == 1 else map(_once, cases):
        _say(f"{name}: {case.what}")
        own = [case.ours, *(program for program, _ in case.peers)]
        programs += own
        ours, *peers = measure(own)
        found, reasons = rows(case, ours, peers)
        for row in found:
            _say("  " + "  ".join(cell for cell in row[1:] if cell))
        body += found
        remarks += reasons
        measured.append((case, ours))
    if table := growth(measured):
        remarks.append(table)
    return module.TITLE, module.ABOUT, body, remarks


def _once(case: Case) -> Case:
    """A case without targets, each program measured once."""
    peers = tuple((replace(program, rounds=1), Target()) for program, _ in case.peers)
    return replace(case, ours=replace(case.ours, rounds=1), target=Target(), peers=peers, missed="")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


if __name__ == "__main__":
    sys.exit(main())
