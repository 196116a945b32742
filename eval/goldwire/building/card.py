"""The dataset card: YAML that the hub and `load_dataset` read, then the corpus's own prose with generated tables."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from goldwire.building.agreement import Agreement
from goldwire.building.citation import citation
from goldwire.formats.dataset import is_withheld

__all__ = ["DESCRIPTIONS", "card", "features", "grid", "with_text"]

DESCRIPTIONS = {
    "articles": "one row per article: text as supplied, zones, sentences, rights",
    "entities": "one row per article: its entity mentions",
    "entity_index": "one row per entity of the whole corpus",
    "events": "one row per event mention with its arguments and attributes",
    "event_instances": "one row per event instance of the whole corpus",
    "times": "one row per time expression",
    "duplicates": "one row per pair of articles",
    "passages": "one row per pair of aligned spans",
}

_DEFAULT_PROSE = """# {{title}}

Version {{version}}, digest `{{digest}}`.

{{configs}}

{{labels}}

{{rights}}

{{annotators}}

Annotations: {{licence}}. Canary: `{{canary}}`.
"""

_NOTICE = """> **Text-free release.** The texts, and everything copied from them, are left out and null here: texts, headlines,
> mentions, triggers, arguments, time expressions, aligned spans. Offsets, lengths and SHA-256 sums are complete, and
> scoring needs no text. Whoever has the texts puts them back with `goldwire hydrate DIR --texts FOLDER`; the data is
> then the same, digest for digest, as in the release with texts.

"""


def card(
    corpus: Mapping[str, Any],
    tables: Mapping[str, pa.Table],
    manifest: Mapping[str, Any],
    prose: str | None,
    agreement: Sequence[Agreement] = (),
    decisions: Sequence[Mapping[str, Any]] = (),
) -> str:
    """README.md of the dataset. ``prose`` is the corpus's card.md; ``{{name}}`` in it stands for a generated part.

    tables: as they are shipped. agreement: figures of the kept passes; decisions: the lines of
    passes/adjudication.jsonl.
    """
    parts: dict[str, Callable[[], str]] = {
        "title": lambda: str(corpus["title"]),
        "version": lambda: str(corpus["version"]),
        "digest": lambda: str(manifest["digest"]),
        "licence": lambda: str(corpus["annotation_licence"]),
        "citation": lambda: citation(corpus, str(manifest["digest"])),
        "canary": lambda: str(corpus["canary"]),
        "configs": lambda: grid(
            ["config", "rows", "what a row is"],
            [[f"`{n}`", len(t), DESCRIPTIONS[n].removeprefix("one row per ")] for n, t in tables.items()],
        ),
        "articles": lambda: _articles(tables["articles"]),
        "labels": lambda: _labels(tables),
        "pairs": lambda: _pairs(tables["duplicates"]),
        "pictures": lambda: _pictures(tables["articles"]),
        "rights": lambda: _rights(tables["articles"]),
        "agreement": lambda: _agreement(agreement),
        "adjudication": lambda: _adjudication(decisions),
        "annotators": lambda: grid(
            ["annotator", "kind", "role"], [[a["name"], a["kind"], a["role"]] for a in corpus["annotators"]]
        ),
    }
    body = re.sub(
        r"\{\{(\w+)\}\}", lambda m: parts[m[1]]() if m[1] in parts else m[0], prose if prose else _DEFAULT_PROSE
    )
    notice = _NOTICE if is_withheld(manifest) else ""
    return f"---\n{_yaml(corpus, tables, manifest)}---\n\n{notice}{body.rstrip()}\n"


def with_text(
    shipped: str,
    before: Mapping[str, pa.Table],
    corpus: Mapping[str, Any],
    tables: Mapping[str, pa.Table],
    manifest: Mapping[str, Any],
) -> str:
    """The card of a text-free release (its text, and its tables ``before``) as the release with texts has it."""
    body = shipped.split("---\n\n", 1)[-1].removeprefix(_NOTICE)
    for part in (_articles, _pictures):
        body = body.replace(part(before["articles"]), part(tables["articles"]))
    return f"---\n{_yaml(corpus, tables, manifest)}---\n\n{body}"


def _yaml(corpus: Mapping[str, Any], tables: Mapping[str, pa.Table], manifest: Mapping[str, Any]) -> str:
    lines = [
        f"pretty_name: {json.dumps(corpus['title'])}",
        f"language: [{corpus['language']}]",
        "license: other",
        "license_name: annotations-cc-by-4.0-texts-by-their-publishers",
        "task_categories: [token-classification, text-classification]",
        "tags: [evaluation, information-extraction, coreference-resolution, event-extraction, deduplication, text-reuse]",
        "size_categories: [n<1K]",
        "configs:",
    ]
    for i, (name, entry) in enumerate(manifest["configs"].items()):
        # The digest stands in the description because `datasets` keys its cache of a local folder by this YAML, not by
        # the data: without it rebuilt data would be answered with the rows of the build before.
        lines += [
            f"- config_name: {name}",
            *(["  default: true"] if i == 0 else []),
            f"  version: {corpus['version']}",
            f"  description: {json.dumps(DESCRIPTIONS[name] + '; digest ' + entry['digest'])}",
            "  data_files:",
            "  - split: test",
            f"    path: {entry['file']}",
        ]
    lines.append("dataset_info:")
    for name, table in tables.items():
        lines += [
            f"- config_name: {name}",
            "  features:",
            *features(table.schema, "  "),
            "  splits:",
            "  - name: test",
        ]
        lines += [f"    num_bytes: {table.nbytes}", f"    num_examples: {len(table)}"]
    return "\n".join(lines) + "\n"


def features(fields: Any, indent: str) -> list[str]:
    """The YAML form `datasets` gives features."""
    lines = []
    for field in fields:
        lines.append(f"{indent}- name: {field.name}")
        if not pa.types.is_list(field.type):
            lines.append(f"{indent}  dtype: {_dtype(field.type)}")
        elif pa.types.is_struct(field.type.value_type):
            lines.append(f"{indent}  list:")
            lines += features(list(field.type.value_type), indent + "  ")
        else:
            lines.append(f"{indent}  list: {_dtype(field.type.value_type)}")
    return lines


def _dtype(kind: pa.DataType) -> str:
    return {"double": "float64"}.get(str(kind), str(kind))


def grid(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table."""

    def cell(value: Any) -> str:
        return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")

    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows])


