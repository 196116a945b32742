"""Where the package's own data lies: packed into the wheel as ``_data``, or in the checkout around ``eval/``."""

from __future__ import annotations

from pathlib import Path

__all__ = ["data_folder"]

_PACKAGE = Path(__file__).resolve().parent


def data_folder(name: str) -> Path:
    """The folder "schema" or "dataset"."""
    packed = _PACKAGE / "_data" / name
    return packed if packed.is_dir() else _PACKAGE.parent.parent / name


RECORD_FILES = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet")
"""How the names of files with records end."""


def is_sharded(path: str | Path) -> bool:
    """Whether a path names many files: a pattern, a URL, or a folder that holds record files."""
    text = str(path)
    if "://" in text:
        return True
    try:
        if Path(text).is_dir():
            return any(one.name.endswith(RECORD_FILES) for one in Path(text).iterdir())
        return any(sign in text for sign in "*?[") and not Path(text).exists()
    except OSError:
        return False  # whoever reads it says what is wrong
