"""Verdicts as JUnit's XML: a test case for each claim about each group of pictures.

Source: the schema of Jenkins's xUnit plugin (`junit-10.xsd`), read on 2026-11-21.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass

from ..junit_xml import xml_file, xml_line, xml_text


@dataclass(frozen=True, slots=True)
class Case:
    """A claim and what became of it.

    Attributes:
        claim: what was said.
        about: the pictures it was said of.
        holds: whether it holds; `None` if there is no verdict.
        text: why, with what else there is to say.
        seconds: how long it took.
    """

    claim: str
    about: str
    holds: bool | None
    text: str
    seconds: float = 0.0


def junit(cases: Sequence[Case]) -> bytes:
    """The report, as the content of a file."""
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(case.holds is False for case in cases)),
        "errors": str(sum(case.holds is None for case in cases)),
        "time": f"{sum(case.seconds for case in cases):.3f}",
    }
    root = ET.Element("testsuites", {"name": "trueclick check", **counts})
    suite = ET.SubElement(root, "testsuite", {"name": "trueclick check", **counts})
    for case in cases:
        names = {"classname": xml_line(case.about), "name": xml_line(case.claim)}
        made = ET.SubElement(suite, "testcase", {**names, "time": f"{case.seconds:.3f}"})
        if case.holds is not True:
            kind = "error" if case.holds is None else "failure"
            about = {"type": "no verdict" if case.holds is None else "does not hold"}
            first = case.text.partition("\n")[0]
            ET.SubElement(made, kind, {**about, "message": xml_line(first)}).text = xml_text(
                case.text
            )
        elif case.text:
            ET.SubElement(made, "system-out").text = xml_text(case.text)
    return xml_file(root)
