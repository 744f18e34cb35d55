"""Replays that a model goes on with where the application has changed."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from anthropic import Anthropic

from trueclick.agent import Budget, StopSwitch, application, open_desktop, run
from trueclick.agent.events import RunResult
from trueclick.agent.local import local_client
from trueclick.agent.replay import replay
from trueclick.agent.replay.healing import Healing, healed, instruction, limits_for, swapped
from trueclick.agent.replay.player import Player
from trueclick.agent.replay.stage import Setting
from trueclick.agent.testing import StrictApi, Turn, calls, says
from trueclick.agent.trace import Trace, read_trace, story_of
from trueclick.capture import VirtualDisplay
from trueclick.geometry import Box, Screen, Size, UsageError, View, fit

from ...programs import TK_PYTHON
from ...repository import ROOT
from .recording import LOOK, MODEL, note

FORM = ROOT / "examples" / "order_form.py"

MOVED = {"coordinate": [440, 220]}


def handed_over(
    trace: Trace, command: list[str], client: Anthropic, *, model: str = MODEL
) -> RunResult:
    """How a model ended what a replay could not."""
    story = story_of(trace)
    stop = StopSwitch()
    with Player(story, Setting(tuple(command), stop=stop), timeout_s=0.5) as player:
        differs = next(result for result in player.results() if result.status == "different")
        stage = player.theatre.stage
        assert stage is not None
        player.theatre.leave()
        healing = Healing(model, client, Budget(turns=20, usd=Decimal(1)), stop=stop)
        return healed(story, differs.step, stage.server, stage.application, healing)


def told(api: StrictApi, request: int) -> list[dict[str, Any]]:
    """The blocks of the last message of a request."""
    content = api.requests[request]["messages"][-1]["content"]
    assert isinstance(content, list)
    return content


@pytest.mark.slow
def test_a_model_goes_on_where_the_first_picture_differs(trace: Trace, tmp_path: Path) -> None:
    command = note(tmp_path / "again.txt", "--button-x", "300")
    script: list[Turn] = [
        calls(("left_click", {"coordinate": [200, 125]}), ("type", {"text": "Ada"})),
        calls(("left_click", MOVED)),
        says("Saved."),
    ]
    api = StrictApi(script)
    result = handed_over(trace, command, api.client())
    assert (result.status, api.violations) == ("done", ())
    assert (tmp_path / "again.txt").read_text() == "Ada"
    answer, words = told(api, 0)
    # The look that was not as recorded is answered with what there is now.
    assert answer["type"] == "tool_result"
    assert answer["content"][0]["type"] == "image"
    assert words["text"].startswith("The run was interrupted here and goes on now, in the same")
    assert json.dumps({"tool": "type", "input": {"text": "Ada"}}) in words["text"]
    assert result.trace is not None
    new = read_trace(result.trace)
    assert new.settings.same_screen
    assert new.settings.screenshot == trace.settings.screenshot
    assert new.settings.setup == trace.settings.setup
    assert new.seconds < 60
    again = note(tmp_path / "third.txt", "--button-x", "300")
    assert replay(new, command=again).same
    assert (tmp_path / "third.txt").read_text() == "Ada"


@pytest.mark.slow
def test_a_model_goes_on_in_the_middle(trace: Trace, tmp_path: Path) -> None:
    # What it says now is another text: all that came before is as it was.
    command = note(tmp_path / "again.txt", "--slow-ms", "2000000")
    api = StrictApi([calls(LOOK), says("It was not saved, but that is how it is now.")])
    result = handed_over(trace, command, api.client())
    assert (result.status, api.violations) == ("done", ())
    *answers, words = told(api, 0)
    assert [answer.get("is_error", False) for answer in answers] == [False, False]
    assert "type" not in words["text"].split("data:\n")[1].split("\n\n")[0]
    assert result.trace is not None
    again = note(tmp_path / "third.txt", "--slow-ms", "2000000")
    assert replay(read_trace(result.trace), command=again).same


@pytest.mark.slow
def test_until_it_is_put_in_its_place_the_trace_is_as_it_was(trace: Trace, tmp_path: Path) -> None:
    before = (trace.folder / "trace.jsonl").read_bytes()
    command = note(tmp_path / "again.txt", "--button-x", "300")
    api = StrictApi([says("No.")])
    result = handed_over(trace, command, api.client())
    assert result.trace != trace.folder
    assert (trace.folder / "trace.jsonl").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            'text="Check order", command=self.check).pack(side="left")',
            'text="Check order", command=self.check).pack(side="left", padx=(90, 0))',
        ),
        ('self._row("City"', 'self._row("Town"'),
    ],
    ids=["moved", "renamed"],
)
def test_the_local_model_heals_its_own_run(tmp_path: Path, old: str, new: str) -> None:
    task = 'type "Ada" into "Name"; check "Gift wrap"; click "Check order"; expect "Missing"'
    text = FORM.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "changed.py").write_text(text.replace(old, new), encoding="utf-8")
    command = [TK_PYTHON, str(FORM), "--out", str(tmp_path / "order.json")]
    size = Size[Any](1280, 800)
    with (
        VirtualDisplay(size) as display,
        application(command, display.name),
        open_desktop(display.name, model="local") as desktop,
    ):
        run(task, desktop, client=local_client(), model="local", trace=tmp_path / "trace")
    trace = read_trace(tmp_path / "trace")
    assert trace.result is not None
    assert trace.result.status == "done"
    changed = [TK_PYTHON, str(tmp_path / "changed.py"), *command[2:]]
    result = handed_over(trace, changed, local_client(), model="local")
    assert result.status == "done", result.text
    assert result.trace is not None
    healed_trace = read_trace(result.trace)
    assert replay(healed_trace, command=changed).same
    assert not replay(healed_trace, command=command, timeout_s=0.5).same


def test_the_model_is_told_what_was_left_as_data(trace: Trace) -> None:
    steps = story_of(trace).steps
    words = instruction(steps[1:])
    lines = words.split("data:\n")[1].split("\n\n")[0].splitlines()
    assert [json.loads(line)["tool"] for line in lines] == [
        *("left_click", "type", "left_click", "wait")
    ]
    assert "(nothing)" in instruction(())
    many = instruction(steps[1:3] * 100)
    assert "... and 100 more" in many


def test_a_healed_trace_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    old, new = tmp_path / "trace", tmp_path / "trace.healing"
    for folder in (old, new):
        folder.mkdir()
        (folder / "name").write_text(folder.name)
    kept = swapped(old, new)
    assert (old / "name").read_text() == "trace.healing"
    assert (kept / "name").read_text() == "trace"
    assert kept.parent == tmp_path
    assert not new.exists()


def test_where_the_healed_trace_is_missing_the_old_one_stays(tmp_path: Path) -> None:
    old = tmp_path / "trace"
    old.mkdir()
    with pytest.raises(Exception, match="cannot be put in the place"):
        swapped(old, tmp_path / "nothing")
    assert [path.name for path in tmp_path.iterdir()] == ["trace"]


@pytest.mark.parametrize("model", [MODEL, "local", "a-model-of-the-past"])
@pytest.mark.parametrize(
    "size", [Size[Any](1920, 1080), Size[Any](640, 480), Size[Any](3840, 2160)]
)
def test_screenshots_are_made_of_the_recorded_size(model: str, size: Size[Any]) -> None:
    for shown in (fit(size, "local"), fit(size, MODEL)):
        view = View(Box[Screen](0, 0, size.width, size.height), size, shown)
        assert fit(size, limits_for(view, model)) == shown


def test_what_cannot_be_made_is_refused() -> None:
    size = Size[Any](1920, 1080)
    view = View(Box[Screen](0, 0, 1920, 1080), size, Size[Any](500, 500))
    with pytest.raises(UsageError, match="500x500 cannot be made"):
        limits_for(view, MODEL)
