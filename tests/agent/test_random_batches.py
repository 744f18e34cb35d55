"""Batches drawn at random do to a real window what a model of that window says."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from trueclick.agent import Desktop, open_desktop, run
from trueclick.capture import VirtualDisplay, application_environment
from trueclick.geometry import Size

from ..programs import TK_PYTHON
from .scripted import ScriptedApi, calls, says
from .test_clicks_land import pixel_under

REAL = Size[Any](1920, 1080)
WIDTH, HEIGHT = 1456, 819
SHIFT, CONTROL, ALT = 1, 4, 8
HELD = {"ctrl": CONTROL, "shift": SHIFT, "Alt": ALT, "ctrl+shift": CONTROL | SHIFT, "": 0}
CLICKS = {
    "left_click": (1, 1),
    "middle_click": (2, 1),
    "right_click": (3, 1),
    "double_click": (1, 2),
    "triple_click": (1, 3),
}
WHEEL = {"up": (4, 0), "down": (5, 0), "left": (4, SHIFT), "right": (5, SHIFT)}
"""As Tk tells it: it makes of the wheel's third and fourth direction a shifted first and second."""
KEYS: dict[str, list[object]] = {
    "a": ["key", "a"],
    "F5": ["key", "F5", 0],
    "Left": ["key", "Left", 0],
    "PageDown": ["key", "Next", 0],
    "enter": ["key", "Return", 0],
    "BackSpace": ["key", "BackSpace", 0],
    "ctrl+b": ["key", "b", CONTROL],
    "ctrl+shift+b": ["key", "B", CONTROL | SHIFT],
    "alt+x": ["key", "x", ALT],
    "plus": ["key", "+"],
}
WRITTEN = {"a": "a", "plus": "+", "enter": "\n"}
WRONG: list[tuple[str, dict[str, Any]]] = [
    ("left_click", {"coordinate": [WIDTH, 0]}),
    ("left_click", {"coordinate": [5, 5], "text": "ctlr"}),
    ("mouse_move", {"coordinate": [-1, 5]}),
    ("left_click_drag", {"start_coordinate": [5, 5], "coordinate": [0, HEIGHT]}),
    ("scroll", {"coordinate": [5, 5], "scroll_direction": "up", "scroll_amount": 101}),
    ("key", {"text": "Retrun"}),
    ("key", {"text": "a", "repeat": 0}),
    ("type", {"text": "a\0b"}),
    ("wait", {"duration": -1}),
    ("no_member", {}),
]

Call = tuple[str, dict[str, Any]]

xs, ys = st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1)
places = st.tuples(xs, ys).map(list)
held = st.sampled_from(sorted(HELD)).map(lambda text: {"text": text} if text else {})
maybe_place = st.one_of(st.just({}), places.map(lambda place: {"coordinate": place}))
acts: st.SearchStrategy[Call] = st.one_of(
    st.builds(lambda m, p, h: (m, p | h), st.sampled_from(sorted(CLICKS)), maybe_place, held),
    st.builds(
        lambda a, b, h: ("left_click_drag", {"start_coordinate": a, "coordinate": b} | h),
        *(places, places, held),
    ),
    st.builds(
        lambda d, n, p: ("scroll", {"scroll_direction": d, "scroll_amount": n} | p),
        *(st.sampled_from(sorted(WHEEL)), st.integers(0, 4), maybe_place),
    ),
    places.map(lambda place: ("mouse_move", {"coordinate": place})),
    st.just(("left_mouse_down", {})),
    st.just(("left_mouse_up", {})),
    st.just(("cursor_position", {})),
    st.builds(
        lambda k, n: ("key", {"text": k} | ({"repeat": n} if n else {})),
        *(st.sampled_from(sorted(KEYS)), st.integers(0, 3)),
    ),
    st.sampled_from(sorted(KEYS)).map(lambda k: ("hold_key", {"text": k, "duration": 0})),
    st.text("aZ é漢\n\t1!<", max_size=6).map(lambda text: ("type", {"text": text})),
    st.just(("wait", {"duration": 0})),
)
batches = st.lists(st.one_of(acts, acts, acts, st.sampled_from(WRONG)), min_size=1, max_size=6)


