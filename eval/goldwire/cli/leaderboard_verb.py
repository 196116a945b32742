"""Make a static site of all results in a folder: index.html, leaderboard.json, and exports for other places.

Results are grouped by gold digest and by how they were counted; other JSON files are left out with a remark. Each
system gets `.eval_results/<task>.yaml` files for its model repository and an Every Eval Ever record under data/.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    parser.add_argument("runs", metavar="RUNS", help="folder of result files; folders in it are read too")
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="where the site goes")
    parser.add_argument("--dataset", metavar="OWNER/NAME", help="hub id of the gold (default: goldwire/<its name>)")
    parser.add_argument("--organisation", default="unknown", metavar="NAME", help="who provides the figures")


def run(options: argparse.Namespace) -> int:
    """Read, group, write."""
    from goldwire.formats.source import write_text
    from goldwire.report.leaderboard import boards_of, read_runs, site
    from goldwire.report.terminal import visible

    entries, remarks = read_runs(options.runs)
    boards = boards_of(entries)
    retrieved = os.environ.get("SOURCE_DATE_EPOCH") or str(int(time.time()))
    folder, count = Path(options.output), 0
    files = site(boards, remarks, retrieved=retrieved, dataset=options.dataset, organisation=options.organisation)
    for path, text in files:
        write_text(folder / path, text)
        count += 1
    if not options.quiet:
        for remark in remarks:
            print(visible(remark), file=sys.stderr)
        print(f"{folder}: {len(entries)} result(s) on {len(boards)} board(s), {count} files", file=sys.stderr)
    return 0
