"""What pictures are made of: escaped elements, text under spans, looks of labels with their legend, the page around."""

from __future__ import annotations

import base64
import hashlib
import html
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise, takewhile
from typing import Any

from goldwire.corpus.labels import labels

__all__ = [
    "Row", "Span", "basis_look", "document", "element", "entry", "escape", "event_look", "gloss", "legend", "listing",
    "marked_up", "mention_look", "quote", "switches", "tone", "underlines", "words",
]  # fmt: skip

Row = Mapping[str, Any]

_SCRIPT = """
const all = document.querySelectorAll("[data-k]");
const light = event => {
  const hit = event.target.closest?.("[data-k]");
  const keys = new Set(hit ? hit.dataset.k.split(" ") : []);
  for (const one of all) one.classList.toggle("hot", one.dataset.k.split(" ").some(key => keys.has(key)));
};
document.addEventListener("pointerover", light);
document.addEventListener("focusin", light);
"""
"""Lights up all that shares a key with what the pointer or the focus is on. The page reads without it."""

_SWITCHES = {
    "entities": "entities",
    "times": "times",
    "events": "events",
    "copies": "copied passages",
    "links": "other links between articles",
}
"""What the style sheet can show and hide; all but the last are shown at first."""

_LABEL = 24
"""Characters of a label above the text; the tooltip has all of it."""

_LABELLED = 30
"""Code points of a span that can have a label: it stays on one line."""

_UNDERLINES = 6
"""Underlines told apart; deeper nesting shares the last."""

_NOTE = (
    "Of nested mentions the inner has its line above that of the outer. Tinted text stands in another article too, "
    "word for word, edited or rephrased; a switch adds links between articles that are not of wording. Sentences are "
    "numbered from 0; ↵ is a line break of the text. Pointing at a mention, an event or a passage lights up all that "
    "is the same, a click leads to its entry in the index below the text."
)

_LEVELS = {"NAM": "nam", "NOM": "nom", "PRO": "pro"}
_BORDERS = {"ACTUAL": "solid", "GENERIC": "dotted", "OTHER": "dashed"}


# elements ------------------------------------------------------------------------------------------------------------


def escape(value: object) -> str:
    """Text for an element or an attribute. A bare CR would be read as LF, and NUL cannot stand in a page."""
    return html.escape(str(value), quote=True).replace("\r", "&#13;").replace("\0", "\N{REPLACEMENT CHARACTER}")


def element(name: str, *content: str, **attributes: object) -> str:
    """An element around content that is HTML already, with attributes that are not.

    class_ stands for class, data_k for data-k. None and False leave an attribute out, True leaves it bare.
    """
    return f"{_start_tag(name, attributes)}{''.join(content)}</{name}>"


def _start_tag(name: str, attributes: Mapping[str, object]) -> str:
    parts = [name]
    for key, value in attributes.items():
        if value is not None and value is not False:
            shown = key.rstrip("_").replace("_", "-")
            parts.append(shown if value is True else f'{shown}="{escape(value)}"')
    return f"<{' '.join(parts)}>"


def quote(text: str, target: str | None = None, key: str | None = None) -> str:
    """Words of an article, linked to where there is more on them."""
    if target is None:
        return element("q", escape(text))
    return element("a", escape(text), class_="q", href=f"#{target}", data_k=key)


def gloss(meaning: str, text: str) -> str:
    """What a text stands for, unless it says so itself."""
    return f" {element('small', escape(meaning))}" if meaning.casefold() not in ("", text.casefold()) else ""


def words(label: str) -> str:
    """A label as words to read."""
    return label.replace("_", " ").lower()


# text under spans ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Span:
    """A stretch of text, [start, end) in code points, and the element that shows it in as many pieces as it takes."""

    start: int
    end: int
    layer: int
    """0 lies under everything; otherwise the order of spans of one extent, from the outside in."""
    attributes: Mapping[str, object]
    anchor: str | None = None
    """Id of the first piece."""
    target: str | None = None
    """What the text links to where no inner span covers it."""
    above: str = ""
    """Label over the first piece."""
    below: str = ""
    """HTML at the end of the last piece."""

    @classmethod
    def fragments(
        cls, extent: Sequence[int], layer: int, attributes: Mapping[str, object], anchor: str,
        target: str | None, above: str = "", below: str = "",
    ) -> Iterator[Span]:  # fmt: skip
        """A span for each pair of offsets; the first has the anchor and the label, the last what stands below."""
        last = len(extent) - 2
        for i in range(0, len(extent), 2):
            head, tail = (anchor, above) if i == 0 else (None, ""), below if i == last else ""
            yield cls(extent[i], extent[i + 1], layer, attributes, head[0], target, head[1], tail)