@dataclass
class Window:
    """What a batch should do to the window, by rules alone."""

    text: str
    ticked: bool
    focus: str
    pointer: tuple[int, int] = (10, 10)
    record: list[list[object]] = field(default_factory=list)
    pressed_on: str = ""

    def carry_out(self, batch: list[Call]) -> list[str | None]:
        """The answers, `None` for any success that says nothing of its own."""
        answers: list[str | None] = []
        for call in batch:
            if (answers and answers[-1] == "refused") or call in WRONG:
                answers.append("refused")
            else:
                answers.append(self._act(*call))
        return answers

    def _act(self, member: str, values: dict[str, Any]) -> str | None:
        place = values.get("start_coordinate", values.get("coordinate"))
        if place is not None:
            self.pointer = (place[0], place[1])
        if member in CLICKS:
            button, count = CLICKS[member]
            self._clicks(button, count, HELD[values.get("text", "")])
        elif member in {"key", "hold_key"}:
            for _ in range(values.get("repeat", 1)):
                self._key(values["text"])
        elif member == "cursor_position":
            return f"X={self.pointer[0]},Y={self.pointer[1]}"
        else:
            self._act_otherwise(member, values)
        return None

    def _act_otherwise(self, member: str, values: dict[str, Any]) -> None:
        match member:
            case "left_click_drag":
                state = HELD[values.get("text", "")]
                self._button(1, down=True, state=state)
                self.pointer = (values["coordinate"][0], values["coordinate"][1])
                self._button(1, down=False, state=state)
            case "left_mouse_down" | "left_mouse_up":
                self._button(1, down=member == "left_mouse_down")
            case "scroll":
                button, state = WHEEL[values["scroll_direction"]]
                self._clicks(button, values["scroll_amount"], state)
            case "type":
                for character in values["text"]:
                    self._write(character)
            case _:
                assert member in {"mouse_move", "wait"}

    @property
    def under(self) -> str:
        x, y = self._pixel()
        if x < REAL.width // 2:
            return "pad"
        return "text" if y < REAL.height // 2 else "tick"

    def _pixel(self) -> tuple[int, int]:
        x, y = self.pointer
        return pixel_under(x, WIDTH, REAL.width), pixel_under(y, HEIGHT, REAL.height)

    def _clicks(self, button: int, count: int, state: int) -> None:
        for _ in range(count):
            self._button(button, down=True, state=state)
            self._button(button, down=False, state=state)

    def _button(self, button: int, *, down: bool, state: int = 0) -> None:
        # X sends everything to the window in which a button went down, until the last one is up.
        # A button that is down does not go down again.
        if down == bool(self.pressed_on) and (button == 1):
            return
        target = self.pressed_on or self.under
        if target == "pad":
            self.record.append(["down" if down else "up", button, *self._pixel(), state])
        if button != 1:
            return
        if down and target == "tick":
            self.ticked = not self.ticked  # on X11 Tk's box is ticked as the button goes down
        elif down:
            self.focus = target
        self.pressed_on = target if down else ""

    def _key(self, name: str) -> None:
        if self.focus == "pad":
            self.record.append(KEYS[name])
        elif name == "BackSpace":
            self.text = self.text[:-1]
        else:
            self.text += WRITTEN.get(name, "")

    def _write(self, character: str) -> None:
        keys = {"\n": ["key", "Return", 0], "\t": ["key", "Tab", 0]}
        if self.focus == "pad":
            self.record.append(keys.get(character, ["key", character]))
        else:
            self.text += character


class Program:
    """The real window."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def state(self) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(file=self._process.stdin, flush=True)
        state: dict[str, Any] = json.loads(self._process.stdout.readline())
        return state


@pytest.fixture(scope="module")
def display() -> Generator[VirtualDisplay]:
    with VirtualDisplay(REAL) as opened:
        yield opened


@pytest.fixture(scope="module")
def program(display: VirtualDisplay) -> Generator[Program]:
    process = subprocess.Popen(
        [TK_PYTHON, str(Path(__file__).with_name("state_window.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=application_environment(display.name, os.environ),
    )
    with process:
        opened = Program(process)
        while opened.state()["focus"] != "pad":
            pass
        yield opened
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture(scope="module")
def desktop(display: VirtualDisplay, program: Program) -> Generator[Desktop]:
    with open_desktop(display.name, model="local") as opened:
        yield opened


def said(result: dict[str, Any]) -> str:
    """What a call's own answer says; how the screen looks afterwards may follow it."""
    return "refused" if result.get("is_error") else str(result["content"][0].get("text", ""))


def results(request: dict[str, Any]) -> list[str]:
    """What the model is told of each call of its last message."""
    content = request["messages"][-1]["content"]
    return [said(block) for block in content if block["type"] == "tool_result"]


def check(desktop: Desktop, program: Program, batch: list[Call]) -> None:
    """Have a batch carried out on the window and on its model, and compare the two."""
    before = program.state()
    expected = Window(before["text"], before["ticked"], before["focus"])
    batch = [("mouse_move", {"coordinate": [10, 10]}), *batch]
    answers = expected.carry_out(batch)
    api = ScriptedApi(
        [calls(*batch), calls(("left_mouse_up", {}), ("cursor_position", {})), says("Done.")]
    )
    run("x", desktop, client=api.client())
    expected.carry_out([("left_mouse_up", {})])
    after = program.state()
    assert {"record": expected.record, "text": expected.text} == {
        "record": after["record"],
        "text": after["text"],
    }
    assert (expected.ticked, expected.focus) == (after["ticked"], after["focus"])
    for answer, told in zip(answers, results(api.requests[1]), strict=True):
        assert answer == told if answer is not None else told != "refused"
    assert results(api.requests[2])[-1] == f"X={expected.pointer[0]},Y={expected.pointer[1]}"


ONE_WINDOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.mark.usefixtures("no_late_answers")
@given(batch=batches)
@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # on a real window it takes minutes to find a smaller batch
    suppress_health_check=ONE_WINDOW,
)
def test_a_batch_does_to_the_window_what_its_model_says(
    desktop: Desktop, program: Program, batch: list[Call]
) -> None:
    check(desktop, program, batch)


@pytest.mark.slow
@pytest.mark.usefixtures("no_late_answers")
@given(batch=batches)
@settings(max_examples=1000, deadline=None, database=None, suppress_health_check=ONE_WINDOW)
def test_a_thousand_batches_do_to_the_window_what_its_model_says(
    desktop: Desktop, program: Program, batch: list[Call]
) -> None:
    check(desktop, program, batch)
