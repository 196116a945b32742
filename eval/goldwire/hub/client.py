"""The hub as the rest of the package sees it: releases fetched by name and tag, failures in sentences, no token in any.

`huggingface_hub` finds the token itself (HF_TOKEN, or what `hf auth login` stored). It is never taken as an argument
and never printed: whatever an error says goes through `scrubbed`.
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldwire._version import __version__
from goldwire.errors import HubError, MissingExtra, UsageError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

__all__ = [
    "Fetched",
    "Reference",
    "client",
    "fetch",
    "has_token",
    "is_repository",
    "is_repository_name",
    "parse_reference",
    "scrubbed",
    "speaking",
]

_REFERENCE = re.compile(
    r"(?P<repo>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)@(?P<revision>[^@#\s]+)(?:#(?P<digest>[0-9a-f]{6,64}))?"
)
_TOKEN = re.compile(r"\b(?:hf|api_org)_[A-Za-z0-9]{6,}|(?<=Bearer )[^\s'\"]+|(?<=://)[^/\s@]+:[^/\s@]+(?=@)")


_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True)
class Reference:
    """A release on a hub: OWNER/NAME@REVISION, and optionally #DIGEST, the start of the content digest it must have."""

    repo: str
    revision: str
    digest: str = ""

    def __str__(self) -> str:
        return f"{self.repo}@{self.revision}" + (f"#{self.digest}" if self.digest else "")


@dataclass(frozen=True)
class Fetched:
    """A release on this disk. cached: the hub could not be reached and the cache answered."""

    folder: Path
    commit: str
    cached: bool = False


def parse_reference(text: str | Path) -> Reference | None:
    """A release's name, or None for what is a path: it exists, or has another form."""
    name = str(text)
    found = _REFERENCE.fullmatch(name)
    if found is None or os.path.lexists(name):
        return None
    return Reference(found["repo"], found["revision"], found["digest"] or "")


def is_repository_name(name: str) -> bool:
    """Whether a name has the form OWNER/NAME."""
    return bool(_REPOSITORY.fullmatch(name))


def is_repository(text: str | Path) -> bool:
    """Whether a path is rather a hub's dataset: OWNER/NAME, no file of this disk and with no file's ending."""
    name = str(text)
    return is_repository_name(name) and not os.path.lexists(name) and not Path(name).suffix


def client(purpose: str) -> HfApi:
    """The hub's client. Raises MissingExtra."""
    try:
        from huggingface_hub import HfApi
        from huggingface_hub.utils.tqdm import disable_progress_bars
    except ModuleNotFoundError:
        raise MissingExtra("huggingface_hub", "hub", purpose) from None
    disable_progress_bars()  # a release is a few small files
    return HfApi(library_name="goldwire", library_version=__version__)


def has_token() -> bool:
    """Whether the client knows a token, wherever it has it from."""
    from huggingface_hub import get_token

    return bool(get_token())


def fetch(reference: Reference, *, cache: str | Path | None = None) -> Fetched:
    """Bring a release into huggingface_hub's cache (or ``cache``) and say where it is.

    Asks the hub which commit the revision is now; where it cannot be reached, a complete snapshot of that very revision
    from the cache will do, and the answer says so. Raises HubError, MissingExtra.
    """
    api = client(f"reading {reference.repo} from a hub")
    place: dict[str, Any] = {"repo_type": "dataset", "revision": reference.revision}
    cached = {**place, "cache_dir": None if cache is None else str(cache)}
    failure = ""
    with speaking(f"{reference}"):
        try:
            commit = api.repo_info(reference.repo, **place).sha or ""
        except Exception as error:
            failure = _silence(error)
            if not failure:
                raise
        if failure:
            return _from_cache(api, reference, failure, cached)
        folder = Path(api.snapshot_download(reference.repo, **cached))
    if folder.name != commit:  # the client answers from its cache when the hub falls silent, whatever is there
        raise HubError(f"{reference}: the hub names commit {commit[:12]}, what arrived is {folder.name[:12]}")
    return Fetched(folder, commit)


def _from_cache(api: HfApi, reference: Reference, failure: str, cached: Mapping[str, Any]) -> Fetched:
    from huggingface_hub.errors import LocalEntryNotFoundError

    folder = None
    with suppress(LocalEntryNotFoundError):  # an incomplete snapshot is one of these, too
        folder = api.snapshot_download(reference.repo, local_files_only=True, **cached)
    if folder is None:
        raise HubError(f"{reference}: {failure}, and the cache has no complete copy of this revision")
    return Fetched(Path(folder), Path(folder).name, cached=True)


@contextmanager
def speaking(what: str) -> Iterator[None]:
    """Turn what the client raises into a HubError in one sentence; no traceback shows the exception behind it."""
    from huggingface_hub.errors import HFValidationError

    http = _http()
    try:
        yield
        return
    except HFValidationError as error:
        failure: Exception = UsageError(scrubbed(f"{what}: {error}"))
    except (http.HTTPError, http.InvalidURL, OSError, ValueError) as error:
        failure = HubError(scrubbed(f"{what}: {_reason(error)}"))
    raise failure from None


def scrubbed(text: str) -> str:
    """The text without anything that is, or looks like, a token or a password."""
    known = {value for name, value in os.environ.items() if "TOKEN" in name and len(value.strip()) >= 6}
    try:
        from huggingface_hub import get_token

        known.add(get_token() or "")
    except (ImportError, OSError, ValueError):
        pass
    for value in sorted((value.strip() for value in known if value.strip()), key=len, reverse=True):
        text = text.replace(value, "[token]")
    return _TOKEN.sub("[token]", text)


def _http() -> Any:
    """The HTTP library the client is made with: httpx, or its successor."""
    from huggingface_hub.errors import HfHubHTTPError

    return importlib.import_module(HfHubHTTPError.__bases__[0].__module__.partition(".")[0])


def _silence(error: Exception) -> str:
    """Why the hub could not answer at all; "" where it did answer."""
    from huggingface_hub import constants
    from huggingface_hub.errors import OfflineModeIsEnabled

    if isinstance(error, OfflineModeIsEnabled):
        return "the hub may not be asked (HF_HUB_OFFLINE is set)"
    if isinstance(error, _http().TransportError):
        return scrubbed(f"the hub at {constants.ENDPOINT} cannot be reached ({type(error).__name__})")
    status = _status(error)
    return f"the hub at {constants.ENDPOINT} is out of order (it answers {status})" if status >= 500 else ""


def _status(error: Exception) -> int:
    """The HTTP status behind an error, 0 where there is none."""
    return int(getattr(getattr(error, "response", None), "status_code", 0))


def _reason(error: Exception) -> str:
    """Why a call failed, in words a user can act on."""
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    if silence := _silence(error):
        return silence
    if isinstance(error, GatedRepoError):
        return "the dataset is gated; ask for access on its page first"
    if isinstance(error, RevisionNotFoundError):
        return "there is no such tag, branch or commit"
    status = _status(error)
    if isinstance(error, RepositoryNotFoundError):
        return "there is no such dataset, or the token may not see it"
    if status in (401, 403):
        return "the hub refuses: no token, or one without the right to do this (set HF_TOKEN, or `hf auth login`)"
    if status == 412:
        return "the repository changed meanwhile; look at it, then run this again"
    said = getattr(error, "server_message", None) or str(error).strip().split("\n")[0]
    return f"the hub answered {status}: {said}" if status else said
