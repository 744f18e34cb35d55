"""A person's slam into a corner stops a run; our own click there, or a pointer left there, not."""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

import pytest

from trueclick.agent import Desktop, StopRequested, StopSwitch, open_desktop
from trueclick.agent.actions import LookAround, parse_action
from trueclick.agent.stop.corners import Slams, dead_ends
from trueclick.agent.stop.watcher import SLAMMED, corners_watched
from trueclick.capture import CaptureError, VirtualDisplay, displays
from trueclick.capture.x11.connection import connect, root_window
from trueclick.geometry import Box, Point, Screen

from ..capture.servers import set_monitors
from ..recorder import Recorder, recorder

SOON_S = 20.0
LONG_S = 300
WIDTH, HEIGHT = 800, 600

CORNERS = [(0, 0), (WIDTH - 1, 0), (0, HEIGHT - 1), (WIDTH - 1, HEIGHT - 1)]


def corners(*monitors: tuple[int, int, int, int]) -> set[tuple[int, int]]:
    found = dead_ends([Box[Screen].from_xywh(*monitor) for monitor in monitors])
    return {(point.x, point.y) for point in found}


def test_a_single_monitor_has_four_corners() -> None:
    assert corners((0, 0, 1920, 1080)) == {(0, 0), (1919, 0), (0, 1079), (1919, 1079)}


def test_the_corners_between_two_monitors_are_passed_on_the_way_and_do_not_count() -> None:
    assert corners((-1280, 0, 1280, 1080), (0, 0, 1920, 1080)) == {
        *((-1280, 0), (-1280, 1079)),
        *((1919, 0), (1919, 1079)),
    }


def test_where_a_taller_monitor_ends_the_pointer_is_stuck_too() -> None:
    assert corners((0, 0, 1000, 1000), (1000, 0, 500, 600)) == {
        *((0, 0), (0, 999), (999, 999)),
        *((1499, 0), (1499, 599)),
    }


def slams(x: int, y: int) -> Slams:
    return Slams(dead_ends([Box[Screen].from_xywh(0, 0, 100, 100)]), Point(x, y))


def seen(rule: Slams, x: int, y: int) -> bool:
    rule.look()
    return rule.slammed(Point(x, y))


def test_a_slam_is_seen_within_a_few_pixels() -> None:
    assert seen(slams(50, 50), 2, 97)
    assert not seen(slams(50, 50), 3, 99)
    assert not seen(slams(50, 50), 0, 50)


def test_a_pointer_that_was_left_in_a_corner_counts_once_it_has_left() -> None:
    rule = slams(0, 0)
    assert not seen(rule, 1, 0)
    assert seen(rule, 99, 99)
    assert not seen(rule, 50, 50)
    assert seen(rule, 0, 0)


def test_our_own_click_in_a_corner_counts_once_somebody_has_moved_away() -> None:
    rule = slams(50, 50)
    rule.move([Point(0, 0)])
    assert not seen(rule, 50, 50)  # not there yet: nobody has moved it away
    assert not seen(rule, 0, 0)
    rule.moved(Point(0, 0))
    assert not seen(rule, 0, 0)
    assert not seen(rule, 50, 50)
    assert seen(rule, 0, 0)


def test_a_look_that_our_own_move_overtakes_is_no_slam() -> None:
    rule = slams(50, 50)
    rule.move([Point(0, 0)])
    rule.moved(Point(0, 0))
    rule.look()
    rule.move([Point(40, 40)])
    rule.moved(Point(40, 40))
    assert not rule.slammed(Point(0, 0))
    assert seen(rule, 0, 0)


def test_another_corner_counts_even_while_we_move() -> None:
    rule = slams(50, 50)
    rule.move([Point(0, 0), Point(50, 50)])
    assert seen(rule, 99, 0)


