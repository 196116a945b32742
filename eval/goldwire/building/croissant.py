"""croissant.json: the dataset described in Croissant 1.1 with the RAI 1.0 terms, and the checks its validator leaves out.

https://docs.mlcommons.org/croissant/docs/croissant-spec.html,
https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from goldwire.building.card import DESCRIPTIONS
from goldwire.building.citation import citation, creators
from goldwire.building.tables import key_of
from goldwire.formats.dataset import is_inside

__all__ = ["RAI", "croissant", "croissant_findings"]

RAI = frozenset(
    {
        "dataCollection", "dataCollectionType", "dataCollectionMissingData", "dataCollectionRawData",
        "dataCollectionTimeframe", "dataImputationProtocol", "dataPreprocessingProtocol", "dataManipulationProtocol",
        "dataAnnotationProtocol", "dataAnnotationPlatform", "dataAnnotationAnalysis", "dataReleaseMaintenancePlan",
        "personalSensitiveInformation", "dataSocialImpact", "dataBiases", "dataLimitations", "dataUseCases",
        "annotationsPerItem", "annotatorDemographics", "machineAnnotationTools",
    }
)  # fmt: skip
"""The properties of the RAI vocabulary. A misspelt one passes the validator without a word."""

_NEEDED = ("name", "description", "license", "creator", "version", "citeAs", "conformsTo")

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context of Croissant 1.1."""


def croissant(
    about: Mapping[str, Any], tables: Mapping[str, pa.Table], manifest: Mapping[str, Any], sizes: Mapping[str, int]
) -> str:
    """The description as JSON-LD.

    about: corpus.json. manifest: digests.json of the same release. sizes: config -> bytes of its file.
    """
    responsible = {f"rai:{name}": value for name, value in about.get("responsible", {}).items()}
    tools = [f"{a['name']}: {a['role']}" for a in about["annotators"] if a["kind"] == "language model"]
    if tools:
        responsible.setdefault("rai:machineAnnotationTools", [f"language model {tool}" for tool in tools])
    content: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": about["name"],
        "alternateName": about["title"],
        "description": about.get("description", about["title"]),
        "inLanguage": about["language"],
        "license": f"https://spdx.org/licenses/{about['annotation_licence']}.html",
        "creator": [{"@type": "sc:Organization", "name": name} for name in creators(about)],
        "version": about["version"],
        "citeAs": citation(about, manifest["digest"]),
        **({"url": about["url"]} if "url" in about else {}),
        **({"datePublished": about["released"]} if "released" in about else {}),
        "isLiveDataset": False,
        **dict(sorted(responsible.items())),
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": f"{name}.parquet",
                "name": f"{name}.parquet",
                "description": DESCRIPTIONS[name],
                "contentUrl": entry["file"],
                "contentSize": f"{sizes[name]} B",
                "encodingFormat": "application/x-parquet",
                "sha256": entry["sha256"],
            }
            for name, entry in manifest["configs"].items()
        ],
        "recordSet": [_record_set(name, table.schema) for name, table in tables.items()],
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def croissant_findings(folder: Path) -> Iterator[str]:
    """What is wrong with a dataset's croissant.json: missing properties, files, sums, columns, unknown RAI terms."""
    try:
        content = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))
        yield from _findings(folder, content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        yield f"cannot be understood ({type(error).__name__}: {error})"


def _findings(folder: Path, content: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"no {name!r}" for name in _NEEDED if not content.get(name))
    for key in content:
        if key.startswith("rai:") and key.removeprefix("rai:") not in RAI:
            yield f"{key!r} is no term of RAI 1.0"
    described: dict[str, set[tuple[str, ...]]] = {}
    for record_set in content.get("recordSet", []):
        for column in _columns(record_set.get("field", [])):
            described.setdefault(column[0], set()).add(column[1:])
    for file in content.get("distribution", []):
        path = folder / file["contentUrl"]
        if not is_inside(file["contentUrl"]) or not path.is_file():
            yield f"{file['contentUrl']}: no such file in the dataset"
            continue
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != file.get("sha256"):
            yield f"{file['contentUrl']}: its sha256 is another"
            continue
        if file.get("contentSize") != f"{len(data)} B":
            yield f"{file['contentUrl']}: {len(data)} bytes, not {file.get('contentSize')}"
        actual = set(_leaves(pq.read_schema(pa.BufferReader(data))))
        stated = described.get(file["@id"], set())
        yield from (f"{file['@id']}: no column {'.'.join(column)}" for column in sorted(stated - actual))
        yield from (f"{file['@id']}: {'.'.join(column)} is not described" for column in sorted(actual - stated))


def _record_set(config: str, schema: pa.Schema) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": config,
        "name": config,
        "description": DESCRIPTIONS[config],
        "key": {"@id": f"{config}/{key_of(config)}"},
        "field": [_field(config, field) for field in schema],
    }


def _field(config: str, field: pa.Field) -> dict[str, Any]:
    """A column; a list of structs has a sub-field for each member, taken out of the column by its name."""
    entry: dict[str, Any] = {"@type": "cr:Field", "@id": f"{config}/{field.name}", "name": field.name}
    source = {"fileObject": {"@id": f"{config}.parquet"}, "extract": {"column": field.name}}
    kind = field.type
    if pa.types.is_list(kind):
        entry |= {"isArray": True, "arrayShape": "-1"}
        kind = kind.value_type
    if not pa.types.is_struct(kind):
        return entry | {"dataType": _data_type(kind), "source": source}
    members = []
    for member in kind:
        inner: dict[str, Any] = {
            "@type": "cr:Field",
            "@id": f"{config}/{field.name}/{member.name}",
            "name": member.name,
        }
        if pa.types.is_list(member.type):
            inner |= {"isArray": True, "arrayShape": "-1"}
        of = member.type.value_type if pa.types.is_list(member.type) else member.type
        members.append(
            inner | {"dataType": _data_type(of), "source": source | {"transform": {"jsonPath": member.name}}}
        )
    return entry | {"subField": members}


def _data_type(kind: pa.DataType) -> str:
    names = {"string": "sc:Text", "int32": "cr:Int32", "double": "cr:Float64", "bool": "sc:Boolean"}
    return names[str(kind)]


def _columns(fields: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """(file, column[, member]) of every described leaf."""
    for field in fields:
        if "subField" in field:
            yield from _columns(field["subField"])
        else:
            source = field["source"]
            member = source.get("transform", {}).get("jsonPath")
            yield (source["fileObject"]["@id"], source["extract"]["column"], *([member] if member else []))


def _leaves(schema: pa.Schema) -> Iterator[tuple[str, ...]]:
    for field in schema:
        inner = field.type.value_type if pa.types.is_list(field.type) else field.type
        if pa.types.is_struct(inner):
            yield from ((field.name, member.name) for member in inner)
        else:
            yield (field.name,)
