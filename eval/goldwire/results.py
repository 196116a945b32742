"""A scoring result: values with their fractions and intervals, and the counts everything can be recomputed from."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from goldwire._version import __version__
from goldwire.corpus.tables import Corpus
from goldwire.counts import Counts, Cover, Facet, FloatArray
from goldwire.errors import ReadError, UsageError
from goldwire.incidents import Incident, did_you_mean
from goldwire.measures import parse_name
from goldwire.measures.core import Measure, Whole
from goldwire.options import OPTIONS
from goldwire.profiles.core import Profile
from goldwire.stats.intervals import Interval, linearised_t, weighted_quantiles
from goldwire.stats.resampling import bootstrap_weights
from goldwire.tasks import Task
from goldwire.tasks.codes import codes_in
from goldwire.tasks.pairs import unit_names

__all__ = [
    "BOOTSTRAPS",
    "INLINE_ROWS",
    "RESAMPLED_ROWS",
    "Result",
    "Value",
    "counts_from_dict",
    "counts_to_dict",
    "evaluate",
    "interval_method",
    "is_result",
    "resamplable",
    "signature",
    "sliced",
    "statistic",
]

BOOTSTRAPS = 1000
"""Resamples behind the interval of a measure that is no function of sums."""
RESAMPLED_ROWS = 50_000_000
"""Rows that are gone through at most for the resamples of such a measure."""

INLINE_ROWS = 5000
"""Counts of more rows than this are kept in a Parquet file beside the result file."""


@dataclass(frozen=True)
class Value:
    """One measured number; None where undefined or not applicable."""

    value: float | None
    low: float | None = None
    high: float | None = None
    numerator: float | None = None
    denominator: float | None = None


@dataclass
class Result:
    """What `goldwire score` returns for one system; ``to_dict`` is the result file (schema/result.schema.json)."""

    system: Mapping[str, Any]
    gold: Mapping[str, Any]
    tasks: tuple[str, ...]
    signature: str
    values: dict[str, Value]
    counts: dict[str, Counts]
    incidents: list[Incident] = field(default_factory=list)
    dropped: int = 0
    notes: list[str] = field(default_factory=list)
    timing: dict[str, float] = field(default_factory=dict)
    level: float = 0.95

    def __getitem__(self, name: str) -> float | None:
        """The value of a measure by name, slices included, computed from the counts where it was not reported.

        Raises UsageError for unknown names and for tasks that were not scored.
        """
        if name in self.values:
            return self.values[name].value
        measure, where = parse_name(name)
        if measure.task not in self.counts:
            raise UsageError(f"{name}: the task {measure.task!r} was not scored for {self.system['name']!r}")
        return evaluate(measure, sliced(self.counts[measure.task], where)).value

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON data: fractions, never percentages; null where undefined."""
        return self._with_counts({task: counts_to_dict(counts) for task, counts in self.counts.items()})

    def _with_counts(self, counts: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "goldwire": 1,
            "system": dict(self.system),
            "tasks": list(self.tasks),
            "gold": dict(self.gold),
            "signature": self.signature,
            "values": {name: vars(value) for name, value in self.values.items()},
            "interval": {
                "method": "linearised t over units; of ap, auc and ami percentile bootstrap",
                "level": self.level,
            },
            "counts": counts,
            "notes": self.notes,
            "incidents": [incident.to_dict() for incident in self.incidents],
            "dropped": self.dropped,
            "timing": self.timing,
        }

    def to_json(self) -> str:
        """The result as one line of JSON, counts included."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False) + "\n"

    def write(self, path: str | Path) -> None:
        """Write the result file; counts of more than INLINE_ROWS rows go into Parquet files beside it.

        Raises ReadError where the place cannot be written.
        """
        from goldwire.formats.source import write_text

        shown: dict[str, Any] = {}
        for task, counts in self.counts.items():
            if max(len(counts.unit), len(counts.units)) <= INLINE_ROWS:
                shown[task] = counts_to_dict(counts)
            else:
                shown[task] = _write_tables(counts, Path(path), task)
        write_text(path, json.dumps(self._with_counts(shown), ensure_ascii=False, allow_nan=False) + "\n")

    @classmethod
    def read(cls, path: str | Path) -> Result:
        """The result that ``write`` wrote. Raises ReadError."""
        import pyarrow as pa

        try:
            data = json.loads(Path(path).read_text(encoding="utf-8"))
            for task, counts in data["counts"].items():
                if "file" in counts:
                    data["counts"][task] = _read_tables(counts, Path(path), task)
            return cls.from_dict(data)
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowInvalid) as error:
            raise ReadError(f"{path}: is no result file ({error})") from None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Result:
        """The result that ``to_dict`` wrote."""
        return cls(
            system=data["system"],
            gold=data["gold"],
            tasks=tuple(data["tasks"]),
            signature=data["signature"],
            values={name: Value(**value) for name, value in data["values"].items()},
            counts={
                task: counts if isinstance(counts, Counts) else counts_from_dict(counts)
                for task, counts in data["counts"].items()
            },
            incidents=[Incident.from_dict(incident) for incident in data["incidents"]],
            dropped=data["dropped"],
            notes=data["notes"],
            timing=data["timing"],
            level=data["interval"]["level"],
        )


def is_result(path: str | Path) -> bool:
    """Whether a file looks like a result rather than predictions: one JSON object with values and counts."""
    try:
        with Path(path).open("rb") as stream:
            head = stream.read(1_000_000)
    except OSError:
        return False  # the reader of predictions says what is wrong
    return head.lstrip().startswith(b"{") and b'"values"' in head and b'"signature"' in head


def signature(
    gold: Corpus, scorers: Sequence[Task | Profile], options: Mapping[str, str], labels: str | None = None
) -> str:
    """What a reader needs to reproduce the numbers, in one line.

    Profiles say by their name how they count; what is stated beside holds for the tasks. Options stand there with the
    values they had, default or not, where a task has them; ``labels`` names a map of mention types.
    """
    tasks = [scorer for scorer in scorers if isinstance(scorer, Task)]
    profiles = [scorer.name for scorer in scorers if isinstance(scorer, Profile)]
    stated = {name: options.get(name, values[0]) for name, values in OPTIONS.items()}
    used = [name for name in stated if any(name in task.options for task in tasks)]
    version = f"@{gold.version}" if gold.version else ""
    digest = f"#{gold.digest[:12]}" if gold.digest else ""
    parts = [
        f"goldwire:{__version__}",
        *([f"task:{'+'.join(task.name for task in tasks)}"] if tasks else []),
        *([f"profile:{'+'.join(profiles)}"] if profiles else []),
        *(["align:optimal", "repeats:fp"] if tasks else []),
        *(f"{name}:{stated[name]}" for name in used),
        *([f"map:{labels}"] if labels else []),
        "missing:empty",
        f"gold:{gold.name}{version}{digest}",
    ]
    return "|".join(parts)


def interval_method(measure: Measure) -> str:
    """How the interval of a measure is made."""
    return "percentile bootstrap over units" if isinstance(measure, Whole) else "linearised t over units"


def evaluate(measure: Measure, counts: Counts, *, level: float = 0.95) -> Value:
    """A measure's value, fraction and interval from counts; slices are made with ``counts.select`` before."""
    if isinstance(measure, Whole):
        return _of_the_whole(measure, counts, level)
    columns = measure.columns
    if measure.over is not None and measure.over not in counts.facets:
        return Value(None)
    flat, value = statistic(measure, counts)
    total = flat.sum(axis=0)
    centre = float(value(total))
    interval = linearised_t(flat, value, level=level, bounds=measure.range)
    fraction = None
    if measure.over is None:
        fraction = measure.fraction({name: total[i : i + 1] for i, name in enumerate(columns)})
    numerator, denominator = (float(fraction[0][0]), float(fraction[1][0])) if fraction else (None, None)
    return Value(_known(centre), _known(interval.low), _known(interval.high), numerator, denominator)


