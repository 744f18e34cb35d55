"""What every JUnit report here has in common: texts of others in it, and the file that it becomes.

Source: the schema of Jenkins's xUnit plugin (`junit-10.xsd`), read on 2026-11-21.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML can hold, not even escaped."""

_LINE_ENDS = re.compile("[\t\n\r]+")


def xml_text(text: str) -> str:
    """A text that an element can hold, with a mark in the place of what no XML can."""
    return _NOT_XML.sub("\ufffd", text)


def xml_line(text: str) -> str:
    """The same for an attribute: in one line, for readers make spaces of its ends anyway."""
    return xml_text(_LINE_ENDS.sub(" ", text))


def xml_file(root: ET.Element) -> bytes:
    """A report, as the content of a file."""
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"
