"""brat stand-off, the reading side: the lines of an .ann file as one document."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

from goldwire.converting.brat_writing import ATTRIBUTES, FILLER, NOTE, base_role, joined, line_free
from goldwire.converting.bundle import Bundle, Record, level_layers
from goldwire.converting.context import Context
from goldwire.converting.files import doc_id_of, files_of, read_text, without_mark
from goldwire.converting.own import EVERYTHING
from goldwire.corpus.labels import labels
from goldwire.errors import ReadError
from goldwire.formats.strict_json import StrictJSONError, loads
from goldwire.incidents import did_you_mean

__all__ = ["read_folder"]

_SPANNED = re.compile(r"(\S+) (\d{1,10} \d{1,10}(?:;\d{1,10} \d{1,10})*)")
_COREFERENCE = frozenset({"coref", "coreference", "equiv", "alias", "identity", "same_as"})
_FIELDS = {name.casefold(): key for name, key in ATTRIBUTES.items()}
_KNOWN_ATTRIBUTES = {"negation": ("polarity", "NEG"), "speculation": ("modality", "POSSIBLE")}
"""Binary attributes of the BioNLP corpora."""


def read_folder(path: Path, times: str, context: Context) -> Bundle:
    """Every document of a collection; one that has a text and no .ann file has no annotation."""
    if path.is_file():
        found = {doc_id_of(path.stem): (path.with_suffix(".ann"), path.with_suffix(".txt"))}
    else:
        annotated, texts = dict(files_of(path, ".ann")), dict(files_of(path, ".txt"))
        if not annotated and not texts:
            raise ReadError(f"{path}: holds no .ann and no .txt file")
        found = {
            doc_id: (
                annotated.get(doc_id, texts.get(doc_id, path).with_suffix(".ann")),
                texts.get(doc_id, annotated.get(doc_id, path).with_suffix(".txt")),
            )
            for doc_id in sorted(annotated.keys() | texts.keys())
        }
    bundle = Bundle()
    for doc_id, (annotation, text) in found.items():
        content = read_text(text, context) if text.exists() else context.texts.get(doc_id)
        if content is None:
            if not text.exists():
                context.incidents.add("missing-file", str(text), 0, expected=f"the text of {annotation.name}")
            continue
        lines = without_mark(read_text(annotation, context) or "", annotation, context) if annotation.exists() else ""
        reader = _Document(doc_id, content, annotation, times, context)
        reader.parse(lines)
        bundle.add(reader.record(), annotation)
    level_layers(bundle.records, ["entities"])
    return bundle


class _Document:
    def __init__(self, doc_id: str, text: str, path: Path, times: str, context: Context) -> None:
        self.doc_id, self.text, self.path, self.times, self.context = doc_id, text, str(path), times, context
        self.spans: dict[str, Record] = {}
        """T lines: offsets, type."""
        self.events: dict[str, list[tuple[str, str]]] = {}
        """E lines: (type, trigger), then (role, target)."""
        self.lines: dict[str, int] = {}
        self.about: list[tuple[int, str, list[str], str]] = []
        """(line, letter, words, text) of lines that say something of T and E lines."""
        self.same: dict[str, str] = {}
        """Union-find over coreferent names."""
        self.triggered: dict[str, str] = {}
        """Trigger -> the (first) event it is of."""
        self.items: dict[str, Record] = {}
        self.named: set[str] = set()
        """T and E lines whose name has to serve as id."""
        self.notes: dict[str, Record] = {}

    # lines -------------------------------------------------------------------------------------------------------

    def parse(self, content: str) -> None:
        for number, line in enumerate(content.split("\n"), 1):
            line = line.removesuffix("\r")
            if line.strip():
                self.line(number, line)

    def line(self, number: int, line: str) -> None:
        name, _, rest = line.partition("\t")
        rest, tab, tail = rest.partition("\t")
        letter = name[:1]
        if letter not in "TERAMN*#" or not rest.strip():
            self.wrong(number, line, "a line such as 'T1<tab>GPE 0 6<tab>Russia'")
        elif letter not in "*#" and name in self.lines:
            self.context.incidents.add("repeated-id", self.path, number, found=repr(name))
        elif letter == "T":
            self.spanned(number, name, rest, tail if tab else None)
        elif letter == "E":
            pairs = [tuple(part.rpartition(":")[::2]) for part in rest.split()]
            if not all(role and target for role, target in pairs):
                self.wrong(number, line, "'E1<tab>Type:T1 Role:T2'")
                return
            self.lines[name] = number
            self.events[name] = pairs  # type: ignore[assignment]
        else:
            self.lines.setdefault(name, number)
            self.about.append((number, letter, rest.split(), tail))

    def wrong(self, number: int, line: str, expected: str) -> None:
        shown = line if len(line) < 80 else f"{line[:77]}..."
        self.context.incidents.add("foreign-syntax", self.path, number, found=repr(shown), expected=expected)

    def spanned(self, number: int, name: str, rest: str, copy: str | None) -> None:
        match = _SPANNED.fullmatch(rest)
        if match is None:
            self.wrong(number, rest, "'Type start end' or 'Type start end;start end'")
            return
        offsets = [int(x) for x in re.split("[ ;]", match[2])]
        pieces = list(zip(offsets[::2], offsets[1::2], strict=True))
        add = self.context.incidents.add
        if any(start >= end or end > len(self.text) for start, end in pieces):
            expected = f"0 <= start < end <= {len(self.text)}"
            add("offset-range", self.path, number, item=name, found=match[2], expected=expected)
            return
        if any(end > start for (_, end), (start, _) in itertools.pairwise(pieces)):
            add("fragment-order", self.path, number, item=name, found=match[2], expected="pieces in text order")
            return
        own = line_free(" ".join(self.text[start:end] for start, end in pieces))
        if copy is not None and copy.rstrip() != own.rstrip():
            add("text-mismatch", self.path, number, item=name, found=repr(copy), expected=repr(own))
            return
        self.lines[name] = number
        self.spans[name] = {"type": match[1], "pieces": joined(pieces, self.text)}

    def refers(self, number: int, name: str) -> bool:
        """Whether a name is that of a T or E line; an incident where not."""
        known = self.spans.keys() | self.events.keys()
        if name in known:
            return True
        if name not in self.lines:
            near = did_you_mean(name, known)
            self.context.incidents.add("dangling-reference", self.path, number, found=repr(name), suggestion=near)
        return False

    # document ----------------------------------------------------------------------------------------------------

    def record(self) -> Record:
        record: Record = {"doc_id": self.doc_id, "text": self.text, "entities": [], "events": [], "times": []}
        self.place_items(record)
        for number, letter, words, text in self.about:
            self.say(number, letter, words, text)
        self.chains()
        self.arguments()
        for name in self.named:
            self.items[name].setdefault("id", name)
        return record

    def place_items(self, record: Record) -> None:
        """Mentions, times and events, without what other lines say of them."""
        triggers = {pairs[0][1] for pairs in self.events.values()}
        self.triggered = {pairs[0][1]: name for name, pairs in reversed(self.events.items())}
        for name, span in self.spans.items():
            if name in triggers or span["type"] == FILLER:
                continue
            kind, item = span["type"], _borders(span["pieces"])
            if kind == self.times or kind.startswith(f"{self.times}_"):
                if len(span["pieces"]) > 1:
                    self.context.losses.add("times", "fragments", f"{self.doc_id} {name}")
                item = {"start": item["start"], "end": item["end"]}
                item |= {"type": kind.removeprefix(f"{self.times}_")} if kind != self.times else {}
                record["times"].append(item)
            else:
                item["type"] = kind
                record["entities"].append(item)
            self.items[name] = item
        for name, ((kind, trigger), *_) in self.events.items():
            if trigger not in self.spans:
                self.refers(self.lines[name], trigger)
                continue
            offsets = [offset for piece in self.spans[trigger]["pieces"] for offset in piece]
            self.items[name] = {"type": kind, "trigger": offsets}
            record["events"].append(self.items[name])

    def layer(self, name: str) -> str:
        if name in self.events:
            return "events"
        return "times" if self.spans[name]["type"].split("_")[0] == self.times else "entities"

    def say(self, number: int, letter: str, words: list[str], text: str) -> None:
        if letter == "*":
            self.join(number, words)
        elif letter == "R":
            self.relation(number, words)
        elif len(words) < 2:
            self.wrong(number, " ".join(words), "a name and what it is said of")
        elif self.refers(number, words[1]) and words[1] in self.items:
            what = {"A": self.attribute, "M": self.attribute, "N": self.normalisation, "#": self.note}[letter]
            what(number, words, text)

    def join(self, number: int, words: list[str]) -> None:
        kind, *members = words
        if kind.casefold() not in _COREFERENCE:
            self.context.losses.add("relations", kind, f"{self.path}:{number}")
            return
        named = [self.triggered.get(name, name) for name in members]
        known = [name for name in named if self.refers(number, name) and name in self.items]
        for name in known[1:]:
            self.same[self.root(name)] = self.root(known[0])

    def relation(self, number: int, words: list[str]) -> None:
        pairs = [word.partition(":")[2] for word in words[1:]]
        if len(pairs) != 2 or not all(pairs):
            self.wrong(number, " ".join(words), "'R1<tab>Type Arg1:T1 Arg2:T2'")
            return
        self.join(number, [words[0], *pairs])

    def root(self, name: str) -> str:
        while name in self.same and self.same[name] != name:
            name = self.same[name]
        return name

    def attribute(self, number: int, words: list[str], _: str) -> None:
        name, target, *value = words
        key, legal = _FIELDS.get(name.casefold(), ""), ""
        if name.casefold() in _KNOWN_ATTRIBUTES and not value:
            key, legal = _KNOWN_ATTRIBUTES[name.casefold()]
        elif key and value:
            inventory = labels()["levels" if key == "level" else key] if key != "metonymic" else {}
            legal = next((label for label in inventory if label.casefold() == value[0].casefold()), "")
        layer = self.layer(target)
        item = self.items[target]
        if key == "metonymic" and not value and layer == "entities":
            item[key] = True
        elif legal and key in EVERYTHING[layer]:
            item[key] = legal
        else:
            self.context.losses.add(layer, f"attribute {' '.join([name, *value])}", f"{self.path}:{number}")

    def normalisation(self, number: int, words: list[str], _: str) -> None:
        base, _, identifier = words[-1].partition(":")
        item = self.items[words[1]]
        if self.layer(words[1]) != "entities" or "kb_id" in item or not identifier:
            self.context.losses.add(self.layer(words[1]), "a normalisation beyond the first", f"{self.path}:{number}")
            return
        item["kb_id"] = identifier if base.casefold() in ("wikidata", "kb") else f"{base}:{identifier}"

    def note(self, number: int, words: list[str], text: str) -> None:
        layer, item = self.layer(words[1]), self.items[words[1]]
        if words[0] != NOTE:
            if layer == "entities" and re.fullmatch(r"Q[1-9][0-9]*", text.strip()):
                item["kb_id"] = text.strip()
            else:
                self.context.losses.add(layer, "a note in words", f"{self.path}:{number}")
            return
        try:
            content: Any = loads(text)
        except StrictJSONError as error:
            self.context.incidents.add(error.rule, self.path, number, found=str(error))
            return
        if not isinstance(content, dict):
            self.wrong(number, text, "a JSON object")
            return
        for key in content.keys() - EVERYTHING[layer]:
            self.context.losses.add(layer, f"{key} in a note", f"{self.path}:{number}")
        self.notes.setdefault(words[1], {}).update({k: v for k, v in content.items() if k in EVERYTHING[layer]})
        later = ("arguments", "entity_id", "instance_id")
        _lay_over(item, {k: v for k, v in self.notes[words[1]].items() if k not in later})

    def arguments(self) -> None:
        for name, (_, *pairs) in self.events.items():
            if name not in self.items:
                continue
            roles = [role for role, _ in pairs]
            extras = self.notes.get(name, {}).get("arguments") or []
            self.items[name]["arguments"] = []
            for j, (role, target) in enumerate(pairs):
                if not self.refers(self.lines[name], target) or (target in self.events and target not in self.items):
                    continue
                argument = {"role": base_role(role, roles), **self.pointed(target)}
                extra = extras[j] if isinstance(extras, list) and j < len(extras) else {}
                self.items[name]["arguments"].append(_lay_over(argument, extra if isinstance(extra, dict) else {}))

    def pointed(self, target: str) -> Record:
        """What an argument takes from the line it points to."""
        if target in self.events:
            self.named.add(target)
            trigger = self.items[target]["trigger"]
            return {"start": trigger[0], "end": trigger[-1], "event_id": self.items[target].get("id", target)}
        pieces = self.spans[target]["pieces"]
        found: Record = {"start": pieces[0][0], "end": pieces[-1][1]}
        if target in self.items and self.layer(target) == "times":
            self.named.add(target)
            found["time_id"] = self.items[target].get("id", target)
        elif "entity_id" in self.items.get(target, {}):
            found["entity_id"] = self.items[target]["entity_id"]
        return found

    def chains(self) -> None:
        """Coreference: names for the chains, from notes where they have any."""
        members: dict[str, list[str]] = {}
        for name in self.items:
            members.setdefault(self.root(name), []).append(name)
        taken: set[tuple[str, str]] = set()
        for chain in members.values():
            layer = self.layer(chain[0])
            key = {"entities": "entity_id", "events": "instance_id"}.get(layer)
            given = [
                self.notes[name][key] for name in chain if key and isinstance(self.notes.get(name, {}).get(key), str)
            ]
            if key is None or (len(chain) == 1 and not given):
                continue
            label = given[0] if given else chain[0]
            while (layer, label) in taken:  # a chain that was divided in brat
                label += "'"
            taken.add((layer, label))
            for name in chain:
                if self.layer(name) == layer:
                    self.items[name][key] = label


def _borders(pieces: list[tuple[int, int]]) -> Record:
    item: Record = {"start": pieces[0][0], "end": pieces[-1][1]}
    if len(pieces) > 1:
        item["fragments"] = [offset for piece in pieces for offset in piece]
    return item


def _lay_over(item: Record, content: Record) -> Record:
    """Fields of a note over those of the lines; null takes one away."""
    for key, value in content.items():
        if value is None:
            item.pop(key, None)
        else:
            item[key] = value
    return item
