"""Where the reference programs are and how many random cases each is asked."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

CASES = int(os.environ.get("GOLDWIRE_PARITY_CASES", "1000"))
"""Random cases per reference and test."""

ROOT = Path(os.environ.get("GOLDWIRE_REFERENCES", Path(__file__).resolve().parents[2] / "references"))

cases: Counter[str] = Counter()
numbers: Counter[str] = Counter()
absent: set[str] = set()


def checkout(repository: str) -> Path:
    """The folder of a reference's checkout; skips the test (or module) where there is none."""
    folder = ROOT / repository.replace("/", "+")
    if not folder.is_dir():
        absent.add(repository)
        pytest.skip(f"no checkout of {repository} in {ROOT}", allow_module_level=True)
    return folder


def agree(reference: str, compared: int) -> None:
    """Note a case in which as many of the reference's numbers were compared and found equal."""
    cases[reference] += 1
    numbers[reference] += compared
