"""Adapters of models, run on tiny ones built here: random weights, words for a vocabulary, nothing downloaded.

What random weights say means nothing; where they say it has to be right. `make test-models` runs this; its packages
(torch, transformers, gliner, inspect_ai: 2 GB) are too heavy for `make test`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"

import goldwire
from goldwire import systems
from goldwire.errors import UsageError
from goldwire.running import articles_of, run, try_out
from goldwire.systems import Article

TESTS = Path(__file__).parents[1]
GOLD = TESTS / "corpus"
LABELS = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-MISC", "I-MISC"]


@pytest.fixture(scope="module")
def harbour() -> goldwire.Corpus:
    return goldwire.load_corpus(GOLD)


@pytest.fixture(scope="module")
def bert(harbour: goldwire.Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two layers with a window of 24 tokens and a WordPiece vocabulary of letters and some words."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast

    text = " ".join(harbour["articles"]["text"].to_pylist()).lower()
    letters = sorted({letter for letter in text if not letter.isspace()})
    words = [word for word in ("harbour", "ferry", "storm", "mayor") if word in text]
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *(f"##{letter}" for letter in letters), *words]
    vocabulary = {name: i for i, name in enumerate(names)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))  # noqa: S106
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]",  # noqa: S106
        model_max_length=24,
    )  # fmt: skip
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=len(names), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=24, num_labels=len(LABELS), id2label=dict(enumerate(LABELS)),
        label2id={name: i for i, name in enumerate(LABELS)}, initializer_range=1.0,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("bert")
    BertForTokenClassification(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


# Hugging Face -----------------------------------------------------------------------------------------------------------


def test_a_token_classifier_reads_whole_articles_and_keeps_offsets(bert: Path, tmp_path: Path) -> None:
    output = tmp_path / "p.jsonl"
    done = run(f"hf:{bert}", output, GOLD, settings={"labels": {"MISC": "FAC"}})
    assert not list(done.incidents)
    head, *records = [json.loads(line) for line in output.read_text().splitlines()]
    assert head["system"]["settings"]["labels"] == {"PER": "PERSON", "MISC": "FAC"}
    assert head["system"]["version"].startswith("weights ")
    assert done.record["packages"]["transformers"]
    texts = {article.doc_id: article.text for article in articles_of(goldwire.load_corpus(GOLD))}
    reached = 0
    for record in records:
        text = texts[record["doc_id"]]
        assert record["entities"]
        for mention in record["entities"]:
            words = text[mention["start"] : mention["end"]]
            assert words and words == words.strip()  # noqa: PT018
            assert not (mention["start"] and text[mention["start"] - 1].isalpha() and words[0].isalpha())  # whole words
            assert 0 < mention["score"] <= 1
            assert mention["type"] in ("PERSON", "ORG", "FAC")
        reached = max(reached, max(mention["end"] for mention in record["entities"]))
    assert reached > 120  # far behind the first window of 24 tokens


def test_an_emoji_before_a_mention_does_not_shift_it(bert: Path) -> None:
    system = systems.get(f"hf:{bert}")
    plain, moved = system([Article("a", "xx harbour"), Article("b", "🛳 harbour")])
    places = [{(m["start"], m["end"]) for m in record["entities"]} for record in (plain, moved)]
    assert all(end <= 10 for _, end in places[0])  # "🛳" is one code point, though two UTF-16 units and four bytes
    assert all(end <= 9 for _, end in places[1])


@pytest.mark.parametrize(
    ("settings", "told"),
    [({"strategy": "best"}, "'strategy' is one of"), ({"labels": "x"}, "'labels' takes a value like")],
)
def test_wrong_settings_are_said(bert: Path, settings: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        systems.get(f"hf:{bert}", **settings)


def test_a_path_without_a_model_is_said(tmp_path: Path) -> None:
    for kind in ("hf", "gliner"):
        with pytest.raises(UsageError, match="cannot be loaded"):
            systems.get(f"{kind}:{tmp_path}")


# GLiNER -----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gliner(bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GLiNER over a BERT of that kind, its window 40 words."""
    import torch
    from gliner import GLiNER, GLiNERConfig
    from transformers import AutoTokenizer, BertConfig, BertModel

    encoder = tmp_path_factory.mktemp("encoder")
    tokenizer = AutoTokenizer.from_pretrained(bert)
    tokenizer.model_max_length = 512
    tokenizer.save_pretrained(encoder)
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=1024,
    )  # fmt: skip
    BertModel(config).save_pretrained(encoder)
    settings = GLiNERConfig(model_name=str(encoder), hidden_size=16, max_width=4, max_len=40, fine_tune=False)
    model = GLiNER.from_config(settings)
    folder = tmp_path_factory.mktemp("gliner")
    model.save_pretrained(folder)
    return folder


