"""Entity mentions: one-to-one matching of gold and predicted spans within each document, under six schemes.

Boundaries alone (``exact``) and boundaries with type (``strict``) are multiset intersections. The schemes that forgive
take those exact pairs first and pair the rest by an optimal assignment, so that the order of a file never changes a
score and gold and prediction can change places. Beside them, code points covered are compared as sets, type by type.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, FloatArray
from goldwire.tasks.codes import places
from goldwire.tasks.matching import match
from goldwire.tasks.mentions import Cells, Labels, Layout, Mentions, both_sides
from goldwire.tasks.spans import BoolArray, Pieces, coverage
from goldwire.threads import at_once, begun

__all__ = ["ERRORS", "SCHEMES", "count"]

SCHEMES = ("exact", "strict", "type", "partial", "overlap", "head")

ERRORS = ("type", "boundary", "boundary_type", "missing", "spurious")


def count(gold: Corpus, pred: Corpus, *, iou: float = 0.5) -> Counts:
    """Mentions and code points found, per document, type, level and zone.

    Columns: ``gold`` and ``pred`` count mentions; for each of SCHEMES ``<scheme>_gold`` is the credit given to gold
    mentions and ``<scheme>_pred`` the credit given to predicted ones (equal in total); ``char_gold``, ``char_pred``
    and ``char_matched`` count code points per document and type. What describes a gold mention stands on a row with
    that mention's facets, likewise for a predicted one; a mention's zone is the gold zone its first code point is in.

    For each of ERRORS ``err_<error>`` counts what is wrong in the alignment of the ``partial`` scheme: pairs of right
    bounds and wrong type, of right type and wrong bounds, of neither, each on the gold mention's row; gold mentions
    without a partner; predicted ones without a partner. In the terms of MUC-5 and SemEval-2013 ``strict_gold`` is COR,
    the pairs are INC or PAR as the scheme has it, the last two are MIS and SPU: strict_gold + pairs + missing = gold.

    iou: least intersection over union, in code points, of a pair under the ``overlap`` scheme.

    A predicted document that gold lacks or a malformed list of fragments raises UsageError.
    """
    layout, labels, sides = both_sides(gold, pred)
    cells = Cells.of(layout, labels)
    rest = at_once(lambda side: side.where(~(side.settled | side.alone)), sides)
    with begun(lambda: _characters(cells, layout, labels, sides, rest)) as characters:
        pairs = match(rest[0], rest[1], iou)
    paired = [{kind: cells.sums(cells.mentions[i][rows[i]]) for kind, rows in pairs.items()} for i in (0, 1)]
    columns = {f"err_{kind}": paired[0][kind] for kind in ("boundary", "boundary_type")}
    columns["err_type"] = paired[0]["retyped"]
    for i, (name, alone) in enumerate((("gold", "missing"), ("pred", "spurious"))):
        cell = cells.mentions[i]
        mentions = cells.sums(cell)
        strict = mentions - cells.sums(cell[sides[i].row[~sides[i].settled]]) + paired[i]["strict"]
        exact = strict + paired[i]["retyped"]
        partial = paired[i]["boundary"] + paired[i]["boundary_type"]
        credit = {"exact": exact, "strict": strict, "partial": exact + 0.5 * partial}
        credit |= {scheme: strict + paired[i][scheme] for scheme in ("type", "overlap", "head")}
        columns |= {f"{scheme}_{name}": credit[scheme] for scheme in SCHEMES}
        columns[name] = mentions
        columns[f"err_{alone}"] = mentions - exact - partial
    columns |= characters()
    return cells.counts(gold.doc_ids, layout, columns)


def _characters(
    cells: Cells,
    layout: Layout,
    labels: Sequence[Labels],
    sides: Sequence[Mentions],
    rest: Sequence[Mentions],
) -> dict[str, FloatArray]:
    """Code points covered by the mentions of each document and type: gold, predicted, both."""

    def size(i: int, of: BoolArray) -> FloatArray:
        at = np.flatnonzero(of)
        return cells.sums(cells.plain[i][sides[i].row[at]], sides[i].spans.size[at])

    def by_cell(i: int) -> Pieces:
        pieces = rest[i].spans.pieces
        row = rest[i].row[pieces.owner]
        group = cells.plain[i][row]
        shift = (group - labels[i].unit[row]) * layout.step
        return Pieces(group, pieces.lo + shift, pieces.hi + shift)

    matched = size(0, sides[0].settled)  # and as much on the other side
    columns = {
        "char_gold": matched + size(0, sides[0].alone),
        "char_pred": matched + size(1, sides[1].alone),
        "char_matched": matched,
    }
    groups, *sizes = coverage(by_cell(0), by_cell(1))
    at = places(groups, cells.codes)
    for column, covered in zip(columns.values(), sizes, strict=True):
        column[at] += covered
    return columns
