"""The older versions of the computer tool: the same desktop, window and rules as the toolset's."""

import base64
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, get_args

import pytest
from anthropic.tools import ToolError
from anthropic.tools.computer import BetaComputerConfirmContext
from anthropic.types.beta import (
    BetaToolComputerUse20250124Param,
    BetaToolComputerUse20251124Param,
)
from PIL import Image

from trueclick.agent import (
    Acted,
    ComputerToolset,
    Decided,
    Desktop,
    Event,
    approve_all,
    run,
)
from trueclick.agent.actions import MEMBERS
from trueclick.agent.older_tool import NO_TURNS, NOT_EXECUTED, VERSIONS, OlderTool, VersionName
from trueclick.agent.tool_versions import TOOLSET, computer_tool
from trueclick.capture import CaptureError
from trueclick.geometry import UsageError
from trueclick.geometry.catalogue import MODELS, ComputerTool

from ..calls import Answer, Caller, OlderCaller
from ..recorder import BUTTON_DOWN, BUTTON_UP, KEY_DOWN, KEY_UP, MOTION, Received, Recorder
from .command import trueclick
from .scripted import ScriptedApi, calls, says, served, uses
from .test_malformed_calls import MALFORMED, NO_OBJECT, sent

AT = "coordinate", "text"
DOCUMENTED: dict[str, tuple[str, ...]] = {
    "key": ("text",),
    "hold_key": ("text", "duration"),
    "type": ("text",),
    "cursor_position": (),
    "mouse_move": ("coordinate",),
    "left_mouse_down": (),
    "left_mouse_up": (),
    "left_click": AT,
    "left_click_drag": ("start_coordinate", *AT),
    "right_click": AT,
    "middle_click": AT,
    "double_click": AT,
    "triple_click": AT,
    "scroll": ("scroll_direction", "scroll_amount", *AT),
    "wait": ("duration",),
    "screenshot": (),
    "zoom": ("region",),
}
"""The actions of `computer_20251124` and their fields, as the documentation has them."""

OLDER = [
    ("claude-opus-4-6", "computer_20251124", "computer-use-2025-11-24"),
    ("claude-sonnet-4-5", "computer_20250124", "computer-use-2025-01-24"),
    ("claude-haiku-4-5", "computer_20250124", "computer-use-2025-01-24"),
]

pytestmark = pytest.mark.filterwarnings("ignore:The model 'claude-.* is deprecated")
"""The SDK's word to the developer: the older the tool, the older its models."""


def only(window: Recorder, *kinds: int) -> list[Received]:
    return [event for event in window.received() if event.event in kinds]


def clicked(window: Recorder) -> list[tuple[int, int, int, int]]:
    return [(e.event, e.detail, e.x, e.y) for e in only(window, BUTTON_DOWN, BUTTON_UP)]


def click(button: int, count: int = 1) -> list[tuple[int, int, int, int]]:
    return [(BUTTON_DOWN, button, 960, 540), (BUTTON_UP, button, 960, 540)] * count


@dataclass(frozen=True)
class Trial:
    """An action, what the window must have received of it, and what the model must read."""

    action: str
    values: dict[str, Any]
    received: Callable[[Recorder], object]
    expected: object
    reads: str
    first: tuple[str, ...] = field(default=())


def kinds(window: Recorder) -> list[int]:
    return [event.event for event in only(window, KEY_DOWN, KEY_UP, BUTTON_DOWN, BUTTON_UP)]


def motions(window: Recorder) -> tuple[int, int]:
    last = only(window, MOTION)[-1]
    return last.x, last.y


