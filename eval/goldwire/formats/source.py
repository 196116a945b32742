"""Bytes in, bytes out: opening plain, gzip and zstandard files, and writing without ever leaving half a file."""

from __future__ import annotations

import gzip
import os
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from goldwire.errors import MissingExtra, ReadError
from goldwire.incidents import Incidents

__all__ = ["read_bytes", "write_atomic", "write_text"]

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


def read_bytes(path: str | Path, incidents: Incidents) -> bytes:
    """The file's content, decompressed by its magic bytes; "-" is standard input.

    Raises ReadError when there is no such file or it may not be read; a damaged archive is an incident and yields b"".
    """
    name = str(path)
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(path).read_bytes()
    except FileNotFoundError:
        raise ReadError(f"{name}: no such file") from None
    except IsADirectoryError:
        raise ReadError(f"{name}: is a folder, a file was expected") from None
    except PermissionError:
        raise ReadError(f"{name}: may not be read (permission denied)") from None
    except OSError as error:
        raise ReadError(f"{name}: cannot be read ({error.strerror})") from None
    try:
        if data.startswith(_GZIP):
            return gzip.decompress(data)
        if data.startswith(_ZSTD):
            return _unzstd(data)
    except (EOFError, OSError, zlib.error) as error:
        incidents.add("truncated-archive", name, 0, found=str(error))
        return b""
    return data


def _unzstd(data: bytes) -> bytes:
    try:
        import zstandard
    except ModuleNotFoundError:
        raise MissingExtra("zstandard", "zstd", "reading a .zst file") from None
    content = []
    try:
        while data:
            frame = zstandard.ZstdDecompressor().decompressobj()
            content.append(frame.decompress(data))
            if not frame.eof:
                raise EOFError("the last zstandard frame is cut off")
            data = frame.unused_data
    except zstandard.ZstdError as error:
        raise OSError(str(error)) from None
    return b"".join(content)


@contextmanager
def write_atomic(path: str | Path) -> Iterator[BinaryIO]:
    """A binary file that takes the name ``path`` only when it is complete; on any error nothing is left behind.

    A link is followed; a device or pipe is written to directly; "-" is standard output. Raises ReadError where the
    place cannot be written.
    """
    if str(path) == "-":
        yield sys.stdout.buffer
        return
    target = Path(path)
    try:
        target = target.resolve()
        if target.exists() and not target.is_file() and not target.is_dir():
            with target.open("wb") as stream:
                yield stream
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise ReadError(f"{target}: cannot be written ({error.strerror})") from None
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(target)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise ReadError(f"{target}: cannot be written ({error.strerror})") from None
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text through write_atomic."""
    with write_atomic(path) as stream:
        stream.write(text.encode("utf-8"))