def marked_up(text: str, start: int, end: int, spans: Iterable[Span]) -> str:
    """text[start:end] as HTML, cut wherever a span starts or ends.

    Each stretch between two cuts stands inside the elements of all spans that cover it, outermost first. Elements stay
    open from stretch to stretch while they can, so that only spans that cross come in pieces.
    """
    near = sorted(
        (span for span in spans if span.start < end and start < span.end),
        key=lambda span: (span.layer != 0, span.start, -span.end, span.layer),
    )
    cuts = sorted({start, end, *(at for span in near for at in (span.start, span.end) if start < at < end)})
    parts: list[str] = []
    stack: list[_Piece] = []
    linked: set[Span] = set()
    for here, there in pairwise(cuts):
        cover = [span for span in near if span.start <= here and there <= span.end]
        kept = sum(1 for _ in takewhile(lambda pair: pair[0].span is pair[1], zip(stack, cover, strict=False)))
        parts += [piece.close(here) for piece in reversed(stack[kept:])]
        opened = [_Piece(span, here) for span in cover[kept:]]
        parts += [piece.open() for piece in opened]
        stack = stack[:kept] + opened
        run = escape(text[here:there])
        if cover and cover[-1].target:  # one stop per span for the tab key, all of its runs for the pointer
            again = cover[-1] in linked
            linked.add(cover[-1])
            run = element("a", run, href=f"#{cover[-1].target}", tabindex=-1 if again else None)
        parts.append(run)
    return "".join(parts + [piece.close(end) for piece in reversed(stack)])


@dataclass(frozen=True)
class _Piece:
    """The element of a span, opened at ``start``."""

    span: Span
    start: int

    @property
    def _labelled(self) -> bool:
        return bool(self.span.above) and self.start == self.span.start and self.span.end - self.start <= _LABELLED

    def open(self) -> str:
        anchor = self.span.anchor if self.start == self.span.start else None
        return ("<ruby>" if self._labelled else "") + _start_tag("span", {"id": anchor, **self.span.attributes})

    def close(self, end: int) -> str:
        # The label is an attribute, shown by the style sheet, so that the text of the page stays the article's.
        above = self.span.above
        short = above if len(above) <= _LABEL else f"{above[: _LABEL - 1]}…"
        label = element("rt", data_label=short) + "</ruby>" if self._labelled else ""
        return (self.span.below if end == self.span.end else "") + "</span>" + label


# looks and their legend ----------------------------------------------------------------------------------------------


def tone(entity_type: str) -> str:
    """Class that gives an entity type its colour; a type of the corpus's own gets the neutral one."""
    return f"type-{entity_type}" if entity_type in labels()["entity_types"] else "type-else"


def mention_look(mention: Row, underline: int) -> str:
    """Classes that give a mention's underline its colour, by type, its thickness, by level, and its place."""
    level = _LEVELS.get(mention["level"], "nom")
    return f"m {level} {tone(mention['type'])} d{min(underline, _UNDERLINES - 1)}"


def underlines(mentions: Iterable[Row]) -> dict[str, int]:
    """Mention -> its underline, counted downwards from the text: below those of all shorter mentions it overlaps."""
    slots: dict[str, int] = {}
    placed: list[Row] = []
    for row in sorted(mentions, key=lambda row: (row["end"] - row["start"], row["start"], row["id"])):
        over = (slots[other["id"]] for other in placed if other["start"] < row["end"] and row["start"] < other["end"])
        slots[row["id"]] = max(over, default=-1) + 1
        placed.append(row)
    return slots


def basis_look(basis: str) -> str:
    """Class that tells apart values read off the text and values worked out or missing."""
    return "t" if basis == "stated" else "t unsure"


