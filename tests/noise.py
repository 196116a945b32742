"""Predictions made from gold by seeded damage: every layer, every class of error, known beforehand to differ."""

from __future__ import annotations

import copy
import random
from typing import Any

import goldwire
from conftest import gold_records

Records = list[dict[str, Any]]


def noisy(corpus: goldwire.Corpus, seed: int, rate: float = 0.15, name: str | None = None) -> Records:
    """The gold's records with items dropped, moved, retyped, rejoined and invented."""
    rng = random.Random(seed)
    header, *records = copy.deepcopy(gold_records(corpus))
    header["system"] = {"name": name or f"noise-{seed}"}
    types = sorted({item["type"] for record in records for item in record.get("entities", ())})
    out: Records = [header]
    for record in records:
        if "doc_id" not in record:
            out += _pair(rng, record, rate)
            continue
        record["entities"] = [_mention(rng, item, types, rate) for item in record["entities"] if rng.random() > rate]
        record["times"] = [item for item in record["times"] if rng.random() > rate]
        for item in record["times"]:
            if rng.random() < rate:
                item["value"] = "2021-10"
        events = [item for item in record["events"] if rng.random() > rate]
        kept = {item["id"] for item in (*events, *record["times"])} | {None}
        for item in events:
            item["arguments"] = [
                a for a in item["arguments"] if rng.random() > rate and {a["event_id"], a["time_id"]} <= kept
            ]
            if rng.random() < rate and item["type"] == events[0]["type"]:
                item["instance_id"] = events[0]["instance_id"]
            if rng.random() < rate and item["arguments"]:
                roles = [a["role"] for a in item["arguments"]]
                item["arguments"][0]["role"] = rng.choice(roles)
                item["arguments"][-1]["end"] += rng.choice([0, 1])
        record["events"] = events
        if record["entities"]:
            record["entities"] += [
                {"start": at, "end": at + 3, "type": rng.choice(types)} for at in (1, 7) if rng.random() < 3 * rate
            ]
        out.append(record)
    return out


def _mention(rng: random.Random, item: dict[str, Any], types: list[str], rate: float) -> dict[str, Any]:
    if rng.random() < rate:
        item["type"] = rng.choice(types)
        item["entity_id"] = f"{item['type']}:{item['entity_id']}"
    if rng.random() < rate and item["end"] - item["start"] > 4:
        item["start"] += rng.choice([1, 2])
        item["head"] = [max(item["head"][0], item["start"]), item["head"][1]]
        if item["head"][0] >= item["head"][1]:
            del item["head"]
    return item


def _pair(rng: random.Random, record: dict[str, Any], rate: float) -> Records:
    if rng.random() < rate:
        return []
    if "a_start" in record:
        if rng.random() < rate and record["a_end"] - record["a_start"] > 40:
            record["a_end"] -= 20
        return [record] if record["relation"] in ("verbatim", "near_verbatim", "paraphrase") else []
    return [record | {"score": round(rng.random(), 3)}]
