"""The profile `kbp2017` against the event nugget scorer, EvmEval's scorer_v1.8.py, in character mode.

The scorer is written for Python 2. Its source is run as it stands but for the spelling of an octal number and of
``iteritems``, with ``xrange`` and a ``zip`` that returns a list. Coreference and sequencing call other programs and
are left out.
"""

from __future__ import annotations

import io
import logging

import numpy as np
import pytest
from event_documents import cases, corpora, imports, stub

from goldwire.profiles.events import PROFILES
from references import CASES, agree, checkout

pytestmark = [pytest.mark.filterwarnings(f"ignore::{kind}") for kind in ("SyntaxWarning", "DeprecationWarning")]

FOLDER = checkout("hunterhector/EvmEval")
FIGURES = ("plain", "mention_type", "realis_status", "mention_type+realis_status")
PROFILE = next(p for p in PROFILES if p.name == "kbp2017")


class Output(io.StringIO):
    def close(self):
        """The scorer closes what it writes to; it is read afterwards."""


def python_2(name):
    module = stub(
        name, xrange=range, zip=lambda *columns: list(zip(*columns, strict=True)), __file__=str(FOLDER / "utils.py")
    )
    source = (FOLDER / f"{name}.py").read_text()
    exec(compile(source.replace("0775", "0o775").replace("iteritems", "items"), name, "exec"), vars(module))  # noqa: S102
    return module


@pytest.fixture(scope="module")
def scorer():
    logger = logging.getLogger()
    handlers = list(logger.handlers)
    others = {"conll_coref": stub("conll_coref", ConllEvaluator=None), "temporal": stub("temporal", TemporalEval=None)}
    with imports({}, FOLDER):
        config = python_2("config")
        with imports({"config": config, **others}, FOLDER):
            utils = python_2("utils")
            with imports({"utils": utils}, FOLDER):
                module = python_2("scorer_v1.8")
    logger.handlers[:] = handlers  # it adds its own
    logging.getLogger().setLevel(logging.ERROR)
    return module


def lines(name, document, events):
    starts = np.cumsum([0, *(len(word) + 1 for word in document.words)])
    yield f"#BeginOfDocument {name}"
    for i, e in enumerate(events):
        start, end = starts[e.trigger[0]], starts[e.trigger[1]] - 1
        yield f"system\t{name}\tE{i}\t{start},{end}\t{document.text(*e.trigger)}\t{e.type}\t{e.realis}"
    yield "#EndOfDocument"


def file(name, text):
    stream = io.StringIO(text)
    stream.name = name
    return stream


def run(scorer, documents):
    """The counts of every document, the averages it computes for each figure, and the numbers it prints of them."""
    names = [f"d{i}" for i in range(len(documents))]
    gold = "\n".join(line for n, d in zip(names, documents, strict=True) for line in lines(n, d, d.gold))
    pred = "\n".join(line for n, d in zip(names, documents, strict=True) if d.pred for line in lines(n, d, d.pred))
    state = scorer.EvalState
    state.evaluating_index, state.doc_mention_scores, state.all_possible_types = 0, [], set()
    state.per_type_tp, state.per_type_num_response, state.per_type_num_gold = {}, {}, {}
    scorer.Config.coref_criteria = scorer.Config.possible_coref_mapping[1]
    scorer.read_all_doc(file("gold", gold), file("system", pred), None)
    combinations = scorer.get_attr_combinations(scorer.Config.attribute_names)
    while scorer.evaluate(".", None, combinations, [2, 3], None, None):
        pass
    output = Output()
    with pytest.MonkeyPatch.context() as patch:
        averages, get_averages = [], scorer.get_averages
        patch.setattr(scorer, "get_averages", lambda *x: (averages.append(get_averages(*x)), averages[-1])[1])
        scorer.print_eval_results(output, combinations)
    final = output.getvalue().split("Final Mention Detection Results")[1].splitlines()[3:7]
    return state.doc_mention_scores, dict(zip(FIGURES, averages, strict=True)), final


@pytest.mark.parametrize(("options", "share"), [({}, 1), ({"single_word_triggers": True}, 1), ({"crowd": 10}, 10)])
def test_kbp2017(scorer, options, share):
    for documents in cases(-(-CASES // share), 9, **options):
        scores, averages, printed = run(scorer, documents)
        counts = PROFILE.count(*corpora(documents))
        compared = 0
        for i, (tp, _, attributes, n_gold, n_pred, name) in enumerate(scores):
            assert counts.units[i] == name
            columns = {column: values[i] for column, values in counts.columns.items()}
            assert columns["gold"] == n_gold
            assert columns["pred"] == (n_pred if n_gold else 0)
            for figure, credit in zip(FIGURES, [tp, *(a[0] for a in attributes)], strict=True):
                assert columns[f"{figure}_credit"] == pytest.approx(credit, abs=1e-9)
            compared += 6
        sums = {column: np.asarray(total) for column, total in counts.totals().items()}
        values = {m.name.removeprefix("kbp2017."): float(m.value(sums)) for m in PROFILE.measures}
        for (figure, average), line in zip(averages.items(), printed, strict=True):
            ours = [100 * values[f"{figure}{way}.{x}"] for way in ("", ".macro") for x in ("precision", "recall", "f1")]
            assert ours == pytest.approx(average, abs=1e-9, nan_ok=True)
            assert line.split()[1:] == [f"{x:.2f}" for x in average]
            compared += 6
        agree("EvmEval 9f60e17", compared)
