"""Input through `pyautogui`: on a strict stand-in, and through the real module on X11."""

import json
import subprocess
import sys
from collections.abc import Callable
from inspect import Parameter
from pathlib import Path
from typing import Any

import pytest

from trueclick.agent import StopRequested
from trueclick.agent.input.keys import KEYS, Key, parse_keys
from trueclick.agent.input.pyautogui_input import PyAutoGuiInput, load_pyautogui
from trueclick.agent.stop import StopClock, StopSwitch
from trueclick.capture import CaptureError, SystemClock, VirtualDisplay
from trueclick.geometry import Point, Refusal

from ..recorder import BUTTON_DOWN, BUTTON_UP, KEY_DOWN, MOTION, Recorder
from .pyautogui_standin import HEIGHT, PARAMETERS, SETTINGS, WIDTH, StandIn


def opened(gui: StandIn, platform: str = "win32") -> PyAutoGuiInput:
    return PyAutoGuiInput(SystemClock(), lambda: gui, platform)


@pytest.fixture
def gui() -> Any:
    return StandIn()


def test_its_pauses_are_off_and_come_back(gui: Any) -> None:
    backend = opened(gui)
    assert (gui.PAUSE, gui.MINIMUM_DURATION, gui.MINIMUM_SLEEP) == (0, 0, 0)
    assert gui.FAILSAFE is True
    gui.LOG_SCREENSHOTS = True
    backend.close()
    assert {name: getattr(gui, name) for name in SETTINGS} == SETTINGS


@pytest.mark.parametrize(
    ("button", "count", "call"),
    [
        ("left", 1, ("click", 1, 0.0, "primary")),
        ("right", 1, ("click", 1, 0.0, "secondary")),
        ("middle", 1, ("click", 1, 0.0, "middle")),
        ("left", 2, ("doubleClick", 0.0, "primary")),
        ("left", 3, ("tripleClick", 0.0, "primary")),
    ],
)
def test_on_windows_a_click_is_of_the_button_that_means_it(
    gui: Any, button: str, count: int, call: tuple[object, ...]
) -> None:
    opened(gui).click(button, count)
    assert gui.calls == [call]


def test_on_macos_buttons_have_their_plain_names() -> None:
    gui: Any = StandIn("darwin")
    opened(gui, "darwin").click("right", 2)
    assert gui.calls == [("doubleClick", 0.0, "right")]


def test_a_move_goes_there_and_a_pointer_that_does_not_follow_is_told(gui: Any) -> None:
    backend = opened(gui)
    backend.move(Point(-5, 7))
    assert backend.pointer() == Point(-5, 7)
    gui.stuck = True
    with pytest.raises(CaptureError, match="is this program allowed to control the computer"):
        backend.move(Point(300, 300))


def test_a_drag_moves_in_steps_with_the_button_down(gui: Any) -> None:
    opened(gui).drag(Point(10, 10), Point(130, 70))
    names = [call[0] for call in gui.calls]
    assert names == ["moveTo", "mouseDown", *["dragTo"] * 12, "mouseUp"]
    assert gui.calls[2] == ("dragTo", 20, 15, "left", False)
    assert gui.at == (130, 70)
    assert gui.down == []


@pytest.mark.parametrize(
    ("platform", "direction", "call"),
    [
        ("win32", "up", ("scroll", 120)),
        ("win32", "down", ("scroll", -120)),
        ("darwin", "up", ("scroll", 1)),
        ("darwin", "down", ("scroll", -1)),
        ("linux", "left", ("hscroll", -1)),
        ("linux", "right", ("hscroll", 1)),
    ],
)
def test_the_wheel_turns_click_by_click(
    platform: str, direction: str, call: tuple[object, ...]
) -> None:
    gui: Any = StandIn(platform)
    opened(gui, platform).scroll(direction, 3)
    assert gui.calls == [call] * 3


@pytest.mark.parametrize("platform", ["win32", "darwin"])
@pytest.mark.parametrize("direction", ["left", "right"])
def test_a_wheel_that_cannot_turn_sideways_is_not_turned(platform: str, direction: str) -> None:
    gui: Any = StandIn(platform)
    with pytest.raises(Refusal, match="is not possible on this system"):
        opened(gui, platform).scroll(direction, 3)
    assert gui.calls == []