def _agreement(figures: Sequence[Agreement]) -> str:
    rows = [
        [f.layer, f.figure, "undefined" if f.value is None else f"{f.value:.3f}", f.a, f.b, f.both] for f in figures
    ]
    return grid(["layer", "figure", "value", "items in A", "in B", "in common"], rows)


def _adjudication(decisions: Sequence[Mapping[str, Any]]) -> str:
    meaning = {"a": "pass A", "b": "pass B", "both": "both passes, against the first gold", "neither": "neither pass"}
    counts = Counter((row["layer"], row["decision"]) for row in decisions)
    layers = sorted({layer for layer, _ in counts})
    rows = [[layer, *(counts[layer, name] or "" for name in meaning)] for layer in layers]
    return grid(["layer", *meaning.values()], rows)


def _articles(articles: pa.Table) -> str:
    rows = [
        [
            f"`{a['doc_id']}`",
            a["headline"] or ("(none)" if a["text"] is not None else ""),
            a["published"] or "not stated",
            a["length"],
            len(a["sentences"]),
        ]
        for a in articles.to_pylist()
    ]
    return grid(["article", "headline", "published", "code points", "sentences"], rows)


def _pictures(articles: pa.Table) -> str:
    rows = articles.select(["doc_id", "headline", "text"]).to_pylist()
    if any(row["text"] is None for row in rows):
        return "Left out of the text-free release, because they show the texts."
    return "\n".join(f"- [{row['headline'] or row['doc_id']}](pictures/{row['doc_id']}.html)" for row in rows)


def _rights(articles: pa.Table) -> str:
    rows = [
        [f"`{a['doc_id']}`", a["rights_holder"], a["rights_evidence"], a["text_licence"] or "none granted",
         a["annotation_licence"]]
        for a in articles.to_pylist()
    ]  # fmt: skip
    return grid(
        ["article", "rights holder of the text", "evidence", "licence of the text", "licence of the annotation"], rows
    )


def _labels(tables: Mapping[str, pa.Table]) -> str:
    mentions = [m for row in tables["entities"].to_pylist() for m in row["mentions"]]
    entities, events = tables["entity_index"].to_pylist(), tables["events"].to_pylist()
    instances, passages = tables["event_instances"].to_pylist(), tables["passages"].to_pylist()
    spread = sum(len(row["doc_ids"]) > 1 for row in instances)
    shared = sum(len(row["doc_ids"]) > 1 for row in entities)
    facts = [
        f"{len(mentions)} entity mentions of {len(entities)} entities ({shared} of them in more than one article), "
        f"{len(events)} event mentions of {len(instances)} instances ({spread} of them in more than one article), "
        f"{sum(len(row['arguments']) for row in events)} arguments, {len(tables['times'])} time expressions, "
        f"{len(tables['duplicates'])} article pairs, {len(passages)} passage pairs.",
        "Entity mentions by type and level:",
        _cross(mentions, "type", "level"),
        "Event mentions by type and realis:",
        _cross(events, "type", "realis"),
        "Passage pairs by relation and basis:",
        _cross(passages, "relation", "basis"),
    ]
    return "\n\n".join(facts)


def _cross(rows: Sequence[Mapping[str, Any]], down: str, across: str) -> str:
    counts = Counter((row[down], row[across]) for row in rows)
    columns = sorted({key[1] for key in counts})
    names = sorted({key[0] for key in counts}, key=lambda name: (-sum(counts[name, c] for c in columns), name))
    body = [[name, *(counts[name, c] or "" for c in columns), sum(counts[name, c] for c in columns)] for name in names]
    return grid([down, *columns, "all"], body)


def _pairs(duplicates: pa.Table) -> str:
    rows = [
        [row["a"][:3], row["b"][:3], f"{row['reuse_a']} ({row['coverage_a']:.2f})",
         f"{row['reuse_b']} ({row['coverage_b']:.2f})", row["story"], row["provenance"]]
        for row in duplicates.to_pylist()
    ]  # fmt: skip
    return grid(["a", "b", "of a in b", "of b in a", "story", "provenance"], rows)
