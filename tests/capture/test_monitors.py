"""Several monitors on a real X server, each of them a display of its own."""

import json
import subprocess
from typing import Any

import pytest

from trueclick.agent import open_desktop
from trueclick.agent.actions import Click, LookAround
from trueclick.capture import DisplayChanged, Source, VirtualDisplay, displays
from trueclick.capture.x11.connection import connect, root_window
from trueclick.geometry import Box, Point, Size

from ..programs import TRUECLICK
from .painter import painter
from .real_monitors import TWO, arrange, dummy_xorg, resize
from .test_source import colours

LEFT, RIGHT = TWO
GREEN, BLUE = 0x00FF00, 0x0000FF


def pointer(server: str) -> tuple[int, int]:
    with connect(server) as connection:
        at = connection.core.QueryPointer(root_window(connection)).reply()
        return at.root_x, at.root_y


@pytest.mark.parametrize("primary", [0, 1])
def test_each_output_is_captured_and_clicked_on_its_own(primary: int) -> None:
    with dummy_xorg(primary=primary) as server, painter(server) as painted:
        painted.fill(LEFT, GREEN)
        painted.fill(RIGHT, BLUE)
        listed = displays(server)
        assert [each.box for each in listed] in ([LEFT, RIGHT], [RIGHT, LEFT])
        assert {each.box: each.primary for each in listed} == {
            LEFT: primary == 0,
            RIGHT: primary == 1,
        }
        assert len({each.output for each in listed}) == 2
        for display in listed:
            with Source(server, display.index) as source:
                assert source.grab().size.box == Box(0, 0, display.box.width, display.box.height)
                assert colours(source.grab()) == {GREEN if display.box == LEFT else BLUE}
            with open_desktop(server, index=display.index, model="local") as desktop:
                corner = Point(desktop.view.model.width - 1, desktop.view.model.height - 1)
                desktop.perform(Click("left", 1, corner, ()))
                assert pointer(server) == (display.box.x1 - 1, display.box.y1 - 1)


def test_outputs_that_change_places_are_told_apart_by_their_names() -> None:
    with dummy_xorg() as server:
        (left,) = [each for each in displays(server) if each.box == LEFT]
        with Source(server, left.index) as source:
            moved = Box(1024, 0, 2304, 1024)
            arrange(server, (moved, Box(0, 0, 1024, 768)))
            with pytest.raises(DisplayChanged) as caught:
                source.grab()
            assert caught.value.now == moved


@pytest.mark.parametrize("size", [Size(800, 600), Size(1600, 1200)], ids=str)
def test_a_screen_that_shrinks_or_grows_is_noticed_before_a_click(size: Size[Any]) -> None:
    with dummy_xorg((Box(0, 0, 1280, 1024),)) as server:
        with open_desktop(server, model="local") as desktop:
            desktop.perform(LookAround())
            resize(server, size)
            before = pointer(server)  # a screen that shrinks takes the pointer along
            with pytest.raises(DisplayChanged, match=f"1280x1024 at 0,0 and is {size} at 0,0"):
                desktop.perform(Click("left", 1, Point(700, 500), ()))
            assert pointer(server) == before
        with open_desktop(server, model="local") as desktop:
            assert desktop.view.image == size


def test_the_monitors_of_a_private_display_are_listed() -> None:
    boxes = (Box(0, 0, 640, 480), Box(640, 100, 1664, 868))
    with VirtualDisplay(Size(1664, 868), monitors=boxes, window_manager=False) as display:
        done = subprocess.run(
            [TRUECLICK, "displays", "--display", display.name, "--json"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert json.loads(done.stdout) == [
            {
                "server": display.name,
                "index": index,
                "left": box.x0,
                "top": box.y0,
                "width": box.width,
                "height": box.height,
                "primary": index == 0,
                "output": f"trueclick-{index}",
            }
            for index, box in enumerate(boxes)
        ]
