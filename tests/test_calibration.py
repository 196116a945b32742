"""The intervals cover and the tests keep their level, on simulated documents with known truth and fixed seeds.

The bands are those of 2,000 trials; `make calibrate` prints the table of all sizes with more.
"""

from __future__ import annotations

import pytest
from benchmarks.calibrate import Row, calibrate


@pytest.fixture(scope="module")
def rows() -> dict[int, Row]:
    return {units: calibrate(units, trials=2000, resamples=1000) for units in (5, 10, 20)}


def test_the_default_interval_covers_at_five_documents_where_the_bootstrap_does_not(rows: dict[int, Row]) -> None:
    assert rows[5].linearised_t >= 0.92
    assert rows[5].percentile < 0.88


@pytest.mark.parametrize("units", [10, 20])
def test_sign_flips_reject_a_true_null_as_often_as_they_say(rows: dict[int, Row], units: int) -> None:
    # sacrebleu's paired bootstrap, which takes the absolute value before centring, rejects 13 to 20 % of them
    assert 0.03 <= rows[units].rejected <= 0.07


def test_five_documents_cannot_reject(rows: dict[int, Row]) -> None:
    assert rows[5].rejected == 0
