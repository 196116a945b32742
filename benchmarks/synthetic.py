"""The baselines on synthetic corpora, by difficulty and by operation: `python -m benchmarks.synthetic`.

By difficulty: F1 on a corpus of each preset, with the precision that its look-alikes cost. By operation, on a medium
corpus with every operation: recall of the passages that carry an edit, and of the pairs where a document was made with
an operation. (A document has several operations, so these rows overlap.)
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

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
        operations = goldwire.table("clusters", root / "medium").to_pylist()
        edits = goldwire.table("passages", root / "medium")["edits"].to_pylist()
        print(f"\n{_by_edit(corpora['medium'], predictions['seed-extend', 'medium'], edits)}")
        files = {system: predictions[system, "medium"] for system in PAIRS}
        print(f"\n{_by_operation(corpora['medium'], files, operations)}")
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


def _by_edit(corpus: goldwire.Corpus, path: Path, edits: list[list[str]]) -> str:
    """Recall of seed-extend on the text-basis passages with each edit label; the corpus's rows are those of ``edits``."""
    relation = corpus["passages"]["relation"].to_pylist()
    textual = ("verbatim", "near_verbatim", "paraphrase")
    rows = []
    for label in ["none (verbatim)", *sorted({label for labels in edits for label in labels})]:
        keep = [
            r in textual and (label in e or (label.startswith("none") and not e))
            for r, e in zip(relation, edits, strict=True)
        ]
        part = _with(corpus, "passages", keep)
        result = goldwire.score(path, part, tasks=["passages"], measures=["passages.recall", "passages.macro.recall"])
        rows.append([label, sum(keep), _number(result["passages.recall"]), _number(result["passages.macro.recall"])])
    return grid(["edit of the passage", "passages", "seed-extend recall, characters", "recall, passages"], rows)


def _by_operation(corpus: goldwire.Corpus, files: dict[str, Path], operations: list[dict[str, Any]]) -> str:
    """Recall of linked pairs one of whose documents was made with an operation."""
    made = {row["doc_id"]: set(row["operations"]) for row in operations}
    links = corpus["links"].select(["a", "b", "reuse_a"]).to_pylist()
    rows = []
    for name in sorted({name for names in made.values() for name in names}):
        keep = [row["reuse_a"] != "none" and name in made[row["a"]] | made[row["b"]] for row in links]
        part = _with(corpus, "links", keep)
        recalls = [
            goldwire.score(path, part, tasks=["duplicates"], measures=["duplicates.pairs.recall"])[
                "duplicates.pairs.recall"
            ]
            for path in files.values()
        ]
        rows.append([name, sum(keep), *map(_number, recalls)])
    return grid(["operation", "linked pairs", *(f"{system} recall" for system in files)], rows)


def _with(corpus: goldwire.Corpus, name: str, keep: list[bool]) -> goldwire.Corpus:
    table: Callable[..., pa.Table] = pc.filter
    return replace(corpus, tables={**corpus.tables, name: table(corpus[name], pa.array(keep))})


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{100 * value:.1f}"


if __name__ == "__main__":
    sys.exit(main())
