"""A local server that speaks the Hub's routes: what huggingface_hub and datasets ask of a dataset repository.

Repositories live in memory: commits of whole trees, a main branch, tags. Files are plain git blobs (no LFS, no Xet).
`faults` break the next matching request; `requests` is the log. It accepts one token for writing.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "hf_" + "LocalServerOnly" * 2  # no secret: it opens a server in this process's memory


@dataclass
class Repository:
    """Commits are trees: path -> content."""

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    main: str = ""
    tags: dict[str, str] = field(default_factory=dict)

    def commit_of(self, revision: str) -> str | None:
        if revision == "main":
            return self.main
        return self.tags.get(revision, revision if revision in self.commits else None)

    def add(self, files: dict[str, bytes], summary: str) -> str:
        content = json.dumps({name: blob(data) for name, data in sorted(files.items())}) + summary + self.main
        self.main = hashlib.sha1(content.encode(), usedforsecurity=False).hexdigest()
        self.commits[self.main] = files
        return self.main


def blob(data: bytes) -> str:
    """The id git gives a file."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


class HubServer:
    """The server. ``faults``: (method, part of the path, action), each used once; an action is an HTTP status to
    answer with, "kill" (the server goes down with the request half read) or a function called before the answer."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.requests: list[str] = []
        self.faults: list[tuple[str, str, int | str | Callable[[], None]]] = []
        self.port = 0
        self._server: ThreadingHTTPServer | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, or start again on the same port with the same repositories."""
        handler = type("Handler", (_Handler,), {"hub": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Handler(BaseHTTPRequestHandler):
    hub: HubServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        for fault in self.hub.faults:
            method, part, action = fault
            if method == self.command and part in path:
                self.hub.faults.remove(fault)
                if action == "kill":
                    self.rfile.read(int(self.headers["Content-Length"]) // 2)
                    self.hub.requests.append(f"{self.command} {path} (killed)")
                    self.close_connection = True
                    self.hub.stop()
                    return
                if callable(action):
                    action()
                elif isinstance(action, int):
                    self.body()
                    self.fail(action, "Fault", "made to fail")
                    return
        for method, pattern, route in _ROUTES:
            if method in (self.command, "GET" if self.command == "HEAD" else "") and (
                found := re.fullmatch(pattern, path)
            ):
                if self.command in ("POST", "DELETE") and not self.allowed(path):
                    return
                route(self, *found.groups())
                return
        self.fail(404, "EntryNotFound", "no such route")

    do_GET = do_HEAD = do_POST = do_DELETE = answer  # noqa: N815  (the base class calls them so)

    def allowed(self, path: str) -> bool:
        reading = path.endswith("validate-yaml") or "/paths-info/" in path
        if reading or self.headers.get("Authorization") == f"Bearer {TOKEN}":
            return True
        self.body()
        self.fail(401, "", "Invalid username or password.")
        return False

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def send(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.hub.requests.append(f"{self.command} {unquote(self.path)} {status}")
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def json(self, content: Any, status: int = 200) -> None:
        self.send(status, json.dumps(content).encode(), {"Content-Type": "application/json"})

    def fail(self, status: int, code: str, message: str) -> None:
        headers = {"X-Error-Code": code, "X-Error-Message": message, "Content-Type": "application/json"}
        self.send(status, json.dumps({"error": message}).encode(), headers)

    def found(self, name: str, revision: str) -> tuple[Repository, str, dict[str, bytes]] | None:
        """Repository, commit and tree; None after answering that there is none."""
        repository = self.hub.repositories.get(name)
        if repository is None:
            self.fail(404, "RepoNotFound", "Repository not found")
            return None
        commit = repository.commit_of(revision)
        if commit is None:
            self.fail(404, "RevisionNotFound", f"Invalid rev id: {revision}")
            return None
        return repository, commit, repository.commits[commit]

    # routes --------------------------------------------------------------------------------------------------------

    def create(self) -> None:
        wanted = json.loads(self.body())
        name = f"{wanted['organization']}/{wanted['name']}" if wanted.get("organization") else wanted["name"]
        if name in self.hub.repositories:
            self.fail(409, "", "You already created this dataset repo")
            return
        repository = self.hub.repositories[name] = Repository()
        repository.add({".gitattributes": b"*.parquet filter=lfs diff=lfs merge=lfs -text\n"}, "initial commit")
        self.json({"url": f"{self.hub.url}/datasets/{name}", "name": name, "id": name})

    def validate_yaml(self) -> None:
        content = json.loads(self.body())["content"]
        fine = content.startswith("---\n") and "\n---\n" in content
        errors = [] if fine else [{"message": "no YAML metadata"}]
        self.json({"errors": errors, "warnings": []}, 200 if fine else 400)

    def preupload(self, name: str, revision: str) -> None:
        files = json.loads(self.body())["files"]
        if found := self.found(name, revision):
            oids = {path: blob(data) for path, data in found[2].items()}
            self.json(
                {"files": [
                    {"path": f["path"], "uploadMode": "regular", "shouldIgnore": False, "oid": oids.get(f["path"])}
                    for f in files
                ]}
            )  # fmt: skip

    def commit(self, name: str, revision: str) -> None:
        lines = [json.loads(line) for line in self.body().splitlines() if line.strip()]
        if not (found := self.found(name, revision)):
            return
        repository, parent, tree = found
        files, header = dict(tree), {}
        for line in lines:
            value = line["value"]
            if line["key"] == "header":
                header = value
            elif line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        if header.get("parentCommit", parent) != parent:
            self.fail(412, "", "A commit has happened since. Please refresh and try again.")
            return
        commit = repository.add(files, header["summary"])
        self.json(
            {"success": True, "commitOid": commit, "commitUrl": f"{self.hub.url}/datasets/{name}/commit/{commit}"}
        )

    def tag(self, name: str, revision: str) -> None:
        wanted = json.loads(self.body())["tag"]
        if found := self.found(name, revision):
            if wanted in found[0].tags:
                self.fail(409, "", "Tag reference exists already")
                return
            found[0].tags[wanted] = found[1]
            self.json({})

    def untag(self, name: str, tag: str) -> None:
        if found := self.found(name, tag):
            del found[0].tags[tag]
            self.json({})

    def refs(self, name: str) -> None:
        if found := self.found(name, "main"):
            tags = [{"name": t, "ref": f"refs/tags/{t}", "targetCommit": c} for t, c in found[0].tags.items()]
            main = [{"name": "main", "ref": "refs/heads/main", "targetCommit": found[1]}]
            self.json({"branches": main, "converts": [], "tags": tags, "pullRequests": []})

    def info(self, name: str, revision: str | None = None) -> None:
        if found := self.found(name, revision or "main"):
            siblings = [{"rfilename": path} for path in sorted(found[2])]
            about = {"id": name, "sha": found[1], "siblings": siblings, "private": False, "gated": False, "tags": []}
            self.json({**about, "disabled": False, "downloads": 0, "likes": 0, "cardData": {}})

    def tree(self, name: str, revision: str, below: str | None = None) -> None:
        if not (found := self.found(name, revision)):
            return
        prefix = f"{below.strip('/')}/" if below and below.strip("/") else ""
        recursive = parse_qs(urlsplit(self.path).query).get("recursive", [""])[0].lower() in ("true", "1")
        entries: dict[str, dict[str, Any]] = {}
        for path, data in sorted(found[2].items()):
            if path.startswith(prefix):
                steps = path.removeprefix(prefix).split("/")
                for depth in range(1, len(steps)):
                    folder = prefix + "/".join(steps[:depth])
                    if depth == 1 or recursive:
                        entries.setdefault(folder, _folder(folder))
                if len(steps) == 1 or recursive:
                    entries[path] = _file(path, data)
        if prefix and not entries:
            self.fail(404, "EntryNotFound", f"{below} does not exist on {revision}")
            return
        self.json(list(entries.values()))

    def paths_info(self, name: str, revision: str) -> None:
        data = self.body().decode()
        asked = json.loads(data)["paths"] if data.startswith("{") else parse_qs(data)["paths"]
        if found := self.found(name, revision):
            tree = found[2]
            files = [_file(path, tree[path]) for path in asked if path in tree]
            folders = [_folder(path) for path in asked if any(name.startswith(f"{path}/") for name in tree)]
            self.json(files + folders)

    def resolve(self, name: str, revision: str, path: str) -> None:
        if not (found := self.found(name, revision)):
            return
        data = found[2].get(path)
        if data is None:
            self.fail(404, "EntryNotFound", "Entry not found")
            return
        headers = {"X-Repo-Commit": found[1], "ETag": f'"{blob(data)}"', "Accept-Ranges": "bytes"}
        part = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if part is None:
            self.send(200, data, headers)
            return
        start, stop = int(part[1]), min(int(part[2] or len(data) - 1) + 1, len(data))
        self.send(206, data[start:stop], {**headers, "Content-Range": f"bytes {start}-{stop - 1}/{len(data)}"})


def _file(path: str, data: bytes) -> dict[str, Any]:
    return {"type": "file", "path": path, "size": len(data), "oid": blob(data)}


def _folder(path: str) -> dict[str, Any]:
    return {"type": "directory", "path": path, "size": 0, "oid": blob(path.encode())}


_REPO = r"([\w.-]+/[\w.-]+)"
_ROUTES: list[tuple[str, str, Callable[..., None]]] = [
    ("POST", "/api/repos/create", _Handler.create),
    ("POST", "/api/validate-yaml", _Handler.validate_yaml),
    ("POST", rf"/api/datasets/{_REPO}/preupload/(.+)", _Handler.preupload),
    ("POST", rf"/api/datasets/{_REPO}/commit/(.+)", _Handler.commit),
    ("POST", rf"/api/datasets/{_REPO}/tag/(.+)", _Handler.tag),
    ("DELETE", rf"/api/datasets/{_REPO}/tag/(.+)", _Handler.untag),
    ("POST", rf"/api/datasets/{_REPO}/paths-info/(.+)", _Handler.paths_info),
    ("GET", rf"/api/datasets/{_REPO}/refs", _Handler.refs),
    ("GET", rf"/api/datasets/{_REPO}/revision/(.+)", _Handler.info),
    ("GET", rf"/api/datasets/{_REPO}/tree/([^/]+)(/.*)?", _Handler.tree),
    ("GET", rf"/api/datasets/{_REPO}", _Handler.info),
    ("GET", rf"/datasets/{_REPO}/resolve/([^/]+)/(.+)", _Handler.resolve),
]
