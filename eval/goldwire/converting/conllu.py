"""CoNLL-U with CorefUD's columns: mentions and entities as Entity=... in MISC, texts to the last blank.

https://ufal.mff.cuni.cz/corefud and https://universaldependencies.org/format.html. No syntax is written: every word
hangs on the first one of its sentence. What is between tokens goes into SpaceAfter=No and UDPipe's SpacesAfter, so that
the text comes back as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from goldwire.converting.bundle import Bundle, Holds
from goldwire.converting.conllu_reading import read_conllu
from goldwire.converting.conllu_writing import written
from goldwire.converting.context import Context
from goldwire.formats.source import write_text

__all__ = ["Conllu"]


@dataclass(frozen=True)
class Conllu:
    """CoNLL-U (CorefUD).

    borders: what becomes of a mention that begins or ends inside a token, snap (to the token) or drop.
    """

    name: ClassVar[str] = "conllu"
    about: ClassVar[str] = "CoNLL-U with CorefUD's Entity attribute: mentions in pieces, heads, chains, entity types"
    folder: ClassVar[bool] = False
    needs_text: ClassVar[bool] = True

    borders: str = "snap"

    @property
    def holds(self) -> Holds:
        """All of a mention; what CorefUD has no field for goes into its attribute "other"."""
        entity = "id start end fragments head type level entity_id kb_id metonymic score"
        return {
            "header": frozenset({"entity_scope"}),
            "document": frozenset({"doc_id", "text"}),
            "entities": frozenset(entity.split()),
        }

    def read(self, path: Path, context: Context) -> Bundle:
        """The documents of a file, with the mentions that Entity= marks."""
        return read_conllu(path, context)

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """One file with all documents."""
        write_text(path, written(bundle, self.borders, context.losses))
