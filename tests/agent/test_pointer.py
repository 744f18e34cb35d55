"""Clicks, presses and the wheel, as real programs understand them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from trueclick.agent import ComputerToolset, approve_all, open_desktop
from trueclick.agent.actions import Click, Drag, Press, Scroll
from trueclick.agent.separate_clicks import SeparateClicks, pressed_by
from trueclick.capture import VirtualDisplay
from trueclick.geometry import Box, Point, Screen, Size

from ..calls import Caller
from ..recorder import BUTTON_DOWN, BUTTON_UP, KEY_DOWN, KEY_UP, MOTION, Recorder, recorder
from .gestures import SIZE, browser, gtk, tk

SHIFT, CONTROL, ALT, SUPER = 1, 4, 8, 64
"""The X11 protocol's modifier bits."""


STEP_PX = 120
"""Chromium's own for a click of the wheel."""


@pytest.fixture(scope="module")
def managed() -> Iterator[VirtualDisplay]:
    """A display with a window manager, as people have it."""
    with VirtualDisplay(SIZE) as started:
        yield started


@contextmanager
def acting(server: str) -> Generator[Caller]:
    with open_desktop(server, model="local", guard_batches=False) as desktop:
        size = desktop.view.model
        assert (size.width, size.height) == (SIZE.width, SIZE.height)  # pixels are pixels here
        call = Caller(ComputerToolset(desktop, confirm=approve_all))
        call("screenshot")  # waits until the window is drawn
        yield call


BUSY = [0, pytest.param(3, marks=pytest.mark.slow)]
"""How many other programs want all of the processor."""


@contextmanager
def load(busy: int) -> Generator[None]:
    """Inside of the block so many other programs want all of the processor."""
    with ExitStack() as stack:
        for _ in range(busy):
            program = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while 1: pass"]))
            stack.callback(program.kill)
        yield


def clicks_at(call: Caller, at: tuple[int, int]) -> None:
    """Two single clicks, a double and a triple one, and presses by hand, all at one place."""
    place = list(at)
    for member in ("left_click", "left_click", "double_click", "triple_click"):
        assert not call(member, coordinate=place).error
    call("left_mouse_down")
    call("left_mouse_up")
    call("left_click")
    call("right_click")
    call("left_click")


COUNTS = [1, 1, 1, 2, 1, 2, 3, 1, 1]
"""What `clicks_at` is to a program that counts the presses of the left button."""


@pytest.mark.parametrize("busy", BUSY)
def test_chromium_counts_clicks_as_they_were_meant(managed: VirtualDisplay, busy: int) -> None:
    with browser(managed.name) as told, acting(managed.name) as call, load(busy):
        clicks_at(call, (100, 110))
        clicks = told.until(lambda now: len(now["clicks"]) >= 14)["clicks"]
    lefts = [detail for kind, button, detail, _ in clicks if (kind, button) == ("click", 0)]
    assert lefts == [*COUNTS, 1]
    assert [kind for kind, *_ in clicks].count("dblclick") == 2
    assert [kind for kind, *_ in clicks].count("contextmenu") == 1


@pytest.mark.parametrize("busy", BUSY)
def test_tk_counts_clicks_as_they_were_meant(managed: VirtualDisplay, busy: int) -> None:
    with tk(managed.name) as told, acting(managed.name) as call, load(busy):
        clicks_at(call, (400, 400))
        clicks = told.until(lambda now: len(now["clicks"]) >= 11)["clicks"]
    names = {"Button": 1, "Double-Button": 2, "Triple-Button": 3}
    assert [names[kind] for kind, number, _ in clicks if number == 1] == [*COUNTS, 1]