PLACE = [728, 409]
PARTS = [0.5, 1.5]
"""Durations that the toolset refuses."""
TRIALS = [
    Trial("screenshot", {}, kinds, [], ""),
    Trial("zoom", {"region": [0, 0, 728, 410]}, kinds, [], ""),
    Trial("left_click", {"coordinate": PLACE}, clicked, click(1), "Clicked."),
    Trial("right_click", {"coordinate": PLACE}, clicked, click(3), "Right-clicked."),
    Trial("middle_click", {"coordinate": PLACE}, clicked, click(2), "Middle-clicked."),
    Trial("double_click", {"coordinate": PLACE}, clicked, click(1, 2), "Double-clicked."),
    Trial("triple_click", {"coordinate": PLACE}, clicked, click(1, 3), "Triple-clicked."),
    Trial(
        "left_click_drag",
        {"start_coordinate": [100, 100], "coordinate": [300, 200]},
        clicked,
        [(BUTTON_DOWN, 1, 132, 132), (BUTTON_UP, 1, 396, 264)],
        "Dragged.",
    ),
    Trial("left_mouse_down", {}, kinds, [BUTTON_DOWN], "Left mouse button pressed."),
    Trial(
        "left_mouse_up",
        {},
        kinds,
        [BUTTON_DOWN, BUTTON_UP],
        "Left mouse button released.",
        ("left_mouse_down",),
    ),
    Trial("mouse_move", {"coordinate": PLACE}, motions, (960, 540), "Moved the mouse."),
    Trial("cursor_position", {}, kinds, [], "X=5,Y=5"),
    Trial(
        "scroll",
        {"coordinate": PLACE, "scroll_direction": "down", "scroll_amount": 3},
        clicked,
        click(5, 3),
        "Scrolled down.",
    ),
    Trial("type", {"text": "ab"}, kinds, [KEY_DOWN, KEY_UP] * 2, "Typed."),
    Trial("key", {"text": "Return"}, kinds, [KEY_DOWN, KEY_UP], "Pressed Return."),
    Trial(
        "hold_key",
        {"text": "shift", "duration": 0},
        kinds,
        [KEY_DOWN, KEY_UP],
        "Held shift for 0s.",
    ),
    Trial("wait", {"duration": 0}, kinds, [], "Waited 0s."),
]


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> VersionName:
    name: VersionName = request.param
    return name


@pytest.fixture
def older(desktop: Desktop, version: VersionName) -> OlderCaller:
    """Calls an action of an older version on the desktop."""
    return OlderCaller(OlderTool(desktop, version=version, confirm=approve_all))


def test_the_versions_have_the_documented_actions_and_fields() -> None:
    newer, oldest = (VERSIONS[name].actions for name in VERSIONS)
    for actions, names in ((newer, set(DOCUMENTED)), (oldest, set(DOCUMENTED) - {"zoom"})):
        assert set(actions) == names
        for name, member in actions.items():
            assert sorted(field.name for field in member.fields) == sorted(DOCUMENTED[name])


def test_the_tables_of_the_toolset_and_the_older_versions_differ_in_what_is_known_alone() -> None:
    newer = VERSIONS["computer_20251124"].actions
    assert set(newer) == set(MEMBERS)
    differing = {name for name in MEMBERS if newer[name] != MEMBERS[name]}
    assert differing == {"hold_key", "key", "wait"}
    assert {*VERSIONS, TOOLSET} == set(get_args(ComputerTool))
    assert {trial.action for trial in TRIALS} == set(MEMBERS)


def test_an_unknown_version_is_the_callers_mistake(desktop: Desktop) -> None:
    version: Any = "computer_20241022"
    with pytest.raises(UsageError, match="unknown version 'computer_20241022'; known: computer_"):
        OlderTool(desktop, version=version, confirm=approve_all)


def test_every_model_is_given_the_newest_tool_that_it_takes(desktop: Desktop) -> None:
    for spec in MODELS:
        tool = computer_tool(spec.id, desktop, confirm=approve_all)
        assert tool.to_dict()["type"] == spec.computer_tools[0]
        assert isinstance(tool, ComputerToolset) is (tool.betas == ())


