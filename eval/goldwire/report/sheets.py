"""Tables as data, between what is reported and how it is written: Markdown, LaTeX and CSV all take sheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from goldwire.comparison import Comparison
from goldwire.report.terminal import shown, visible
from goldwire.results import Result

__all__ = ["Sheet", "comparison_sheets", "csv_text", "latex_text", "markdown_text", "result_sheets"]

Cell = str | float | int | None


@dataclass(frozen=True)
class Sheet:
    """A titled table. Numbers stay numbers: `text` says how people read them, CSV keeps them whole.

    head: column names; rows: cells, None where there is nothing; measures: (rows,) the measure a row's fractions are
    of, which decides whether they read as percentages; counting: columns that count things and are no fractions.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    measures: tuple[str, ...]
    counting: frozenset[str] = frozenset()

    def text(self) -> list[list[str]]:
        """Every row as people read it."""
        return [
            [self._cell(name, cell, measure) for name, cell in zip(self.head, row, strict=True)]
            for row, measure in zip(self.rows, self.measures, strict=True)
        ]

    def _cell(self, column: str, cell: Cell, measure: str) -> str:
        if cell is None:
            return "-"
        if isinstance(cell, str):
            return visible(cell)
        if column in self.counting:
            return f"{cell:,.6g}" if isinstance(cell, float) else f"{cell:,}"
        return f"{cell:.4g}" if column in _P_VALUES else shown(measure, float(cell))


_P_VALUES = frozenset({"p", "p_corrected"})


def result_sheets(results: Sequence[Result]) -> list[Sheet]:
    """One sheet a task: a row for every system and measure."""
    sheets = []
    for task in dict.fromkeys(task for result in results for task in result.tasks):
        rows: list[tuple[Cell, ...]] = []
        for result in results:
            for name, value in result.values.items():
                if name.partition(".")[0] == task:
                    numbers = (value.value, value.low, value.high, value.numerator, value.denominator)
                    rows.append((str(result.system["name"]), name, *numbers))
        head = ("system", "measure", "value", "low", "high", "numerator", "denominator")
        measures = tuple(str(row[1]) for row in rows)
        sheets.append(Sheet(task, head, tuple(rows), measures, frozenset({"numerator", "denominator"})))
    return sheets


def comparison_sheets(comparison: Comparison) -> list[Sheet]:
    """One sheet a measure: a row for every system, its difference from the first beside it."""
    head = (
        "rank", "system", "value", "low", "high", "percentile_low", "percentile_high", "difference", "difference_low",
        "difference_high", "p", "p_corrected", "better", "equal", "worse", "units",
    )  # fmt: skip
    sheets = []
    for measure in comparison.measures:
        own = {d.system: d for d in comparison.differences if d.measure == measure}
        rows: list[tuple[Cell, ...]] = []
        for system in comparison.systems:
            value = comparison.values[measure][system]
            borders = (None if border != border else border for border in comparison.percentiles[measure][system])
            row: tuple[Cell, ...] = (
                comparison.ranks[measure].get(system), system, value.value, value.low, value.high, *borders,
            )  # fmt: skip
            if system in own:
                d = own[system]
                row += (d.difference, d.low, d.high, d.p, d.adjusted, d.better, d.equal, d.worse, d.units)
            else:
                row += (None,) * (len(head) - len(row))
            rows.append(row)
        counting = frozenset({"rank", "better", "equal", "worse", "units"})
        sheets.append(Sheet(measure, head, tuple(rows), (measure,) * len(rows), counting))
    return sheets


def markdown_text(sheets: Sequence[Sheet], notes: Sequence[str]) -> str:
    """Pipe tables, as GitHub and most Markdown readers take them."""
    blocks = []
    for sheet in sheets:
        aligned = ["---" if i < 2 else "---:" for i in range(len(sheet.head))]
        lines = [list(sheet.head), aligned, *sheet.text()]
        table = "\n".join("| " + " | ".join(map(_markdown, line)) + " |" for line in lines)
        blocks.append(f"### {_markdown(sheet.title)}\n\n{table}\n")
    return "\n".join([*blocks, *(f"{_markdown(note)}\n" for note in notes)])


def latex_text(sheets: Sequence[Sheet], notes: Sequence[str]) -> str:
    """One booktabs table a sheet; the notes stand above it as comments."""
    blocks = ["% needs \\usepackage{booktabs}\n", *(f"% {visible(note)}\n" for note in notes)]
    for sheet in sheets:
        lines = [" & ".join(map(_latex, line)) + " \\\\" for line in (sheet.head, *sheet.text())]
        body = "\n".join([lines[0], "\\midrule", *lines[1:]])
        columns = "ll" + "r" * (len(sheet.head) - 2)
        blocks.append(
            f"\\begin{{table}}\n\\caption{{{_latex(sheet.title)}}}\n\\begin{{tabular}}{{{columns}}}\n\\toprule\n{body}\n"
            "\\bottomrule\n\\end{tabular}\n\\end{table}\n"
        )
    return "\n".join(blocks)


def csv_text(sheets: Sequence[Sheet]) -> str:
    """All sheets as one table with the sheet's title first; fractions in full, empty where undefined."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    for i, sheet in enumerate(sheets):
        if i == 0:
            writer.writerow(["table", *sheet.head])
        for row in sheet.rows:
            writer.writerow([sheet.title, *("" if cell is None else _csv(cell) for cell in row)])
    return stream.getvalue()


def _csv(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + cell
    return cell


def _markdown(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join("\\" + c if c in "\\`*_[]|#" else c for c in escaped)


_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


def _latex(text: str) -> str:
    return "".join(_LATEX.get(c, c) for c in text)
