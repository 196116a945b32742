"""Events: triggers, arguments and attributes, compared within each document.

An event mention is its trigger span and type; an argument is its span, role and the type (attached: and the trigger)
of its event. Two gold events of one type that share an argument are one argument here, as TextEE and OneIE count; the
attached figures keep them apart.

Beside the exact span, triggers are compared by head and by overlap, arguments by head, by gold entity and by string; see
``event_triggers`` and ``event_arguments``. All of it runs over the rows of ``event_rows``.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from goldwire.corpus.labels import labels
from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, Facet, IntArray
from goldwire.tasks.event_arguments import ARGUMENT_FIGURES, ARGUMENT_MATCHES, argument_credits, argument_rows
from goldwire.tasks.event_errors import argument_errors, trigger_errors
from goldwire.tasks.event_heads import with_heads
from goldwire.tasks.event_rows import ATTRIBUTES, EventLabels, event_rows
from goldwire.tasks.event_triggers import TRIGGER_MATCHES, attribute_columns, trigger_credits, trigger_rows
from goldwire.tasks.zones import zone_facet

__all__ = ["ARGUMENT_MATCHES", "ATTRIBUTES", "FIGURES", "TRIGGER_MATCHES", "count", "track_facet"]

FIGURES = ("tri_i", "tri_c", *ARGUMENT_FIGURES)

_TRACK = ("core", "other")


def count(gold: Corpus, pred: Corpus, *, container: str = "set") -> Counts:
    """Counts of events per document, event type, argument role, track (core types and others), zone and realis.

    Columns, for each figure (those of FIGURES, with ``@`` and the match where it is not exact): ``<figure>_gold`` and
    ``<figure>_pred`` (items), ``<figure>_gold_found`` and ``<figure>_pred_right`` (credit for those the other side has
    too; equal in total). For each of ATTRIBUTES the same four and ``<attribute>_both``. ``linked_gold`` counts the gold
    arguments with an entity id.

    ``tri_error_<class>`` and ``arg_error_<class>`` count the items of ``tri_c`` and ``arg_c_plus`` that are not right, by
    the classes of ``event_errors``. With the facets ``predicted_type`` and ``predicted_role``, the labels of the
    predictions they are aligned with, ``type`` and ``role`` give the confusions.

    container: "set": an item that a side repeats is one item; "multiset": each repeat is an item, and as many of them
        are found as both sides have.

    An item's facets are those of its first row in the text: the zone of the gold in which it begins, and the realis
    that its own side gives to its event.
    """
    multiset = container == "multiset"
    g, p, names = event_rows(gold, pred)
    g, p = with_heads(g, p)
    g, p = g.in_text_order(), p.in_text_order()
    triggers = trigger_rows(g, p, names.step)
    arguments = argument_rows(gold, g, p, names.step)

    columns: dict[str, npt.NDArray[np.generic]] = {}
    for figure, credit in trigger_credits(triggers, multiset=multiset):
        columns |= credit.columns(figure, triggers.n_gold)
    columns |= attribute_columns(triggers, multiset=multiset)
    events = trigger_errors(triggers, multiset=multiset)
    columns |= {f"tri_error_{name}": mask for name, mask in events.columns.items()}
    realis = triggers.attribute("realis")
    lo = np.concatenate([g.triggers.lo, p.triggers.lo])
    facets = _facets(names, triggers.type, realis, zone_facet(gold, names.step, lo))
    facets["predicted_type"] = Facet(events.predicted(triggers.type, triggers.n_gold), names.types)
    parts = [Counts.build(gold.doc_ids, triggers.unit, facets, columns)]

    columns = {"linked_gold": arguments.linked}
    for figure, credit in argument_credits(arguments, triggers, multiset=multiset):
        columns |= credit.columns(figure, arguments.n_gold)
    errors = argument_errors(arguments, triggers, events, names.step, multiset=multiset)
    columns |= {f"arg_error_{name}": mask for name, mask in errors.columns.items()}
    facets = _facets(names, arguments.type, realis[arguments.event], zone_facet(gold, names.step, arguments.lo))
    facets["role"] = Facet(arguments.role, names.roles)
    facets["predicted_role"] = Facet(errors.predicted(arguments.role, arguments.n_gold), names.roles)
    parts.append(Counts.build(gold.doc_ids, arguments.unit, facets, columns))
    return Counts.concat(parts)


def _facets(names: EventLabels, kind: IntArray, realis: IntArray, zone: Facet) -> dict[str, Facet]:
    return {
        "type": Facet(kind, names.types),
        "track": track_facet(kind, names.types),
        "zone": zone,
        "realis": Facet(realis, names.attributes["realis"]),
    }


def track_facet(kind: IntArray, types: tuple[str, ...]) -> Facet:
    """Core types are those with a counterpart in ACE, ERE and PLOVER; a type of no inventory belongs to neither."""
    known = labels()["event_types"]
    codes = [_TRACK.index("core" if known[name]["core"] else "other") if name in known else -1 for name in types]
    return Facet(np.array([*codes, -1], np.int64)[kind], _TRACK)
