"""The JSON Schemas of schema/, compiled once, with every reference resolved inside that folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from goldwire.paths import data_folder

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

__all__ = ["errors_of", "schema_names"]


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


def _shortened(message: str, limit: int = 200) -> str:
    return message if len(message) <= limit else f"{message[: limit - 60]} ... {message[-50:]}"