def test_a_combination_goes_down_in_order_and_up_in_reverse(gui: Any) -> None:
    with opened(gui).held(parse_keys("ctrl+shift+F5")):
        assert gui.down == ["ctrlleft", "shiftleft", "f5"]
    assert [call[1] for call in gui.calls[3:]] == ["f5", "shiftleft", "ctrlleft"]
    assert gui.down == []


@pytest.mark.parametrize(
    ("platform", "name", "called"),
    [
        ("win32", "cmd", "winleft"),
        ("darwin", "cmd", "command"),
        ("darwin", "Alt_R", "optionright"),
        ("win32", "Return", "enter"),
        ("win32", "space", " "),
        ("win32", "plus", "+"),
        ("win32", "KP_7", "num7"),
        ("win32", "Menu", "apps"),
        ("darwin", "a", "a"),
    ],
)
def test_a_key_has_the_name_that_the_system_knows(platform: str, name: str, called: str) -> None:
    gui: Any = StandIn(platform)
    with opened(gui, platform).held(parse_keys(name)):
        assert gui.down == [called]


@pytest.mark.parametrize(
    ("platform", "name"),
    [("darwin", "F24"), ("win32", "KP_Enter"), ("darwin", "Super_R"), ("win32", "é")],
)
def test_a_key_that_the_system_has_not_is_refused_by_name_and_nothing_is_pressed(
    platform: str, name: str
) -> None:
    gui: Any = StandIn(platform)
    keys = parse_keys(f"ctrl+{name}")
    with (
        pytest.raises(Refusal, match=f"the key '{keys[1].name}' cannot be pressed"),
        opened(gui, platform).held(keys),
    ):
        pytest.fail("it was pressed")
    assert gui.calls == []


def test_a_place_on_the_keyboard_that_is_none_counts_as_missing(gui: Any) -> None:
    gui.platformModule.keyboardMapping["q"] = -1  # what Windows answers for no key
    with pytest.raises(Refusal), opened(gui).held(parse_keys("q")):
        pytest.fail("it was pressed")


@pytest.mark.parametrize("platform", ["win32", "darwin", "linux"])
def test_every_key_of_the_table_is_pressed_or_refused(platform: str) -> None:
    gui: Any = StandIn(platform)
    backend = opened(gui, platform)
    pressed = set[str]()
    for key in KEYS:
        try:
            with backend.held((key,)):
                pressed.add(key.name)
        except Refusal as refusal:
            assert repr(key.name) in str(refusal)  # noqa: PT017 - most are pressed
    assert {"Return", "Tab", "Escape", "Left", "Control_L", "F12", "plus", "Super_L"} <= pressed
    assert gui.down == []


def test_text_is_typed_key_by_key_and_line_ends_are_return(gui: Any) -> None:
    opened(gui).type("Ab<\t1\r\n2\r3\n")
    assert [call[1] for call in gui.calls] == list("Ab<\t1\n2\n3\n")


@pytest.mark.parametrize(
    ("text", "named"),
    [("ab é", "U+00E9"), ("😀", "U+1F600"), ("a\bc", "U+0008"), ("fn \x7f", "U+007F")],
)
def test_text_that_would_arrive_with_gaps_is_not_typed_at_all(
    gui: Any, text: str, named: str
) -> None:
    with pytest.raises(Refusal) as refused:
        opened(gui).type(text)
    assert str(refused.value) == f"text holds {named}, which cannot be typed on this system"
    assert gui.calls == []


CORNERS = [(0, 0), (WIDTH - 1, 0), (0, HEIGHT - 1), (WIDTH - 1, HEIGHT - 1)]


@pytest.mark.parametrize(("x", "y"), CORNERS)
def test_a_persons_slam_into_a_corner_stops(gui: Any, x: int, y: int) -> None:
    backend = opened(gui)
    gui.at = (x, y)
    with pytest.raises(StopRequested, match="moved into a corner"):
        backend.click("left", 1)
    assert gui.calls == []


