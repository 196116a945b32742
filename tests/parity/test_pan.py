"""PAN's text alignment scorers on random annotations: the profile `plagdet`, and the defaults where they mean the same.

The scripts of 2009 to 2015 are Python 2; they are loaded without their command line, their print statements rewritten.
"""

from __future__ import annotations

import math
import random
import re
import sys
import types

import numpy as np
import pyarrow as pa
import pytest

from goldwire.corpus.tables import SCHEMAS, Corpus
from goldwire.measures.passages import MEASURES
from goldwire.profiles.passages import PROFILES
from goldwire.tasks.passages import count
from references import CASES, agree, checkout

ROOT = checkout("pan-webis-de/pan-code")
PAN = {
    "pan09": ROOT / "sepln09/pan09-plagiarism-detection-performance-measures.py",
    "pan13": ROOT / "clef13/text-alignment/pan13-text-alignment-perfmeasures.py",
    "pan15_text_alignment_evaluator_character_level": (
        ROOT / "clef15/text-alignment/pan15_text_alignment_evaluator_character_level.py"
    ),
    "pan25": ROOT / "clef25/generated-plagiarism-detection/evaluation/pan12-plagiarism-detection-evaluation.py",
}
LEVELS = {
    level: ROOT / f"clef15/text-alignment/pan15_text_alignment_evaluator_{level}.py"
    for level in ("case_level", "document_level")
}
(PROFILE,) = PROFILES
DOCS = ("a", "b", "c", "d", "e")


def load(name, path, **names):
    """A script as a module, without its command line."""
    source = re.split(r"^def (?:usage|main)\(", path.read_text(encoding="utf-8"), flags=re.M)[0]
    source = re.sub(r"^(\s*)print (.+)$", r"\1print(\2)", source, flags=re.M)
    module = types.ModuleType(name)
    module.__dict__.update(names)
    exec(compile(source, str(path), "exec"), module.__dict__)  # noqa: S102  (a file of the checkout)
    return module


@pytest.fixture(scope="module")
def pan():
    """The scripts by name; what they print on the way is dropped."""
    sys.modules["tira"], sys.modules["tira.io_utils"] = types.ModuleType("tira"), types.ModuleType("tira.io_utils")
    sys.modules["tira.io_utils"].to_prototext = None
    try:
        modules = {name: load(name, path, print=lambda *_: None) for name, path in PAN.items()}
        for name in PAN:
            sys.modules[name] = modules[name]
        return modules | {name: load(name, path, file=open) for name, path in LEVELS.items()}
    finally:
        for name in ("tira", "tira.io_utils", *PAN):
            sys.modules.pop(name, None)


def annotations(rng, docs, most, span, longest):
    """Rows with a lot of touching, nested, repeated and swapped pairs of spans."""
    rows = []
    for _ in range(rng.randint(0, most)):
        if rows and rng.random() < 0.2:
            a, a_start, a_end, b, b_start, b_end = rng.choice(rows)
            if rng.random() < 0.3:
                a, a_start, a_end, b, b_start, b_end = b, b_start, b_end, a, a_start, a_end
            elif rng.random() < 0.5:
                a_end = a_end + rng.randint(0, 3)
        else:
            a, b = rng.choices(docs, k=2) if rng.random() < 0.1 else rng.sample(docs, 2)
            a_start, b_start = rng.randint(0, span), rng.randint(0, span)
            a_end, b_end = a_start + rng.randint(1, longest), b_start + rng.randint(1, longest)
        rows.append((a, a_start, a_end, b, b_start, b_end))
    return rows


def case(seed):
    """Gold and predicted rows."""
    rng = random.Random(seed)
    docs = DOCS[: rng.choice((2, 2, 3, 5))]
    most, span, longest = rng.choice(((3, 10, 5), (6, 20, 12), (12, 40, 30), (25, 300, 80), (10, 3, 20)))
    gold = annotations(rng, docs, most, span, longest)
    pred = annotations(rng, docs, most, span, longest)
    pred += [row for row in gold if rng.random() < rng.choice((0.0, 0.3, 0.8))]
    return docs, gold, pred


def corpus(docs, rows):
    names = ("a", "a_start", "a_end", "b", "b_start", "b_end")
    records = [dict(zip(names, row, strict=True)) for row in rows]
    return Corpus(tuple(docs), {"passages": pa.Table.from_pylist(records, schema=SCHEMAS["passages"])})


def external(module, rows):
    """The script's annotations, a set as its reader makes it."""
    return {
        module.Annotation(a, a_start, a_end - a_start, b, b_start, b_end - b_start, True)
        for a, a_start, a_end, b, b_start, b_end in rows
    }


