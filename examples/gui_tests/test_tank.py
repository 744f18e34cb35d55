# ruff: noqa: S101, ARG001, D103 - a test asserts, asks for what it does not name, and is a sentence
"""The tank: its picture, compared with stored ones; letters are drawn differently elsewhere."""

import re

import pytest

from trueclick.agent import Application
from trueclick.agent.qa import Mask, Screen

CLOCK = Mask.text(re.compile(r"\d\d.?\d\d.?\d\d"))
LEVEL = Mask.box(290, 130, 510, 190)
BUTTONS = [Mask.text("Fill"), Mask.text("Drain")]

pytestmark = pytest.mark.trueclick(size="560x440")


@pytest.mark.parametrize(("clicks", "name"), [(1, "low"), (5, "half full"), (9, "high")])
def test_the_tank_shows_how_full_it_is(
    tank: Application, screen: Screen, clicks: int, name: str
) -> None:
    fill = screen.find("Fill")
    for _ in range(clicks):
        screen.click(fill)
    screen.expect_text(f"Level: {clicks}0 %")
    screen.expect_image(name, masks=[CLOCK, LEVEL, *BUTTONS])


def test_an_empty_tank_does_not_drain(tank: Application, screen: Screen) -> None:
    screen.click("Drain")
    screen.expect_text("Level: 0 %")
    screen.expect_no_text("-10")
    assert tank.exit_status is None
