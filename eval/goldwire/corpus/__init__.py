"""The corpus tables and the label inventories."""

from goldwire.corpus.tables import SCHEMAS, Corpus, empty

__all__ = ["SCHEMAS", "Corpus", "empty"]
