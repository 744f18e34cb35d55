"""Recordings of a program that has changed a little: a model helps over that, and no further."""

from __future__ import annotations

from pathlib import Path

import pytest

from trueclick.agent.testing import Turn, calls, says

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
