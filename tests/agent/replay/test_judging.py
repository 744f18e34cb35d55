"""What counts as the recorded screen, on a stage of our own."""

from __future__ import annotations

from typing import Any, cast

import pytest

from trueclick.agent.replay.expecting import Expected, Packing
from trueclick.agent.replay.judging import Judge
from trueclick.agent.replay.stage import Stage
from trueclick.agent.trace import Look
from trueclick.capture import Screenshot, encode, read_image
from trueclick.capture.compare import EXACT, Tolerance
from trueclick.geometry import Box, Image, Screen, Size, View

from ...capture.realistic import drawn

SIZE = Size[Any](400, 300)
VIEW = View(Box[Screen](0, 0, 400, 300), SIZE, SIZE)
CLOCK = Box[Any](300, 20, 340, 40)


class Bare:
    """A stage without windows."""

    def __init__(self) -> None:
        self.desktop = self
        self.view = VIEW

    def windows(self) -> None:
        return None


def judge(*restless: Box[Any], tolerance: Tolerance | None = None) -> Judge:
    stage = cast("Stage", Bare())
    return Judge(stage, VIEW, tolerance or Tolerance(), (), restless)


def expected(picture: Screenshot, packing: Packing | None = None) -> Expected:
    look = Look(event=1, image="", media_type="image/png", size=SIZE, still=True)
    return Expected(look, picture, packing or Packing("png"))


def screen(shade: int = 0) -> Screenshot:
    pixels = drawn(SIZE.width, SIZE.height).screenshot.pixels.copy()
    pixels[CLOCK.y0 : CLOCK.y1, CLOCK.x0 : CLOCK.x1] = shade
    return Screenshot(pixels)


def same(judged: Judge, before: Screenshot, now: Screenshot) -> bool:
    return judged.compared(expected(before), now, [Box[Image](302, 22, 338, 38), CLOCK]).same


def test_what_was_restless_when_recorded_may_be_so_again() -> None:
    judged = judge(CLOCK)
    judged.looked(None, compared=True)
    assert same(judged, screen(0), screen(200))


def test_what_was_at_rest_when_recorded_is_compared() -> None:
    judged = judge(Box[Any](0, 0, 40, 40))
    judged.looked(None, compared=True)
    assert not same(judged, screen(0), screen(200))


def test_a_first_picture_tells_nothing_of_what_was_restless() -> None:
    judged = judge()
    judged.looked(None, compared=False)
    assert same(judged, screen(0), screen(200))


@pytest.mark.parametrize(
    "packing",
    [Packing("jpeg", 90), Packing("jpeg", 50), Packing("webp", 60), Packing("palette")],
    ids=str,
)
@pytest.mark.parametrize("tolerance", [Tolerance(), EXACT], ids=["default", "exact"])
def test_the_screen_is_packed_as_the_recorded_picture_was(
    packing: Packing, tolerance: Tolerance
) -> None:
    data = encode(screen(), format=packing.format, quality=packing.quality).data
    recorded = expected(read_image(data), packing)
    judged = judge(tolerance=tolerance)
    assert judged.compared(recorded, screen(), []).same
    changed = screen().pixels.copy()
    changed[100:110, 100:106] = (0, 0, 255, 255)
    found = judged.compared(recorded, Screenshot(changed), [])
    assert not found.same
    assert any(box.intersection(Box[Image](100, 100, 106, 110)) for box in found.boxes)
