"""What reading and writing share: the texts that are known, what went wrong, what was lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from goldwire.converting.bundle import Record
from goldwire.converting.losses import Losses
from goldwire.errors import ReadError, UsageError
from goldwire.incidents import Incidents

__all__ = ["Context", "Texts", "squeezed"]


def squeezed(text: str) -> str:
    """A text without its white space, by which tokens find their text."""
    return "".join(text.split())


@dataclass
class Texts:
    """Texts by document id, from a folder of .txt files, a gold, or, where neither is given, the packaged gold.

    Nothing is read before the first text is asked for.
    """

    gold: str | Path | None = None
    folder: str | Path | None = None

    @cached_property
    def known(self) -> Mapping[str, str]:
        """All of them. Raises ReadError, or IncidentError where the gold has errors."""
        from goldwire.reading import load_corpus

        found: dict[str, str] = {}
        if self.gold is not None or self.folder is None:
            rows = load_corpus(self.gold)["articles"].select(["doc_id", "text"]).to_pylist()
            found |= {row["doc_id"]: row["text"] for row in rows if row["text"] is not None}
        if self.folder is not None:
            found |= _texts_below(Path(self.folder))
        return found

    def get(self, doc_id: str) -> str | None:
        """The text of a document, or None."""
        return self.known.get(doc_id)

    @cached_property
    def _by_content(self) -> dict[str, str]:
        return {squeezed(text): doc_id for doc_id, text in self.known.items()}

    def find(self, content: str) -> str | None:
        """The id of the document whose text is this one but for white space."""
        return self._by_content.get(squeezed(content))


def _texts_below(folder: Path) -> dict[str, str]:
    from goldwire.converting.files import files_of

    found = {}
    for doc_id, path in files_of(folder, ".txt"):
        try:
            found[doc_id] = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise ReadError(f"{path}: is not UTF-8 text (byte {error.object[error.start]:#04x})") from None
    return found


@dataclass
class Context:
    """Handed to every reader and writer.

    texts: texts from outside; losses: what the format at hand cannot hold or take over; incidents: what is wrong with
    the input, each with file and line.
    """

    texts: Texts = field(default_factory=Texts)
    losses: Losses = field(default_factory=Losses)
    incidents: Incidents = field(default_factory=Incidents)

    def text_of(self, record: Record) -> str | None:
        """The text of a document record: its own, or the one known by its id."""
        text: str | None = record.get("text")
        return text if text is not None else self.texts.get(record.get("doc_id", ""))

    def needed_text(self, record: Record) -> str:
        """As text_of; raises UsageError where there is none."""
        text = self.text_of(record)
        if text is None:
            hint = "give the corpus with --gold, or a folder of .txt files with --texts"
            raise UsageError(f"the text of {record.get('doc_id')!r} is needed and not known; {hint}")
        return text
