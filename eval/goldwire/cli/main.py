"""`goldwire VERB ...`: finds the verb, runs it, turns errors into sentences and exit codes.

Exit codes: 0 done, 1 findings or a missed threshold, 2 bad usage or unreadable input, 130 interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from importlib.abc import MetaPathFinder

from goldwire._version import __version__
from goldwire.errors import GoldwireError, IncidentError

__all__ = ["main"]

VERBS = {
    "demo": "run every built-in baseline on the packaged gold, score and compare them",
    "score": "score prediction files against gold",
    "compare": "is one system better than another? differences, intervals, paired tests",
    "explain": "the items behind a number, by error class, in their context",
    "diff": "what one system gets right and another wrong",
    "report": "one self-contained page to look at",
    "leaderboard": "a folder of results as a static site, with exports",
    "power": "how many units it takes to see a difference",
    "run": "run a system on the gold's articles and write its predictions",
    "mock-run": "try a system on three articles in seconds",
    "init": "begin a corpus of your own from texts or annotation in any format",
    "convert": "from one annotation format to another, with a list of what is lost",
    "validate": "list everything that is wrong with gold or predictions",
    "build": "build the dataset of an annotation folder",
    "publish": "release a corpus on a hub: build, check, upload, tag, load back",
    "verify": "recompute the digests of a dataset or of a release on a hub",
    "hydrate": "put the texts back into a text-free release",
    "synth": "generate a synthetic corpus with exact gold, or audit one",
    "agree": "how far two annotations of the same articles agree",
    "list": "list tasks, measures, systems, formats, configs or labels",
}


_WITHOUT_PANDAS = frozenset(
    {
        "score",
        "compare",
        "power",
        "validate",
        "explain",
        "diff",
        "report",
        "leaderboard",
        "agree",
        "convert",
        "init",
        "synth",
    }
)
"""Verbs that never need pandas; others may, through scikit-learn or datasets."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without our characters gets escapes, not a traceback
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(arguments)
    except IncidentError as error:
        from goldwire.cli.common import print_incidents

        print_incidents(error.incidents)
        _complain(str(error))
        return error.exit_code
    except GoldwireError as error:
        _complain(str(error))
        return error.exit_code
    except BrokenPipeError:  # the reader of our output, `head` for instance, has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        _complain(f"{error.filename or 'output'}: {error.strerror or error}")
        return 2
    except KeyboardInterrupt:
        _complain("interrupted; no output file was left half-written")
        return 130


def _run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="goldwire",
        description="Score information extraction and de-duplication against gold, honestly.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="verbs:\n"
        + "\n".join(f"  {name:<12}{text}" for name, text in VERBS.items())
        + "\n\n`goldwire VERB --help` explains a verb.",
        usage="goldwire [--version] [-h] VERB ...",
    )
    parser.add_argument("--version", action="version", version=f"goldwire {__version__}")
    parser.add_argument("verb", help=argparse.SUPPRESS, nargs="?")
    head = arguments[:1]
    options = parser.parse_args(head if not head or head[0].startswith("-") else [head[0]])
    if options.verb is None:
        parser.print_help()
        return 2
    if options.verb not in VERBS:
        from goldwire.incidents import did_you_mean

        near = did_you_mean(options.verb, VERBS)
        _complain(f"no verb {options.verb!r}; " + (f"did you mean {near!r}?" if near else f"verbs: {', '.join(VERBS)}"))
        return 2
    verb = importlib.import_module(f"goldwire.cli.{options.verb.replace('-', '_')}_verb")
    if options.verb in _WITHOUT_PANDAS and "--help" not in arguments and "-h" not in arguments:
        _spare_pandas()
    own = argparse.ArgumentParser(
        prog=f"goldwire {options.verb}",
        description=verb.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    own.add_argument("-q", "--quiet", action="store_true", help="no progress and no remarks on stderr")
    verb.add_arguments(own)
    chosen = own.parse_args(arguments[1:])
    with _silence() if chosen.quiet else nullcontext():
        code: int = verb.run(chosen)
    if sys.stdout is not None:
        sys.stdout.flush()
    return code


@contextmanager
def _silence() -> Iterator[None]:
    """Remarks are not made."""
    import logging

    logger = logging.getLogger("goldwire")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def _spare_pandas() -> None:
    """Let pyarrow find no pandas: converting a scalar, it imports all of it to ask whether the value is a series.

    That takes a quarter of a second where pandas is installed, a third of a small score. It asks once and remembers.
    """
    if "pandas" in sys.modules:
        return
    import pyarrow as pa

    hidden = _NoPandas()
    sys.meta_path.insert(0, hidden)
    try:
        pa.scalar(0)
    finally:
        sys.meta_path.remove(hidden)


class _NoPandas(MetaPathFinder):
    """While it is asked for modules, pandas is not to be had."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Nothing of its own to offer."""
        del path, target
        if name == "pandas":
            raise ModuleNotFoundError(name)


def _complain(message: str) -> None:
    from goldwire.report.terminal import visible

    print(f"goldwire: {visible(message)}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
