"""What is drawn brighter under the pointer, or not, on a screen and a clock of our own."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from trueclick.agent.actions import Action, Click, Move, Press
from trueclick.agent.replay.expecting import Expected
from trueclick.agent.replay.judging import Judge
from trueclick.agent.replay.lookout import Lookout
from trueclick.agent.replay.stage import Stage
from trueclick.agent.replay.waiting import Patience
from trueclick.agent.trace import Look
from trueclick.capture import Screenshot, Stillness
from trueclick.capture.compare import Tolerance
from trueclick.geometry import Box, Model, Point, Screen, Size, View

SIZE = Size[Any](400, 300)
BUTTON = Box[Any](180, 140, 240, 170)
AT = Point[Model](200, 150)
RULE = Stillness(floor_s=0.25, quiet_s=0.1, timeout_s=3.0)


class Window:
    """A button that is brighter under the pointer, once it noticed that; a stage and a clock."""

    def __init__(self, *, bright: bool) -> None:
        self.view = View(Box[Screen](0, 0, 400, 300), SIZE, SIZE)
        self.desktop = self
        self.bright = bright
        self.other = 0
        self.moves: list[Point[Model]] = []
        self._time = 0.0

    def now(self) -> float:
        return self._time

    def sleep(self, seconds: float) -> None:
        self._time += seconds

    def glance(self) -> Screenshot:
        return picture(bright=self.bright, other=self.other)

    def touched(self) -> bool:
        return True

    def windows(self) -> None:
        return None

    def perform(self, action: Action) -> None:
        assert isinstance(action, Move)
        self.moves.append(action.at)
        self.bright = BUTTON.contains(action.at)


def picture(*, bright: bool, other: int = 0) -> Screenshot:
    pixels = np.full((300, 400, 4), 200, np.uint8)
    pixels[BUTTON.y0 : BUTTON.y1, BUTTON.x0 : BUTTON.x1] = 250 if bright else 150
    pixels[20:40, 20:40] = other
    return Screenshot(pixels)


def seen(window: Window, *, bright: bool, action: Action | None = None) -> bool:
    """Whether a picture was seen that was recorded with a bright button, or another one."""
    stage = cast("Stage", window)
    judge = Judge(stage, window.view, Tolerance(), ())
    lookout = Lookout(stage, judge, window)
    done = action or Click("left", 1, AT, ())
    lookout.acted(Click("left", 1, AT, ()), Click("left", 1, AT, ()))
    lookout.acted(done, done)
    look = Look(event=1, image="", media_type="image/png", size=SIZE, still=True)
    expected = Expected(look, picture(bright=bright))
    patience = Patience(RULE, changes=True, timeout_s=5, enough_s=99)
    return lookout.until(expected, patience)[0].matches


@pytest.mark.parametrize("bright", [False, True])
def test_a_look_that_is_right_moves_nothing(bright: bool) -> None:
    window = Window(bright=bright)
    assert seen(window, bright=bright)
    assert window.moves == []
    assert window.now() == 0


def test_a_button_that_did_not_notice_the_pointer_is_told_again() -> None:
    window = Window(bright=False)
    assert seen(window, bright=True)
    assert window.moves == [Point(399, 299), AT]


def test_one_that_did_not_notice_it_when_it_was_recorded_is_left_for_a_moment() -> None:
    window = Window(bright=True)
    assert seen(window, bright=False)
    assert window.moves == [Point(399, 299), AT]


def test_while_a_button_is_held_the_pointer_stays() -> None:
    window = Window(bright=False)
    assert not seen(window, bright=True, action=Press(down=True))
    assert window.moves == []


def test_what_differs_elsewhere_is_no_matter_of_the_pointer() -> None:
    window = Window(bright=False)
    window.other = 99
    assert not seen(window, bright=True)
    assert window.moves == []
    assert 5 <= window.now() < 6
