"""Release a corpus on a hub: build, check, upload, tag, load back.

The version stands in corpus.json and must fit the change since the latest release there: PATCH same data, MINOR
additions only, MAJOR any change to an existing record. All files go up in one commit and the tag comes last, so an
interruption leaves no half release; a repeat goes on, or says that it is there. The token is the one of HF_TOKEN or
`hf auth login`; it is never printed. HF_ENDPOINT names another hub.
"""

from __future__ import annotations

import argparse
import sys

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    parser.add_argument("repo", metavar="OWNER/NAME", help="the dataset on the hub; made if it is not there")
    form = parser.add_mutually_exclusive_group(required=True)
    form.add_argument("--with-text", dest="text", action="store_true", help="the articles' texts are released, too")
    form.add_argument(
        "--no-text", dest="text", action="store_false", help="annotation only; `goldwire hydrate` puts texts back"
    )
    parser.add_argument(
        "--source", default="annotations", metavar="DIR", help="annotation folder (default: annotations)"
    )
    parser.add_argument("--tag", metavar="vX.Y.Z", help="refuse unless this is the version in corpus.json")
    parser.add_argument("--private", action="store_true", help="a dataset made now is private")
    parser.add_argument("--dry-run", action="store_true", help="build, check and list; change nothing on the hub")


def run(options: argparse.Namespace) -> int:
    """Publish and say what was published."""
    from goldwire.hub.publish import publish
    from goldwire.report.terminal import aligned, visible

    def say(step: str) -> None:
        if not options.quiet:
            print(visible(step), file=sys.stderr)

    done = publish(
        options.repo, options.source, text=options.text, tag=options.tag, dry_run=options.dry_run,
        private=options.private, say=say,
    )  # fmt: skip
    if done.state == "dry run":
        for name in done.files:
            print(name)
        say(f"dry run: {len(done.files)} files would be released as {done.repo}@{done.tag}; nothing was changed")
    else:
        print(aligned([["config", "digest"], *([name, digest[:12]] for name, digest in done.digests.items())]))
        print(f"\n{done.repo}@{done.tag}: {done.state}, commit {done.commit[:12]}, digest {done.digest}")
    for remark in done.remarks:
        say(f"note: {remark}")
    return 0
