"""What the tests of all formats share: arbitrary bundles, the round trip, scoring what came back, damaged files."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

import goldwire
from goldwire.converting import Bundle, Context, Texts, get, read_bundle, write_bundle
from goldwire.converting.bundle import ITEM_LAYERS, Holds, Record, kind_of
from goldwire.converting.tokens import Tokens
from goldwire.errors import GoldwireError

NO_TEXTS = Path(__file__).parent / "corpus" / "gold"
"""A folder without any text: given as ``texts`` it keeps a test from finding any."""

WORDS = [
    "Anna",
    "met",
    "the",
    "crew",
    "of",
    "“Étoile”",
    "🛳",
    "e\u0301te",
    "in",
    "U.S.",
    "Rome.",
    "👩\u200d👩\u200d👧",
    "3.5",
    "Ö",
    "a-b",
]
GAPS = [" ", " ", " ", "\n", "  ", "\r\n", "\n\n", ", "]


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A text with emoji, combining characters, line ends of both kinds and surrounding space."""
    words = draw(st.lists(st.sampled_from(WORDS), min_size=3, max_size=12))
    gaps = draw(st.lists(st.sampled_from(GAPS), min_size=len(words), max_size=len(words)))
    return draw(st.sampled_from(["", " ", "\n"])) + "".join(w + g for w, g in zip(words, gaps, strict=True))


@st.composite
def bundles(
    draw: st.DrawFn, holds: Holds, *, on_tokens: bool = False, flat: bool = False, documents: int = 2
) -> Bundle:
    """A bundle that uses the fields of ``holds`` and no others.

    on_tokens: every span begins and ends with tokens, inside one sentence. flat: no two mentions overlap.
    """
    bundle = Bundle()
    ids = [f"d{i}" for i in range(draw(st.integers(1 + bool({"pairs", "passages"} & holds.keys()), 1 + documents)))]
    for doc_id in ids if "document" in holds else []:
        bundle.records.append(draw(_documents(doc_id, holds, on_tokens, flat)))
    if "clusters" in holds:
        bundle.records += [{"doc_id": x, "cluster": draw(st.sampled_from("AB"))} for x in ids]
    for kind in ("pairs", "passages"):
        if kind in holds and len(ids) > 1:
            other = draw(st.sampled_from(ids[1:]))
            values: Record = {"a": ids[0], "b": other, "relation": "verbatim" if kind == "passages" else "major"}
            values |= {"score": 0.25, "reuse_a": "none", "reuse_b": "whole", "coverage_a": 0.0, "coverage_b": 1.0}
            values |= {"story": "unrelated", "provenance": "none", "a_start": 0, "a_end": 3, "b_start": 1, "b_end": 2}
            bundle.records.append({key: value for key, value in values.items() if key in holds[kind]})
    return bundle


def some(draw: st.DrawFn, item: Record, values: Mapping[str, Any], fields: frozenset[str], must: str = "") -> Record:
    """The item with some of the values whose fields are held."""
    for key, value in values.items():
        if key in fields and (key in must.split() or draw(st.booleans())):
            item[key] = value
    return item


@st.composite
def _documents(draw: st.DrawFn, doc_id: str, holds: Holds, on_tokens: bool, flat: bool) -> Record:
    text = draw(texts())
    record: Record = {"doc_id": doc_id} | ({"text": text} if "text" in holds["document"] else {})
    if "published" in holds["document"] and draw(st.booleans()):
        record["published"] = "2024-05-06"
    span = _spans(text, on_tokens)
    times: list[Record] = []
    if "times" in holds:
        for i in range(draw(st.integers(0, 2))):
            start, end = draw(span)
            values = {"id": f"{doc_id}.t{i}", "type": "DATE", "value": "2024-05", "resolved": "2024-05-06"}
            values |= {"anchor": "document", "basis": "stated", "score": 0.5}
            times.append(some(draw, {"start": start, "end": end}, values, holds["times"], "id type"))
        record["times"] = times
    if "entities" in holds:
        record["entities"] = draw(_mentions(doc_id, span, holds["entities"], flat))
    if "events" in holds:
        record["events"] = draw(_events(doc_id, span, record, holds))
    return record


def _spans(text: str, on_tokens: bool) -> st.SearchStrategy[tuple[int, int]]:
    if not on_tokens:
        return st.tuples(st.integers(0, len(text) - 1), st.integers(1, 9)).map(
            lambda x: (x[0], min(x[0] + x[1], len(text)))
        )
    tokens = Tokens.of(text)
    pairs = [(i, j) for a, b in tokens.sentences for i in range(a, b) for j in range(i, min(i + 3, b))]
    return st.sampled_from([(tokens.spans[i][0], tokens.spans[j][1]) for i, j in pairs])


