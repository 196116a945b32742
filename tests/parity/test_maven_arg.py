"""The profile `maven-arg` against MAVEN-Argument's evaluate.py, which reads files and prints means."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from event_documents import load
from scipy.optimize import linear_sum_assignment
from template_documents import TYPES, Document, cases, equal, fillers, partners, scored

from references import CASES, agree, checkout

REFERENCE = load(checkout("THU-KEG/MAVEN-Argument") / "evaluate.py")
LEVELS = {
    "mention": REFERENCE.compute_mention_level_F1,
    "entity": REFERENCE.compute_entity_coref_level_F1,
    "event": REFERENCE.compute_event_entity_coref_level_F1,
}
FIGURES = {"em": "EM", "precision": "Precision", "recall": "Recall", "f1": "F1"}


def gold_record(document: Document, name: str) -> dict:
    """A document of the corpus: every trigger of an event has all arguments of the event."""
    events = []
    for number, (kind, mentions) in enumerate(document.gold.templates()):
        arguments = [
            {
                "id": f"entity{i}",
                "role": f"{kind}.{role}",
                "mentions": [{"position": list(span)} for span in document.gold.spans(key)],
            }
            for role, keys in fillers([event for _, event in mentions]).items()
            for i, key in enumerate(keys)
        ]
        triggers = [{"id": f"{name}t{i}", "arguments": arguments} for i, _ in mentions]
        events.append({"id": f"E{number}", "type": kind, "triggers": triggers})
    return {"id": name, "text": document.text, "events": events}


def predictions(document: Document, name: str) -> tuple[dict, list[str]]:
    """What is predicted for every trigger, and the triggers at no gold span, which the corpus lists as negative."""
    partner = {number: f"{name}t{i}" for number, i in partners(document).items()}
    found, negative = {}, []
    for number, event in enumerate(document.pred.events):
        roles = defaultdict(list)
        for argument in event.arguments:
            roles[argument.role].append(document.text[slice(*argument.span)])
        if number not in partner:
            negative.append(f"{name}n{number}")
        found[partner.get(number, f"{name}n{number}")] = {"event_type": event.type, **roles}
    return {"id": name, "preds": found}, negative


def written(path: Path, records: list[dict]) -> str:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return str(path)


@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value encountered")
def test_figures(tmp_path: Path) -> None:
    for documents in cases(CASES, seed=21):
        gold, pred, schema = [], [], {kind: {} for kind in TYPES}
        for i, document in enumerate(documents):
            found, negative = predictions(document, f"d{i}")
            gold.append({**gold_record(document, f"d{i}"), "negative_triggers": [{"id": name} for name in negative]})
            pred.append(found)
            for event in (*document.gold.events, *document.pred.events):
                schema[event.type] |= dict.fromkeys(argument.role for argument in event.arguments)
        paths = written(tmp_path / "pred.jsonl", pred), written(tmp_path / "gold.jsonl", gold)
        spans = REFERENCE.get_pred_label_spans(*paths)
        expected = {}
        for level, compute in LEVELS.items():
            results = compute(*spans, schema)
            expected |= {f"{level}.{ours}": results[theirs] / 100 for ours, theirs in FIGURES.items()}
        agree("MAVEN-Argument evaluate.py", equal(scored("maven-arg", documents)[1], expected, documents))


def test_the_solver_takes_the_first_of_equal_pairs_where_one_side_has_one() -> None:
    # What lets the profile do without the solver there.
    generator = np.random.default_rng(0)
    for n in range(1, 40):
        scores = generator.integers(0, 3, n) / 2
        for matrix in (scores[None], scores[:, None]):
            row, col = linear_sum_assignment(-matrix)
            assert row[0] + col[0] == scores.argmax()
