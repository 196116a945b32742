"""List the mentions, events, arguments, links, pairs or passages behind a number, by error class, in their context.

MEASURE, such as entities.strict.recall[type=GPE], narrows the list to what that figure counts.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    from goldwire.cli.inputs import add_selection

    parser.add_argument("predictions", metavar="PRED", help="a prediction file")
    parser.add_argument("measure", metavar="MEASURE", nargs="?", help="what this figure counts")
    add_selection(parser)


def run(options: argparse.Namespace) -> int:
    """Align, select, list."""
    from goldwire.cli.common import deliver, wants_style
    from goldwire.cli.inputs import read_side, selection_of
    from goldwire.explaining import items
    from goldwire.explaining.selection import Selection, explained_tasks
    from goldwire.explaining.text import items_data, render_items
    from goldwire.reading import load_corpus

    measured = Selection.of_measure(options.measure) if options.measure else None
    gold = load_corpus(options.gold)
    selection = selection_of(options, gold)
    asked = list(options.task or ())
    if measured is not None:
        asked, of = [measured[0]], measured[1]
        where = {**selection.where, **of.where}
        selection = replace(selection, kinds=of.kinds, side=of.side, where=where, nil=of.nil)
    pred = read_side(options.predictions, gold, options.on_error).corpus
    found = {task: selection.of(items(task, gold, pred)) for task in explained_tasks(gold, pred, asked)}
    if options.format == "json":
        tasks = {
            task: items_data(gold, table, limit=options.limit, width=options.context) for task, table in found.items()
        }
        about = {"goldwire": 1, "system": pred.name, "gold": {"name": gold.name, "digest": gold.digest}}
        text = (
            json.dumps({**about, "measure": options.measure, "tasks": tasks}, ensure_ascii=False, allow_nan=False)
            + "\n"
        )
    else:
        style = options.output is None and wants_style(sys.stdout)
        text = "\n".join(
            render_items(
                gold, table, title=f"{task}: {pred.name} against {gold.name}", limit=options.limit,
                width=options.context, style=style,
            )
            for task, table in found.items()
        )  # fmt: skip
    deliver(text, options.output)
    return 0
