"""Answers that no client should trip over: what a model may say when it errs."""

from __future__ import annotations

from collections.abc import Mapping

from .turns import FAMILY, Turn, calls, says

_CLICK = {"coordinate": [1, 1]}


def _spelled(given: str) -> Turn:
    """A click whose input is spelled like this."""
    block = {"type": "tool_use", "name": "left_click", "toolset_name": FAMILY, "input": given}
    return Turn([block], "tool_use")


MALFORMED: Mapping[str, Turn] = {
    "an empty answer": says(""),
    "an unknown member": calls(("fly", {})),
    "an input that lacks a field": calls(("left_click", {})),
    "an input with a field too many": calls(("left_click", {**_CLICK, "hard": True})),
    "an input of another type": calls(("left_click", {"coordinate": "1, 1"})),
    "another toolset's name": Turn(
        [{"type": "tool_use", "name": "left_click", "toolset_name": "browser", "input": _CLICK}],
        "tool_use",
    ),
    "no toolset's name": Turn(
        [{"type": "tool_use", "name": "left_click", "input": _CLICK}], "tool_use"
    ),
    "an input that is no JSON": _spelled('{"coordinate": oops}'),
    "an input that breaks off": _spelled('{"coordinate": [1, 1'),
    "calls that the reason to stop denies": Turn(calls(("screenshot", {})).content, "end_turn"),
    "a reason to stop without calls": says("I click.", "tool_use"),
    "an unknown reason to stop": says("Hm.", "something_new"),
}
"""One turn for each, by what is wrong with it."""
