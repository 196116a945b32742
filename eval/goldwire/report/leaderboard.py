"""Leaderboards: results on the same gold, counted in the same way, as a static site, as JSON and in formats of others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from goldwire.building.picture_style import element, escape
from goldwire.comparison import DESCRIPTIVE, Comparison, compare, stated
from goldwire.errors import ReadError, UsageError
from goldwire.measures import parse_name
from goldwire.profiles import scorer
from goldwire.report.exports import eval_results, every_eval_ever, file_name
from goldwire.report.html.charts import Scale, interval_plot
from goldwire.report.html.compared import heading, table
from goldwire.report.html.numbers import interval
from goldwire.report.html.page import Part, document
from goldwire.report.terminal import HEADLINES, leading, shown, visible
from goldwire.results import Result, Value, is_result

__all__ = ["Board", "Entry", "boards_of", "read_runs", "site"]


@dataclass(frozen=True)
class Entry:
    """A result and the file it stands in."""

    file: str
    result: Result

    @property
    def name(self) -> str:
        """What the system is called on the board."""
        return str(self.result.system["name"])


@dataclass(frozen=True)
class Board:
    """Results that may stand in one table.

    counting: what their signatures state of how was counted; comparisons: task -> that of the systems scored on it;
    apart: task -> why its systems cannot be compared.
    """

    gold: Mapping[str, Any]
    counting: str
    entries: tuple[Entry, ...]
    comparisons: Mapping[str, Comparison]
    apart: Mapping[str, str]

    @property
    def tasks(self) -> list[str]:
        """Every task that some system was scored on."""
        return list(dict.fromkeys(task for entry in self.entries for task in entry.result.tasks))


def read_runs(folder: str | Path) -> tuple[list[Entry], list[str]]:
    """The results among the JSON files of a folder, and a remark on each that is none. Raises ReadError."""
    root = Path(folder)
    if not root.is_dir():
        raise ReadError(f"{root}: no such folder")
    entries, remarks = [], []
    for path in sorted(root.rglob("*.json")):
        name = path.relative_to(root).as_posix()
        if path.name.endswith(".run.json"):  # of `goldwire run`, beside predictions
            continue
        if not path.is_file() or not is_result(path):
            remarks.append(f"{name}: no result, left out")
            continue
        try:
            entries.append(Entry(name, Result.read(path)))
        except ReadError as error:
            remarks.append(f"{error}, left out")
    if not entries:
        raise UsageError(f"{root}: no results here; `goldwire score -f json -o FILE` writes them")
    return entries, remarks


def boards_of(entries: Sequence[Entry]) -> list[Board]:
    """Boards in the order of their first result. Systems of one name are told apart by their files.

    A result joins the first board of its gold whose signatures state nothing else than its own does: what only some
    tasks have, such as how singletons count, keeps results of other tasks apart no more than it has to.
    """
    grouped: list[tuple[str, dict[str, str], list[Entry]]] = []
    for entry in map(_readable, entries):
        gold = str(entry.result.gold["digest"] or entry.result.gold["name"])
        own = stated(entry.result.signature)
        for of, counting, members in grouped:
            if of == gold and all(counting[name] == own[name] for name in counting.keys() & own.keys()):
                counting.update(own)
                members.append(entry)
                break
        else:
            grouped.append((gold, dict(own), [entry]))
    return [_board(counting, tuple(_distinct(members))) for _, counting, members in grouped]


def _board(counting: Mapping[str, str], entries: tuple[Entry, ...]) -> Board:
    comparisons: dict[str, Comparison] = {}
    apart: dict[str, str] = {}
    for task in dict.fromkeys(task for entry in entries for task in entry.result.tasks):
        results = [
            entry.result for entry in entries if task in entry.result.tasks and leading(task) in entry.result.values
        ]
        if len(results) > 1:
            try:
                comparisons[task] = compare(results, [leading(task)])
            except UsageError as error:  # such as results that do not say which documents their units cover
                apart[task] = str(error)
    line = "|".join(f"{name}:{value}" for name, value in counting.items())
    return Board(entries[0].result.gold, line, entries, comparisons, apart)


def site(
    boards: Sequence[Board], remarks: Sequence[str], *, retrieved: str, dataset: str | None = None,
    organisation: str = "unknown",
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """Every file of the site, path and content.

    retrieved: Unix time the records are made at, as text. dataset: id of the gold's dataset on a hub; without one
    `.eval_results` name goldwire/<gold>. organisation: who provides the figures.
    """
    yield "index.html", _page(boards, remarks)
    yield "leaderboard.json", _json(_data(boards, remarks))
    taken: set[str] = set()
    for board in boards:
        hub = dataset or f"goldwire/{file_name(str(board.gold['name']))}"
        for entry in board.entries:
            folder = _free(file_name(entry.name), taken)
            for task in entry.result.tasks:
                text = eval_results(entry.result, task, dataset=hub)
                if text is not None:
                    yield f"systems/{folder}/.eval_results/{file_name(task)}.yaml", text
            path, record = every_eval_ever(
                entry.result, organisation=organisation, retrieved=retrieved, dataset=dataset
            )
            yield path, _json(record)


def _readable(entry: Entry) -> Entry:
    """An entry whose names can be written anywhere: control characters and half surrogates are escaped."""

    def clean(about: Mapping[str, Any]) -> dict[str, Any]:
        return {key: visible(value) if isinstance(value, str) else value for key, value in about.items()}

    own = entry.result
    result = replace(own, system=clean(own.system), gold=clean(own.gold), signature=visible(own.signature))
    return Entry(visible(entry.file), result)


def _json(data: Any) -> str:
    """Readable JSON; half surrogates are escaped."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    return text.encode("utf-8", "backslashreplace").decode()


