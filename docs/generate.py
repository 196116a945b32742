"""Write the pages of docs/reference that follow from the code: `python docs/generate.py`, run by `make reference`.

A test compares the pages with what this prints, so they cannot fall behind.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from goldwire.measures import all_measures, measures_of
from goldwire.profiles import all_profiles
from goldwire.tasks import TASKS

ROOT = Path(__file__).resolve().parents[1]
CASES = ROOT / "tests" / "cases" / "disagreements"
_NOTE = "<!-- written by docs/generate.py; do not edit -->\n\n"


def pages() -> dict[str, str]:
    """File name -> text of every generated page."""
    return {
        "measures.md": _NOTE + measures(),
        "profiles.md": _NOTE + profiles(),
        "disagreements.md": _NOTE + disagreements(),
        "formats.md": _NOTE + formats(),
    }


def measures() -> str:
    """Every measure of every task: name, formula, source."""
    blocks = [
        "# Measures\n\nPrecision, recall and every other figure is computed from counts per unit and is `null` where it is "
        "undefined (0/0). `goldwire list measures` prints the same table.\n"
    ]
    for task in TASKS.values():
        rows = [[f"`{m.name}`", m.formula, m.source] for m in measures_of(task.name)]
        blocks.append(
            f"## {task.name}: {task.title}, per {task.unit}\n\n{_table(['measure', 'formula', 'source'], rows)}"
        )
    return "\n".join(blocks)


def formats() -> str:
    """Every format that `goldwire convert` knows: directions, what it holds, its settings."""
    from dataclasses import fields

    from goldwire.converting import get, registry

    blocks = [
        "# Formats\n\n`goldwire convert IN OUT --from F --to F` converts between any two of them. What a format cannot hold "
        "is listed after the conversion (`--losses FILE` keeps the list, `--strict` makes it an error). Settings are given "
        "with `--from-set NAME=VALUE` and `--to-set NAME=VALUE`.\n\n"
        + _table(
            ["format", "directions", "is a", "layers", "about"],
            [[f"[`{r[0]}`](#{r[0]})", *r[1:]] for r in registry.listing()],
        )
    ]
    for name in registry.names():
        made = get(name)
        text = (type(made).__doc__ or "").strip()
        holds = "".join(f"- {layer}: {', '.join(sorted(held))}\n" for layer, held in made.holds.items() if held)
        settings = ", ".join(f"`{f.name}={f.default!r}`" for f in fields(made))
        paragraphs = "\n".join(line.strip() for line in text.splitlines())
        blocks.append(
            f"## {name}\n\n{paragraphs}\n\n"
            + (f"Settings: {settings}\n\n" if settings else "")
            + f"A written file holds:\n\n{holds}"
        )
    return "\n".join(blocks)


def profiles() -> str:
    """Every profile: what it reproduces and what it does differently."""
    known = all_profiles().values()
    head = ["profile", "task", "reproduces", "item", "container", "alignment", "normaliser", "averaging"]
    rows = [
        [f"[`{p.name}`](#{p.name})", p.task, p.reference, p.item, p.container, p.alignment, p.normaliser, p.averaging]
        for p in known
    ]
    blocks = [
        "# Profiles\n\n`goldwire score --profile NAME` reproduces a published scorer's numbers; `make parity` compares them "
        f"with the scorer itself.\n\n{_table(head, rows)}"
    ]
    for p in known:
        figures = ", ".join(f"`{m.name}`" for m in p.measures)
        quirks = "".join(f"- {quirk}\n" for quirk in p.quirks)
        blocks.append(f"## {p.name}\n\n{p.reference}\n\n{quirks}\nFigures: {figures}\n")
    return "\n".join(blocks)


def disagreements() -> str:
    """The smallest inputs on which scorers part ways, with every number they give."""
    blocks = [
        "# Where scorers disagree\n\nThe smallest inputs found on which a published scorer and the default, or two "
        "scorers, print different numbers. Each is a test (`tests/cases/disagreements`). Fractions, not percentages.\n"
    ]
    for path in sorted(CASES.glob("*.json")):
        blocks.append(f"## {path.stem.replace('_', ' ').capitalize()}\n")
        for case in json.loads(path.read_text(encoding="utf-8")):
            rows = [[f"`{name}`", _number(value)] for name, value in case["expected"].items()]
            blocks.append(
                f"### {case['title']}\n\n{case['why']}\n\nReference: {case['reference']}\n\n"
                f"```json\n{_lines('gold', case['gold'])}{_lines('predicted', case['pred'])}```\n\n"
                f"{_table(['measure', 'value'], rows)}"
            )
    return "\n".join(blocks)


def _lines(side: str, records: Iterable[dict[str, Any]]) -> str:
    return "".join(f"{side}: {json.dumps(record, ensure_ascii=False)}\n" for record in records)


def _number(value: float | None) -> str:
    return "null" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in lines)


if __name__ == "__main__":
    all_measures()
    for name, text in pages().items():
        (ROOT / "docs" / "reference" / name).write_text(text, encoding="utf-8")
