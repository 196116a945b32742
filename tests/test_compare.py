"""`goldwire.comparison` and the verbs `compare` and `power`: what is said of two systems, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest

import goldwire
from goldwire.cli.main import main
from goldwire.comparison import compare
from goldwire.counts import Counts, Facet
from goldwire.errors import UsageError
from goldwire.report.compared import render_comparison
from goldwire.results import Result
from goldwire.stats.paired import least_units, smallest_p

F1 = "entities.strict.f1"


def result(name: str, hits: list[int], **changes: Any) -> Result:
    """A system with so many strict hits in each document, of 10 gold and 10 predicted mentions there."""
    n = len(hits)
    columns = {
        "strict_gold": np.array(hits, float),
        "strict_pred": np.array(hits, float),
        "gold": np.full(n, 10.0),
        "pred": np.full(n, 10.0),
    }
    units = tuple(f"d{i:03}" for i in range(n))
    type_facet = {"type": Facet(np.zeros(n, np.int64), ("ORG",))}
    about = {
        "system": {"name": name, "version": None},
        "gold": {"name": "made", "version": "1.0.0", "digest": "ab" * 32},
        "tasks": ("entities",),
        "signature": "goldwire:0|task:entities|align:optimal|missing:empty|gold:made@1.0.0",
        "values": {},
        "counts": {"entities": Counts(units, np.arange(n), type_facet, columns)},
    }
    return Result(**{**about, **changes})


def replace_columns(counts: Counts) -> Counts:
    """The counts of entities as those of times."""
    return replace(counts, columns={"span_gold": counts.columns["strict_gold"], "gold": counts.columns["gold"]})


class TestTwoSystems:
    def test_every_figure_of_a_worked_example(self) -> None:
        # 5 documents of 10; B finds two more in each: F1 .5 -> .7; all 32 sign patterns, 2 as extreme
        comparison = compare([result("a", [5] * 5), result("b", [7] * 5)], [F1])
        (difference,) = comparison.differences
        assert (difference.system, difference.baseline) == ("b", "a")
        assert difference.difference == pytest.approx(0.2)
        assert (difference.p, difference.adjusted, difference.smallest_p) == (2 / 32, 2 / 32, 2 / 32)
        assert (difference.better, difference.equal, difference.worse) == (5, 0, 0)
        assert (difference.low, difference.high, difference.detectable) == (None, None, None)  # nothing varies
        assert comparison.ranks[F1] == {"a": 1, "b": 1}  # not told apart

    def test_the_interval_of_a_difference_is_that_of_paired_influences(self) -> None:
        # one F1 is hits / 10; gains 1, 2, 3: mean .2, SE = sd / sqrt(3) = .1 / sqrt(3), t(.975; 2) = 4.3027
        comparison = compare([result("a", [4, 4, 4]), result("b", [5, 6, 7])], [F1])
        (difference,) = comparison.differences
        half = 4.302653 * 0.1 / np.sqrt(3)
        assert difference.low == pytest.approx(0.2 - half, abs=1e-6)
        assert difference.high == pytest.approx(0.2 + half, abs=1e-6)

    def test_twelve_documents_can_tell_systems_apart_and_then_they_rank(self) -> None:
        comparison = compare([result("a", [3] * 12), result("b", [7] * 12), result("c", [7] * 11 + [6])], [F1])
        assert comparison.ranks[F1] == {"a": 3, "b": 1, "c": 1}
        assert comparison.family == 2
        assert all(d.adjusted == pytest.approx(2 * 2 / 4096) for d in comparison.differences)

    def test_no_pair_is_ranked_that_its_corrected_p_does_not_tell_apart(self) -> None:
        # 7 documents, all better: p = 2/128; alone it ranks, among three measures Holm makes it .047 and more of all pairs
        a, b, c = (result(name, hits) for name, hits in (("a", [3] * 7), ("b", [5] * 7), ("c", [5, 4, 6, 5, 5, 4, 6])))
        alone = compare([a, b], [F1])
        assert alone.ranks[F1] == {"a": 2, "b": 1}
        measures = [F1, "entities.strict.recall", "entities.strict.precision"]
        many = compare([a, b, c], measures)
        for difference in many.differences:
            ranks = many.ranks[difference.measure]
            assert difference.adjusted is not None
            assert (ranks[difference.system] == ranks["a"]) == (difference.adjusted > 0.05)
        assert many.differences[0].adjusted == pytest.approx(6 * 2 / 128)

    def test_a_system_and_its_copy(self) -> None:
        comparison = compare([result("a", [3, 5, 7]), result("copy", [3, 5, 7])], [F1])
        (difference,) = comparison.differences
        assert (difference.difference, difference.p) == (0.0, 1.0)
        assert (difference.better, difference.equal, difference.worse) == (0, 3, 0)

    def test_the_same_seed_gives_the_same_bytes(self) -> None:
        rng = np.random.default_rng(0)
        systems = [result(name, rng.integers(0, 10, 40).tolist()) for name in "ab"]
        once, again = (json.dumps(compare(systems, [F1], seed=3).to_dict()) for _ in range(2))
        assert once == again

    def test_max_t_does_not_mix_units(self) -> None:
        # documents and components cannot be flipped together: max-T within each, times the number of such groups
        a, b = result("a", [3] * 6), result("b", [7] * 6)
        for one, hits in ((a, [3] * 8), (b, [7] * 8)):
            one.counts["times"] = replace_columns(result("x", hits).counts["entities"])
        comparison = compare([a, b], [F1, "times.span.recall"], correction="max-t")
        assert [d.adjusted for d in comparison.differences] == [2 * 2 / 64, 2 * 2 / 256]

    def test_one_unit_has_no_test(self) -> None:
        comparison = compare([result("a", [3]), result("b", [7])], [F1])
        (difference,) = comparison.differences
        assert difference.difference == pytest.approx(0.4)
        assert difference.p is None
        assert comparison.family == 0
        assert "no test" in render_comparison(comparison)

    def test_macro_averages_share_the_types_of_both_systems(self) -> None:
        a, b = result("a", [5] * 3), result("b", [5] * 3)
        counts, first = b.counts["entities"], np.zeros(1, np.int64)
        invented = Counts(counts.units, first, {"type": Facet(first, ("PER",))}, {"pred": np.ones(1)})
        b.counts["entities"] = Counts.concat([counts, invented])
        comparison = compare([a, b], ["entities.strict.macro_f1"])
        # b invents a PER: its F1 is 0 and halves the macro average; for a the type is undefined and left out
        assert comparison.values["entities.strict.macro_f1"]["a"].value == pytest.approx(0.5)
        assert comparison.values["entities.strict.macro_f1"]["b"].value == pytest.approx(0.25)


class TestRefusals:
    def test_one_system(self) -> None:
        with pytest.raises(UsageError, match="two systems or more"):
            compare([result("a", [1])], [F1])

    def test_two_systems_of_one_name(self) -> None:
        with pytest.raises(UsageError, match="two systems are called 'a'"):
            compare([result("a", [1]), result("a", [2])], [F1])

    def test_other_gold(self) -> None:
        other = {"name": "made", "version": "2.0.0", "digest": "cd" * 32}
        with pytest.raises(UsageError, match=r"different gold: made 1\.0\.0 #abab.* and made 2\.0\.0 #cdcd"):
            compare([result("a", [1]), replace(result("b", [2]), gold=other)], [F1])

    def test_another_way_of_counting(self) -> None:
        dropped = result("b", [2], signature="goldwire:0|task:coref|singletons:drop|gold:made@1.0.0")
        kept = result("a", [2], signature="goldwire:0|task:coref|singletons:keep|gold:made@1.0.0")
        with pytest.raises(UsageError, match="singletons is keep and drop"):
            compare([kept, dropped], [F1])

    def test_a_map_of_labels_on_one_side_alone(self) -> None:
        mapped = result("b", [2], signature="goldwire:0|task:entities|map:conll|missing:empty|gold:made@1.0.0")
        with pytest.raises(UsageError, match="map is none and conll"):
            compare([result("a", [1]), mapped], [F1])

    def test_a_task_that_was_not_scored(self) -> None:
        with pytest.raises(UsageError, match="'coref' was not scored for 'a'"):
            compare([result("a", [1]), result("b", [2])], ["coref.conll"])


class TestVerb:
    @pytest.fixture
    def files(self, tmp_path: Path) -> list[Path]:
        """A poor and a better system on the packaged gold."""
        paths = [tmp_path / f"{name}.jsonl" for name in ("capitals", "gazetteer")]
        for path in paths:
            goldwire.run(path.stem, path)
        return paths

    def test_five_articles_describe_and_decide_nothing(
        self, cli: Callable[..., CompletedProcess[str]], files: list[Path]
    ) -> None:
        done = cli("compare", *files, "-m", F1)
        assert done.returncode == 0, done.stderr
        assert "Descriptive only: with 5 units no test reaches p < 0.0625" in done.stdout
        assert "0.0625" in done.stdout
        assert "5/0/0" in done.stdout

    def test_results_and_predictions_give_the_same_comparison(
        self, cli: Callable[..., CompletedProcess[str]], files: list[Path], tmp_path: Path
    ) -> None:
        results = [tmp_path / f"{path.stem}.json" for path in files]
        for path, out in zip(files, results, strict=True):
            goldwire.score(path).write(out)
        from_predictions = cli("compare", *files, "-f", "json", "--task", "entities")
        from_results = cli("compare", *results, "-f", "json", "--task", "entities")
        ours, theirs = json.loads(from_predictions.stdout), json.loads(from_results.stdout)
        assert ours["differences"] == theirs["differences"]
        assert ours["measures"] == [F1]

    def test_a_regression_fails_a_build_and_a_margin_forgives_it(
        self, cli: Callable[..., CompletedProcess[str]], files: list[Path]
    ) -> None:
        worse = ["compare", files[0], "--fail-if-worse-than", files[1], "-m", F1]
        done = cli(*worse)
        assert done.returncode == 1
        assert "capitals: entities.strict.f1 is worse than gazetteer's by 0.36" in done.stderr
        assert cli(*worse, "--margin", "0.5").returncode == 0
        done = cli("compare", files[1], files[0], "--fail-if-worse-than", files[0], "-m", F1)
        assert done.returncode == 0  # the file is among those compared, and becomes the baseline
        assert done.stdout.startswith("gazetteer against capitals")

    @pytest.mark.parametrize(
        ("odd", "says"),
        [
            (["--resamples", "0"], "invalid positive value"),
            (["-m", "entities.strict.f2"], "did you mean 'entities.strict.f1'"),
            (["-m", "duplicates.ap"], "cannot be scored"),
            (["--margin", "0.1"], "belongs to --fail-if-worse-than"),
            (["--fail-if-worse-than", "capitals.jsonl", "--margin", "-1"], "a margin of -1 cannot be"),
            (["--fail-under", "entities.strict.f1"], "expected MEASURE=VALUE"),
            (["--unit", "sentence"], "flips of sentences are refused: they reject a true null some 20 %"),
        ],
    )
    def test_odd_arguments_are_refused(
        self, cli: Callable[..., CompletedProcess[str]], files: list[Path], odd: list[str], says: str
    ) -> None:
        done = cli("compare", *files, *odd)
        assert done.returncode == 2
        assert says in done.stderr
        assert "Traceback" not in done.stderr

    def test_thresholds_hold_for_every_system_but_the_baseline(
        self, cli: Callable[..., CompletedProcess[str]], files: list[Path]
    ) -> None:
        done = cli("compare", *files, "-m", F1, "--fail-under", f"{F1}=0.5", "-f", "junit")  # .37 and .74
        assert done.returncode == 0, done.stderr
        assert 'name="entities.strict.f1"' in done.stdout
        done = cli("compare", *files, "-m", F1, "--fail-under", "coref.conll=0.9")
        assert done.returncode == 1
        assert "gazetteer: coref.conll is 0.6" in done.stderr
        assert "capitals" not in done.stderr

    def test_bad_items_stop_a_comparison_or_are_left_out(
        self, capsys: pytest.CaptureFixture[str], files: list[Path]
    ) -> None:
        def verb(*arguments: str | Path) -> tuple[int, str]:
            return main(list(map(str, arguments))), capsys.readouterr().err

        with files[1].open("a", encoding="utf-8") as stream:
            stream.write('{"doc_id": "nowhere", "entities": []}\n')
        for arguments in (["compare", *files], ["power", *files], ["diff", *files], ["explain", files[1]]):
            code, told = verb(*arguments)
            assert code in (1, 2)
            assert "nowhere" in told
            assert "--on-error=drop" in told
            assert verb(*arguments, "--on-error", "drop")[0] == 0
        page = files[0].with_name("page.html")
        assert verb("report", *files, "-o", page)[0] != 0
        assert verb("report", *files, "-o", page, "--on-error", "drop")[0] == 0
        assert "nowhere" in page.read_text(encoding="utf-8")

    def test_items_are_compared_where_documents_are_too_few(
        self, cli: Callable[..., CompletedProcess[str]], files: list[Path]
    ) -> None:
        done = cli("compare", *files, "-m", "entities.strict.recall[type=GPE]", "--items", "-f", "json")
        assert done.returncode == 0, done.stderr
        data = json.loads(done.stdout)
        (test,) = data["items_conditional_on_documents"]
        systems = [goldwire.score(path) for path in files]
        a, b = (s["entities.strict.recall[type=GPE]"] for s in systems)
        assert a is not None
        assert b is not None
        gained = test["only_system"] - test["only_baseline"]
        assert gained == pytest.approx((b - a) * test["items"])  # what recall says, item by item
        assert 0 < test["p"] < 1
        assert data["differences"][0]["smallest_p"] == 0.0625
        said = cli("compare", *files, "-m", F1, "--items").stdout
        assert "Conditional on these articles" in said
        assert "exact McNemar p" in said
        results = [files[0].with_suffix(".json"), files[1].with_suffix(".json")]
        for system, out in zip(systems, results, strict=True):
            system.write(out)
        assert "results hold counts, no items" in cli("compare", *results, "--items").stderr

    def test_tasks_that_not_all_have_are_refused(
        self, cli: Callable[..., CompletedProcess[str]], files: list[Path], tmp_path: Path
    ) -> None:
        goldwire.score(files[0], tasks=["entities"]).write(tmp_path / "e.json")
        goldwire.score(files[1], tasks=["coref"]).write(tmp_path / "c.json")
        goldwire.score(files[1]).write(tmp_path / "both.json")
        said = cli("compare", tmp_path / "e.json", tmp_path / "c.json").stderr
        assert "no task in common: capitals has entities; gazetteer has coref" in said
        said = cli("compare", tmp_path / "e.json", tmp_path / "both.json", "--task", "coref").stderr
        assert "'coref' was not scored for every system; shared tasks: entities" in said

    def test_power_says_what_more_documents_would_show(
        self, cli: Callable[..., CompletedProcess[str]], files: list[Path]
    ) -> None:
        done = cli("power", *files, "-m", F1, "--units", "20", "-f", "json")
        assert done.returncode == 0, done.stderr
        (plan,) = json.loads(done.stdout)["plans"]
        assert (plan["seen"], plan["units"]) == (5, 20)
        assert plan["needed"] == least_units(0.05) == 6  # fewer could not reach 5 % whatever the difference
        assert smallest_p(6, 0, exact=True) <= 0.05 < smallest_p(5, 0, exact=True)
        more = json.loads(cli("power", *files, "-m", F1, "--units", "80", "-f", "json").stdout)["plans"][0]
        assert more["detectable"] < plan["detectable"]
