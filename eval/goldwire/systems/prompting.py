"""What language models are asked, and how their answers are read: JSON with strings, never offsets.

An answer is read strictly. What is no JSON is a failure of the article; an item without words is dropped and counted
(``malformed``); a type or role that the inventory does not have is kept as none, and so is a false positive, and counted
(``unknown_labels``).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

from goldwire.corpus.labels import labels
from goldwire.errors import SystemFailure
from goldwire.systems.base import Article, Record

__all__ = ["SYSTEM_PROMPT", "TASKS", "pair_prompt", "pairs_of", "parsed", "prompt", "read_document", "read_pair"]

TASKS = ("entities", "events", "duplicates")

SYSTEM_PROMPT = (
    "You annotate news articles. Answer with one JSON object and nothing else. Copy words from the article exactly as "
    "they stand there, never paraphrase, and give no character offsets."
)

_FENCED = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)


def prompt(task: str, article: Article, types: Sequence[str] = ()) -> str:
    """The question about one article: entities or events, of some types or all of the inventory."""
    dated = f"Published: {article.published}\n\n" if article.published else ""
    asked = _entities_asked(types) if task == "entities" else _events_asked(types)
    return f"{asked}\n\n{dated}Article:\n<<<\n{article.text}\n>>>"


def pair_prompt(a: Article, b: Article) -> str:
    """The question whether two articles share text."""
    return (
        "Do these two articles share copied or lightly edited text? Answer as "
        '{"shared": number between 0 and 1}: 0 none, 1 the shorter one is contained in the other.\n\n'
        f"Article A:\n<<<\n{a.text}\n>>>\n\nArticle B:\n<<<\n{b.text}\n>>>"
    )


def pairs_of(articles: Iterable[Article]) -> list[tuple[Article, Article]]:
    """All pairs of articles, the one with the lesser id first."""
    return list(combinations(sorted(articles, key=lambda article: article.doc_id), 2))


def parsed(answer: str) -> dict[str, Any]:
    """The JSON object in an answer, bare, fenced or with words around it. Raises SystemFailure where there is none."""
    fenced = _FENCED.search(answer)
    text = fenced.group(1) if fenced else answer[answer.find("{") : answer.rfind("}") + 1]
    try:
        data = json.loads(text, parse_constant=_refused)
    except ValueError:
        shown = " ".join(answer.split())
        raise SystemFailure(f"the model answered with what is no JSON: {shown[:120]!r}") from None
    if not isinstance(data, dict):
        raise SystemFailure(f"the model answered with {type(data).__name__} where an object was expected")
    return data


def read_document(
    task: str, doc_id: str, data: Mapping[str, Any], types: Sequence[str] = ()
) -> tuple[Record, Counter[str]]:
    """The record of an answer about one article, and how many items were malformed or had unknown labels.

    Raises SystemFailure where the list asked for is missing.
    """
    found = data.get(task)
    if not isinstance(found, list):
        raise SystemFailure(f"the model's answer has no list {task!r}")
    odd: Counter[str] = Counter()
    read: Callable[..., Record] = _mention if task == "entities" else _event
    items = [read(item, types, odd) for item in found if _has_words(item, odd)]
    return {"doc_id": doc_id, task: items}, odd


def read_pair(a: str, b: str, data: Mapping[str, Any]) -> Record:
    """The record of an answer about a pair. Raises SystemFailure where it has no number."""
    shared = data.get("shared")
    if isinstance(shared, bool) or not isinstance(shared, int | float) or not 0 <= shared <= 1:
        raise SystemFailure(f"the model's answer has no number 'shared' between 0 and 1: {str(shared)[:60]!r}")
    return {"a": a, "b": b, "score": float(shared)}


def _entities_asked(types: Sequence[str]) -> str:
    meanings = {name: about["definition"] for name, about in labels()["entity_types"].items()}
    listed = "\n".join(f"- {name}: {meanings.get(name, name)}" for name in types or meanings)
    return (
        "List every mention of an entity in the article, repeated ones included, in the order in which they stand there. "
        'Answer as {"entities": [{"text": words, "type": type, "entity": a name of yours, the same for all mentions of '
        f"one entity}}]}}.\nTypes:\n{listed}"
    )


def _events_asked(types: Sequence[str]) -> str:
    inventory = labels()["event_types"]
    listed = "\n".join(
        f"- {name}: {inventory[name]['definition']}. Roles: {', '.join(inventory[name]['roles'])}"
        for name in types or inventory
        if name in inventory
    )
    return (
        "List every event mention in the article, in the order in which they stand there. Answer as "
        '{"events": [{"text": the one or few words that name the event, "type": type, "arguments": [{"role": role, '
        f'"text": words}}]}}]}}.\nTypes and their roles:\n{listed}'
    )


def _has_words(item: Any, odd: Counter[str]) -> bool:
    good = isinstance(item, dict) and isinstance(item.get("text"), str) and bool(item["text"].strip())
    odd["malformed"] += not good
    return good


def _mention(item: Mapping[str, Any], types: Sequence[str], odd: Counter[str]) -> Record:
    record: Record = {"text": item["text"], "type": _known(item.get("type"), types or labels()["entity_types"], odd)}
    entity = item.get("entity")
    if isinstance(entity, str) and entity:
        record["entity_id"] = entity
    return record


def _event(item: Mapping[str, Any], types: Sequence[str], odd: Counter[str]) -> Record:
    inventory = labels()["event_types"]
    kind = _known(item.get("type"), [name for name in types or inventory if name in inventory], odd)
    given = item.get("arguments")
    roles = inventory[kind]["roles"] if kind else ()
    return {
        "text": item["text"],
        "type": kind,
        "arguments": [
            {"text": argument["text"], "role": _known(argument.get("role"), roles, odd)}
            for argument in (given if isinstance(given, list) else ())
            if _has_words(argument, odd)
        ],
    }


def _known(label: Any, inventory: Iterable[str], odd: Counter[str]) -> str | None:
    if isinstance(label, str) and label in inventory:
        return label
    odd["unknown_labels"] += 1
    return None


def _refused(constant: str) -> None:
    raise ValueError(constant)
