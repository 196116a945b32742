"""Run a system on the articles of the gold and write its predictions as JSON Lines, with a record of the run beside it.

SYSTEM is a name of `goldwire list systems`, package.module:callable (also of the current folder), exec:COMMAND,
http://HOST/PATH, spacy:, hf: or gliner: with a name or path, or inspect:MODEL. A run that was interrupted goes on where
it stopped when the same command is given again. Exit code 1 when articles failed or records are wrong.

With ARTICLES, files with doc_id and text or a built dataset in any number of shards, the baselines exact, minhash,
containment and seed-extend read them in bounded memory:

  goldwire run minhash 'shards/*.parquet' -o pairs.jsonl --engine duckdb --clusters labels.jsonl
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldwire.errors import UsageError

if TYPE_CHECKING:
    from goldwire.running import Run

__all__ = ["add_arguments", "add_system", "run", "settings_of", "told"]

ENGINES = ("local", "duckdb", "spark")
_IN_MEMORY = {"limit": None, "workers": 1, "batch": 1, "timeout": None, "retries": 2, "fresh": False}
"""Options that have no meaning for articles in files, with their defaults."""


def add_system(parser: argparse.ArgumentParser) -> None:
    """The system, its settings, and the gold it is run on."""
    from goldwire.cli.common import add_gold

    parser.add_argument("system", metavar="SYSTEM")
    add_gold(parser)
    parser.add_argument(
        "-s", "--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the system (repeatable)"
    )
    parser.add_argument(
        "--timeout", type=float, metavar="S", help="seconds for an answer of a program, server or model"
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    from goldwire.cli.common import positive

    add_system(parser)
    parser.add_argument(
        "articles", nargs="?", metavar="ARTICLES", help="pattern in quotes, folder, URL, file or built dataset"
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE",
        help="prediction file (default: runs/SYSTEM.jsonl); of ARTICLES also one .parquet file, or a folder of them",
    )  # fmt: skip
    parser.add_argument("--engine", choices=ENGINES, help="what joins ARTICLES (default: local)")
    parser.add_argument("--work", metavar="DIR", help="where ARTICLES are sorted; the same call goes on there")
    parser.add_argument("--clusters", metavar="FILE", help="also write the cluster of every one of ARTICLES")
    parser.add_argument("--limit", type=positive, metavar="N", help="only the first N articles")
    parser.add_argument("--workers", type=positive, default=1, metavar="N", help="articles at a time (default: 1)")
    parser.add_argument("--batch", type=positive, default=1, metavar="N", help="articles a call (default: 1)")
    parser.add_argument(
        "--retries", type=int, default=2, metavar="N", help="further tries after failures that may pass (default: 2)"
    )
    parser.add_argument("--fresh", action="store_true", help="do not go on with an interrupted run, start over")


def _over_files(options: argparse.Namespace) -> int:
    """Run a baseline over articles in files."""
    from goldwire.cli.common import progress_of
    from goldwire.dedup.run import run_shards

    given = [f"--{name}" for name, usual in _IN_MEMORY.items() if getattr(options, name) != usual]
    if given:
        raise UsageError(f"{', '.join(given)}: not with ARTICLES in files, or with --engine, --work and --clusters")
    if options.articles and options.gold:
        raise UsageError("ARTICLES and --gold both name articles; give one of them")

    def progress(what: str, done: int, total: int) -> None:
        progress_of(what, total, quiet=options.quiet)(done)

    done = run_shards(
        options.system,
        options.output or f"runs/{slug(options.system)}.jsonl",
        options.articles or options.gold,
        settings=settings_of(options.set),
        engine=options.engine or "local",
        work=options.work,
        clusters=options.clusters,
        progress=progress,
    )
    if not options.quiet:
        print(told(done), file=sys.stderr)
    return 0


def run(options: argparse.Namespace) -> int:
    """Run the system and say where its predictions are, and what went wrong."""
    if options.articles or options.engine or options.work or options.clusters:
        return _over_files(options)
    from goldwire.cli.common import bar_of, print_incidents
    from goldwire.running import run as run_system

    if options.retries < 0 or (options.timeout is not None and not options.timeout > 0):
        raise UsageError("--retries is 0 or more, --timeout more than 0")
    output = options.output or f"runs/{slug(options.system)}.jsonl"
    try:
        done = run_system(
            options.system,
            output,
            options.gold,
            settings=settings_of(options.set),
            limit=options.limit,
            workers=options.workers,
            batch=options.batch,
            timeout=options.timeout,
            retries=options.retries,
            fresh=options.fresh,
            progress=bar_of(slug(options.system), quiet=options.quiet),
        )
    except KeyboardInterrupt:
        if Path(f"{output}.journal").exists() and not options.quiet:
            print("\nthe same command goes on from here", file=sys.stderr)
        raise
    print_incidents(done.incidents)
    if not options.quiet:
        print(told(done), file=sys.stderr)
    return 1 if done.incidents.errors else 0


def told(done: Run) -> str:
    """A run in a few lines."""
    record = done.record
    lines = [f"{done.output}: {done.records} record(s) in {record['seconds']:.1f} s"]
    documents = record["documents"]
    if documents["resumed"]:
        lines[0] += f", {documents['resumed']} article(s) from before"
    if documents["failed"]:
        lines.append(f"{documents['failed']} article(s) failed; the same command tries them again")
    grounding = record["checked"].get("grounding")
    if grounding:
        strings = sum(grounding.values())
        lines.append(f"{strings} string(s): " + ", ".join(f"{n} {name}" for name, n in grounding.items()))
    if record["usage"]:
        lines.append("used: " + ", ".join(f"{value:g} {name}" for name, value in sorted(record["usage"].items())))
    return "\n".join(lines)


def slug(system: str) -> str:
    """A system's name or address as the name of a file."""
    return re.sub(r"[^\w.-]+", "-", system).strip("-.")[:80] or "system"


def settings_of(texts: list[str]) -> dict[str, Any]:
    """Settings from NAME=VALUE; a value that is JSON is read as such. Raises UsageError."""
    return dict(_setting(text) for text in texts)


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--set {text!r}: expected NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
