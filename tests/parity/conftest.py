"""Differential tests against the programs whose numbers Goldwire claims to reproduce; run by `make parity`.

Those on the package index are installed by the `peers` extra. The others are looked for as checkouts in the folder
that GOLDWIRE_REFERENCES names (default: `references/` in the project), one subfolder `owner+name` each; README.md says
which at which commit. A test whose reference is not there is skipped, and the summary says so.
"""

from __future__ import annotations

import pytest

import references


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.section("parity")
    for name in sorted(references.cases):
        cases, numbers = references.cases[name], references.numbers[name]
        terminalreporter.write_line(f"{name}: {cases:,} cases, {numbers:,} numbers compared and equal")
    for name in sorted(references.absent):
        terminalreporter.write_line(f"{name}: not run, no checkout")
