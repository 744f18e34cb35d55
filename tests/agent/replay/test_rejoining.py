"""Where a replay can go on after a model has acted: decided on values."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from trueclick.agent.outcome import Outcome
from trueclick.agent.replay.expecting import Expected
from trueclick.agent.replay.judging import Judge
from trueclick.agent.replay.rejoining import Rejoining
from trueclick.agent.replay.stage import Stage
from trueclick.agent.trace import Trace, story_of
from trueclick.capture.compare import Comparison
from trueclick.geometry import Box, Image

LOOKS = (1, 4, 7)
"""The steps of the recorded note that are looks: before, when it is written, when it is saved."""


@pytest.mark.parametrize(
    ("due", "alike", "found"),
    [
        (1, {1}, 1),
        (1, {4}, 4),
        (4, {7}, 7),
        (5, {4}, 4),  # nothing has been done since that look
        (7, {1}, None),  # it would all be done a second time
        (1, {1, 7}, None),  # before or after?
        (1, set[int](), None),
    ],
)
def test_a_replay_goes_on_at_a_moment_that_looks_like_no_other(
    trace: Trace, due: int, alike: set[int], found: int | None
) -> None:
    story = story_of(trace)
    assert tuple(step.number for step in story.steps if step.member == "screenshot") == LOOKS
    images = {step.after.image for step in story.steps if step.number in alike and step.after}

    def compared(expected: Expected, *_: object) -> Comparison:
        same = expected.look.image in images
        return Comparison(same, () if same else (Box[Image](0, 0, 9, 9),))

    judge: Any = SimpleNamespace(looked=lambda *_, **__: None, compared=compared)
    desktop = SimpleNamespace(perform=lambda _: Outcome())
    stage: Any = SimpleNamespace(glance=lambda: None, desktop=desktop)
    rejoining = Rejoining(story, story.steps[due - 1], cast("Stage", stage), cast("Judge", judge))
    there = rejoining.found()
    assert (None if there is None else there.look.number) == found
