"""What the model is told of the screen with each picture, from a screen that a test paints."""

from collections.abc import Generator

import numpy as np
import pytest

from trueclick.agent import ComputerToolset, Desktop, approve_all, open_desktop
from trueclick.agent.actions import Click, LookAround, Zoom
from trueclick.geometry import Box, Point

from ..calls import Caller
from ..capture.painter import Painter, painter
from ..capture.servers import xvfb


@pytest.fixture(scope="module")
def painted() -> Generator[tuple[str, Painter]]:
    with xvfb() as (server, _), painter(server) as opened:
        yield server, opened


@pytest.fixture
def screen(painted: tuple[str, Painter]) -> Painter:
    painted[1].fill(Box(0, 0, 640, 480), 0x808080)
    return painted[1]


@pytest.fixture
def desktop(painted: tuple[str, Painter], screen: Painter) -> Generator[Desktop]:
    with open_desktop(painted[0], model="local") as opened:
        opened.perform(LookAround())
        yield opened


def look(desktop: Desktop) -> str:
    return str(desktop.perform(LookAround()).seen)


def click(desktop: Desktop, x: int, y: int) -> None:
    desktop.perform(Click("left", 1, Point(x, y), ()))


def test_of_the_first_picture_nothing_is_said(painted: tuple[str, Painter]) -> None:
    with open_desktop(painted[0], model="local") as desktop:
        assert look(desktop) == ""


def test_a_click_without_effect_is_told(desktop: Desktop) -> None:
    click(desktop, 100, 100)
    assert look(desktop) == "since the last screenshot: nothing changed"


def test_changes_are_told_apart_by_the_last_click(desktop: Desktop, screen: Painter) -> None:
    click(desktop, 100, 100)
    screen.fill(Box(90, 90, 120, 110), 0xFFFFFF)
    screen.fill(Box(500, 300, 560, 340), 0xFFFFFF)
    assert look(desktop) == (
        "since the last screenshot: changed near the target: [90, 90, 120, 110]; "
        "and elsewhere: [500, 300, 560, 340]"
    )


def test_what_comes_later_is_told_with_the_next_picture(desktop: Desktop, screen: Painter) -> None:
    click(desktop, 100, 100)
    screen.fill(Box(90, 90, 120, 110), 0xFFFFFF)
    look(desktop)
    screen.fill(Box(300, 200, 340, 240), 0xFFFFFF)
    # The click is told of already: there is no target now.
    assert look(desktop) == "since the last screenshot: changed: [300, 200, 340, 240]"


def test_a_zoom_is_not_taken_for_a_screenshot(desktop: Desktop, screen: Painter) -> None:
    screen.fill(Box(300, 200, 340, 240), 0x00FF00)
    zoomed = desktop.perform(Zoom(Box(300, 200, 340, 240)))
    assert str(zoomed.seen) == ""
    assert look(desktop) == "since the last screenshot: changed: [300, 200, 340, 240]"


def test_a_place_that_goes_on_by_itself_is_remembered_through_actions(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    spot = Box(10, 10, 40, 40)
    desktop._sight._remember((spot,))
    click(desktop, 300, 300)
    look(desktop)
    assert desktop._sight._restless == (spot,)


def test_the_model_reads_what_changed_beside_the_picture(desktop: Desktop, screen: Painter) -> None:
    call = Caller(ComputerToolset(desktop, confirm=approve_all))
    screen.fill(Box(300, 200, 340, 240), 0x0000FF)
    answer = call("screenshot")
    assert answer.text == "(since the last screenshot: changed: [300, 200, 340, 240])"
    shown = np.asarray(answer.picture)
    assert shown[220, 320].tolist() == [0, 0, 255]
