"""Results in the formats of others: `.eval_results` files of model repositories, and Every Eval Ever records.

`.eval_results/*.yaml` as huggingface_hub 2.4 reads it (``parse_eval_result_entries``): one entry a task. Every Eval
Ever as its schema 0.3.0 has it.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

from goldwire._version import __version__
from goldwire.measures import parse_name
from goldwire.measures.core import Measure
from goldwire.report.terminal import leading, shown, visible
from goldwire.results import Result, Value, interval_method

__all__ = ["EVERY_EVAL_EVER", "eval_results", "every_eval_ever", "file_name"]

EVERY_EVAL_EVER = "0.3.0"
"""Version of the schema the records are written for."""

_NAMESPACE = uuid.UUID("7b0dd5a5-5a0b-4d0e-9a0f-2f9d5a3c1e60")


def eval_results(result: Result, task: str, *, dataset: str) -> str | None:
    """The `.eval_results` file of one task: its leading measure; None where that is undefined.

    dataset: id of the gold's dataset on a hub.
    """
    measure = leading(task)
    value = result.values.get(measure)
    if value is None or value.value is None:
        return None
    percent = f"{100 * result.level:g} % interval"
    interval = "" if value.low is None else f", {percent} [{shown(measure, value.low)}, {shown(measure, value.high)}]"
    lines = ["- dataset:", f"    id: {_quoted(dataset)}", f"    task_id: {_quoted(task)}"]
    if result.gold["version"]:
        lines.append(f"    revision: {_quoted('v' + str(result.gold['version']))}")
    notes = f"{measure}{interval}, n = {len(result.counts[task].units)}; {result.signature}"
    return "\n".join([*lines, f"  value: {round(value.value, 6)}", f"  notes: {_quoted(notes)}"]) + "\n"


def every_eval_ever(
    result: Result, *, organisation: str, retrieved: str, dataset: str | None = None
) -> tuple[str, dict[str, Any]]:
    """Path below a datastore's root, and the record: every defined value of a result.

    organisation: who provides the figures. retrieved: Unix time as text, when the record is made. dataset: id of the
    gold's dataset on a hub, if it is on one. The file's UUID depends on the system, the gold and the signature alone.
    """
    system, gold = str(result.system["name"]), result.gold
    version = result.system.get("version")
    identity = f"{system}@{version or ''}|{gold['digest']}|{result.signature}"
    name = f"{gold['name']}{'@' + gold['version'] if gold['version'] else ''}"
    source: dict[str, Any] = {"dataset_name": name, "source_type": "other"}
    if dataset is not None:
        source = {"dataset_name": name, "source_type": "hf_dataset", "hf_repo": dataset, "hf_split": "test"}
    if gold["digest"]:
        source["additional_details"] = {"digest": str(gold["digest"])}
    record = {
        "schema_version": EVERY_EVAL_EVER,
        "evaluation_id": f"goldwire/{file_name(system)}/{_uuid(identity)}",
        "retrieved_timestamp": retrieved,
        "source_metadata": {
            "source_name": "Goldwire",
            "source_type": "evaluation_run",
            "source_organization_name": organisation,
            "evaluator_relationship": "other",
            "additional_details": {"signature": result.signature},
        },
        "eval_library": {"name": "goldwire", "version": __version__},
        "model_info": {
            "name": system,
            "id": file_name(system),
            "additional_details": {
                "deployment_type": "unknown",
                "model_availability": "unknown",
                **({"version": str(version)} if version else {}),
            },
        },
        "evaluation_results": [
            _entry(result, measure, value, source)
            for measure, value in result.values.items()
            if value.value is not None
        ],
    }
    path = f"data/goldwire-{file_name(str(gold['name']))}/{file_name(organisation)}/{file_name(system)}/{_uuid(identity)}.json"
    return path, record


def file_name(text: str) -> str:
    """A portable file name made from any text."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._ ")[:80] or "unnamed"
    reserved = {"CON", "PRN", "AUX", "NUL", "DATA", *(f"{port}{i}" for port in ("COM", "LPT") for i in range(1, 10))}
    return f"x-{name}" if name.split(".")[0].upper() in reserved else name


def _entry(result: Result, name: str, value: Value, source: Mapping[str, Any]) -> dict[str, Any]:
    """One value with its scale and its interval."""
    measure, where = parse_name(name)
    low, high = measure.range
    task = measure.task
    score: dict[str, Any] = {"score": value.value}
    if value.numerator is not None and value.denominator is not None:
        score["details"] = {"numerator": repr(value.numerator), "denominator": repr(value.denominator)}
    if value.low is not None and value.high is not None:
        score["uncertainty"] = {
            "confidence_interval": {
                "lower": value.low,
                "upper": value.high,
                "confidence_level": result.level,
                "method": interval_method(measure),
            },
            "num_samples": len(result.counts[task].units),
        }
    return {
        "evaluation_result_id": name,
        "evaluation_name": f"goldwire.{task}",
        "source_data": dict(source),
        "metric_config": {
            "metric_id": f"goldwire.{measure.name}",
            "metric_name": name,
            "metric_kind": _kind(measure),
            "metric_unit": "proportion" if (low, high) == (0.0, 1.0) else "points",
            "evaluation_description": measure.formula or measure.name,
            "lower_is_better": measure.better == "lower",
            "score_type": "continuous",
            "min_score": _bound(low),
            "max_score": _bound(high),
            **({"metric_parameters": dict(where)} if where else {}),
        },
        "score_details": score,
    }


def _kind(measure: Measure) -> str:
    """The family of a measure by the last part of its name."""
    figure = measure.name.rpartition(".")[2]
    return figure if figure in ("precision", "recall", "f1", "accuracy") else measure.name.partition(".")[2]


def _bound(number: float) -> float | str:
    return ("Infinity" if number > 0 else "-Infinity") if number in (float("inf"), float("-inf")) else number


def _quoted(text: str) -> str:
    """A double-quoted scalar that JSON and YAML read alike."""
    return json.dumps(visible(text), ensure_ascii=False)


def _uuid(identity: str) -> str:
    """A version 4 UUID that depends on the text alone; the format allows no other version."""
    drawn = uuid.uuid5(_NAMESPACE, identity).bytes
    return str(uuid.UUID(bytes=drawn, version=4))
