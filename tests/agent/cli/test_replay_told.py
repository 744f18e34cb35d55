"""What `trueclick replay` says at the end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from trueclick.agent.cli.replay_total import Total
from trueclick.agent.replay.results import Mismatch, StepResult, StepStatus
from trueclick.agent.trace import read_trace, story_of

from ..replay.recording import recorded_once

ALL: Sequence[StepStatus] = ("same", "done", "done", "same", "done", "done", "same")


@pytest.fixture
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recorded_once(tmp_path_factory.getbasetemp())


def total(recorded: Path, statuses: Sequence[StepStatus]) -> Total:
    """What is said if the steps of the trace come to this."""
    story = story_of(read_trace(recorded))
    told = Total(story, "640x480")
    for step, status in zip(story.steps, statuses, strict=False):
        mismatch = Mismatch("screen", "it differs") if status == "different" else None
        told.add(StepResult(step, status, 0.1, mismatch), None)
    told.close()
    return told


def test_where_all_was_compared_nothing_more_is_said(recorded: Path) -> None:
    told = total(recorded, ALL)
    assert told.words.endswith("3 pictures as recorded")
    assert not told.further
    assert told.good


def test_what_was_not_compared_is_said(recorded: Path) -> None:
    told = total(recorded, (*ALL[:3], "unchecked", *ALL[4:]))
    assert told.words.endswith("2 pictures as recorded, 1 not checked")
    assert told.fields["unchecked"] == 1
    assert told.suite().properties["pictures_not_checked"] == "1"
    assert not told.further


def test_actions_that_no_picture_proves_are_said(recorded: Path) -> None:
    told = total(recorded, (*ALL[:-1], "unchecked"))
    assert told.further == (
        "step 5 was done and not checked: no picture was recorded after it at rest",
    )
    assert told.fields["unproved"] == [5]
    assert told.suite().properties["steps_not_checked"] == "5"
    told = total(recorded, ("unchecked", "done", "done", "unchecked", "done", "done", "unchecked"))
    assert "no picture compared, 3 not checked" in told.words
    assert told.further[0].startswith("steps 2 to 5 were done and not checked")


def test_a_difference_is_said_with_what_can_be_done(recorded: Path) -> None:
    told = total(recorded, (*ALL[:3], "different"))
    assert not told.good
    assert told.words.startswith("different: step 4, after ")
    assert told.words.endswith("; 3 steps not done")
    update, heal, mask = told.further
    assert update == "if that is right now: the same command with --update"
    assert "--heal MODEL" in heal
    assert "--mask X0,Y0,X1,Y1" in mask
    told.size = "800x600"  # on which nothing can be taken over
    assert told.further == (mask,)
