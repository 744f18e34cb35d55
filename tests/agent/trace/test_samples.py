"""A trace of each version of the format, as it was once written, is still read.

A sample is never changed: with a new format a new one comes. Written by `small_run` of that time.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest

from trueclick.agent.events import Acted, Ended, Event
from trueclick.agent.trace import read_trace, resumed, story_of
from trueclick.agent.trace.layout import FORMAT
from trueclick.agent.usage import Usage
from trueclick.geometry import Box, Point

from .told import STARTED

SAMPLES = Path(__file__).parent / "samples"


def test_there_is_a_sample_of_each_format() -> None:
    names = sorted(folder.name for folder in SAMPLES.iterdir())
    assert names == [f"format-{number}" for number in range(1, FORMAT + 1)]


@pytest.mark.parametrize("folder", sorted(SAMPLES.iterdir()), ids=lambda folder: folder.name)
def test_a_trace_of_any_format_is_read(folder: Path) -> None:
    trace = read_trace(folder)
    assert trace.settings.task == "Press Save"
    assert len(trace.messages) == 6
    assert (trace.turns, trace.actions) == (3, 3 if folder.name == "format-1" else 4)
    assert trace.usage == Usage(3000, 12000, 600, 300)
    assert trace.usd == Decimal("0.0369")
    assert trace.result is not None
    assert trace.result.status == "done"
    assert isinstance(trace.events[-1], Ended)
    assert trace.began.year == 2026
    going_on = resumed(trace, STARTED)
    assert going_on.messages[:-1] == trace.messages


def test_what_the_oldest_lines_lack_is_unknown() -> None:
    trace = read_trace(SAMPLES / "format-1")
    assert trace.settings.captured is None
    outcomes = [event.outcome for event in trace.events if isinstance(event, Acted)]
    assert {outcome.seen.windows for outcome in outcomes if outcome.seen} == {None}
    assert {(outcome.start, outcome.settle_s) for outcome in outcomes} == {(None, None)}


def test_the_newest_sample_holds_every_kind_of_event_and_is_told_step_by_step() -> None:
    trace = read_trace(SAMPLES / f"format-{FORMAT}")
    assert {type(event) for event in trace.events} == set(get_args(Event))
    _, click, typing, drag, _ = story_of(trace).steps
    assert click.asked is not None
    assert click.asked.by == "person"
    assert typing.before is not None
    assert drag.before is not None
    assert drag.before.hidden == (Box(9, 9, 12, 12),)
    assert (drag.start, drag.landed) == (Point(1, 2), Point(30, 20))
