"""A display that changes under a run: nothing is clicked with a map that is no longer true."""

import pytest

from trueclick.agent import open_desktop
from trueclick.agent.actions import Action, Click, LookAround, Move, Press, Scroll
from trueclick.capture import DisplayChanged
from trueclick.capture.x11.connection import connect, root_window
from trueclick.geometry import Box, Point, Refusal, Screen

from ..capture.servers import set_monitors, xvfb
from ..recorder import recorder


def pointer(server: str) -> tuple[int, int]:
    with connect(server) as connection:
        at = connection.core.QueryPointer(root_window(connection)).reply()
        return at.root_x, at.root_y


@pytest.mark.parametrize("becomes", [Box(0, 0, 320, 480), Box(10, 0, 630, 480)], ids=str)
def test_a_click_after_a_change_of_the_display_is_never_sent(becomes: Box[Screen]) -> None:
    with xvfb() as (server, _), open_desktop(server, model="local") as desktop:
        desktop.perform(LookAround())
        before = pointer(server)
        set_monitors(server, becomes)
        with pytest.raises(DisplayChanged, match=r"was 640x480 at 0,0 and is .* open it anew"):
            desktop.perform(Click("left", 1, Point(600, 20), ()))
        assert pointer(server) == before
        with pytest.raises(DisplayChanged):
            desktop.perform(LookAround())


def test_a_run_on_the_second_monitor_clicks_there() -> None:
    second = Box(240, 100, 640, 400)
    with xvfb() as (server, _):
        set_monitors(server, Box(0, 0, 240, 480), second)
        with open_desktop(server, index=1, model="local") as desktop:
            assert desktop.view.model == second.size
            outcome = desktop.perform(Click("left", 1, Point(5, 7), ()))
            assert outcome.landed == Point(245, 107)
            assert pointer(server) == (245, 107)


@pytest.mark.parametrize(
    "action",
    [Click("left", 1, None, ()), Scroll("up", 1, None, ()), Press(down=True)],
    ids=lambda action: type(action).__name__,
)
def test_nothing_happens_at_a_pointer_on_a_monitor_that_the_model_does_not_see(
    action: Action,
) -> None:
    with xvfb() as (server, _), recorder(server) as window:
        set_monitors(server, Box(0, 0, 320, 480), Box(320, 0, 640, 480))
        with (
            open_desktop(server, index=0, model="local") as left,
            open_desktop(server, index=1, model="local") as right,
        ):
            right.perform(Move(Point(5, 5)))
            window.received()
            with pytest.raises(Refusal):
                left.perform(action)
            left.perform(Press(down=False))
        assert window.buttons() == []
