"""Where a dataset is built: never over files of another kind, and whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from goldwire.errors import ReadError, UsageError

__all__ = ["free_target", "replaced"]


def free_target(output: Path) -> Path:
    """Where to build: a new or empty folder, or one that holds a built dataset and nothing else. Raises UsageError."""
    target = output.resolve()
    if not target.exists():
        return target
    if not target.is_dir():
        raise UsageError(f"{output}: exists and is no folder")
    found = {path.relative_to(target).as_posix() for path in target.rglob("*") if not path.is_dir()}
    sums = target / "SHA256SUMS"
    ours = {"SHA256SUMS"}
    if sums.is_file():
        ours |= {line.partition("  ")[2] for line in sums.read_text(encoding="utf-8", errors="replace").splitlines()}
    if found - ours:
        others = ", ".join(sorted(found - ours)[:3])
        raise UsageError(f"{output}: holds files of another kind ({others}); choose another place or move them")
    return target


@contextmanager
def replaced(target: Path) -> Iterator[Path]:
    """A fresh folder beside ``target`` that takes its place when the block ends; the old one stays on any failure.

    Raises ReadError where the place cannot be written.
    """
    fresh, old = (target.with_name(f".{target.name}.goldwire-{state}") for state in ("new", "old"))
    try:
        for leftover in (fresh, old):  # of a build that was killed
            shutil.rmtree(leftover, ignore_errors=True)
        fresh.mkdir(parents=True)
        yield fresh
        if target.exists():
            target.rename(old)
        try:
            fresh.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
    except OSError as error:
        raise ReadError(f"{target}: cannot be written ({error.strerror})") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
