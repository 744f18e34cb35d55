"""Words in braces that stand for what is known only when a task runs: `{artifacts}`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .mistakes import nearest

MEANINGS: Mapping[str, str] = {
    "artifacts": "a folder that is kept with the task's results",
    "height": "the display's, in pixels",
    "language": "the task's, such as de_DE.UTF-8; empty if none is set",
    "suite": "the folder of the suite's file",
    "tmp": "a folder that is gone after the task",
    "width": "the display's, in pixels",
}
"""Every placeholder, and what it stands for."""

_WORD = re.compile(r"\{([A-Za-z_]+)\}")


def mistakes(text: str) -> list[str]:
    """What is wrong with the placeholders of a text. Other braces are just braces."""
    unknown = [word for word in _WORD.findall(text) if word not in MEANINGS]
    return [f"unknown placeholder {{{word}}}{nearest(word, MEANINGS)}" for word in unknown]


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with all its placeholders filled in, once: nothing in a value is one."""
    return _WORD.sub(lambda found: values.get(found[1], found[0]), text)