@pytest.mark.parametrize("busy", BUSY)
def test_gtk_counts_clicks_as_they_were_meant(managed: VirtualDisplay, busy: int) -> None:
    with gtk(managed.name) as told, acting(managed.name) as call, load(busy):
        clicks_at(call, (100, 130))
        clicks = told.until(lambda now: len(now["clicks"]) >= 14)["clicks"]
    # A double click is told after its two clicks, a triple one after its three.
    lefts = [kind for kind, number, _ in clicks if number == 1]
    double, triple = ["one", "one", "two"], ["one", "one", "two", "one", "three"]
    assert lefts == ["one", "one", *double, *triple, "one", "one", "one"]


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        ("ctrl", CONTROL),
        ("shift", SHIFT),
        ("alt", ALT),
        ("super", SUPER),
        ("ctrl+shift", CONTROL | SHIFT),
        ("ctrl+alt+super", CONTROL | ALT | SUPER),
    ],
)
@pytest.mark.parametrize("place", [{"coordinate": [10, 10]}, {}], ids=["at a place", "in place"])
@pytest.mark.parametrize("member", ["left_click", "right_click", "middle_click", "triple_click"])
def test_modifiers_go_down_before_a_click_and_up_after_it(
    call: Caller,
    window: Recorder,
    member: str,
    place: dict[str, object],
    text: str,
    bits: int,
) -> None:
    assert not call(member, text=text, **place).error
    events = [event for event in window.received() if event.event != MOTION]
    count = len(text.split("+"))
    kinds = [event.event for event in events]
    assert kinds[:count] == [KEY_DOWN] * count
    assert kinds[-count:] == [KEY_UP] * count
    assert set(kinds[count:-count]) == {BUTTON_DOWN, BUTTON_UP}
    assert {e.state & (SHIFT | CONTROL | ALT | SUPER) for e in events[count:-count]} == {bits}
    assert window.pressed() == ([], 0)


def test_a_click_of_another_button_need_not_wait(call: Caller, window: Recorder) -> None:
    call("left_click", coordinate=[500, 500])
    call("right_click", coordinate=[500, 500])
    assert [event.detail for event in window.buttons()] == [1, 3]
    clicks = SeparateClicks()
    at = Point[Screen](5, 5)
    clicks.note("left", at, 10.0)
    assert clicks.rest_s("right", at, 10.0) == 0
    assert clicks.rest_s("left", at, 10.1) == pytest.approx(0.5)
    assert clicks.rest_s("left", Point(13, 5), 10.1) == 0
    assert clicks.rest_s("left", at, 11.0) == 0
    clicks.note("left", at, 10.0, count=2)
    assert clicks.rest_s("left", at, 10.0) > 0.8


def test_whatever_presses_a_button_is_kept_apart() -> None:
    here = Point(5, 5)
    assert pressed_by(Click("middle", 1, None, ())) == ("middle", 1)
    assert pressed_by(Drag(here, here, ())) == ("left", 1)
    assert pressed_by(Press(down=True)) == ("left", 1)
    assert pressed_by(Press(down=False)) == ("", 0)
    assert pressed_by(Scroll("up", 3, None, ())) == ("", 0)


@pytest.mark.slow
def test_chromium_scrolls_by_every_click_of_the_wheel(managed: VirtualDisplay) -> None:
    with browser(managed.name) as told, acting(managed.name) as call:

        def turn(direction: str, amount: int, axis: int, **more: object) -> float:
            """By how many clicks of the wheel the page has moved."""
            before = told.now()["scrolled"][axis]
            call("scroll", scroll_direction=direction, scroll_amount=amount, **more)
            wanted = before + STEP_PX * amount * (1 if direction in {"down", "right"} else -1)
            now = told.until(lambda now: now["scrolled"][axis] == wanted, patience_s=5)
            return float(now["scrolled"][axis] - before) / STEP_PX

        place = {"coordinate": [900, 300]}
        assert turn("down", 1, 1, **place) == 1
        assert turn("down", 0, 1) == 0
        assert turn("down", 5, 1) == 5
        # On a busy machine it takes several at once, and scrolls by less than a page for them.
        assert turn("down", 100, 1) == pytest.approx(100, rel=0.1)
        assert turn("up", 50, 1) == pytest.approx(-50, rel=0.1)
        assert turn("right", 3, 0) == 3
        assert turn("left", 2, 0) == -2
        # With Control held a page zooms instead; this one only counts it.
        before = told.now()
        call("scroll", scroll_direction="up", scroll_amount=2, text="ctrl", **place)
        now = told.until(lambda now: now["wheel"][2] > before["wheel"][2])
        assert now["wheel"][2] > before["wheel"][2]
        assert now["scrolled"] == before["scrolled"]


