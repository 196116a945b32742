"""Near-duplicates among many articles: the baseline "minhash" against datasketch and rensa with the same bands and rows.

`python -m benchmarks.duplicates` also holds their links against the true similarities. text-dedup is not measured: it is a
set of programs around `datasets`, not a library, and no release of it (0.4.0) can be installed beside the others, for it
wants rich < 14, urllib3 <= 2.0 and fire < 0.7.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data import SEED
from benchmarks.measure import measure
from benchmarks.plan import Case, Program, Target, goldwire
from goldwire import systems
from goldwire.building.card import grid
from goldwire.systems import Article
from goldwire.systems.words import folded_words

TITLE = "Near-duplicates"
ABOUT = (
    "Short articles of 40 to 90 words, a third of them edited copies of others. All go from texts to pairs with an "
    "estimated Jaccard similarity: 128 permutations of word 5-grams (rensa 126, which 14 bands divide), LSH for 0.7. All "
    "cut words with the same code; rensa computes signatures and looks up in one call each, for all articles."
)
_SHINGLE, _PERMUTATIONS, _THRESHOLD = 5, 128, 0.7
_BANDS, _ROWS = 14, 9


Links = list[tuple[int, int, float]]
"""Articles by their numbers, smaller first, and the estimated similarity."""


def cases(_folder: Path, scale: float) -> list[Case]:
    """200,000 articles."""
    return [case(max(1000, int(200_000 * scale)))]


def case(count: int) -> Case:
    """So many articles."""
    peers = [
        Program(name, f"benchmarks.duplicates:{name}", {"count": count}, package=name)
        for name in ("datasketch", "rensa")
    ]
    return Case(
        f"{count:,} articles, MinHash with LSH",
        goldwire("benchmarks.duplicates:minhash", rounds=1, count=count),
        peers=((peers[0], Target(ratio=3)), (peers[1], Target())),
    )


def figures(count: int, judged: int = 20_000) -> dict[str, dict[str, float]]:
    """Of every program seconds, megabytes, how many times our time, and F1 of its links among the first ``judged`` articles.

    Programs that are not installed are left out.
    """
    one = case(count)
    programs = [one.ours, *(program for program, _ in one.peers)]
    found = measure(programs)
    texts = articles(min(count, judged))
    truth = similar(texts)
    known = {"Goldwire": minhash, "datasketch": datasketch, "rensa": rensa}
    return {
        program.name: {
            "seconds": own.seconds,
            "megabytes": own.megabytes,
            "ratio": own.seconds / found[0].seconds,
            "f1": f1(known[program.name](len(texts))(), truth),
        }
        for program, own in zip(programs, found, strict=True)
        if not own.problem
    }


def similar(texts: Sequence[str]) -> set[tuple[int, int]]:
    """The pairs whose Jaccard similarity is the threshold or more."""
    grams = [set(_grams(text)) for text in texts]
    holders: dict[str, list[int]] = {}
    for at, some in enumerate(grams):
        for gram in some:
            holders.setdefault(gram, []).append(at)
    near = {pair for places in holders.values() for pair in combinations(places, 2)}
    return {(a, b) for a, b in near if len(grams[a] & grams[b]) >= _THRESHOLD * len(grams[a] | grams[b])}


def f1(links: Iterable[tuple[int, int, float]], truth: set[tuple[int, int]]) -> float:
    """Of the links whose estimate is the threshold or more."""
    found = {(a, b) for a, b, score in links if score >= _THRESHOLD}
    return 2 * len(found & truth) / max(len(found) + len(truth), 1)


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


def minhash(count: int) -> Callable[[], Links]:
    """Goldwire."""
    given = [Article(f"{i:08d}", text) for i, text in enumerate(articles(count))]
    system = systems.get("minhash", threshold=_THRESHOLD, permutations=_PERMUTATIONS, shingle=_SHINGLE)
    list(system(given[:10]))
    return lambda: [(int(link["a"]), int(link["b"]), link["score"]) for link in system(given)]


def datasketch(count: int) -> Callable[[], Links]:
    """Query and insert one article after the other, estimate each candidate, as datasketch documents it."""
    from datasketch import MinHash, MinHashLSH

    given = articles(count)

    def work() -> Links:
        index = MinHashLSH(threshold=_THRESHOLD, num_perm=_PERMUTATIONS)
        blank = MinHash(num_perm=_PERMUTATIONS, seed=1)
        sketches: list[Any] = []
        found: Links = []
        for at, text in enumerate(given):
            sketch = blank.copy()
            sketch.update_batch({gram.encode() for gram in _grams(text)})
            found += [(other, at, sketch.jaccard(sketches[other])) for other in index.query(sketch)]
            index.insert(at, sketch)
            sketches.append(sketch)
        return found

    return work


def rensa(count: int) -> Callable[[], Links]:
    """All signatures in one call, all look-ups in another, then each candidate's estimate."""
    from rensa import RMinHash, RMinHashLSH

    given = articles(count)

    def work() -> Links:
        sketches = RMinHash.from_token_sets(map(_grams, given), _BANDS * _ROWS, 1)
        index = RMinHashLSH(_THRESHOLD, _BANDS * _ROWS, _BANDS)
        index.insert_many(sketches)
        return [
            (at, other, sketches[at].jaccard(sketches[other]))
            for at, others in enumerate(index.query_all(sketches))
            for other in others
            if at < other
        ]

    return work


def _grams(text: str) -> list[str]:
    words = folded_words(text)
    return [" ".join(words[i : i + _SHINGLE]) for i in range(len(words) - _SHINGLE + 1)]


def main(argv: Sequence[str] | None = None) -> int:
    """Print what ``figures`` measures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.duplicates", description=main.__doc__)
    parser.add_argument("--articles", type=int, default=20_000, help="(default: 20000)")
    rows = [
        [name, *(f"{own[what]:.3g}" for what in ("seconds", "megabytes", "ratio", "f1"))]
        for name, own in figures(parser.parse_args(argv).articles).items()
    ]
    print(grid(["program", "seconds", "MB", "times ours", "F1 against true similarities"], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
