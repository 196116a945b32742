"""What the verbs that look at items share: reading predictions, and the options that select items."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goldwire.corpus.tables import Corpus
    from goldwire.explaining.selection import Selection
    from goldwire.reading import Predictions

__all__ = ["add_selection", "read_side", "selection_of"]


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Options that say which items are listed and how."""
    from goldwire.cli.common import add_gold, add_output
    from goldwire.cli.thresholds import add_on_error

    add_gold(parser)
    add_output(parser)
    add_on_error(parser)
    parser.add_argument("--task", action="append", metavar="T", help="items of this task only (repeatable)")
    parser.add_argument(
        "--type", action="append", default=[], metavar="TYPE", help="type, role or relation (repeatable)"
    )
    parser.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="FACET=LABEL",
        help="items of a slice, such as zone=headline or level=NAM (repeatable)",
    )
    parser.add_argument("--doc", action="append", default=[], metavar="ID", help="items of this document (repeatable)")
    parser.add_argument("--class", action="append", default=[], dest="classes", metavar="C", help="such as missing")
    parser.add_argument("--limit", type=_count, default=50, metavar="N", help="list so many; 0 = all (default: 50)")
    parser.add_argument("--context", type=_count, default=40, metavar="N", help="characters around (default: 40)")
    parser.add_argument("-f", "--format", choices=["text", "json"], default="text")


def selection_of(options: argparse.Namespace, gold: Corpus) -> Selection:
    """The selection of the options. Raises UsageError for documents and classes that do not exist."""
    from goldwire.explaining.selection import Selection, parse_where

    where = parse_where(options.where)
    selection = Selection(tuple(options.type), tuple(options.doc), tuple(options.classes), where=where)
    selection.check(gold)
    return selection


def read_side(path: str, gold: Corpus, on_error: str = "stop") -> Predictions:
    """A prediction file. Raises IncidentError where it has errors, unless they are dropped; UsageError for a result."""
    from goldwire.errors import UsageError
    from goldwire.reading import admit
    from goldwire.results import is_result

    if is_result(path):
        raise UsageError(f"{path}: a result holds counts, no items; give the predictions")
    return admit(path, gold, on_error)


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number
