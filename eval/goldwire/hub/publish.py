"""`goldwire publish`: one release of a corpus onto a hub, whole or not at all, and loaded back to prove it.

The order makes an interruption harmless: everything is built and checked here first, all files go up in one commit, and
the tag that makes the commit a release comes last. A repeat finds what is there and goes on from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from goldwire.building.dataset import build
from goldwire.building.withhold import hold_back
from goldwire.errors import HubError, ReadError, ReleaseError, UsageError
from goldwire.formats.dataset import is_inside, is_withheld, read_manifest
from goldwire.hub.client import Reference, client, fetch, has_token, is_repository_name, scrubbed, speaking
from goldwire.hub.verify import verify
from goldwire.hub.versions import Change, change_between, check_version, latest, version_of

if TYPE_CHECKING:
    from huggingface_hub import HfApi

__all__ = ["Published", "publish"]


@dataclass(frozen=True)
class Published:
    """What `publish` did.

    state: "published", "already there" or "dry run". before: the release it follows, or None. change: since then.
    files: what was, or would be, uploaded. commit: the one that was tagged; "" in a dry run.
    digests: config -> digest as loaded back from the tag (as built, in a dry run).
    remarks: what the owner should know.
    """

    repo: str
    tag: str
    digest: str
    withheld: bool
    state: str
    before: str | None
    change: Change
    files: tuple[str, ...]
    digests: Mapping[str, str]
    commit: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Remote:
    """A repository as it is now: its tags with their commits, and the commit and files of its main branch."""

    exists: bool
    tags: Mapping[str, str] = field(default_factory=dict)
    head: str | None = None
    files: tuple[str, ...] = ()


def publish(
    repo: str,
    source: str | Path = "annotations",
    *,
    text: bool,
    tag: str | None = None,
    dry_run: bool = False,
    private: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Published:
    """Build the annotation folder ``source`` and release it as ``repo`` ("OWNER/NAME") at the tag of its version.

    text: whether the articles' texts are part of the release; there is no default, it is the owner's decision.
    tag: "vX.Y.Z"; must be the version in corpus.json, given to make sure. private: for a repository made now.
    say: is told each step.

    Raises IncidentError where the source has errors, UsageError, HubError, and ReleaseError where the version does not
    fit the change since the latest release, where the tag holds another release, or where what was loaded back is not
    what was built.
    """
    if not is_repository_name(repo):
        raise UsageError(f"{repo}: a dataset on a hub is named OWNER/NAME")
    api = client("publishing to a hub")
    if not (dry_run or has_token()):
        raise UsageError(f"{repo}: publishing takes a token (set HF_TOKEN, or `hf auth login`); --dry-run does not")
    remote = _look(api, repo)
    with TemporaryDirectory(prefix="goldwire-publish-") as scratch:
        folder = Path(scratch) / "dataset"
        manifest = build(source, folder, text=text)
        if not (built := verify(folder)).sound:
            raise ReleaseError(f"{source}: what was built is not sound: {next(iter(built.incidents))}")
        name = _tag_of(manifest["version"], tag)
        say(f"built {manifest['name']} {manifest['version']}, digest {manifest['digest']}, {_form(withheld=not text)}")
        report = _Report(repo, name, manifest, folder, {config: digest for config, _, digest, _ in built.configs})
        if name in remote.tags:
            return _already_there(report, remote)
        before = latest(list(remote.tags))
        change = Change("PATCH")
        remarks: tuple[str, ...] = ()
        if before is not None:
            change, remarks = _checked(report, before)
            say(f"since {before}: {change.kind}" + "".join(f"; {line}" for line in change.lines))
        if dry_run:
            return report.done("dry run", before, change, remarks)
        commit = _upload(api, report, remote, private=private, say=say)
        digests = _load_back(api, report, commit)
        say(f"loaded {repo}@{name} back: every digest is that of the build")
        return report.done("published", before, change, remarks, commit, digests)


@dataclass(frozen=True)
class _Report:
    """The release at hand: where it goes, and the dataset folder that was built for it."""

    repo: str
    tag: str
    manifest: Mapping[str, Any]
    folder: Path
    digests: Mapping[str, str]

    @property
    def files(self) -> list[str]:
        return sorted(p.relative_to(self.folder).as_posix() for p in self.folder.rglob("*") if p.is_file())

    def done(
        self,
        state: str,
        before: str | None,
        change: Change,
        remarks: tuple[str, ...],
        commit: str = "",
        digests: Mapping[str, str] | None = None,
    ) -> Published:
        return Published(
            self.repo, self.tag, self.manifest["digest"], is_withheld(self.manifest), state, before, change,
            tuple(self.files), digests or self.digests, commit, remarks,
        )  # fmt: skip


def _form(*, withheld: bool) -> str:
    return "without texts" if withheld else "with texts"


def _tag_of(version: str, tag: str | None) -> str:
    if tag is not None and version_of(tag) is None:
        raise UsageError(f"--tag {tag}: a tag is vX.Y.Z")
    if tag is not None and version_of(tag) != version_of(version):
        raise UsageError(f"--tag {tag}: corpus.json says version {version}; change the one or the other")
    return f"v{version}"


def _look(api: HfApi, repo: str) -> _Remote:
    """The repository's tags and main branch; one that does not exist yet is an empty one."""
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    with speaking(repo):
        try:
            refs = api.list_repo_refs(repo, repo_type="dataset")
        except RepositoryNotFoundError:
            return _Remote(exists=False)
        tags = {ref.name: ref.target_commit for ref in refs.tags}
        try:
            info = api.dataset_info(repo)
        except RevisionNotFoundError:  # made and never written to
            return _Remote(exists=True, tags=tags)
        return _Remote(True, tags, info.sha, tuple(entry.rfilename for entry in info.siblings or ()))


