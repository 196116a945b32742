"""The baseline "minhash" against datasketch: the same bands and rows, and links of the same quality."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.duplicates import articles

from goldwire import systems
from goldwire.systems import Article
from goldwire.systems.minhash import bands_and_rows

datasketch = pytest.importorskip("datasketch")


@pytest.mark.parametrize("permutations", [64, 128, 256])
@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.7, 0.8, 0.9])
def test_bands_and_rows_are_those_datasketch_chooses(threshold, permutations):
    index = datasketch.MinHashLSH(threshold=threshold, num_perm=permutations)
    assert bands_and_rows(threshold, permutations) == (index.b, index.r)


def test_links_are_as_good_as_those_of_datasketch():
    """F1 against the true Jaccard similarity of 5,000 articles, over both: within a hundredth."""
    texts = articles(5000)
    grams = [{tuple(words[i : i + 5]) for i in range(len(words) - 4)} for words in map(str.split, texts)]
    by_gram: dict[tuple[str, ...], list[int]] = {}
    for at, some in enumerate(grams):
        for gram in some:
            by_gram.setdefault(gram, []).append(at)
    near = {(a, b) for places in by_gram.values() for a in places for b in places if a < b}
    truth = {(a, b) for a, b in near if len(grams[a] & grams[b]) >= 0.7 * len(grams[a] | grams[b])}

    records = systems.get("minhash")([Article(f"{i:04d}", text) for i, text in enumerate(texts)])
    ours = {(int(r["a"]), int(r["b"])) for r in records if r["score"] >= 0.7}

    index = datasketch.MinHashLSH(threshold=0.7, num_perm=128)
    sketches = []
    theirs = set()
    for at, some in enumerate(grams):
        sketch = datasketch.MinHash(num_perm=128, seed=1)
        sketch.update_batch([" ".join(gram).encode() for gram in sorted(some)])
        theirs |= {(other, at) for other in index.query(sketch) if sketch.jaccard(sketches[other]) >= 0.7}
        index.insert(at, sketch)
        sketches.append(sketch)

    f1 = [2 * len(links & truth) / (len(links) + len(truth)) for links in (ours, theirs)]
    assert len(truth) > 500
    assert f1[0] == pytest.approx(f1[1], abs=0.01)
    assert np.mean(f1) > 0.85
