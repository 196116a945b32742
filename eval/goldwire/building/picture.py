"""A picture of one article's annotation: an HTML page that stands alone and needs neither network nor script."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import pyarrow as pa

from goldwire.building.picture_style import (
    Row,
    Span,
    basis_look,
    document,
    element,
    entry,
    escape,
    event_look,
    gloss,
    legend,
    listing,
    marked_up,
    mention_look,
    quote,
    switches,
    tone,
    underlines,
    words,
)
from goldwire.corpus.labels import labels
from goldwire.errors import UsageError
from goldwire.incidents import did_you_mean

__all__ = ["picture"]

_COPY, _MENTION, _TIME, _TRIGGER = range(4)
"""Layers of the text, from the outside in."""

_COLOURS = 6
"""Colours of other articles before they repeat."""

_DEFAULTS = {"polarity": "POS", "modality": "ASSERTED", "tense": "PAST", "genericity": "SPECIFIC"}
"""Values of attributes that an event need not show."""

_DERIVED = {
    "a": {"a_from_b": "taken from", "b_from_a": "taken over by"},
    "b": {"a_from_b": "taken over by", "b_from_a": "taken from"},
}
"""Side of this article in a pair -> provenance -> what that says of it."""


def picture(doc_id: str, tables: Mapping[str, pa.Table], *, language: str = "en") -> str:
    """The page of one article, made from the tables of `config_tables`. ``language`` is that of the article's text.

    Raises UsageError when there is no such article.
    """
    return _Picture(doc_id, tables, language).page()


@dataclass(frozen=True)
class _Side:
    """A side of a passage that lies in this article, and what it is aligned with."""

    passage: Row
    start: int
    end: int
    other: str
    other_text: str

    @property
    def copied(self) -> bool:
        return bool(self.passage["basis"] == "text")


class _Picture:
    def __init__(self, doc_id: str, tables: Mapping[str, pa.Table], language: str) -> None:
        rows: dict[str, list[Row]] = {name: table.to_pylist() for name, table in tables.items()}
        articles = {row["doc_id"]: row for row in rows["articles"]}
        if doc_id not in articles:
            near = did_you_mean(doc_id, articles)
            raise UsageError(f"no article {doc_id!r}" + (f"; did you mean {near!r}?" if near else ""))

        def own(name: str) -> Iterator[Row]:
            return (row for row in rows[name] if row["doc_id"] == doc_id)

        self.doc_id, self.language, self.article = doc_id, language, articles[doc_id]
        self.text: str = self.article["text"]
        self.number = _numbers(articles)
        self.mentions: list[Row] = [mention for row in own("entities") for mention in row["mentions"]]
        self.mentions.sort(key=lambda row: (row["start"], -row["end"], row["id"]))
        self.times = {row["id"]: row for row in sorted(own("times"), key=lambda row: (row["start"], row["id"]))}
        self.events = {row["id"]: row for row in sorted(own("events"), key=lambda row: (row["trigger"], row["id"]))}
        self.entities = {row["entity_id"]: row for row in rows["entity_index"]}
        self.instances = {row["instance_id"]: row for row in rows["event_instances"]}
        self.pairs = {
            row[other]: (one, row)
            for row in rows["duplicates"]
            for one, other in (("a", "b"), ("b", "a"))
            if row[one] == doc_id
        }
        self.sides = _sides(rows["passages"], doc_id)
        copied = sorted({side.other for side in self.sides if side.copied})
        self.lane = {other: f"b{lane % _COLOURS}" for lane, other in enumerate(copied)}
        # An id can be any string, so the page links to numbers of its own and shows the ids in tooltips and lists.
        self.mention_at = _anchors("m", (row["id"] for row in self.mentions))
        self.entity_at = _anchors("e", _entities_of(self.mentions, self.events.values()))
        self.time_at = _anchors("t", self.times)
        self.event_at = _anchors("v", self.events)
        self.instance_at = _anchors("i", (row["instance_id"] for row in self.events.values()))
        self.passage_at = _anchors("p", (side.passage["id"] for side in self.sides))

    def page(self) -> str:
        title = self.article["headline"] or self.doc_id
        return document(
            f"{title} – annotation of article {self.number[self.doc_id]}",
            element("a", "Skip to the text", class_="skip", href="#text"),
            self.header(title),
            switches(),
            element("main", *self.zones(), id="text"),
            element("aside", *self.lists()),
        )

    # the text ----------------------------------------------------------------------------------------------------

    def zones(self) -> Iterator[str]:
        spans = [*self.copies(), *self.mention_spans(), *self.time_spans(), *self.trigger_spans()]
        for zone in self.article["zones"]:
            name = element("h2", escape(zone["zone"]), title=labels()["zones"].get(zone["zone"]))
            numbers = {s["start"]: n for n, s in enumerate(self.article["sentences"])}
            starts = sorted(start for start in numbers if zone["start"] <= start < zone["end"])
            # A line runs from its sentence to the next; the first of a zone takes what stands before it, too.
            cuts = [zone["start"], *starts[1:], zone["end"]]
            lines = [
                self.line(start, end, numbers[starts[i]] if starts else None, spans)
                for i, (start, end) in enumerate(pairwise(cuts))
            ]
            yield element("section", name, element("div", *lines), class_="zone", data_zone=zone["zone"]) + "\n"

    def line(self, start: int, end: int, sentence: int | None, spans: list[Span]) -> str:
        """A sentence with its bands at the left and its events beside or below it."""
        stop = start + len(self.text[start:end].rstrip())
        sides = [side for side in self.sides if side.start < stop and start < side.end]
        held = {side.other for side in sides if side.copied}
        bands = (element("i", class_=f"band {lane}" if other in held else "band") for other, lane in self.lane.items())
        tail = element("span", marked_up(self.text, stop, end, spans), class_="tail",
                       data_breaks="↵" * self.text.count("\n", stop, end))  # fmt: skip
        text = element(
            "p", marked_up(self.text, start, stop, spans), tail, class_="text", lang=self.language, dir="auto"
        )
        chips = element("p", *(self.chip(side) for side in sides), class_="chips") if sides else ""
        cards = [self.card(row) for row in self.events.values() if start <= row["trigger"][0] < end]
        count = element("summary", f"{len(cards)} event{'s' if len(cards) > 1 else ''}")
        events = element("details", count, element("ul", *cards), class_="events", open=True) if cards else ""
        return element(
            "div", element("div", *bands, class_="bands", aria_hidden="true"), element("div", text, chips, class_="said"), events,
            class_="line", id=None if sentence is None else f"s{sentence}", data_n=sentence,
        ) + "\n"  # fmt: skip

    def copies(self) -> Iterator[Span]:
        """The text cut where passages start and end, each stretch with all passages that cover it."""
        for start, end in pairwise(sorted({at for side in self.sides for at in (side.start, side.end)})):
            if over := [side for side in self.sides if side.start <= start and end <= side.end]:
                keys = " ".join(dict.fromkeys(self.passage_at[side.passage["id"]] for side in over))
                look = "copy" if any(side.copied for side in over) else "like"
                yield Span(start, end, _COPY, {"class_": look, "data_k": keys})

    def mention_spans(self) -> Iterator[Span]:
        slots = underlines(self.mentions)
        for row in self.mentions:
            key = self.entity_at.get(row["entity_id"])
            kind = f"{row['type']} {row['level']}{', metonymic' if row['metonymic'] else ''}"
            title = f"{self.name(row['entity_id']) or row['text']}\n{kind}\n{row['id']}"
            look = mention_look(row, slots[row["id"]])
            attributes = {"class_": look, "title": title, "data_k": key, "data_id": row["id"]}
            below = element("i", class_="met") if row["metonymic"] else ""
            anchor, extent = self.mention_at[row["id"]], row["fragments"] or [row["start"], row["end"]]
            yield from Span.fragments(extent, _MENTION, attributes, anchor, key, below=below)

    def time_spans(self) -> Iterator[Span]:
        for row in self.times.values():
            key, value = self.time_at[row["id"]], _value(row)
            title = f"{value}\n{_reading(row)}\n{row['id']}"
            attributes = {"class_": basis_look(row["basis"]), "title": title, "data_k": key, "data_id": row["id"]}
            above = "" if value == row["text"] else value
            yield Span(row["start"], row["end"], _TIME, attributes, key, f"x-{key}", above)

    def trigger_spans(self) -> Iterator[Span]:
        for row in self.events.values():
            anchor, key = self.event_at[row["id"]], self.instance_at[row["instance_id"]]
            values = " ".join(row[name] for name in _DEFAULTS)
            title = f"{row['type']}: {self.label(row['instance_id'])}\n{values}: {row['realis']}\n{row['id']}"
            attributes = {"class_": f"v {event_look(row)}", "title": title, "data_k": key, "data_id": row["id"]}
            yield from Span.fragments(row["trigger"], _TRIGGER, attributes, f"g-{anchor}", anchor, row["type"])

    def chip(self, side: _Side, target: str | None = None) -> str:
        """The other article's number and the relation, linked to the passage's entry in the index."""
        key, relation = self.passage_at[side.passage["id"]], side.passage["relation"]
        where = "here" if side.other == self.doc_id else self.number[side.other]
        look = f"chip {self.lane[side.other]}" if side.copied else "chip link"
        title = f"{side.passage['id']}\n{side.other_text}"
        label = element("b", escape(where)), " ", escape(words(relation))
        return element("a", *label, class_=look, href=f"#{target or key}", data_k=key, title=title) + " "

    # events ------------------------------------------------------------------------------------------------------

    def card(self, row: Row) -> str:
        """An event: type, trigger, attributes other than the defaults, roles, and who says so."""
        anchor, instance = self.event_at[row["id"]], self.instance_at[row["instance_id"]]
        known = labels()["event_types"].get(row["type"], {})
        tags = (element("span", escape(row[key]), class_="tag", title=labels()[key].get(row[key])) + " "
                for key, default in _DEFAULTS.items() if row[key] != default)  # fmt: skip
        head = element(
            "p", element("b", escape(row["type"]), title=known.get("definition")), " ",
            quote(row["text"], f"g-{anchor}"), " ", *tags,
            element("a", escape(row["id"]), class_="id", href=f"#{instance}", title=self.label(row["instance_id"])),
        )  # fmt: skip
        roles = _grouped((argument["role"], self.filler(argument)) for argument in row["arguments"])
        pairs = (
            element("div", element("dt", escape(name)), *(element("dd", filler) for filler in fillers)) + " "
            for name, fillers in [*roles.items(), *self.circumstances(row)]
        )
        return element("li", head, element("dl", *pairs), class_=f"event {event_look(row)}", id=anchor, data_k=instance)

    def circumstances(self, row: Row) -> Iterator[tuple[str, list[str]]]:
        """Times that fill no role, and who says so, through whom, in which words."""
        named = {argument["time_id"] for argument in row["arguments"]}
        if times := [self.time_link(time_id) for time_id in row["times"] if time_id not in named]:
            yield "when", times
        if row["attribution_source"] is not None:
            yield "according to", [self.entity_link(row["attribution_source"])]
        if row["attribution_via"] is not None:
            yield "via", [self.entity_link(row["attribution_via"])]
        if row["attribution_event"] is not None:
            yield "in", [self.event_link(row["attribution_event"])]

    def filler(self, argument: Row) -> str:
        """What fills a role: its text, and the entity, time or event that the text stands for."""
        if argument["time_id"] is not None:
            return self.time_link(argument["time_id"], argument["text"])
        if argument["event_id"] is not None:
            return self.event_link(argument["event_id"])
        return self.entity_link(argument["entity_id"], argument["text"])

    def entity_link(self, entity_id: str | None, text: str | None = None) -> str:
        name = self.name(entity_id)
        key = self.entity_at.get(entity_id or "")
        return quote(text or name, key, key) + gloss(name, text or name)

    def time_link(self, time_id: str, text: str | None = None) -> str:
        row, key = self.times[time_id], self.time_at[time_id]
        shown = text or row["text"]
        return quote(shown, key, key) + gloss(_value(row), shown)

    def event_link(self, event_id: str) -> str:
        row = self.events[event_id]
        return quote(row["text"], self.event_at[event_id]) + gloss(row["type"], row["text"])

    def name(self, entity_id: str | None) -> str:
        return str(self.entities[entity_id]["name"]) if entity_id in self.entities else entity_id or ""

    def label(self, instance_id: str) -> str:
        return str(self.instances[instance_id]["label"]) if instance_id in self.instances else instance_id

    # around the text ---------------------------------------------------------------------------------------------

    def header(self, title: str) -> str:
        published = f"published {self.article['published']}" if self.article["published"] else "no date stated"
        facts = [published, *self.article["agencies"], f"text: {self.article['rights_holder']}"]
        if self.article["headline"]:
            facts.insert(0, self.doc_id)
        counts = {
            "sentences": len(self.article["sentences"]),
            "entity mentions": len(self.mentions),
            "entities": len({row["entity_id"] for row in self.mentions} - {None}),
            "time expressions": len(self.times),
            "event mentions": len(self.events),
            "event instances": len(self.instance_at),
            "copied passages": len({side.passage["id"] for side in self.sides if side.copied}),
        }
        tiles = (element("div", element("dt", name), element("dd", str(count))) for name, count in counts.items())
        return element(
            "header",
            element("p", f"Annotation of article {escape(self.number[self.doc_id])}", class_="kicker"),
            element("h1", escape(title), lang=self.language, dir="auto"),
            element("p", escape(" · ".join(facts)), class_="facts"),
            element("dl", *tiles, class_="counts"),
            legend(self.mentions, list(self.times.values()), list(self.events.values()), self.shared()),
        )

    def shared(self) -> Iterator[str]:
        """What this article shares with each article that it has a copied passage in common with."""
        for other, lane in self.lane.items():
            number = self.number[other]
            facts = ""
            if other in self.pairs:
                side, pair = self.pairs[other]
                derived = _DERIVED[side].get(pair["provenance"])
                origin = f"{derived} {number}" if derived else f"origin: {words(pair['provenance'])}"
                share = f"{pair[f'reuse_{side}']} reuse, {pair[f'coverage_{side}']:.0%} of this body"
                facts = f"{share}; {words(pair['story'])}; {origin}"
            yield element("li", element("b", escape(number), class_=f"chip {lane}", title=other), " ", escape(facts))

    def lists(self) -> Iterator[str]:
        """Indexes of what the text links to."""
        mentions = _grouped((row["entity_id"], quote(row["text"], self.mention_at[row["id"]])) for row in self.mentions)
        triggers = _grouped(
            (row["instance_id"], quote(row["text"], f"g-{self.event_at[row['id']]}")) for row in self.events.values()
        )
        by_name = sorted(self.entity_at, key=lambda key: (self.name(key).casefold(), key))
        yield listing("Entities", (self.entity_entry(key, mentions.get(key, [])) for key in by_name))
        yield listing("Event instances", (self.instance_entry(key, triggers[key]) for key in self.instance_at))
        yield listing("Time expressions", map(self.time_entry, self.times.values()))
        sides = {side.passage["id"]: side for side in reversed(self.sides)}
        yield listing("Passages", (self.passage_entry(sides[key]) for key in self.passage_at))

    def entity_entry(self, entity_id: str, mentions: list[str]) -> str:
        row = self.entities.get(entity_id, {"type": "", "kb_id": None, "relations": []})
        relations = (f"{words(link['relation'])} {self.name(link['target'])}" for link in row["relations"])
        key, facts = self.entity_at[entity_id], (row["type"], row["kb_id"], *relations)
        name = element("b", escape(self.name(entity_id)), class_=f"m nam {tone(row['type'])}")
        return entry(name, facts, [", ".join(mentions)], id=key, data_k=key)

    def instance_entry(self, instance_id: str, triggers: list[str]) -> str:
        row = self.instances.get(instance_id, {"type": "", "start": None, "end": None, "links": []})
        days = " to ".join(sorted({day for day in (row["start"], row["end"]) if day}))
        links = (f"{words(link['relation'])}: {self.label(link['target'])}" for link in row["links"])
        key, name = self.instance_at[instance_id], element("b", escape(self.label(instance_id)))
        return entry(name, (row["type"], days, *links), [", ".join(triggers)], id=key, data_k=key)

    def time_entry(self, row: Row) -> str:
        key = self.time_at[row["id"]]
        name = f"{quote(row['text'], key)} {element('b', escape(_value(row)))}"
        return entry(name, (_reading(row), row["id"]), [], id=f"x-{key}", data_k=key)

    def passage_entry(self, side: _Side) -> str:
        row, key = side.passage, self.passage_at[side.passage["id"]]
        starts = [sentence["start"] for sentence in self.article["sentences"]]
        sentence = f"s{max(bisect.bisect_right(starts, side.start) - 1, 0)}"
        texts = [quote(self.text[side.start : side.end], sentence), quote(side.other_text)]
        facts = (row["id"], ", ".join(row["edits"]), row["note"])
        look = None if side.copied else "link"
        return entry(self.chip(side, sentence), facts, texts, id=key, data_k=key, class_=look)


def _value(time: Row) -> str:
    """The value of a time expression as known from all articles, or what its own article gives, marked as open."""
    return str(time["resolved"] or f"{time['value'] or ''}?")


def _reading(time: Row) -> str:
    """How the value of a time expression comes about."""
    anchor = "the date of the article" if time["anchor"] == "document" else time["anchor"]
    counted = f", counted from {anchor}" if anchor else ""
    alone = f"; in itself {time['value'] or 'without value'}" if time["value"] != time["resolved"] else ""
    return f"{time['type']}, {time['basis']}{counted}{alone}"


def _numbers(doc_ids: Iterable[str]) -> dict[str, str]:
    """Short names of articles: what stands before the first underscore of their ids, where that tells them apart."""
    heads = {doc_id: doc_id.split("_")[0] for doc_id in doc_ids}
    uses = Counter(heads.values())
    return {doc_id: head if head and uses[head] == 1 else doc_id for doc_id, head in heads.items()}


def _anchors(prefix: str, ids: Iterable[str]) -> dict[str, str]:
    return {key: f"{prefix}{n}" for n, key in enumerate(dict.fromkeys(ids))}


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


def _entities_of(mentions: Iterable[Row], events: Iterable[Row]) -> Iterator[str]:
    """Entities that mentions, roles and attributions speak of."""
    yield from (row["entity_id"] for row in mentions if row["entity_id"] is not None)
    for row in events:
        named = [argument["entity_id"] for argument in row["arguments"]]
        named += [row["attribution_source"], row["attribution_via"]]
        yield from (key for key in named if key is not None)


def _sides(passages: Iterable[Row], doc_id: str) -> list[_Side]:
    """This article's sides of passages, two of a passage inside it, in the order of the text."""
    sides = [
        _Side(row, row[f"{one}_start"], row[f"{one}_end"], row[other], row[f"{other}_text"])
        for row in passages
        for one, other in (("a", "b"), ("b", "a"))
        if row[one] == doc_id
    ]
    return sorted(sides, key=lambda side: (side.start, side.end, side.passage["id"]))