def _already_there(report: _Report, remote: _Remote) -> Published:
    """The tag exists: fine if it holds this very release, else a new version is due."""
    reference = Reference(report.repo, report.tag)
    with TemporaryDirectory(prefix="goldwire-verify-") as cache:
        there = verify(str(reference), cache=cache)
    ours = (report.manifest["digest"], is_withheld(report.manifest))
    if (there.digest, there.withheld) != ours:
        theirs = f"digest {there.digest[:12]}, {_form(withheld=there.withheld)}"
        here = f"digest {ours[0][:12]}, {_form(withheld=ours[1])}"
        raise ReleaseError(
            f"{reference} is there already and is another release ({theirs}; here {here}): a tag never moves, raise the version"
        )
    if not there.sound:
        raise ReleaseError(f"{reference} is there already and is damaged: {next(iter(there.incidents))}")
    digests = {config: digest for config, _, digest, _ in there.configs}
    return report.done("already there", None, Change("PATCH"), (), remote.tags[report.tag], digests)


def _checked(report: _Report, before: str) -> tuple[Change, tuple[str, ...]]:
    """The change since the release ``before``. Raises ReleaseError where the version says another kind of change."""
    with TemporaryDirectory(prefix="goldwire-before-") as cache:
        folder = fetch(Reference(report.repo, before), cache=cache).folder
        previous = read_manifest(folder)
        if previous["digest"] == report.manifest["digest"]:
            change = Change("PATCH")
        else:
            old, new = _tables(folder, previous), _tables(report.folder, report.manifest)
            if is_withheld(previous) != is_withheld(report.manifest):  # compared in the form both can have
                old = old if is_withheld(previous) else hold_back(old)[0]
                new = new if is_withheld(report.manifest) else hold_back(new)[0]
            change = change_between(old, new)
            if change.kind == "PATCH":  # digests differ: what changed is in what is withheld
                change = Change("MAJOR", ("texts or withheld strings changed",))
    if problem := check_version(report.manifest["version"], before.removeprefix("v"), change):
        raise ReleaseError(f"{report.repo}: {problem}")
    remarks: tuple[str, ...] = ()
    if is_withheld(report.manifest) and not is_withheld(previous):
        remarks = (f"earlier commits and tags of {report.repo}, such as {before}, still hold the texts",)
    return change, remarks


