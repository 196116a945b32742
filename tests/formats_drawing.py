"""Comparing what came back from formats that have no ids: what belongs together counts, not what it is called."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from goldwire.converting import Bundle
from goldwire.converting.bundle import Record

Span = tuple[int, int]


def nameless(bundle: Bundle) -> list[str]:
    """The documents of a bundle as JSON, ids replaced by the places of everything that has them.

    An id that one item alone has is none, and so is a reference to an item at another place.
    """
    rows = []
    for record in bundle.documents:
        row = _document(record)
        rows.append(json.dumps({key: value for key, value in row.items() if value != []}, sort_keys=True))
    return sorted(rows)


def _document(record: Record) -> Record:
    entities = _groups(record)
    instances: dict[str, list[Any]] = defaultdict(list)
    for event in record.get("events", []):
        if "instance_id" in event:
            instances[event["instance_id"]].append(event["trigger"])
    times = {time["id"]: (time["start"], time["end"]) for time in record.get("times", []) if "id" in time}
    triggers = {event["id"]: event["trigger"] for event in record.get("events", []) if "id" in event}
    row: Record = {"doc_id": record["doc_id"], "text": record["text"]}
    row["entities"] = _sorted([_mention(mention, entities) for mention in record.get("entities", [])])
    row["times"] = _sorted([{key: x[key] for key in x if key != "id"} for x in record.get("times", [])])
    row["events"] = _sorted([_event(x, entities, instances, times, triggers) for x in record.get("events", [])])
    return row


def _groups(record: Record) -> dict[str, list[Span]]:
    """Entity id -> the places of its mentions and of the fillers that are none of them."""
    found: dict[str, set[Span]] = defaultdict(set)
    fillers = [x for event in record.get("events", []) for x in event.get("arguments", [])]
    for item in [*record.get("entities", []), *fillers]:
        if "entity_id" in item:
            found[item["entity_id"]].add((item["start"], item["end"]))
    return {name: sorted(spans) for name, spans in found.items()}


def _mention(item: Record, entities: dict[str, list[Span]]) -> Record:
    row = {key: value for key, value in item.items() if key not in ("id", "entity_id")}
    group = entities.get(item.get("entity_id", ""), [])
    return row | ({"entity": group} if len(group) > 1 else {})


def _event(
    event: Record,
    entities: dict[str, list[Span]],
    instances: dict[str, list[Any]],
    times: dict[str, Span],
    triggers: dict[str, Any],
) -> Record:
    row = {key: value for key, value in event.items() if key not in ("id", "instance_id", "arguments", "times")}
    group = sorted(instances.get(event.get("instance_id", ""), []))
    row |= {"instance": group} if len(group) > 1 else {}
    dates = sorted(times[time] for time in event.get("times", []) if time in times)
    row |= {"times": dates} if dates else {}
    arguments = []
    for argument in event.get("arguments", []):
        one = {key: value for key, value in argument.items() if not key.endswith("_id")}
        span = argument["start"], argument["end"]
        whole = entities.get(argument.get("entity_id", ""), [])
        one |= {"entity": whole} if len(whole) > 1 else {}
        one |= {"time": True} if times.get(argument.get("time_id", "")) == span else {}
        target = triggers.get(argument.get("event_id", ""), [None])
        one |= {"event": True} if (target[0], target[-1]) == span else {}
        arguments.append(one)
    return row | ({"arguments": _sorted(arguments)} if arguments else {})


def _sorted(items: list[Record]) -> list[Record]:
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))


def without_empty_layers(bundle: Bundle) -> Bundle:
    """The bundle where a layer without any item is as one that was not looked at."""
    for record in bundle.records:
        for layer in ("entities", "events", "times"):
            if not record.get(layer):
                record.pop(layer, None)
    return bundle
