"""Label Studio's JSON export (and import): a list of tasks with regions, their attributes, and relations.

A task is ``{"data": {"text": ...}, "annotations": [{"result": [...]}]}``; its results are regions ``{"id", "from_name",
"to_name", "type": "labels", "value": {"start", "end", "text", "labels": [...]}}``, attributes of regions, which repeat
the region's id (controls with ``perRegion="true"``), and relations ``{"type": "relation", "from_id", "to_id",
"direction", "labels"}``. Offsets are UTF-16 units, as everything in a browser. The short JSON_MIN export is read too.

The labelling configuration that a project needs to show the tasks is written beside them, as ``NAME.config.xml``.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar
from xml.sax.saxutils import quoteattr

from goldwire.converting.attributes import EVERY_FIELD, from_strings, to_strings
from goldwire.converting.border import Border
from goldwire.converting.bundle import Bundle, Holds, Record, level_layers
from goldwire.converting.context import Context
from goldwire.converting.drawing import label_of, layer_and_type, undrawn
from goldwire.converting.files import Json, read_json
from goldwire.converting.json_lines import doc_id_in
from goldwire.converting.marks import Link, Mark, marks_of, record_of
from goldwire.formats.source import write_text

__all__ = ["LabelStudio", "labelling_config"]

_RESULT = {
    "type": "object",
    "required": ["type"],
    "properties": {"type": {"type": "string"}, "value": {"type": "object"}},
}
_ANNOTATION = {"type": "object", "properties": {"result": {"type": "array", "items": _RESULT}}}
TASKS: Mapping[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "data": {"type": "object"},
            "annotations": {"type": "array", "items": _ANNOTATION},
            "predictions": {"type": "array", "items": _ANNOTATION},
            "text": {"type": "string"},
            "label": {"type": "array", "items": {"type": "object"}},
        },
        "anyOf": [{"required": ["data"]}, {"required": ["text"]}],
    },
}
_TEXTS = ("text", "dialog", "document", "content")


@dataclass(frozen=True)
class LabelStudio:
    """A JSON file of tasks.

    triggers: labels that stand for triggers of events, divided by commas.
    """

    name: ClassVar[str] = "label-studio"
    about: ClassVar[str] = "Label Studio JSON: tasks with regions, attributes and relations"
    folder: ClassVar[bool] = False
    needs_text: ClassVar[bool] = True

    triggers: str = ""

    @property
    def holds(self) -> Holds:
        """Labelled spans, all their attributes, and arrows between them."""
        return {**EVERY_FIELD, "document": frozenset({"doc_id", "text"})}

    def read(self, path: Path, context: Context) -> Bundle:
        """Every task a document; of several annotations of a task the first that was not cancelled."""
        bundle = Bundle()
        file = read_json(path, context)
        if file is None:
            return bundle
        if isinstance(file.value, dict):
            file = Json(path, f"[{file.text}]", [file.value])
        if not file.fits(TASKS, context):
            return bundle
        if not file.value:
            context.incidents.add("empty-file", str(path), 0)
        for number, _ in enumerate(file.value):
            task = _Task(file, number, self.triggers, context)
            record = task.record()
            if record is not None:
                bundle.add(record, path, file.line((number,)))
        level_layers(bundle.records, ["entities"])
        return bundle

    def write(self, bundle: Bundle, path: Path, context: Context) -> None:
        """The tasks, and the labelling configuration beside them."""
        drawings = [(record, *marks_of(record, context.losses)) for record in bundle.documents]
        tasks = [_task(i + 1, *drawing, path, context) for i, drawing in enumerate(drawings)]
        write_text(path, json.dumps(tasks, ensure_ascii=False, allow_nan=False, indent=1) + "\n")
        if path.is_file() and not path.is_symlink():  # not beside standard output or a device
            write_text(path.with_suffix(".config.xml"), labelling_config(tasks))


# ---------------------------------------------------------------------------------------------------------- reading


class _Task:
    """One task on its way in."""

    def __init__(self, file: Json, number: int, triggers: str, context: Context) -> None:
        self.file, self.number, self.triggers, self.context = file, number, triggers, context
        self.value: Mapping[str, Any] = file.value[number]
        self.doc_id = doc_id_in(self.value, number)

    def record(self) -> Record | None:
        """The task as a document; None, and an incident, where its text is not in the file."""
        text = self.value.get("text") if "data" not in self.value else _text(self.value["data"])
        if not isinstance(text, str):
            expected = 'a text in "data", under "text" or as its only string'
            line = self.file.line((self.number, "data"))
            self.context.incidents.add("foreign-syntax", str(self.file.path), line, item=self.doc_id, expected=expected)
            return None
        border = Border(text, "utf16", str(self.file.path), self.context)
        marks, links = self.marks(border)
        record = {"doc_id": self.doc_id, "text": text}
        return record_of(record, marks, undrawn(marks, links), self.context.losses)

    def results(self) -> tuple[tuple[str | int, ...], list[Mapping[str, Any]]]:
        """The results to read, with their path in the file."""
        if "data" not in self.value:
            return ("label",), self.value.get("label", [])
        for key in ("annotations", "predictions"):
            given = self.value.get(key, [])
            chosen = [
                i for i, one in enumerate(given) if not one.get("was_cancelled") and isinstance(one.get("result"), list)
            ]
            if len(given) > 1 and chosen:
                self.context.losses.add("document", f"further {key} of a task", self.doc_id, len(given) - 1)
            if chosen:
                return (key, chosen[0], "result"), given[chosen[0]]["result"]
        return ("data",), []

    def marks(self, border: Border) -> tuple[list[Mark], list[Link]]:
        """What is drawn on the task's text."""
        path, results = self.results()
        marks: list[Mark] = []
        attributes: dict[str, dict[str, Any]] = defaultdict(dict)
        links: list[Link] = []
        for i, result in enumerate(results):
            value = result.get("value") or result
            labels = next(
                (value[key] for key in value if key.endswith("labels") and isinstance(value[key], list)), None
            )
            if result.get("type") == "relation":
                links += self.relation(result)
            elif labels is not None:
                line = self.file.line((self.number, *path, i))
                marks += self.region(result, value, labels, border, line, f"{self.doc_id} result[{i}]")
            else:
                content = next((value[key] for key in ("choices", "text", "number", "rating") if key in value), None)
                attributes[str(result.get("id"))][str(result.get("from_name"))] = content
        for mark in marks:
            fields, unknown = from_strings(mark.layer, attributes.get(mark.key, {}))
            mark.fields |= fields
            for name in unknown:
                self.context.losses.add(mark.layer, f"attribute {name}", self.doc_id)
        for key in attributes.keys() - {mark.key for mark in marks}:
            for name in attributes[key]:
                self.context.losses.add("document", f"result of the control {name}", self.doc_id)
        return [replace(mark, key=f"_:{mark.key}") for mark in marks], links

    def region(
        self,
        result: Mapping[str, Any],
        value: Mapping[str, Any],
        labels: list[Any],
        border: Border,
        line: int,
        item: str,
    ) -> Iterator[Mark]:
        """A mark for each label of a region."""
        offsets = value.get("globalOffsets") or value
        span = border.inward(offsets.get("start"), offsets.get("end"), line, item)
        if span is None:
            return
        copy = value.get("text")
        if isinstance(copy, str) and _bare(copy) != _bare(border.text[slice(*span)]):
            expected = repr(border.text[slice(*span)])
            incidents = self.context.incidents
            incidents.add("text-mismatch", str(self.file.path), line, item=item, found=repr(copy), expected=expected)
            return
        for i, label in enumerate(labels or [""]):
            layer, kind = layer_and_type(str(label), self.triggers)
            key = str(result.get("id", item)) if i == 0 else f"{result.get('id', item)} {i + 1}"
            yield Mark(key, layer, *span, kind)

    def relation(self, result: Mapping[str, Any]) -> Iterator[Link]:
        """A link for each label of a relation."""
        ends = f"_:{result.get('from_id')}", f"_:{result.get('to_id')}"
        if result.get("direction") == "left":
            ends = ends[::-1]
        for label in result.get("labels") or [None]:
            yield Link(*ends, label)


