"""Begin a corpus of your own: an annotation folder from texts or from annotation in any format.

DIR becomes a folder with articles/, gold/ and corpus.json, ready for `goldwire validate`, `build` and `agree`. What the
source does not say and gold must (levels, heads, attributes of events) is filled in, and listed with what was lost.
With --pass NAME, PATH is a second annotation of the articles DIR has already, and becomes DIR/passes/NAME.
"""

from __future__ import annotations

import argparse
import sys

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    from goldwire.cli.convert_verb import add_format, add_texts

    parser.add_argument("folder", metavar="DIR", help="new or empty folder; with --pass, the corpus")
    parser.add_argument("source", metavar="PATH", help="texts or annotation: a file or a folder")
    add_format(parser, "from", "PATH")
    add_texts(parser)
    parser.add_argument("--pass", dest="second", metavar="NAME", help="add a second annotation, DIR/passes/NAME")
    parser.add_argument("--name", default="", help="short name of the corpus (default: that of DIR)")
    parser.add_argument("--title", default="", help="title of the corpus (default: the name of DIR)")
    parser.add_argument("--language", default="en", metavar="CODE", help="ISO 639 code (default: en)")
    parser.add_argument("--licence", default="CC-BY-4.0", help="licence of the annotation (default: CC-BY-4.0)")
    parser.add_argument("--holder", default="unknown", help="who holds the rights in the texts (default: unknown)")
    parser.add_argument("--text-licence", default="", metavar="L", help="licence of the texts (default: not stated)")
    parser.add_argument(
        "--on-error", choices=["stop", "drop"], default="stop", help="what bad items of PATH do (default: stop)"
    )


def run(options: argparse.Namespace) -> int:
    """Begin the corpus, list what was filled in or lost, and say what to do next."""
    from goldwire.cli.common import print_incidents
    from goldwire.cli.convert_verb import counted, print_losses, settings_of
    from goldwire.converting.founding import About, found_corpus, found_pass

    settings = settings_of(options.from_set, "--from-set")
    given = {"source_format": options.from_format, "source_settings": settings, "on_error": options.on_error}
    if options.second is not None:
        done = found_pass(options.folder, options.second, options.source, **given)
    else:
        about = About(
            options.name, options.title, options.language, options.licence, options.holder, options.text_licence
        )
        done = found_corpus(
            options.folder, options.source, gold=options.gold, texts=options.texts, about=about, **given
        )
    print_incidents(done.incidents)
    if not options.quiet:
        print_losses(done.context.losses, "lost or filled in")
        print(f"{done.folder}: {counted(done.counts)}", file=sys.stderr)
    return 1 if done.incidents.errors else 0
