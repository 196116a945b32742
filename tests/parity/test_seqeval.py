"""Tags decoded and scored as seqeval 1.2.2 does: mentions, true positives, predictions and gold per type, and averages."""

import random
from collections import Counter

import pyarrow as pa
import pytest

from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.profiles import get_profile
from goldwire.tasks.entities import count
from goldwire.tasks.tags import RULES, decode
from references import CASES, agree

pytest.importorskip("seqeval")
from seqeval.metrics.sequence_labeling import get_entities, precision_recall_fscore_support
from seqeval.metrics.v1 import precision_recall_fscore_support as strict_support
from seqeval.scheme import BILOU, IOB1, IOB2, IOBES, IOE1, IOE2, Entities

pytestmark = pytest.mark.filterwarnings("ignore")

SCHEMES = {scheme.__name__: scheme for scheme in (IOB1, IOB2, IOE1, IOE2, IOBES, BILOU)}
AVERAGES = ("micro", "macro", "weighted")
TYPES = (["A"], ["A", "B"], ["A", "B", "C-D", ""], ["A", "", "0"])


def random_tags(rng, prefixes):
    """Gold and predicted tags of a few sentences, well-formed or not; two thirds of the predicted ones are right."""
    types = rng.choice(TYPES)

    def tag():
        prefix, kind = rng.choice(prefixes), rng.choice(types)
        return f"{prefix}-{kind}" if kind and (prefix != "O" or rng.random() < 0.1) else prefix

    gold = [[tag() for _ in range(rng.randint(1, 9))] for _ in range(rng.randint(1, 5))]
    return gold, [[own if rng.random() < 0.67 else tag() for own in sentence] for sentence in gold]


def decoded(tags, rule):
    """(type, start, end) of our mentions, positions counted over all tokens."""
    found = decode([tag for sentence in tags for tag in sentence], [len(sentence) for sentence in tags], rule)
    return list(zip(found.type.to_pylist(), found.start.tolist(), found.end.tolist(), strict=True))


def corpus(mentions):
    """One document: lenient mentions may run from one sentence into the next."""
    rows = [{"doc_id": "d", "type": kind, "start": start, "end": end} for kind, start, end in mentions]
    return Corpus(("d",), {"mentions": pa.Table.from_pylist(rows, schema=SCHEMAS["mentions"])})


def lenient(tags):
    """The same of seqeval's mentions, whose positions count an O after every sentence."""
    line = [(i, j) for i, sentence in enumerate(tags) for j in range(len(sentence) + 1)]
    token = {at: at - i for at, (i, _) in enumerate(line)}
    return [(kind, token[start], token[end] + 1) for kind, start, end in get_entities(tags)]


def strict(tags, scheme):
    first = [sum(len(sentence) for sentence in tags[:i]) for i in range(len(tags))]
    found = Entities(tags, scheme).entities
    return [(e.tag, first[e.sent_id] + e.start, first[e.sent_id] + e.end) for sentence in found for e in sentence]


def value(measure, counts):
    """A measure's value over all rows."""
    sums = counts.per_unit(measure.columns, measure.over).sum(axis=0)
    return float(measure.value(dict(zip(measure.columns, sums, strict=True))))


def assert_scores_agree(name, gold, pred, theirs):
    """Counts per type against the mentions seqeval found, figures against those it prints. Returns numbers compared.

    theirs: average -> (precision, recall, F1, support)."""
    profile = get_profile(name)
    sides = corpus(gold), corpus(pred)
    counts = profile.count(*sides)
    expected = {
        "gold": Counter(kind for kind, *_ in gold),
        "pred": Counter(kind for kind, *_ in pred),
        "matched": Counter(kind for kind, *_ in set(gold) & set(pred)),
    }
    types = counts.facets["type"].labels
    assert sorted(types) == sorted(expected["gold"] | expected["pred"])
    for kind in types:
        assert counts.select({"type": kind}).totals() == {column: found[kind] for column, found in expected.items()}
    values = {measure.name: value(measure, counts) for measure in profile.measures}
    for average in AVERAGES:
        if not types and average == "macro":
            continue  # seqeval divides by zero
        for figure, number in zip(("precision", "recall", "f1"), theirs[average], strict=False):
            assert values[f"{name}.{average}.{figure}"] == pytest.approx(number, abs=1e-12)
    # Nothing is repeated in tags: the default counts the same true positives.
    assert count(*sides).totals()["strict_gold"] == counts.totals()["matched"]
    return 3 * len(types) + 9


def test_by_default():
    rng = random.Random(1)
    for _ in range(CASES):
        gold, pred = random_tags(rng, rng.choice(["BIO", "BIOO", "BIOES", "BIOESOX.[", "IO"]))
        ours = decoded(gold, "seqeval"), decoded(pred, "seqeval")
        assert list(ours) == [lenient(gold), lenient(pred)]
        theirs = {average: precision_recall_fscore_support(gold, pred, average=average) for average in AVERAGES}
        compared = assert_scores_agree("seqeval", *ours, theirs)
        agree("seqeval 1.2.2, default", compared + sum(map(len, ours)))


@pytest.mark.parametrize("name", SCHEMES)
def test_strict(name):
    rng, scheme = random.Random(name), SCHEMES[name]
    for _ in range(1 + CASES // 3):
        gold, pred = random_tags(rng, rng.choice([RULES[name].prefixes, RULES[name].prefixes + "OO"]))
        ours = decoded(gold, name), decoded(pred, name)
        assert [sorted(side) for side in ours] == [sorted(strict(tags, scheme)) for tags in (gold, pred)]
        theirs = {average: strict_support(gold, pred, average=average, scheme=scheme) for average in AVERAGES}
        compared = assert_scores_agree("seqeval-strict", *ours, theirs)
        agree(f"seqeval 1.2.2, strict {name}", compared + sum(map(len, ours)))
