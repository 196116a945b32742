"""Recompute every sum and digest of a dataset and compare: the packaged one, a folder, or a release on a hub.

A release is OWNER/NAME@vX.Y.Z, optionally with #DIGEST (its start will do). Exit code 1 when anything is not as stated.
"""

from __future__ import annotations

import argparse
import json

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    from goldwire.cli.common import add_output

    parser.add_argument("target", nargs="?", metavar="PATH|REPO@TAG", help="default: the packaged dataset")
    add_output(parser)
    parser.add_argument("-f", "--format", choices=["text", "json"], default="text")


def run(options: argparse.Namespace) -> int:
    """Verify and report."""
    from goldwire.cli.common import deliver, print_incidents
    from goldwire.hub.verify import verify
    from goldwire.report.terminal import aligned, visible

    found = verify(options.target)
    if options.format == "json":
        content = {
            "target": found.where, "name": found.name, "version": found.version, "digest": found.digest,
            "withheld": found.withheld, "sound": found.sound,
            "configs": {n: {"rows": rows, "digest": digest, "sound": ok} for n, rows, digest, ok in found.configs},
            "incidents": [incident.to_dict() for incident in found.incidents],
        }  # fmt: skip
        deliver(json.dumps(content, ensure_ascii=False) + "\n", options.output)
    else:
        rows = [
            [name, str(rows), digest[:12], "as stated" if ok else "OTHER"] for name, rows, digest, ok in found.configs
        ]
        form = ", text-free (the digest is that of the release with texts)" if found.withheld else ""
        verdict = "verified" if found.sound else f"NOT as stated, {found.incidents.errors} finding(s)"
        text = aligned([["config", "rows", "digest", ""], *rows])
        text += f"\n\n{visible(found.where)}: {found.name} {found.version}, digest {found.digest}{form}: {verdict}\n"
        deliver(text, options.output)
        print_incidents(found.incidents)
    return 0 if found.sound else 1
