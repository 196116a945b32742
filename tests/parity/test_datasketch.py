"""The baseline "minhash" against datasketch and rensa: the same bands and rows, and links of the same quality."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks import duplicates

from goldwire.systems.minhash import bands_and_rows

datasketch = pytest.importorskip("datasketch")


@pytest.mark.parametrize("permutations", [64, 128, 256])
@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.7, 0.8, 0.9])
def test_bands_and_rows_are_those_datasketch_chooses(threshold, permutations):
    index = datasketch.MinHashLSH(threshold=threshold, num_perm=permutations)
    assert bands_and_rows(threshold, permutations) == (index.b, index.r)


@pytest.mark.parametrize("peer", ["datasketch", "rensa"])
def test_links_are_as_good_as_those_of(peer):
    """F1 against the true Jaccard similarity of 5,000 articles, over both: within a hundredth."""
    pytest.importorskip(peer)
    truth = duplicates.similar(duplicates.articles(5000))
    found = [duplicates.f1(program(5000)(), truth) for program in (duplicates.minhash, getattr(duplicates, peer))]
    assert len(truth) > 500
    assert found[0] == pytest.approx(found[1], abs=0.01)
    assert np.mean(found) > 0.85
