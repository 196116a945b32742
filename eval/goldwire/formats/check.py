"""What no schema can say of a file: spans inside their texts, labels that exist, references that resolve.

All rules run over whole columns; only the rows that break one are looked at singly, to say where and why.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.labels import labels
from goldwire.counts import IntArray
from goldwire.formats.columns import (
    Int32Array,
    Integers,
    coded,
    codes_of,
    disordered,
    later_copies,
    second_values,
    twins,
)
from goldwire.formats.findings import Findings, Reference
from goldwire.formats.grounding import Ground, grounded, with_places
from goldwire.formats.jsonl import RecordFile
from goldwire.formats.records import Layer
from goldwire.incidents import Incidents

__all__ = ["Reference", "check_layers"]

_ATTRIBUTES = ("polarity", "modality", "tense", "genericity")


def check_layers(
    file: RecordFile, layers: dict[str, Layer], reference: Reference, incidents: Incidents, *, gold: bool = False
) -> dict[str, Layer]:
    """The layers without the rows that break a rule, offsets in code points. Every broken rule is an incident.

    Predicted items that give a string in place of offsets get those; a layer that has some has the columns of
    ``grounding.COLUMNS`` too.
    gold: strings are not looked up, and repeated mentions and pairs are errors too (in predictions they are false positives).
    """
    check = _Check(file, dict(layers), reference, incidents)
    check.gold = gold
    check.run()
    if gold:
        check.repetitions()
    return check.kept()


class _Check(Findings):
    """The rules."""

    gold = False

    @cached_property
    def grounds(self) -> dict[int, Ground]:
        """Texts in which strings were looked up, by document code."""
        return {}

    @cached_property
    def grounded(self) -> dict[str, Any]:
        """Layer -> (rows,) True for items that gave a string in place of offsets."""
        return {}

    def run(self) -> None:
        self.documents()
        self.texts()
        unit = self.file.header.get("offset_unit", "codepoint")
        for name in ("zones", "mentions", "triggers", "arguments", "times"):
            if name in self.layers:
                if unit != "codepoint":
                    self.convert_spans(name, ("start", "end"), "doc_id", unit)
                if not self.gold and name != "zones":
                    self.strings(name)
                self.spans(name, ("start", "end"), "doc_id")
                if name != "zones":
                    self.copies(name)
                    self.finite(name, "score")
        self.labels()
        self.references()
        self.clusters()
        self.pairs(unit)
        if "arguments" in self.layers and "triggers" in self.layers:
            self.orphan_arguments()

    def documents(self) -> None:
        known = self.reference.doc_ids
        for name, layer in self.layers.items():
            for column in [c for c in ("doc_id", "a", "b") if c in layer.table.column_names]:
                absent = layer.table[column].is_null().to_numpy(zero_copy_only=False)
                unknown = (self.docs(name, column) < 0) & ~absent
                own = layer.item < 0  # items inside an unknown document are bad too, but reported once
                self.flag(name, absent & own, "record-kind", expected="doc_id, or a and b")
                self.flag(name, unknown & own, "unknown-document", valid=known, value=self.values(name, column))
                self.bad[name] |= unknown | absent
        for name in ("links", "passages", "clusters"):
            if name in self.layers:
                mixed = self.holds_items(self.layers[name].record)
                self.flag(name, mixed, "record-kind", found="items of a document in a pair or cluster record")
                self.drop_items(self.layers[name].record[mixed])
        if "articles" in self.layers:
            repeated = later_copies([self.docs("articles")]) & ~self.bad["articles"]
            self.flag("articles", repeated, "repeated-document", value=self.values("articles", "doc_id"))
            self.drop_items(self.layers["articles"].record[repeated])

    def holds_items(self, records: Integers) -> Any:
        """Which of the records have a list of items."""
        holders = [layer.record for layer in self.layers.values() if len(layer.item) and layer.item[0] >= 0]
        return np.isin(records, np.concatenate([np.zeros(0, np.int64), *holders]))

    def drop_items(self, records: Integers) -> None:
        """The items of these records go with them."""
        if len(records):
            for name, layer in self.layers.items():
                self.bad[name] |= (layer.item >= 0) & np.isin(layer.record, records)

    def texts(self) -> None:
        """Texts a file brings along against those of the reference, and against their own length and checksum."""
        if "articles" not in self.layers or not self.stated("articles", "text"):
            return
        table, doc = self.layers["articles"].table, self.docs("articles")
        given = table["text"].is_valid().to_numpy(zero_copy_only=False)
        rows = np.flatnonzero(given & self.reference.texts.known[doc] & ~self.bad["articles"])
        texts = table["text"].combine_chunks().take(pa.array(rows))
        length, unstated = self.numbers("articles", "length")
        wrong = np.zeros(len(doc), bool)
        wrong[rows] = pc.not_equal(texts, self.reference.texts.of(doc[rows])).to_numpy(zero_copy_only=False)
        wrong[rows] |= ~unstated[rows] & (length[rows] != pc.utf8_length(texts).to_numpy(zero_copy_only=False))
        sums = table["sha256"].combine_chunks().take(pa.array(rows))
        for at in np.flatnonzero(sums.is_valid().to_numpy(zero_copy_only=False)).tolist():
            wrong[rows[at]] |= sums[at].as_py() != hashlib.sha256(texts[at].as_buffer()).hexdigest()
        self.flag("articles", wrong, "checksum", value=self.values("articles", "doc_id"))

    def strings(self, name: str) -> None:
        """Items that give a string and no offsets get the offsets of that string; see ``formats.grounding``."""
        table = self.layers[name].table
        if not table["start"].null_count or not self.stated(name, "text"):
            return
        bare = pc.and_(pc.and_(pc.is_null(table["start"]), pc.is_null(table["end"])), pc.is_valid(table["text"]))
        doc = self.docs(name)
        rows = np.flatnonzero(bare.to_numpy() & self.reference.texts.known[doc])
        if not len(rows):
            return
        found = grounded(self.layers, name, doc, rows, self.grounds, self.reference.texts)
        (start, _), (end, _) = (self.numbers(name, column) for column in ("start", "end"))
        self.replace(name, with_places(table, found, start, end))
        self.grounded[name] = np.isin(np.arange(len(doc)), rows)

    def spans(self, name: str, columns: tuple[str, str], doc_column: str) -> None:
        """Check borders, fragments and heads."""
        doc = self.docs(name, doc_column)
        usable = doc >= 0
        heads = ("head_start", "head_end") if self.stated(name, "head_start") else ()
        lengths = self.reference.texts.length
        (start, start_null), (end, end_null) = (self.numbers(name, column) for column in columns)
        absent = start_null | end_null
        self.flag(name, absent & usable, "missing-offset", expected="start and end, as two numbers, or the text alone")
        ok = usable & ~absent
        outside = ok & ((start < 0) | (end <= start))
        if lengths.max() >= 0:
            length = lengths[doc]
            outside |= ok & (length >= 0) & (end > length)
        if name in self.grounded:
            outside &= ~self.grounded[name]
        self.flag(
            name,
            outside & ~self.bad[name],
            "offset-range",
            found=printed(start, end),
            expected=lambda row: "0 <= start < end" + (f" <= {lengths[doc[row]]}" if lengths[doc[row]] >= 0 else ""),
        )
        if heads:
            (head_start, head_null), (head_end, _) = (self.numbers(name, column) for column in heads)
            astray = ok & ~head_null & ((head_start < start) | (head_end > end) | (head_end <= head_start))
            self.flag(
                name,
                astray & ~self.bad[name],
                "head-outside",
                found=printed(head_start, head_end),
                expected=printed(start, end, "inside "),
            )
        if self.stated(name, "fragments"):
            astray = disordered(self.column(name, "fragments"), start, end)
            self.flag(name, astray, "fragment-order", expected="fragments in text order, from start to end")

    def convert_spans(self, name: str, columns: tuple[str, str], doc_column: str, unit: str) -> None:
        """Offsets, those of heads and fragments included, to code points."""
        heads = ("head_start", "head_end") if self.stated(name, "head_start") else ()
        self.convert(name, self.docs(name, doc_column), [*columns, *heads], unit)

    def convert(self, name: str, doc: Int32Array, columns: list[str], unit: str) -> None:
        table, texts = self.layers[name].table, self.reference.texts
        able = texts.known[doc]
        self.flag(name, ~able & (doc >= 0), "offset-unit", expected=f"gold with texts, to convert {unit} offsets")
        broken = np.zeros(len(doc), bool)
        for column in columns:
            values, null = self.numbers(name, column)
            offset = values.astype(np.int64)
            rows = np.flatnonzero(able & ~null)
            offset[rows], between = texts.to_code_points(doc[rows], offset[rows], unit)
            broken[rows[between]] = True
            safe = np.clip(offset, -(2**31), 2**31 - 1)
            table = table.set_column(
                table.column_names.index(column), column, pa.array(safe.astype(np.int32), mask=null)
            )
        if self.stated(name, "fragments"):
            lists = table["fragments"].combine_chunks()
            lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
            owner = np.repeat(np.arange(len(doc)), lengths)
            offset = lists.flatten().to_numpy(zero_copy_only=False).astype(np.int64)
            rows = np.flatnonzero(able[owner])
            offset[rows], between = texts.to_code_points(doc[owner[rows]], offset[rows], unit)
            broken[owner[rows[between]]] = True
            ends = pa.array(np.r_[0, np.cumsum(lengths)].astype(np.int32))
            rebuilt = pa.ListArray.from_arrays(ends, pa.array(offset.astype(np.int32)), mask=lists.is_null())
            table = table.set_column(table.column_names.index("fragments"), "fragments", rebuilt)
        self.replace(name, table)
        self.flag(name, broken, "offset-unit", expected=f"an offset between characters, counted in {unit}")

    def copies(self, name: str) -> None:
        """Copied text against the text at the offsets (spans in one piece, documents with known text)."""
        if not self.stated(name, "text"):
            return
        table, doc = self.layers[name].table, self.docs(name)
        given = ~table["text"].is_null().to_numpy(zero_copy_only=False)
        whole = ~self.bad[name] & given & self.reference.texts.known[doc]
        if name in self.grounded:
            whole &= ~self.grounded[name]
        if self.stated(name, "fragments"):
            whole &= table["fragments"].is_null().to_numpy(zero_copy_only=False)
        rows = np.flatnonzero(whole)
        (start, _), (end, _) = (self.numbers(name, column) for column in ("start", "end"))
        texts = table["text"].combine_chunks().take(pa.array(rows))
        wrong = np.zeros(len(doc), bool)
        wrong[rows] = self.reference.texts.differs(doc[rows], start[rows], end[rows], texts)
        slice_ = self.reference.texts.slice
        self.flag(
            name,
            wrong,
            "text-mismatch",
            found=lambda row: repr(table["text"][row].as_py()),
            expected=lambda row: repr(slice_(int(doc[row]), int(start[row]), int(end[row]))),
        )

    def finite(self, name: str, column: str) -> None:
        if self.stated(name, column):
            values = self.column(name, column)
            odd = pc.fill_null(pc.invert(pc.is_finite(values)), False).to_numpy(zero_copy_only=False)
            self.flag(name, odd, "not-a-number", found=f"{column} is NaN or infinite")

    def legal(self, name: str, column: str, valid: Iterable[str], rule: str) -> None:
        if not self.stated(name, column):
            return
        valid = sorted(valid)
        values = self.column(name, column)
        strange = pc.and_not(pc.is_valid(values), pc.is_in(values, pa.array(valid, pa.string())))
        self.flag(name, strange.to_numpy(zero_copy_only=False), rule, valid=valid, value=self.values(name, column))

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
        event = np.searchsorted(events.place, arguments.place)
        inventory = self.reference.inventory.roles
        pairs = [(kind, role) for kind, roles in inventory.items() for role in roles]
        legal = pa.array(sorted(f"{kind}\0{role}" for kind, role in pairs), pa.string())
        kinds = events.table["type"].combine_chunks().take(pa.array(event))
        joined = pc.binary_join_element_wise(kinds, arguments.table["role"].combine_chunks(), "\0")
        known = pc.fill_null(pc.is_in(kinds, pa.array(sorted(inventory), pa.string())), False)
        wrong = (coded(pa.chunked_array([joined]), legal) < 0) & known.to_numpy(zero_copy_only=False)
        if not self.gold:  # a predicted argument without a role is a wrong one, as a mention without a type is
            wrong &= arguments.table["role"].is_valid().to_numpy()
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
        keys: list[Integers] = [self.docs("triggers"), codes_of(self.column("triggers", "event_id"))[0]]
        repeated = later_copies(keys) & ~self.bad["triggers"]
        self.flag("triggers", repeated, "repeated-id", value=self.values("triggers", "event_id"))
        table = self.layers["arguments"].table
        for column, name, key in (("time_id", "times", "time_id"), ("target_event_id", "triggers", "event_id")):
            if not self.stated("arguments", column):
                continue
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

    @cached_property
    def repeated_starts(self) -> tuple[IntArray, list[Integers]]:
        """Mentions that start where another one does, and their spans: document, start, end, code of the fragments."""
        (start, _), (end, _) = (self.numbers("mentions", column) for column in ("start", "end"))
        doc = self.docs("mentions")
        rows = twins(doc, start)
        fragments = codes_of(self.column("mentions", "fragments").take(pa.array(rows)))[0]
        return rows, [doc[rows], start[rows], end[rows], fragments]

    def clusters(self) -> None:
        """A span, or a document, that is put into two clusters."""
        if "mentions" in self.layers and self.stated("mentions", "entity_id"):
            rows, span = self.repeated_starts
            entity = self.column("mentions", "entity_id")
            cluster, null = codes_of(entity.take(pa.array(rows)))
            bad = np.zeros(len(entity), bool)
            bad[rows] = second_values(span, cluster, ~null & ~self.bad["mentions"][rows])
            self.flag(
                "mentions",
                bad,
                "two-clusters",
                found=lambda row: f"entity {entity[row].as_py()!r} for a span that has another already",
            )
        if "clusters" in self.layers:
            again = later_copies([self.docs("clusters")]) & ~self.bad["clusters"]
            self.flag("clusters", again, "two-clusters", value=self.values("clusters", "doc_id"))

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
            for side in ("a", "b"):
                if unit != "codepoint":
                    self.convert_spans("passages", (f"{side}_start", f"{side}_end"), side, unit)
                self.spans("passages", (f"{side}_start", f"{side}_end"), side)

    def repetitions(self) -> None:
        """Mentions and pairs that gold has twice."""
        if "mentions" in self.layers:
            rows, span = self.repeated_starts
            kind = codes_of(self.column("mentions", "type").take(pa.array(rows)))[0]
            again = np.zeros(len(self.bad["mentions"]), bool)
            again[rows] = later_copies([*span, kind])
            again &= ~self.bad["mentions"]
            self.flag("mentions", again, "repeated-extent", found="the same span and type again")
        if "links" in self.layers:
            again = later_copies(self.pair()) & ~self.bad["links"]
            self.flag("links", again, "repeated-pair", value=self.values("links", "a"))

    def contradictions(self) -> None:
        """One pair, in either orientation, with two relations. (Repeated alike it is a false positive, no incident.)"""
        if not self.stated("links", "relation"):
            return
        table = self.layers["links"].table
        relation, null = codes_of(table["relation"])
        self.flag(
            "links",
            second_values(self.pair(), relation, ~null & ~self.bad["links"]),
            "contradictory-pair",
            found=lambda row: " and ".join(table[column][row].as_py() for column in ("a", "b")),
        )

    def pair(self) -> list[Integers]:
        """The two documents of each link, whichever way round."""
        a, b = self.docs("links", "a"), self.docs("links", "b")
        return [np.minimum(a, b), np.maximum(a, b)]

    def orphan_arguments(self) -> None:
        """Arguments of events that were bad go with them."""
        events, arguments = self.layers["triggers"], self.layers["arguments"]
        if self.bad["triggers"].any():
            self.bad["arguments"] |= np.isin(arguments.place, events.place[self.bad["triggers"]])


def printed(start: Integers, end: Integers, before: str = "") -> Callable[[int], str]:
    """A row's span as incidents show it."""
    return lambda row: f"{before}[{start[row]}, {end[row]})"
