"""Recordings of a program that has changed a little: a model helps over that, and no further."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from trueclick.agent import Budget
from trueclick.agent.qa.errors import ExpectationError
from trueclick.agent.testing import Turn, calls, says, uses

from ..replay.recording import BUTTON, FIELD, LOOK, SCRIPT
from .agents import TASK, files, stand

GO_ON = {"coordinate": [440, 310]}

CONFIRMED: tuple[Turn, ...] = (
    calls(LOOK),
    calls(("left_click", FIELD), ("type", {"text": "Ada"})),
    calls(("left_click", BUTTON)),
    calls(("left_click", GO_ON), ("wait", {"duration": 1})),
    says("Saved."),
)
"""What a model does that is asked whether it should save."""

SAVED_TWICE: tuple[Turn, ...] = (
    calls(LOOK),
    calls(("left_click", BUTTON), ("wait", {"duration": 1})),
    calls(("left_click", BUTTON), ("wait", {"duration": 1})),
    says("Saved."),
)


@pytest.mark.parametrize(
    ("script", "options", "changed", "helping", "step"),
    [
        pytest.param(SCRIPT, (), ("--welcome",), [calls(("left_click", GO_ON))], 1, id="greeting"),
        pytest.param(
            SCRIPT, (), ("--confirm",), [calls(("left_click", GO_ON))], 7, id="confirmation"
        ),
        pytest.param(CONFIRMED, ("--confirm",), (), [calls(LOOK)], 6, id="none-any-more"),
    ],
)
@pytest.mark.slow
def test_a_model_helps_over_what_has_changed_and_is_not_asked_again(
    tmp_path: Path,
    script: tuple[Turn, ...],
    options: tuple[str, ...],
    changed: tuple[str, ...],
    helping: list[Turn],
    step: int,
) -> None:
    with stand(tmp_path, script, *options) as first:
        first.agent.do(TASK)
    with stand(tmp_path, helping, *changed) as second:
        helped = second.agent.do(TASK)
        assert second.requests == len(helping)
        assert second.out.read_text() == "Ada"
        assert (helped.text, helped.replayed, helped.healed_from) == ("Saved.", False, step)
        assert helped.usage == second.api.usage
    kept = files(tmp_path / "recordings")
    assert not (tmp_path / "artifacts").exists()
    # From then on the change is part of the recording.
    with stand(tmp_path, [], *changed, offline=True) as third:
        assert third.agent.do(TASK).replayed
        assert third.out.read_text() == "Ada"
    assert files(tmp_path / "recordings") == kept


@pytest.mark.slow
def test_a_program_that_changes_at_two_places_is_helped_over_both(tmp_path: Path) -> None:
    changed = ("--welcome", "--confirm")
    helping: list[Turn] = [calls(("left_click", GO_ON))] * 2
    with stand(tmp_path, SCRIPT) as first:
        first.agent.do(TASK)
    with stand(tmp_path, helping, *changed) as second:
        helped = second.agent.do(TASK)
        assert second.requests == 2
        assert (helped.healed_from, helped.text, helped.usage) == (1, "Saved.", second.api.usage)
        assert "as recorded again from step 1 on; " in helped.note
        # The second time the model does not know of what the replay has done in between.
        told = json.dumps(second.api.requests[1]["messages"][-1])
        assert "carried out without you" in told
        assert told.index("Ada") < told.index("These steps came next")
    with stand(tmp_path, [], *changed, offline=True) as third:
        assert third.agent.do(TASK).replayed
        assert third.out.read_text() == "Ada"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "changed", "answer", "status"),
    [
        # It has been saved: for the first time or for the second one?
        (SAVED_TWICE, ("--confirm",), calls(("left_click", GO_ON)), "budget"),
        # Who gives the task back is believed, whatever is to be seen.
        (
            SCRIPT,
            ("--welcome",),
            uses({"reason": "impossible", "message": "No"}, name="hand_back"),
            "failed",
        ),
    ],
    ids=["two-moments", "handed-back"],
)
def test_what_looks_alike_proves_nothing(
    tmp_path: Path, script: tuple[Turn, ...], changed: tuple[str, ...], answer: Turn, status: str
) -> None:
    with stand(tmp_path, script) as first:
        first.agent.do(TASK)
    kept = files(tmp_path / "recordings")
    with (
        stand(tmp_path, [answer], *changed, budget=Budget(turns=1)) as second,
        pytest.raises(ExpectationError, match=rf"was not done \({status}\)"),
    ):
        second.agent.do(TASK)
    assert files(tmp_path / "recordings") == kept
