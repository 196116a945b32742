"""Units of a corpus: a wire or two, the documents derived from them, and the look-alikes made beside them.

A unit is generated from its number alone. Every document passes through the same desk (edits, house style, layout), the
first of its cluster too, so that nothing but shared text tells copies from others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from goldwire.synth.dice import Dice
from goldwire.synth.grammar import Fact, Template, domain, domains
from goldwire.synth.operations import OPERATIONS
from goldwire.synth.rates import Rates
from goldwire.synth.sentences import Lineage, Sentence, Wording
from goldwire.synth.story import Cast, Seed, Story

__all__ = ["Document", "Slot", "Source", "Unit", "unit_of"]

_TRIES = 4
_PLAIN = Template((), (), {}, False, False, frozenset(), 1)


class Slot(NamedTuple):
    """A sentence in a document: its zone, and what stands between it and the next."""

    zone: str
    sentence: Sentence
    after: str


@dataclass(eq=False)
class Source:
    """A wire: the sentences it sent and what goes with them. ``number`` tells the sources of a unit apart."""

    number: int
    story: Story
    version: str
    body: list[Sentence]
    headlines: list[Sentence]
    captions: list[Sentence]
    promo: Template
    spare: list[Lineage]
    """Facts the wire left out, in its own wording; each is used by one document at most."""
    lineages: dict[Template, Lineage] = field(default_factory=dict)


@dataclass(eq=False)
class Document:
    """A published document. ``body``: its running text; ``parents``: documents it was made from, nearest first."""

    source: Source
    body: list[Sentence]
    parents: list[Document]
    operations: list[str]
    slots: list[Slot] = field(default_factory=list)
    published: int | None = None
    headline: str | None = None
    id: int = 0

    def ancestors(self) -> set[Document]:
        """All documents it derives from."""
        found: set[Document] = set()
        for parent in self.parents:
            found |= {parent} | parent.ancestors()
        return found


@dataclass(eq=False)
class Unit:
    """What is generated together: related documents, and the kind of relation between its sources."""

    kind: str
    documents: list[Document]


def unit_of(seed: Seed, rates: Rates, number: int, room: int) -> Unit:
    """The unit of that number, with at most ``room`` documents.

    Its stories take the names of ``number`` and, where it has two casts and so two documents, ``number + 1``.
    """
    dice = seed.dice("unit", number)
    names, reach = rates.kinds
    kind = names[dice.weighted(reach)]
    kind = "plain" if room < 2 else kind
    desk = _Desk(rates, dice)
    size = min(dice.weighted(rates.sizes) + 1, room)
    if kind == "series":
        low, high = rates.stories["series_length"]
        cast = Cast(seed, number, domain("bulletin"))
        count = min(low + dice.roll(high - low + 1), room)
        sources = [desk.bulletin(i, Story(cast, i)) for i in range(count)]
        return Unit(kind, [desk.first(source) for source in sources])
    story = Story(Cast(seed, number, domain(dice.pick(domains()))))
    source = desk.wire(0, story, "a")
    if kind == "plain":
        return Unit(kind, desk.cluster(source, size))
    if kind == "independent":
        other = desk.wire(1, story, "b")
        source.headlines = source.headlines[:1]  # the second is that of the other report
        documents = [*desk.cluster(source, min(size, room - 1)), desk.first(other)]
        documents += desk.splices(documents, room - len(documents), size)
        return Unit(kind, documents)
    kin = story.domain.name if kind == "twin" else dice.pick(domains())
    twin = desk.twin(source, Story(Cast(seed, number + 1, domain(kin))), whole=kind == "twin")
    return Unit(kind, [*desk.cluster(source, min(size, room - 1)), desk.first(twin)])


class _Desk:
    """Makes wires and documents with one stream of draws."""

    def __init__(self, rates: Rates, dice: Dice) -> None:
        self.rates, self.dice = rates, dice

    # wires -------------------------------------------------------------------------------------------------------

    def wire(self, number: int, story: Story, version: str) -> Source:
        """A report of the story in version "a" or "b" of its wordings."""
        dice = self.dice
        low, high = self.rates.stories["sentences"]
        own, common = story.domain.facts, story.domain.common
        count = low + dice.roll(high - low + 1)
        told = [own[0], *(own[1 + i] for i in dice.some(min(count, len(own)) - 2, len(own) - 1))]
        told += [common[i] for i in dice.some(2 if count > 6 else 1, len(common))]
        left = [fact for fact in (*own, *common) if fact not in told]
        lineages = [_lineage(fact, version) for fact in told]
        spare = [_lineage(left[i], version) for i in dice.some(4, len(left))]
        body = [story.sentence(x, story.first_wording(x.template, dice)) for x in lineages]
        headline = story.domain.headline
        titles = [headline.a, headline.b] if version == "a" else [headline.b]
        first = dice.roll(len(story.domain.furniture["caption"]))
        captions = story.domain.furniture["caption"]
        chosen = [captions[(first + i) % len(captions)] for i in ((0, 1) if version == "a" else (2,))]
        if version == "b":
            chosen = [captions[2]]
        elif number == 0:
            chosen = [captions[0], captions[1]] if first else [captions[1], captions[0]]
        promos = story.domain.furniture["promo"]
        return Source(
            number,
            story,
            version,
            body,
            [self._said(story, template, "headline") for template in titles],
            [self._said(story, template, "caption") for template in chosen],
            promos[dice.roll(2)] if version == "a" else promos[2],
            spare,
        )

    def bulletin(self, number: int, story: Story) -> Source:
        """An issue of a series: every issue in the same words."""
        lineages = [_lineage(fact, "a") for fact in story.domain.facts]
        body = [story.sentence(x, Wording((0,) * len(x.template.points))) for x in lineages]
        headline = self._said(story, story.domain.headline.a, "headline")
        caption = self._said(story, story.domain.furniture["caption"][number % 3], "caption")
        return Source(number, story, "a", body, [headline], [caption], story.domain.furniture["promo"][number % 3], [])

    def twin(self, source: Source, story: Story, *, whole: bool) -> Source:
        """A wire about another event: in the words of ``source``, or of its own but for the caption's formula."""
        twin = self.wire(1, story, "a")
        if not whole:
            template = self.dice.pick(source.story.domain.furniture["formula"])
            source.captions = [self._said(source.story, template, "caption")]
            same = story.domain.furniture["formula"][source.story.domain.furniture["formula"].index(template)]
            twin.captions = [story.sentence(Lineage(same, "caption"), source.captions[0].wording)]
        else:
            told = [(_copied(x.lineage), x.wording) for x in source.body]
            twin.body = [story.sentence(lineage, wording) for lineage, wording in told]
            twin.spare = []
        return twin

    def _said(self, story: Story, template: Template, kind: str) -> Sentence:
        return story.sentence(Lineage(template, kind), story.first_wording(template, self.dice))

    # documents ---------------------------------------------------------------------------------------------------

    def first(self, source: Source) -> Document:
        """The first document of a source, as sent or edited by a desk."""
        sent = self.dice.chance(self.rates.derivation["as_sent"])
        document = Document(source, list(source.body), [], ["as sent" if sent else "desk"])
        if not sent:
            self._edit(document)
        self._lay_out(document)
        return document

    def cluster(self, source: Source, size: int) -> list[Document]:
        """Documents of one source: a star around it, chains away from it, or both."""
        documents = [self.first(source)]
        while len(documents) < size:
            star = self.dice.chance(self.rates.derivation["star"])
            parent = documents[0] if star else documents[-1]
            if star and documents[0].operations != ["as sent"]:
                document = Document(source, list(source.body), [], [])  # from the wire, which is not in the corpus
            else:
                document = Document(source, list(parent.body), [parent], [])
            documents.append(self._derived(document))
        return documents

    def splices(self, documents: Sequence[Document], room: int, size: int) -> list[Document]:
        """Documents made of two sources, filed under the one that gives more words."""
        made: list[Document] = []
        for _ in range(min(size, room)):
            if not self.dice.chance(self.rates.derivation["splice"]):
                continue
            first, second = self.dice.pick(documents[:-1]), documents[-1]
            parts = [self._some(list(parent.body), 0.35, 0.9) for parent in (first, second)]
            words = [sum(sentence.length for sentence in part) for part in parts]
            main, other = (0, 1) if words[0] >= words[1] else (1, 0)
            cut = 1 + self.dice.roll(len(parts[main]))
            body = parts[main][:cut] + parts[other] + parts[main][cut:]
            parents = [(first, second)[main], (first, second)[other]]
            made.append(self._derived(Document(parents[0].source, body, parents, ["splice"]), abridge=False))
        return made

    def _derived(self, document: Document, *, abridge: bool = True) -> Document:
        derivation = self.rates.derivation
        if abridge and self.dice.chance(derivation["abridge"]):
            document.body = self._some(document.body, *derivation["keep"])
            document.operations.append("abridge")
        self._edit(document)
        self._lay_out(document)
        return document

    def _some(self, body: list[Sentence], low: float, high: float) -> list[Sentence]:
        """A share of the sentences: mostly the first, sometimes any."""
        share = low + (high - low) * self.dice.roll(1000) / 1000
        count = max(1, round(share * len(body)))
        if self.dice.chance(0.6):
            return body[:count]
        return [body[i] for i in self.dice.some(count, len(body))]

    def _edit(self, document: Document) -> None:
        """Sentence edits, typing errors repaired, and sentences of the desk's own."""
        dice, rates, story = self.dice, self.rates, document.source.story
        done: set[str] = set()
        for i, sentence in enumerate(document.body):
            if sentence.noise and dice.chance(rates.derivation["typo_fix"]):
                document.body[i] = sentence = story.clean(sentence)
                done.add("typo")
            if not dice.chance(rates.edited):
                continue
            for _ in range(1 + dice.chance(rates.twice)):
                name, edited = self._edited(sentence, story)
                if edited is not None:
                    document.body[i] = sentence = edited
                    done.add(name)
        document.operations += sorted(done)
        spare = document.source.spare
        if spare and dice.chance(rates.derivation["add"]):
            for _ in range(1 + dice.roll(rates.derivation["additions"])):
                if spare:
                    lineage = spare.pop()
                    sentence = story.sentence(lineage, story.first_wording(lineage.template, dice))
                    document.body.insert(1 + dice.roll(len(document.body)), sentence)
            document.operations.append("add")

    def _edited(self, sentence: Sentence, story: Story) -> tuple[str, Sentence | None]:
        """One edit by the shares of the rates; a few are tried, for not every sentence has room for each."""
        names, reach = self.rates.edits
        for _ in range(_TRIES):
            name = names[self.dice.weighted(reach)]
            edited = OPERATIONS[name].edit(story, sentence, self.dice)
            if edited is not None:
                return name, edited
        return "", None

    # layout ------------------------------------------------------------------------------------------------------

    def _lay_out(self, document: Document) -> None:
        """House style, then zones around the body."""
        dice, layout = self.dice, self.rates.layout
        source, story = document.source, document.source.story
        has = {key: dice.chance(share) for key, share in layout.items()}
        glyph = 1 if has["straight_quotes"] else 2 if has["single_quotes"] else 0
        american = has["american"]

        def house(sentence: Sentence) -> Sentence:
            return _in_house(story, sentence, glyph, american)

        document.body = body = [house(sentence) for sentence in document.body]
        slots: list[Slot] = []
        document.published = story.date + dice.roll(2) if has["date_stamp"] else None
        if document.published is not None:
            slots.append(Slot("date-stamp", _plain(f"date 2025-10-{document.published + 1:02}"), " "))
        if has["headline"]:
            title = self._title(document)
            headline = house(title)
            document.headline = headline.text
            slots.append(Slot("headline", headline, "\n\n"))
            if has["headline_again"]:
                slots.append(Slot("headline", headline, "\n"))
        if has["standfirst"] and source.version == "a" and source.number == 0:
            slots.append(Slot("standfirst", house(self._own(source, story.domain.furniture["standfirst"][0])), "\n\n"))
        quotes = [sentence for sentence in body if sentence.lineage.template.speech and not sentence.noise]
        if has["deck_quote"] and quotes:
            slots.append(Slot("standfirst", quotes[0], "\n\n"))
        if has["byline"]:
            slots.append(Slot("byline", house(self._own(source, dice.pick(story.domain.furniture["byline"]))), "\n\n"))
        if has["caption"]:
            caption = house(dice.pick(source.captions))
            slots.append(Slot("caption", caption, "\n" if has["caption_again"] else "\n\n"))
            if has["caption_again"]:
                slots.append(Slot("caption", caption, "\n\n"))
        if has["dateline"]:
            slots.append(Slot("dateline", house(self._own(source, dice.pick(story.domain.furniture["dateline"]))), " "))
        slots += self._paragraphs(body, joined=has["joined_lines"], nbsp=has["nbsp"])
        if has["promo"] and len(body) > 2:
            slots.insert(len(slots) - 1 - dice.roll(2), Slot("promo", house(self._own(source, source.promo)), "\n\n"))
        if has["boilerplate"]:
            slots.append(
                Slot("boilerplate", house(self._own(source, dice.pick(story.domain.furniture["boilerplate"]))), "\n")
            )
        slots[-1] = Slot(slots[-1].zone, slots[-1].sentence, "")
        document.slots = slots

    def _title(self, document: Document) -> Sentence:
        source, dice, derivation = document.source, self.dice, self.rates.derivation
        if len(source.headlines) > 1 and dice.chance(derivation["headline_swap"]):
            document.operations.append("headline swap")
            return source.headlines[1]
        title = source.headlines[0]
        optional = title.lineage.template.by_tag.get("o", ())
        if optional and dice.chance(derivation["headline_short"]):
            document.operations.append("headline short")
            choices = list(title.wording.choices)
            for place in optional:
                choices[place] = title.lineage.template.points[place].empty.index(True)
            return source.story.reworded(title, choices=tuple(choices))
        return title

    def _own(self, source: Source, template: Template) -> Sentence:
        """Furniture of a source; drawn anew, under one lineage per template."""
        lineage = source.lineages.setdefault(template, Lineage(template, "furniture"))
        return source.story.sentence(lineage, source.story.first_wording(template, self.dice))

    def _paragraphs(self, body: list[Sentence], *, joined: bool, nbsp: bool) -> Iterator[Slot]:
        for i, sentence in enumerate(body):
            after = " " if joined and i % 3 != 2 else "\n\n"
            if nbsp and not sentence.noise and i % 2:
                at = sentence.text.rfind(" ")
                sentence = sentence.damaged([(at, at + 1, "\u00a0")], "nbsp")
            yield Slot("body", sentence, after)


def _in_house(story: Story, sentence: Sentence, glyph: int, american: bool) -> Sentence:
    """The sentence in a house's style of quotation marks and spelling; nothing changes where it says nothing of either."""
    template, wording = sentence.lineage.template, sentence.wording
    changes: dict[str, object] = {}
    if template.quotes and wording.glyph != glyph:
        changes["glyph"] = glyph
    spelled = template.by_tag.get("h", ())
    if any(wording.choices[place] != american for place in spelled):
        choices = list(wording.choices)
        for place in spelled:
            choices[place] = int(american)
        changes["choices"] = tuple(choices)
    return story.reworded(sentence, **changes) if changes else sentence


def _lineage(fact: Fact, version: str) -> Lineage:
    return Lineage(fact.a if version == "a" else fact.b, "body", fact.number)


def _copied(lineage: Lineage) -> Lineage:
    return Lineage(lineage.template, lineage.kind, lineage.fact)


def _plain(text: str) -> Sentence:
    return Sentence(Lineage(_PLAIN, "plain"), Wording(()), lambda *_: (text, ()))