def test_gtk_scrolls_by_every_click_of_the_wheel(managed: VirtualDisplay) -> None:
    with gtk(managed.name) as told, acting(managed.name) as call:

        def turn(direction: str, amount: int, field: str, wanted: float) -> None:
            place = [900, 300]
            call("scroll", coordinate=place, scroll_direction=direction, scroll_amount=amount)
            now = told.until(lambda now: now[field] == pytest.approx(wanted))
            assert now[field] == pytest.approx(wanted)

        call("scroll", coordinate=[900, 300], scroll_direction="down", scroll_amount=1)
        step = told.until(lambda now: now["top"])["top"]
        assert step > 0
        turn("down", 30, "top", 31 * step)
        turn("up", 20, "top", 11 * step)
        turn("right", 5, "left", 5 * step)
        turn("left", 20, "left", 0)


@pytest.mark.slow
def test_tk_scrolls_by_every_click_of_the_wheel(managed: VirtualDisplay) -> None:
    with tk(managed.name) as told, acting(managed.name) as call:

        def turn(direction: str, amount: int) -> tuple[int, int]:
            place = [900, 300]
            call("scroll", coordinate=place, scroll_direction=direction, scroll_amount=amount)
            call("screenshot")
            before = told.now()["tells"]
            now = told.until(lambda now: now["tells"] > before + 1)
            return now["top"], now["left"]

        first = turn("down", 0)[0]
        ten = turn("down", 10)[0] - first
        assert ten > 10
        assert turn("down", 40)[0] - first == pytest.approx(5 * ten, rel=0.05)
        assert turn("up", 40)[0] - first == pytest.approx(ten, abs=2)
        assert turn("right", 5)[1] > 0
        assert turn("left", 20)[1] == 0


def test_the_pointer_goes_there_before_the_wheel_turns(call: Caller, window: Recorder) -> None:
    call("mouse_move", coordinate=[10, 10])
    window.received()
    call("scroll", coordinate=[728, 409], scroll_direction="down", scroll_amount=100, text="ctrl")
    events = [event for event in window.received() if event.event not in {KEY_DOWN, KEY_UP}]
    assert events[0].event == MOTION
    turns = [event for event in events if event.event == BUTTON_DOWN]
    assert len(turns) == 100
    assert {(event.x, event.y, event.detail) for event in turns} == {(960, 540, 5)}
    assert all(event.state & CONTROL for event in turns)


def test_a_monitor_beside_the_first_has_its_own_pixels() -> None:
    monitors = [Box[Screen](0, 0, 1280, 800), Box[Screen](1280, 0, 2304, 768)]
    with (
        VirtualDisplay(Size(2304, 800), monitors=monitors, window_manager=False) as display,
        recorder(display.name) as window,
        open_desktop(display.name, model="local", index=1) as desktop,
    ):
        call = Caller(ComputerToolset(desktop, confirm=approve_all))
        assert not call("left_click", coordinate=[0, 0]).error
        assert not call("left_click", coordinate=[1023, 767]).error
        call("left_click_drag", start_coordinate=[100, 100], coordinate=[300, 200])
        presses = [(event.x, event.y) for event in window.buttons()]
        assert presses == [(1280, 0), (2303, 767), (1380, 100)]
        assert call("cursor_position").text == "X=300,Y=200"
