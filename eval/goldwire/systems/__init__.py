"""Systems by name or address: baselines, those that other packages register, one's own code, programs, servers, models.

A name is a built-in baseline or an entry point of the group ``goldwire.systems``. An address is one of ADAPTERS,
``http://...``, or ``package.module:callable``. A system's module is imported when the system is chosen, not before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from goldwire.errors import UsageError
from goldwire.systems.base import Article, Record, System, header, is_per_document, per_document

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = [
    "ADAPTERS",
    "Article",
    "Record",
    "System",
    "built_in",
    "describe",
    "get",
    "header",
    "is_per_document",
    "names",
    "per_document",
]

ENTRY_POINTS = "goldwire.systems"

_BUILT_IN: dict[str, tuple[str, str]] = {
    "gazetteer": (
        "goldwire.systems.gazetteer:Gazetteer",
        "entities: a world-wide gazetteer, name patterns, string-match coreference, Wikidata links",
    ),
    "capitals": (
        "goldwire.systems.capitals:Capitals",
        "entities: capitalised word sequences, types guessed from their shape, exact-string coreference",
    ),
    "string-match": (
        "goldwire.systems.matching:StringMatch",
        "entities: names and nominals, equal strings corefer",
    ),
    "head-match": (
        "goldwire.systems.matching:HeadMatch",
        "entities: names, nominals and pronouns, equal heads and the nearest agreeing antecedent corefer",
    ),
    "timex": (
        "goldwire.systems.timex:Timex",
        "times: TIMEX3 expressions by patterns, values by the article's date",
    ),
    "dateparser": (
        "goldwire.systems.dates:DateParser",
        "times: what the dateparser library finds in each sentence",
    ),
    "trigger-words": (
        "goldwire.systems.triggers:TriggerWords",
        "events: a list of trigger words, one instance per lemma",
    ),
    "rules": (
        "goldwire.systems.rules:Rules",
        "entities, times, events: head-match and timex, trigger words with arguments and status by rules",
    ),
    "exact": (
        "goldwire.systems.fingerprints:Exact",
        "duplicates: equal texts, case, punctuation and white space aside",
    ),
    "simhash": (
        "goldwire.systems.fingerprints:SimHash",
        "duplicates: SimHash of word 3-grams, at most 3 of 64 bits differ",
    ),
    "minhash": (
        "goldwire.systems.minhash:MinHash",
        "duplicates: MinHash-LSH over word 5-grams, 128 permutations, estimated Jaccard >= 0.7",
    ),
    "tfidf": (
        "goldwire.systems.tfidf:TfIdf",
        "duplicates: cosine of TF-IDF word 1- and 2-grams >= 0.5",
    ),
    "embeddings": (
        "goldwire.systems.embeddings:Embeddings",
        "duplicates: cosine of sentence embeddings >= 0.9",
    ),
    "containment": (
        "goldwire.systems.containment:Containment",
        "duplicates: share of an article's distinct word 5-grams found in the other >= 0.1, with reuse levels",
    ),
    "seed-extend": (
        "goldwire.systems.passages:SeedExtend",
        "passages: shared word 5-grams chained over small edits and extended, at least 8 words",
    ),
}

ADAPTERS: dict[str, tuple[str, str]] = {
    "exec": ("goldwire.systems.programs:Program", "exec:COMMAND, a program: JSON Lines in, JSON Lines out"),
    "http": ("goldwire.systems.web:Server", "http://HOST/PATH, a server: articles are posted as JSON"),
    "https": ("goldwire.systems.web:Server", "https://HOST/PATH, the same"),
    "spacy": ("goldwire.systems.spacy_pipelines:Pipeline", "spacy:NAME_OR_PATH, a spaCy pipeline"),
    "hf": (
        "goldwire.systems.token_classifiers:TokenClassifier",
        "hf:NAME_OR_PATH, a Hugging Face token-classification model",
    ),
    "gliner": ("goldwire.systems.gliner_models:Gliner", "gliner:NAME_OR_PATH, a GLiNER model"),
    "inspect": ("goldwire.systems.language_models:LanguageModel", "inspect:MODEL, a language model through inspect_ai"),
}
"""What stands before the colon of an address -> "module:class" made with what stands behind it, and one line about it."""


def built_in() -> list[str]:
    """The names of the baselines that come with Goldwire, by layer."""
    return list(_BUILT_IN)


def names() -> list[str]:
    """The names of all systems, sorted."""
    return sorted(_BUILT_IN.keys() | _registered().keys())


def describe(name: str) -> str:
    """One line about a system, without importing it. An unknown name raises UsageError."""
    if name in _BUILT_IN:
        return _BUILT_IN[name][1]
    entry = _entry_point(name)
    if entry.dist is None:
        return entry.value
    about = entry.dist.metadata.json.get("summary", entry.value)
    return f"{about} ({entry.dist.name} {entry.dist.version})"


def get(name: str, /, **settings: Any) -> System:
    """The system of that name or address with the given settings.

    Raises:
        UsageError: there is no such system, it does not have such a setting, or it cannot be imported.

    """
    kind, colon, rest = name.partition(":")
    given: tuple[str, ...] = ()
    if colon and kind in ADAPTERS:
        given = (name if kind.startswith("http") else rest,)
        if not rest:
            raise UsageError(f"{name!r}: something has to stand behind the colon; {ADAPTERS[kind][1]}")
        factory = _loaded(ADAPTERS[kind][0])
    elif colon:
        from goldwire.systems.functions import from_reference

        return from_reference(name, settings)
    else:
        factory = _factory(name)
    _check_kinds(factory, settings)
    try:
        system = factory(*given, **settings)
    except TypeError as error:
        raise UsageError(f"the system '{name}' cannot be made with these settings: {error}") from error
    if not isinstance(system, System):
        raise UsageError(f"'{name}' is no system: it needs name, layers, version, settings and has to be callable")
    return system


_ALIKE = {(float, int), (tuple, list)}


def _check_kinds(factory: Any, settings: dict[str, Any]) -> None:
    """Settings of a dataclass against the kinds of its defaults; an integer will do for a float, a list for a tuple."""
    for known in fields(factory) if is_dataclass(factory) else []:
        if known.name not in settings:
            continue
        usual = known.default_factory() if known.default_factory is not MISSING else known.default
        kind, value = type(usual), settings[known.name]
        if usual is not MISSING and type(value) is not kind and (kind, type(value)) not in _ALIKE:
            raise UsageError(f"the setting '{known.name}' takes a value like {usual!r}, not {value!r}")


def _factory(name: str) -> Callable[..., Any]:
    if name in _BUILT_IN:
        return _loaded(_BUILT_IN[name][0])
    entry = _entry_point(name)
    try:
        return entry.load()  # type: ignore[no-any-return]
    except (ImportError, AttributeError) as error:
        raise UsageError(f"the system '{name}' ({entry.value}) cannot be imported: {error}") from error


def _loaded(reference: str) -> Callable[..., Any]:
    from importlib import import_module

    module, _, attribute = reference.partition(":")
    return getattr(import_module(module), attribute)  # type: ignore[no-any-return]


def _entry_point(name: str) -> EntryPoint:
    registered = _registered()
    if name in registered:
        return registered[name]
    from difflib import get_close_matches

    near = get_close_matches(name, names(), n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"known systems: {', '.join(names())}"
    raise UsageError(f"there is no system '{name}'; {hint}")


@cache
def _registered() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points

    return {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}
