"""The tables of benchmarks/README.md."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path

import numpy as np

from benchmarks.data import SEED
from benchmarks.measure import Measured
from benchmarks.plan import Case, Program, Target
from goldwire._version import __version__

__all__ = ["HEAD", "LARGE", "ORDINARY", "Row", "growth", "machine", "page", "rows", "verdict"]

HEAD = ("what", "seconds", "MB", "peer", "seconds", "MB", "ratio", "target", "")

Row = tuple[str, ...]

ORDINARY = """# Speed and memory

Written by `make bench`; every figure here is measured in one run, each program in processes of its own on the same
seeded data, taking turns. Seconds are wall time, the median of the rounds; MB are the most memory the process held
while it was measured, its input included. The ratio is the peer's time divided by Goldwire's. A peer that would take
too long is given a stated share of the data and its time scaled up linearly. Where a target is missed the reason stands
below the table.
"""

LARGE = """# Large corpora

Written by `make bench-scale`; every figure here is measured in one run, each program in processes of its own on the
same seeded data, taking turns: from files to figures or predictions, start-up included. Seconds are wall time; MB are
the most memory a process held. The ratio is the peer's time divided by Goldwire's. A peer that would take too long is
given a stated share of the data and its time scaled up linearly, in its favour. Growth is the exponent e in
time = c · Nᵉ, by least squares over the sizes measured: 1 is linear; that of memory is 0 where memory is bounded.
"""


def page(introduction: str, about_run: str, groups: Iterable[tuple[str, str, Sequence[Row], Sequence[str]]]) -> str:
    """The whole file: (title, about, rows, remarks) per group."""
    parts = [introduction, about_run]
    for title, about, body, remarks in groups:
        parts += [f"## {title}", about, _grid(HEAD, body), *remarks]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def rows(case: Case, ours: Measured, peers: Sequence[Measured]) -> tuple[list[Row], list[str]]:
    """Table rows of a case, and remarks on targets it misses."""
    found: list[Row] = []
    problems = [ours.problem] if ours.problem else []
    start = (case.what, _seconds(ours), _megabytes(ours))
    met = [verdict(case.target, ours)]
    if not case.peers or str(case.target):
        found.append((*start, "", "", "", "", str(case.target), met[0]))
    for (program, target), theirs in zip(case.peers, peers, strict=True):
        about = start if not found else ("", "", "")
        if theirs.problem:
            found.append((*about, program.title, "", "", "", str(target), theirs.problem))
            continue
        ratio = theirs.seconds / ours.seconds
        shown = "" if math.isnan(ratio) else f"{ratio:.3g}×"
        met.append(verdict(target, ours, ratio))
        found.append((*about, program.title, _seconds(theirs), _megabytes(theirs), shown, str(target), met[-1]))
    if "missed" in met and case.missed:
        problems.append(case.missed)
    return found, [f"- {case.what}: {problem}" for problem in problems]


def growth(measured: Iterable[tuple[Case, Measured]]) -> str:
    """How time and memory grow with the items, series by series; nothing where no series has two sizes."""
    series: dict[str, list[tuple[int, Measured]]] = {}
    for case, ours in measured:
        if case.series and not ours.problem:
            series.setdefault(case.series, []).append((case.items, ours))
    body = []
    for name, points in series.items():
        if len(points) > 1:
            (least, _), (most, last) = points[0], points[-1]
            exponents = [_exponent([(n, getattr(one, what)) for n, one in points]) for what in ("seconds", "megabytes")]
            body.append((name, f"{least:,} – {most:,}", f"{most / last.seconds:,.0f}", *exponents))
    return (
        _grid(("series", "items", "items a second at the most", "growth of time", "growth of memory"), body)
        if body
        else ""
    )


def _exponent(points: Sequence[tuple[int, float]]) -> str:
    n, value = np.log(np.array(points)).T
    return f"{np.polyfit(n, value, 1)[0]:.2f}"


def _grid(head: Row, body: Iterable[Row]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *body))


def verdict(target: Target, ours: Measured, ratio: float = math.nan) -> str:
    """Whether a target is met; nothing where there is none or nothing to hold against it."""
    held = [
        (target.ratio, ratio, ratio >= (target.ratio or 0)),
        (target.seconds, ours.seconds, ours.seconds <= (target.seconds or 0)),
        (target.megabytes, ours.megabytes, ours.megabytes <= (target.megabytes or 0)),
    ]
    known = [fine for wanted, value, fine in held if wanted is not None and not math.isnan(value)]
    if not known:
        return "missed" if ours.problem and str(target) else ""
    return "met" if all(known) else "missed"


def _seconds(measured: Measured) -> str:
    return "" if math.isnan(measured.seconds) else f"{measured.seconds:.3g}"


def _megabytes(measured: Measured) -> str:
    return "" if math.isnan(measured.megabytes) else f"{measured.megabytes:.0f}"


def machine(programs: Iterable[Program]) -> str:
    """Processor, Python and versions."""
    packages = ["numpy", "scipy", "pyarrow", *(p.package for p in programs if p.package and not p.missing)]
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in dict.fromkeys(packages))
    return (
        f"Machine: {_processor()}, {os.cpu_count()} cores, {_memory():.0f} GB; Python {platform.python_version()}; "
        f"goldwire {__version__}, {versions}. Seed {SEED}."
    )


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text().splitlines() if listed.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
