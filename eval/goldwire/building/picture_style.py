"""What pictures are made of: escaped elements, text under spans, and a page with its style sheet and script inside."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise, takewhile

__all__ = ["Span", "document", "element", "escape", "marked_up"]

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


@dataclass(frozen=True, eq=False)
class Span:
    """A stretch of text, [start, end) in code points, and the element that shows it in as many pieces as it takes."""

    start: int
    end: int
    layer: int
    """Orders spans of one extent, from the outside in."""
    attributes: Mapping[str, object]
    anchor: str | None = None
    """Id of the first piece."""
    target: str | None = None
    """What the text links to where no inner span covers it."""
    above: str = ""
    """Label over the first piece."""
    below: str = ""
    """HTML after the last piece."""


def escape(value: object) -> str:
    """Text for an element or an attribute. A bare CR would be read as LF, and NUL cannot stand in a page."""
    return html.escape(str(value), quote=True).replace("\r", "&#13;").replace("\0", "\N{REPLACEMENT CHARACTER}")


def element(name: str, *content: str, **attributes: object) -> str:
    """An element around content that is HTML already, with attributes that are not (see `_start_tag`)."""
    return f"{_start_tag(name, attributes)}{''.join(content)}</{name}>"


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


def marked_up(text: str, start: int, end: int, spans: Sequence[Span]) -> str:
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
        return bool(self.span.above) and self.start == self.span.start

    def open(self) -> str:
        anchor = self.span.anchor if self.start == self.span.start else None
        return ("<ruby>" if self._labelled else "") + _start_tag("span", {"id": anchor, **self.span.attributes})

    def close(self, end: int) -> str:
        # The label is an attribute that the style sheet shows, so that the page's text stays the article's.
        label = element("rt", data_label=self.span.above) + "</ruby>" if self._labelled else ""
        return (self.span.below if end == self.span.end else "") + "</span>" + label


def _start_tag(name: str, attributes: Mapping[str, object]) -> str:
    """class_ stands for class, data_k for data-k. None and False leave an attribute out, True leaves it bare."""
    parts = [name]
    for key, value in attributes.items():
        if value is not None and value is not False:
            shown = key.rstrip("_").replace("_", "-")
            parts.append(shown if value is True else f'{shown}="{escape(value)}"')
    return f"<{' '.join(parts)}>"


def _digest(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
