"""The digest of a release: over canonical JSON Lines, so that it depends on the content and on no file format."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pyarrow as pa

from goldwire.corpus.canonical import json_lines

__all__ = ["release_digest", "table_digest"]


def table_digest(table: pa.Table) -> str:
    """SHA-256 of a table's rows as JSON, one a line, keys sorted, no spaces, UTF-8; nulls are kept."""
    digest = hashlib.sha256()
    for batch in table.to_batches(max_chunksize=4096):
        digest.update(json_lines(batch))
    return digest.hexdigest()


def release_digest(configs: Mapping[str, str]) -> str:
    """SHA-256 over the names and digests of all configs, in the order of the names."""
    lines = "".join(f"{name} {digest}\n" for name, digest in sorted(configs.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