@pytest.mark.parametrize(("x", "y"), CORNERS)
def test_a_corner_into_which_we_moved_does_not_stop(gui: Any, x: int, y: int) -> None:
    backend = opened(gui)
    backend.move(Point(x, y))
    backend.click("left", 1)
    backend.scroll("down", 2)
    with backend.held(parse_keys("ctrl")):
        pass
    backend.move(Point(50, 50))
    assert gui.FAILSAFE is True
    gui.at = (x, y)
    with pytest.raises(StopRequested):
        backend.click("left", 1)


def test_a_pointer_that_was_left_in_a_corner_does_not_stop(gui: Any) -> None:
    gui.at = (0, 0)
    opened(gui).move(Point(5, 5))
    assert gui.at == (5, 5)


def test_what_is_held_comes_up_though_the_pointer_is_in_a_corner(gui: Any) -> None:
    backend = opened(gui)

    def slam_and_click() -> None:
        with backend.held(parse_keys("ctrl+a")):
            gui.at = (0, 0)
            backend.click("left", 1)

    with pytest.raises(StopRequested):
        slam_and_click()
    assert gui.down == []
    assert gui.FAILSAFE is True


def test_a_drag_that_is_stopped_lets_the_button_up(gui: Any) -> None:
    stop = StopSwitch()
    backend = PyAutoGuiInput(StopClock(SystemClock(), stop), lambda: gui, "win32")
    stop.request("enough")
    with pytest.raises(StopRequested, match="enough"):
        backend.drag(Point(10, 10), Point(130, 70))
    assert gui.down == []
    assert gui.calls[-1] == ("mouseUp", "primary")


def test_everything_comes_up_at_the_end(gui: Any) -> None:
    backend = opened(gui)
    backend.press("left")
    backend.press("left")
    holding = backend.held(parse_keys("ctrl+shift"))
    holding.__enter__()  # and nobody leaves it
    gui.at = (0, 0)
    backend.close()
    backend.close()
    ups = [call for call in gui.calls if call[0].endswith("Up")]
    assert ups == [("keyUp", "shiftleft"), ("keyUp", "ctrlleft"), ("mouseUp", "primary")]
    assert gui.FAILSAFE is True


def test_an_error_of_the_module_is_ours_to_tell(gui: Any) -> None:
    backend = opened(gui)

    def broken(*_: object, **__: object) -> None:
        raise gui.PyAutoGUIException("something internal")

    gui.click = broken
    with pytest.raises(CaptureError, match=r"^the pointer and the keyboard cannot be controlled$"):
        backend.click("left", 1)


def test_without_the_module_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyautogui", None)
    with pytest.raises(CaptureError, match="needs pyautogui: pip install pyautogui"):
        load_pyautogui()


def test_without_a_screen_the_module_does_not_start() -> None:
    script = (
        "from trueclick.agent.input.pyautogui_input import load_pyautogui\n"
        "from trueclick.capture import CaptureError\n"
        "try:\n    load_pyautogui()\nexcept CaptureError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == (
        "pyautogui does not start: is there a screen that this program may use?\n"
    )


