"""Is this dataset the release it says it is, and the one that was asked for? Every sum and digest recomputed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from goldwire.building.croissant import croissant_findings
from goldwire.corpus.digest import release_digest, table_digest
from goldwire.errors import ReadError, ReleaseError
from goldwire.formats.dataset import (
    check_digests,
    is_dataset,
    is_inside,
    is_withheld,
    read_config,
    read_manifest,
    shipped_digest,
)
from goldwire.formats.folder import is_source
from goldwire.hub.client import Fetched, Reference, fetch, is_repository, parse_reference
from goldwire.incidents import Incidents
from goldwire.paths import data_folder

__all__ = ["Verified", "open_release", "verify"]


@dataclass(frozen=True)
class Verified:
    """What `verify` found.

    where: the folder, or the release and its commit. name, version, digest: as digests.json has them.
    withheld: a text-free release, whose ``digest`` is that of the release with texts and is recomputed once it is
    hydrated; its rows are held against digests of their own. configs: (name, rows, digest, as stated) per config.
    incidents: everything that is not as stated.
    """

    where: str
    name: str
    version: str
    digest: str
    withheld: bool
    configs: tuple[tuple[str, int, str, bool], ...]
    incidents: Incidents

    @property
    def sound(self) -> bool:
        """Whether all is as stated."""
        return not self.incidents.errors


def verify(target: str | Path | None = None, *, cache: str | Path | None = None) -> Verified:
    """Verify the packaged dataset, a built dataset folder, or a release on a hub (OWNER/NAME@vX.Y.Z).

    cache: where a release is fetched to, instead of huggingface_hub's own cache.
    Raises ReadError where there is no dataset, HubError, and ReleaseError for a release other than the one asked for.
    """
    if target is None:
        return _verified(data_folder("dataset"), "the packaged dataset")
    reference = parse_reference(target)
    if reference is None:
        folder = Path(target)
        if is_repository(target):
            raise ReadError(f"{target}: no such folder; a release on a hub is named {target}@vX.Y.Z")
        if folder.is_dir() and not is_dataset(folder) and is_source(folder):
            raise ReadError(
                f"{folder}: is an annotation folder; `goldwire validate` checks it, `goldwire build` builds it"
            )
        return _verified(folder, str(folder))
    fetched = fetch(reference, cache=cache)
    _is_asked_for(reference, fetched)
    commit = f"commit {fetched.commit[:12]}" + (", from the cache: the hub does not answer" if fetched.cached else "")
    return _verified(fetched.folder, f"{reference} ({commit})")


def open_release(reference: Reference) -> tuple[Path, list[str]]:
    """The folder of a release, fetched and held against its name and its digests; and remarks for the user.

    Raises HubError, and ReleaseError where what was loaded is not the release asked for.
    """
    fetched = fetch(reference)
    _is_asked_for(reference, fetched)
    incidents = Incidents()
    check_digests(fetched.folder, incidents)
    if incidents.errors:
        raise ReleaseError(f"{reference}: {next(iter(incidents))}; delete {fetched.folder} and fetch it again")
    remark = (
        f"{reference}: the hub does not answer; the copy in the cache is that release (commit {fetched.commit[:12]})"
    )
    return fetched.folder, [remark] if fetched.cached else []


def _is_asked_for(reference: Reference, fetched: Fetched) -> None:
    """Raises ReleaseError where a release has another version than its tag, or another digest than the one asked for."""
    manifest = read_manifest(fetched.folder)
    version, digest = manifest["version"], manifest["digest"]
    loaded = f"what was loaded is {manifest['name']} {version}, digest {digest[:12]} (commit {fetched.commit[:12]})"
    tag = re.fullmatch(r"v(\d+\.\d+\.\d+)", reference.revision)
    if tag and tag[1] != version:
        raise ReleaseError(
            f"{reference}: not the release asked for: {loaded}; the tag was moved, or the cache is stale"
        )
    if not digest.startswith(reference.digest):
        raise ReleaseError(f"{reference}: not the digest asked for: {loaded}")


def _verified(folder: Path, where: str) -> Verified:
    manifest = read_manifest(folder)
    incidents = Incidents()
    for file, other, due in _sums(folder):
        incidents.add("checksum" if other else "missing-file", str(file), 0, found=other, expected=due)
    configs = []
    for name, entry in manifest["configs"].items():
        before = incidents.errors
        table = read_config(folder, name, incidents, manifest)
        found, stated = table_digest(table), shipped_digest(entry)
        if incidents.errors == before and (found, len(table)) != (stated, entry["rows"]):
            item = f"config {name!r}, its content"
            incidents.add("checksum", str(folder / entry["file"]), 0, item=item, found=found, expected=stated)
        configs.append((name, len(table), found, incidents.errors == before))
    release = release_digest({name: entry["digest"] for name, entry in manifest["configs"].items()})
    if release != manifest["digest"]:
        path = str(folder / "digests.json")
        incidents.add("checksum", path, 0, item="digest", found=manifest["digest"], expected=release)
    if (folder / "croissant.json").is_file() and not incidents.errors:
        for finding in croissant_findings(folder):
            incidents.add("checksum", str(folder / "croissant.json"), 0, found=finding)
    about = {key: manifest[key] for key in ("name", "version", "digest")}
    return Verified(where, **about, withheld=is_withheld(manifest), configs=tuple(configs), incidents=incidents)


def _sums(folder: Path) -> Iterator[tuple[Path, str, str]]:
    """Files that SHA256SUMS names and that are missing (found "") or other; data files are left to their configs."""
    sums = folder / "SHA256SUMS"
    if not sums.is_file():
        yield sums, "", ""
        return
    for line in sums.read_text(encoding="utf-8", errors="replace").splitlines():
        stated, _, name = line.partition("  ")
        path = folder / name
        if name.startswith("data/"):
            continue
        if not is_inside(name) or not path.is_file():
            yield path, "", ""
        elif (found := hashlib.sha256(path.read_bytes()).hexdigest()) != stated:
            yield path, f"sha256 {found}", f"sha256 {stated}"
