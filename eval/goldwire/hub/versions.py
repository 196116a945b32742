"""What kind of release a change makes: PATCH same data, MINOR additions only, MAJOR any change to an existing record.

As in Croissant 1.1, with two points spelt out. A new record about an article that was there changes the gold of that
article, so it counts as a change: scores compare within one MAJOR version. The columns that count an entity's or an
instance's mentions grow with new articles and are left out of the comparison.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from goldwire.building.tables import key_of

__all__ = ["KINDS", "Change", "change_between", "check_version", "latest", "version_of"]

KINDS = ("MAJOR", "MINOR", "PATCH")

_COUNTED = frozenset({"mentions", "doc_ids"})
"""Columns of the two indexes that only count what other configs hold."""
_INDEXES = frozenset({"entity_index", "event_instances"})

_SHOWN = 3

Version = tuple[int, int, int]


@dataclass(frozen=True)
class Change:
    """kind: "MAJOR", "MINOR" or "PATCH". lines: what was changed or added, a sentence per config."""

    kind: str
    lines: tuple[str, ...] = ()


def version_of(text: str) -> Version | None:
    """(major, minor, patch) of "X.Y.Z" or "vX.Y.Z"; None for anything else."""
    found = re.fullmatch(r"v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def latest(tags: list[str]) -> str | None:
    """The tag of the highest version among tags "vX.Y.Z"."""
    released = [(version, tag) for tag in tags if tag.startswith("v") and (version := version_of(tag))]
    return max(released)[1] if released else None


def check_version(version: str, before: str, change: Change) -> str | None:
    """Why ``version`` may not follow ``before`` with this change; None where it may."""
    new, old = version_of(version), version_of(before)
    if new is None or old is None:
        return f"{version!r} or {before!r} is no version X.Y.Z"
    bump = KINDS.index(change.kind)
    expected = ".".join(map(str, (*old[:bump], old[bump] + 1, *(0,) * (2 - bump))))
    what = {"MAJOR": "existing records changed", "MINOR": "records were only added", "PATCH": "the data is the same"}
    if new <= old:
        return f"{version} does not come after {before}; {what[change.kind]}, so it would be {expected}"
    first = next(i for i in range(3) if new[i] != old[i])
    if first != bump:
        said = f"{before} to {version} says {KINDS[first]}, but {what[change.kind]}: that is {change.kind}, such as {expected}"
        return "; ".join([said, *change.lines])
    return None


def change_between(before: Mapping[str, pa.Table], after: Mapping[str, pa.Table]) -> Change:
    """The change from one release's tables to the next's, record by record."""
    kind = "PATCH"
    lines: list[str] = []
    known = _documents(before)
    for config in [*before, *(name for name in after if name not in before)]:
        if config not in after:
            found = Change("MAJOR", (f"{config}: is gone",))
        elif config not in before:
            found = Change("MINOR", (f"{config}: is new",))
        else:
            found = _config_change(config, before[config], after[config], known)
        kind = min(kind, found.kind, key=KINDS.index)
        lines += found.lines
    return Change(kind, tuple(lines))


def _config_change(config: str, before: pa.Table, after: pa.Table, known: frozenset[str]) -> Change:
    kind, parts = "PATCH", []

    def note(noun: str, what: str, names: list[str], of: str) -> None:
        nonlocal kind
        if names:
            kind = min(kind, of, key=KINDS.index)
            shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
            parts.append(f"{len(names)} {noun}{'s' if len(names) > 1 else ''} {what} ({shown})")

    columns = [name for name in before.column_names if name in after.column_names]
    note("column", "gone", [name for name in before.column_names if name not in columns], "MAJOR")
    note("column", "new", [name for name in after.column_names if name not in columns], "MINOR")
    if config in _INDEXES:
        columns = [name for name in columns if name not in _COUNTED]
    key = key_of(config)
    old = {row[key]: row for row in before.to_pylist()}
    new = {row[key]: row for row in after.to_pylist()}
    changed = {
        name: [column for column in columns if old[name][column] != new[name][column]] for name in old if name in new
    }
    note("record", "changed", [f"{name}: {', '.join(of)}" for name, of in changed.items() if of], "MAJOR")
    note("record", "gone", [name for name in old if name not in new], "MAJOR")
    added = [name for name in new if name not in old]
    inside = [name for name in added if _inside(config, new[name], known)]
    note("record", "added to articles that were there", inside, "MAJOR")
    note("record", "added", [name for name in added if name not in set(inside)], "MINOR")
    return Change(kind, (f"{config}: {', '.join(parts)}",) if parts else ())


def _inside(config: str, row: Mapping[str, Any], known: frozenset[str]) -> bool:
    """Whether a new record is about articles that were there only; the indexes are about none."""
    if config in _INDEXES or config == "articles":
        return False
    return all(row[name] in known for name in ("doc_id", "a", "b") if name in row)


def _documents(tables: Mapping[str, pa.Table]) -> frozenset[str]:
    return frozenset(tables["articles"]["doc_id"].to_pylist()) if "articles" in tables else frozenset()
