"""What no schema can say of a file: spans inside their texts, labels that exist, references that resolve.

All rules run over whole columns; only the rows that break one are looked at singly, to say where and why.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.labels import Inventory, labels
from goldwire.counts import IntArray
from goldwire.formats.columns import coded, codes_of, disordered, later_copies, numbers, second_values
from goldwire.formats.jsonl import RecordFile
from goldwire.formats.records import Layer
from goldwire.formats.text_index import TextIndex
from goldwire.incidents import Incidents, did_you_mean, path_text

__all__ = ["Reference", "check_layers"]

_FIELD = {"mentions": "entities", "triggers": "events", "arguments": "events", "times": "times", "zones": "zones"}
_SUGGESTED = 20  # of one rule: looking for the nearest of many names takes its time
_ATTRIBUTES = ("polarity", "modality", "tense", "genericity")


@dataclass(frozen=True)
class Reference:
    """What a file is checked against: the documents there are, their texts and the labels in use."""

    doc_ids: tuple[str, ...]
    texts: TextIndex
    inventory: Inventory

    def code(self, column: pa.ChunkedArray) -> IntArray:
        """Document codes of a column of document ids; -1 for unknown ones."""
        return coded(column, pa.array(self.doc_ids, pa.string()))


def check_layers(
    file: RecordFile, layers: dict[str, Layer], reference: Reference, incidents: Incidents, *, gold: bool = False
) -> dict[str, Layer]:
    """The layers without the rows that break a rule, offsets in code points. Every broken rule is an incident.

    gold: repeated mentions and pairs are errors too (in predictions they are false positives).
    """
    check = _Check(file, dict(layers), reference, incidents)
    check.run()
    if gold:
        check.repetitions()
    return check.kept()


class _Check:
    def __init__(self, file: RecordFile, layers: dict[str, Layer], reference: Reference, incidents: Incidents) -> None:
        self.file, self.layers, self.reference, self.incidents = file, layers, reference, incidents
        self.bad = {name: np.zeros(len(layer.record), bool) for name, layer in layers.items()}

    def run(self) -> None:
        self.documents()
        self.texts()
        unit = self.file.header.get("offset_unit", "codepoint")
        for name in ("zones", "mentions", "triggers", "arguments", "times"):
            if name in self.layers:
                self.spans(name, [("start", "end")], "doc_id", unit)
                if name != "zones":
                    self.copies(name)
                    self.finite(name, "score")
        self.labels()
        self.references()
        self.clusters()
        self.pairs(unit)
        if "arguments" in self.layers and "triggers" in self.layers:
            self.orphan_arguments()

    def kept(self) -> dict[str, Layer]:
        """The layers without their bad rows."""
        return {name: layer.take(~self.bad[name]) for name, layer in self.layers.items()}

    # one finding -------------------------------------------------------------------------------------------------

    def flag(
        self,
        name: str,
        bad: Any,
        rule: str,
        found: str | Callable[[int], str] = "",
        expected: str | Callable[[int], str] = "",
        valid: Iterable[str] | None = None,
        value: Callable[[int], str | None] | None = None,
    ) -> None:
        """Mark rows as bad and describe each; ``valid`` and ``value`` give the nearest valid name."""
        rows = np.flatnonzero(bad)
        self.bad[name] |= bad
        known = sorted(valid) if valid is not None else []
        layer = self.layers[name]
        for count, row in enumerate(rows.tolist()):
            if count >= self.incidents.kept_per_rule:
                self.incidents.counts[rule] += len(rows) - count
                break
            item, sub = int(layer.item[row]), int(layer.sub[row])
            path = () if item < 0 else (_FIELD[name], item) + (() if sub < 0 else ("arguments", sub))
            file, line = self.file.place(int(layer.record[row]), path)
            got = value(row) if value else None
            self.incidents.add(
                rule,
                file,
                line,
                item=path_text(path),
                found=found(row) if callable(found) else (repr(got) if value and not found else found),
                expected=expected(row) if callable(expected) else expected,
                suggestion=did_you_mean(got, known) if got and count < _SUGGESTED else None,
            )

    def column(self, name: str, column: str) -> pa.ChunkedArray:
        return self.layers[name].table[column]

    def values(self, name: str, column: str) -> Callable[[int], str | None]:
        data = self.column(name, column)
        return lambda row: data[row].as_py()

    # rules -------------------------------------------------------------------------------------------------------

    def documents(self) -> None:
        known = self.reference.doc_ids
        for name, layer in self.layers.items():
            for column in [c for c in ("doc_id", "a", "b") if c in layer.table.column_names]:
                ids = layer.table[column]
                absent = ids.is_null().to_numpy(zero_copy_only=False)
                unknown = (self.reference.code(ids) < 0) & ~absent
                own = layer.item < 0  # items inside an unknown document are bad too, but reported once
                if absent.any() and own.any():
                    self.flag(name, absent & own, "record-kind", expected="doc_id, or a and b")
                self.flag(name, unknown & own, "unknown-document", valid=known, value=self.values(name, column))
                self.bad[name] |= unknown | absent
        within = [layer.record for layer in self.layers.values() if len(layer.item) and layer.item[0] >= 0]
        holders = np.concatenate([np.zeros(0, np.int64), *within])
        for name in ("links", "passages", "clusters"):
            if name in self.layers:
                mixed = np.isin(self.layers[name].record, holders)
                self.flag(name, mixed, "record-kind", found="items of a document in a pair or cluster record")
                alien = self.layers[name].record[mixed]
                for inner, items in self.layers.items():
                    self.bad[inner] |= (items.item >= 0) & np.isin(items.record, alien)
        if "articles" in self.layers:
            layer = self.layers["articles"]
            repeated = later_copies([self.reference.code(layer.table["doc_id"])]) & ~self.bad["articles"]
            self.flag("articles", repeated, "repeated-document", value=self.values("articles", "doc_id"))
            again = layer.record[repeated]
            for name, other in self.layers.items():
                self.bad[name] |= (other.item >= 0) & np.isin(other.record, again)

    def texts(self) -> None:
        """Texts a file brings along against those of the reference, and against their own length and checksum."""
        if "articles" not in self.layers:
            return
        table = self.layers["articles"].table
        own, doc = table["text"].combine_chunks(), self.reference.code(table["doc_id"])
        known = self.reference.texts.known[doc] & own.is_valid().to_numpy(False)
        rows = np.flatnonzero(known & ~self.bad["articles"])
        wrong = np.zeros(len(doc), bool)
        length, unstated = numbers(table["length"])
        for row in rows.tolist():
            text = own[row].as_py()
            stated = table["sha256"][row].as_py()
            wrong[row] = (
                text != self.reference.texts.text(int(doc[row]))
                or (stated is not None and stated != hashlib.sha256(text.encode()).hexdigest())
                or (not unstated[row] and length[row] != len(text))
            )
        self.flag("articles", wrong, "checksum", value=self.values("articles", "doc_id"))

    def spans(self, name: str, pairs: list[tuple[str, str]], doc_column: str, unit: str) -> None:
        """Convert to code points, then check borders, fragments and heads."""
        layer = self.layers[name]
        doc = self.reference.code(layer.table[doc_column])
        usable = doc >= 0
        offsets = [column for pair in pairs for column in pair]
        heads = [c for c in ("head_start", "head_end") if c in layer.table.column_names and len(pairs) == 1]
        if unit != "codepoint":
            self.convert(name, doc, [*offsets, *heads], unit)
            layer = self.layers[name]
        length = self.reference.texts.length[doc]
        for start_column, end_column in pairs:
            start, start_null = numbers(layer.table[start_column])
            end, end_null = numbers(layer.table[end_column])
            absent = start_null | end_null
            self.flag(name, absent & usable, "missing-offset", expected="start and end, as two numbers")
            ok = usable & ~absent
            outside = ok & ((start < 0) | (end <= start) | ((length >= 0) & (end > length)))
            self.flag(
                name,
                outside & ~self.bad[name],
                "offset-range",
                found=printed(start, end),
                expected=lambda row: "0 <= start < end" + (f" <= {length[row]}" if length[row] >= 0 else ""),
            )
            if heads:
                head_start, head_null = numbers(layer.table["head_start"])
                head_end, _ = numbers(layer.table["head_end"])
                astray = ok & ~head_null & ((head_start < start) | (head_end > end) | (head_end <= head_start))
                self.flag(
                    name,
                    astray & ~self.bad[name],
                    "head-outside",
                    found=printed(head_start, head_end),
                    expected=printed(start, end, "inside "),
                )
        if "fragments" in layer.table.column_names:
            start, end = (numbers(layer.table[column])[0] for column in pairs[0])
            astray = disordered(layer.table["fragments"], start, end)
            self.flag(name, astray, "fragment-order", expected="fragments in text order, from start to end")

    def convert(self, name: str, doc: IntArray, columns: list[str], unit: str) -> None:
        layer, texts = self.layers[name], self.reference.texts
        able = texts.known[doc]
        self.flag(name, ~able & (doc >= 0), "offset-unit", expected=f"gold with texts, to convert {unit} offsets")
        table = layer.table
        broken = np.zeros(len(doc), bool)
        for column in columns:
            offset, null = numbers(table[column])
            rows = np.flatnonzero(able & ~null)
            offset[rows], between = texts.to_code_points(doc[rows], offset[rows], unit)
            broken[rows[between]] = True
            safe = np.clip(offset, -(2**31), 2**31 - 1)
            table = table.set_column(
                table.column_names.index(column), column, pa.array(safe.astype(np.int32), mask=null)
            )
        if "fragments" in table.column_names and table["fragments"].null_count < len(table):
            lists = table["fragments"].combine_chunks()
            lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
            owner = np.repeat(np.arange(len(doc)), lengths)
            values = lists.flatten().to_numpy(zero_copy_only=False).astype(np.int64)
            rows = np.flatnonzero(able[owner])
            values[rows], between = texts.to_code_points(doc[owner[rows]], values[rows], unit)
            broken[owner[rows[between]]] = True
            ends = pa.array(np.r_[0, np.cumsum(lengths)].astype(np.int32))
            rebuilt = pa.ListArray.from_arrays(ends, pa.array(values.astype(np.int32)), mask=lists.is_null())
            table = table.set_column(table.column_names.index("fragments"), "fragments", rebuilt)
        self.layers[name] = Layer(table, layer.record, layer.item, layer.sub)
        self.flag(name, broken, "offset-unit", expected=f"an offset between characters, counted in {unit}")

    def copies(self, name: str) -> None:
        """Copied text against the text at the offsets (spans in one piece, documents with known text)."""
        layer = self.layers[name]
        if "text" not in layer.table.column_names or layer.table["text"].null_count == len(layer.table):
            return
        doc = self.reference.code(layer.table["doc_id"])
        given = ~layer.table["text"].is_null().to_numpy(zero_copy_only=False)
        whole = ~self.bad[name] & given & self.reference.texts.known[doc]
        if "fragments" in layer.table.column_names:
            whole &= layer.table["fragments"].is_null().to_numpy(zero_copy_only=False)
        rows = np.flatnonzero(whole)
        start, _ = numbers(layer.table["start"])
        end, _ = numbers(layer.table["end"])
        texts = layer.table["text"].combine_chunks().take(pa.array(rows))
        wrong = np.zeros(len(doc), bool)
        wrong[rows] = self.reference.texts.differs(doc[rows], start[rows], end[rows], texts)
        slice_ = self.reference.texts.slice
        self.flag(
            name,
            wrong,
            "text-mismatch",
            found=lambda row: repr(layer.table["text"][row].as_py()),
            expected=lambda row: repr(slice_(int(doc[row]), int(start[row]), int(end[row]))),
        )

    def finite(self, name: str, column: str) -> None:
        values = self.column(name, column)
        odd = pc.fill_null(pc.invert(pc.is_finite(values)), False).to_numpy(zero_copy_only=False)
        self.flag(name, odd, "not-a-number", found=f"{column} is NaN or infinite")

    def legal(self, name: str, column: str, valid: Iterable[str], rule: str) -> None:
        valid = sorted(valid)
        values = self.column(name, column)
        strange = (coded(values, pa.array(valid, pa.string())) < 0) & ~values.is_null().to_numpy(zero_copy_only=False)
        self.flag(name, strange, rule, valid=valid, value=self.values(name, column))

    def labels(self) -> None:
        inventory, data = self.reference.inventory, labels()
        if "mentions" in self.layers:
            self.legal("mentions", "type", inventory.entity_types, "unknown-type")
            self.legal("mentions", "level", data["levels"], "unknown-label")
        if "times" in self.layers:
            self.legal("times", "type", inventory.time_types, "unknown-type")
        if "triggers" in self.layers:
            self.legal("triggers", "type", inventory.roles, "unknown-type")
            for attribute in _ATTRIBUTES:
                self.legal("triggers", attribute, data[attribute], "unknown-label")
        for column in ("relation", "reuse_a", "reuse_b"):
            if "links" in self.layers:
                self.legal("links", column, data["reuse_levels"], "unknown-label")
        if "passages" in self.layers:
            self.legal("passages", "relation", data["passage_relations"], "unknown-label")
        if "arguments" in self.layers:
            self.roles()

    def roles(self) -> None:
        """Roles against the type of the event that has them."""
        events, arguments = self.layers["triggers"], self.layers["arguments"]
        width = int(events.item.max(initial=0)) + 1
        event = np.searchsorted(events.record * width + events.item, arguments.record * width + arguments.item)
        inventory = self.reference.inventory.roles
        pairs = [(kind, role) for kind, roles in inventory.items() for role in roles]
        legal = pa.array(sorted(f"{kind}\0{role}" for kind, role in pairs), pa.string())
        kinds = events.table["type"].combine_chunks().take(pa.array(event))
        joined = pc.binary_join_element_wise(kinds, arguments.table["role"].combine_chunks(), "\0")
        known = pc.fill_null(pc.is_in(kinds, pa.array(sorted(inventory), pa.string())), False)
        wrong = (coded(pa.chunked_array([joined]), legal) < 0) & known.to_numpy(zero_copy_only=False)
        self.flag(
            "arguments",
            wrong,
            "illegal-role",
            found=lambda row: f"{arguments.table['role'][row].as_py()!r} on {kinds[row].as_py()}",
            expected=lambda row: ", ".join(sorted(inventory[kinds[row].as_py()])),
        )

    def references(self) -> None:
        """Ids that refer to events and times of the same document; more than one target for an argument."""
        if "arguments" not in self.layers:
            return
        events = self.layers["triggers"].table
        keys = [self.reference.code(events["doc_id"]), codes_of(events["event_id"])[0]]
        repeated = later_copies(keys) & ~self.bad["triggers"]
        self.flag("triggers", repeated, "repeated-id", value=self.values("triggers", "event_id"))
        table = self.layers["arguments"].table
        for column, name, key in (("time_id", "times", "time_id"), ("target_event_id", "triggers", "event_id")):
            wanted = pc.binary_join_element_wise(table["doc_id"], table[column], "\0")
            other = self.layers[name].table if name in self.layers else None
            there = pa.array([], pa.string())
            if other is not None:
                there = pc.drop_null(pc.binary_join_element_wise(other["doc_id"], other[key], "\0")).combine_chunks()
            dangling = (coded(wanted, there) < 0) & ~wanted.is_null().to_numpy(zero_copy_only=False)
            self.flag("arguments", dangling, "dangling-reference", value=self.values("arguments", column))
        targets = sum(
            (~table[column].is_null().to_numpy(zero_copy_only=False)).astype(int)
            for column in ("entity_id", "time_id", "target_event_id")
        )
        self.flag(
            "arguments", np.asarray(targets) > 1, "argument-target", expected="one of entity_id, time_id, event_id"
        )

    def clusters(self) -> None:
        """A span, or a document, that is put into two clusters."""
        if "mentions" in self.layers:
            table = self.layers["mentions"].table
            cluster, null = codes_of(table["entity_id"])
            keys = [self.reference.code(table["doc_id"]), numbers(table["start"])[0], numbers(table["end"])[0]]
            fragments = codes_of(table["fragments"])[0]
            self.flag(
                "mentions",
                second_values([*keys, fragments], cluster, ~null & ~self.bad["mentions"]),
                "two-clusters",
                found=lambda row: f"entity {table['entity_id'][row].as_py()!r} for a span that has another already",
            )
        if "clusters" in self.layers:
            table = self.layers["clusters"].table
            cluster, null = codes_of(table["cluster"])
            keys = [self.reference.code(table["doc_id"])]
            self.flag(
                "clusters",
                later_copies(keys) & ~self.bad["clusters"],
                "two-clusters",
                value=self.values("clusters", "doc_id"),
            )

    def pairs(self, unit: str) -> None:
        for name in ("links", "passages"):
            if name not in self.layers:
                continue
            table = self.layers[name].table
            same = pc.fill_null(pc.equal(table["a"], table["b"]), False).to_numpy(zero_copy_only=False)
            if name == "links":
                self.flag(name, same, "self-link", value=self.values(name, "a"))
                self.contradictions()
            self.finite(name, "score")
        if "passages" in self.layers:
            self.spans("passages", [("a_start", "a_end")], "a", unit)
            self.spans("passages", [("b_start", "b_end")], "b", unit)

    def repetitions(self) -> None:
        """Mentions and pairs that gold has twice."""
        if "mentions" in self.layers:
            table = self.layers["mentions"].table
            keys = [self.reference.code(table["doc_id"]), *(numbers(table[c])[0] for c in ("start", "end"))]
            keys += [codes_of(table["type"])[0], codes_of(table["fragments"])[0]]
            again = later_copies(keys) & ~self.bad["mentions"]
            self.flag("mentions", again, "repeated-extent", found="the same span and type again")
        if "links" in self.layers:
            table = self.layers["links"].table
            a, b = self.reference.code(table["a"]), self.reference.code(table["b"])
            again = later_copies([np.minimum(a, b), np.maximum(a, b)]) & ~self.bad["links"]
            self.flag("links", again, "repeated-pair", value=self.values("links", "a"))

    def contradictions(self) -> None:
        """One pair, in either orientation, with two relations. (Repeated alike it is a false positive, no incident.)"""
        table = self.layers["links"].table
        a, b = self.reference.code(table["a"]), self.reference.code(table["b"])
        relation, null = codes_of(table["relation"])
        self.flag(
            "links",
            second_values([np.minimum(a, b), np.maximum(a, b)], relation, ~null & ~self.bad["links"]),
            "contradictory-pair",
            found=lambda row: " and ".join(table[column][row].as_py() for column in ("a", "b")),
        )

    def orphan_arguments(self) -> None:
        """Arguments of events that were bad go with them."""
        events, arguments = self.layers["triggers"], self.layers["arguments"]
        width = int(max(events.item.max(initial=0), arguments.item.max(initial=0))) + 1
        lost = (events.record * width + events.item)[self.bad["triggers"]]
        self.bad["arguments"] |= np.isin(arguments.record * width + arguments.item, lost)


def printed(start: IntArray, end: IntArray, before: str = "") -> Callable[[int], str]:
    """A row's span as incidents show it."""
    return lambda row: f"{before}[{start[row]}, {end[row]})"
