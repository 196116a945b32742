"""The profile `coval` against coval's evaluator, and the default measures, which equal it but for CEAFm."""

from __future__ import annotations

import pytest
from coreference_documents import cases, clusters, corpora
from event_documents import load

from goldwire.measures import get_measure
from goldwire.profiles import get_profile
from goldwire.tasks import coref
from references import CASES, agree, checkout

COVAL = checkout("ns-moosavi/coval")
METRICS = {"mentions": "mentions", "muc": "muc", "b_cubed": "b3", "ceafm": "ceafm", "ceafe": "ceafe", "lea": "lea"}


@pytest.fixture(scope="module")
def evaluator():
    return load(COVAL / "coval" / "eval" / "evaluator.py", {})


def information(document):
    """What its readers hand to the evaluator: both sides' clusters, and the other side's cluster of each mention."""
    key, response = clusters(document.gold), clusters(document.pred)
    of_key, of_response = ({m: i for i, c in enumerate(side) for m in c} for side in (key, response))
    return key, response, of_response, of_key


def test_coval(evaluator):
    for documents in cases(CASES, 3):
        infos = {i: information(document) for i, document in enumerate(documents)}
        gold, pred = corpora(documents)
        sums = get_profile("coval").function(gold, pred).totals()
        default = coref.count(gold, pred).totals()
        f1s = {}
        for function, name in METRICS.items():
            metric = getattr(evaluator, function)
            counted = evaluator.Evaluator(metric)
            for info in infos.values():
                counted.update(info)
            p_num, p_den, r_num, r_den = counted.get_counts()
            recall, precision, f1s[name] = evaluator.evaluate_documents(infos, metric)
            for figure, expected, fraction in (
                ("recall", recall, (r_num, r_den)),
                ("precision", precision, (p_num, p_den)),
            ):
                measure = get_measure(f"coval.{name}.{figure}")
                assert measure.fraction(sums) == pytest.approx(fraction, abs=1e-9)
                assert float(measure.value(sums)) == pytest.approx(expected, abs=1e-12)
                if name != "ceafm":
                    assert get_measure(f"coref.{name}.{figure}").fraction(default) == pytest.approx(fraction, abs=1e-9)
            assert float(get_measure(f"coval.{name}.f1").value(sums)) == pytest.approx(f1s[name], abs=1e-12)
        conll = (f1s["muc"] + f1s["b3"] + f1s["ceafe"]) / 3
        assert float(get_measure("coval.conll").value(sums)) == pytest.approx(conll, abs=1e-12)
        agree("coval 87071a6", 7 * len(METRICS) + 1)