def event_look(event: Row) -> str:
    """Classes that give an event its colour, by track, and its border, by realis."""
    return f"{'core' if event['core'] else 'side'} {_BORDERS.get(event['realis'], 'dashed')}"


def legend(mentions: Sequence[Row], times: Sequence[Row], events: Sequence[Row], shared: Iterable[str]) -> str:
    """What the looks mean, with counts. ``shared`` are the entries on other articles, as HTML."""
    groups = {
        "Entities: underlined": _entity_entries(mentions),
        "Times: value above": _time_entries(times),
        "Events: boxed, type above": _event_entries(events),
        "Copied text: bands at the left": shared,
    }
    filled = ((title, "".join(entries)) for title, entries in groups.items())
    lists = (element("div", element("h2", title), element("ul", entries)) for title, entries in filled if entries)
    content = element("div", *lists), element("p", _NOTE)
    return element("details", element("summary", "Legend"), *content, class_="legend", open=True)


def _entity_entries(mentions: Sequence[Row]) -> Iterator[str]:
    for name, count in Counter(row["type"] for row in mentions).most_common():
        about = labels()["entity_types"].get(name, {}).get("definition")
        yield _sample(name, f"m nam {tone(name)}", count, title=about)

    for name, count in Counter(row["level"] for row in mentions).most_common():
        yield _sample(name, mention_look({"level": name, "type": ""}, 0), count, labels()["levels"].get(name, ""))
    if count := sum(row["metonymic"] for row in mentions):
        raised = element("i", class_="met")
        yield _sample("name", "m nam type-else", count, "metonymic, stands for who acts", after=raised)


def _time_entries(times: Sequence[Row]) -> Iterator[str]:
    for name, count in Counter(row["basis"] for row in times).most_common():
        yield _sample(name, basis_look(name), count, labels()["time_basis"].get(name, ""))


def _event_entries(events: Sequence[Row]) -> Iterator[str]:
    for core, count in Counter(bool(row["core"]) for row in events).most_common():
        yield _sample(*(("core", "v solid core") if core else ("other", "v solid side")), count, "types")
    for name, count in Counter(row["realis"] for row in events).most_common():
        yield _sample(name, f"v {_BORDERS.get(name, 'dashed')} type-else", count, labels()["realis"].get(name, ""))


def _sample(label: str, look: str, count: int, about: str = "", title: str | None = None, after: str = "") -> str:
    shown = element("span", escape(label), after, class_=look, title=title)
    rest = f" {escape(about)} " if about else " "
    return element("li", shown, rest, element("small", str(count)), class_=None if about else "short")


# the page ------------------------------------------------------------------------------------------------------------


def document(title: str, *body: str) -> str:
    """The whole page. Its policy lets in nothing but this style sheet and this script, by their digests."""
    style = (files("goldwire.building") / "picture.css").read_text("utf-8")
    policy = f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(_SCRIPT)}'; base-uri 'none'"
    head = (
        _start_tag("meta", {"charset": "utf-8"}),
        _start_tag("meta", {"http_equiv": "Content-Security-Policy", "content": policy}),
        _start_tag("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("title", escape(title)),
        element("style", style),
    )
    page = element("head", *head) + "\n" + element("body", *body, element("script", _SCRIPT))
    return f"<!DOCTYPE html>\n{element('html', page, lang='en')}\n"


def switches() -> str:
    """Boxes that show and hide layers; the style sheet sees to it."""
    boxes = (
        element(
            "label", _start_tag("input", {"type": "checkbox", "id": f"show-{key}", "checked": key != "links"}), name
        )
        for key, name in _SWITCHES.items()
    )
    return element("p", "Show ", *boxes, class_="switches")


def listing(title: str, entries: Iterable[str]) -> str:
    """A section of the index, or nothing when it has no entries."""
    content = "".join(entries)
    return element("section", element("h2", title), element("ul", content), class_="listing") + "\n" if content else ""


def entry(name: str, facts: Iterable[str | None], places: Iterable[str], **attributes: object) -> str:
    """An entry of the index: what it is called, facts about it, and lines of words of the text."""
    about = element("small", escape(" · ".join(fact for fact in facts if fact)))
    return element("li", name, " ", about, *(element("p", place) for place in places), **attributes) + "\n"


def _digest(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
