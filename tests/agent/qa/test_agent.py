"""Tasks that a model does once, and a recording from then on."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from trueclick.agent import Budget, Event, Said, open_desktop
from trueclick.agent.qa import Agent
from trueclick.agent.qa.errors import ExpectationError
from trueclick.agent.testing import Turn, calls, says, uses
from trueclick.agent.trace import read_trace
from trueclick.agent.usage import Usage
from trueclick.capture import read_image
from trueclick.geometry import ResolutionLimits, UsageError

from ..replay.recording import FIELD, LOOK, MODEL, SCRIPT
from .agents import TASK, TEST, files, stand, until

RECORDING = Path("recordings", TEST, "01-save-a-note")

MOVED: tuple[Turn, ...] = (
    calls(("left_click", FIELD), ("type", {"text": "Ada"})),
    calls(("left_click", {"coordinate": [440, 220]})),
    says("Saved elsewhere."),
)
"""What a model does whose first picture shows the button in another place."""


def test_a_task_is_recorded_replayed_without_a_model_and_healed_where_it_differs(
    tmp_path: Path,
) -> None:
    with stand(tmp_path, SCRIPT) as first:
        done = first.agent.do(TASK)
        assert (done.replayed, done.healed_from, done.text) == (False, None, "Saved.")
        assert first.requests == len(SCRIPT)
        assert (done.usage, done.usd) == (first.api.usage, first.api.usd)
        assert first.said == [f"“{TASK}” needs a model: there is no recording in {done.trace}"]
        assert done.trace == tmp_path / RECORDING
    recorded = files(tmp_path / "recordings")
    assert not (tmp_path / "artifacts").exists()

    with stand(tmp_path, client=None) as second:
        again = second.agent.do(TASK)
        assert (again.replayed, again.text, again.steps) == (True, "Saved.", done.steps)
        assert (again.usage, again.usd, again.note) == (Usage(), Decimal(0), "")
        assert second.out.read_text() == "Ada"
        assert second.said == []
    assert files(tmp_path / "recordings") == recorded

    # It says something else when it has saved, so all up to there is done without a model.
    slow = ("--slow-ms", "2000000")
    with stand(tmp_path, [calls(LOOK), says("Never.")], *slow) as third:
        healed = third.agent.do(TASK)
        assert (healed.replayed, healed.healed_from, healed.text) == (False, 7, "Never.")
        assert third.requests == 2
        assert "step 7 of 7: the screen is not as recorded" in third.said[0]
    assert healed.usd is not None
    assert done.usd is not None
    assert healed.usage.output < done.usage.output


@pytest.mark.slow
def test_what_was_healed_replays_from_then_on(tmp_path: Path) -> None:
    with stand(tmp_path, SCRIPT) as first:
        first.agent.do(TASK)
    elsewhere = ("--button-x", "300")
    with stand(tmp_path, MOVED, *elsewhere) as second:
        healed = second.agent.do(TASK)
        assert (healed.healed_from, second.requests) == (1, 3)
        assert second.out.read_text() == "Ada"
    with stand(tmp_path, [], *elsewhere) as third:
        assert third.agent.do(TASK).replayed
        assert third.out.read_text() == "Ada"
    kept = read_trace(tmp_path / RECORDING)
    assert kept.settings.display == ""
    named = (tmp_path / RECORDING / "trace.jsonl").read_text()
    assert all(path.name in named for path in (tmp_path / RECORDING / "images").iterdir())


@pytest.mark.slow
def test_the_end_counts_though_the_model_did_not_look_at_it(tmp_path: Path) -> None:
    # The note is saved after the last picture that the model has seen, and before it answers.
    saved = tmp_path / "note.txt"

    def answers_late(event: Event) -> None:
        if isinstance(event, Said):
            until(saved.exists)

    script = [
        calls(LOOK, ("left_click", FIELD), ("type", {"text": "Ada"})),
        calls(("left_click", {"coordinate": [180, 220]})),
        says("Saved."),
    ]
    slow = ("--slow-ms", "1200")
    with stand(tmp_path, script, *slow, on_event=answers_late) as first:
        first.agent.do(TASK)
    with stand(tmp_path, [], *slow) as second:
        assert second.agent.do(TASK).replayed
    with (
        stand(tmp_path, [], "--slow-ms", "2000000", offline=True) as third,
        pytest.raises(ExpectationError, match="the screen is not as recorded"),
    ):
        third.agent.do(TASK)


@pytest.mark.slow
def test_two_tasks_of_a_test_are_recorded_apart_and_go_on_from_each_other(tmp_path: Path) -> None:
    typed = [calls(LOOK), calls(("left_click", FIELD), ("type", {"text": "Ada"})), says("Typed.")]
    saved = [calls(LOOK), calls(("left_click", {"coordinate": [180, 220]})), says("Saved.")]
    with stand(tmp_path, [*typed, *saved]) as first:
        first.agent.do("Type Ada.")
        first.agent.do("Save it.")
    names = sorted(path.name for path in (tmp_path / "recordings" / TEST).iterdir())
    assert names == ["01-type-ada", "02-save-it"]
    with stand(tmp_path, client=None) as second:
        assert second.agent.do("Type Ada.").replayed
        assert second.agent.do("Save it.").replayed
        assert second.out.read_text() == "Ada"
    # Another second task takes the place of the old one, and of that alone.
    with stand(tmp_path, [calls(LOOK), says("There.")]) as third:
        third.agent.do("Type Ada.")
        assert third.requests == 0
        assert third.agent.do("Look at it.").note.startswith("02-save-it")
    names = sorted(path.name for path in (tmp_path / "recordings" / TEST).iterdir())
    assert names == ["01-type-ada", "02-look-at-it"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (uses({"reason": "needs_user", "message": "Who?\x1b[2J"}, name="hand_back"), "needs_user"),
        (uses({"reason": "impossible", "message": "No\x1b[2J"}, name="hand_back"), "failed"),
        (calls(("left_click", FIELD)), "budget"),
    ],
    ids=["asks", "fails", "budget"],
)
def test_what_was_not_done_is_not_recorded(tmp_path: Path, answer: Turn, status: str) -> None:
    with stand(tmp_path, [answer], budget=Budget(turns=1)) as only:
        with pytest.raises(ExpectationError, match=rf"was not done \({status}\)") as raised:
            only.agent.do(TASK)
        assert only.requests == 1
    assert "\x1b" not in str(raised.value)
    assert not files(tmp_path / "recordings")
    (trace,) = raised.value.artifacts
    assert read_trace(trace).settings.task == TASK


@pytest.mark.slow
def test_offline_says_what_is_missing_and_what_differs(tmp_path: Path) -> None:
    with stand(tmp_path, offline=True, client=None) as bare:
        with pytest.raises(ExpectationError, match=r"there is no recording in .*; no model may be"):
            bare.agent.do(TASK)
        assert bare.said == []
    with stand(tmp_path, SCRIPT) as first:
        first.agent.do(TASK)
    before = files(tmp_path / "recordings")
    with (
        stand(tmp_path, [], "--button-text", "Keep", offline=True) as renamed,
        pytest.raises(ExpectationError, match="step 1 of 7: the screen is not") as raised,
    ):
        renamed.agent.do(TASK)
    assert "no model may be asked (offline)" in str(raised.value)
    assert len(raised.value.artifacts) == 3
    assert all(read_image(path).size.width == 640 for path in raised.value.artifacts)
    assert files(tmp_path / "recordings") == before


@pytest.mark.slow
def test_an_update_records_anew_and_another_size_does_too(tmp_path: Path) -> None:
    with stand(tmp_path, SCRIPT) as first:
        first.agent.do(TASK)
    artifacts = tmp_path / "artifacts"
    artifacts.mkdir()
    with stand(tmp_path, SCRIPT, update=True) as second:
        assert second.agent.do(TASK).note == "it is to be recorded anew"
        assert second.requests == len(SCRIPT)
    assert list(artifacts.iterdir()) == []  # given, so it stays: a test may write there next
    with (
        stand(tmp_path) as third,
        open_desktop(third.desktop.display.server, limits=ResolutionLimits(320, 1000)) as small,
    ):
        agent = Agent(
            small, model=MODEL, recordings=tmp_path / "recordings", name=TEST, offline=True
        )
        with pytest.raises(ExpectationError, match="the model sees 308x231, and saw 640x480"):
            agent.do(TASK)


@pytest.mark.slow
def test_an_application_that_dies_is_a_failure_with_its_last_words(tmp_path: Path) -> None:
    with stand(tmp_path, SCRIPT) as first:
        first.agent.do(TASK)
    before = files(tmp_path / "recordings")
    with stand(tmp_path, [], "--dies") as second:
        with pytest.raises(ExpectationError, match="has ended with status 7") as raised:
            second.agent.do(TASK)
        assert "no more paper" in str(raised.value)
        with pytest.raises(ExpectationError, match="has ended with status 7 before"):
            second.agent.do("Anything else.")
        with pytest.raises(ExpectationError, match="has ended with status 7 before"):
            second.agent.check("all is well")
        assert second.requests == 0
    # Nor is a run recorded in which it died, though the model is content.
    with (
        stand(tmp_path, SCRIPT, "--dies", update=True) as third,
        pytest.raises(ExpectationError, match="has ended with status 7"),
    ):
        third.agent.do(TASK)
    assert files(tmp_path / "recordings") == before


def test_a_replay_imports_no_sdk() -> None:
    code = (
        "import sys; import trueclick.agent.qa.agent; "
        "sys.exit(any(name.split('.')[0] == 'anthropic' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.slow
def test_an_interrupted_run_leaves_nothing_half_stored(tmp_path: Path) -> None:
    def interrupted(event: object) -> None:
        if type(event).__name__ == "Said":
            raise KeyboardInterrupt

    with stand(tmp_path, SCRIPT, on_event=interrupted) as only, pytest.raises(KeyboardInterrupt):
        only.agent.do(TASK)
    assert not files(tmp_path / "recordings")
    (trace,) = (tmp_path / "artifacts").iterdir()
    assert read_trace(trace).result is not None


@pytest.mark.slow
def test_nothing_is_asked_of_a_model_that_cannot_be_recorded(tmp_path: Path) -> None:
    (tmp_path / "recordings").write_text("a file")
    with stand(tmp_path, SCRIPT) as only:
        with pytest.raises(UsageError, match="nothing can be recorded in"):
            only.agent.do(TASK)
        assert only.requests == 0


@pytest.mark.slow
def test_an_empty_task_and_a_missing_client_are_told(tmp_path: Path) -> None:
    with stand(tmp_path, client=None) as only:
        with pytest.raises(UsageError, match="the task is empty"):
            only.agent.do(" \n")
        with pytest.raises(UsageError, match=r"needs a model: .*with client="):
            only.agent.do(TASK)
        with pytest.raises(UsageError, match="the name of a test is empty"):
            Agent(only.desktop, recordings=tmp_path, name=" ")