def _of_the_whole(measure: Whole, counts: Counts, level: float) -> Value:
    """Value and percentile bootstrap interval over units; no interval where there are too many rows to resample."""
    n, value = len(counts.units), measure.of(counts)
    interval = Interval(math.nan, math.nan)
    if n > 1 and not math.isnan(value) and resamplable(counts):
        weights, probability = bootstrap_weights(n, BOOTSTRAPS, seed=0)
        values = np.array([measure.of(counts, weight) for weight in weights.astype(np.float64)])
        interval = weighted_quantiles(values, probability, level)
    return Value(_known(value), _known(interval.low), _known(interval.high))


def resamplable(counts: Counts) -> bool:
    """Whether there are few enough rows to compute a figure of all of them anew for every resample."""
    return len(counts.unit) * BOOTSTRAPS <= RESAMPLED_ROWS


def statistic(measure: Measure, counts: Counts) -> tuple[FloatArray, Callable[[FloatArray], FloatArray]]:
    """What resampling needs: (units, counts) sums, and the measure as a function of sums of their rows, (..., counts)."""
    columns = measure.columns
    per_unit = counts.per_unit(columns, measure.over)
    shape = per_unit.shape[1:]

    def value(vector: FloatArray) -> FloatArray:
        shaped = vector.reshape(*vector.shape[:-1], *shape)
        axis = len(vector.shape) - 1
        return measure.value({name: np.take(shaped, i, axis=axis) for i, name in enumerate(columns)})

    return per_unit.reshape(len(per_unit), -1), value