def test_gliner_is_asked_for_types_in_plain_words(gliner: Path, tmp_path: Path) -> None:
    output = tmp_path / "p.jsonl"
    done = run(
        f"gliner:{gliner}", output, GOLD, settings={"threshold": 0.3, "labels": {"person": "PERSON", "ship": "FAC"}}
    )
    assert not list(done.incidents)
    records = [json.loads(line) for line in output.read_text().splitlines()][1:]
    mentions = [mention for record in records for mention in record["entities"]]
    assert {mention["type"] for mention in mentions} <= {"PERSON", "FAC"}
    assert mentions
    assert max(mention["end"] for mention in records[0]["entities"]) > 200  # in the last window
    assert done.record["packages"]["gliner"]
    with pytest.raises(UsageError, match="'threshold' must be between 0 and 1"):
        systems.get(f"gliner:{gliner}", threshold=2)


# inspect_ai ---------------------------------------------------------------------------------------------------------------


def answers(path: Path, *entries: dict[str, Any]) -> str:
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return str(path)


def entry(doc_id: str, data: Any, **usage: int) -> dict[str, Any]:
    text = data if isinstance(data, str) else f"Here it is:\n```json\n{json.dumps(data)}\n```"
    return {"doc_id": doc_id, "completion": text, "usage": usage}


MENTIONS = {"entities": [{"text": "Westhaven", "type": "GPE", "entity": "w"}, {"text": "Atlantis", "type": "CITY"}, 7]}


def test_a_model_answers_with_strings_that_are_grounded_and_counted(tmp_path: Path) -> None:
    file = answers(
        tmp_path / "answers.jsonl",
        entry("n1", MENTIONS, input_tokens=100, output_tokens=20),
        entry("n2", {"entities": []}, input_tokens=50, output_tokens=2),
        entry("n3", "I cannot do that."),
    )
    output, kept = tmp_path / "p.jsonl", tmp_path / "kept.jsonl"
    done = run("inspect:mockllm/model", output, GOLD, settings={"replay": file, "keep": str(kept)}, workers=2)
    (incident,) = done.incidents
    assert (incident.item, "what is no JSON: 'I cannot do that.'" in incident.found) == ("n3", True)
    assert done.record["usage"] == {"input_tokens": 150, "output_tokens": 22, "malformed": 1, "unknown_labels": 1}
    assert done.record["checked"]["grounding"]["ungrounded"] == 1
    assert done.record["packages"]["inspect_ai"]
    first = json.loads(output.read_text().splitlines()[1])
    assert first["entities"] == [
        {"text": "Westhaven", "type": "GPE", "entity_id": "w"}, {"text": "Atlantis", "type": None},
    ]  # fmt: skip
    again = run("inspect:mockllm/model", tmp_path / "q.jsonl", GOLD, settings={"replay": str(kept)})
    assert again.record["usage"] == done.record["usage"]


def test_events_and_duplicates_are_asked_for_too(tmp_path: Path) -> None:
    reopened = {"text": "reopened", "type": "Flood", "arguments": [{"role": "Place", "text": "Westhaven"}]}
    named = [{"role": "Participant", "text": "Ada Brook"}, {"role": "Boss", "text": "She"}, "x"]
    said = {"events": [reopened, {"text": "meet", "type": "Meet", "arguments": named}]}
    file = answers(tmp_path / "e.jsonl", *(entry(f"n{i}", said) for i in (1, 2, 3)))
    done = run("inspect:mockllm/model", tmp_path / "e.out.jsonl", GOLD, settings={"replay": file, "task": "events"})
    assert {incident.rule for incident in done.incidents} <= set()
    assert done.record["usage"] == {"malformed": 3, "unknown_labels": 9}  # a type, the role under it, and "Boss"
    pairs = [("n1", "n2", 0.9), ("n1", "n3", 0.0), ("n2", "n3", 0.2)]
    file = answers(
        tmp_path / "d.jsonl", *({"a": a, "b": b, "completion": json.dumps({"shared": s})} for a, b, s in pairs)
    )
    output = tmp_path / "d.out.jsonl"
    run("inspect:mockllm/model", output, GOLD, settings={"replay": file, "task": "duplicates"})
    head, *records = [json.loads(line) for line in output.read_text().splitlines()]
    assert head["threshold"] == 0.1
    assert [(r["a"], r["b"], r["score"]) for r in records if "a" in r] == pairs
    trial = try_out("inspect:mockllm/model", GOLD, settings={"replay": file, "task": "duplicates"})
    assert trial.fit


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"task": "poems"}, "'task' is one of"),
        ({"replay": "no-such-file"}, "no-such-file: cannot be read"),
    ],
)
def test_wrong_settings_of_a_model_are_said(settings: dict[str, str], told: str) -> None:
    with pytest.raises(goldwire.GoldwireError, match=told):
        systems.get("inspect:mockllm/model", **settings)
    with pytest.raises(UsageError, match="cannot be had"):
        systems.get("inspect:no_such_provider/model")