def values(counts, measures):
    sums = {column: np.float64(total) for column, total in counts.totals().items()}
    return {measure.name: float(measure.value(sums)) for measure in measures}


def equal(found, expected, names):
    assert {name: found[name] for name in names} == pytest.approx(
        dict(zip(names, expected, strict=True)), abs=1e-12, rel=1e-12
    )


@pytest.mark.parametrize("version", list(PAN))
def test_characters(pan, version):
    script = pan[version]
    for seed in range(CASES):
        docs, gold, pred = case(seed)
        counts = PROFILE.function(corpus(docs, gold), corpus(docs, pred))
        found, totals = values(counts, PROFILE.measures), counts.totals()
        cases, detections = external(script, gold), external(script, pred)
        true = script.true_detections(cases, detections)
        if not true and cases and detections and version != "pan25":
            with pytest.raises(ValueError, match="max"):  # of no characters at all
                script.micro_avg_recall_and_precision(cases, detections)
            micro = (0, 0)
        else:
            micro = script.micro_avg_recall_and_precision(cases, detections)
        macro, pieces = script.macro_avg_recall_and_precision(cases, detections), script.granularity(cases, detections)
        equal(found, micro, ("plagdet.micro.recall", "plagdet.micro.precision"))
        equal(found, macro, ("plagdet.macro.recall", "plagdet.macro.precision"))
        equal(
            found,
            (pieces, script.plagdet_score(*micro, pieces), script.plagdet_score(*macro, pieces)),
            ("plagdet.granularity", "plagdet.micro.plagdet", "plagdet.macro.plagdet"),
        )
        sums = [float(script.count_chars(side)) if side else 0.0 for side in (cases, detections, true)]
        assert [totals["gold_chars"], totals["pred_chars"], totals["found_chars"]] == sums
        agree(f"PAN perfmeasures ({version.split('_')[0]})", 10)


@pytest.mark.parametrize("level", list(LEVELS))
def test_cases_and_documents(pan, level, tmp_path):
    script, annotation = pan[level], pan["pan15_text_alignment_evaluator_character_level"]
    for seed in range(CASES):
        docs, gold, pred = case(seed)
        found = values(PROFILE.function(corpus(docs, gold), corpus(docs, pred)), PROFILE.measures)
        sides = {"gold": external(annotation, gold), "pred": external(annotation, pred)}
        script.extract_annotations_from_files = lambda path, _tag, sides=sides: sides[path]
        pairs = tmp_path / "pairs"
        pairs.write_text("".join(f"{a} {b}\n" for a in DOCS for b in DOCS))
        names = [f"plagdet.{level}.{figure}" for figure in ("precision", "recall", "f1")]
        performance = getattr(script, f"{level}_performance")
        try:
            expected = performance("gold", "pred", str(pairs), 0.5, 0.5)
        except ZeroDivisionError:  # no cases: the PAN 2015 evaluator reports zeros
            assert not gold
            expected = (0, 0, 0)
        equal(found, expected, names)
        agree(f"PAN 2015 text alignment evaluator ({level})", 3)


def test_the_default_figures_are_pans_on_clean_input(pan):
    # Clean: every article has one partner, given the same way round, without repeats or small touches.
    script, compared = pan["pan25"], 0
    for seed in range(CASES):
        rng = random.Random(seed)

        def rows(rng=rng):
            starts = [(pair, 100 * at) for pair in (("a", "b"), ("c", "d")) for at in range(5) if rng.random() < 0.5]
            at = [(pair, start + rng.randint(0, 30), start + rng.randint(0, 30)) for pair, start in starts]
            return [(a, s, s + rng.randint(45, 70), b, t, t + rng.randint(45, 70)) for (a, b), s, t in at]

        gold, pred = rows(), rows()
        if not gold or not pred:
            continue
        found = values(count(corpus("abcd", gold), corpus("abcd", pred)), MEASURES)
        cases, detections = external(script, gold), external(script, pred)
        micro = script.micro_avg_recall_and_precision(cases, detections)
        macro, pieces = script.macro_avg_recall_and_precision(cases, detections), script.granularity(cases, detections)
        equal(
            found,
            (*micro, *macro),
            [f"passages.{x}" for x in ("recall", "precision", "macro.recall", "macro.precision")],
        )
        equal(found, [script.plagdet_score(*micro, pieces)], ["passages.plagdet"])
        assert math.isnan(found["passages.granularity"]) or found["passages.granularity"] == pieces
        compared += 1
        agree("PAN perfmeasures, default measures on clean input", 6)
    assert compared > 0.8 * CASES
