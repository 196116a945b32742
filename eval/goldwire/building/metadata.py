"""eval.yaml, which registers a benchmark on a hub, and datacite.json, which a repository that mints DOIs asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from goldwire.building.citation import creators
from goldwire.tasks import TASKS

__all__ = ["datacite", "eval_yaml"]

_GOLD = {
    "mentions": "entities",
    "triggers": "events",
    "times": "times",
    "links": "duplicates",
    "passages": "passages",
}
"""Corpus table that a task takes its gold from -> the config that holds it."""


def eval_yaml(about: Mapping[str, Any]) -> str:
    """The benchmark's registration: its tasks, by the names that results are exported under.

    A hub shows it once the framework "goldwire" is on its list, which is asked for separately.
    """
    lines = [
        f"name: {json.dumps(about['title'], ensure_ascii=False)}",
        f"description: {json.dumps(about.get('description', about['title']), ensure_ascii=False)}",
        "evaluation_framework: goldwire",
        "tasks:",
    ]
    for task in TASKS.values():
        if config := next((_GOLD[table] for table in task.gold if table in _GOLD), None):
            lines += [f"- id: {task.name}", f"  config: {config}", "  split: test"]
    return "\n".join(lines) + "\n"


def datacite(about: Mapping[str, Any], manifest: Mapping[str, Any], size: int) -> str:
    """DataCite metadata, schema 4.5, without a DOI: the repository that registers one adds it.

    about: corpus.json, which must say when it was released. size: bytes of all data files.
    """
    licence = about["annotation_licence"]
    names = creators(about)
    content = {
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "annotated corpus"},
        "creators": [{"name": name, "nameType": "Organizational"} for name in names],
        "titles": [{"title": about["title"], "lang": "en"}],
        "publisher": {"name": names[0]},
        "publicationYear": about["released"][:4],
        "dates": [{"date": about["released"], "dateType": "Issued"}],
        "language": about["language"],
        "version": about["version"],
        "subjects": [{"subject": subject} for subject in ("information extraction", "coreference", "text reuse")],
        "rightsList": [
            {
                "rights": f"annotations: {licence}; the texts belong to their publishers",
                "rightsUri": f"https://spdx.org/licenses/{licence}.html",
                "rightsIdentifier": licence.lower(),
                "rightsIdentifierScheme": "SPDX",
                "schemeUri": "https://spdx.org/licenses/",
            }
        ],
        "descriptions": [
            {"description": about.get("description", about["title"]), "descriptionType": "Abstract"},
            {"description": f"SHA-256 of the content: {manifest['digest']}", "descriptionType": "TechnicalInfo"},
        ],
        "formats": ["application/vnd.apache.parquet"],
        "sizes": [f"{size} bytes", *(f"{entry['rows']} {name}" for name, entry in manifest["configs"].items())],
        **({"url": about["url"]} if "url" in about else {}),
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
