"""Fields of items as named strings, or lists of strings, for tools whose attributes are no more than that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from goldwire.converting.bundle import Holds, Record

__all__ = ["ATTRIBUTES", "EVERY_FIELD", "from_strings", "to_strings"]

ATTRIBUTES: dict[str, frozenset[str]] = {
    "entities": frozenset({"id", "fragments", "head", "level", "entity_id", "kb_id", "metonymic", "score"}),
    "times": frozenset({"id", "value", "resolved", "anchor", "basis", "score"}),
    "events": frozenset(
        [
            "id",
            "fragments",
            "head",
            "instance_id",
            "polarity",
            "modality",
            "tense",
            "genericity",
            "attribution",
            "times",
            "score",
        ]
    ),
    "fillers": frozenset({"id", "entity_id", "time_id", "event_id"}),
}
"""Layer of a mark -> the fields it may have beside its span and type."""

EVERY_FIELD: Holds = {
    "entities": ATTRIBUTES["entities"] | {"start", "end", "type"},
    "times": ATTRIBUTES["times"] | {"start", "end", "type"},
    "events": (ATTRIBUTES["events"] - {"fragments"}) | {"type", "trigger"},
    "arguments": frozenset({"role", "start", "end", "entity_id", "time_id", "event_id"}),
}
"""What a format holds that can say all of a span, but of what fills a role only what it is."""

_SPANS = re.compile(r"\d+:\d+( \d+:\d+)*")


def to_strings(fields: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """Fields of an item as strings. Spans are "3:8", or "3:5 6:8", in code points; nested names have dots."""
    found: dict[str, str | list[str]] = {}
    for name, value in fields.items():
        if name in ("head", "fragments"):
            found[name] = " ".join(f"{a}:{b}" for a, b in zip(value[::2], value[1::2], strict=True))
        elif name == "attribution":
            found |= {f"attribution.{key}": inner for key, inner in value.items()}
        elif isinstance(value, list):
            found[name] = [str(inner) for inner in value]
        elif isinstance(value, bool):
            found[name] = str(value).lower()
        else:
            found[name] = value if isinstance(value, str) else repr(value)
    return found


def from_strings(layer: str, strings: Mapping[str, Any]) -> tuple[Record, list[str]]:
    """The fields that ``to_strings`` made strings of, and the names of those that are none of the layer's or no value."""
    fields: Record = {}
    unknown = []
    for name, given in strings.items():
        outer, _, inner = name.partition(".")
        value = _value(outer, given) if outer in ATTRIBUTES[layer] else None
        if value is None or bool(inner) != (outer == "attribution") or inner not in ("", "source", "via", "event"):
            unknown.append(name)
        elif inner:
            fields.setdefault(outer, {})[inner] = value
        else:
            fields[name] = value
    return fields, unknown


def _value(name: str, given: Any) -> Any:
    """A field's value from its string, None where it is none."""
    if name == "times":
        listed = [given] if isinstance(given, str) else given
        return listed if isinstance(listed, list) and all(isinstance(x, str) for x in listed) else None
    if isinstance(given, list) and len(given) == 1:
        given = given[0]
    if not isinstance(given, str):
        return None
    if name in ("head", "fragments"):
        numbers = [int(x) for x in re.split("[: ]", given)] if _SPANS.fullmatch(given) else None
        return None if numbers is None or (name == "head" and len(numbers) != 2) else numbers
    if name == "metonymic":
        return {"true": True, "false": False}.get(given)
    if name == "score":
        try:
            return float(given)
        except ValueError:
            return None
    return given
