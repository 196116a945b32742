"""brat stand-off, the writing side: one document as the lines of an .ann file."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from goldwire.converting.bundle import Record
from goldwire.converting.losses import Losses
from goldwire.corpus.labels import labels

__all__ = ["ATTRIBUTES", "FILLER", "NOTE", "base_role", "configuration", "joined", "line_free", "written"]

FILLER = "ArgumentSpan"
"""Type of a T line that only fills a role: its span is no mention, time or trigger."""

NOTE = "Goldwire"
"""Type of notes whose text is JSON."""

ATTRIBUTES = {"Level": "level", "Metonymic": "metonymic", "Polarity": "polarity", "Modality": "modality",
              "Tense": "tense", "Genericity": "genericity"}  # fmt: skip
"""Name of an A line -> field."""

_NAMES = {
    "type": "a label that brat cannot write",
    "kb_id": "a knowledge-base id that brat cannot write",
    "entity_id": "the name of an entity; that a mention is the only one of its entity",
    "instance_id": "the name of an event instance; that an event is the only one of its instance",
}
"""What is lost of fields that brat holds in part, where there are no notes."""

_PLAIN_ARGUMENT = frozenset({"role", "entity_id", "time_id", "event_id", "start", "end"})

_LABEL = re.compile(r"[^\s:]+")
_LINE_END = re.compile(r"(?<=[^\r\n])[\r\n]+(?=[^\r\n])")
_BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")


def line_free(text: str) -> str:
    """Copied text as it stands on one line: every line break or tab a blank, so that the length stays."""
    return _BREAKS.sub(" ", text)


def pieces_of(offsets: list[int], text: str) -> list[tuple[int, int]]:
    """The pieces of a span as brat writes them: divided where a line ends, for it shows text line by line."""
    pieces = []
    for start, end in zip(offsets[::2], offsets[1::2], strict=True):
        ends = [(start + gap.start(), start + gap.end()) for gap in _LINE_END.finditer(text[start:end])]
        borders = [start, *(border for gap in ends for border in gap), end]
        pieces += list(zip(borders[::2], borders[1::2], strict=True))
    return pieces


def flat(item: Record) -> list[int]:
    """The offsets of a mention, time, argument or event: start, end, start, end, ..."""
    found: list[int] = item.get("trigger") or item.get("fragments") or [item["start"], item["end"]]
    return found


def written(record: Record, notes: bool, times: str, losses: Losses) -> str:
    """The .ann file of a document."""
    writer = _Writer(record, notes, times, losses)
    writer.run()
    return "".join(line + "\n" for line in writer.lines)


class _Writer:
    def __init__(self, record: Record, notes: bool, times: str, losses: Losses) -> None:
        self.record, self.text, self.notes, self.prefix, self.losses = record, record["text"], notes, times, losses
        self.lines: list[str] = []
        self.counts: Counter[str] = Counter()
        self.targets: dict[tuple[int, int], list[tuple[str, Record]]] = defaultdict(list)
        """Span -> names of the T lines on it, each with what an argument that points there says."""
        self.chains: dict[str, list[str]] = defaultdict(list)

    def run(self) -> None:
        self.mentions()
        self.times()
        self.events()
        for members in self.chains.values():
            if len(members) > 1:
                self.lines.append(f"*\tEquiv {' '.join(members)}")

    def name(self, letter: str) -> str:
        self.counts[letter] += 1
        return f"{letter}{self.counts[letter]}"

    def place(self, layer: str, number: int) -> str:
        return f"{self.record['doc_id']} {layer}[{number}]"

    def label(self, label: str, layer: str, place: str) -> str:
        """A type or role as brat can write it: no white space, no colon."""
        if _LABEL.fullmatch(label):
            return label
        self.losses.add(layer, "a label with white space or a colon, written with underscores", place)
        return re.sub(r"[\s:]", "_", label) or "_"

    def spans(self, offsets: list[int], label: str, layer: str, place: str) -> str:
        pieces = pieces_of(offsets, self.text)
        given = list(zip(offsets[::2], offsets[1::2], strict=True))
        if joined(pieces, self.text) != given:
            self.losses.add(layer, "pieces divided by a line end alone, which read as one span", place)
        name = self.name("T")
        where = ";".join(f"{start} {end}" for start, end in pieces)
        copy = line_free(" ".join(self.text[start:end] for start, end in pieces))
        self.lines.append(f"{name}\t{label} {where}\t{copy}")
        return name

    def note(self, target: str, content: Record, layer: str, place: str) -> None:
        if not content:
            return
        if self.notes:
            text = line_free(json.dumps(content, ensure_ascii=False))
            self.lines.append(f"{self.name('#')}\t{NOTE} {target}\t{text}")
            return
        for key in content.keys() & _NAMES.keys():
            self.losses.add(layer, _NAMES[key], place)

    def attributes(self, target: str, item: Record) -> None:
        for attribute, key in ATTRIBUTES.items():
            value = item.get(key)
            if value is True:
                self.lines.append(f"{self.name('A')}\t{attribute} {target}")
            elif value:
                self.lines.append(f"{self.name('A')}\t{attribute} {target} {value}")

    def mentions(self) -> None:
        for number, item in enumerate(self.record.get("entities", [])):
            place = self.place("entities", number)
            untyped = "type" not in item
            label = "Mention" if untyped else self.label(item["type"], "entities", place)
            target = self.spans(flat(item), label, "entities", place)
            self.attributes(target, item)
            if item.get("kb_id"):
                self.normalisation(target, item, place)
            entity_id = item.get("entity_id")
            if entity_id:
                self.chains[entity_id].append(target)
            self.targets[item["start"], item["end"]].append((target, {"entity_id": entity_id} if entity_id else {}))
            rest = {key: item[key] for key in ("id", "entity_id", "head", "score") if key in item}
            if untyped or label != item.get("type"):
                rest["type"] = item.get("type")
            self.note(target, rest, "entities", place)

    def normalisation(self, target: str, item: Record, place: str) -> None:
        kb_id = item["kb_id"]
        base, _, rest = kb_id.rpartition(":")
        if re.search(r"\s", kb_id) or ":" in base or not rest or base.casefold() in ("kb", "wikidata"):
            self.note(target, {"kb_id": kb_id}, "entities", place)
            return
        copy = line_free(self.text[item["start"] : item["end"]])
        base = base or ("Wikidata" if re.fullmatch(r"Q[0-9]+", kb_id) else "KB")
        self.lines.append(f"{self.name('N')}\tReference {target} {base}:{rest}\t{copy}")

    def times(self) -> None:
        for number, item in enumerate(self.record.get("times", [])):
            place = self.place("times", number)
            kind = item.get("type")
            label = f"{self.prefix}_{self.label(kind, 'times', place)}" if kind else self.prefix
            target = self.spans(flat(item), label, "times", place)
            reference = {"time_id": item["id"]} if "id" in item else {}
            self.targets[item["start"], item["end"]].append((target, reference))
            kept = ("id", "value", "resolved", "anchor", "basis", "score")
            rest = {key: item[key] for key in kept if key in item}
            if kind and label != f"{self.prefix}_{kind}":
                rest["type"] = kind
            self.note(target, rest, "times", place)

    def events(self) -> None:
        events = self.record.get("events", [])
        triggers = []
        for number, item in enumerate(events):
            place = self.place("events", number)
            label = self.label(item["type"], "events", place) if "type" in item else "Event"
            triggers.append((self.spans(flat(item), label, "events", place), label))
        names = [self.name("E") for _ in events]
        by_id = {item["id"]: name for item, name in zip(events, names, strict=True) if "id" in item}
        for number, (item, name) in enumerate(zip(events, names, strict=True)):
            self.event(item, number, name, triggers[number], by_id)

    def event(self, item: Record, number: int, name: str, trigger: tuple[str, str], by_id: dict[str, str]) -> None:
        place = self.place("events", number)
        parts, extras = [f"{trigger[1]}:{trigger[0]}"], []
        arguments = item.get("arguments", [])
        roles = self.roles(arguments, place)
        for argument, role in zip(arguments, roles, strict=True):
            target, told = self.filler(argument, by_id)
            parts.append(f"{role}:{target}")
            told["role"] = base_role(role, roles)
            differing = [key for key in argument.keys() | told.keys() if argument.get(key) != told.get(key)]
            extras.append({key: argument.get(key) for key in sorted(differing)})
        self.lines.append(f"{name}\t{' '.join(parts)}")
        self.attributes(name, item)
        if item.get("instance_id"):
            self.chains[f"\0{item['instance_id']}"].append(trigger[0])  # of events, brat joins triggers
        keys = ("id", "head", "instance_id", "times", "attribution", "score")
        rest: dict[str, Any] = {key: item[key] for key in keys if key in item}
        if item.get("type") != trigger[1]:
            rest["type"] = item.get("type")
        if self.notes:
            rest |= {"arguments": extras} if any(extras) else {}
        else:
            for j, extra in enumerate(extras):
                for key in extra.keys() & _PLAIN_ARGUMENT:
                    self.losses.add("arguments", key, f"{place}.arguments[{j}]")
        self.note(name, rest, "events", place)

    def roles(self, arguments: list[Record], place: str) -> list[str]:
        """The roles of an event as brat writes them: Theme, Theme2, Theme3."""
        used: Counter[str] = Counter()
        written = []
        for j, argument in enumerate(arguments):
            label = self.label(argument.get("role", "Argument"), "arguments", f"{place}.arguments[{j}]")
            used[label] += 1
            written.append(f"{label}{used[label]}" if used[label] > 1 else label)
        return written

    def filler(self, argument: Record, by_id: dict[str, str]) -> tuple[str, Record]:
        """The name an argument points to, and what a reader takes from there."""
        span = {key: argument[key] for key in ("start", "end")}
        if argument.get("event_id") in by_id:
            events = {event["id"]: event["trigger"] for event in self.record["events"] if "id" in event}
            trigger = events[argument["event_id"]]
            told = {"event_id": argument["event_id"], "start": trigger[0], "end": trigger[-1]}
            return by_id[argument["event_id"]], told
        given = {key: argument[key] for key in ("entity_id", "time_id") if key in argument}
        there = self.targets.get((argument["start"], argument["end"]), [])
        best = next(((name, says) for name, says in there if says == given), None) or (there[0] if there else None)
        if best is None:
            name = self.spans(flat(argument), FILLER, "arguments", self.record["doc_id"])
            best = (name, {})
            self.targets[argument["start"], argument["end"]].append(best)
        return best[0], {**span, **best[1]}


def base_role(label: str, used: Iterable[str]) -> str:
    """A role without the number that tells several fillers of one role apart: Theme2 beside Theme is Theme."""
    base = re.sub(r"[2-9]$|[1-9][0-9]+$", "", label)
    return base if base in used else label


def joined(pieces: list[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """Pieces between which nothing but line ends lies, put together."""
    found = [pieces[0]]
    for start, end in pieces[1:]:
        between = text[found[-1][1] : start]
        if between and not between.strip("\r\n"):
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def configuration(documents: list[Record], times: str) -> str:
    """annotation.conf: the labels that occur, so that brat can show and edit them."""
    clean = re.compile(r"[\s:]")
    entities = {clean.sub("_", x.get("type", "Mention")) for d in documents for x in d.get("entities", [])}
    kinds = {f"{times}_{x['type']}" if "type" in x else times for d in documents for x in d.get("times", [])}
    roles: dict[str, set[str]] = defaultdict(set)
    for event in (x for d in documents for x in d.get("events", [])):
        own = roles[clean.sub("_", event.get("type", "Event"))]
        own |= {clean.sub("_", argument.get("role", "Argument")) for argument in event.get("arguments", [])}
    values = {
        name: labels()[key + "s" if key == "level" else key] for name, key in ATTRIBUTES.items() if key != "metonymic"
    }
    lines = ["[entities]", *sorted(entities), *sorted(kinds), FILLER, "", "[relations]"]
    lines += ["Equiv Arg1:<ANY>, Arg2:<ANY>, <REL-TYPE>:symmetric-transitive", "", "[events]"]
    for kind, names in sorted(roles.items()):
        lines.append(f"{kind}\t{', '.join(f'{name}*:<ANY>' for name in sorted(names))}".rstrip())
    lines += ["", "[attributes]", "Metonymic\tArg:<ENTITY>"]
    for name, allowed in values.items():
        lines.append(f"{name}\tArg:{'<ENTITY>' if name == 'Level' else '<EVENT>'}, Value:{'|'.join(allowed)}")
    return "\n".join(lines) + "\n"
