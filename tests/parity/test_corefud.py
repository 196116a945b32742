"""The profile `corefud` against the CorefUD scorer with exact matching, from its reader's clusters to its figures."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest
from coreference_documents import cases, clusters, corpora

from goldwire.measures import get_measure
from goldwire.profiles import get_profile
from goldwire.tasks import coref
from references import CASES, agree, checkout

SCORER = checkout("ufal/corefud-scorer")
METRICS = {"muc": "muc", "b3": "b_cubed", "ceafm": "ceafm", "ceafe": "ceafe", "lea": "lea", "mor": "mention_overlap"}


@pytest.fixture(scope="module")
def scorer():
    """Its evaluator and its reader; only the parser of CoNLL-U files, which reads with Udapi, is left out."""
    stubs = {name: ModuleType(name) for name in ("udapi", "udapi.core", "udapi.core.document", "udapi.block",
                                                 "udapi.block.read", "udapi.block.read.conllu")}  # fmt: skip
    stubs["udapi.core.document"].Document = stubs["udapi.block.read.conllu"].Conllu = object
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCORER))
        for name, module in stubs.items():
            patch.setitem(sys.modules, name, module)
        from scorer.corefud.reader import CorefUDReader
        from scorer.eval import evaluator

        yield evaluator, CorefUDReader
    for name in [name for name in sys.modules if name.partition(".")[0] == "scorer"]:
        del sys.modules[name]


def mention(start, end):
    """Words start to end as the parser gives them, the first one the head."""
    bundle = SimpleNamespace(number=1)
    words = [
        SimpleNamespace(ord=i, root=SimpleNamespace(bundle=bundle), is_empty=lambda: False, deps=[])
        for i in range(start, end + 1)
    ]
    return SimpleNamespace(words=words, head=words[0])


def information(reader, document):
    """What its reader hands to the evaluator for one document."""
    sides = []
    for side in (document.gold, document.pred):
        entities = {i: [mention(*span) for span in cluster] for i, cluster in enumerate(clusters(side))}
        sides.append(reader.process_clusters(reader.transform_clusters_for_eval(entities))[0])
    of_key, of_response, aligned, _ = reader.get_mention_assignments(*sides)
    return (*sides, of_response, of_key, aligned)


def test_corefud(scorer):
    evaluator, reader_type = scorer
    reader = reader_type(match="exact", keep_zeros=True)
    profile = get_profile("corefud")
    for documents in cases(CASES, 4):
        infos = {i: information(reader, document) for i, document in enumerate(documents)}
        sums = profile.function(*corpora(documents)).totals()
        f1s = {}
        for name, function in METRICS.items():
            check_counts(evaluator, function, infos.values(), f"corefud.{name}", sums)
            f1s[name] = compare(name, evaluator.evaluate_documents(infos, getattr(evaluator, function)), sums)
        compare("blanc", evaluator.evaluate_documents(infos, [evaluator.blancc, evaluator.blancn]), sums)
        conll = (f1s["muc"] + f1s["b3"] + f1s["ceafe"]) / 3
        assert float(get_measure("corefud.conll").value(sums)) == pytest.approx(conll, abs=1e-12)
        agree("CorefUD scorer 4fd7b0e, -x", 7 * len(METRICS) + 4)


@pytest.mark.parametrize("singletons", ["keep", "drop"])
def test_the_default_equals_it_with_and_without_singletons(scorer, singletons):
    evaluator, reader_type = scorer
    reader = reader_type(match="exact", keep_singletons=singletons == "keep", keep_zeros=True)
    for documents in cases(CASES, 5):
        infos = [information(reader, document) for document in documents]
        sums = coref.count(*corpora(documents), singletons=singletons).totals()
        for name, function in METRICS.items():
            if name != "mor":
                check_counts(evaluator, function, infos, f"coref.{name}", sums)
        for function, columns in (("blancc", "links"), ("blancn", "apart")):
            p_num, p_den, r_num, r_den = counted(evaluator, function, infos)
            assert p_num == r_num
            assert [sums[f"{columns}_{part}"] for part in ("num", "p_den", "r_den")] == [p_num, p_den, r_den]
        agree(f"CorefUD scorer 4fd7b0e, -x, as the default, singletons={singletons}", 4 * 5 + 6)


def counted(evaluator, function, infos):
    """Its numerator and denominator of precision, then of recall."""
    counts = evaluator.Evaluator(getattr(evaluator, function))
    for info in infos:
        counts.update(info)
    return counts.get_counts()


def check_counts(evaluator, function, infos, name, sums):
    p_num, p_den, r_num, r_den = counted(evaluator, function, infos)
    assert get_measure(f"{name}.recall").fraction(sums) == pytest.approx((r_num, r_den), abs=1e-9)
    assert get_measure(f"{name}.precision").fraction(sums) == pytest.approx((p_num, p_den), abs=1e-9)


def compare(name, expected, sums):
    """Recall, precision and F1 of a figure equal those expected; the F1."""
    for figure, value in zip(("recall", "precision", "f1"), expected, strict=True):
        assert float(get_measure(f"corefud.{name}.{figure}").value(sums)) == pytest.approx(value, abs=1e-12), name
    return expected[2]
