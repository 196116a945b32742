"""The gold files of a new annotation folder: every field that the schema asks for, given, derived or filled in."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from goldwire.building.reuse import coverage, folded, reuse_level, text_relations
from goldwire.converting.bundle import Bundle, Record
from goldwire.converting.losses import Losses
from goldwire.corpus.labels import labels

__all__ = ["Founder"]

_PRONOUNS = frozenset(
    {"i", "me", "my", "mine", "myself", "you", "your", "yours", "yourself", "yourselves", "he", "him", "his", "himself"}
    | {"she", "her", "hers", "herself", "it", "its", "itself", "we", "us", "our", "ours", "ourselves", "they", "them"}
    | {"their", "theirs", "themselves", "who", "whom", "whose", "which", "that", "this", "these", "those", "one"}
)
_ATTRIBUTES = {"polarity": "POS", "modality": "ASSERTED", "tense": "UNSPECIFIED", "genericity": "SPECIFIC"}
_QID = re.compile(r"Q[1-9][0-9]*")


class Founder:
    """Turns checked records into gold files. articles: the JSON of each article, for what pairs are computed from."""

    def __init__(self, bundle: Bundle, articles: Mapping[str, bytes], losses: Losses) -> None:
        self.bundle, self.losses = bundle, losses
        self.shared = bundle.header.get("entity_scope") == "corpus"
        self.articles = {
            record["doc_id"]: json.loads(articles[f"articles/{record['doc_id']}.json"]) for record in bundle.documents
        }
        self.texts = {record["doc_id"]: record["text"] for record in bundle.documents}
        self.ids: set[str] = set()
        self.entities: dict[str, list[Record]] = defaultdict(list)
        """Entity -> its mentions."""
        self.instances: dict[str, list[Record]] = defaultdict(list)
        """Event instance -> its mentions."""
        self.gold = {record["doc_id"]: self._spans(record) for record in bundle.documents}
        for record in bundle.documents:  # when all entities are known
            self._events_of(record)
        self.passages = self._passages()

    def files(self) -> dict[str, bytes]:
        """Name -> content of everything in gold/."""
        found: dict[str, Any] = {f"{doc_id}.json": content for doc_id, content in self.gold.items()}
        found["entities.json"] = {"entities": [self._entity(name) for name in sorted(self.entities)]}
        found["event_instances.json"] = {"instances": [self._instance(name) for name in sorted(self.instances)]}
        found["duplicates.json"] = {"pairs": self._pairs()}
        found["passages.json"] = {"passages": self.passages}
        return {
            name: (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode() for name, value in found.items()
        }

    def counts(self) -> dict[str, int]:
        """How many there are of what."""
        found = {"articles": len(self.gold)}
        found |= {
            layer: sum(len(gold[layer]) for gold in self.gold.values()) for layer in ("entities", "events", "times")
        }
        return found | {"passages": len(self.passages)}

    def labels(self) -> Record:
        """The labels in use."""
        roles: dict[str, set[str]] = defaultdict(set)
        for event in (event for gold in self.gold.values() for event in gold["events"]):
            roles[event["type"]] |= {argument["role"] for argument in event["arguments"]}
        return {
            "entity_types": sorted({x["type"] for gold in self.gold.values() for x in gold["entities"]}),
            "time_types": sorted({x["type"] for gold in self.gold.values() for x in gold["times"]}),
            "event_roles": {kind: sorted(names) for kind, names in sorted(roles.items())},
        }

    def _id(self, given: str | None, doc_id: str, letter: str, number: int) -> str:
        """An id that is unique in the corpus: the given one if it is."""
        name = given or f"{doc_id}.{letter}{number + 1}"
        name = name if name not in self.ids else f"{doc_id}.{name}"
        while name in self.ids:
            name += "'"
        self.ids.add(name)
        return name

    def _entity_id(self, doc_id: str, entity_id: str) -> str:
        return entity_id if self.shared else f"{doc_id}.{entity_id}"

    def _spans(self, record: Record) -> Record:
        doc_id, text = record["doc_id"], record["text"]
        entities = self._mentions(doc_id, text, record.get("entities", []))
        return {"doc_id": doc_id, "entities": entities, "times": self._times(doc_id, text, record.get("times", []))}

    def _events_of(self, record: Record) -> None:
        gold = self.gold[record["doc_id"]]
        names = {item["given"]: item["id"] for item in gold["times"] if item["given"]}
        for item in gold["times"]:
            del item["given"]
        gold["events"] = self._events(record["doc_id"], record["text"], record.get("events", []), names)

    # entities ----------------------------------------------------------------------------------------------------

    def _mentions(self, doc_id: str, text: str, given: list[Record]) -> list[Record]:
        found: list[Record] = []
        extents: set[tuple[int, ...]] = set()
        for number, item in enumerate(given):
            place = f"{doc_id} entities[{number}]"
            extent = tuple(item.get("fragments") or (item["start"], item["end"]))
            if extent in extents:
                self.losses.add("entities", "a second mention of the same extent", place)
                continue
            extents.add(extent)
            copy = " ".join(text[a:b] for a, b in zip(extent[::2], extent[1::2], strict=True))
            mention: Record = {"id": self._id(item.get("id"), doc_id, "m", number)}
            mention |= {"start": item["start"], "end": item["end"]}
            mention |= {"fragments": item["fragments"]} if "fragments" in item else {}
            mention |= {"text": text[item["start"] : item["end"]], "head": item.get("head"), "type": item.get("type")}
            mention |= {"level": item.get("level"), "entity_id": None}
            self._fill("entities", mention, "head", [extent[0], extent[1]], "the whole mention", place)
            self._fill("entities", mention, "type", "MENTION", "MENTION", place)
            self._fill("entities", mention, "level", _level(copy), "by its words", place)
            if item.get("metonymic"):
                mention["metonymic"] = True
            if "score" in item:
                self.losses.add("entities", "score", place)
            if "entity_id" in item:
                mention["entity_id"] = self._entity_id(doc_id, item["entity_id"])
                self.entities[mention["entity_id"]].append({**mention, "kb_id": item.get("kb_id"), "place": place})
            elif "kb_id" in item:
                self.losses.add("entities", "a knowledge-base id of a mention without an entity", place)
            found.append(mention)
        return found

    def _fill(self, layer: str, item: Record, key: str, value: Any, how: str, place: str) -> None:
        """Give a field a value where it has none, and count that."""
        if item.get(key) is None:
            item[key] = value
            self.losses.add(layer, f"no {key}: filled in ({how})", place)

    def _entity(self, name: str) -> Record:
        """An entry of the index; its mentions are held to the type of most of them."""
        mentions = self.entities[name]
        kind = Counter(mention["type"] for mention in mentions if mention["type"] != "NORP") or Counter(["NORP"])
        best = kind.most_common(1)[0][0]
        known = {row["id"]: row for gold in self.gold.values() for row in gold["entities"]} if len(kind) > 1 else {}
        for mention in mentions:
            if mention["type"] not in (best, "NORP") and not mention.get("metonymic"):
                known[mention["id"]]["metonymic"] = True
                self.losses.add("entities", "a type unlike its entity's: marked as metonymic", mention["place"])
        knowledge = [mention["kb_id"] for mention in mentions if mention["kb_id"]]
        usable = [kb for kb in knowledge if _QID.fullmatch(kb)]
        if len(set(knowledge)) > 1 or len(usable) < len(knowledge):
            self.losses.add("entities", "a knowledge-base id that is none of Wikidata's, or a second one", name)
        order = {"NAM": 0, "NOM": 1, "PRO": 2}
        names = sorted(mentions, key=lambda mention: (order[mention["level"]], -len(mention["text"])))
        return {
            "entity_id": name, "type": best, "name": " ".join(names[0]["text"].split()),
            "kb_id": usable[0] if usable else None, "kb_reason": "Given by the source." if usable else None,
            "relations": [],
        }  # fmt: skip

    # times and events --------------------------------------------------------------------------------------------

    def _times(self, doc_id: str, text: str, given: list[Record]) -> list[Record]:
        found = []
        ids = {item["id"] for item in given if "id" in item}
        for number, item in enumerate(given):
            place = f"{doc_id} times[{number}]"
            row: Record = {"id": self._id(item.get("id"), doc_id, "t", number), "start": item["start"]}
            row |= {"end": item["end"], "text": text[item["start"] : item["end"]], "type": item.get("type")}
            row |= {key: item.get(key) for key in ("value", "resolved", "anchor", "basis")}
            self._fill("times", row, "type", "DATE", "DATE", place)
            legal = row["basis"] in labels()["time_basis"]
            row["basis"] = row["basis"] if legal else None
            self._fill("times", row, "basis", "undecidable", "undecidable", place)
            if row["anchor"] not in (None, "document", *ids):
                self.losses.add("times", "an anchor that is no time of the document", place)
                row["anchor"] = None
            if "score" in item:
                self.losses.add("times", "score", place)
            found.append(row | {"given": item.get("id")})
        renamed = {row["given"]: row["id"] for row in found if row["given"]}
        for row in found:
            row["anchor"] = renamed.get(row["anchor"], row["anchor"])
        return found

    def _events(self, doc_id: str, text: str, given: list[Record], times: Mapping[str, str]) -> list[Record]:
        names = [self._id(item.get("id"), doc_id, "v", number) for number, item in enumerate(given)]
        own = {item["id"]: name for item, name in zip(given, names, strict=True) if "id" in item}
        found = []
        for number, (item, name) in enumerate(zip(given, names, strict=True)):
            place = f"{doc_id} events[{number}]"
            trigger = item["trigger"]
            event: Record = {"id": name, "type": item.get("type"), "trigger": trigger}
            event |= {"text": text[trigger[0] : trigger[-1]], "head": item.get("head"), "arguments": []}
            event["times"] = [times[time] for time in item.get("times", []) if time in times]
            event |= {key: item.get(key) for key in _ATTRIBUTES}
            self._fill("events", event, "type", "Event", "Event", place)
            self._fill("events", event, "head", trigger[:2], "the whole trigger", place)
            for key, value in _ATTRIBUTES.items():
                self._fill("events", event, key, value, value, place)
            for j, argument in enumerate(item.get("arguments", [])):
                event["arguments"].append(self._argument(doc_id, text, argument, times, own, f"{place}.arguments[{j}]"))
            event["attribution"] = self._attribution(doc_id, item.get("attribution"), own, place)
            event["instance_id"] = self._instance_id(doc_id, event, item.get("instance_id"), place)
            if "score" in item:
                self.losses.add("events", "score", place)
            found.append(event)
        return found

    def _argument(
        self, doc_id: str, text: str, given: Record, times: Mapping[str, str], events: Mapping[str, str], place: str
    ) -> Record:
        row: Record = {"role": given.get("role"), "start": given["start"], "end": given["end"]}
        self._fill("arguments", row, "role", "Argument", "Argument", place)
        row["text"] = text[given["start"] : given["end"]]
        row |= {"head": given["head"]} if "head" in given else {}
        if "entity_id" in given:
            name = self._entity_id(doc_id, given["entity_id"])
            if name in self.entities:
                row["entity_id"] = name
            else:
                self.losses.add("arguments", "an entity that no mention is of", place)
        for key, known in (("time_id", times), ("event_id", events)):
            if key in given and given[key] in known:
                row[key] = known[given[key]]
            elif key in given:
                self.losses.add("arguments", f"a {key} of nothing in the document", place)
        if "score" in given:
            self.losses.add("arguments", "score", place)
        return row

    def _attribution(self, doc_id: str, given: Record | None, events: Mapping[str, str], place: str) -> Record | None:
        if not given:
            return None
        found: Record = {"source": None, "via": None, "event": events.get(given.get("event", ""))}
        for key in ("source", "via"):
            name = self._entity_id(doc_id, given[key]) if key in given else None
            found[key] = name if name in self.entities else None
        if sum(value is not None for value in found.values()) < len(given):
            self.losses.add("events", "an attribution to what no mention or event is of", place)
        return found

    def _instance_id(self, doc_id: str, event: Record, given: str | None, place: str) -> str:
        """The instance; one of its own for an event without, and one per type where events of several types share it."""
        if given is None:
            self.losses.add("events", "no instance_id: filled in (an instance of its own)", place)
        name = event["id"] if given is None else self._entity_id(doc_id, given)
        others = self.instances.get(name)
        if others and others[0]["type"] != event["type"]:
            self.losses.add("events", "an instance of several types, divided by type", place)
            name = f"{name}.{event['type']}"
        self.instances[name].append(event)
        return name

    def _instance(self, name: str) -> Record:
        events = self.instances[name]
        roles = dict.fromkeys(
            (argument["role"], argument["entity_id"])
            for event in events
            for argument in event["arguments"]
            if "entity_id" in argument
        )
        return {
            "instance_id": name, "type": events[0]["type"], "label": " ".join(events[0]["text"].split()), "start": None,
            "end": None, "roles": [{"role": role, "entity_id": entity} for role, entity in roles], "links": [],
            "contrast": [],
        }  # fmt: skip

    # pairs and passages ------------------------------------------------------------------------------------------

    def _passages(self) -> list[Record]:
        found: dict[tuple[Any, ...], Record] = {}
        for number, given in enumerate(self.bundle.of("passages")):
            place = f"passages[{number}]"
            sides = sorted((given[s], given[f"{s}_start"], given[f"{s}_end"]) for s in "ab")
            if sides[0][:2] == sides[1][:2] or tuple(sides) in found or any(doc not in self.texts for doc, *_ in sides):
                self.losses.add("passages", "a passage twice, with itself, or of a document that is left out", place)
                continue
            row: Record = {"id": f"p{len(found) + 1}"}
            for side, (doc, start, end) in zip("ab", sides, strict=True):
                row |= {side: doc, f"{side}_start": start, f"{side}_end": end}
                row[f"{side}_text"] = self.texts[doc][start:end]
            same = folded(row["a_text"]) == folded(row["b_text"])
            row["relation"] = given.get("relation")
            inside = row["a"] == row["b"]
            self._fill("passages", row, "relation", "verbatim" if same else "near_verbatim", "by its words", place)
            if row["relation"] == "verbatim" and not same:
                self.losses.add("passages", "verbatim, but in the same words: now near_verbatim", place)
                row["relation"] = "near_verbatim"
            if inside != (row["relation"] == "furniture"):
                self.losses.add("passages", "a relation that has no place inside an article, or across two", place)
                continue
            if "score" in given:
                self.losses.add("passages", "score", place)
            found[tuple(sides)] = row | {"edits": [], "group": None, "note": None}
        return list(found.values())

    def _pairs(self) -> list[Record]:
        """The article pairs that passages or pairs name; reuse is computed from the passages, as validation does."""
        given = {(min(row["a"], row["b"]), max(row["a"], row["b"])): row for row in self.bundle.of("pairs")}
        named = {(row["a"], row["b"]) for row in self.passages if row["a"] != row["b"]}
        found: list[Record] = []
        for a, b in sorted(named | {pair for pair in given if set(pair) <= self.texts.keys()}):
            row: Record = {"id": f"d{len(found) + 1}", "a": a, "b": b}
            said = given.get((a, b), {})
            flipped = said.get("a") == b
            for side, doc in (("a", a), ("b", b)):
                row[f"reuse_{side}"], row[f"coverage_{side}"] = self._reuse(doc, a, b)
                stated = said.get(f"reuse_{'ba'['ab'.index(side)] if flipped else side}")
                if stated not in (None, row[f"reuse_{side}"]):
                    self.losses.add("pairs", "a stated reuse that the passages do not give", f"{a} and {b}")
            for key, inventory in (("story", "unrelated"), ("provenance", "unknown")):
                row[key] = said.get(key) if said.get(key) in labels()[key] else None
                self._fill("pairs", row, key, inventory, inventory, f"{a} and {b}")
            if flipped and row["provenance"] in ("a_from_b", "b_from_a"):
                row["provenance"] = {"a_from_b": "b_from_a", "b_from_a": "a_from_b"}[row["provenance"]]
            found.append(row | {"evidence": "Computed from the passages."})
        return found

    def _reuse(self, doc: str, a: str, b: str) -> tuple[str, float]:
        spans = []
        for row in self.passages:
            if row["relation"] in text_relations() and (row["a"], row["b"]) == (a, b):
                side = "a" if doc == a else "b"
                spans.append((row[f"{side}_start"], row[f"{side}_end"]))
        article = self.articles[doc]
        share, touched = coverage(self.texts[doc], article["zones"], article["sentences"], spans)
        return reuse_level(share, touched), round(share, 4)


def _level(text: str) -> str:
    """PRO for pronouns, NAM for what has a capital in it, else NOM; a guess for annotators to look at."""
    if text.casefold() in _PRONOUNS:
        return "PRO"
    words = text.split()
    return "NAM" if any(word[:1].isupper() for word in words if word.casefold() not in ("the", "a", "an")) else "NOM"
