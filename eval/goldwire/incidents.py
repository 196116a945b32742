"""Incidents: what is wrong with an input, where, and what was expected there.

Each rule has a stable name, a severity and a one-line meaning; ``tests/bad/`` holds one file per rule.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["RULES", "UNDROPPABLE", "Incident", "Incidents", "did_you_mean", "path_text"]

ERROR, WARNING = "error", "warning"

RULES: dict[str, tuple[str, str]] = {
    # reading
    "encoding": (ERROR, "the file is not UTF-8 text"),
    "byte-order-mark": (WARNING, "the file starts with a byte order mark"),
    "truncated-archive": (ERROR, "the compressed file is damaged or cut off"),
    "json-syntax": (ERROR, "a line or file is not valid JSON"),
    "duplicate-key": (ERROR, "an object has the same key twice"),
    "lone-surrogate": (ERROR, "a string holds half of a surrogate pair"),
    "empty-file": (ERROR, "the file holds no record"),
    "header": (ERROR, "the header line is not valid"),
    "schema": (ERROR, "a record does not have the shape the schema asks for"),
    "unknown-field": (WARNING, "a field that no schema names is ignored"),
    "misspelt-field": (ERROR, "a field that no schema names is one edit away from one that is missing"),
    "record-kind": (ERROR, "a record is not one of: a document, a pair, a passage, a cluster line"),
    "not-a-number": (ERROR, "a number is NaN or infinite"),
    # running
    "system-failure": (ERROR, "the system failed on an article"),
    "foreign-syntax": (ERROR, "a line or element is not what its format asks for"),
    "token-mismatch": (ERROR, "the tokens are not those of the text"),
    # documents
    "unknown-document": (ERROR, "a document the gold does not have"),
    "repeated-document": (ERROR, "a document is given twice"),
    "digest-mismatch": (ERROR, "the file was made for other gold than it is scored against"),
    # spans
    "missing-offset": (ERROR, "an item has no usable offsets"),
    "offset-range": (ERROR, "a span is empty, reversed or outside its text"),
    "offset-unit": (ERROR, "an offset falls inside a character of the stated unit"),
    "fragment-order": (ERROR, "the fragments of a span overlap or are out of order"),
    "head-outside": (ERROR, "a head lies outside its span"),
    "text-mismatch": (ERROR, "the copied text is not the text at the offsets"),
    # labels
    "unknown-type": (ERROR, "a type the inventory does not have"),
    "unknown-label": (ERROR, "an attribute value the inventory does not have"),
    "illegal-role": (ERROR, "a role the event type does not have"),
    # identity
    "repeated-id": (ERROR, "an id is used twice"),
    "repeated-extent": (ERROR, "two gold mentions have the same extent"),
    "crossing-mentions": (WARNING, "two gold mentions overlap without nesting"),
    "two-clusters": (ERROR, "one span or document is put into two clusters, or into one twice"),
    "dangling-reference": (ERROR, "an id refers to nothing"),
    "argument-target": (ERROR, "an argument points to more than one thing"),
    "instance-type": (ERROR, "an event mention and its instance have different types"),
    "entity-type": (ERROR, "a mention and its entity have different types and the mention is not marked as metonymic"),
    "unused-entry": (WARNING, "an indexed entity or instance has no mention"),
    "contrast-one-way": (ERROR, "a contrast is listed on one side only"),
    "link-cycle": (ERROR, "part-of links run in a circle"),
    # articles
    "checksum": (ERROR, "the content is not the one its checksum or its copy says"),
    "zone-partition": (ERROR, "the zones do not partition the text"),
    "sentence-order": (ERROR, "sentences overlap, are out of order or cross a zone"),
    "missing-file": (ERROR, "a file that belongs to the corpus is missing"),
    # pairs and passages
    "self-link": (ERROR, "something is linked to itself"),
    "pair-order": (ERROR, "the two sides of a pair are not in canonical order"),
    "repeated-pair": (ERROR, "a pair is given twice"),
    "contradictory-pair": (ERROR, "a pair is given twice with different relations"),
    "missing-pair": (ERROR, "a pair of articles is not annotated"),
    "coverage": (ERROR, "the stated coverage is not the one the passages give"),
    "reuse-level": (ERROR, "the stated reuse level is not the one the passages give"),
    "verbatim-text": (ERROR, "a passage called verbatim differs in its two places"),
    "group": (ERROR, "a group joins passages that are not verbatim copies"),
    "passage-place": (ERROR, "a relation is used inside one article or across two where it does not belong"),
}

UNDROPPABLE = frozenset({"header", "digest-mismatch", "misspelt-field", "truncated-archive"})
"""Errors of a file as a whole: there is no bad item that could be left out, so such a file is never scored."""


def path_text(path: tuple[str | int, ...]) -> str:
    """A JSON path as people write it: events[3].type."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


