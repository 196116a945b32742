"""The JSON Schemas of schema/, compiled once, with every reference resolved inside that folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from goldwire.paths import data_folder

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

__all__ = ["count_errors", "errors_of", "schema_names"]


def schema_names() -> list[str]:
    """The schemas there are: "article", "annotation", "prediction", ..."""
    return sorted(path.name.removesuffix(".schema.json") for path in data_folder("schema").glob("*.schema.json"))


@cache
def _validator(name: str, definition: str | None) -> Validator:
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource
    from referencing.exceptions import NoSuchResource

    def refuse(uri: str) -> Resource[Any]:
        raise NoSuchResource(uri)

    folder = data_folder("schema")
    contents = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.schema.json"))]
    registry: Registry[Any] = Registry(retrieve=refuse).with_contents(  # type: ignore[call-arg]
        [(content["$id"], content) for content in contents]
    )
    target = f"urn:goldwire:schema:{name}" + (f"#/$defs/{definition}" if definition else "")
    return Draft202012Validator({"$ref": target}, registry=registry)


def errors_of(name: str, value: Any, *, definition: str | None = None) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """(JSON path, message) of everything in ``value`` that the named schema (or one of its $defs) refuses."""
    for error in sorted(_validator(name, definition).iter_errors(value), key=lambda e: [str(x) for x in e.path]):
        worst = error
        if error.context:
            from jsonschema.exceptions import best_match

            worst = best_match([error]) or error
        yield tuple(worst.absolute_path), _shortened(worst.message)


def count_errors(name: str, value: Any) -> int:
    """How many errors ``errors_of`` would tell of, without looking for where and why: some times faster."""
    whole, fields = _parts(name)
    wrong = sum(1 for _ in whole.iter_errors(value))
    known = fields.keys() & value.keys() if isinstance(value, dict) else ()
    return wrong + sum(not fields[field].is_valid(value[field]) for field in known)


@cache
def _parts(name: str) -> tuple[Validator, dict[str, Validator]]:
    """Validators of an object without its properties, and of each property; one that is wrong is one error.

    That holds of properties that are references, or alternatives of which none fits, and of plain types.
    """
    whole = _validator(name, None)
    schema = json.loads((data_folder("schema") / f"{name}.schema.json").read_text(encoding="utf-8"))
    others = {key: part for key, part in schema.items() if key not in ("properties", "$defs", "$id")}
    properties: dict[str, Any] = schema["properties"]
    return whole.evolve(schema=others), {field: whole.evolve(schema=part) for field, part in properties.items()}


def _shortened(message: str, limit: int = 200) -> str:
    return message if len(message) <= limit else f"{message[: limit - 60]} ... {message[-50:]}"