@pytest.mark.parametrize(
    ("name", "declaration"),
    [
        ("computer_20251124", BetaToolComputerUse20251124Param),
        ("computer_20250124", BetaToolComputerUse20250124Param),
    ],
)
def test_the_declaration_has_what_the_sdk_says_and_the_size_of_the_screenshots(
    desktop: Desktop, name: VersionName, declaration: Any
) -> None:
    declared: Any = OlderTool(desktop, version=name, confirm=approve_all).to_dict()
    assert declaration.__required_keys__ <= set(declared) <= set(declaration.__annotations__)
    assert (declared["display_width_px"], declared["display_height_px"]) == (1456, 819)
    assert declared.get("enable_zoom", False) is ("zoom" in VERSIONS[name].actions)


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.action)
def test_every_action_arrives_at_a_real_window(
    older: OlderCaller, window: Recorder, trial: Trial
) -> None:
    older("mouse_move", coordinate=[5, 5])
    window.received()
    for before in trial.first:
        older(before)
    answer = older(trial.action, **trial.values)
    if trial.action not in VERSIONS[older.tool.version].actions:
        assert answer.text.startswith(f'there is no action "{trial.action}"')
        assert window.received() == []
        return
    assert not answer.error
    assert trial.received(window) == trial.expected
    if trial.reads:
        assert (answer.text, answer.png) == (trial.reads, None)
    else:
        size = (1453, 819) if trial.action == "zoom" else (1456, 819)
        assert answer.picture.size == size


def test_a_toolset_declares_what_it_does_not_serve_as_disabled(desktop: Desktop) -> None:
    members = VERSIONS["computer_20250124"].actions
    toolset = ComputerToolset(desktop, confirm=approve_all, members=members)
    assert toolset.to_dict() == {"type": TOOLSET, "configs": {"zoom": {"enabled": False}}}
    assert "configs" not in ComputerToolset(desktop, confirm=approve_all).to_dict()


def test_modifiers_are_held_during_a_click(older: OlderCaller, window: Recorder) -> None:
    older("left_click", coordinate=PLACE, text="ctrl+shift")
    (pressed,) = window.buttons()
    assert pressed.state & 0b101 == 0b101
    assert window.pressed() == ([], 0)


def test_what_is_malformed_is_refused_in_the_toolsets_words_and_nothing_happens(
    desktop: Desktop, older: OlderCaller, window: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.received()
    monkeypatch.setattr(desktop, "perform", None)  # so nothing waits for the screen either
    toolset = Caller(ComputerToolset(desktop, confirm=approve_all)).toolset
    differing: set[str] = set()
    for member, values in MALFORMED:
        if isinstance(values, dict) and values.get("duration") not in PARTS:
            older.tool.next_turn()
            answer = older.used({**values, "action": member})
            result: Any = toolset.tool_result(sent(member, values))
            told = result["content"][0]["text"]
            if member in {"hold_key", "wait"}:
                told = told.replace("a whole number from 0 to 300", "a number from 0 to 300")
            if answer != Answer(True, told, None):
                differing.add(member)
    assert differing <= {"key", "zoom"}
    assert window.received() == []
    assert window.pressed() == ([], 0)


@pytest.mark.parametrize("seconds", [0.25])
def test_a_duration_may_be_a_part_of_a_second(
    desktop: Desktop, window: Recorder, version: VersionName, seconds: float
) -> None:
    asked: list[object] = []

    def approves(context: BetaComputerConfirmContext) -> bool:
        assert context.tool_use is not None
        asked.extend([context.input.to_dict(), context.tool_use.input])
        return True

    events: list[Event] = []
    tool = OlderTool(desktop, version=version, confirm=approves, on_call=events.append)
    call = OlderCaller(tool)
    window.received()
    start = time.monotonic()
    assert call("wait", duration=seconds) == Answer(False, f"Waited {seconds}s.", None)
    assert time.monotonic() - start >= seconds
    start = time.monotonic()
    held = call("hold_key", text="shift", duration=seconds)
    assert held == Answer(False, f"Held shift for {seconds}s.", None)
    assert time.monotonic() - start >= seconds
    assert kinds(window) == [KEY_DOWN, KEY_UP]
    waits = {"duration": seconds}
    assert asked == [*[waits] * 2, *[{"text": "shift", **waits}] * 2]
    assert [event.values for event in events if isinstance(event, Acted)] == asked[1::2]


@pytest.mark.parametrize("seconds", [-0.5, 300.5, math.nan, math.inf, 10**400, True, "0.5"])
def test_a_duration_that_makes_no_sense_is_refused(older: OlderCaller, seconds: Any) -> None:
    for answer in (
        older("wait", duration=seconds),
        older("hold_key", text="shift", duration=seconds),
    ):
        assert answer.error
        assert answer.text.startswith("duration must be ")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        *((given, "the input must be an object, got ") for given in NO_OBJECT),
        ({}, "action is missing: it must be the name of an action"),
        ({"coordinate": [5, 5]}, "action is missing: it must be the name of an action"),
        ({"action": None}, "action must be the name of an action, got null"),
        ({"action": ["key"]}, 'action must be the name of an action, got ["key"]'),
        ({"action": "clik"}, 'there is no action "clik"'),
        ({"action": "key", "text": "a", "repeat": 2}, 'key takes text; it does not take "repeat"'),
        (
            {"action": "left_click", "coordinate": [1456, 0]},
            "(1456, 0) is outside the 1456x819 screenshot",
        ),
    ],
)
def test_the_sentence_says_what_is_wrong_and_whoever_watches_is_told(
    desktop: Desktop, window: Recorder, version: VersionName, given: object, told: str
) -> None:
    window.received()
    events: list[Event] = []
    tool = OlderTool(desktop, version=version, confirm=refuse_all, on_call=events.append)
    tool.next_turn()
    with pytest.raises(ToolError) as refusal:
        tool.call(given)
    assert str(refusal.value).startswith(told)
    (refused,) = events
    assert isinstance(refused, Acted)
    assert refused.error == str(refusal.value)
    assert window.received() == []


