"""The one promise: a click lands on the exact pixel that the contract names."""

import itertools
import random
from fractions import Fraction
from math import floor

import pytest

from trueclick.agent import ComputerToolset, approve_all, open_desktop
from trueclick.capture import VirtualDisplay
from trueclick.geometry import HIGH_RESOLUTION, STANDARD, Size, fit

from ..calls import Caller
from ..recorder import Recorder, recorder

CLICKS = 64
DISPLAYS = [(1366, 768), (1920, 1080), (2560, 1440), (3840, 2160)]


def points(width: int, height: int) -> list[tuple[int, int]]:
    """The corners, the middles of the edges, and pixels drawn at random."""
    edges = [(x, y) for x in (0, width // 2, width - 1) for y in (0, height // 2, height - 1)]
    draw = random.Random(f"{width}x{height}")  # noqa: S311 - repeatable, nothing secret
    return edges + [
        (draw.randrange(width), draw.randrange(height)) for _ in range(CLICKS - len(edges))
    ]


def pixel_under(x: int, shown: int, real: int) -> int:
    """The contract, worked out anew: the real pixel under the centre of a shown one."""
    return floor((x + Fraction(1, 2)) * Fraction(real, shown))


LIMITS = {"standard": STANDARD, "high": HIGH_RESOLUTION}
WHOLE = {((1366, 768), "high"), ((1920, 1080), "high")}
"""Sent pixel by pixel, as 2560x1440 is: these are among the slow tests."""


@pytest.mark.usefixtures("no_late_answers")
@pytest.mark.parametrize(
    ("size", "name"),
    [
        pytest.param(*each, marks=pytest.mark.slow if each in WHOLE else ())
        for each in itertools.product(DISPLAYS, LIMITS)
    ],
    ids=lambda value: value if isinstance(value, str) else "x".join(map(str, value)),
)
def test_64_clicks_are_received_on_the_exact_pixel(size: tuple[int, int], name: str) -> None:
    real, limits = Size[object](*size), LIMITS[name]
    shown = fit(real, limits)
    with (
        VirtualDisplay(real, window_manager=False) as display,
        recorder(display.name) as window,
        open_desktop(display.name, limits=limits) as desktop,
    ):
        call = Caller(ComputerToolset(desktop, confirm=approve_all))
        assert call("screenshot").picture.size == (shown.width, shown.height)
        for x, y in points(shown.width, shown.height):
            assert not call("left_click", coordinate=[x, y]).error
            expected = (
                pixel_under(x, shown.width, real.width),
                pixel_under(y, shown.height, real.height),
            )
            assert [(e.x, e.y) for e in window.buttons()] == [expected]


@pytest.mark.parametrize(
    ("coordinate", "said"),
    [
        ([1456, 0], "(1456, 0) is outside the 1456x819 screenshot"),
        ([-1, 5], "(-1, 5) is outside the 1456x819 screenshot"),
        ([0, 819], "(0, 819) is outside the 1456x819 screenshot"),
    ],
)
def test_a_coordinate_outside_is_refused_and_nothing_moves(
    call: Caller, window: Recorder, coordinate: list[int], said: str
) -> None:
    window.received()
    answer = call("left_click", coordinate=coordinate)
    assert answer.error
    assert answer.text == said
    assert window.received() == []
