"""Near-duplicates among many articles: the baseline "minhash" against datasketch with the same bands and rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data import SEED
from benchmarks.plan import Case, Program, Target, goldwire
from goldwire import systems
from goldwire.systems import Article
from goldwire.systems.words import folded_words

TITLE = "Near-duplicates"
ABOUT = (
    "Short articles of 40 to 90 words, a third of them edited copies of others. Both go from texts to pairs with an "
    "estimated Jaccard similarity: 128 permutations of word 5-grams, LSH for 0.7. Both cut words with the same code."
)
_SHINGLE, _PERMUTATIONS, _THRESHOLD = 5, 128, 0.7


def cases(_folder: Path, scale: float) -> list[Case]:
    """200,000 articles."""
    size = {"count": max(1000, int(200_000 * scale))}
    return [
        Case(
            f"{size['count']:,} articles, MinHash with LSH",
            goldwire("benchmarks.duplicates:minhash", rounds=1, **size),
            peers=(
                (
                    Program("datasketch", "benchmarks.duplicates:datasketch", size, package="datasketch"),
                    Target(ratio=3),
                ),
            ),
        )
    ]


def articles(count: int) -> list[str]:
    """Texts of invented words with a heavy-tailed distribution; copies have up to four words replaced."""
    rng = np.random.default_rng(SEED)
    texts: list[str] = []
    while len(texts) < count:
        words = rng.zipf(1.3, int(rng.integers(40, 90))) % 200_000
        for copy in range(int(rng.choice([1, 1, 1, 2, 3]))):
            own = words.copy()
            if copy:
                places = rng.integers(0, len(own), int(rng.integers(0, 5)))
                own[places] = rng.integers(0, 200_000, len(places))
            texts.append(" ".join(f"w{word}" for word in own))
    return texts[:count]


def minhash(count: int) -> Callable[[], Any]:
    """Goldwire."""
    given = [Article(f"{i:08d}", text) for i, text in enumerate(articles(count))]
    system = systems.get("minhash", threshold=_THRESHOLD, permutations=_PERMUTATIONS, shingle=_SHINGLE)
    list(system(given[:10]))
    return lambda: list(system(given))


def datasketch(count: int) -> Callable[[], Any]:
    """Query and insert one article after the other, estimate each candidate, as datasketch documents it."""
    from datasketch import MinHash, MinHashLSH

    given = articles(count)

    def work() -> list[tuple[int, int, float]]:
        index = MinHashLSH(threshold=_THRESHOLD, num_perm=_PERMUTATIONS)
        blank = MinHash(num_perm=_PERMUTATIONS, seed=1)
        sketches: list[Any] = []
        found: list[tuple[int, int, float]] = []
        for at, text in enumerate(given):
            words = folded_words(text)
            sketch = blank.copy()
            sketch.update_batch({" ".join(words[i : i + _SHINGLE]).encode() for i in range(len(words) - _SHINGLE + 1)})
            found += [(other, at, sketch.jaccard(sketches[other])) for other in index.query(sketch)]
            index.insert(at, sketch)
            sketches.append(sketch)
        return found

    return work