def _distinct(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Entries with names of their own."""
    names = [entry.name for entry in entries]
    for entry in entries:
        if names.count(entry.name) == 1:
            yield entry
            continue
        system = {**entry.result.system, "name": f"{entry.name} ({entry.file})"}
        yield Entry(entry.file, replace(entry.result, system=system))


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number behind it where it is taken; file systems may not tell cases apart."""
    free, number = name, 2
    while free.casefold() in taken:
        free, number = f"{name}-{number}", number + 1
    taken.add(free.casefold())
    return free


def _ranked(board: Board, task: str) -> list[tuple[int | None, Entry, Value]]:
    """Systems by rank, then by value; those whose value is undefined at the end."""
    measure = leading(task)
    comparison = board.comparisons.get(task)
    rows: list[tuple[int | None, Entry, Value]] = []
    for entry in board.entries:
        value = entry.result.values.get(measure)
        if task not in entry.result.tasks or value is None:
            continue
        if comparison is not None and entry.name in comparison.systems:
            value = comparison.values[measure][entry.name]  # over the units that all share
        known = comparison.ranks[measure].get(entry.name) if comparison else None if value.value is None else 1
        rows.append((known, entry, value))
    sign = -1 if parse_name(measure)[0].better == "lower" else 1
    return sorted(rows, key=lambda row: (row[0] is None, row[0] or 0, -sign * (row[2].value or 0.0), row[1].name))


def _data(boards: Sequence[Board], remarks: Sequence[str]) -> dict[str, Any]:
    listed = []
    for board in boards:
        tasks = {}
        for task in board.tasks:
            rows = _ranked(board, task)
            if rows:
                tasks[task] = {
                    "measure": leading(task),
                    "units": len(rows[0][1].result.counts[task].units),
                    "systems": [
                        {"rank": rank, **entry.result.system, "file": entry.file, **vars(value)}
                        for rank, entry, value in rows
                    ],
                }
        listed.append({"gold": dict(board.gold), "counting": board.counting, "tasks": tasks})
    return {"goldwire": 1, "boards": listed, "left_out": list(remarks)}


def _page(boards: Sequence[Board], remarks: Sequence[str]) -> str:
    parts = []
    for number, board in enumerate(boards, 1):
        title = f"{board.gold['name']} {board.gold['version'] or ''}".strip()
        blocks = [
            element(
                "p", element("code", escape(f"{board.counting}|#{(board.gold['digest'] or '')[:12]}")), class_="note"
            )
        ]
        blocks += [_table(board, task) for task in board.tasks]
        parts.append(Part(f"board-{number}", title, "".join(blocks)))
    reading = (
        "Systems share a rank unless a sign-flip test over units, corrected by Holm over all pairs of a table, tells them "
        "apart; inside a rank the order means nothing. Intervals: linearised t over units. Results on other gold or "
        "counted in another way stand in tables of their own."
    )
    about = [element("p", escape(reading)), element("p", element("a", "leaderboard.json", href="leaderboard.json"))]
    about += [element("ul", *(element("li", escape(remark)) for remark in remarks))] if remarks else []
    parts.append(Part("about", "About this leaderboard", "".join(about)))
    systems = len({entry.name for board in boards for entry in board.entries})
    head = element(
        "header", element("p", "Goldwire", class_="kicker"), element("h1", "Leaderboard"),
        element("p", f"{systems:,} system{'' if systems == 1 else 's'}", class_="lead"),
    )  # fmt: skip
    return document("Goldwire leaderboard", head, parts, None, ("theme",))


def _table(board: Board, task: str) -> str:
    rows = _ranked(board, task)
    if not rows:
        return ""
    measure = leading(task)
    figures = [
        f
        for f in HEADLINES.get(task, ())
        if f"{task}.{f}" != measure and any(f"{task}.{f}" in e.result.values for _, e, _ in rows)
    ]
    scale = Scale([x for _, _, value in rows for x in (value.value, value.low, value.high)])
    share = parse_name(measure)[0].range == (0.0, 1.0)
    head = [
        "rank",
        "system",
        escape(measure.removeprefix(f"{task}.")),
        scale.axis(share=share),
        "95 %",
        *map(escape, figures),
    ]
    body = []
    for rank, entry, value in rows:
        version = entry.result.system.get("version")
        name = escape(entry.name) + (" " + element("small", escape(str(version))) if version else "")
        others = [entry.result.values.get(f"{task}.{figure}", Value(None)) for figure in figures]
        label = f"{shown(measure, value.value)} {interval(measure, value.low, value.high)}"
        body.append(
            [
                "–" if rank is None else str(rank),
                name,
                element("b", escape(shown(measure, value.value) if value.value is not None else "–")),
                interval_plot(scale, value.value, (value.low, value.high), label=label),
                escape(interval(measure, value.low, value.high)),
                *(
                    escape(shown(f"{task}.{f}", v.value) if v.value is not None else "–")
                    for f, v in zip(figures, others, strict=True)
                ),
            ]
        )
    units = len(rows[0][1].result.counts[task].units)
    return (
        heading(task)
        + table(head, body, text=2, look="sortable")
        + element("p", escape(_remark(board, task, units)), class_="remark")
    )


def _remark(board: Board, task: str, units: int) -> str:
    what = scorer(task).unit
    counted = f"{units:,} {what}{'' if units == 1 else 's'}."
    comparison = board.comparisons.get(task)
    if comparison is None:
        return f"{counted} Not compared: {board.apart[task]}." if task in board.apart else counted
    units = comparison.differences[0].units
    counted = f"{units:,} {what}{'' if units == 1 else 's'}."
    smallest = comparison.differences[0].smallest_p
    if units < 2 or smallest > DESCRIPTIVE:
        return f"{counted} Descriptive only: so few units cannot tell systems apart, all share a rank."
    return counted
