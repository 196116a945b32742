"""Run every built-in baseline on the packaged gold, score and compare them.

Predictions, result files and a page to look at go to --output. Baselines whose optional packages are missing are named
and left out.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goldwire.report.html import System
    from goldwire.results import Result

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    parser.add_argument("-o", "--output", default="runs", metavar="DIR", help="where files go (default: runs)")


def run(options: argparse.Namespace) -> int:
    """Run, score, compare."""
    from goldwire.cli.common import wants_style
    from goldwire.errors import MissingExtra
    from goldwire.formats.source import write_text
    from goldwire.reading import load_corpus, read_predictions
    from goldwire.report.html import report_page, system_of_predictions
    from goldwire.report.terminal import render_results
    from goldwire.running import run as run_system
    from goldwire.scoring import score
    from goldwire.systems import built_in

    began = time.perf_counter()
    gold = load_corpus()
    folder = Path(options.output)
    results: list[Result] = []
    systems: list[System] = []
    missing: list[str] = []
    for name in built_in():
        predictions = folder / f"{name}.jsonl"
        try:
            run_system(name, predictions, gold)
        except MissingExtra as error:
            missing.append(str(error))
            continue
        result = score(predictions, gold)
        result.write(folder / f"{name}.result.json")
        results.append(result)
        systems.append(system_of_predictions(len(systems), read_predictions(predictions, gold), gold))
        if not options.quiet:
            print(f"{predictions}: scored on {', '.join(result.tasks)}", file=sys.stderr)
    print(f"{gold.name} {gold.version}: {len(gold.doc_ids)} articles, digest {gold.digest}\n")
    print(render_results(results, style=wants_style(sys.stdout)))
    print(
        "Percentages; in brackets the linearised t interval over documents. Five articles describe, they cannot rank:"
    )
    print(
        "with five documents no paired test reaches p < 0.0625. `goldwire list systems` says what each baseline does."
    )
    write_text(folder / "report.html", report_page(systems, gold))
    print(f"{folder / 'report.html'} lays every system over the articles.")
    if not options.quiet:
        for message in missing:
            print(f"left out: {message}", file=sys.stderr)
        seconds = time.perf_counter() - began
        print(f"{len(results)} baselines in {seconds:.1f} s; predictions and results in {folder}/", file=sys.stderr)
    return 0