def refuse_all(_: BetaComputerConfirmContext) -> bool:
    return False


def test_confirm_is_asked_with_the_action_and_its_input_and_only_true_approves(
    desktop: Desktop, window: Recorder, version: VersionName
) -> None:
    window.received()
    asked: list[tuple[str, dict[str, object]]] = []
    events: list[Event] = []

    def declines(context: BetaComputerConfirmContext) -> bool:
        asked.append((context.member, context.input.to_dict()))
        return 1  # type: ignore[return-value]

    tool = OlderTool(desktop, version=version, confirm=declines, on_call=events.append)
    tool.next_turn()
    with pytest.raises(ToolError, match="did not grant permission to run 'left_click'"):
        tool.call({"action": "left_click", "coordinate": [5, 5]})
    assert asked == [("left_click", {"coordinate": [5, 5]})]
    decided, refused = events
    assert isinstance(decided, Decided)
    assert (decided.member, decided.values) == ("left_click", {"coordinate": [5, 5]})
    assert (decided.approved, decided.by) == (False, "program")
    assert isinstance(refused, Acted)
    assert window.received() == []


def test_after_a_failure_the_rest_of_a_turn_is_not_executed(
    older: OlderCaller, window: Recorder
) -> None:
    older("mouse_move", coordinate=[5, 5])
    window.received()
    assert older.used({"action": "left_click", "coordinate": [-1, 0]}).error
    for given in ({"action": "left_click"}, {"action": "screenshot"}, None):
        assert older.used(given) == Answer(True, NOT_EXECUTED, None)
    assert window.received() == []
    assert not older("left_click").error
    assert len(window.buttons()) == 1


