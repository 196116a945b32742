"""Formats by name: the built-in ones and those that other packages register (group ``goldwire.formats``).

A format's module is imported when the format is chosen or listed, its libraries only when it reads or writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldwire.converting.base import Format, is_reader, is_writer
from goldwire.converting.bundle import ITEM_LAYERS
from goldwire.errors import UsageError
from goldwire.incidents import did_you_mean

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["details", "get", "guess", "kind", "listing", "names"]

ENTRY_POINTS = "goldwire.formats"


@dataclass(frozen=True)
class Entry:
    """Where a built-in format is, and how one recognises it.

    target:  "module:Class".
    suffixes: endings of a file's name, or of the files in a folder, that no other format has.
    keys:    sets of keys of which the first JSON object of a file (or of the list it holds) has one; for .json and
             .jsonl, which say nothing by themselves.
    """

    target: str
    suffixes: tuple[str, ...] = ()
    keys: tuple[frozenset[str], ...] = ()


def _keys(*sets: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(names.split()) for names in sets)


BUILT_IN: dict[str, Entry] = {
    "goldwire": Entry("goldwire.converting.own:Own", keys=_keys("goldwire", "doc_id entities", "doc_id events")),
    "conll2003": Entry("goldwire.converting.conll2003:Conll2003", suffixes=(".conll2003", ".iob2", ".bio")),
    "conll2012": Entry("goldwire.converting.conll2012:Conll2012", suffixes=("_conll", ".conll2012")),
    "conllu": Entry("goldwire.converting.conllu:Conllu", suffixes=(".conllu",)),
    "text": Entry("goldwire.converting.text:Text", suffixes=(".txt",)),
    "rows": Entry(
        "goldwire.converting.rows:Rows", keys=_keys("doc_id start end", "doc_id trigger", "doc_id begin end")
    ),
    "text-dedup": Entry("goldwire.converting.dedup:TextDedup", keys=_keys("__CLUSTER__", "__cluster__")),
    "datatrove": Entry("goldwire.converting.datatrove:Datatrove", suffixes=(".dups", ".clusters", ".remove")),
    "nemo": Entry(
        "goldwire.converting.dedup:Nemo",
        keys=_keys("_duplicate_group_id", "_curator_dedup_id_x _curator_dedup_id_y", "id_x id_y"),
    ),
    "spark": Entry("goldwire.converting.dedup:Spark", keys=_keys("id component", "src dst")),
    "pairs": Entry("goldwire.converting.dedup:Pairs", keys=_keys("id1 id2", "id_a id_b")),
    "brat": Entry("goldwire.converting.brat:Brat", suffixes=(".ann",)),
    "doccano": Entry(
        "goldwire.converting.doccano:Doccano",
        keys=_keys("text label", "text labels", "text entities relations", "text entities Comments"),
    ),
    "prodigy": Entry("goldwire.converting.prodigy:Prodigy", keys=_keys("text spans", "text tokens answer")),
    "label-studio": Entry(
        "goldwire.converting.label_studio:LabelStudio", keys=_keys("data annotations", "data predictions")
    ),
    "langextract": Entry("goldwire.converting.langextract:LangExtract", keys=_keys("text extractions")),
    "w3c": Entry(
        "goldwire.converting.web_annotation:WebAnnotation", suffixes=(".jsonld",), keys=_keys("@context type")
    ),
    "cas-xmi": Entry("goldwire.converting.cas:CasXmi", suffixes=(".xmi",)),
    "cas-json": Entry("goldwire.converting.cas:CasJson", keys=_keys("%TYPES %VIEWS")),
    "textee": Entry("goldwire.converting.textee:TextEE", keys=_keys("wnd_id tokens")),
    "oneie": Entry("goldwire.converting.oneie:OneIE", keys=_keys("sent_id tokens")),
    "muc4": Entry("goldwire.converting.muc4:Muc4", keys=_keys("docid doctext")),
    "maven-arg": Entry(
        "goldwire.converting.maven_arg:MavenArg", keys=_keys("id document events", "id document entities")
    ),
    "spacy": Entry("goldwire.converting.spacy_docbin:SpacyDocBin", suffixes=(".spacy",)),
}


def names() -> list[str]:
    """The names of all formats, sorted."""
    return sorted(BUILT_IN.keys() | _registered().keys())


def kind(name: str) -> type[Any]:
    """The class of a format. Raises UsageError where there is none of this name or it cannot be imported."""
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].target.partition(":")
        return getattr(import_module(module), attribute)  # type: ignore[no-any-return]
    entry = _registered().get(name)
    if entry is None:
        near = did_you_mean(name, names())
        hint = f"did you mean {near!r}?" if near else f"formats: {', '.join(names())}"
        raise UsageError(f"there is no format {name!r}; {hint}")
    try:
        return entry.load()  # type: ignore[no-any-return]
    except (ImportError, AttributeError) as error:
        raise UsageError(f"the format {name!r} ({entry.value}) cannot be imported: {error}") from error


def get(name: str, settings: Mapping[str, Any] | None = None) -> Any:
    """The named format with the given settings. Raises UsageError for an unknown name or setting."""
    made = kind(name)
    known = {field.name: field for field in fields(made) if field.init} if is_dataclass(made) else {}
    given = dict(settings or {})
    for key, value in given.items():
        if key not in known:
            near = did_you_mean(key, known)
            hint = f"did you mean {near!r}?" if near else f"it has {', '.join(known) or 'none'}"
            raise UsageError(f"the format {name!r} has no setting {key!r}; {hint}")
        default = known[key].default
        if default is not MISSING and default is not None and type(value) is not type(default):
            raise UsageError(f"the setting {key!r} takes a value like {default!r}, not {value!r}")
    chosen = made(**given)
    if not isinstance(chosen, Format):
        raise UsageError(f"{name!r} is no format: it needs name, about, folder, needs_text and holds")
    return chosen


@cache
def _registered() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points

    return {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}


def guess(path: Path, *, reading: bool) -> str:
    """The format a path is in, or by its name is to be in. Raises UsageError where that is not plain."""
    from goldwire.converting.guessing import fitting

    found = fitting(path, BUILT_IN, reading=reading)
    if len(found) == 1:
        return found[0]
    option = "--from" if reading else "--to"
    reason = f"it may be {' or '.join(found)}" if found else "nothing about it is peculiar to one format"
    raise UsageError(f"{path}: which format is this? {reason}; say so with {option} (`goldwire list formats`)")


def listing() -> list[list[str]]:
    """A row per format: name, directions, file or folder, layers, about. One that cannot be imported says so."""
    rows = []
    for name in names():
        try:
            made = get(name)
        except UsageError as error:
            rows.append([name, "", "", "", str(error)])
            continue
        ways = [way for way, there in (("read", is_reader(made)), ("write", is_writer(made))) if there]
        layers = [layer for layer in (*ITEM_LAYERS, "pairs", "passages", "clusters") if layer in made.holds]
        rows.append([name, " and ".join(ways), "folder" if made.folder else "file", " ".join(layers), made.about])
    return rows


def details(name: str) -> list[list[str]]:
    """What a format says of itself: rows of a label and a text. Raises UsageError as ``get`` does."""
    made = get(name)
    rows = [["name", name], ["about", made.about], ["is a", "folder" if made.folder else "file"]]
    ways = [way for way, there in (("read", is_reader(made)), ("write", is_writer(made))) if there]
    rows.append(["directions", " and ".join(ways)])
    text = " ".join((type(made).__doc__ or "").split())
    rows += [["notes", text]] if text else []
    rows += [["setting", f"{field.name}={field.default!r}"] for field in fields(made) if field.init]
    return rows + [["holds", f"{layer}: {', '.join(sorted(held))}"] for layer, held in made.holds.items() if held]