@pytest.fixture
def xvfb() -> Generator[tuple[str, int]]:
    """An X server that is nobody's private display: a grandchild of ours."""
    program = shutil.which("Xvfb")
    assert program is not None
    read_end, write_end = os.pipe()
    words = f"-displayfd {write_end} -screen 0 {WIDTH}x{HEIGHT}x24 -noreset -nolisten tcp"
    shell = subprocess.Popen(
        ["/bin/sh", "-c", f'"$0" {words} & echo $!; wait', program],
        pass_fds=[write_end],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    os.close(write_end)
    assert shell.stdout is not None
    pid = int(shell.stdout.readline())
    try:
        with os.fdopen(read_end) as told:
            yield f":{int(told.readline())}", pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        shell.wait()
        shell.stdout.close()


@pytest.fixture
def server(xvfb: tuple[str, int]) -> str:
    return xvfb[0]


@pytest.fixture
def theirs(server: str) -> Generator[Recorder]:
    with recorder(server) as window:
        yield window


@pytest.fixture
def desktop(theirs: Recorder, server: str) -> Generator[Desktop]:
    del theirs  # it must be there first
    with open_desktop(server, model="local") as opened:
        assert not opened.private
        yield opened


@pytest.fixture
def person(server: str) -> Generator[Callable[[int, int], None]]:
    """Moves the pointer as a person would."""
    with connect(server) as connection:
        core: Any = connection.core

        def move(x: int, y: int) -> None:
            core.WarpPointer(0, root_window(connection), 0, 0, 0, 0, x, y)
            core.GetInputFocus().reply()

        yield move


def until_stopped(stop: StopSwitch) -> str | None:
    deadline = time.monotonic() + SOON_S
    while stop.requested is None and time.monotonic() < deadline:
        time.sleep(0.01)
    return stop.requested


@pytest.mark.parametrize(("x", "y"), CORNERS)
def test_a_slam_halts_the_desktop(
    desktop: Desktop, person: Callable[[int, int], None], x: int, y: int
) -> None:
    desktop.perform(LookAround())
    person(x, y)
    assert until_stopped(desktop.stop) == SLAMMED
    with pytest.raises(StopRequested, match="moved into a corner of the desktop"):
        desktop.perform(LookAround())


def test_a_slam_lets_a_held_key_up(
    desktop: Desktop, theirs: Recorder, person: Callable[[int, int], None]
) -> None:
    pressed: list[bool] = []

    def slam() -> None:
        deadline = time.monotonic() + SOON_S
        while not theirs.pressed()[0] and time.monotonic() < deadline:
            time.sleep(0.01)
        pressed.append(bool(theirs.pressed()[0]))
        person(0, 0)

    slamming = threading.Thread(target=slam)
    slamming.start()
    try:
        with pytest.raises(StopRequested):
            desktop.perform(parse_action("hold_key", {"text": "ctrl", "duration": LONG_S}))
    finally:
        slamming.join()
    assert pressed == [True]
    assert theirs.pressed() == ([], 0)


def test_a_slam_counts_though_the_next_action_would_move_the_pointer_away(
    desktop: Desktop, theirs: Recorder, person: Callable[[int, int], None]
) -> None:
    desktop.perform(parse_action("mouse_move", {"coordinate": [400, 300]}))
    theirs.received()
    person(0, 0)
    with pytest.raises(StopRequested):
        desktop.perform(parse_action("left_click", {"coordinate": [400, 300]}))
    assert theirs.buttons() == []


def test_our_own_clicks_and_drags_into_corners_stop_nothing(
    desktop: Desktop, theirs: Recorder
) -> None:
    for x, y in CORNERS:
        desktop.perform(parse_action("left_click", {"coordinate": [x, y]}))
        values = {"start_coordinate": [x, y], "coordinate": [WIDTH - 1 - x, HEIGHT - 1 - y]}
        desktop.perform(parse_action("left_click_drag", values))
        time.sleep(0.3)
        desktop.perform(parse_action("mouse_move", {"coordinate": [400, 300]}))
    assert desktop.stop.requested is None
    assert len(theirs.buttons()) == 2 * len(CORNERS)


def test_a_corner_that_we_clicked_counts_once_the_person_has_been_elsewhere(
    desktop: Desktop, person: Callable[[int, int], None]
) -> None:
    desktop.perform(parse_action("left_click", {"coordinate": [0, 0]}))
    time.sleep(0.3)
    assert desktop.stop.requested is None
    deadline = time.monotonic() + SOON_S
    while desktop.stop.requested is None and time.monotonic() < deadline:
        for place in (200, 0):  # slowly enough to be seen, on a busy machine after some tries
            person(place, place)
            time.sleep(0.3)
    assert desktop.stop.requested == SLAMMED


def test_a_pointer_that_lies_in_a_corner_at_the_start_stops_nothing(
    theirs: Recorder, server: str, person: Callable[[int, int], None]
) -> None:
    del theirs
    person(0, 0)
    with open_desktop(server, model="local") as desktop:
        time.sleep(0.3)
        desktop.perform(parse_action("left_click", {"coordinate": [300, 300]}))
        assert desktop.stop.requested is None


def test_a_corner_between_two_monitors_is_passed_and_the_outer_ones_count(
    server: str, theirs: Recorder, person: Callable[[int, int], None]
) -> None:
    del theirs
    set_monitors(server, *(Box[Screen].from_xywh(x, 0, 400, HEIGHT) for x in (0, 400)))
    with open_desktop(server, model="local") as desktop:
        for x in (399, 400):
            person(x, 0)
            time.sleep(0.3)
            desktop.perform(parse_action("key", {"text": "shift"}))
        person(WIDTH - 1, 0)  # of the other monitor
        assert until_stopped(desktop.stop) == SLAMMED


def test_on_a_private_display_a_corner_means_nothing(
    bare_display: VirtualDisplay, window: Recorder
) -> None:
    del window
    with (
        open_desktop(bare_display.name, model="local") as private,
        connect(bare_display.name) as connection,
    ):
        connection.core.WarpPointer(0, root_window(connection), 0, 0, 0, 0, 0, 0)
        connection.core.GetInputFocus().reply()
        time.sleep(0.3)
        private.perform(LookAround())


def watchers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "stop corners"]


