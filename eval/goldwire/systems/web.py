"""``http://HOST/PATH`` and ``https://``: a server that is sent articles and answers with records, both as JSON.

One article is sent as an object, several (``--batch``, ``mode=corpus``) as a list of them; see ``remote`` for answers. No
secret belongs in an address or a setting: ``token_env`` names the environment variable whose value is sent as bearer
token.
"""

from __future__ import annotations

import http.client
import json
import os
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from goldwire._version import __version__
from goldwire.errors import SystemFailure, TransientFailure, UsageError
from goldwire.systems.base import Article, Record
from goldwire.systems.remote import answered, mode_of, question

__all__ = ["Server"]

_LONGEST_WAIT = 120.0


@dataclass
class Server:
    """A server as a system.

    mode:      "document": asked for one article (or ``--batch`` of them) at a time; "corpus": for all at once.
    layers:    what it looks for, where its records do not show it.
    token_env: environment variable with a bearer token.
    timeout:   seconds without a sign of life from the other side.
    """

    target: str
    mode: str = "document"
    layers: Sequence[str] = ()
    name: str = ""
    version: str = "unknown"
    token_env: str = ""
    timeout: float = 60.0

    def __post_init__(self) -> None:
        try:
            self._url = urlsplit(self.target)
            host, _ = self._url.hostname, self._url.port
        except ValueError as error:
            raise UsageError(f"{self.target}: is no address ({error})") from None
        if not host:
            raise UsageError(f"{self.target}: is no address, the host is missing")
        if self._url.username or self._url.password:
            raise UsageError("an address may not hold a password; name an environment variable with -s token_env=NAME")
        self._token = os.environ.get(self.token_env, "") if self.token_env else ""
        if self.token_env and not self._token:
            raise UsageError(f"the environment variable {self.token_env!r} is not set")
        self.per_document = mode_of(self.mode)
        self.layers = tuple(self.layers)
        self.name = self.name or host

    @property
    def settings(self) -> dict[str, Any]:
        """The address, values of its query left out, and how it is asked."""
        query = "&".join(part.partition("=")[0] + "=..." for part in self._url.query.split("&") if part)
        return {"url": self._url._replace(query=query, fragment="").geturl(), "mode": self.mode}

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """The records of the articles. Raises SystemFailure, TransientFailure where asking again may help."""
        single = self.per_document and len(articles) == 1
        answer = self._posted(question(articles[0] if single else articles))
        for record in answered(answer, "the server"):
            yield {"doc_id": articles[0].doc_id, **record} if single else record

    def _posted(self, body: str) -> Any:
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": f"goldwire/{__version__}",
        }
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        connection = _connection(self._url, self.timeout)
        path = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
        try:
            connection.request("POST", path, body.encode("utf-8"), headers)
            response = connection.getresponse()
            data = response.read()
        except TimeoutError:
            raise TransientFailure(f"no answer within {self.timeout:g} s") from None
        except ssl.SSLCertVerificationError as error:
            raise SystemFailure(f"the server cannot be trusted: {error.verify_message}") from None
        except (OSError, http.client.HTTPException) as error:
            raise TransientFailure(f"the connection failed: {error or type(error).__name__}") from None
        finally:
            connection.close()
        _check_status(response, data)
        try:
            return json.loads(data)
        except ValueError:
            raise SystemFailure(f"the server answered with what is no JSON: {_short(data)!r}") from None


def _connection(url: SplitResult, timeout: float) -> http.client.HTTPConnection:
    host = url.hostname or ""
    if url.scheme == "https":
        return http.client.HTTPSConnection(host, url.port, timeout=timeout, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, url.port, timeout=timeout)


def _check_status(response: http.client.HTTPResponse, data: bytes) -> None:
    """Raises TransientFailure for "too many requests" and faults of the server, SystemFailure for other refusals."""
    if 200 <= response.status < 300:
        return
    told = f"status {response.status} {response.reason}"
    if 300 <= response.status < 400:
        raise SystemFailure(f"{told}: the address has moved to {response.getheader('Location', 'an unknown place')}")
    message = f"{told}: {_short(data)}" if data.strip() else told
    if response.status in (408, 425, 429) or response.status >= 500:
        asked = response.getheader("Retry-After", "")
        raise TransientFailure(message, min(float(asked), _LONGEST_WAIT) if asked.isdigit() else None)
    raise SystemFailure(message)


def _short(data: bytes) -> str:
    text = " ".join(data.decode("utf-8", "replace").split())
    return text if len(text) <= 120 else f"{text[:120]}..."
