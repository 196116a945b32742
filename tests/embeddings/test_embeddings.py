"""The baseline "embeddings" with its real model; run by `make test-embeddings`, which installs it."""

from __future__ import annotations

import pytest

from goldwire import systems
from goldwire.errors import UsageError
from goldwire.reading import load_corpus
from goldwire.running import articles_of, run
from goldwire.scoring import score
from goldwire.systems import Article

DAM = "Engineers inspected the old dam at dawn and found three cracks along its eastern wall."
DAM_AGAIN = "At first light engineers looked at the ageing dam and discovered three cracks in the eastern wall."
MARKET = "Shares rose sharply when markets opened, lifted by strong earnings from carmakers and banks."


def scores(*texts, **options):
    records = systems.get("embeddings", **options)([Article(f"d{i}", text) for i, text in enumerate(texts)])
    return {(record["a"], record["b"]): record["score"] for record in records}


def test_a_paraphrase_is_nearer_than_another_story():
    found = scores(DAM, DAM_AGAIN, MARKET)
    assert found["d0", "d1"] > 0.7
    assert found.get(("d0", "d2"), 0.0) < 0.3


def test_equal_texts_score_one_and_the_order_of_articles_does_not_matter():
    assert scores(DAM, DAM)["d0", "d1"] == pytest.approx(1.0, abs=1e-3)
    articles = [Article(f"d{i}", text) for i, text in enumerate((DAM, MARKET, DAM_AGAIN))]
    system = systems.get("embeddings")
    assert list(system(articles)) == list(system(articles[::-1]))


def test_the_end_of_a_long_text_counts():
    filler = "The committee met again and adjourned without a decision on the matter. " * 40
    assert scores(filler + MARKET * 8, filler + DAM * 8)["d0", "d1"] < 0.995


def test_links_of_a_large_corpus_are_found_without_comparing_all_pairs(monkeypatch):
    monkeypatch.setattr("goldwire.systems.embeddings.ALL_PAIRS", 3)
    assert list(scores(DAM, MARKET, DAM + " Officials said so.", "Rain fell.", threshold=0.8)) == [("d0", "d2")]


def test_empty_and_odd_texts_do_no_harm():
    assert scores("", " ", "\ud800") == {}
    assert scores("\ud800 x", "x", "") != {}
    with pytest.raises(UsageError, match="names no folder"):
        scores(DAM, DAM, model="no/such/folder")


def test_the_predictions_for_the_packaged_articles_are_scored(tmp_path):
    gold = load_corpus()
    assert run("embeddings", tmp_path / "embeddings.jsonl", gold) > len(articles_of(gold))
    result = score(tmp_path / "embeddings.jsonl", gold)
    assert result.values["duplicates.auc"].value is not None
