"""The page: its parts in order, the style sheet and the script inlined, and a policy that lets in nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from goldwire.building.picture_style import element, escape
from goldwire.corpus.tables import Corpus
from goldwire.report.html.compared import comparison_part, figures_part
from goldwire.report.html.errors import confusion_part, curve_part, differences_part, errors_part
from goldwire.report.html.overview import overview_part
from goldwire.report.html.payload import choose, embedded, payload
from goldwire.report.html.slices import slices_part
from goldwire.report.html.systems import System, groups_of

__all__ = ["Part", "document", "report_page"]

_SCRIPTS = ("theme", "core", "items", "article", "passages", "differences", "start")


def report_page(systems: Sequence[System], gold: Corpus | None, *, documents: int = 200) -> str:
    """The page of one system or several, the first being the baseline.

    gold: the gold the predictions were scored on; None where only results are given, which makes a page of tables.
    documents: how many documents are embedded with their texts and items at most.

    Raises UsageError for systems that cannot be compared.
    """
    groups = groups_of(systems)
    known = [system for system in systems if system.items]
    several = len(systems) > 1 or len(systems[0].result.tasks) > 1
    parts = [Part("overview", "Overview", overview_part(systems, groups))] if several else []
    parts += [
        Part("comparison", "Comparison", comparison_part(groups)),
        Part("figures", "All figures", figures_part(groups)),
        Part("breakdown", "Breakdown", slices_part(groups)),
    ]
    data: Mapping[str, Any] | None = None
    if known and gold is not None:
        chosen = choose(systems, gold, documents)
        data = payload(systems, gold, chosen)
        parts += [
            Part("errors", "Errors by class", errors_part(known)),
            Part("confusions", "Confusions", confusion_part(known)),
        ]
        if curve := curve_part(known, gold):
            parts.append(Part("curve", "Scored pairs", curve))
        scope = element("p", escape(_scope(len(chosen.embedded), len(gold.doc_ids))), class_="note")
        parts += [_view("items", "Items", scope), _view("articles", "Articles")]
        if any("passages" in system.items for system in known):
            parts.append(_view("passages", "Passages"))
        if len(known) > 1 and (table := differences_part(known)):
            parts.append(_view("differences", "Differences", table))
    parts.append(Part("about", "About these figures", _about(systems, gold)))
    names = ", ".join(system.name for system in systems)
    about = systems[0].result.gold
    against = f"{about['name']} {about['version'] or ''}".strip()
    head = element(
        "header",
        element("p", "Goldwire report", class_="kicker"),
        element("h1", escape(names)),
        element(
            "p",
            "against ",
            element("b", escape(against)),
            " ",
            element("code", escape(f"#{(about['digest'] or '')[:12]}")),
            class_="lead",
        ),
    )
    return document(f"{names} against {against}", head, parts, data, _SCRIPTS)


@dataclass(frozen=True)
class Part:
    """A part of a page: its anchor, its heading and its content as HTML."""

    name: str
    title: str
    content: str

    def html(self) -> str:
        """The part as an element."""
        return element("section", element("h2", escape(self.title)), self.content, id=self.name) + "\n"


def _view(name: str, title: str, content: str = "") -> Part:
    """A part that the script fills below its content."""
    without = element("noscript", element("p", "This part needs script."))
    return Part(name, title, content + element("div", without, class_="view", id=f"{name}-view"))


def document(
    title: str, head: str, parts: Sequence[Part], data: Mapping[str, Any] | None, scripts: Sequence[str]
) -> str:
    """A whole page around its parts. ``scripts`` are files of this package's script folder."""
    folder = files("goldwire.report.html")
    style = (folder / "style.css").read_text("utf-8")
    code = "".join((folder / "script" / f"{name}.js").read_text("utf-8") for name in scripts)
    script = f'"use strict";\n(() => {{\n{code}}})();\n'
    allowed = f"style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    anchors = [element("a", escape(part.title), href=f"#{part.name}") for part in parts]
    meta = (
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="generator" content="goldwire">',
        element("title", escape(title)),
        element("style", style),
    )
    theme = element("button", "Theme", type="button", id="theme", aria_label="Change between light and dark")
    body = (
        element("a", "Skip to the content", class_="skip", href="#main"),
        head,
        element("nav", *anchors, theme, aria_label="Parts of this page"),
        element("main", *(part.html() for part in parts), id="main", tabindex=-1),
        element("script", embedded(data), type="application/json", id="data") if data is not None else "",
        element("script", script),
    )
    page = element("html", element("head", *meta), "\n", element("body", *body), lang="en")
    return f"<!DOCTYPE html>\n{page}\n".encode(
        "utf-8", "backslashreplace"
    ).decode()  # half surrogates cannot be written


def _scope(shown: int, of: int) -> str:
    if shown == of:
        return f"All {of:,} documents are on this page."
    return (
        f"The tables above count all {of:,} documents. This page holds the texts and items of {shown:,} of them: those "
        "with the most errors and an even spread of the others (--docs N changes how many)."
    )


def _about(systems: Sequence[System], gold: Corpus | None) -> str:
    """Signatures, notes and findings."""
    signatures = dict.fromkeys(system.result.signature for system in systems)
    blocks = [element("p", element("code", escape(text))) for text in signatures]
    for system in systems:
        notes = [*system.result.notes]
        if system.result.dropped:
            notes.append(f"{system.result.dropped} bad item(s) were left out (--on-error=drop)")
        notes += [str(incident) for incident in system.result.incidents[:50]]
        if notes:
            blocks.append(
                element(
                    "p", element("b", escape(system.name)), element("ul", *(element("li", escape(n)) for n in notes))
                )
            )
    blocks.append(
        element(
            "p",
            "Percentages with one decimal; fractions in full are in the result files. "
            "“–” stands for what is undefined, such as precision without predictions. "
            "Every number that is underlined leads to the items it counts.",
            class_="note",
        )
    )
    if gold is not None and gold.digest:
        blocks.append(element("p", "Gold: ", element("code", escape(gold.digest)), class_="note"))
    return "".join(blocks)


def _digest(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