@st.composite
def _mentions(draw: st.DrawFn, doc_id: str, span: Any, fields: frozenset[str], flat: bool) -> list[Record]:
    spans = sorted(draw(st.lists(span, max_size=4, unique=True)))
    if flat:
        kept: list[tuple[int, int]] = []
        for start, end in spans:
            if not kept or kept[-1][1] <= start:
                kept.append((start, end))
        spans = kept
    found = []
    for i, (start, end) in enumerate(spans):
        values: Record = {"id": f"{doc_id}.m{i}", "type": draw(st.sampled_from(["PERSON", "GPE"])), "level": "NAM"}
        values |= {"entity_id": draw(st.sampled_from(["e1", "e2"])), "kb_id": draw(st.sampled_from(["Q1", "Q159"]))}
        values |= {"metonymic": True, "score": 0.5, "head": [start, start + 1]}
        item = some(draw, {"start": start, "end": end}, values, fields, "type")
        if "fragments" in fields and end - start > 2 and draw(st.booleans()):
            item["fragments"] = [start, start + 1, end - 1, end]
        found.append(item)
    return found


@st.composite
def _events(draw: st.DrawFn, doc_id: str, span: Any, record: Record, holds: Holds) -> list[Record]:
    number = draw(st.integers(0, 2))
    found = []
    for i in range(number):
        start, end = draw(span)
        values: Record = {"id": f"{doc_id}.v{i}", "type": draw(st.sampled_from(["Meet", "Attack"])), "score": 0.75}
        values |= {"instance_id": draw(st.sampled_from(["i1", "i2"])), "polarity": "NEG", "modality": "ASSERTED"}
        values |= {"tense": "PAST", "genericity": "SPECIFIC", "head": [start, start + 1]}
        values |= {"attribution": {"source": "e1"}}
        if record.get("times"):
            values["times"] = [record["times"][0]["id"]] if "id" in record["times"][0] else ["t"]
        item = some(draw, {"trigger": [start, end]}, values, holds["events"], "id type")
        if item.get("type") == "Attack":
            item.pop("instance_id", None)  # an instance has one type
        found.append(item)
    for item in found if "arguments" in holds else []:
        arguments = [draw(_arguments(span, record, found, holds["arguments"])) for _ in range(draw(st.integers(0, 2)))]
        if arguments:
            item["arguments"] = arguments
    return found


@st.composite
def _arguments(draw: st.DrawFn, span: Any, record: Record, events: list[Record], fields: frozenset[str]) -> Record:
    start, end = draw(span)
    argument: Record = {"role": draw(st.sampled_from(["Place", "Agent"])), "start": start, "end": end}
    targets: list[Record] = [{}]
    for item in record.get("entities", []):
        targets.append({k: item[k] for k in ("start", "end", "entity_id") if k in item})
    targets += [
        {"start": x["start"], "end": x["end"], "time_id": x["id"]} for x in record.get("times", []) if "id" in x
    ]
    targets += [{"start": x["trigger"][0], "end": x["trigger"][-1], "event_id": x["id"]} for x in events if "id" in x]
    target = draw(st.sampled_from(targets))
    argument |= {key: value for key, value in target.items() if key in fields}
    return some(draw, argument, {"score": 0.5}, fields)


# the round trip -------------------------------------------------------------------------------------------------------


@contextmanager
def folder() -> Iterator[Path]:
    """A temporary folder for one example of hypothesis."""
    path = Path(tempfile.mkdtemp(prefix="goldwire-"))
    try:
        yield path
    finally:
        shutil.rmtree(path)


def there_and_back(
    name: str, bundle: Bundle, place: Path, *, file: str = "out", texts: Path = NO_TEXTS, **settings: Any
) -> tuple[Bundle, Context, Context]:
    """(what came back, the writer's context, the reader's). No incident may come of what was written."""
    writing, reading = Context(Texts(folder=texts)), Context(Texts(folder=texts))
    write_bundle(bundle, place / file, name, writing, settings)
    back, _ = read_bundle(place / file, name, reading, settings)
    assert list(reading.incidents) == []
    return back, writing, reading


