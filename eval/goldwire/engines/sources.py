"""What the shards of one side yield, piece by piece: records of prediction files, or tables of a built dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa

from goldwire.engines.joins import Keys, homes
from goldwire.engines.shards import pieces
from goldwire.engines.survey import Survey
from goldwire.formats.jsonl import RecordFile
from goldwire.formats.records import RECORD, combined
from goldwire.incidents import Incidents

__all__ = ["JOINING", "ROW", "Records", "Source", "Tables", "homes_of", "placed", "rows_of"]

Tables = Mapping[str, pa.Table]

JOINING = frozenset({"rows", "links", "passages", "clusters"})
"""Tables whose rows join documents."""

PLACE = [pa.field("shard", pa.int32()), pa.field("line", pa.int64()), pa.field("home", pa.int64())]
"""Where a row stands, number of the shard and line in it; and the number of the document it goes with, as signed."""
ROW = pa.schema([*RECORD, *PLACE])
"""A record and its place."""


class Source(Protocol):
    """The shards of one side."""

    @property
    def side(self) -> str:
        """ "gold" or "predictions"."""

    @property
    def shards(self) -> tuple[str, ...]:
        """Paths or URLs."""

    @property
    def schemas(self) -> Mapping[str, pa.Schema]:
        """Of the tables that ``read`` yields."""

    def read(self, number: int, survey: Survey, incidents: Incidents) -> Iterator[Tables]:
        """One shard, its rows with their places; what it holds goes into ``survey``. Raises ReadError, UsageError."""


@dataclass(frozen=True)
class Records:
    """Shards of records."""

    side: str
    shards: tuple[str, ...]

    @property
    def schemas(self) -> Mapping[str, pa.Schema]:
        """One table, ``rows``."""
        return {"rows": ROW}

    def read(self, number: int, survey: Survey, incidents: Incidents) -> Iterator[Tables]:
        """See Source."""
        for file in pieces(self.shards[number], incidents):
            survey.look(file)
            yield {"rows": rows_of(file, number)}


def rows_of(file: RecordFile, shard: int) -> pa.Table:
    """The records of a piece with their places."""
    return placed(file.records, shard, [file.place(record, ())[1] for record in range(len(file.records))])


def placed(table: pa.Table, shard: int, lines: list[int] | range) -> pa.Table:
    """The rows with their places."""
    columns = (
        pa.repeat(pa.scalar(shard, pa.int32()), len(table)),
        pa.array(lines, pa.int64()),
        pa.array(homes(table).view(np.int64)),
    )
    for field, column in zip(PLACE, columns, strict=True):
        table = table.append_column(field, column)
    return table


def homes_of(table: pa.Table) -> Keys:
    """(rows,) what ``joins.homes`` gives, of rows with places."""
    found: Keys = combined(table["home"]).to_numpy().view(np.uint64)
    return found