@pytest.fixture
def real(
    bare_display: VirtualDisplay, window: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Any]:
    """What a program prints as JSON that uses the real `pyautogui` on the bare display."""
    pytest.importorskip("Xlib", reason="pyautogui's way to X11 is not installed")
    del window  # it must be there first
    nothing = tmp_path / "authority"
    nothing.touch()  # Xlib complains where there is none
    monkeypatch.setenv("XAUTHORITY", str(nothing))
    monkeypatch.setenv("DISPLAY", bare_display.name)

    def run(program: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


REFLECTED = """
import inspect, json, pyautogui
def defaults(function):
    return {
        name: "NEEDED" if each.default is each.empty
        else None if callable(each.default) else each.default
        for name, each in inspect.signature(function).parameters.items()
    }
names = "platformModule", "FAILSAFE_POINTS", "FailSafeException", "PyAutoGUIException"
print(json.dumps({
    "parameters": {name: defaults(getattr(pyautogui, name)) for name in %r},
    "settings": {name: getattr(pyautogui, name) for name in %r},
    "names": [hasattr(pyautogui, name) for name in names],
    "points": pyautogui.FAILSAFE_POINTS,
    "caught": issubclass(pyautogui.FailSafeException, pyautogui.PyAutoGUIException),
}))
"""


def test_the_stand_in_is_as_the_real_module_is(real: Callable[[str], Any]) -> None:
    reflected = real(REFLECTED % (sorted(PARAMETERS), sorted(SETTINGS)))
    ours = {
        name: [
            (each, "NEEDED" if default is Parameter.empty else default)
            for each, default in parameters.items()
        ]
        for name, parameters in PARAMETERS.items()
    }
    theirs = {name: list(given.items()) for name, given in reflected["parameters"].items()}
    assert theirs == ours  # in the same order
    assert reflected["settings"] == SETTINGS
    assert reflected["names"] == [True] * 4
    assert sorted(map(tuple, reflected["points"])) == sorted(StandIn.FAILSAFE_POINTS)
    assert reflected["caught"] is True


REAL = """
import json
from trueclick.agent.input.keys import parse_keys
from trueclick.agent.input.pyautogui_input import PyAutoGuiInput
from trueclick.capture import SystemClock
from trueclick.geometry import Point, Refusal
backend = PyAutoGuiInput(SystemClock())
{body}
backend.close()
print("null")
"""


def test_the_real_module_moves_clicks_drags_and_scrolls(
    real: Callable[[str], Any], window: Recorder
) -> None:
    body = """
backend.move(Point(0, 0))
backend.click("left", 1)
backend.move(Point(700, 500))
backend.click("right", 1)
backend.click("left", 3)
backend.drag(Point(100, 100), Point(220, 160))
for direction in ("up", "down", "left", "right"):
    backend.scroll(direction, 2)
backend.press("left")
"""
    real(REAL.format(body=body))
    events = [e for e in window.received() if e.event in {BUTTON_DOWN, BUTTON_UP, MOTION}]
    downs = [(e.detail, e.x, e.y) for e in events if e.event == BUTTON_DOWN]
    assert downs == [
        (1, 0, 0),
        (3, 700, 500),
        *[(1, 700, 500)] * 3,
        (1, 100, 100),
        *[(wheel, 220, 160) for wheel in (4, 4, 5, 5, 6, 6, 7, 7)],
        (1, 220, 160),
    ]
    dragged = [e for e in events if e.event == MOTION and e.state & 0x100]
    assert len({(e.x, e.y) for e in dragged}) >= 8
    assert window.pressed() == ([], 0)


def test_the_real_module_types_and_holds_keys(real: Callable[[str], Any], window: Recorder) -> None:
    text = "Hello, World! 123\n\t~{}[]?"
    body = f"""
with backend.held(parse_keys("ctrl+shift+a")):
    pass
backend.type({text!r})
try:
    backend.type("never \\u00e9")
except Refusal:
    pass
"""
    real(REAL.format(body=body))
    downs = [e for e in window.received() if e.event == KEY_DOWN]
    combination, typed = downs[:3], downs[3:]
    assert combination[2].state == 5  # shift and control
    assert read(window, typed) == text
    assert window.pressed() == ([], 0)


def read(window: Recorder, events: Any) -> str:
    """What key events type, by the server's own map of the keyboard."""
    connection = window._connection
    setup = connection.get_setup()
    first, last = setup.min_keycode, setup.max_keycode
    answer = connection.core.GetKeyboardMapping(first, last - first + 1).reply()
    width = answer.keysyms_per_keycode
    typed = ""
    for event in events:
        symbol = answer.keysyms[(event.detail - first) * width + (event.state & 1)]
        typed += {0xFF0D: "\n", 0xFF09: "\t"}.get(symbol) or (chr(symbol) if symbol < 0x100 else "")
    return typed


def test_the_real_module_knows_the_names_that_we_call_keys_by(
    real: Callable[[str], Any],
) -> None:
    body = """
from trueclick.agent.input.pyautogui_input import _NAMES
names = {name for names in _NAMES.values() for name in names}
print(json.dumps(sorted(names - set(backend._gui.KEY_NAMES))))
raise SystemExit
"""
    assert real(REAL.format(body=body)) == []


def test_a_key_by_its_x11_name_alone_is_tried_in_lower_case(gui: Any) -> None:
    with opened(gui).held((Key("Home", 0xFF50), Key("F12", 0xFFC9))):
        assert gui.down == ["home", "f12"]
