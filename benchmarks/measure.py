"""Each measurement in a process of its own: wall time of the part measured, and the most memory it held.

As a program (`python -m benchmarks.measure module:function '{...}'`) it makes one measurement and prints it as JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.plan import ROOT, Program

__all__ = ["Measured", "call", "measure"]

TIMEOUT = 600
_SPACE = 20 * 2**30  # of addresses: a program that wants more fails instead of taking the machine with it


@dataclass(frozen=True)
class Measured:
    """Seconds (median, scaled to the whole data) and peak memory in MB; or why there are none."""

    seconds: float = float("nan")
    megabytes: float = float("nan")
    problem: str = ""


def measure(programs: Sequence[Program]) -> list[Measured]:
    """Measure programs on the same data, taking turns."""
    found: list[list[Measured]] = [[] for _ in programs]
    for turn in range(max(program.rounds for program in programs)):
        for program, own in zip(programs, found, strict=True):
            if turn < program.rounds and not any(one.problem for one in own):
                own.append(_once(program))
    return [_summary(program, own) for program, own in zip(programs, found, strict=True)]


def _summary(program: Program, found: Sequence[Measured]) -> Measured:
    for one in found:
        if one.problem:
            return one
    seconds = median(one.seconds for one in found) / program.fraction / program.per
    return Measured(seconds, max(one.megabytes for one in found))


def _once(program: Program) -> Measured:
    if program.missing:
        return Measured(problem=program.missing)
    if program.command:
        return _process(program.command)
    answer = call(program.function, program.arguments)
    return Measured(problem=answer) if isinstance(answer, str) else Measured(answer["seconds"], answer["megabytes"])


def call(function: str, arguments: Mapping[str, Any]) -> Any:
    """What ``function`` measures or returns in a process of its own; a sentence where it fails."""
    command = [sys.executable, "-m", "benchmarks.measure", function, json.dumps(arguments)]
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return f"not done after {TIMEOUT} s"
    if done.returncode:
        return f"failed: {(done.stderr.strip() or f'exit code {done.returncode}').splitlines()[-1]}"
    return json.loads(done.stdout.splitlines()[-1])


def _process(command: Sequence[str]) -> Measured:
    """A command from start to end; its output goes nowhere."""
    with tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            return Measured(problem=f"failed: {errors.read().decode(errors='replace').strip().splitlines()[-1]}")
    return Measured(seconds, usage.ru_maxrss / 1024)


def environment() -> dict[str, str]:
    """As of an installed package: compiled modules are kept, outside the project."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    cache = Path(tempfile.gettempdir()) / "goldwire-benchmarks-pycache"
    return {**kept, "PYTHONPATH": f"{ROOT / 'eval'}{os.pathsep}{ROOT}", "PYTHONPYCACHEPREFIX": str(cache)}


def _peak() -> float:
    """Most memory held, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _forget_peak() -> None:
    """From here on the peak is that of what follows: the data are counted, their making is not."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def main(function: str, arguments: str) -> None:
    """One measurement, printed as JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (_SPACE, _SPACE))
    module, _, name = function.partition(":")
    work = getattr(importlib.import_module(module), name)(**json.loads(arguments))
    if work is None:
        print("null")
        return
    _forget_peak()
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "megabytes": _peak()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