def sliced(counts: Counts, where: Mapping[str, str]) -> Counts:
    """The counts of a slice. Raises UsageError for a facet or label that does not occur."""
    for facet, label in where.items():
        if facet not in counts.facets:
            raise UsageError(f"no facet {facet!r} here; facets: {', '.join(counts.facets) or 'none'}")
        if label not in counts.facets[facet].labels:
            near = did_you_mean(label, counts.facets[facet].labels)
            hint = f"; did you mean {near!r}?" if near else ""
            raise UsageError(f"no {facet} {label!r} in gold or predictions{hint}")
    return counts.select(where) if where else counts


def _known(number: float) -> float | None:
    return number if math.isfinite(number) else None


def counts_to_dict(counts: Counts) -> dict[str, Any]:
    """Counts column by column; facet codes as labels, None where a facet does not apply."""
    members = {} if counts.cover is None else {"members": _members(counts.units, counts.cover)}
    return {
        "units": list(counts.units),
        **members,
        "unit": counts.unit.tolist(),
        "facets": {
            name: [facet.labels[code] if code >= 0 else None for code in facet.codes.tolist()]
            for name, facet in counts.facets.items()
        },
        "columns": {name: [_plain(x) for x in values.tolist()] for name, values in counts.columns.items()},
    }


def _members(units: Sequence[str], cover: Cover) -> dict[str, list[str]]:
    """Documents of each unit beside the one it is named after; units of one document are left out."""
    members: dict[str, list[str]] = {}
    for document, code in zip(cover.documents, cover.unit.tolist(), strict=True):
        if document != units[code]:
            members.setdefault(units[code], []).append(document)
    return members


def _cover(units: Sequence[str], members: Mapping[str, Sequence[str]]) -> Cover:
    """The reverse of ``_members``."""
    code = {name: i for i, name in enumerate(units)}
    unit = [*range(len(units)), *(code[name] for name, own in members.items() for _ in own)]
    return Cover((*units, *(document for own in members.values() for document in own)), np.array(unit, np.int64))


def _write_tables(counts: Counts, path: Path, task: str) -> dict[str, Any]:
    """Write the rows of counts and their units into two Parquet files beside ``path``; what the result says of them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from goldwire.formats.source import write_atomic

    cover = counts.cover or Cover(counts.units, np.arange(len(counts.units)))
    units = pa.table({"document": pa.array(cover.documents, pa.string()), "unit": pa.array(cover.unit, pa.int64())})
    rows = counts.to_table().set_column(0, "unit", pa.array(counts.unit, pa.int64()))
    names = f"{path.name}.{task}.parquet", f"{path.name}.{task}.units.parquet"
    for name, table in zip(names, (rows, units), strict=True):
        with write_atomic(path.with_name(name)) as stream:
            pq.write_table(table, stream, compression="zstd")
    facets = list(counts.facets)
    return {"file": names[0], "units": names[1], "components": counts.cover is not None, "facets": facets}


def _read_tables(about: Mapping[str, Any], path: Path, task: str) -> Counts:
    """The counts that ``_write_tables`` wrote. Raises ReadError for files that lie elsewhere."""
    import pyarrow.parquet as pq

    for name in (about["file"], about["units"]):
        if Path(name).name != name:
            raise ReadError(f"{path}: the counts of {task!r} lie outside its folder: {name}")
    table, units = (pq.ParquetFile(path.with_name(about[part])).read() for part in ("file", "units"))
    documents, unit = tuple(units["document"].to_pylist()), units["unit"].to_numpy().astype(np.int64)
    facets = {}
    for name in about["facets"]:
        labels = tuple(sorted(table[name].unique().drop_null().to_pylist()))
        facets[name] = Facet(codes_in(table[name], labels), labels)
    kept = [name for name in table.column_names if name != "unit" and name not in facets]
    columns = {name: table[name].to_numpy() for name in kept}
    cover = Cover(documents, unit) if about["components"] else None
    names = documents if cover is None else unit_names(documents, unit)
    return Counts(names, table["unit"].to_numpy().astype(np.int64), facets, columns, cover)


def counts_from_dict(data: Mapping[str, Any]) -> Counts:
    """The counts that ``counts_to_dict`` wrote."""
    facets = {}
    for name, values in data["facets"].items():
        labels = tuple(sorted({value for value in values if value is not None}))
        code = {label: i for i, label in enumerate(labels)}
        facets[name] = Facet(np.array([code.get(value, -1) for value in values], np.int64), labels)
    return Counts(
        tuple(data["units"]),
        np.array(data["unit"], np.int64),
        facets,
        {name: np.array(values, np.float64) for name, values in data["columns"].items()},
        _cover(data["units"], data["members"]) if "members" in data else None,
    )


def _plain(number: float) -> float | int:
    """Whole counts as integers, so that files stay short and readable."""
    return int(number) if number.is_integer() else number
