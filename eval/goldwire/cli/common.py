"""What the verbs share: incidents on stderr, progress, where output goes, colour or none."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from typing import TextIO

from goldwire.incidents import Incident

__all__ = ["add_gold", "add_output", "bar_of", "deliver", "positive", "print_incidents", "progress_of", "wants_style"]

_SHOWN = 200


def add_gold(parser: argparse.ArgumentParser) -> None:
    """The option --gold."""
    parser.add_argument(
        "--gold",
        metavar="PATH",
        help="annotation folder, built dataset, JSONL or Parquet file, or OWNER/NAME@vX.Y.Z (default: packaged gold)",
    )


def add_output(parser: argparse.ArgumentParser) -> None:
    """The option --output."""
    parser.add_argument("-o", "--output", metavar="FILE", help="write there instead of to stdout, whole or not at all")


def deliver(text: str, output: str | None) -> None:
    """Text to a file or to stdout."""
    if output is None or output == "-":
        sys.stdout.write(text)
        return
    from goldwire.formats.source import write_text

    write_text(output, text)


def positive(text: str) -> int:
    """An argument that counts something."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def print_incidents(incidents: Iterable[Incident], stream: TextIO | None = None) -> None:
    """Incidents, one a line, the first few hundred of them; control characters are shown, not obeyed."""
    from goldwire.report.terminal import visible

    stream = stream or sys.stderr
    listed = list(incidents)
    for incident in listed[:_SHOWN]:
        print(visible(str(incident)), file=stream)
    if len(listed) > _SHOWN:
        print(f"... and {len(listed) - _SHOWN} more", file=stream)


def wants_style(stream: TextIO) -> bool:
    """Whether bold and colour are welcome: a terminal, and no NO_COLOR."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def progress_of(label: str, total: int | None, *, quiet: bool) -> Callable[[int], None]:
    """A counter line on stderr, when that is a terminal and --quiet is not given; call it with the number done."""
    if quiet or not sys.stderr.isatty():
        return lambda _: None
    import time

    last = [0.0]

    def show(done: int) -> None:
        now = time.monotonic()
        if now - last[0] >= 0.1 or done == total:
            last[0] = now
            of = f" of {total}" if total else ""
            end = "\n" if done == total else ""
            print(f"\r{label}: {done}{of}\033[K", end=end, file=sys.stderr, flush=True)

    return show


def bar_of(label: str, *, quiet: bool) -> Callable[[int, int, int], None]:
    """A bar on stderr, when that is a terminal and --quiet is not given; call it with what is done, of all, and failed."""
    if quiet or not sys.stderr.isatty():
        return lambda *_: None
    import time

    began, first = time.monotonic(), [-1]

    def show(done: int, total: int, failed: int) -> None:
        if first[0] < 0:
            first[0] = done - 1
        full = 24 * done // max(total, 1)
        left = (time.monotonic() - began) / (done - first[0]) * (total - done)
        shown = f"{label} [{'#' * full}{'.' * (24 - full)}] {done} of {total}"
        shown += f", {failed} failed" if failed else ""
        shown += f", {int(left) // 60}:{int(left) % 60:02d} left" if done < total else ""
        print(f"\r{shown}\033[K", end="\n" if done == total else "", file=sys.stderr, flush=True)

    return show
