"""Traces to export: by hand, with whatever words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from trueclick.agent.events import Acted, Added, Event, Said, Started
from trueclick.agent.outcome import Outcome, Seen
from trueclick.agent.trace import TraceWriter, read_trace
from trueclick.agent.trace.story import Story, story_of
from trueclick.capture import EncodedImage, Screenshot, encode
from trueclick.geometry import Box, Point, Screen, Size

from ..trace.told import STARTED, TASK, answered, ended

Call = tuple[str, dict[str, Any]] | tuple[str, dict[str, Any], str]
"""A member, its values, and why it was refused if it was."""

SIZE = Size[Any](640, 400)


def screen(shade: int = 60) -> EncodedImage:
    """A screenshot of one grey."""
    return encode(Screenshot(np.full((SIZE.height, SIZE.width, 4), shade, np.uint8)))


def started(task: str = "Press Save", **changed: Any) -> Started:
    """The start of a run on a small display."""
    box = Box[Screen](0, 0, SIZE.width, SIZE.height)
    start = replace(STARTED, task=task, screen=box, screenshot=SIZE, captured=SIZE)
    return replace(start, **changed)


def turn(number: int, said: str, *calls: Call) -> list[Event]:
    """What a turn of these calls tells, each screenshot another grey."""
    told: list[Event] = [answered(number), Said(number, said)] if said else [answered(number)]
    for index, (member, values, *error) in enumerate(calls):
        outcome = Outcome()
        if not error and member in {"screenshot", "zoom"}:
            picture = screen(20 + (number * 37 + index * 11) % 200)
            outcome = Outcome(picture=picture, seen=Seen(None, still=True))
        elif not error and "coordinate" in values:
            outcome = Outcome(landed=Point[Screen](*values["coordinate"]))
        why = error[0] if error else None
        told.append(Acted(member, values, outcome, 0.1, why, f"call{number}_{index}"))
    return told


def story(folder: Path, told: Sequence[Event], *, start: Started | None = None) -> Story:
    """The story of a run that tells this."""
    with TraceWriter(folder) as writer:
        for event in [start or started(), Added(TASK), *told, ended(folder)]:
            writer(event)
    return story_of(read_trace(folder))
