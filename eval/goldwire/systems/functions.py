"""Anyone's Python as a system: ``package.module:callable``, installed or in the current folder."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from goldwire.errors import GoldwireError, UsageError
from goldwire.systems.base import Article, Record, System

__all__ = ["Function", "from_reference", "place_of"]


@dataclass(frozen=True)
class Function:
    """A callable that is no System of itself: of all articles or, marked ``per_document``, of one.

    What it says of itself in attributes (layers, name, version) holds; its version is otherwise the digest of the file
    it stands in, so that a changed program is another system.
    """

    function: Callable[..., Any]
    name: str
    version: str
    layers: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    per_document: bool = False

    def __call__(self, articles: Sequence[Article]) -> Iterator[Record]:
        """The records: one for an article, or as many as the function gives for all."""
        if not self.per_document:
            yield from _records(self.function(articles, **self._given))
            return
        for article in articles:
            for record in _records(self.function(article, **self._given)):
                yield {"doc_id": article.doc_id, **record}

    @property
    def _given(self) -> Mapping[str, Any]:
        return self.settings if inspect.isroutine(self.function) else {}


def from_reference(reference: str, settings: Mapping[str, Any]) -> System:
    """The system at ``package.module:name``: a System, a class of them, or a function.

    Raises UsageError where there is none, or it cannot be imported or made.
    """
    module_name, _, attribute = reference.partition(":")
    module = _imported(module_name)
    found: Any = module
    for name in attribute.split("."):
        if not hasattr(found, name):
            raise UsageError(f"{module_name} has no {attribute!r}{_near(found, name)}")
        found = getattr(found, name)
    if inspect.isclass(found):
        found = _made(found, reference, settings)
    elif settings and not inspect.isroutine(found):
        raise UsageError(f"{reference} is made already and takes no settings")
    if isinstance(found, System):
        return found
    if not callable(found):
        raise UsageError(f"{reference} is no system: it cannot be called")
    if inspect.isroutine(found):
        _check_names(found, reference, settings)
    layers = getattr(found, "layers", ())
    return Function(
        found,
        str(getattr(found, "name", attribute)),
        str(getattr(found, "version", _digest(module))),
        (layers,) if isinstance(layers, str) else tuple(layers),
        dict(settings),
        bool(getattr(found, "per_document", False)),
    )


def place_of(error: BaseException) -> str:
    """Where an exception comes from, as file:line of the innermost frame."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""


def _imported(name: str) -> Any:
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.append(folder)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise UsageError(
                f"there is no module {error.name!r}, neither installed nor in {folder}{_near_address(name)}"
            ) from None
        raise UsageError(f"{name} cannot be imported: {error}") from error
    except GoldwireError:
        raise
    except Exception as error:
        raise UsageError(f"{name} cannot be imported: {type(error).__name__}: {error} ({place_of(error)})") from error


def _near_address(name: str) -> str:
    from goldwire.incidents import did_you_mean
    from goldwire.systems import ADAPTERS

    near = did_you_mean(name, ADAPTERS)
    return f"; did you mean {near}:...?" if near else ""


def _near(module: Any, name: str) -> str:
    from goldwire.incidents import did_you_mean

    near = did_you_mean(name, [other for other in dir(module) if not other.startswith("_")])
    return f"; did you mean {near!r}?" if near else ""


def _made(kind: Callable[..., Any], reference: str, settings: Mapping[str, Any]) -> Any:
    try:
        return kind(**settings)
    except GoldwireError:
        raise
    except Exception as error:
        raise UsageError(f"{reference} cannot be made: {type(error).__name__}: {error} ({place_of(error)})") from error


def _check_names(function: Callable[..., Any], reference: str, settings: Mapping[str, Any]) -> None:
    try:
        inspect.signature(function).bind(None, **settings)
    except TypeError as error:
        raise UsageError(f"{reference} cannot be called with articles and these settings: {error}") from error


def _digest(module: Any) -> str:
    file = getattr(module, "__file__", None)
    return f"file {hashlib.sha256(Path(file).read_bytes()).hexdigest()[:12]}" if file else "unknown"


def _records(answer: Any) -> Iterator[Record]:
    if answer is None:
        return
    if isinstance(answer, Mapping):
        yield dict(answer)
    else:
        yield from answer
