"""Every difference between two annotations of the same articles, as a list that an adjudicator can go through.

Nothing here depends on the ids the annotators chose: mentions, times and triggers are known by their extents, entities
and instances by the mentions they hold, and what points to one of these is compared by what it points to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from goldwire.formats.folder import Source

__all__ = ["Difference", "differences"]

Row = Mapping[str, Any]
Spot = tuple[str, tuple[int, ...]]
"""Document and offsets: start, end, and again start, end for each further piece."""

_MENTION = ("type", "level", "head", "metonymic")
_ENTITY = ("type", "kb_id")
_TIME = ("type", "value", "resolved", "basis")
_EVENT = ("type", "head", "polarity", "modality", "tense", "genericity")
_INSTANCE = ("start", "end")
_PAIR = ("reuse_a", "reuse_b", "story", "provenance")


@dataclass(frozen=True)
class Difference:
    """One point on which two annotations differ.

    ``key`` is built from document ids and offsets, so the same point has the same key whichever annotations are held
    together and in whichever order. ``place`` is for readers: document, sentence counted from 0, and the words there.
    ``one`` and ``other`` are JSON values; None where that side has nothing.
    """

    key: str
    layer: str
    place: str
    one: Any
    other: Any


def differences(one: Source, other: Source) -> list[Difference]:
    """All differences between two annotation folders (or passes), in a fixed order of layers and places.

    Labels and arguments are compared on what both sides marked; a mention or trigger of one side only is one difference.
    Of two triggers with the same extent the last counts.
    Free text (names, labels, notes, evidence, reasons) and what is computed (roles of instances, coverage) is left out.
    """
    pair = _Pair(_Side(one), _Side(other))
    for compare in (_mentions, _coreference, _entities, _times, _events, _instances, _passages, _pairs):
        compare(pair)
    return pair.found


class _Side:
    """One annotation, by extents."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.mentions: dict[Spot, Row] = {}
        self.times: dict[Spot, Row] = {}
        self.events: dict[Spot, Row] = {}
        self.spots: dict[str, Spot] = {}  # id of a time or an event -> its spot; ids are unique in the whole corpus
        for doc_id, file in source.gold.items():
            for row in file.content["entities"]:
                self.mentions[doc_id, tuple(row.get("fragments") or (row["start"], row["end"]))] = row
            for row in file.content["times"]:
                self.times[doc_id, (row["start"], row["end"])] = row
                self.spots[row["id"]] = doc_id, (row["start"], row["end"])
            for row in file.content["events"]:
                self.events[doc_id, tuple(row["trigger"])] = row
                self.spots[row["id"]] = doc_id, tuple(row["trigger"])
        self.entities = {row["entity_id"]: row for row in source.index("entities")}
        self.instances = {row["instance_id"]: row for row in source.index("event_instances")}

    def place(self, spot: Spot) -> str:
        """Document, sentence and words of a spot."""
        doc_id, offsets = spot
        sentences = self.source.articles[doc_id].content["sentences"]
        at = sum(sentence["start"] <= offsets[0] for sentence in sentences) - 1
        text = self.source.texts.get(doc_id, "")
        words = " … ".join(text[offsets[i] : offsets[i + 1]] for i in range(0, len(offsets), 2))
        return f"{doc_id}:{at} {words}"


