"""Results and comparisons as Markdown, LaTeX, CSV, JUnit and workflow commands: whole, parseable and harmless."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess
from xml.etree import ElementTree

import pytest

import goldwire
from goldwire.comparison import Comparison, compare
from goldwire.incidents import Incident
from goldwire.report.checks import Check, github_text, junit_text
from goldwire.report.sheets import comparison_sheets, csv_text, latex_text, markdown_text, result_sheets
from goldwire.results import Result

NASTY = "<script>alert(1)</script>|a_b & 50%\n=1+1\x1b[31m"
"""A system's name as a stranger might choose it."""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[Result]:
    """Every measure of every task: the gold's own annotation and a baseline, scored; one of them badly named."""
    folder = tmp_path_factory.mktemp("writers")
    path = folder / "gazetteer.jsonl"
    goldwire.run("gazetteer", path)
    gold = goldwire.load_corpus()
    perfect = goldwire.score(replace(gold, name="gold"), gold)
    baseline = goldwire.score(path)
    return [perfect, replace(baseline, system={"name": NASTY, "version": None})]


@pytest.fixture(scope="module")
def comparison(results: list[Result]) -> Comparison:
    return compare(results, ["entities.strict.f1", "coref.conll", "coref_corpus.conll"])


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


class TestMarkdown:
    def test_every_value_of_every_task_has_a_row(self, results: list[Result]) -> None:
        text = markdown_text(result_sheets(results), ["note"])
        rows = [line for line in text.splitlines() if line.startswith("|")]
        tables = len({task for result in results for task in result.tasks})
        assert len(rows) == sum(len(result.values) for result in results) + 2 * tables
        assert len({len(cells(row)) for row in rows}) == 1

    def test_names_stay_text(self, results: list[Result], comparison: Comparison) -> None:
        for text in (markdown_text(result_sheets(results), []), markdown_text(comparison_sheets(comparison), [])):
            assert "<script>" not in text
            assert r"&lt;script&gt;alert(1)&lt;/script&gt;\|a\_b" in text
            assert "\x1b" not in text


class TestLatex:
    def test_braces_and_tables_balance_and_nothing_is_unescaped(self, results: list[Result]) -> None:
        text = latex_text(result_sheets(results), ["50 % of {it}"])
        assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == text.count(r"\toprule")
        body = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
        assert body.count("{") - body.count("}") == 2 * (body.count(r"\{") - body.count(r"\}"))
        assert not re.search(r"(?<!\\)[%#$]", body)
        assert not re.search(r"(?<!\\)_", body)

    def test_every_row_has_as_many_cells_as_columns(self, comparison: Comparison) -> None:
        text = latex_text(comparison_sheets(comparison), [])
        rows = [line for line in text.splitlines() if line.endswith(r"\\")]
        assert {len(re.split(r"(?<!\\)&", row)) for row in rows} == {16}


class TestCsv:
    def test_values_are_whole_fractions_that_read_back(self, results: list[Result]) -> None:
        rows = list(csv.DictReader(io.StringIO(csv_text(result_sheets(results)))))
        assert len(rows) == sum(len(result.values) for result in results)
        for row, (name, value) in zip(
            (row for row in rows if row["system"] == "gold"), results[0].values.items(), strict=True
        ):
            assert row["measure"] == name
            assert (float(row["value"]) if row["value"] else None) == value.value
            assert (float(row["low"]) if row["low"] else None) == value.low

    def test_no_cell_is_a_formula(self, results: list[Result]) -> None:
        renamed = [replace(results[0], system={"name": "=HYPERLINK(1)", "version": None})]
        names = {row["system"] for row in csv.DictReader(io.StringIO(csv_text(result_sheets(renamed))))}
        assert names == {"'=HYPERLINK(1)"}

    def test_a_comparison_has_a_row_for_every_system_and_measure(self, comparison: Comparison) -> None:
        rows = list(csv.DictReader(io.StringIO(csv_text(comparison_sheets(comparison)))))
        assert len(rows) == 2 * 3
        assert {row["table"] for row in rows} == set(comparison.measures)


class TestBuildServers:
    CHECKS = (Check("a", "x.f1", "50.0"), Check("a", "y.f1", "-", "a: y.f1 is undefined"), Check(NASTY, "x.f1", "1.0"))

    def test_junit_is_xml_with_a_case_a_number(self) -> None:
        root = ElementTree.fromstring(junit_text(self.CHECKS))  # noqa: S314
        assert (root.get("tests"), root.get("failures")) == ("3", "1")
        assert [suite.get("tests") for suite in root] == ["2", "1"]
        assert root.find("testsuite/testcase[@name='y.f1']/failure").get("message") == "a: y.f1 is undefined"  # type: ignore[union-attr]

    def test_a_workflow_command_is_one_line(self) -> None:
        lines = github_text(self.CHECKS, [Incident("unknown-type", "a,b.jsonl", 3, found="x\n::error::y")]).splitlines()
        assert lines[0].startswith("::error file=a%2Cb.jsonl,line=3,title=unknown-type::")
        assert len(lines) == 1 + 1 + 2
        assert all(line.startswith(("::error", "::notice")) for line in lines)
        assert "%0A" not in lines[0]
        assert r"\n" in lines[0]


class TestVerbs:
    @pytest.mark.parametrize("kind", ["markdown", "latex", "csv", "junit", "github"])
    def test_score_and_compare_write_every_format(
        self, cli: Callable[..., CompletedProcess[str]], tmp_path: Path, kind: str
    ) -> None:
        paths = [tmp_path / f"{name}.jsonl" for name in ("capitals", "gazetteer")]
        for path in paths:
            goldwire.run(path.stem, path)
        for verb in ("score", "compare"):
            done = cli(verb, *paths, "-f", kind)
            assert done.returncode == 0, done.stderr
            assert "gazetteer" in done.stdout

    def test_incidents_stand_at_their_line_for_github(
        self, cli: Callable[..., CompletedProcess[str]], jsonl: Callable[..., Path]
    ) -> None:
        bad = jsonl([{"doc_id": "no-such", "entities": [{"start": 0, "end": 1, "type": "GPE"}]}])
        done = cli("score", bad, "-f", "github")
        assert done.returncode == 1
        assert re.match(r"::error file=.*predictions\.jsonl,line=1,title=unknown-document::", done.stdout)
