"""List what there is: tasks, measures, profiles, systems, formats, configs or labels."""

from __future__ import annotations

import argparse

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    kinds = ["tasks", "measures", "profiles", "systems", "formats", "configs", "labels", "incidents"]
    parser.add_argument("what", choices=kinds)
    parser.add_argument(
        "name", nargs="?", help="only what begins so; a whole name of a measure, profile or format tells all about it"
    )


def run(options: argparse.Namespace) -> int:
    """Print a table, left-aligned."""
    listed = rows = {
        "tasks": _tasks,
        "measures": _measures,
        "profiles": _profiles,
        "systems": _systems,
        "formats": _formats,
        "configs": _configs,
        "labels": _labels,
        "incidents": _incidents,
    }[options.what]()
    if options.name is not None:
        details = {"measures": _one_measure, "profiles": _one_profile, "formats": _one_format}.get(options.what)
        rows = details(options.name) if details else []
        rows = rows or _beginning(listed, options.name, options.what)
    _print(rows)
    return 0


def _print(rows: list[list[str]]) -> None:
    """Columns side by side; on a terminal the last is wrapped at its border."""
    import shutil
    import sys
    import textwrap

    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    indent = sum(widths) + 2 * len(widths)
    room = shutil.get_terminal_size().columns - indent if sys.stdout.isatty() else 0
    for *cells, last in rows:
        lines = textwrap.wrap(last, room) if room >= 20 else [last]
        print("  ".join([*(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)), *lines[:1]]).rstrip())
        for line in lines[1:]:
            print(" " * indent + line)


def _beginning(rows: list[list[str]], name: str, what: str) -> list[list[str]]:
    """The rows whose name begins so. Raises UsageError where there is none."""
    from goldwire.errors import UsageError
    from goldwire.incidents import did_you_mean

    column = 1 if what == "labels" else 0
    found = [row for row in rows if row[column].startswith(name)]
    if not found:
        near = did_you_mean(name, [row[column] for row in rows])
        raise UsageError(f"no {what} begin with {name!r}" + (f"; did you mean {near!r}?" if near else ""))
    return found


def _one_measure(name: str) -> list[list[str]]:
    """All that a measure says of itself; nothing for a name that is none."""
    from goldwire.measures import all_measures

    measure = all_measures().get(name)
    if measure is None:
        return []
    low, high = measure.range
    rows = [["name", measure.name], ["formula", measure.formula], ["range", f"{low:g} to {high:g}"]]
    return [*rows, ["better", measure.better], ["source", measure.source]]


def _one_profile(name: str) -> list[list[str]]:
    """All that a profile says of itself; nothing for a name that is none."""
    from goldwire.profiles import all_profiles

    profile = all_profiles().get(name)
    if profile is None:
        return []
    fields = ("name", "task", "reference", "item", "container", "alignment", "normaliser", "averaging")
    rows = [[field, getattr(profile, field)] for field in fields]
    rows += [["quirk", quirk] for quirk in profile.quirks]
    return rows + [["measure", measure.name] for measure in profile.measures]


def _tasks() -> list[list[str]]:
    from goldwire.tasks import TASKS

    return [[task.name, task.title, f"per {task.unit}"] for task in TASKS.values()]


def _measures() -> list[list[str]]:
    from goldwire.measures import all_measures

    return [[measure.name, measure.formula] for measure in all_measures().values()]


def _profiles() -> list[list[str]]:
    from goldwire.profiles import all_profiles

    return [[profile.name, profile.task, profile.reference] for profile in all_profiles().values()]


def _systems() -> list[list[str]]:
    from goldwire.systems import ADAPTERS, describe, names

    addresses = [[f"{kind}:", about] for kind, (_, about) in ADAPTERS.items()]
    own = [["PACKAGE.MODULE:NAME", "a function or class of yours, installed or in the current folder"]]
    return [[name, describe(name)] for name in names()] + own + addresses


def _one_format(name: str) -> list[list[str]]:
    """All that a format says of itself; nothing for a name that is none."""
    from goldwire.converting.registry import details, names

    return details(name) if name in names() else []


def _formats() -> list[list[str]]:
    from goldwire.converting.registry import listing

    return listing()


def _configs() -> list[list[str]]:
    from goldwire.formats.dataset import read_manifest
    from goldwire.paths import data_folder

    manifest = read_manifest(data_folder("dataset"))
    return [[name, f"{entry['rows']} rows", entry["digest"]] for name, entry in manifest["configs"].items()]


def _labels() -> list[list[str]]:
    from goldwire.corpus.labels import labels

    rows = []
    for kind, inventory in labels().items():
        for name, meaning in inventory.items() if isinstance(inventory, dict) else []:
            rows.append([kind, name, meaning if isinstance(meaning, str) else str(meaning.get("definition", ""))])
    return rows


def _incidents() -> list[list[str]]:
    from goldwire.incidents import RULES

    return [[name, severity, meaning] for name, (severity, meaning) in RULES.items()]
