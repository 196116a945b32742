"""Every command that a page of the documentation shows prints what the page says."""

from __future__ import annotations

import importlib.util
import re
import sys
import tomllib
from pathlib import Path

import pytest

from conftest import ROOT

_SPEC = importlib.util.spec_from_file_location("console", ROOT / "docs" / "console.py")
assert _SPEC is not None
assert _SPEC.loader is not None
console = importlib.util.module_from_spec(_SPEC)
sys.modules["console"] = console
_SPEC.loader.exec_module(console)


@pytest.mark.parametrize("page", console.pages(), ids=lambda page: page.stem)
def test_commands_print_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    for step, printed in console.run(page.read_text(encoding="utf-8"), tmp_path):
        assert console.agrees(step, printed), f"$ {step.command}\n{printed}\n(python docs/console.py rewrites pages)"


def test_a_page_that_lies_is_caught_and_rewritten(tmp_path: Path) -> None:
    page = "```console\n$ echo one two\none ...\n$ echo three\nfour\n```\n"
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    assert [console.agrees(*step) for step in console.run(page, tmp_path / "one")] == [True, False]
    assert console.refreshed(page, tmp_path / "two") == page.replace("four", "three")


def test_every_page_is_in_the_navigation() -> None:
    text = (ROOT / "zensical.toml").read_text(encoding="utf-8")
    named = re.findall(r'"([\w/-]+\.md)"', text)
    assert tomllib.loads(text)["project"]["docs_dir"] == "docs"
    assert sorted(named) == sorted(str(path.relative_to(ROOT / "docs")) for path in _pages())


def test_links_between_pages_lead_somewhere() -> None:
    for page in _pages():
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def _pages() -> list[Path]:
    return [path for path in (ROOT / "docs").rglob("*.md") if "examples" not in path.parts]
