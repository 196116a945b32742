"""The profile `grit` against GRIT's eval.py, numerators and denominators of every role."""

from __future__ import annotations

from collections import OrderedDict

from event_documents import load
from template_documents import ROLES, Document, Side, cases, corpora, equal, fillers, scored

from goldwire.profiles.templates import GRIT
from goldwire.tasks.instances import count
from references import CASES, agree, checkout

REFERENCE = load(checkout("xinyadu/grit_doc_event_entity") / "eval.py")


def extracts(document: Document, side: Side) -> dict[str, list[list[str]]]:
    """A document as one template: role -> entities -> strings."""
    found = fillers(side.events)
    return {role: [document.strings(side, key) for key in found.get(role, [])] for role in ROLES}


def printed(documents: list[Document]) -> dict[str, OrderedDict]:
    sides = [
        OrderedDict((f"d{i}", extracts(d, getattr(d, which))) for i, d in enumerate(documents))
        for which in ("pred", "gold")
    ]
    return REFERENCE.eval_ceaf(*sides, docids=list(sides[1]))


def test_counts_and_figures() -> None:
    for documents in cases(CASES, seed=1):
        results, numbers = printed(documents), 0
        found, figures = scored("grit", documents)
        for similarity, column, name in (("strict", "strict", "ceaf_ree"), ("prop", "prop", "ceaf_ree_prop")):
            micro = results[similarity]["micro_avg"]
            assert micro["p_num"] == micro["r_num"]
            numbers += equal(found, {column: micro["p_num"], "pred": micro["p_den"], "gold": micro["r_den"]}, documents)
            expected = {f"{name}.{long}": micro[short] for long, short in
                        (("precision", "p"), ("recall", "r"), ("f1", "f1"))}  # fmt: skip
            numbers += equal(figures, expected, documents)
        agree("GRIT eval.py", numbers)


def test_counts_of_every_role() -> None:
    for documents in cases(CASES // 4, seed=2):
        results, counts, numbers = printed(documents), GRIT.count(*corpora(documents)), 0
        for role in ROLES:
            known = role in counts.facets["role"].labels
            found = (
                counts.select({"role": role}).totals()
                if known
                else dict.fromkeys(("strict", "prop", "pred", "gold"), 0)
            )
            for similarity in ("strict", "prop"):
                theirs = results[similarity][role]
                expected = {similarity: theirs["p_num"], "pred": theirs["p_den"], "gold": theirs["r_den"]}
                numbers += equal(found, expected, documents)
        agree("GRIT eval.py", numbers)


def test_the_default_agrees_where_there_is_one_type_and_strings_are_spans() -> None:
    for documents in cases(CASES, seed=3, among=("attack",), plain=True):
        results, totals, numbers = printed(documents), count(*corpora(documents)).totals(), 0
        for similarity in ("strict", "prop"):
            micro = results[similarity]["micro_avg"]
            columns = {"strict": "ree_matched", "prop": "ree_prop"}
            expected = {columns[similarity]: micro["p_num"], "ree_pred": micro["p_den"], "ree_gold": micro["r_den"]}
            numbers += equal(totals, expected, documents)
        agree("GRIT eval.py, the default", numbers)
