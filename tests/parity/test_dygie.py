"""The profile `dygie` against the event metrics of DyGIE++, fed as its own document reader and decoder feed it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from event_documents import cases, check, imports, load, stub

from references import CASES, agree, checkout

DYGIE = checkout("dwadden/dygiepp")
VALUES = ("precision", "recall", "f1")
COUNTS = {
    "trig_id": ("gold_triggers", "predicted_triggers", "matched_trigger_ids"),
    "trig_class": ("gold_triggers", "predicted_triggers", "matched_trigger_classes"),
    "arg_id": ("gold_arguments", "predicted_arguments", "matched_argument_ids"),
    "arg_class": ("gold_arguments", "predicted_arguments", "matched_argument_classes"),
}


@pytest.fixture(scope="module")
def reference():
    nothing = stub("allennlp", Metric=object, fields_to_batches=None, batches_to_fields=None)
    stubs = dict.fromkeys(("allennlp", "allennlp.training", "allennlp.training.metrics"), nothing)
    stubs |= {"allennlp.training.metrics.metric": nothing, "dygie.models": nothing, "dygie.models.shared": nothing}
    stubs["overrides"] = stub("overrides", overrides=lambda method: method)
    metrics = load(DYGIE / "dygie/training/event_metrics.py", stubs, folder=DYGIE)
    with imports(stubs, DYGIE):
        document = load(DYGIE / "dygie/data/dataset_readers/document.py", stubs, folder=DYGIE)
    return metrics.EventMetrics, document


def gold_of(module, document):
    sentence = module.Sentence({"sentences": list(document.words)}, 0, 0)
    listed = [[[e.trigger[0], e.type], *([s, t - 1, role] for s, t, role in e.arguments)] for e in document.gold]
    return SimpleNamespace(events=module.Events(listed, sentence, sentence_offsets=True))


def predicted_of(events):
    """The decoder fills dictionaries too: of two events or arguments at one place the later stays."""
    triggers = {e.trigger[0]: (e.type, 1.0, 1.0) for e in events}
    arguments = {(e.trigger[0], (s, t - 1)): (role, 1.0, 1.0) for e in events for s, t, role in e.arguments}
    return {"trigger_dict": triggers, "argument_dict": arguments}


def printed(reference, documents):
    """Figure -> gold, predicted and matched items, precision, recall and F1."""
    metrics, module = reference
    metric = metrics()
    metric([predicted_of(d.pred) for d in documents], [gold_of(module, d) for d in documents])
    values = metric.get_metric()
    return {
        name: [*(getattr(metric, f"_{c}") for c in columns), *(values[f"{name}_{x}"] for x in VALUES)]
        for name, columns in COUNTS.items()
    }


def test_dygie(reference):
    for documents in cases(CASES, 3, single_word_triggers=True):
        agree("DyGIE++ b55dec4", check("dygie", documents, printed(reference, documents)))
