"""The profile `oneie` against both published versions of OneIE's scorer."""

from __future__ import annotations

import contextlib
import io

import pytest
from event_documents import cases, check, check_default, load

from references import CASES, agree, checkout

GERLIN = checkout("GerlinGreen/OneIE")
GAIA = checkout("GAIA-IE/oneie") / "oneie"
FIGURES = ("trigger_id", "trigger", "role_id", "role")


@pytest.fixture(scope="module", params=[GERLIN, GAIA], ids=["GerlinGreen", "GAIA-IE"])
def reference(request):
    folder = request.param
    return load(folder / "scorer.py"), load(folder / "graph.py").Graph


def graph_of(graph, events):
    """Arguments are entity nodes of their spans; role labels of 0 would be left out, and there are none."""
    spans = sorted({a[:2] for e in events for a in e.arguments})
    return graph(
        entities=[(*span, "ENT") for span in spans],
        triggers=[(*e.trigger, e.type) for e in events],
        relations=[],
        roles=[(i, spans.index(a[:2]), a[2]) for i, e in enumerate(events) for a in e.arguments],
        vocabs={},
    )


def plain(events):
    """Whether no trigger occurs twice."""
    return len({e.trigger for e in events}) == len(events)


def recorded(scorer, patch):
    """The (predicted, gold, matched) that compute_f1 is called with."""
    counted, compute_f1 = [], scorer.compute_f1

    def noting(*numbers):
        counted.append(numbers)
        return compute_f1(*numbers)

    patch.setattr(scorer, "compute_f1", noting)
    return counted


def printed(reference, documents):
    """Figure -> gold, predicted and matched items, precision, recall and F1."""
    scorer, graph = reference
    gold = [graph_of(graph, d.gold) for d in documents]
    pred = [graph_of(graph, d.pred) for d in documents]
    with contextlib.redirect_stdout(io.StringIO()), pytest.MonkeyPatch.context() as patch:
        counted = recorded(scorer, patch)
        scores = scorer.score_graphs(gold, pred)
    # In the order of the calls: entities, mentions, trigger_id, trigger, relations, role_id, role.
    counts = dict(zip(("entity", "mention", *FIGURES[:2], "relation", *FIGURES[2:]), counted, strict=True))
    return {
        name: [counts[name][1], counts[name][0], counts[name][2], *(scores[name][x] for x in ("prec", "rec", "f"))]
        for name in FIGURES
    }


def test_oneie(reference):
    for documents in cases(CASES, 2):
        figures = printed(reference, documents)
        agree("OneIE 3560bfc, 9df8cfa", check("oneie", documents, figures))
        default = {"arg_c": figures["role"]}
        if all(plain(events) for d in documents for events in (d.gold, d.pred)):
            default |= {"tri_i": figures["trigger_id"], "tri_c": figures["trigger"]}
        agree("OneIE, default measures", check_default(documents, default))
