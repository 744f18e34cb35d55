"""The results of a suite as JUnit's XML: a test suite for each cell, a test case for each task.

Earlier attempts of a task that passed late stand as `flakyFailure` and `flakyError`, those of one
that never passed as `rerunFailure` and `rerunError`. Sources: the schema of Jenkins's xUnit plugin
(`junit-10.xsd`) and that of Maven's Surefire, read on 2026-11-21.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath

from ..junit_xml import xml_file, xml_line, xml_text
from .overview import Overview, Row
from .results import Attempt


def junit(overview: Overview) -> bytes:
    """The report, as the content of a file."""
    root = ET.Element("testsuites", {"name": xml_line(overview.name)})
    for cell in dict.fromkeys(row.task.cell for row in overview.rows):
        rows = [row for row in overview.rows if row.task.cell == cell]
        suite = ET.SubElement(root, "testsuite", _about(overview, cell, rows))
        properties = ET.SubElement(suite, "properties")
        for part in cell:
            name, _, value = part.partition(" ")
            ET.SubElement(properties, "property", {"name": name, "value": xml_line(value)})
        suite.extend(_case(overview.name, row) for row in rows)
    totals = [suite.attrib for suite in root]
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(total[name]) for total in totals)))
    root.set("time", f"{overview.seconds:.3f}")
    return xml_file(root)


def _about(overview: Overview, cell: Sequence[str], rows: Sequence[Row]) -> dict[str, str]:
    kinds = [_kind(row) for row in rows]
    name = f"{overview.name} [{', '.join(cell)}]" if cell else overview.name
    return {
        "name": xml_line(name),
        "tests": str(len(rows)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "skipped": str(kinds.count("skipped")),
        "time": f"{sum(row.result.seconds for row in rows):.3f}",
        "timestamp": datetime.fromtimestamp(overview.began_s, UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "hostname": "localhost",
    }


def _kind(row: Row) -> str:
    match row.result.verdict:
        case "passed" | "flaky":
            return ""
        case "skipped" | "not run":
            return "skipped"
        case "failed":
            return "failure"
        case _:
            return "error"


def _case(suite: str, row: Row) -> ET.Element:
    result = row.result
    about = {"classname": xml_line(suite), "name": xml_line(row.task.title)}
    case = ET.Element("testcase", {**about, "time": f"{result.seconds:.3f}"})
    kind = _kind(row)
    attempts = list(result.attempts)
    if kind == "skipped":
        ET.SubElement(case, "skipped", {"message": xml_line(result.reason)})
    elif kind:
        told = attempts.pop() if attempts else None
        _because(case, kind, told, result.verdict, result.reason)
    again = "flaky" if result.verdict == "flaky" else "rerun"
    for attempt in attempts:
        if attempt.ending != "passed":
            word = "Failure" if attempt.ending == "failed" else "Error"
            _because(case, f"{again}{word}", attempt, attempt.ending, "")
    said = [*result.notes]
    for number, attempt in enumerate(result.attempts, start=1):
        said += [f"attempt {number}: {note}" for note in attempt.notes]
        if attempt.report is not None:
            folder = PurePosixPath(row.folder, f"attempt-{number}")
            said.append(f"attempt {number}: report: {folder / attempt.report}")
    if said:
        ET.SubElement(case, "system-out").text = xml_text("\n".join(said))
    return case


def _because(case: ET.Element, tag: str, attempt: Attempt | None, kind: str, instead: str) -> None:
    reasons = attempt.reasons if attempt is not None else (instead,)
    first = reasons[0].partition("\n")[0] if reasons else kind
    told = ET.SubElement(case, tag, {"type": kind, "message": xml_line(first)})
    told.text = xml_text("\n".join(reasons))