def test_a_loop_that_never_says_where_a_message_begins_is_told_so_and_goes_on(
    desktop: Desktop, window: Recorder, version: VersionName
) -> None:
    api = ScriptedApi(
        [
            uses({"action": "left_click", "coordinate": [-1, 0]}, {"action": "mouse_move"}),
            uses({"action": "left_click", "coordinate": [728, 409]}),
            says("Done."),
        ]
    )
    tool = OlderTool(desktop, version=version, confirm=approve_all)
    model = next(model for model, name, _ in OLDER if name == version)
    runner = api.client().beta.messages.tool_runner(
        model=model,
        max_tokens=99,
        tools=[tool],
        messages=[{"role": "user", "content": "click"}],
        betas=list(tool.betas),
    )
    with pytest.warns(UserWarning, match=r"call its next_turn\(\)") as warned:
        runner.until_done()
    assert [str(each.message) for each in warned].count(NO_TURNS) == 1
    first = api.requests[1]["messages"][-1]["content"]
    assert [block["is_error"] for block in first] == [True, True]
    assert NOT_EXECUTED not in str(first)
    assert len(window.buttons()) == 1


def test_what_follows_a_fault_is_not_executed_even_in_such_a_loop(
    desktop: Desktop, window: Recorder, version: VersionName
) -> None:
    def fails(_: BetaComputerConfirmContext) -> bool:
        raise OSError(5, "the terminal is gone")

    tool = OlderTool(desktop, version=version, confirm=fails)
    with pytest.warns(UserWarning, match="next_turn"), pytest.raises(ToolError, match="approved"):
        tool.call({"action": "left_click"})
    with pytest.raises(ToolError, match="Not executed: an earlier"):
        tool.call({"action": "left_click"})
    fault = tool.fault
    assert isinstance(fault, OSError)
    tool.next_turn()
    assert tool.fault is None
    assert window.buttons() == []


def test_a_fault_is_forgotten_when_the_next_call_goes_well(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch, version: VersionName
) -> None:
    def fails(_: object) -> None:
        raise CaptureError("the X display hangs")

    tool = OlderTool(desktop, version=version, confirm=approve_all)
    toolset = ComputerToolset(desktop, confirm=approve_all)
    for call, ours in ((OlderCaller(tool), tool), (Caller(toolset), toolset)):
        with monkeypatch.context() as hanging:
            hanging.setattr(desktop, "perform", fails)
            assert call("wait", duration=0).text == "the desktop failed"
        assert isinstance(ours.fault, CaptureError)
        assert not call("wait", duration=0).error
        assert ours.fault is None


@pytest.mark.parametrize(("model", "version", "beta"), OLDER)
def test_a_run_declares_the_tool_with_its_header_and_the_size_of_its_pictures(
    desktop: Desktop, model: str, version: str, beta: str
) -> None:
    api = ScriptedApi([uses({"action": "screenshot"}), says("Seen.")])
    assert run("look", desktop, client=api.client(), model=model).status == "done"
    first, second = api.requests
    declared = first["tools"][0]
    assert (declared["type"], declared["name"]) == (version, "computer")
    assert all(beta in (header or "").split(",") for header in api.betas)
    assert api.violations == ()
    (result,) = second["messages"][-1]["content"]
    assert "toolset_name" not in result
    assert not result.get("is_error")
    (image,) = (block for block in result["content"] if block["type"] == "image")
    picture = Image.open(BytesIO(base64.b64decode(image["source"]["data"])))
    assert picture.size == (declared["display_width_px"], declared["display_height_px"])
    assert len(second["messages"]) == len(first["messages"]) + 2


def test_a_run_with_the_toolset_sends_no_beta_header_for_it(desktop: Desktop) -> None:
    api = ScriptedApi([calls(("screenshot", {})), says("Seen.")])
    run("look", desktop, client=api.client(), model="claude-opus-4-8")
    assert api.requests[0]["tools"][0] == {"type": TOOLSET}
    assert not any("computer" in (header or "") for header in api.betas)
    assert api.violations == ()


