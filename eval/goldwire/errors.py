"""Everything Goldwire raises on purpose.

GoldwireError
├── UsageError        the call cannot be carried out as asked (exit code 2)
│   └── MissingExtra  an optional package is needed (exit code 2, with the install command)
├── ReadError         a file cannot be read at all (exit code 2)
│   └── HubError      a hub cannot be reached or refuses (exit code 2)
├── SystemFailure     a system could not process what it was given (exit code 1)
│   └── TransientFailure  the same, and asking again may help
├── ReleaseError      a release is not what it should be (exit code 1)
└── IncidentError     the input was read and is wrong; carries its incidents (exit code 1)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goldwire.incidents import Incident

__all__ = [
    "GoldwireError",
    "HubError",
    "IncidentError",
    "MissingExtra",
    "ReadError",
    "ReleaseError",
    "SystemFailure",
    "TransientFailure",
    "UsageError",
]


class GoldwireError(Exception):
    """Base of every error a caller may want to catch; its text is a sentence for people."""

    exit_code = 2


class UsageError(GoldwireError):
    """The call names something that does not exist or combines what cannot be combined."""


class ReadError(GoldwireError):
    """A file is missing, unreadable or not of the format it claims."""


class HubError(ReadError):
    """A hub cannot be reached, refuses, or has no such release. Never holds a token."""


class ReleaseError(GoldwireError):
    """A release is not the one asked for, or may not be published as it stands."""

    exit_code = 1


class MissingExtra(UsageError):  # noqa: N818  (named after what is missing, like ModuleNotFoundError)
    """An optional package is needed for this call."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs the package '{package}': pip install 'goldwire[{extra}]'")


class SystemFailure(GoldwireError):  # noqa: N818  (what happened, not a mistake of the caller's)
    """A system could not process an article, or all of them."""

    exit_code = 1


class TransientFailure(SystemFailure):
    """A failure that may pass: a server that is busy, a connection that broke, an answer that came too late.

    wait: seconds the other side asked to be left alone for, if it did.
    """

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class IncidentError(GoldwireError):
    """The input has errors; nothing was scored, built or written."""

    exit_code = 1

    def __init__(self, message: str, incidents: Sequence[Incident]) -> None:
        super().__init__(message)
        self.incidents = tuple(incidents)
