"""`goldwire hydrate`: the texts go back into a text-free release, from the files of somebody who has them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from goldwire.building.card import with_text
from goldwire.building.dataset import release_files, replace_folder, target_of
from goldwire.building.withhold import put_back
from goldwire.corpus.digest import table_digest
from goldwire.errors import IncidentError, ReadError, ReleaseError, UsageError
from goldwire.formats.dataset import is_withheld, read_config, read_manifest
from goldwire.formats.strict_json import StrictJSONError, loads
from goldwire.incidents import Incidents, path_text
from goldwire.schemas import errors_of

__all__ = ["hydrate"]


def hydrate(folder: str | Path, texts: str | Path, output: str | Path | None = None) -> dict[str, Any]:
    """Fill a text-free release with the texts and return its manifest, the one of the release with texts.

    texts: a folder with the articles' files. A file is recognised by its SHA-256, whatever its name; nothing is ever
    normalised to fit. output: where to write, instead of in place.

    Raises ReadError, UsageError where there is nothing to fill, IncidentError where a text is missing or another
    (nothing is written), ReleaseError where the filled data is not the release's.
    """
    place = Path(folder)
    manifest = read_manifest(place)
    if not is_withheld(manifest):
        raise UsageError(f"{place}: holds its texts already")
    if output is None and any(path.is_symlink() for path in place.rglob("*")):
        raise UsageError(f"{place}: is a cache's snapshot and stays as it is; choose a place with -o")
    target = target_of(Path(output) if output is not None else place)
    incidents = Incidents()
    tables = {name: read_config(place, name, incidents, manifest) for name in manifest["configs"]}
    found = _texts(tables["articles"].select(["doc_id", "sha256", "length"]).to_pylist(), Path(texts), incidents)
    if incidents.errors:
        message = f"{place}: {incidents.errors} text(s) or file(s) are missing or other; nothing was written"
        raise IncidentError(message, list(incidents))
    try:
        filled = put_back(tables, found, _json(place / "withheld.json"))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        raise ReadError(f"{place / 'withheld.json'}: does not fit the data it belongs to") from None
    for name, entry in manifest["configs"].items():
        if table_digest(filled[name]) != entry["digest"]:
            raise ReleaseError(f"{place}: config {name!r}, with its texts, has another digest than the release")
    files = _files(place, tables, filled)
    written: dict[str, Any] = json.loads(files["digests.json"])
    if written["digest"] != manifest["digest"]:
        raise ReleaseError(f"{place}: the filled dataset has another digest than the release")
    replace_folder(target, files)
    return written


def _files(place: Path, before: Mapping[str, pa.Table], filled: Mapping[str, pa.Table]) -> dict[str, bytes]:
    about = _json(place / "corpus.json")
    if problem := next(errors_of("corpus", about), None):
        raise ReadError(f"{place / 'corpus.json'}: describes no corpus ({path_text(problem[0])}: {problem[1]})")
    try:
        shipped = (place / "README.md").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ReadError(f"{place / 'README.md'}: cannot be read") from None

    def readme(tables: Mapping[str, pa.Table], manifest: Mapping[str, Any]) -> str:
        return with_text(shipped, before, about, tables, manifest)

    return release_files(about, filled, readme)


def _json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, StrictJSONError) as error:
        raise ReadError(f"{path}: cannot be read ({error})") from None
    return content


def _texts(articles: Sequence[Mapping[str, Any]], folder: Path, incidents: Incidents) -> dict[str, str]:
    """Document -> text. A missing or altered file is an incident that says how the nearest file differs."""
    if not folder.is_dir():
        raise ReadError(f"{folder}: no such folder of texts")
    largest = 4 * max((row["length"] for row in articles), default=0)  # bytes of so many code points
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size <= largest + 1024)
    by_sum = {hashlib.sha256(data).hexdigest(): data for data in (path.read_bytes() for path in files)}
    found = {}
    for row in articles:
        if Path(row["doc_id"]).name != row["doc_id"]:
            raise ReadError(f"document {row['doc_id']!r}: an id that cannot be a file's name")
        data = by_sum.get(row["sha256"])
        if data is not None:
            found[row["doc_id"]] = data.decode("utf-8")
            continue
        named = folder / f"{row['doc_id']}.txt"
        if not named.is_file():
            expected = f"a file with sha256 {row['sha256']}"
            incidents.add("missing-file", str(named), 0, item=row["doc_id"], expected=expected)
            continue
        other = named.read_bytes()
        detail = f"sha256 {hashlib.sha256(other).hexdigest()}{_difference(other, row['sha256'])}"
        incidents.add("checksum", str(named), 0, item=row["doc_id"], found=detail, expected=f"sha256 {row['sha256']}")
    return found


def _difference(data: bytes, wanted: str) -> str:
    """What an editor or a transfer did to a file, where undoing it would give the text that is wanted."""
    bare = data.removeprefix(b"\xef\xbb\xbf")
    unix = bare.replace(b"\r\n", b"\n")
    repairs = {
        "a byte order mark was added": bare,
        "its line ends were changed to CRLF": data.replace(b"\r\n", b"\n"),
        "a byte order mark was added and its line ends were changed": unix,
        "its line ends were changed to LF": data.replace(b"\n", b"\r\n"),
        "a line end was added at its end": data.removesuffix(b"\n").removesuffix(b"\r"),
        "the line end at its end is gone": data + b"\n",
    }
    for what, repaired in repairs.items():
        if hashlib.sha256(repaired).hexdigest() == wanted:
            return f" ({what})"
    return ""