@pytest.mark.parametrize(("model", "version", "beta"), OLDER)
def test_a_run_carries_out_batches_in_order_up_to_the_first_failure(
    desktop: Desktop, window: Recorder, model: str, version: str, beta: str
) -> None:
    window.received()
    api = ScriptedApi(
        [
            uses(
                {"action": "left_click", "coordinate": [728, 409]},
                {"action": "type", "text": "a"},
                {"action": "right_click", "coordinate": [1456, 0]},
                {"action": "left_click", "coordinate": [20, 20]},
                {"action": "screenshot"},
            ),
            uses({"action": "middle_click", "coordinate": [100, 100]}, {"action": "screenshot"}),
            says("Done."),
        ]
    )
    events: list[Event] = []
    result = run("click", desktop, client=api.client(), model=model, on_event=events.append)
    assert (result.status, result.actions) == ("done", 4)
    received = only(window, BUTTON_DOWN, KEY_DOWN)
    assert [(e.event, e.x, e.y) for e in received] == [
        (BUTTON_DOWN, 960, 540),
        (KEY_DOWN, 960, 540),
        (BUTTON_DOWN, 132, 132),
    ]
    asked, answered = (message["content"] for message in api.requests[1]["messages"][-2:])
    results = [block for block in answered if block["type"] == "tool_result"]
    calls_ = [block["id"] for block in asked if block["type"] == "tool_use"]
    assert [block["tool_use_id"] for block in results] == calls_
    assert results == answered
    assert "image" in {block["type"] for block in results[1]["content"]}
    assert [bool(block.get("is_error")) for block in results] == [False, False, True, True, True]
    said = {"type": "text", "text": "(1456, 0) is outside the 1456x819 screenshot"}
    assert results[2]["content"] == [said]
    told = [{"type": "text", "text": NOT_EXECUTED}]
    assert [block["content"] for block in results[3:]] == [told] * 2
    later = api.requests[2]["messages"][-1]["content"]
    assert not any(block.get("is_error") for block in later)
    assert [e.member for e in events if isinstance(e, Acted)] == [
        *("left_click", "type", "right_click", "screenshot", "middle_click", "screenshot")
    ]
    assert api.violations == ()


@pytest.mark.parametrize(("model", "version", "beta"), OLDER[:1])
def test_the_command_chooses_the_tool_by_the_model(model: str, version: str, beta: str) -> None:
    api = ScriptedApi([uses({"action": "screenshot"}), says("All is well.")])
    with served(api) as address:
        environment = {"ANTHROPIC_API_KEY": "none", "ANTHROPIC_BASE_URL": address}
        done = trueclick("run", "look", "--model", model, environment=environment)
    assert done.returncode == 0, done.stderr
    assert "All is well." in done.stdout
    first, second = api.requests
    assert beta in str(api.betas[0]).split(",")
    assert first["tools"][0]["type"] == version
    (result,) = second["messages"][-1]["content"]
    assert not result.get("is_error")


@pytest.mark.parametrize("error", [CaptureError("the X display :5 went away"), OSError("full")])
def test_a_fault_ends_the_run_before_the_next_request(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(event: object) -> None:
        if not isinstance(event, Event) or isinstance(event, Acted):
            raise error

    api = ScriptedApi([uses({"action": "wait", "duration": 0}), says("never")])
    model = "claude-sonnet-4-5"
    if isinstance(error, OSError):
        with pytest.raises(OSError, match="full"):
            run("x", desktop, client=api.client(), model=model, on_event=fails)
    else:
        monkeypatch.setattr(desktop, "perform", fails)
        result = run("x", desktop, client=api.client(), model=model)
        assert (result.status, result.text) == ("failed", str(error))
    assert len(api.requests) == 1


def test_a_watcher_that_fails_at_a_refusal_ends_the_run_too(desktop: Desktop) -> None:
    def fails(event: Event) -> None:
        if isinstance(event, Acted):
            raise OSError(28, "No space left on device")

    for turn, model in (
        (uses({"action": "wait"}), "claude-sonnet-4-5"),
        (calls(("wait", {})), "claude-opus-4-8"),
    ):
        api = ScriptedApi([turn, says("never")])
        with pytest.raises(OSError, match="No space left"):
            run("x", desktop, client=api.client(), model=model, on_event=fails)
        assert len(api.requests) == 1
