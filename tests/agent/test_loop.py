"""The loop against a scripted API and a real window."""

import base64
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from anthropic.tools import ToolError, ToolsetUsageError
from anthropic.tools.computer import BetaComputerConfirmContext
from PIL import Image

from trueclick.agent import (
    Acted,
    Budget,
    ComputerToolset,
    Desktop,
    Event,
    RunResult,
    Said,
    StopRequested,
    open_desktop,
    run,
)
from trueclick.capture import CaptureError, VirtualDisplay
from trueclick.geometry import HIGH_RESOLUTION, Size, UsageError, find_model

from ..recorder import Recorder
from .scripted import ScriptedApi, calls, says, uses

SONNET = "claude-sonnet-5-5"


def unmarked(messages: list[Any]) -> list[Any]:
    """Messages without the marks of the prompt cache, which move along."""
    return [
        {
            **message,
            "content": [
                {name: value for name, value in block.items() if name != "cache_control"}
                for block in message["content"]
            ],
        }
        for message in messages
    ]


def test_a_click_of_the_models_lands_and_the_run_is_done(
    desktop: Desktop, window: Recorder
) -> None:
    api = ScriptedApi(
        [calls(("left_click", {"coordinate": [728, 409]}), ("screenshot", {})), says("Clicked it.")]
    )
    events: list[Event] = []
    result = run("click", desktop, client=api.client(), model=SONNET, on_event=events.append)
    assert [(e.x, e.y) for e in window.buttons()] == [(960, 540)]
    assert (result.status, result.text) == ("done", "Clicked it.")
    assert (result.turns, result.actions) == (2, 2)
    assert result.usage == api.usage
    assert (result.input_tokens, result.output_tokens) == (api.usage.input, api.usage.output)
    clicked, looked = (event for event in events if isinstance(event, Acted))
    (said,) = (event for event in events if isinstance(event, Said))
    assert clicked.outcome.landed is not None
    assert looked.outcome.picture is not None
    assert said == Said(2, "Clicked it.")


def test_the_request_declares_the_toolset_and_the_answer_carries_its_name(desktop: Desktop) -> None:
    api = ScriptedApi([calls(("screenshot", {})), says("Seen.")])
    run("look", desktop, client=api.client(), model=SONNET)
    first, second = api.requests
    assert first["tools"][0] == {"type": "computer_toolset_20260801"}
    assert [tool["name"] for tool in first["tools"][1:]] == ["hand_back"]
    assert first["model"] == SONNET
    assert "tool_choice" not in first
    (result,) = second["messages"][-1]["content"]
    assert result["toolset_name"] == "computer"
    (image,) = (block for block in result["content"] if block["type"] == "image")
    picture = Image.open(BytesIO(base64.b64decode(image["source"]["data"])))
    assert picture.size == (1456, 819)
    # Append-only: what was sent once is sent again as it was.
    assert unmarked(second["messages"][: len(first["messages"])]) == unmarked(first["messages"])


def test_a_batch_stops_at_its_first_refusal_and_answers_every_call(
    desktop: Desktop, window: Recorder
) -> None:
    api = ScriptedApi(
        [
            calls(
                ("left_click", {"coordinate": [10, 10]}),
                ("left_click", {"coordinate": [1456, 0]}),
                ("left_click", {"coordinate": [20, 20]}),
            ),
            says("I give up.", "refusal"),
        ]
    )
    result = run("click", desktop, client=api.client(), model=SONNET)
    assert len(window.buttons()) == 1
    first, second, third = api.requests[1]["messages"][-1]["content"]
    # An error holds words alone, so the screen as it is now is with what went well.
    assert [block["type"] for block in first["content"]][:2] == ["text", "image"]
    assert not first.get("is_error")
    assert second["is_error"]
    assert third["is_error"]
    assert "Not executed: an earlier computer action in this turn failed." in str(third["content"])
    assert (result.status, result.text) == ("refused", "I give up.")


def test_the_run_ends_when_its_turns_are_used_up(desktop: Desktop) -> None:
    api = ScriptedApi([calls(("screenshot", {}))] * 3)
    result = run("x", desktop, client=api.client(), model=SONNET, budget=Budget(turns=3))
    assert (result.status, result.text) == ("budget", "not done after 3 turns")
    assert len(api.requests) == 3


def test_only_true_approves(desktop: Desktop, window: Recorder) -> None:
    for answer in (False, None, 1, "yes"):
        api = ScriptedApi([calls(("left_click", {"coordinate": [5, 5]})), says("")])
        run(
            "x",
            desktop,
            client=api.client(),
            model=SONNET,
            confirm=lambda _, answer=answer: answer,  # type: ignore[misc]
        )
        assert api.requests[1]["messages"][-1]["content"][0]["is_error"]
    assert window.buttons() == []


