"""All 17 members on a real window, which tells what it received."""

import time

import pytest
from anthropic.types.beta import BetaComputerMemberName

from trueclick.agent import Desktop
from trueclick.agent.actions import MEMBERS

from ..calls import Caller
from ..recorder import BUTTON_DOWN, BUTTON_UP, KEY_DOWN, KEY_UP, MOTION, Recorder

SHIFT, CONTROL, ALT = 1, 4, 8
"""The X11 protocol's modifier bits."""


def test_the_table_has_every_member_of_the_toolset() -> None:
    assert set(MEMBERS) == set(BetaComputerMemberName.__args__)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("member", "button", "count"),
    [
        ("left_click", 1, 1),
        ("middle_click", 2, 1),
        ("right_click", 3, 1),
        ("double_click", 1, 2),
        ("triple_click", 1, 3),
    ],
)
def test_clicks_arrive_with_their_button_and_their_count(
    call: Caller, window: Recorder, member: str, button: int, count: int
) -> None:
    assert not call(member, coordinate=[728, 409]).error
    events = [e for e in window.received() if e.event != MOTION]
    assert [(e.event, e.detail) for e in events] == [
        (BUTTON_DOWN, button),
        (BUTTON_UP, button),
    ] * count
    assert {(e.x, e.y) for e in events} == {(960, 540)}


def test_a_click_without_a_place_is_where_the_pointer_is(call: Caller, window: Recorder) -> None:
    call("mouse_move", coordinate=[0, 818])
    call("left_click")
    assert [(e.x, e.y) for e in window.buttons()] == [(0, 1079)]


def test_modifiers_are_held_during_a_click_and_up_after_it(call: Caller, window: Recorder) -> None:
    call("left_click", coordinate=[10, 10], text="ctrl+shift")
    (click,) = window.buttons()
    assert click.state & (SHIFT | CONTROL | ALT) == SHIFT | CONTROL
    assert window.pressed() == ([], 0)


def test_two_separate_clicks_in_one_place_stay_two(call: Caller) -> None:
    call("left_click", coordinate=[500, 500])
    start = time.monotonic()
    call("left_click", coordinate=[501, 500])
    assert time.monotonic() - start > 0.45  # what toolkits take for a double click is shorter


def test_the_button_goes_down_moves_and_comes_up(call: Caller, window: Recorder) -> None:
    call("mouse_move", coordinate=[100, 100])
    call("left_mouse_down")
    assert window.pressed() == ([], 0x100)
    call("mouse_move", coordinate=[200, 100])
    call("left_mouse_up")
    kinds = [e.event for e in window.received()]
    assert kinds == [MOTION, BUTTON_DOWN, MOTION, BUTTON_UP]


def test_a_drag_moves_in_steps_with_the_button_down(call: Caller, window: Recorder) -> None:
    call("left_click_drag", start_coordinate=[100, 100], coordinate=[300, 200], text="shift")
    events = [e for e in window.received() if e.event not in {KEY_DOWN, KEY_UP}]
    down, up = (next(e for e in events if e.event == kind) for kind in (BUTTON_DOWN, BUTTON_UP))
    assert (down.x, down.y) == (132, 132)
    assert (up.x, up.y) == (396, 264)
    between = events[events.index(down) + 1 : events.index(up)]
    assert len(between) >= 8
    assert all(e.event == MOTION and e.state & SHIFT for e in between)


@pytest.mark.parametrize(
    ("direction", "button"), [("up", 4), ("down", 5), ("left", 6), ("right", 7)]
)
def test_the_wheel_turns_in_four_directions_at_its_place(
    call: Caller, window: Recorder, direction: str, button: int
) -> None:
    call("scroll", coordinate=[0, 0], scroll_direction=direction, scroll_amount=5)
    assert [(e.detail, e.x, e.y) for e in window.buttons()] == [(button, 0, 0)] * 5


def test_the_pointer_is_told_in_pixels_of_the_screenshot(call: Caller) -> None:
    call("mouse_move", coordinate=[1455, 818])
    assert call("cursor_position").text == "X=1455,Y=818"


def test_a_combination_goes_down_in_order_and_up_in_reverse(call: Caller, window: Recorder) -> None:
    call("key", text="ctrl+shift+Tab")
    keys = [e for e in window.received() if e.event in {KEY_DOWN, KEY_UP}]
    downs, ups = keys[:3], keys[3:]
    assert [e.event for e in keys] == [KEY_DOWN] * 3 + [KEY_UP] * 3
    assert [e.detail for e in ups] == [e.detail for e in reversed(downs)]
    assert downs[2].state == SHIFT | CONTROL


def test_a_key_is_pressed_as_often_as_asked(call: Caller, window: Recorder) -> None:
    call("key", text="Down", repeat=7)
    assert [e.event for e in window.received()].count(KEY_DOWN) == 7


def test_a_key_is_held_for_its_time(call: Caller, window: Recorder) -> None:
    start = time.monotonic()
    call("hold_key", text="shift", duration=1)
    assert 1 <= time.monotonic() - start < 3
    assert [e.event for e in window.received()] == [KEY_DOWN, KEY_UP]


def test_waiting_takes_its_time(call: Caller) -> None:
    start = time.monotonic()
    assert call("wait", duration=1).text == "Waited 1s."
    assert 1 <= time.monotonic() - start < 3


def test_a_screenshot_has_the_size_that_the_view_says(call: Caller, desktop: Desktop) -> None:
    size = desktop.view.model
    assert call("screenshot").picture.size == (size.width, size.height)


def test_a_zoomed_region_is_sharp_and_keeps_its_aspect(call: Caller) -> None:
    # 728x410 of 1456x819 is 960x541 on the screen.
    assert call("zoom", region=[0, 0, 728, 410]).picture.size == (1453, 819)


@pytest.mark.parametrize(
    ("member", "values", "said"),
    [
        ("key", {"text": "Retrun"}, "unknown key 'Retrun'; the nearest known key is 'Return'"),
        ("key", {"text": ""}, "text names no key"),
        ("key", {"text": "a", "repeat": 101}, "repeat must be from 1 to 100, got 101"),
        ("hold_key", {"text": "a", "duration": 301}, "duration must be from 0 to 300, got 301"),
        ("wait", {"duration": -1}, "duration must be from 0 to 300, got -1"),
        ("type", {"text": "a\x00b"}, "text holds U+0000, which no key types"),
        ("type", {"text": "a\x0bb"}, "text holds U+000B, which no key types"),
        ("type", {"text": "a\x85b"}, "text holds U+0085, which no key types"),
        ("zoom", {"region": [5, 5, 5, 9]}, "region [5, 5, 5, 9] is empty or inside out"),
        (
            "scroll",
            {"scroll_direction": "up", "scroll_amount": -2},
            "scroll_amount must be from 0 to 100, got -2",
        ),
    ],
)
def test_a_senseless_value_is_refused_and_nothing_happens(
    call: Caller, window: Recorder, member: str, values: dict[str, object], said: str
) -> None:
    answer = call(member, **values)
    assert answer.error
    assert answer.text == said
    assert window.received() == []


def test_whatever_is_pressed_comes_up_when_the_desktop_is_closed(
    call: Caller, desktop: Desktop, window: Recorder
) -> None:
    call("left_mouse_down")
    assert window.pressed() == ([], 0x100)
    desktop._input.close()
    assert window.pressed() == ([], 0)
