"""Tags decoded and scored as conlleval.pl of 2004-01-26 prints them: phrases, found, correct, and figures per type."""

import random
import re
import shutil
import subprocess

import pyarrow as pa
import pytest

from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.profiles import get_profile
from goldwire.tasks.tags import decode
from references import CASES, agree, checkout

SCRIPT = checkout("chakki-works/seqeval") / "tests" / "conlleval.pl"
PERL = shutil.which("perl")
pytestmark = pytest.mark.skipif(PERL is None, reason="no perl")

PREFIXES = ("BIO", "BIOO", "BIOES", "BIESO", "BIOX", "IO", "BIO[]", "BIOESX[]")

SUMMARY = re.compile(r"processed (\d+) tokens with (\d+) phrases; found: (\d+) phrases; correct: (\d+)\.")
FIGURES = re.compile(r"precision: +([\d.]+)%; recall: +([\d.]+)%; FB1: +([\d.]+)(?: +(\d+))?")


def random_tags(rng):
    """Gold and predicted tags of a few sentences, well-formed or not; two thirds of the predicted ones are right.

    Left out are sequences in which the script leaves a phrase open where it should end, see goldwire.tasks.tags.decode:
    a bracket amid a phrase, and tags other than B, I and E without a type.
    """
    prefixes, types = rng.choice(PREFIXES), rng.choice((["A"], ["A", "B"], ["A", "B", "C-D"]))

    def tag():
        prefix, kind = rng.choice(prefixes), rng.choice([*types, "0", ""])
        if prefix == "O" or (prefix in "BIE" and not kind):
            return prefix
        return f"{prefix}-{kind if prefix in 'BIE' and kind else types[0]}"

    def tidy(tags):
        for at, own in enumerate(tags):
            if own[0] in "[]" and at and tags[at - 1][0] not in "O[]":
                tags[at] = "O"
        return tags

    gold = [tidy([tag() for _ in range(rng.randint(1, 9))]) for _ in range(rng.randint(1, 5))]
    return gold, [tidy([own if rng.random() < 0.67 else tag() for own in sentence]) for sentence in gold]


def corpus(tags):
    """One document per sentence, offsets in tokens of all sentences."""
    found = decode([tag for sentence in tags for tag in sentence], [len(sentence) for sentence in tags], "conlleval")
    table = pa.table(
        {
            "doc_id": pa.array(found.sentence).cast(pa.string()),
            "start": pa.array(found.start, pa.int32()),
            "end": pa.array(found.end, pa.int32()),
            "type": found.type,
        }
    )
    none = {field.name: pa.nulls(len(table), field.type) for field in SCHEMAS["mentions"]}
    columns = none | dict(zip(table.column_names, table.columns, strict=True))
    return Corpus(tuple(map(str, range(len(tags)))), {"mentions": pa.table(columns, schema=SCHEMAS["mentions"])})


def printed(gold, pred):
    """What the script prints: (phrases, found, correct), overall figures, and figures and number found of each type."""
    lines = [
        "".join(f"w {own} {guess}\n" for own, guess in zip(*sentence, strict=True))
        for sentence in zip(gold, pred, strict=True)
    ]
    command = [PERL, str(SCRIPT)]
    output = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=True).stdout
    head, overall, *types = output.splitlines()
    by_type = {line.split(":")[0].strip(): FIGURES.search(line).groups() for line in types}
    return tuple(map(int, SUMMARY.match(head).groups()[1:])), FIGURES.search(overall).groups()[:3], by_type


def test_phrases_and_figures():
    rng = random.Random(2)
    profile = get_profile("conlleval")
    for _ in range(CASES):
        gold, pred = random_tags(rng)
        counts = profile.count(corpus(gold), corpus(pred))
        totals = counts.totals()
        phrases, overall, by_type = printed(gold, pred)
        assert tuple(int(totals[name]) for name in ("gold", "pred", "matched")) == phrases

        def figures(sums):
            return tuple(f"{100 * float(measure.value(sums)):.2f}" for measure in profile.measures)

        assert figures(totals) == overall
        assert sorted(by_type) == sorted(counts.facets["type"].labels)
        for kind, (*expected, found) in by_type.items():
            of_type = counts.select({"type": kind}).totals()
            assert figures(of_type) == tuple(expected)
            assert int(of_type["pred"]) == int(found)
        agree("conlleval.pl 2004-01-26", 6 + 4 * len(by_type))


def test_a_bracket_amid_a_phrase_is_counted_twice_and_found_once():
    # the case that is left out above
    assert printed([["B-A", "[-A"]], [["B-A", "[-A"]])[0] == (2, 2, 1)
    assert get_profile("conlleval").count(*[corpus([["B-A", "[-A"]])] * 2).totals()["matched"] == 2