def test_the_same_numbers_in_inspect_as_of_score(tmp_path: Path) -> None:
    """`inspect eval goldwire/entities` finds the task by its entry point; its metrics are those of `goldwire score`."""
    file = answers(
        tmp_path / "answers.jsonl", *(entry(f"n{i}", MENTIONS, input_tokens=9) for i in (1, 2)), entry("n3", "?")
    )
    run("inspect:mockllm/model", tmp_path / "p.jsonl", GOLD, settings={"replay": file}, retries=0)
    expected = goldwire.score(tmp_path / "p.jsonl", GOLD, tasks=["entities", "grounding"])
    done = subprocess.run(
        [Path(sys.executable).with_name("inspect"), "eval", "goldwire/entities", "--model", "mockllm/model", "-T",
         f"replay={file}", "-T", f"gold={GOLD}", "--display", "none", "--log-dir", tmp_path / "logs", "--log-format", "json"],
        capture_output=True, text=True, timeout=300, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (log,) = (tmp_path / "logs").glob("*.json")
    results = json.loads(log.read_text())
    assert results["status"] == "success"
    metrics = {name: value["value"] for name, value in results["results"]["scores"][0]["metrics"].items()}
    for figure, measure in (("strict_f1", "entities.strict.f1"), ("text_f1", "grounding.text.f1")):
        assert metrics[figure] == pytest.approx(expected[measure])
    assert metrics["ungrounded"] == pytest.approx(1 / 2)


def test_tasks_run_a_model_that_inspect_is_given(tmp_path: Path) -> None:
    from inspect_ai import eval as evaluate
    from inspect_ai.model import ModelOutput, ModelUsage, get_model

    from goldwire.systems.inspect_tasks import duplicates, events

    def says(data: Any) -> Any:
        def output(*_: Any) -> ModelOutput:
            made = ModelOutput.from_content("mockllm/model", json.dumps(data))
            made.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
            return made

        return get_model("mockllm/model", custom_outputs=output, memoize=False)

    for task, data, figure in (
        (duplicates(gold=str(GOLD)), {"shared": 1}, "pairs_recall"),
        (events(gold=str(GOLD)), {"events": []}, "trigger_f1"),
    ):
        (log,) = evaluate(task, model=says(data), display="none", log_dir=str(tmp_path))
        assert log.status == "success", log.error
        assert log.results.scores[0].metrics[figure].value == (1 if figure == "pairs_recall" else 0)


def test_the_commands_of_the_page_that_need_inspect(tmp_path: Path) -> None:
    """docs/writing-a-system.md: the run prints what the page says, and its predictions are those of the answers."""
    import re
    import shlex
    import shutil

    root = TESTS.parent
    page = (root / "docs" / "writing-a-system.md").read_text()
    shutil.copytree(root / "docs" / "examples", tmp_path / "examples")
    commands = re.findall(r"^(?:goldwire run inspect:mockllm|inspect eval).*$", page, re.MULTILINE)
    assert len(commands) == 2
    said = ""
    for command in commands:
        name, *words = shlex.split(command)
        more = ["--display", "none"] if name == "inspect" else []
        done = subprocess.run(
            [Path(sys.executable).with_name(name), *words, *more], cwd=tmp_path / "examples" / "systems",
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, (command, done.stderr)
        said += done.stderr
    assert "224 string(s): 91 exact, 3 normalised, 124 ambiguous, 0 duplicate, 6 ungrounded" in said
    assert "used: 5448 input_tokens, 5403 output_tokens" in said
