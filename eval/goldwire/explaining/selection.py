"""Which items a reader asked for: by measure, type, document and class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from goldwire.corpus.tables import Corpus
from goldwire.errors import UsageError
from goldwire.explaining.items import EXPLAINED
from goldwire.explaining.table import CLASSES
from goldwire.incidents import did_you_mean
from goldwire.measures import parse_name
from goldwire.profiles import Profile, scorer
from goldwire.tasks import get_task

__all__ = ["Selection", "explained_tasks", "parse_where"]

_FACETS = ("type", "role", "relation", "level", "zone", "track", "realis")
_TYPES = ("gold_type", "pred_type", "gold_event", "pred_event")
_OF_EVENT = ("argument", "filler", "linked")
"""Kinds whose type is that of what they belong to; in the column of types stands something else."""

_KINDS = {"argument": ("role",), "filler": ("role",), "passage": ("relation",), "pair": ("level",)}
"""Kind -> facets whose labels stand in its column of types."""


@dataclass(frozen=True)
class Selection:
    """What is shown; empty means everything.

    types: types, roles, levels, relations or clusters of either side; docs: document ids; classes: error classes;
    kinds: kinds of items; side: "gold" or "pred" where only the items of one side count; where: facet -> label, which
    the item must have on that side, or on one side if both count; nil: whether only mentions without (True) or with
    (False) a knowledge-base id count.
    """

    types: tuple[str, ...] = ()
    docs: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    side: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    nil: bool | None = None

    @classmethod
    def of_measure(cls, name: str) -> tuple[str, Selection]:
        """The task of a measure and the items it counts. Raises UsageError where these cannot be told."""
        measure, where = parse_name(name)
        task, figure = measure.task, measure.name.split(".")
        if task not in EXPLAINED:
            raise UsageError(f"the items behind {name} cannot be listed: {_why_not(task)}")
        _check_facets(where, name)
        kinds: tuple[str, ...] = ()
        if task == "events":
            kinds = ("argument",) if figure[1].startswith("arg") else ("trigger",)
        if task == "instances":
            kinds = ("filler",) if figure[1].startswith("ceaf_ree") else ("template",)
        side = {"precision": "pred", "recall": "gold"}.get(figure[-1])
        nil = {"inkb": False, "accuracy": False, "nil": True}.get(figure[1]) if task == "linking" else None
        if measure.name == "linking.accuracy":
            side = "gold"
        return task, cls(kinds=kinds, side=side, where=where, nil=nil)

    def of_gold(self) -> Selection:
        """The same, of gold items alone."""
        return replace(self, side="gold")

    def of(self, table: pa.Table) -> pa.Table:
        """The items selected."""
        masks = [_any(table, _TYPES, self.types)] if self.types else []
        masks += [_any(table, ("doc_id", "other"), self.docs)] if self.docs else []
        masks += [_any(table, ("class",), self.classes)] if self.classes else []
        masks += [_any(table, ("kind",), self.kinds)] if self.kinds else []
        sides = (self.side,) if self.side else ("gold", "pred")
        if self.side or self.where or self.nil is not None:
            masks.append(_either([self._counts(table, side) for side in sides]))
        for mask in masks[1:]:
            masks[0] = pc.and_(masks[0], mask)
        return table.filter(masks[0]) if masks else table

    def check(self, gold: Corpus) -> None:
        """Raises UsageError for documents, classes and facets that do not exist."""
        _known("document", self.docs, gold.doc_ids)
        _known("class", self.classes, dict.fromkeys(name for names in CLASSES.values() for name in names))

    def _counts(self, table: pa.Table, side: str) -> pa.ChunkedArray:
        """(items,) whether the item counts on one side."""
        mask = pc.is_valid(table[f"{side}_row"])
        for facet, label in self.where.items():
            mask = pc.and_(mask, pc.fill_null(pc.equal(_labels(table, side, facet), label), False))
        if self.nil is not None:
            is_nil = pc.fill_null(pc.equal(table[f"{side}_type"], "NIL"), False)
            mask = pc.and_(mask, is_nil if self.nil else pc.invert(is_nil))
        return mask


def parse_where(texts: Iterable[str]) -> dict[str, str]:
    """Facets and labels from FACET=LABEL. Raises UsageError."""
    where = {}
    for text in texts:
        facet, equals, label = text.partition("=")
        if not equals or not label:
            raise UsageError(f"{text!r}: expected FACET=LABEL, such as zone=headline")
        where[facet] = label
    _check_facets(where, "--where")
    return where


def _check_facets(where: Mapping[str, str], whose: str) -> None:
    for facet in where:
        if facet not in _FACETS:
            near = did_you_mean(facet, _FACETS)
            hint = f"; did you mean {near!r}?" if near else ""
            raise UsageError(f"{whose}: items are listed by {', '.join(_FACETS)}, not by {facet!r}{hint}")


def _why_not(task: str) -> str:
    """Why a scorer's items cannot be listed, and what can be."""
    by = scorer(task)
    if isinstance(by, Profile):
        return (
            f"{task!r} is a profile, it repeats what another program counts and keeps no items; "
            f"`--task {by.task}` lists those of the task it scores"
        )
    return f"tasks whose items can be: {', '.join(EXPLAINED)}"


def _labels(table: pa.Table, side: str, facet: str) -> pa.ChunkedArray:
    """(items,) the label of a facet on one side, null where it has none there."""
    if facet == "type":
        of_event = pc.is_in(table["kind"], value_set=pa.array(_OF_EVENT))
        typed = pc.is_in(table["kind"], value_set=pa.array(["link", *_KINDS]))
        own = pc.if_else(typed, None, table[f"{side}_type"])
        return pc.if_else(of_event, table[f"{side}_event"], own)
    kinds = [kind for kind, facets in _KINDS.items() if facet in facets]
    own = pc.if_else(pc.is_in(table["kind"], value_set=pa.array(kinds, pa.string())), table[f"{side}_type"], None)
    return pc.coalesce(own, table[f"{side}_{facet}"]) if f"{side}_{facet}" in table.column_names else own


def _either(masks: Sequence[pa.ChunkedArray]) -> pa.ChunkedArray:
    return masks[0] if len(masks) == 1 else pc.or_(*masks)


def explained_tasks(gold: Corpus, pred: Corpus, asked: Sequence[str] = ()) -> list[str]:
    """The tasks asked for, or all that both sides have layers for and whose items can be listed. Raises UsageError."""
    if not asked:
        return [name for name in EXPLAINED if get_task(name).inapplicable(gold, pred) is None]
    for name in asked:
        if name not in EXPLAINED:
            raise UsageError(f"the items of {name!r} cannot be listed: {_why_not(name)}")
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