def test_the_watch_ends_with_the_desktop(server: str, theirs: Recorder) -> None:
    del theirs
    with open_desktop(server, model="local"):
        assert len(watchers()) == 1
    assert watchers() == []


def test_a_server_that_hangs_does_not_keep_a_watch_from_ending(xvfb: tuple[str, int]) -> None:
    name, pid = xvfb
    stop = StopSwitch()
    (display,) = displays(name)
    with corners_watched(stop, display, lambda: Point(0, 0)) as acting:
        os.kill(pid, signal.SIGSTOP)
        start = time.monotonic()
        with acting([Point(5, 5)]):
            pass
        ended = time.monotonic()
    assert time.monotonic() - start < SOON_S
    assert ended - start < SOON_S
    os.kill(pid, signal.SIGCONT)
    for thread in watchers():
        thread.join(SOON_S)
    assert watchers() == []


def test_where_the_pointer_can_no_longer_be_watched_nothing_is_done(xvfb: tuple[str, int]) -> None:
    name, pid = xvfb
    (display,) = displays(name)
    with corners_watched(StopSwitch(), display, lambda: Point(0, 0)) as acting:
        os.kill(pid, signal.SIGKILL)
        for thread in watchers():
            thread.join(SOON_S)
        with pytest.raises(CaptureError, match="nobody could stop the run"), acting([]):
            pytest.fail("it was done")


def test_a_pointer_that_cannot_be_watched_keeps_a_desktop_from_being_opened(
    xvfb: tuple[str, int],
) -> None:
    name, pid = xvfb
    (display,) = displays(name)
    os.kill(pid, signal.SIGKILL)
    watched = corners_watched(StopSwitch(), display, lambda: Point(0, 0))
    with pytest.raises(CaptureError, match="nobody could stop the run"), watched:
        pytest.fail("it was opened")
