"""Rules of an annotation folder that reach across its files: references, agreement of layers, computed values."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from goldwire.building.reuse import coverage, folded, reuse_level, text_relations
from goldwire.corpus.labels import labels, standard_inventory
from goldwire.formats.folder import JsonFile, Source
from goldwire.formats.strict_json import Path
from goldwire.incidents import Incidents, did_you_mean, path_text

__all__ = ["check_source"]


def check_source(source: Source, incidents: Incidents) -> None:
    """Add every finding about the folder as a whole to ``incidents``."""
    _Rules(source, incidents).run()


class _Rules:
    def __init__(self, source: Source, incidents: Incidents) -> None:
        self.source, self.incidents = source, incidents
        self.entities = {row["entity_id"]: row for row in source.index("entities")}
        self.instances = {row["instance_id"]: row for row in source.index("event_instances")}
        declared = source.corpus.content.get("labels") if source.corpus else None
        self.inventory = standard_inventory().replaced(declared)
        self.used: Counter[str] = Counter()

    def run(self) -> None:
        self.complete = len(self.source.gold) == len(self.source.articles)
        for doc_id, article in self.source.articles.items():
            self.article(article, doc_id)
            if doc_id in self.source.gold:
                gold = self.source.gold[doc_id]
                self.mentions(gold)
                self.times(gold)
                self.events(gold)
        self.unique_across_articles()
        if "entities" in self.source.indexes:
            self.entity_index(self.source.indexes["entities"])
        if "event_instances" in self.source.indexes:
            self.instance_index(self.source.indexes["event_instances"])
        if "passages" in self.source.indexes:
            self.passages(self.source.indexes["passages"])
        if "duplicates" in self.source.indexes:
            self.pairs(self.source.indexes["duplicates"])

    # findings ----------------------------------------------------------------------------------------------------

    def add(self, file: JsonFile, path: Path, rule: str, **details: Any) -> None:
        self.incidents.add(rule, file.path, file.line(path), item=path_text(path), **details)

    def refers(self, file: JsonFile, path: Path, target: str | None, valid: Iterable[str]) -> None:
        """A reference that must resolve."""
        if target is not None and target not in valid:
            self.add(file, path, "dangling-reference", found=repr(target), suggestion=did_you_mean(target, valid))

    def legal(self, file: JsonFile, path: Path, label: str, inventory: Iterable[str]) -> None:
        """A label that must be in an inventory."""
        if label not in inventory:
            self.add(file, path, "unknown-label", found=repr(label), suggestion=did_you_mean(label, inventory))

    def known_type(self, file: JsonFile, path: Path, label: str, inventory: Iterable[str]) -> None:
        """A type that must be in an inventory."""
        if label not in inventory:
            near = did_you_mean(label, inventory)
            self.add(file, (*path, "type"), "unknown-type", found=repr(label), suggestion=near)

    def unique(self, file: JsonFile, listing: str, key: str) -> None:
        """Ids of one list."""
        seen: set[str] = set()
        for i, row in enumerate(file.content[listing]):
            if row[key] in seen:
                self.add(file, (listing, i, key), "repeated-id", found=repr(row[key]))
            seen.add(row[key])

    def unique_across_articles(self) -> None:
        """Ids of mentions, times and events, which are unique in the whole corpus."""
        for listing in ("entities", "times", "events"):
            seen: dict[str, str] = {}
            for gold in self.source.gold.values():
                for i, row in enumerate(gold.content[listing]):
                    if row["id"] in seen:
                        where = f"also in {seen[row['id']]}"
                        self.add(gold, (listing, i, "id"), "repeated-id", found=f"{row['id']!r} {where}")
                    seen[row["id"]] = gold.path

    # articles ----------------------------------------------------------------------------------------------------

    def article(self, file: JsonFile, doc_id: str) -> None:
        content = file.content
        zones = content["zones"]
        for i, zone in enumerate(zones):
            self.legal(file, ("zones", i, "zone"), zone["zone"], labels()["zones"])
            due = zones[i - 1]["end"] if i else 0
            if zone["start"] != due or zone["end"] <= zone["start"]:
                found = f"[{zone['start']}, {zone['end']})"
                self.add(file, ("zones", i), "zone-partition", found=found, expected=f"a zone that starts at {due}")
        if zones[-1]["end"] != content["length"]:
            found, expected = str(zones[-1]["end"]), f"the last zone to end at {content['length']}"
            self.add(file, ("zones", len(zones) - 1), "zone-partition", found=found, expected=expected)
        before = 0
        for i, sentence in enumerate(content["sentences"]):
            inside = any(z["start"] <= sentence["start"] and sentence["end"] <= z["end"] for z in zones)
            if not before <= sentence["start"] < sentence["end"] or not inside:
                self.add(file, ("sentences", i), "sentence-order", found=f"[{sentence['start']}, {sentence['end']})")
            before = sentence["end"]
        text = self.source.texts.get(doc_id)
        if text is None:
            return
        sha = hashlib.sha256(text.encode("utf-8")).hexdigest()
        if sha != content["sha256"]:
            self.add(file, ("sha256",), "checksum", found=sha, expected=content["sha256"])
        elif len(text) != content["length"]:
            self.add(file, ("length",), "checksum", found=str(len(text)), expected=str(content["length"]))
        else:
            return
        del self.source.texts[doc_id]  # nothing else can be held against a text that is not the one annotated

    # entities ----------------------------------------------------------------------------------------------------

    def mentions(self, file: JsonFile) -> None:
        rows, known = file.content["entities"], self.inventory.entity_types
        extents: dict[tuple[int, ...], int] = {}
        for i, row in enumerate(rows):
            path: Path = ("entities", i)
            extent = tuple(row.get("fragments") or (row["start"], row["end"]))
            if extent in extents:
                self.add(file, path, "repeated-extent", found=f"{row['text']!r}, also entities[{extents[extent]}]")
            extents.setdefault(extent, i)
            entity_id = row["entity_id"]
            self.refers(file, (*path, "entity_id"), entity_id, self.entities)
            self.used[entity_id or ""] += 1
            entity = self.entities.get(entity_id or "")
            free = row["type"] == "NORP" or row.get("metonymic") or (entity or row)["type"] not in known
            if entity and row["type"] != entity["type"] and not free:
                found, expected = f"{row['text']!r} as {row['type']}", f"{entity['type']} as entity {entity_id!r}"
                self.add(file, (*path, "type"), "entity-type", found=found, expected=expected)
        self.crossing(file, rows)

    def crossing(self, file: JsonFile, rows: list[dict[str, Any]]) -> None:
        """Mentions in one piece that overlap without one holding the other."""
        whole = sorted(
            ((row["start"], -row["end"], i) for i, row in enumerate(rows) if not row.get("fragments")),
        )
        stack: list[tuple[int, int]] = []
        for start, negative_end, i in whole:
            while stack and stack[-1][0] <= start:
                stack.pop()
            if stack and stack[-1][0] < -negative_end:
                other = rows[stack[-1][1]]["text"]
                self.add(file, ("entities", i), "crossing-mentions", found=f"{rows[i]['text']!r} and {other!r}")
            stack.append((-negative_end, i))

    def entity_index(self, file: JsonFile) -> None:
        self.unique(file, "entities", "entity_id")
        for i, row in enumerate(file.content["entities"]):
            path: Path = ("entities", i)
            self.known_type(file, path, row["type"], self.inventory.entity_types)
            for j, link in enumerate(row["relations"]):
                here = (*path, "relations", j)
                self.legal(file, (*here, "relation"), link["relation"], labels()["entity_relations"])
                self.refers(file, (*here, "target"), link["target"], self.entities)
                if link["target"] == row["entity_id"]:
                    self.add(file, here, "self-link", found=repr(link["target"]))
            if self.complete and not self.used[row["entity_id"]]:
                self.add(file, path, "unused-entry", found=repr(row["entity_id"]))

    # times and events --------------------------------------------------------------------------------------------

    def times(self, file: JsonFile) -> None:
        ids = {row["id"] for row in file.content["times"]}
        for i, row in enumerate(file.content["times"]):
            self.legal(file, ("times", i, "basis"), row["basis"], labels()["time_basis"])
            if row["anchor"] != "document":
                self.refers(file, ("times", i, "anchor"), row["anchor"], ids)

    def events(self, file: JsonFile) -> None:
        times = {row["id"] for row in file.content["times"]}
        events = {row["id"] for row in file.content["events"]}
        for i, row in enumerate(file.content["events"]):
            path: Path = ("events", i)
            for j, time_id in enumerate(row["times"]):
                self.refers(file, (*path, "times", j), time_id, times)
            for j, argument in enumerate(row["arguments"]):
                self.refers(file, (*path, "arguments", j, "entity_id"), argument.get("entity_id"), self.entities)
            attribution = row["attribution"] or {}
            for key, valid in (("source", self.entities), ("via", self.entities), ("event", events)):
                self.refers(file, (*path, "attribution", key), attribution.get(key), valid)
            instance_id = row["instance_id"]
            self.refers(file, (*path, "instance_id"), instance_id, self.instances)
            self.used[instance_id] += 1
            instance = self.instances.get(instance_id)
            if instance and instance["type"] != row["type"]:
                found, expected = f"{row['text']!r} as {row['type']}", f"{instance['type']} as {instance_id!r}"
                self.add(file, (*path, "type"), "instance-type", found=found, expected=expected)

    def instance_index(self, file: JsonFile) -> None:
        self.unique(file, "instances", "instance_id")
        kinds = self.inventory.roles
        for i, row in enumerate(file.content["instances"]):
            path: Path = ("instances", i)
            own = row["instance_id"]
            self.known_type(file, path, row["type"], kinds)
            for j, role in enumerate(row["roles"]):
                here = (*path, "roles", j)
                self.refers(file, (*here, "entity_id"), role["entity_id"], self.entities)
                legal = kinds.get(row["type"], frozenset([role["role"]]))
                if role["role"] not in legal:
                    found, expected = f"{role['role']!r} on {row['type']}", ", ".join(sorted(legal))
                    self.add(file, here, "illegal-role", found=found, expected=expected)
            for j, link in enumerate(row["links"]):
                here = (*path, "links", j)
                self.legal(file, (*here, "relation"), link["relation"], labels()["instance_links"])
                self.refers(file, (*here, "target"), link["target"], self.instances)
                if link["target"] == own:
                    self.add(file, here, "self-link", found=repr(own))
            for j, other in enumerate(row["contrast"]):
                self.refers(file, (*path, "contrast", j), other, self.instances)
                if other == own:
                    self.add(file, (*path, "contrast", j), "self-link", found=repr(own))
                elif other in self.instances and own not in self.instances[other]["contrast"]:
                    expected = f"{own!r} in the contrast of {other!r}"
                    self.add(file, (*path, "contrast", j), "contrast-one-way", found=repr(other), expected=expected)
            if self.complete and not self.used[own]:
                self.add(file, path, "unused-entry", found=repr(own))
        for i in _in_circle(file.content["instances"]):
            self.add(
                file, ("instances", i, "links"), "link-cycle", found=repr(file.content["instances"][i]["instance_id"])
            )

    # passages and pairs ------------------------------------------------------------------------------------------

    def passages(self, file: JsonFile) -> None:
        self.unique(file, "passages", "id")
        relations = labels()["passage_relations"]
        groups: dict[str, set[str]] = defaultdict(set)
        for i, row in enumerate(file.content["passages"]):
            path: Path = ("passages", i)
            for side in "ab":
                text = self.source.texts.get(row[side])
                if text is not None and text[row[f"{side}_start"] : row[f"{side}_end"]] != row[f"{side}_text"]:
                    actual = text[row[f"{side}_start"] : row[f"{side}_end"]]
                    found = repr(row[f"{side}_text"])
                    self.add(file, (*path, f"{side}_text"), "text-mismatch", found=found, expected=repr(actual))
            if (row["a"], row["a_start"]) >= (row["b"], row["b_start"]):
                self.add(file, path, "pair-order", expected="a before b, or in one article the earlier place first")
            inside = row["a"] == row["b"]
            if row["relation"] in relations and inside != (row["relation"] == "furniture"):
                expected = "furniture inside one article, the other relations across two"
                self.add(file, (*path, "relation"), "passage-place", found=repr(row["relation"]), expected=expected)
            for j, edit in enumerate(row["edits"]):
                self.legal(file, (*path, "edits", j), edit, labels()["passage_edits"])
            if row["relation"] == "verbatim" and folded(row["a_text"]) != folded(row["b_text"]):
                self.add(
                    file, (*path, "relation"), "verbatim-text", found=repr(row["a_text"]), expected=repr(row["b_text"])
                )
            if row["group"] is not None:
                groups[row["group"]].add(folded(row["a_text"]))
                if row["relation"] not in ("verbatim", "furniture") or len(groups[row["group"]]) > 1:
                    self.add(file, (*path, "group"), "group", found=f"{row['group']!r} on {row['relation']}")

    def pairs(self, file: JsonFile) -> None:
        self.unique(file, "pairs", "id")
        seen: set[tuple[str, str]] = set()
        for i, row in enumerate(file.content["pairs"]):
            path: Path = ("pairs", i)
            self.legal(file, (*path, "story"), row["story"], labels()["story"])
            self.legal(file, (*path, "provenance"), row["provenance"], labels()["provenance"])
            if row["a"] > row["b"]:
                self.add(file, path, "pair-order", found=f"{row['a']} before {row['b']}", expected="a before b")
            key = (min(row["a"], row["b"]), max(row["a"], row["b"]))
            if key in seen:
                self.add(file, path, "repeated-pair", found=f"{key[0]} and {key[1]}")
            seen.add(key)
            self.computed(file, path, row)
        if self.source.corpus and self.source.corpus.content["all_pairs"]:
            ids = sorted(self.source.articles)
            for x, a in enumerate(ids):
                for b in ids[x + 1 :]:
                    if (a, b) not in seen:
                        self.add(file, ("pairs",), "missing-pair", found=f"{a} and {b}")

    def computed(self, file: JsonFile, path: Path, row: Mapping[str, Any]) -> None:
        """Coverage and level of a pair against what its passages give."""
        if row["a"] not in self.source.texts or row["b"] not in self.source.texts:
            return
        textual = text_relations()
        for side in "ab":
            spans = []
            for passage in self.source.index("passages"):
                if passage["relation"] in textual and {passage["a"], passage["b"]} == {row["a"], row["b"]}:
                    own = "a" if passage["a"] == row[side] else "b"
                    spans.append((passage[f"{own}_start"], passage[f"{own}_end"]))
            article = self.source.articles[row[side]].content
            share, sentences = coverage(self.source.texts[row[side]], article["zones"], article["sentences"], spans)
            if abs(share - row[f"coverage_{side}"]) > 0.00005:
                found, expected = str(row[f"coverage_{side}"]), f"{share:.4f}"
                self.add(file, (*path, f"coverage_{side}"), "coverage", found=found, expected=expected)
            level = reuse_level(share, sentences)
            if level != row[f"reuse_{side}"]:
                found = repr(row[f"reuse_{side}"])
                self.add(file, (*path, f"reuse_{side}"), "reuse-level", found=found, expected=repr(level))


def _in_circle(instances: list[dict[str, Any]]) -> list[int]:
    """Positions of instances from which MEMBER_OF and SUBEVENT links lead back to themselves."""
    targets = {
        row["instance_id"]: [x["target"] for x in row["links"] if x["relation"] in ("MEMBER_OF", "SUBEVENT")]
        for row in instances
    }

    def reaches(start: str) -> set[str]:
        seen: set[str] = set()
        todo = list(targets.get(start, []))
        while todo:
            node = todo.pop()
            if node not in seen:
                seen.add(node)
                todo += targets.get(node, [])
        return seen

    return [i for i, row in enumerate(instances) if row["instance_id"] in reaches(row["instance_id"])]