def _text(data: Mapping[str, Any]) -> Any:
    """The text of a task: under a usual name, or the only string there is."""
    strings = {
        key: value for key, value in data.items() if isinstance(value, str) and key not in ("doc_id", "document_id")
    }
    return next(
        (strings[key] for key in _TEXTS if key in strings),
        next(iter(strings.values()), None) if len(strings) == 1 else None,
    )


def _bare(text: str) -> str:
    """A text without white space and without the line ends that some versions write as backslash and n."""
    return "".join(text.replace("\\n", "").replace("\\r", "").split())


# ---------------------------------------------------------------------------------------------------------- writing


def _task(number: int, record: Record, marks: list[Mark], links: list[Link], path: Path, context: Context) -> Record:
    border = Border(record["text"], "utf16", str(path), context)
    results: list[Record] = []
    region = {mark.key: f"r{number}-{i + 1}" for i, mark in enumerate(marks)}
    for mark in marks:
        start, end = border.outward(mark)
        place = {"start": start, "end": end}
        shared = {"id": region[mark.key], "to_name": "text"}
        value = {**place, "text": record["text"][mark.start : mark.end], "labels": [label_of(mark)]}
        results.append({**shared, "from_name": "label", "type": "labels", "value": value})
        own = {} if mark.key.startswith("_:") else {"id": mark.key}
        for name, content in to_strings(own | mark.fields).items():
            listed = content if isinstance(content, list) else [content]
            results.append({**shared, "from_name": name, "type": "textarea", "value": {**place, "text": listed}})
    for link in links:
        ends = {"from_id": region[link.source], "to_id": region[link.target]}
        results.append({**ends, "type": "relation", "direction": "right", "labels": [link.label or ""]})
    annotation = {"id": number, "result": results, "was_cancelled": False, "ground_truth": False}
    data = {"text": record["text"], "doc_id": record["doc_id"]}
    return {"id": number, "data": data, "annotations": [annotation]}


def labelling_config(tasks: list[Record]) -> str:
    """The labelling configuration of a project that shows the tasks: every label, role and attribute they use."""
    names: dict[str, dict[str, None]] = defaultdict(dict)
    for task in tasks:
        for result in task["annotations"][0]["result"]:
            if result["type"] == "relation":
                names["relations"] |= dict.fromkeys(result["labels"])
            elif result["type"] == "labels":
                names["labels"] |= dict.fromkeys(result["value"]["labels"])
            else:
                names["attributes"][result["from_name"]] = None
    lines = ["<View>", "  <Relations>"]
    lines += [f"    <Relation value={quoteattr(name)}/>" for name in sorted(names["relations"])]
    lines += ["  </Relations>", '  <Labels name="label" toName="text">']
    lines += [f"    <Label value={quoteattr(name)}/>" for name in sorted(names["labels"])]
    lines += ["  </Labels>", '  <Text name="text" value="$text"/>']
    lines += [
        f'  <TextArea name={quoteattr(name)} toName="text" perRegion="true" editable="true"/>'
        for name in sorted(names["attributes"])
    ]
    return "\n".join([*lines, "</View>"]) + "\n"
