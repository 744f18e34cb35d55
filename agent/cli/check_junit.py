"""Verdicts as JUnit's XML: a test case for each claim about each group of pictures.

Source: the schema of Jenkins's xUnit plugin (`junit-10.xsd`), read on 2026-11-21.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML can hold, not even escaped."""

_LINES = re.compile("[\t\n\r]+")


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
        names = {"classname": _line(case.about), "name": _line(case.claim)}
        made = ET.SubElement(suite, "testcase", {**names, "time": f"{case.seconds:.3f}"})
        if case.holds is not True:
            kind = "error" if case.holds is None else "failure"
            about = {"type": "no verdict" if case.holds is None else "does not hold"}
            first = case.text.partition("\n")[0]
            ET.SubElement(made, kind, {**about, "message": _line(first)}).text = _text(case.text)
        elif case.text:
            ET.SubElement(made, "system-out").text = _text(case.text)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _line(text: str) -> str:
    return _text(_LINES.sub(" ", text))
