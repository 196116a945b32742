"""The pages of docs/reference say what the code does."""

from __future__ import annotations

import importlib.util

import pytest

from conftest import ROOT
from goldwire.profiles import all_profiles

_SPEC = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
assert _SPEC is not None
assert _SPEC.loader is not None
generate = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(generate)


@pytest.mark.parametrize("name", ["measures.md", "profiles.md", "disagreements.md", "formats.md"])
def test_a_page_is_what_the_generator_writes(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == generate.pages()[name], "run `make reference`"


@pytest.mark.parametrize("name", all_profiles())
def test_a_profile_says_everything_that_the_table_lists(name: str) -> None:
    profile = all_profiles()[name]
    cells = [profile.reference, profile.item, profile.container, profile.alignment, profile.normaliser]
    assert all(cell.strip() for cell in [*cells, profile.averaging, *profile.quirks])
    assert profile.measures
    assert all(measure.name.startswith(f"{name}.") for measure in profile.measures)
