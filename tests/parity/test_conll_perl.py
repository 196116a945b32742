"""The profile `conll2012`, and the default, against the CoNLL reference scorer, run by one Perl process over all cases."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter

import pytest
from coreference_documents import cases, corpora

from goldwire.measures import get_measure
from goldwire.profiles import get_profile
from goldwire.tasks import coref
from references import CASES, agree, checkout

SCORER = checkout("conll/reference-coreference-scorers")
if shutil.which("perl") is None:
    pytest.skip("no perl", allow_module_level=True)

METRICS = {"muc": "muc", "bcub": "b3", "ceafm": "ceafm", "ceafe": "ceafe"}
DRIVER = r"""
while (<STDIN>) {
  chomp;
  my ($key, $response) = split /\t/;
  for my $metric (qw(muc bcub ceafm ceafe blanc)) {
    $main::repeated_mentions = 0;
    my @counts = CorScorer::Score($metric, $key, $response, "none");
    print "COUNTS $metric ", join(" ", map { sprintf "%.17g", $_ } @counts), "\n";
  }
  print "END\n";
}
"""


def conll(documents, side):
    """The documents as a CoNLL file; one that has no mentions on the predicted side may be missing."""
    lines = []
    for i, document in enumerate(documents):
        mentions = document.side(side)
        if side == "pred" and not mentions and i % 2:
            continue
        n_tokens = 1 + max((end for _, end, _ in document.gold + document.pred), default=0)
        lines.append(f"#begin document (d{i}); part 000")
        for token in range(n_tokens):
            one = [f"({e})" for start, end, e in mentions if start == end == token]
            begin = [f"({e}" for start, end, e in mentions if start == token < end]
            close = [f"{e})" for start, end, e in mentions if start < token == end]
            lines.append(f"d{i}\t0\t{token}\tw\t{'|'.join([*one, *begin, *close]) or '-'}")
        lines += ["", "#end document"]
    if side == "pred":
        lines += ["#begin document (invented); part 000", "x\t0\t0\tw\t(0)", "#end document"]
    return "\n".join(lines) + "\n"


def run(folder, inputs):
    """What the scorer prints for each case: metric -> counts, and its lines of text."""
    paths = []
    for i, documents in enumerate(inputs):
        pair = folder / f"{i}.key", folder / f"{i}.response"
        for path, side in zip(pair, ("gold", "pred"), strict=True):
            path.write_text(conll(documents, side))
        paths.append("\t".join(map(str, pair)))
    command = ["perl", "-I", str(SCORER / "lib"), "-MCorScorer", "-e", DRIVER]
    ran = subprocess.run(command, input="\n".join(paths) + "\n", capture_output=True, text=True, check=True)
    printed = ran.stdout.split("END\n")[:-1]
    assert len(printed) == len(inputs)
    return printed


def values(name, sums):
    """[recall numerator and denominator, precision numerator and denominator] of a figure."""
    pairs = [get_measure(f"{name}.{figure}").fraction(sums) for figure in ("recall", "precision")]
    return [float(number) for pair in pairs for number in pair]


def cut(fraction):
    """A fraction as the scorer prints it: a percentage cut off after two decimals, as whole hundredths."""
    return int(fraction * 10000)


@pytest.mark.parametrize("repeats", [False, True])
def test_conll_reference_scorer(repeats, tmp_path):
    inputs = list(cases(CASES // (1 + repeats), 12 + repeats, repeats=repeats))
    profile = get_profile("conll2012")
    for documents, printed in zip(inputs, run(tmp_path, inputs), strict=True):
        counts = {line.split()[1]: list(map(float, line.split()[2:])) for line in re.findall("COUNTS .*", printed)}
        gold, pred = corpora(documents)
        sums, default = profile.function(gold, pred).totals(), coref.count(gold, pred).totals()
        compared = 0
        for metric, name in METRICS.items():
            assert values(f"conll2012.{name}", sums) == pytest.approx(counts[metric], abs=1e-9), metric
            if not repeats:
                assert values(f"coref.{name}", default) == pytest.approx(counts[metric], abs=1e-9), metric
            compared += 4
        found = re.search(
            r"Identification of Mentions: Recall: \((\d+) / (\d+)\).*Precision: \((\d+) / (\d+)\)", printed
        )
        assert values("conll2012.mentions", sums) == list(map(float, found.groups()))
        f1s = re.findall(r"^Coreference: Recall.*F1: (\S+)%", printed, re.MULTILINE)
        for name, f1 in zip(METRICS.values(), f1s, strict=True):
            assert abs(cut(get_measure(f"conll2012.{name}.f1").value(sums)) - round(float(f1) * 100)) <= 1
            compared += 1
        if not repeats_an_invented_mention(documents):
            assert values("conll2012.links", sums) + values("conll2012.non_links", sums) == counts["blanc"]
            r, p, f1 = re.search(
                r"BLANC: Recall: \((\S+) / 1\).*Precision: \((\S+) / 1\).*F1: (\S+)%", printed
            ).groups()
            assert float(get_measure("conll2012.blanc.recall").value(sums)) == pytest.approx(float(r), abs=1e-12)
            assert float(get_measure("conll2012.blanc.precision").value(sums)) == pytest.approx(float(p), abs=1e-12)
            assert abs(cut(get_measure("conll2012.blanc.f1").value(sums)) - round(float(f1) * 100)) <= 1
            compared += 11
        agree("CoNLL reference scorer 8.01", compared + 4)


def repeats_an_invented_mention(documents):
    """Where the program's BLANC links a mention to itself, which the profile does not reproduce."""
    for document in documents:
        in_gold = {mention[:2] for mention in document.gold}
        times = Counter(mention[:2] for mention in document.pred if mention[:2] not in in_gold)
        if max(times.values(), default=0) > 1:
            return True
    return False
