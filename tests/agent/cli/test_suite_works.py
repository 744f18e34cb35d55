"""Each kind of work and of expectation that a model or a trace has a part in, through a suite."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from trueclick.agent.cli import main
from trueclick.agent.testing import StrictApi, Turn, says, served
from trueclick.agent.testing.request import Request

from ..replay.recording import MODEL, SCRIPT, note, recorded_once
from ..suite.samples import write_suite

SUITE = """
[suite]
model = "{model}"
app = {app}
timeout_s = 300

[[task]]
name = "goal"
size = "640x480"
goal = "Save a note."
expect = [{{ file = "{{artifacts}}/note.txt", contains = "Ada" }}]

[[task]]
name = "claim"
size = "640x480"
expect = [{{ claim = "nothing is saved yet" }}]

[[task]]
name = "replay"
replay = "recorded"
expect = [{{ text = "saved Ada" }}]

[[task]]
name = "image"
size = "640x480"
expect = [{{ image = "window" }}]
"""


def answers(holds: bool) -> StrictApi:
    """A model that saves a note, and has one opinion on every claim."""
    verdict = says(json.dumps({"reason": "The window says so.", "holds": holds, "evidence": []}))

    def turn(request: Request) -> Turn:
        if "output_config" in request.body and "format" in request.body["output_config"]:
            return verdict
        told = [each for each in request.body["messages"] if each["role"] == "assistant"]
        return SCRIPT[len(told)]

    return StrictApi(turn)


def done(told: str) -> dict[str, dict[str, Any]]:
    """What came of each task, by its name."""
    lines = [json.loads(line) for line in told.splitlines()]
    return {line["name"]: line for line in lines if line["event"] == "done"}


@pytest.mark.slow
def test_goals_claims_replays_and_images_are_carried_out_and_found_to_be_wrong(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "recorded").symlink_to(recorded_once(tmp_path_factory.getbasetemp()))
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")

    def carried_out(out: str, *options: str, holds: bool) -> dict[str, dict[str, Any]]:
        command = shlex.join(note(Path("{artifacts}/note.txt"), *options))
        path = write_suite(tmp_path, SUITE.format(model=MODEL, app=json.dumps(command)))
        api = answers(holds)
        with served(api) as address:
            monkeypatch.setenv("ANTHROPIC_BASE_URL", address)
            main(["suite", str(path), "--json", "--jobs", "2", "--out", str(tmp_path / out)])
        assert api.violations == ()
        return done(capsys.readouterr().out)

    first = carried_out("first", holds=True)
    assert {name: each["verdict"] for name, each in first.items()} == dict.fromkeys(
        ("goal", "claim", "replay", "image"), "passed"
    ), first
    assert first["goal"]["attempts"][0]["usd"] > 0
    assert first["claim"]["attempts"][0]["usd"] > 0
    assert first["image"]["attempts"][0]["notes"], "the first baseline is told"

    second = carried_out("second", "--button-text", "Keep it", "--dies", holds=False)
    reasons = {name: each["attempts"][0]["reasons"] for name, each in second.items()}
    assert {each["verdict"] for each in second.values()} == {"failed"}, second
    assert reasons["claim"] == [
        'the claim "nothing is saved yet" does not hold: The window says so.'
    ]
    assert reasons["goal"] == [
        "the file {artifacts}/note.txt is not there",
        "the application has ended with status 7; it wrote: no more paper",
    ]
    assert reasons["replay"][0].startswith("step 1: the screen is not as recorded: ")
    assert reasons["replay"][1].startswith('"saved Ada" is not on the screen')
    assert reasons["image"][0].startswith('the screen does not look like the baseline "window"')
    for name, each in second.items():
        (attempt,) = each["attempts"]
        kept = Path(each["folder"], "attempt-1")
        assert all((kept / picture).exists() for picture in attempt["pictures"])
        assert attempt["report"] == ("report.html" if name == "goal" else None)
