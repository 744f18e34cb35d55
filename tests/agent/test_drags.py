"""Drags that drag and drop takes for a person's, in real programs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from trueclick.agent.input.x11 import dragging
from trueclick.capture import VirtualDisplay
from trueclick.geometry import Point, Screen

from ..calls import Caller
from ..recorder import BUTTON_DOWN, BUTTON_UP, KEY_DOWN, KEY_UP, MOTION, Recorder
from .gestures import SIZE, Told, browser, gtk, tk
from .test_pointer import BUSY, acting, load


@pytest.fixture(scope="module")
def bare() -> Iterator[VirtualDisplay]:
    """A display where a program's first pixel is the display's."""
    with VirtualDisplay(SIZE, window_manager=False) as started:
        yield started


def drag(call: Caller, start: tuple[int, int], end: tuple[int, int], **more: object) -> None:
    place = {"start_coordinate": list(start), "coordinate": list(end)}
    answer = call("left_click_drag", **place, **more)
    assert not answer.error, call.toolset.fault or answer.text


def dropped(
    call: Caller, told: Told, start: tuple[int, int], end: tuple[int, int], **more: object
) -> list[str]:
    """What was dropped last; on an overloaded machine a program may need to be asked again."""
    before = len(told.now()["dropped"])
    for _ in range(3):
        drag(call, start, end, **more)
        found: list[list[str]] = told.until(lambda now: len(now["dropped"]) > before, 5)["dropped"]
        if len(found) > before:
            return found[-1]
    return []


@pytest.mark.parametrize("busy", BUSY)
def test_a_browser_takes_what_is_dragged(bare: VirtualDisplay, busy: int) -> None:
    with browser(bare.name) as told, acting(bare.name) as call, load(busy):
        assert dropped(call, told, (80, 200), (900, 500)) == ["carried", "move"]
        just_inside = (801, 401)
        assert dropped(call, told, (80, 200), just_inside, text="ctrl") == ["carried", "copy"]


def test_a_browser_s_slider_and_text_follow_a_drag(bare: VirtualDisplay) -> None:
    with browser(bare.name) as told, acting(bare.name) as call:
        drag(call, (50, 300), (340, 300))
        middle = told.until(lambda now: now["slider"] >= 290)["slider"]
        assert 290 <= middle <= 310
        # A drag of a few pixels moves it by as many.
        drag(call, (340, 300), (343, 300))
        assert middle < told.until(lambda now: now["slider"] > middle)["slider"] <= middle + 5
        drag(call, (41, 380), (600, 380))
        words = "one two three four five six"
        assert told.until(lambda now: now["selected"] == words)["selected"] == words


@pytest.mark.parametrize("busy", BUSY)
def test_gtk_takes_what_is_dragged(bare: VirtualDisplay, busy: int) -> None:
    with gtk(bare.name) as told, acting(bare.name) as call, load(busy):
        assert dropped(call, told, (100, 400), (500, 400))[:1] == ["carried"]
        assert dropped(call, told, (100, 400), (590, 310), text="ctrl") == ["carried", "copy"]


@pytest.mark.parametrize(
    ("x", "y"), [(101, 100), (103, 103), (100, 98), (400, 450), (100, 500), (540, 100)]
)
def test_a_shape_on_a_canvas_ends_where_it_was_dragged(
    bare: VirtualDisplay, x: int, y: int
) -> None:
    with tk(bare.name) as told, acting(bare.name) as call:
        drag(call, (130, 130), (x + 30, y + 30))
        assert told.until(lambda now: now["box"] == [x, y])["box"] == [x, y]
        if max(abs(x - 100), abs(y - 100)) > 50:
            assert told.now()["motions"] >= 8


def test_a_drag_onto_itself_is_one_click_in_place(call: Caller, window: Recorder) -> None:
    drag(call, (100, 100), (100, 100))
    events = [e for e in window.received() if e.event in {BUTTON_DOWN, BUTTON_UP}]
    assert [e.event for e in events] == [BUTTON_DOWN, BUTTON_UP]
    assert len({(e.x, e.y) for e in events}) == 1


def test_modifiers_are_held_all_along_a_drag(call: Caller, window: Recorder) -> None:
    drag(call, (0, 0), (1455, 818), text="ctrl+shift")
    events = window.received()
    kinds = [event.event for event in events]
    assert kinds[:2] == [KEY_DOWN] * 2
    assert kinds[-2:] == [KEY_UP] * 2
    during = events[kinds.index(BUTTON_DOWN) : kinds.index(BUTTON_UP) + 1]
    assert all(event.state & 5 == 5 for event in during)
    assert (during[-1].x, during[-1].y) == (1919, 1079)
    assert window.pressed() == ([], 0)


@pytest.mark.parametrize(
    "end", [(0, 0), (1, 0), (-3, 2), (5, -5), (100, 37), (-1919, 1079), (3839, -2159)]
)
def test_the_motions_lead_straight_from_start_to_end(end: tuple[int, int]) -> None:
    start, goal = Point[Screen](1000, 2000), Point[Screen](1000 + end[0], 2000 + end[1])
    *way, again, last = dragging.steps(start, goal)
    assert again.to == last.to == goal
    longest = max(map(abs, end))
    assert min(longest, 16) <= len(way) <= 40
    assert len({start, *(step.to for step in way)}) == len(way) + 1
    assert not way or way[-1].to == goal
    for step in way:
        across, down = step.to.x - start.x, step.to.y - start.y
        assert abs(across * end[1] - down * end[0]) <= longest  # within a pixel of the line
        assert step.pause_s >= 0.01
    assert sum(step.pause_s for step in way) < 0.5


def test_a_drag_comes_as_motion_and_not_as_a_leap(call: Caller, window: Recorder) -> None:
    drag(call, (10, 10), (1000, 500))
    moved = [event for event in window.received() if event.event == MOTION]
    assert len(moved) > 16
    leaps = [max(abs(b.x - a.x), abs(b.y - a.y)) for a, b in pairwise(moved[1:])]
    assert max(leaps) < 50
