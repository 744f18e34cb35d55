"""Two clicks, one of a replay and one beside it, are no double click."""

from __future__ import annotations

from pathlib import Path

import pytest

from trueclick.agent.qa.rests import Rests
from trueclick.agent.replay.results import StepResult
from trueclick.agent.testing import calls, says
from trueclick.agent.trace import Story, TraceWriter, read_trace, story_of
from trueclick.geometry import Point, Screen

from ..replay.recording import LOOK
from ..trace.told import small_run
from .agents import stand


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """A run whose first press is of the left button."""
    with TraceWriter(tmp_path / "run") as writer:
        for event in small_run(None):
            writer(event)
    return story_of(read_trace(tmp_path / "run"))


class Sleeper:
    """A clock that stands still but for the rests."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds

    def rests(self, pointer: Point[Screen]) -> Rests:
        return Rests(lambda: pointer, lambda: self.now, self.sleep)


def test_a_first_click_where_the_pointer_is_waits(story: Story) -> None:
    first = next(step for step in story.steps if step.member in {"left_click", "double_click"})
    assert first.landed is not None
    sleeper = Sleeper()
    sleeper.rests(first.landed).before(story.steps)
    sleeper.rests(Point(first.landed.x + 50, first.landed.y)).before(story.steps)
    assert sleeper.slept == [0.9]


def test_after_a_click_the_next_one_is_apart(story: Story) -> None:
    sleeper = Sleeper()
    rests = sleeper.rests(Point(0, 0))
    rests.end()
    assert sleeper.slept == []
    for step in story.steps:
        if step.member == "left_click":
            rests.after(StepResult(step, "done", 0.1))
            sleeper.now += 0.2
            break
    rests.end()
    assert sleeper.slept == [0.4]
    rests.end()
    assert sleeper.slept == [0.4]


@pytest.mark.slow
def test_the_same_click_in_two_tasks_stays_two_clicks(tmp_path: Path) -> None:
    # A double click would choose the word that was typed, and the text would take its place.
    place = {"coordinate": [130, 125]}
    script = [
        calls(LOOK, ("left_click", place), ("type", {"text": "Ada"})),
        says("Typed."),
        calls(LOOK, ("left_click", place)),
        says("Clicked."),
        calls(LOOK, ("left_click", place), ("type", {"text": "!"})),
        calls(("left_click", {"coordinate": [180, 220]})),
        says("Saved."),
    ]
    texts: list[str] = []
    for offline in (False, True, True):
        with stand(tmp_path, [] if offline else script, offline=offline) as one:
            for task in ("Type it.", "Click it.", "Add to it."):
                one.agent.do(task)
            texts.append(one.out.read_text())
    assert texts[0] == texts[1] == texts[2]
    assert len(texts[0]) == 4
