"""A replay as JUnit's XML, which every continuous integration shows.

A test suite for the trace, a test case for each step. Source: the schema of Jenkins's xUnit plugin
(`junit-10.xsd`), read on 2026-11-21.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ..junit_xml import xml_file, xml_line, xml_text
from ..trace.story import Step
from .results import StepResult

_PASSED_BY = {
    "skipped": "it did nothing when it was recorded",
    "unchecked": "not checked: the screen was changing when it was recorded, and shows something "
    "else now",
    "accepted": "the screen was not as recorded, and its new picture was accepted",
}


@dataclass(frozen=True, slots=True)
class Suite:
    """What a report says of the whole replay.

    Attributes:
        name: of the suite.
        steps: all that were recorded.
        results: of those that were come to.
        titles: a line on each step.
        files: for the number of a step, the pictures that show what differed.
        began: when.
        seconds: how long it took.
        properties: what else is to be known.
        stopped: why it was not done to its end, if by anything but a difference.
        healed: what became of a difference, if it does not count any more.
    """

    name: str
    steps: Sequence[Step]
    results: Sequence[StepResult]
    titles: Sequence[str]
    files: Mapping[int, Sequence[str]]
    began: datetime
    seconds: float
    properties: Mapping[str, str]
    stopped: str | None = None
    healed: str | None = None


def junit(suite: Suite) -> bytes:
    """The report, as the content of a file."""
    done = {result.step.number: result for result in suite.results}
    cases = [_case(suite, step, done.get(step.number)) for step in suite.steps]
    if suite.stopped is not None and cases:
        _stopped_at(cases[min(len(done), len(cases) - 1)], suite.stopped)
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": str(sum(case.find("error") is not None for case in cases)),
        "skipped": str(sum(case.find("skipped") is not None for case in cases)),
        "time": f"{suite.seconds:.3f}",
    }
    root = ET.Element("testsuites", {"name": "trueclick replay", **counts})
    del root.attrib["skipped"]  # which the schema has for a suite alone
    began = suite.began.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    about = {"name": xml_line(suite.name), **counts, "timestamp": began, "hostname": "localhost"}
    inner = ET.SubElement(root, "testsuite", about)
    properties = ET.SubElement(inner, "properties")
    for name, value in suite.properties.items():
        ET.SubElement(properties, "property", {"name": name, "value": xml_line(value)})
    inner.extend(cases)
    if suite.stopped is not None:
        said = ET.SubElement(inner, "system-err")
        said.text = xml_text(suite.stopped)
    return xml_file(root)


def _case(suite: Suite, step: Step, result: StepResult | None) -> ET.Element:
    seconds = 0.0 if result is None else result.seconds
    case = ET.Element(
        "testcase",
        {
            "classname": xml_line(f"turn {step.turn}"),
            "name": xml_line(f"{step.number:03} {suite.titles[step.number - 1]}"),
            "time": f"{seconds:.3f}",
        },
    )
    if result is None:
        why = suite.stopped or suite.healed or "the replay had stopped at an earlier step"
        ET.SubElement(case, "skipped", {"message": xml_line(why)})
    elif result.mismatch is not None and result.status == "different":
        first, _, rest = result.mismatch.text.partition("\n")
        if suite.healed is not None:
            ET.SubElement(case, "skipped", {"message": xml_line(f"{first}: {suite.healed}")})
            return case
        failure = ET.SubElement(
            case, "failure", {"type": result.mismatch.kind, "message": xml_line(first)}
        )
        failure.text = xml_text(
            "\n".join([first, *filter(None, [rest]), *suite.files.get(step.number, ())])
        )
    elif result.status in _PASSED_BY:
        ET.SubElement(case, "skipped", {"message": _PASSED_BY[result.status]})
    return case


def _stopped_at(case: ET.Element, why: str) -> None:
    """Mark the step at which it ended: a suite's own errors are shown by few."""
    for told in case.findall("skipped"):
        case.remove(told)
    error = ET.SubElement(case, "error", {"type": "stopped", "message": xml_line(why)})
    error.text = xml_text(why)
