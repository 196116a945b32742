"""List what system A gets right and B wrong, and the reverse, item by item."""

from __future__ import annotations

import argparse
import json
import sys

from goldwire.errors import UsageError

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    from goldwire.cli.inputs import add_selection

    parser.add_argument("a", metavar="A", help="a prediction file")
    parser.add_argument("b", metavar="B", help="another one")
    add_selection(parser)
    parser.add_argument("--better", choices=["a", "b"], help="only where this one is right and the other wrong")


def run(options: argparse.Namespace) -> int:
    """Align both, compare, list."""
    import pyarrow.compute as pc

    from goldwire.cli.common import deliver, wants_style
    from goldwire.cli.inputs import read_side, selection_of
    from goldwire.explaining import differences, items
    from goldwire.explaining.selection import explained_tasks
    from goldwire.explaining.text import differences_data, render_differences
    from goldwire.reading import load_corpus

    gold = load_corpus(options.gold)
    selection = selection_of(options, gold)
    a, b = (read_side(path, gold, options.on_error).corpus for path in (options.a, options.b))
    sides = a, b
    names = sides[0].name, sides[1].name
    shared = [explained_tasks(gold, side, options.task or ()) for side in sides]
    tasks = [task for task in shared[0] if task in shared[1]]
    if not tasks:
        raise UsageError("the two have no task in common")
    blocks, data = [], {}
    for task in tasks:
        tables = items(task, gold, sides[0]), items(task, gold, sides[1])
        found = differences(*tables)
        kept = [selection.of(table.append_column("at", [list(range(len(table)))]))["at"] for table in tables]
        of_a, of_b = (
            pc.is_in(found[f"item_{s}"], value_set=at.combine_chunks()) for s, at in zip("ab", kept, strict=True)
        )
        found = found.filter(pc.or_(of_a, of_b))
        if options.better:
            found = found.filter(pc.equal(found["better"], options.better))
        if options.format == "json":
            data[task] = differences_data(gold, found, tables, limit=options.limit, width=options.context)
            continue
        style = options.output is None and wants_style(sys.stdout)
        title = f"{task}: {names[0]} and {names[1]} on {gold.name}"
        blocks.append(
            render_differences(
                gold, found, tables, names, title=title, limit=options.limit, width=options.context, style=style
            )
        )
    if options.format == "json":
        about = {"goldwire": 1, "a": names[0], "b": names[1], "gold": {"name": gold.name, "digest": gold.digest}}
        deliver(json.dumps({**about, "tasks": data}, ensure_ascii=False, allow_nan=False) + "\n", options.output)
    else:
        deliver("\n".join(blocks), options.output)
    return 0
