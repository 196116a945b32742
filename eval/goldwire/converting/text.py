"""Plain texts: a folder of .txt files, a document each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from goldwire.converting.bundle import Bundle, Holds
from goldwire.converting.context import Context
from goldwire.converting.files import doc_id_of, file_name, files_of, read_text, write_folder
from goldwire.errors import ReadError

__all__ = ["Text"]


@dataclass(frozen=True)
class Text:
    """Plain text, byte for byte."""

    name: ClassVar[str] = "text"
    about: ClassVar[str] = "plain texts: a folder of .txt files without any annotation"
    folder: ClassVar[bool] = True
    needs_text: ClassVar[bool] = True

    @property
    def holds(self) -> Holds:
        """Texts."""
        return {"document": frozenset({"doc_id", "text"})}

    def read(self, path: Path, context: Context) -> Bundle:
        """Every .txt file below a folder, or one such file."""
        bundle = Bundle()
        found = [(doc_id_of(path.stem), path)] if path.is_file() else files_of(path, ".txt")
        if not found:
            raise ReadError(f"{path}: holds no .txt file")
        for doc_id, file in found:
            text = read_text(file, context)
            if text is not None:
                bundle.add({"doc_id": doc_id, "text": text}, file)
        return bundle

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """A file a document."""
        del context
        write_folder(
            path, {f"{file_name(record['doc_id'])}.txt": record["text"].encode() for record in bundle.documents}
        )
