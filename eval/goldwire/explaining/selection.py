"""Which items a reader asked for: by measure, type, document and class."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.errors import UsageError
from goldwire.explaining.items import EXPLAINED
from goldwire.explaining.table import CLASSES
from goldwire.incidents import did_you_mean
from goldwire.measures import parse_name
from goldwire.tasks import get_task

__all__ = ["Selection", "explained_tasks"]

_FACETS = ("type", "role", "relation")
_TYPES = ("gold_type", "pred_type", "gold_event", "pred_event")


@dataclass(frozen=True)
class Selection:
    """What is shown; empty means everything.

    types: types, roles, levels, relations or clusters of either side; docs: document ids; classes: error classes;
    kinds: kinds of items; side: "gold" or "pred" where only the items of one side count.
    """

    types: tuple[str, ...] = ()
    docs: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    side: str | None = None
    sliced: tuple[str, ...] = field(default=())
    """Labels of the measure's own slice, all of which must hold."""

    @classmethod
    def of_measure(cls, name: str) -> tuple[str, Selection]:
        """The task of a measure and the items it counts. Raises UsageError where these cannot be told."""
        measure, where = parse_name(name)
        if measure.task not in EXPLAINED:
            raise UsageError(f"the items behind {name} cannot be listed; tasks: {', '.join(EXPLAINED)}")
        for facet in where:
            if facet not in _FACETS:
                raise UsageError(f"{name}: items are listed by {', '.join(_FACETS)}, not by {facet}")
        kinds: tuple[str, ...] = ()
        if measure.task == "events":
            kinds = ("argument",) if measure.name.startswith("events.arg") else ("trigger",)
        side = {"precision": "pred", "recall": "gold"}.get(measure.name.rpartition(".")[2])
        return measure.task, cls(kinds=kinds, side=side, sliced=tuple(where.values()))

    def of(self, table: pa.Table) -> pa.Table:
        """The items selected."""
        masks = [_any(table, _TYPES, [label]) for label in self.sliced]
        masks += [_any(table, _TYPES, self.types)] if self.types else []
        masks += [_any(table, ("doc_id", "other"), self.docs)] if self.docs else []
        masks += [_any(table, ("class",), self.classes)] if self.classes else []
        masks += [_any(table, ("kind",), self.kinds)] if self.kinds else []
        masks += [pc.is_valid(table[f"{self.side}_row"])] if self.side else []
        for mask in masks[1:]:
            masks[0] = pc.and_(masks[0], mask)
        return table.filter(masks[0]) if masks else table

    def check(self, gold: Corpus) -> None:
        """Raises UsageError for documents and classes that do not exist."""
        _known("document", self.docs, gold.doc_ids)
        _known("class", self.classes, dict.fromkeys(name for names in CLASSES.values() for name in names))


def explained_tasks(gold: Corpus, pred: Corpus, asked: Sequence[str] = ()) -> list[str]:
    """The tasks asked for, or all that both sides have layers for and whose items can be listed. Raises UsageError."""
    if not asked:
        return [name for name in EXPLAINED if get_task(name).inapplicable(gold, pred) is None]
    for name in asked:
        reason = get_task(name).inapplicable(gold, pred)
        if reason:
            raise UsageError(f"task {name!r} cannot be explained: {reason}")
    return list(asked)


def _any(table: pa.Table, columns: Sequence[str], wanted: Sequence[str]) -> pa.ChunkedArray:
    """(items,) whether one of the columns has one of the values."""
    values = pa.array(wanted, pa.string())
    found = pc.is_in(table[columns[0]], value_set=values)
    for column in columns[1:]:
        found = pc.or_(found, pc.is_in(table[column], value_set=values))
    return found


def _known(what: str, names: Sequence[str], known: Iterable[str]) -> None:
    valid = list(known)
    for name in names:
        if name not in valid:
            near = did_you_mean(name, valid)
            listed = f"{what}es: {', '.join(valid)}" if what == "class" else f"the gold has {len(valid)}"
            raise UsageError(f"no {what} {name!r}; " + (f"did you mean {near!r}?" if near else listed))