def test_a_call_that_was_not_approved_or_malformed_is_told_to_whoever_watches(
    desktop: Desktop,
) -> None:
    events: list[Event] = []
    for values in ({"coordinate": [5, 5]}, {"coordinate": [1.5, 1]}):
        api = ScriptedApi([calls(("left_click", values)), says("")])
        run(
            "x",
            desktop,
            client=api.client(),
            model=SONNET,
            confirm=lambda _: False,
            on_event=events.append,
        )
    declined, malformed = (event for event in events if isinstance(event, Acted))
    assert "did not grant permission" in str(declined.error)
    assert malformed.values == {"coordinate": [1.5, 1]}
    assert malformed.error


OLDER = "claude-sonnet-4-5"


@pytest.mark.filterwarnings("ignore:The model 'claude-.* is deprecated")
@pytest.mark.parametrize("model", [SONNET, OLDER])
@pytest.mark.parametrize("error", [OSError(5, "no terminal"), StopRequested("enough")])
def test_an_error_of_whoever_approves_ends_the_run_and_releases_everything(
    desktop: Desktop, window: Recorder, model: str, error: Exception
) -> None:
    def fails(context: BetaComputerConfirmContext) -> bool:
        if context.member == "left_mouse_down":
            return True
        assert window.pressed() == ([], 1 << 8)
        raise error

    acts = ("left_mouse_down", {}), ("mouse_move", {"coordinate": [5, 5]}), ("left_click", {})
    turn = uses(*({"action": name, **given} for name, given in acts))
    api = ScriptedApi([calls(*acts) if model == SONNET else turn, says("never")])
    events: list[Event] = []

    def started() -> RunResult:
        return run(
            "x",
            desktop,
            client=api.client(),
            model=model,
            confirm=fails,
            on_event=events.append,
        )

    if isinstance(error, StopRequested):
        assert started().status == "stopped"
        told = "stopped: enough"
    else:
        with pytest.raises(OSError, match="no terminal"):
            started()
        told = "not approved: whoever approves could not be asked"
    assert [e.error for e in events if isinstance(e, Acted)] == [None, told]
    assert len(api.requests) == 1
    assert window.pressed() == ([], 0)


def test_a_refusal_in_words_of_whoever_approves_is_read_by_the_model(
    desktop: Desktop, window: Recorder
) -> None:
    def words(_: BetaComputerConfirmContext) -> bool:
        raise ToolError("ask the user for the amount first")

    api = ScriptedApi([calls(("left_click", {})), says("Which amount?")])
    result = run("x", desktop, client=api.client(), model=SONNET, confirm=words)
    assert result.status == "done"
    assert "ask the user for the amount first" in str(api.requests[1]["messages"][-1])
    assert window.buttons() == []


def test_a_confirm_that_cannot_be_asked_is_the_callers_mistake(desktop: Desktop) -> None:
    async def later(_: BetaComputerConfirmContext) -> bool:
        return True

    wrong: Any
    for wrong in (None, later):
        with pytest.raises(ToolsetUsageError):
            ComputerToolset(desktop, confirm=wrong)


def test_a_display_that_is_not_private_needs_somebody_who_approves(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desktop, "private", False)
    with pytest.raises(UsageError, match="is not a private display: pass confirm="):
        run("x", desktop, client=ScriptedApi([]).client(), model=SONNET)


def test_a_model_that_takes_no_computer_tool_is_refused(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = replace(find_model(SONNET), computer_tools=())
    monkeypatch.setattr("trueclick.agent.tool_versions.find_model", lambda _: without)
    with pytest.raises(UsageError, match="takes no version of the computer tool"):
        run("x", desktop, client=ScriptedApi([]).client(), model=SONNET)


def test_screenshots_over_the_models_limits_are_refused_before_anything_is_sent() -> None:
    with (
        VirtualDisplay(Size(1920, 1080), window_manager=False) as display,
        open_desktop(display.name, limits=HIGH_RESOLUTION) as desktop,
        pytest.raises(UsageError, match="1920x1080 are over the limits of local"),
    ):
        run("x", desktop, client=ScriptedApi([]).client(), model="local")


def test_a_display_that_dies_ends_the_run(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(*_: object) -> None:
        raise CaptureError("the X display :5 went away")

    monkeypatch.setattr(desktop, "perform", dead)
    api = ScriptedApi([calls(("screenshot", {})), says("never")])
    result = run("x", desktop, client=api.client(), model=SONNET)
    assert (result.status, result.text) == ("failed", "the X display :5 went away")
    assert len(api.requests) == 1


def test_a_watcher_that_fails_ends_the_run_before_the_next_request(desktop: Desktop) -> None:
    def full_disk(event: Event) -> None:
        if isinstance(event, Acted):
            raise OSError(28, "No space left on device")

    api = ScriptedApi([calls(("screenshot", {})), says("never")])
    with pytest.raises(OSError, match="No space left"):
        run("x", desktop, client=api.client(), model=SONNET, on_event=full_disk)
    assert len(api.requests) == 1