@dataclass(frozen=True)
class Incident:
    """One finding.

    rule: name in RULES; path, line: where (line 0 = the file as a whole); item: what it concerns;
    found, expected: the two sides of the disagreement; suggestion: the nearest valid name, if any.
    """

    rule: str
    path: str
    line: int
    item: str = ""
    found: str = ""
    expected: str = ""
    suggestion: str | None = None

    @property
    def severity(self) -> str:
        """ "error" or "warning"."""
        return RULES[self.rule][0]

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        text = f"{place}: {self.severity}[{self.rule}] {RULES[self.rule][1]}"
        details = [self.item] if self.item else []
        details += [f"found {self.found}"] if self.found else []
        details += [f"expected {self.expected}"] if self.expected else []
        details += [f"did you mean {self.suggestion!r}?"] if self.suggestion else []
        return text + (": " + "; ".join(details) if details else "")

    def to_dict(self) -> dict[str, Any]:
        """The incident as it stands in a result file."""
        return {"severity": self.severity, **asdict(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Incident:
        """The incident that ``to_dict`` wrote."""
        return cls(**{key: value for key, value in data.items() if key != "severity"})


@dataclass
class Incidents:
    """A collector; every rule is counted, the texts kept per rule are limited so that bad input stays readable."""

    kept_per_rule: int = 1000
    items: list[Incident] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, rule: str, path: str, line: int, **details: Any) -> None:
        """Record a finding; see Incident for the details."""
        self.counts[rule] += 1
        if self.counts[rule] <= self.kept_per_rule:
            self.items.append(Incident(rule, path, line, **details))

    def extend(self, incidents: Iterable[Incident]) -> None:
        """Record findings made elsewhere."""
        for incident in incidents:
            self.counts[incident.rule] += 1
            self.items.append(incident)

    def update(self, other: Incidents) -> None:
        """Take in another collection, what it only counted included."""
        for incident in other.items:
            kept = self.counts[incident.rule] < self.kept_per_rule
            self.counts[incident.rule] += 1
            self.items += [incident] if kept else []
        self.counts += other.counts - Counter(incident.rule for incident in other.items)

    def to_dict(self) -> dict[str, Any]:
        """As JSON data."""
        return {"items": [incident.to_dict() for incident in self.items], "counts": dict(self.counts)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Incidents:
        """What ``to_dict`` wrote."""
        return cls(items=list(map(Incident.from_dict, data["items"])), counts=Counter(data["counts"]))

    def __iter__(self) -> Iterator[Incident]:
        return iter(sorted(self.items, key=lambda x: (x.path, x.line, x.rule, x.item)))

    @property
    def errors(self) -> int:
        """Number of errors, those beyond the kept ones included."""
        return sum(n for rule, n in self.counts.items() if RULES[rule][0] == ERROR)

    @property
    def warnings(self) -> int:
        """Number of warnings, those beyond the kept ones included."""
        return sum(n for rule, n in self.counts.items() if RULES[rule][0] == WARNING)


def did_you_mean(name: str, valid: Iterable[str]) -> str | None:
    """The valid name nearest to ``name``, ignoring case, or None when nothing is near."""
    by_fold: dict[str, str] = {}
    for candidate in valid:
        by_fold.setdefault(candidate.casefold(), candidate)
    hits = difflib.get_close_matches(name.casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[hits[0]] if hits else None
