"""Try a system on three articles in seconds: are its records valid, do its offsets hold, how long does it take?

Says what to fix. Nothing is written. Exit code 1 when predictions like these would not be scored as they are.
"""

from __future__ import annotations

import argparse
import json

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    from goldwire.cli.run_verb import add_system

    add_system(parser)
    parser.add_argument("-f", "--format", choices=["text", "json"], default="text")


def run(options: argparse.Namespace) -> int:
    """Try the system and print what came of it."""
    from goldwire.cli.run_verb import settings_of
    from goldwire.report.terminal import visible
    from goldwire.running import try_out

    trial = try_out(options.system, options.gold, settings=settings_of(options.set), timeout=options.timeout)
    record, checked = trial.record, trial.record["checked"]
    if options.format == "json":
        data = {
            "record": record,
            "incidents": [incident.to_dict() for incident in trial.incidents],
            "advice": trial.advice,
        }
        print(json.dumps(data, ensure_ascii=False))
        return 0 if trial.fit else 1
    latency = record["latency"]
    rows = [
        ["system", f"{record['system']['name']}, version {record['system']['version']}"],
        ["articles", ", ".join(trial.doc_ids)],
        ["seconds", f"{record['seconds']:.2f}" + (f", {latency['mean']:.2f} an article" if latency else "")],
        ["items", ", ".join(f"{n} {layer}" for layer, n in checked["items"].items()) or "none"],
    ]
    if checked["grounding"]:
        rows.append(["strings", ", ".join(f"{n} {name}" for name, n in checked["grounding"].items())])
    if record["usage"]:
        rows.append(["used", ", ".join(f"{value:g} {name}" for name, value in sorted(record["usage"].items()))])
    rows += [["record", line] for line in trial.sample]
    for name, value in rows:
        print(visible(f"{name:<10}{value}"))
    shown = trial.incidents[:20]
    for incident in shown:
        print(visible(str(incident)))
    if len(trial.incidents) > len(shown):
        print(f"... and {len(trial.incidents) - len(shown)} more")
    print()
    for sentence in trial.advice:
        print(visible(f"- {sentence}"))
    print("fit to be run and scored" if trial.fit else "not fit to be scored yet")
    return 0 if trial.fit else 1
