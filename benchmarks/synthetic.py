"""The baselines on synthetic corpora, by difficulty and by operation: `python -m benchmarks.synthetic`.

By difficulty: F1 on a corpus of each preset, with the precision that its look-alikes cost. By operation, on a medium
corpus with every operation: recall of the passages that carry an edit, and of the pairs where a document was made with
an operation, as `goldwire score --slice edit` and `--slice operation` print them. (A document has several operations, so
these rows overlap.)
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import goldwire
from goldwire.building.card import grid
from goldwire.running import run

DIFFICULTIES = ("easy", "medium", "hard")
PAIRS = ("minhash", "tfidf", "containment")
FIGURES = {
    "minhash": ("duplicates.pairs.f1", "duplicates.pairs.precision", "clusters.b3.f1"),
    "tfidf": ("duplicates.pairs.f1", "duplicates.pairs.precision", "clusters.b3.f1"),
    "containment": ("duplicates.pairs.f1", "duplicates.pairs.precision", "clusters.b3.f1"),
    "seed-extend": ("passages.f1", "passages.precision", "passages.negatives.rate"),
    "gazetteer": ("entities.strict.f1", "entities.strict.precision", "coref.conll"),
    "capitals": ("entities.strict.f1", "entities.strict.precision", "coref.conll"),
}
"""System -> its figures."""


def main(argv: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.synthetic", description=__doc__)
    parser.add_argument("--docs", type=int, default=500, help="articles per corpus (default: 500)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="goldwire-synthetic-") as folder:
        root = Path(folder)
        for difficulty in DIFFICULTIES:
            goldwire.synthesize(
                root / difficulty, docs=options.docs, seed=options.seed, split="test", difficulty=difficulty
            )
        corpora = {difficulty: goldwire.load_corpus(root / difficulty) for difficulty in DIFFICULTIES}
        predictions = {
            (system, difficulty): _predicted(system, corpora[difficulty], root / f"{system}-{difficulty}.jsonl")
            for system in FIGURES
            for difficulty in DIFFICULTIES
        }
        print(
            f"{options.docs} articles per corpus, test split, seed {options.seed}\n\n{_by_difficulty(corpora, predictions)}"
        )
        edits = {"seed-extend": predictions["seed-extend", "medium"]}
        print(f"\n{_sliced(corpora['medium'], edits, 'passages', 'edit', ('recall', 'macro.recall'), 'cases')}")
        files = {system: predictions[system, "medium"] for system in PAIRS}
        print(f"\n{_sliced(corpora['medium'], files, 'duplicates', 'operation', ('pairs.recall',), 'gold_trace')}")
    return 0


def _predicted(system: str, corpus: goldwire.Corpus, path: Path) -> Path:
    print(f"{system} on {corpus.name}", file=sys.stderr)
    run(system, path, corpus)
    return path


def _by_difficulty(corpora: dict[str, goldwire.Corpus], predictions: dict[tuple[str, str], Path]) -> str:
    rows = []
    for system, figures in FIGURES.items():
        results = [
            goldwire.score(predictions[system, d], corpora[d], tasks=sorted({name.split(".")[0] for name in figures}))
            for d in DIFFICULTIES
        ]
        rows += [[system, f"`{name}`", *(_number(result[name]) for result in results)] for name in figures]
    return grid(["system", "figure", *DIFFICULTIES], rows)


def _sliced(
    corpus: goldwire.Corpus, files: dict[str, Path], task: str, facet: str, figures: Sequence[str], support: str
) -> str:
    """Figures of systems by the labels of a facet; support: the count of gold items behind each row."""
    names = [f"{task}.{figure}" for figure in figures]
    results = {
        s: goldwire.score(path, corpus, tasks=[task], measures=names, slices=[facet]) for s, path in files.items()
    }
    counts = next(iter(results.values())).counts[task]
    rows = []
    for label in sorted(counts.facets[facet].labels):
        gold = int(counts.select({facet: label}).totals()[support])
        figures_of = [_number(result[f"{name}[{facet}={label}]"]) for result in results.values() for name in names]
        rows.append([label, gold, *figures_of])
    return grid([facet, "gold", *(f"{system} `{name}`" for system in files for name in names)], rows)


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{100 * value:.1f}"


if __name__ == "__main__":
    sys.exit(main())