def _tables(folder: Path, manifest: Mapping[str, Any]) -> dict[str, pa.Table]:
    """The tables of a release, which may have been made by another version: its columns are taken as they are."""
    tables = {}
    for name, entry in manifest["configs"].items():
        path = folder / entry["file"]
        if not is_inside(entry["file"]):
            raise ReadError(f"{folder}: config {name!r} points outside the dataset: {entry['file']}")
        try:
            tables[name] = pq.ParquetFile(path).read()
        except (pa.ArrowInvalid, OSError):
            raise ReadError(f"{path}: cannot be read as Parquet") from None
    return tables


def _upload(api: HfApi, report: _Report, remote: _Remote, *, private: bool, say: Callable[[str], None]) -> str:
    """One commit with all files, then the tag; returns the commit."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    repo, files = report.repo, report.files
    with speaking(f"{repo}: nothing was released"):
        if not remote.exists:
            api.create_repo(repo, repo_type="dataset", private=private, exist_ok=True)
            say(f"made the dataset {repo}")
        stale = [name for name in _of_last_release(api, report, remote) if name not in files and name in remote.files]
        operations = [CommitOperationAdd(name, report.folder / name) for name in files]
        about = f"digest {report.manifest['digest']}\n\n{_form(withheld=is_withheld(report.manifest))}"
        info = api.create_commit(
            repo,
            [*operations, *(CommitOperationDelete(name) for name in stale)],
            repo_type="dataset",
            commit_message=f"{report.manifest['name']} {report.manifest['version']}",
            commit_description=about,
            parent_commit=remote.head,
        )
        commit = str(info.oid)
    say(f"uploaded {len(files)} files as commit {commit[:12]}")
    with speaking(f"{repo}: uploaded as commit {commit[:12]} and not tagged, so not released; run this again"):
        api.create_tag(repo, tag=report.tag, revision=commit, repo_type="dataset", tag_message=about.split("\n")[0])
    say(f"tagged it {report.tag}")
    return commit


def _of_last_release(api: HfApi, report: _Report, remote: _Remote) -> list[str]:
    """The files that the release now on main brought; others in the repository are not ours to delete."""
    if "SHA256SUMS" not in remote.files:
        return []
    with TemporaryDirectory(prefix="goldwire-sums-") as cache:
        path = api.hf_hub_download(
            report.repo, "SHA256SUMS", repo_type="dataset", revision=remote.head, cache_dir=cache
        )
        lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    return [line.partition("  ")[2] for line in lines]


def _load_back(api: HfApi, report: _Report, commit: str) -> dict[str, str]:
    """Config -> digest of what the tag gives to somebody with an empty cache. Raises ReleaseError where it is another."""
    reference = Reference(report.repo, report.tag)
    with TemporaryDirectory(prefix="goldwire-verify-") as cache:
        try:
            there = verify(str(reference), cache=cache)
        except HubError as error:
            again = f"`goldwire verify {reference}` will do it"
            raise HubError(
                scrubbed(f"{report.repo}: uploaded and tagged, but could not be loaded back ({error}); {again}")
            ) from None
    digests = {config: digest for config, _, digest, _ in there.configs}
    if there.sound and digests == report.digests and there.digest == report.manifest["digest"]:
        return digests
    with speaking(f"{reference}: is not what was built, and its tag could not be removed"):
        api.delete_tag(report.repo, tag=report.tag, repo_type="dataset")
    found = next(iter(there.incidents), f"digest {there.digest[:12]}")
    raise ReleaseError(
        f"{reference}: what came back is not what was built ({found}); the tag was removed, commit {commit[:12]} stays"
    )