def canonical(bundle: Bundle, *, without: Mapping[str, str] | None = None) -> list[str]:
    """The records as sorted JSON, items sorted too. without: layer -> fields that are left out of the comparison."""
    without = {layer: fields.split() for layer, fields in (without or {}).items()}
    rows = []
    for record in bundle.records:
        row = {key: value for key, value in record.items() if key not in without.get(kind_of(record), ())}
        for layer in ITEM_LAYERS:
            if layer in row:
                items = [_bare(item, without.get(layer, ()), without.get("arguments", ())) for item in row[layer]]
                row[layer] = sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
        rows.append(json.dumps(row, sort_keys=True, ensure_ascii=False))
    return sorted(rows)


def _bare(item: Record, fields: Any, of_arguments: Any) -> Record:
    bare = {key: value for key, value in item.items() if key not in fields}
    if "arguments" in bare:
        arguments = [{k: v for k, v in x.items() if k not in of_arguments} for x in bare["arguments"]]
        bare["arguments"] = sorted(arguments, key=lambda x: json.dumps(x, sort_keys=True))
    return bare


def restricted(bundle: Bundle, holds: Holds) -> Bundle:
    """The bundle without all that lies outside ``holds``."""
    kept = Bundle({key: value for key, value in bundle.header.items() if key in holds.get("header", ())})
    for record in bundle.records:
        kind = kind_of(record)
        if kind not in holds:
            continue
        row = {key: value for key, value in record.items() if key in holds[kind]}
        for layer in ITEM_LAYERS:
            if layer in record and layer in holds:
                row[layer] = [_held(item, layer, holds) for item in record[layer]]
        kept.records.append(row)
    return kept


def _held(item: Record, layer: str, holds: Holds) -> Record:
    held = {key: value for key, value in item.items() if key in holds[layer] and key != "arguments"}
    if item.get("arguments") and "arguments" in holds:
        held["arguments"] = [{k: v for k, v in x.items() if k in holds["arguments"]} for x in item["arguments"]]
    return held


def packaged() -> Bundle:
    """The packaged gold."""
    return read_bundle("packaged")[0]


def assert_scores_perfectly(
    name: str, place: Path, measures: list[str], *, file: str = "out", **settings: Any
) -> Context:
    """The packaged gold, written, read back and scored against itself, has every measure at 1; the writer's context."""
    writing = Context()
    write_bundle(packaged(), place / file, name, writing, settings)
    reading = Context()
    back, _ = read_bundle(place / file, name, reading, settings)
    assert list(reading.incidents) == []
    write_bundle(back, place / "back.jsonl", "goldwire")
    result = goldwire.score(place / "back.jsonl", measures=measures)
    assert {measure: result[measure] for measure in measures} == dict.fromkeys(measures, 1.0)
    return writing


# damaged files --------------------------------------------------------------------------------------------------------


def damaged(data: bytes, seed: int) -> bytes:
    """A file's content after one accident: cut, flipped, doubled, emptied or mixed up."""
    rng = random.Random(seed)
    at, to = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    lines = data.split(b"\n")
    rng.shuffle(lines)
    accidents: list[Callable[[], bytes]] = [
        lambda: data[:at],
        lambda: data[:at] + data[to:],
        lambda: data[:at] + bytes(rng.randrange(256) for _ in range(8)) + data[at:],
        lambda: data[:at] + data[at:to] + data[at:to] + data[to:],
        lambda: b"\n".join(lines),
        lambda: data.replace(
            rng.choice([b"0", b"1", b'"', b"\t", b":", b"{"]), rng.choice([b"9999999999", b"", b"-1", b"\xff"])
        ),
        lambda: b"",
    ]
    return rng.choice(accidents)()


def assert_no_traceback(name: str, path: Path, seeds: range, *, inner: str = "", **settings: Any) -> int:
    """Damage a written file (or ``inner`` in a folder) once per seed and read it: incidents and sentences, no traceback.

    Returns how often the damage was noticed.
    """
    target = path / inner if inner else path
    whole, noticed = target.read_bytes(), 0
    for seed in seeds:
        target.write_bytes(damaged(whole, seed))
        context = Context(Texts(folder=NO_TEXTS))
        try:
            bundle, _ = read_bundle(path, name, context, settings)
            json.dumps(bundle.records, allow_nan=False).encode()
        except GoldwireError:
            noticed += 1
        else:
            noticed += bool(context.incidents.items)
            for incident in context.incidents:
                assert str(incident)
    target.write_bytes(whole)
    return noticed


def holds_of(name: str, **settings: Any) -> Holds:
    """What a format holds with these settings."""
    held: Holds = get(name, settings).holds
    return held
