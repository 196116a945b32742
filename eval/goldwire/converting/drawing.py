"""Labels and arrows alone: what tools draw that have no attributes.

``label_of`` tells the layers apart: a mention keeps its type as it is, everything else is prefixed ("event:Meet",
"time:DATE", "filler:"). ``drawn`` turns coreference into links labelled COREF from one mention to the next, and
``undrawn`` turns them back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from goldwire.converting.bundle import Holds
from goldwire.converting.losses import Losses
from goldwire.converting.marks import Link, Mark

__all__ = ["COREF", "EVENT_TIME", "HELD_BY_DRAWING", "drawn", "label_of", "layer_and_type", "undrawn"]

COREF = "COREF"
EVENT_TIME = "TIMES"

_PREFIX = {"entities": "entity", "events": "event", "times": "time", "fillers": "filler"}
_LAYER = {prefix: layer for layer, prefix in _PREFIX.items()}


def label_of(mark: Mark) -> str:
    """The label of a mark where a tool has nothing else to tell the layers apart."""
    if mark.layer == "entities" and mark.type and not (":" in mark.type and mark.type.partition(":")[0] in _LAYER):
        return mark.type
    return f"{_PREFIX[mark.layer]}:{mark.type or ''}"


def layer_and_type(label: str, triggers: str = "") -> tuple[str, str | None]:
    """The layer and the type that ``label_of`` made a label of; any other label is the type of a mention.

    triggers: labels that stand for triggers in the files of others, divided by commas.
    """
    prefix, colon, rest = label.partition(":")
    if colon and prefix in _LAYER:
        return _LAYER[prefix], rest or None
    layer = "events" if triggers and label in {name.strip() for name in triggers.split(",")} else "entities"
    return layer, label or None


HELD_BY_DRAWING: Holds = {
    "document": frozenset({"doc_id", "text"}),
    "entities": frozenset({"start", "end", "type", "entity_id"}),
    "times": frozenset({"start", "end", "type"}),
    "events": frozenset({"type", "trigger", "instance_id", "times"}),
    "arguments": frozenset({"role", "start", "end", "entity_id", "time_id", "event_id"}),
}
"""What labelled spans and arrows can hold: ids only in so far as they say what belongs together."""


def drawn(marks: Sequence[Mark], links: Sequence[Link], losses: Losses, place: str) -> list[Link]:
    """The links, and in place of ids of entities and instances links COREF from each of their marks to the next one.

    Times of an event become links TIMES. Names of ids, and ids that only one mark has, are counted as lost.
    """
    found = [Link(link.source, link.target, link.label) for link in links]
    chains: dict[tuple[str, str], list[Mark]] = defaultdict(list)
    times = {mark.fields.get("id", mark.key): mark.key for mark in marks if mark.layer == "times"}
    for mark in sorted(marks, key=lambda mark: (mark.start, mark.end)):
        name = "instance_id" if mark.layer == "events" else "entity_id"
        if name in mark.fields:
            chains[name, mark.fields[name]].append(mark)
        for time in mark.fields.get("times", []):
            if time in times:
                found.append(Link(mark.key, times[time], EVENT_TIME))
            else:
                losses.add("events", "times that are not there", place)
        if len(mark.fields.get("fragments", [])) > 2:
            losses.add(mark.layer, "gaps between the pieces of a span", place)
        if mark.layer == "fillers":
            for reference in mark.fields.keys() & {"time_id", "event_id"}:
                losses.add("arguments", f"{reference} of spans that are no such item", place)
    for (name, _), chain in chains.items():
        layer = chain[0].layer if chain[0].layer != "fillers" else "entities"
        losses.add(
            layer, f"{name}: its name (what belongs together is kept)", place, len(chain) if len(chain) > 1 else 0
        )
        losses.add(layer, f"{name} of one mark alone", place, len(chain) == 1)
        found += [Link(a.key, b.key, COREF) for a, b in pairwise(chain)]
    return found


def undrawn(marks: Sequence[Mark], links: Iterable[Link]) -> list[Link]:
    """The links without those that ``drawn`` added, which become ids of entities, instances and times of the marks.

    An id is a number given in the order of the text.
    """
    by_key = {mark.key: mark for mark in marks}
    parent = {mark.key: mark.key for mark in marks}

    def root(key: str) -> str:
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    rest, joined = [], set()
    for link in links:
        source, target = by_key.get(link.source), by_key.get(link.target)
        label = (link.label or "").upper()
        if source is None or target is None or source is target:
            rest.append(link)
        elif label in (COREF, "COREFERENCE") and _of_one_kind(source, target):
            parent[root(target.key)] = root(source.key)
            joined |= {source.key, target.key}
        elif label == EVENT_TIME and source.layer == "events" and target.layer == "times":
            source.fields.setdefault("times", []).append(target.key)
        else:
            rest.append(link)
    names: dict[str, str] = {}
    for mark in sorted((by_key[key] for key in joined), key=lambda mark: (mark.start, mark.end)):
        letter, name = ("v", "instance_id") if mark.layer == "events" else ("e", "entity_id")
        mark.fields[name] = names.setdefault(root(mark.key), f"{letter}{len(names) + 1}")
    return rest


def _of_one_kind(a: Mark, b: Mark) -> bool:
    kinds = [{"fillers": "entities"}.get(mark.layer, mark.layer) for mark in (a, b)]
    return kinds[0] == kinds[1] != "times"
