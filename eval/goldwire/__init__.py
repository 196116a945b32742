"""Goldwire: gold-annotated newswire and a scorer for information extraction and de-duplication.

    import goldwire

    result = goldwire.score("predictions.jsonl")        # against the packaged gold
    result["entities.strict.f1"]
    goldwire.load("events")                             # the packaged gold as a datasets.Dataset
    goldwire.load_corpus("my-annotations/")             # any gold of the same schema, as Arrow tables

Everything is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from goldwire._version import __version__

if TYPE_CHECKING:
    from goldwire.building.dataset import build as build
    from goldwire.corpus.tables import Corpus as Corpus
    from goldwire.errors import GoldwireError as GoldwireError
    from goldwire.errors import HubError as HubError
    from goldwire.errors import IncidentError as IncidentError
    from goldwire.errors import MissingExtra as MissingExtra
    from goldwire.errors import ReadError as ReadError
    from goldwire.errors import ReleaseError as ReleaseError
    from goldwire.errors import UsageError as UsageError
    from goldwire.hub.hydrate import hydrate as hydrate
    from goldwire.hub.publish import publish as publish
    from goldwire.hub.verify import verify as verify
    from goldwire.packaged import digest as digest
    from goldwire.packaged import load as load
    from goldwire.packaged import table as table
    from goldwire.reading import load_corpus as load_corpus
    from goldwire.results import Result as Result
    from goldwire.running import run as run
    from goldwire.scoring import score as score
    from goldwire.synth.write import synthesize as synthesize
    from goldwire.validation import validate as validate

_LAZY = {
    "Corpus": "goldwire.corpus.tables",
    "GoldwireError": "goldwire.errors",
    "HubError": "goldwire.errors",
    "IncidentError": "goldwire.errors",
    "MissingExtra": "goldwire.errors",
    "ReadError": "goldwire.errors",
    "ReleaseError": "goldwire.errors",
    "Result": "goldwire.results",
    "UsageError": "goldwire.errors",
    "build": "goldwire.building.dataset",
    "digest": "goldwire.packaged",
    "hydrate": "goldwire.hub.hydrate",
    "load": "goldwire.packaged",
    "load_corpus": "goldwire.reading",
    "publish": "goldwire.hub.publish",
    "run": "goldwire.running",
    "score": "goldwire.scoring",
    "synthesize": "goldwire.synth.write",
    "table": "goldwire.packaged",
    "validate": "goldwire.validation",
    "verify": "goldwire.hub.verify",
}

__all__ = [
    "Corpus",
    "GoldwireError",
    "HubError",
    "IncidentError",
    "MissingExtra",
    "ReadError",
    "ReleaseError",
    "Result",
    "UsageError",
    "__version__",
    "build",
    "digest",
    "hydrate",
    "load",
    "load_corpus",
    "publish",
    "run",
    "score",
    "synthesize",
    "table",
    "validate",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        value = getattr(importlib.import_module(_LAZY[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
