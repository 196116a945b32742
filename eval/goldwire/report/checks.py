"""What a build server reads: every reported number as a test case, thresholds and incidents as failures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from goldwire.incidents import Incident
from goldwire.report.terminal import visible

__all__ = ["Check", "github_text", "junit_text"]


@dataclass(frozen=True)
class Check:
    """One thing a build depends on or wants to show.

    suite: system; name: measure; value: as people read it; failure: why the build should stop, None if it need not.
    """

    suite: str
    name: str
    value: str
    failure: str | None = None


def junit_text(checks: Sequence[Check]) -> str:
    """JUnit XML: a test suite a system, a test case a number."""
    root = ElementTree.Element("testsuites", name="goldwire", tests=str(len(checks)), failures=str(_failed(checks)))
    for suite in dict.fromkeys(check.suite for check in checks):
        own = [check for check in checks if check.suite == suite]
        at = ElementTree.SubElement(
            root, "testsuite", name=visible(suite), tests=str(len(own)), failures=str(_failed(own))
        )
        for check in own:
            case = ElementTree.SubElement(at, "testcase", classname=visible(suite), name=visible(check.name))
            if check.failure is not None:
                ElementTree.SubElement(case, "failure", message=visible(check.failure)).text = visible(check.failure)
            ElementTree.SubElement(case, "system-out").text = visible(check.value)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def github_text(checks: Sequence[Check], incidents: Sequence[Incident] = ()) -> str:
    """Workflow commands of GitHub Actions: errors and warnings at file and line, one notice a system."""
    lines = []
    for incident in incidents:
        kind = "error" if incident.severity == "error" else "warning"
        place = f" file={_property(incident.path)},line={incident.line or 1}"
        lines.append(f"::{kind}{place},title={_property(incident.rule)}::{_message(str(incident))}")
    for check in checks:
        if check.failure is not None:
            lines.append(f"::error title={_property(f'{check.suite}: {check.name}')}::{_message(check.failure)}")
    for suite in dict.fromkeys(check.suite for check in checks):
        values = ", ".join(f"{check.name} {check.value}" for check in checks if check.suite == suite)
        lines.append(f"::notice title={_property(suite)}::{_message(values)}")
    return "".join(f"{line}\n" for line in lines)


def _failed(checks: Sequence[Check]) -> int:
    return sum(check.failure is not None for check in checks)


def _message(text: str) -> str:
    """Data of a workflow command: its line ends where ours does."""
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
