"""A trace of each version of the format, as it was once written, is still read.

A sample is never changed: with a new format a new one comes. Written by `small_run` of that time.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from trueclick.agent.events import Ended
from trueclick.agent.trace import read_trace, resumed
from trueclick.agent.trace.layout import FORMAT
from trueclick.agent.usage import Usage

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
    assert (trace.turns, trace.actions) == (3, 3)
    assert trace.usage == Usage(3000, 12000, 600, 300)
    assert trace.usd == Decimal("0.0369")
    assert trace.result is not None
    assert trace.result.status == "done"
    assert isinstance(trace.events[-1], Ended)
    assert trace.began.year == 2026
    going_on = resumed(trace, STARTED)
    assert going_on.messages[:-1] == trace.messages
