"""Coreference: all measures, against coval, the CorefUD scorer and the CoNLL reference scorer in Perl."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Hashable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data import Mentions, mentions
from benchmarks.plan import Case, Program, Target, checkout, goldwire
from goldwire.corpus.tables import Corpus
from goldwire.measures import measures_of
from goldwire.tasks import get_task

TITLE = "Coreference"
ABOUT = (
    "Mentions, MUC, B³, CEAFm, CEAFe, LEA, links, BLANC, exact clusters and the CoNLL mean. coval lacks BLANC and links, the "
    "Perl scorer LEA and links. coval and the CorefUD scorer start from clusters in memory, the Perl scorer from its files."
)
_COVAL, _COREFUD, _PERL = "ns-moosavi/coval", "ufal/corefud-scorer", "conll/reference-coreference-scorers"


def prepare(folder: str, scale: float) -> None:
    """The Perl scorer's files."""
    for side, name in zip(mentions(_documents(scale) // 10, 200, entities=60), ("key", "response"), strict=True):
        conll_file(side, Path(folder) / f"{name}.conll")


def _documents(scale: float) -> int:
    return max(10, int(500 * scale))


def cases(folder: Path, scale: float) -> list[Case]:
    """500 documents of 200 mentions; 20,000 mentions in one document."""
    documents = _documents(scale)
    size = {"documents": documents, "per_document": 200, "entities": 60}
    tenth = {**size, "documents": documents // 10}
    perl = checkout(_PERL) / "scorer.pl"
    files = (str(folder / "key.conll"), str(folder / "response.conll"), "none")
    one = max(400, int(20_000 * scale))
    whole = {"documents": 1, "per_document": one, "entities": one // 4}
    part = {"documents": 1, "per_document": one // 20, "entities": one // 80}
    return [
        Case(
            f"{documents:,} documents of 200 mentions, all measures",
            goldwire("benchmarks.coreference:all_measures", rounds=5, **size),
            peers=(
                (
                    Program("coval", "benchmarks.coreference:coval", tenth, fraction=0.1, repository=_COVAL),
                    Target(ratio=50),
                ),
                (
                    Program("CorefUD scorer", "benchmarks.coreference:corefud", tenth, fraction=0.1,
                            repository=_COREFUD),
                    Target(),
                ),
                (
                    Program("CoNLL scorer (Perl)", command=("perl", str(perl), "all", *files), fraction=0.1,
                            repository=_PERL),
                    Target(ratio=500),
                ),
            ),
        ),
        Case(
            f"One document of {one:,} mentions, all measures",
            goldwire("benchmarks.coreference:all_measures", rounds=5, **whole),
            target=Target(seconds=0.1),
            peers=(
                (
                    Program("CorefUD scorer", "benchmarks.coreference:corefud", part, fraction=0.05,
                            repository=_COREFUD),
                    Target(),
                ),
            ),
        ),
    ]  # fmt: skip


def all_measures(documents: int, per_document: int, entities: int) -> Callable[[], Any]:
    """Goldwire."""
    task, measures = get_task("coref"), measures_of("coref")

    def work(gold: Corpus, pred: Corpus) -> Any:
        totals = {name: np.asarray(value) for name, value in task.count(gold, pred).totals().items()}
        return [measure.value(totals) for measure in measures]

    def corpora(*size: int) -> tuple[Corpus, Corpus]:
        gold, pred = mentions(size[0], size[1], entities=size[2])
        return gold.corpus("gold"), pred.corpus("predictions")

    work(*corpora(2, 100, 20))
    return partial(work, *corpora(documents, per_document, entities))


Clusters = list[list[Hashable]]
Document = tuple[Clusters, Clusters, dict[Hashable, int], dict[Hashable, int]]


def clusters(side: Mentions, mention: Callable[[int, int], Hashable]) -> list[Clusters]:
    """Per document its clusters of mentions."""
    found: list[dict[int, list[Hashable]]] = [defaultdict(list) for _ in range(side.documents)]
    columns = (side.doc, side.entity, side.first, side.last)
    for doc, entity, first, last in zip(*(column.tolist() for column in columns), strict=True):
        found[doc][entity].append(mention(first, last))
    return [list(document.values()) for document in found]


def documents_of(size: dict[str, int], mention: Callable[[int, int], Hashable]) -> dict[int, Document]:
    """Key and system clusters per document, and of each mention of one side its cluster on the other."""
    gold, pred = mentions(size["documents"], size["per_document"], entities=size["entities"])

    def cluster_of(side: Clusters) -> dict[Hashable, int]:
        return {m: i for i, cluster in enumerate(side) for m in cluster}

    pairs = zip(clusters(gold, mention), clusters(pred, mention), strict=True)
    return {i: (key, own, cluster_of(own), cluster_of(key)) for i, (key, own) in enumerate(pairs)}


def coval(**size: int) -> Callable[[], Any]:
    """All of coval's measures."""
    sys.path.insert(0, str(checkout(_COVAL)))
    from coval.eval import evaluator as e

    data = documents_of(size, lambda first, last: (first, last))
    measures = [e.mentions, e.muc, e.b_cubed, e.ceafm, e.ceafe, e.lea]
    return lambda: [e.evaluate_documents(data, measure) for measure in measures]


def corefud(**size: int) -> Callable[[], Any]:
    """The CorefUD scorer's measures, exact matching."""
    sys.path.insert(0, str(checkout(_COREFUD)))
    from scorer.conll.mention import CoNLLMention
    from scorer.eval import evaluator as e

    data = {
        i: (*one, {}) for i, one in documents_of(size, lambda first, last: CoNLLMention(0, first, last - 1)).items()
    }
    measures = [e.muc, e.b_cubed, e.ceafm, e.ceafe, e.lea, [e.blancc, e.blancn]]
    return lambda: [e.evaluate_documents(data, measure) for measure in measures]


def conll_file(side: Mentions, path: Path) -> None:
    """CoNLL columns: a word a line, its brackets of mentions in the last column."""
    brackets: dict[int, list[str]] = defaultdict(list)
    for entity, first, last in zip(side.entity.tolist(), side.first.tolist(), side.last.tolist(), strict=True):
        if last - first == 1:
            brackets[first].append(f"({entity})")
        else:
            brackets[first].append(f"({entity}")
            brackets[last - 1].append(f"{entity})")
    words = side.words.tolist()
    with path.open("w", encoding="utf-8") as stream:
        for doc_id, lo, hi in zip(side.doc_ids, words, words[1:], strict=False):
            stream.write(f"#begin document ({doc_id}); part 000\n")
            rows = (f"{doc_id}\t0\t{word - lo}\tw\t{'|'.join(brackets[word]) or '-'}\n" for word in range(lo, hi))
            stream.writelines(rows)
            stream.write("\n#end document\n")
