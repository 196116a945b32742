"""Entity linking from a list: gazetteer entries with the Wikidata item they are, where that is certain.

A nationality or other word made from a place's name is linked to the place ("Chilean", "Chileans": Chile), as in AIDA
CoNLL-YAGO (Hoffart et al. 2011). Names that are not in the list have no link.
"""

from __future__ import annotations

from functools import cache

from goldwire.systems.lexicon import LISTS, read_list

__all__ = ["kb_ids"]


@cache
def kb_ids() -> dict[tuple[str, str], str]:
    """(type, canonical name) of a gazetteer entry -> Wikidata id."""
    items: dict[str, str] = {entity: kb_id for entity, kb_id in read_list("wikidata")}  # noqa: C416
    entries = {(label, entity) for name in LISTS for _, label, entity in read_list(name)}
    return {(label, entity): items[entity] for label, entity in entries if entity in items}