@dataclass
class _Clusters:
    """Clusters of both sides and which of them correspond: largest overlap first, one to one."""

    one: dict[str, set[Spot]]
    other: dict[str, set[Spot]]
    matched: list[tuple[Spot, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        holder = {spot: name for name, spots in self.other.items() for spot in spots}
        shared: dict[tuple[str, str], list[Spot]] = defaultdict(list)
        for name, spots in self.one.items():
            for spot in spots & holder.keys():
                shared[name, holder[spot]].append(spot)
        taken: set[tuple[int, str]] = set()
        for (mine, theirs), spots_of_both in sorted(shared.items(), key=lambda item: (-len(item[1]), min(item[1]))):
            if (0, mine) not in taken and (1, theirs) not in taken:
                taken |= {(0, mine), (1, theirs)}
                self.matched.append((min(spots_of_both), mine, theirs))
        self.matched.sort()

    def names(self) -> tuple[dict[str, Spot], dict[str, Spot]]:
        """For each side, cluster id -> the spot both sides know it by: the first shared one, else its own first."""
        ours = {name: min(spots) for name, spots in self.one.items()}
        theirs = {name: min(spots) for name, spots in self.other.items()}
        return (
            ours | {mine: spot for spot, mine, _ in self.matched},
            theirs | {name: spot for spot, _, name in self.matched},
        )


class _Pair:
    """The two sides, the names by which they are compared, and the differences found so far."""

    def __init__(self, one: _Side, other: _Side) -> None:
        self.sides = one, other
        self.entities = _Clusters(_grouped(one.mentions, "entity_id"), _grouped(other.mentions, "entity_id"))
        self.instances = _Clusters(_grouped(one.events, "instance_id"), _grouped(other.events, "instance_id"))
        self.entity_names = self.entities.names()
        self.instance_names = self.instances.names()
        self.found: list[Difference] = []

    def add(self, layer: str, key: str, place: str, one: Any, other: Any) -> None:
        if one != other:
            self.found.append(Difference(f"{layer}/{key}", layer, place, one, other))

    def fields(self, layer: str, key: str, place: str, one: Row, other: Row, names: Iterable[str]) -> None:
        for name in names:
            self.add(layer, f"{key}/{name}", place, one.get(name) or None, other.get(name) or None)

    def common(
        self, layer: str, one: Mapping[Spot, Row], other: Mapping[Spot, Row], shown: Sequence[str]
    ) -> list[tuple[Spot, Row, Row]]:
        """Rows at spots both sides marked; a spot of one side is a difference, shown by some of its fields."""
        both = []
        for spot in sorted(one.keys() | other.keys()):
            rows = one.get(spot), other.get(spot)
            if rows[0] is not None and rows[1] is not None:
                both.append((spot, rows[0], rows[1]))
            else:
                shapes = (row and {name: row[name] for name in shown} for row in rows)
                self.add(layer, _key(spot), self.place(spot), *shapes)
        return both

    def place(self, spot: Spot) -> str:
        return self.sides[0].place(spot)

    def entity(self, side: int, entity_id: str | None) -> str | None:
        """An entity by the place of the mention both sides know it by."""
        return None if entity_id is None else self.named(self.entity_names[side], entity_id)

    def instance(self, side: int, instance_id: str) -> str:
        return self.named(self.instance_names[side], instance_id)

    def named(self, names: Mapping[str, Spot], name: str) -> str:
        return self.shown(names[name]) if name in names else f"{name} (never mentioned)"

    def shown(self, spot: Spot) -> str:
        return f"{self.place(spot)} [{_offsets(spot)}]"

    def pointed(self, side: int, row_id: str | None) -> str | None:
        """A time or an event by its place."""
        return None if row_id is None else self.shown(self.sides[side].spots[row_id])


def _grouped(rows: Mapping[Spot, Row], name: str) -> dict[str, set[Spot]]:
    groups: dict[str, set[Spot]] = defaultdict(set)
    for spot, row in rows.items():
        if row[name] is not None:
            groups[row[name]].add(spot)
    return groups


def _offsets(spot: Spot) -> str:
    return "-".join(map(str, spot[1]))


def _key(spot: Spot) -> str:
    return f"{spot[0]}:{_offsets(spot)}"


# layers --------------------------------------------------------------------------------------------------------------


def _mentions(pair: _Pair) -> None:
    ours, theirs = pair.sides
    for spot, one, other in pair.common("mentions", ours.mentions, theirs.mentions, ("type", "level", "head")):
        pair.fields("mentions", _key(spot), pair.place(spot), one, other, _MENTION)


def _coreference(pair: _Pair) -> None:
    _partition(pair, "coreference", "entity_id", *(side.mentions for side in pair.sides))


def _partition(pair: _Pair, layer: str, name: str, one: Mapping[Spot, Row], other: Mapping[Spot, Row]) -> None:
    """Clusters over what both sides marked, each seen from its first member; None for what belongs to no cluster."""
    common = one.keys() & other.keys()
    sides: list[dict[Spot, list[Spot]]] = []
    first: set[Spot] = set()
    for rows in (one, other):
        groups = _grouped({spot: rows[spot] for spot in common}, name)
        sides.append({spot: sorted(spots) for spots in groups.values() for spot in spots})
        first |= {min(spots) for spots in groups.values()}
    for spot in sorted(first):
        values = ([pair.shown(member) for member in side[spot]] if spot in side else None for side in sides)
        pair.add(layer, f"{_key(spot)}/cluster", pair.place(spot), *values)


def _entities(pair: _Pair) -> None:
    for spot, *ids in pair.entities.matched:
        rows = [side.entities[name] for side, name in zip(pair.sides, ids, strict=True)]
        pair.fields("entities", _key(spot), pair.place(spot), rows[0], rows[1], _ENTITY)
        relations = (_linked(row["relations"], "relation", i, pair.entity) for i, row in enumerate(rows))
        pair.add("entities", f"{_key(spot)}/relations", pair.place(spot), *relations)


def _linked(links: Iterable[Row], relation: str, side: int, named: Callable[[int, str], str | None]) -> list[str]:
    return sorted(f"{link[relation]} {named(side, link['target'])}" for link in links)


def _times(pair: _Pair) -> None:
    ours, theirs = pair.sides
    for spot, one, other in pair.common("times", ours.times, theirs.times, ("type", "value")):
        key, place = _key(spot), pair.place(spot)
        pair.fields("times", key, place, one, other, _TIME)
        anchors = (
            row["anchor"] if row["anchor"] in (None, "document") else pair.pointed(i, row["anchor"])
            for i, row in enumerate((one, other))
        )
        pair.add("times", f"{key}/anchor", place, *anchors)


def _events(pair: _Pair) -> None:
    ours, theirs = pair.sides
    for spot, *rows in pair.common("events", ours.events, theirs.events, ("type",)):
        key, place = _key(spot), pair.place(spot)
        pair.fields("events", key, place, rows[0], rows[1], _EVENT)
        pair.add("events", f"{key}/attribution", place, *(_attribution(pair, i, row) for i, row in enumerate(rows)))
        times = (sorted(str(pair.pointed(i, time_id)) for time_id in row["times"]) for i, row in enumerate(rows))
        pair.add("events", f"{key}/times", place, *times)
        one, other = (_arguments(pair, i, row) for i, row in enumerate(rows))
        for role, start, end in sorted(one.keys() | other.keys()):
            argument = f"{role}:{start}-{end}"
            where = f"{place} / {role} {pair.place((spot[0], (start, end)))}"
            pair.add("events", f"{key}/{argument}", where, *(side.get((role, start, end)) for side in (one, other)))


def _attribution(pair: _Pair, side: int, row: Row) -> Row | None:
    given = row["attribution"]
    return given and {
        "source": pair.entity(side, given["source"]),
        "via": pair.entity(side, given["via"]),
        "event": pair.pointed(side, given["event"]),
    }


def _arguments(pair: _Pair, side: int, row: Row) -> dict[tuple[str, int, int], list[Row]]:
    """Role and extent -> targets, each by its kind."""
    found: dict[tuple[str, int, int], list[Row]] = defaultdict(list)
    for argument in row["arguments"]:
        target: Row = {}  # of a mere span
        if "entity_id" in argument:
            target = {"entity": pair.entity(side, argument["entity_id"])}
        for kind in ("time", "event"):
            if f"{kind}_id" in argument:
                target = {kind: pair.pointed(side, argument[f"{kind}_id"])}
        found[argument["role"], argument["start"], argument["end"]].append(target)
    return {place: sorted(targets, key=repr) for place, targets in found.items()}


def _instances(pair: _Pair) -> None:
    _partition(pair, "instances", "instance_id", *(side.events for side in pair.sides))
    for spot, *ids in pair.instances.matched:
        key, place = _key(spot), pair.place(spot)
        rows = [side.instances[name] for side, name in zip(pair.sides, ids, strict=True)]
        pair.fields("instances", key, place, rows[0], rows[1], _INSTANCE)
        links = (_linked(row["links"], "relation", i, pair.instance) for i, row in enumerate(rows))
        pair.add("instances", f"{key}/links", place, *links)
        contrast = (sorted(pair.instance(i, name) for name in row["contrast"]) for i, row in enumerate(rows))
        pair.add("instances", f"{key}/contrast", place, *contrast)


def _passages(pair: _Pair) -> None:
    one, other = (
        {
            ((row["a"], (row["a_start"], row["a_end"])), (row["b"], (row["b_start"], row["b_end"]))): row
            for row in side.source.index("passages")
        }
        for side in pair.sides
    )
    for a, b in sorted(one.keys() | other.keys()):
        key, place = f"{_key(a)}/{_key(b)}", f"{pair.place(a)} / {pair.place(b)}"
        rows = one.get((a, b)), other.get((a, b))
        edits = [row and sorted(row["edits"]) for row in rows]
        if rows[0] is None or rows[1] is None:
            shapes = (row and {"relation": row["relation"], "edits": edits[i]} for i, row in enumerate(rows))
            pair.add("passages", key, place, *shapes)
        else:
            pair.fields("passages", key, place, rows[0], rows[1], ("relation",))
            pair.add("passages", f"{key}/edits", place, *edits)


def _pairs(pair: _Pair) -> None:
    one, other = ({(row["a"], row["b"]): row for row in side.source.index("duplicates")} for side in pair.sides)
    for a, b in sorted(one.keys() | other.keys()):
        ours, theirs = one.get((a, b)), other.get((a, b))
        if ours is None or theirs is None:
            shapes = (row and {name: row[name] for name in _PAIR} for row in (ours, theirs))
            pair.add("pairs", f"{a}/{b}", f"{a} / {b}", *shapes)
        else:
            pair.fields("pairs", f"{a}/{b}", f"{a} / {b}", ours, theirs, _PAIR)
