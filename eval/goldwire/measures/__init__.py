"""Measures: small declarative definitions, counts in, number out."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from functools import cache

from goldwire.errors import UsageError
from goldwire.incidents import did_you_mean
from goldwire.measures.core import Measure

__all__ = ["all_measures", "format_name", "get_measure", "measures_of", "parse_name"]

_MODULES = ("entities", "linking", "clusters", "events", "instances", "times", "duplicates", "passages", "grounding")
_SLICED = re.compile(r"(?P<base>[^\[\]]+)(?:\[(?P<slice>[^\[\]]+)\])?")


@cache
def all_measures() -> Mapping[str, Measure]:
    """Every measure by name, in the order of the documentation."""
    modules = [importlib.import_module(f"goldwire.measures.{name}") for name in _MODULES]
    return {measure.name: measure for module in modules for measure in module.MEASURES}


def measures_of(task: str) -> list[Measure]:
    """The measures of one task or profile."""
    own = [measure for measure in all_measures().values() if measure.task == task]
    return own or list(_profile_measures().get(task, {}).values())


@cache
def _profile_measures() -> Mapping[str, Mapping[str, Measure]]:
    """Profile -> its measures by name. Imported here because profiles are built from measures."""
    from goldwire.profiles import all_profiles

    return {name: {measure.name: measure for measure in p.measures} for name, p in all_profiles().items()}


def get_measure(name: str) -> Measure:
    """The measure of that base name, a task's or a profile's. Raises UsageError."""
    known = all_measures()
    if name not in known:
        known = _profile_measures().get(name.partition(".")[0], known)
    if name not in known:
        near = did_you_mean(name, known)
        raise UsageError(f"no measure {name!r}" + (f"; did you mean {near!r}?" if near else ""))
    return known[name]


def parse_name(text: str) -> tuple[Measure, dict[str, str]]:
    """A measure and its slice from a printed name: ``entities.strict.f1[type=GPE,level=NAM]``. Raises UsageError."""
    match = _SLICED.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{text!r} is no measure name; expected name or name[facet=label]")
    where: dict[str, str] = {}
    for part in (match["slice"] or "").split(",") if match["slice"] else []:
        facet, equals, label = part.partition("=")
        if not equals or not facet.strip() or not label.strip():
            raise UsageError(f"{text!r}: a slice is written [facet=label], not [{part}]")
        if facet.strip() in where:
            raise UsageError(f"{text!r}: the facet {facet.strip()!r} is given twice")
        where[facet.strip()] = label.strip()
    return get_measure(match["base"]), where


def format_name(measure: Measure, where: Mapping[str, str]) -> str:
    """The name that parse_name reads back."""
    return measure.name + (f"[{','.join(f'{k}={v}' for k, v in where.items())}]" if where else "")
