"""Where a landing pixel is drawn."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from trueclick.agent.report.mapping import as_numbers, screen_to_screenshot
from trueclick.geometry import Box, Image, Model, Point, Screen, Size, View

SIZES = st.integers(1, 6000)


@st.composite
def views(draw: st.DrawFn) -> View:
    left, top = draw(st.integers(-9000, 9000)), draw(st.integers(-9000, 9000))
    display = Box[Screen].from_xywh(left, top, draw(SIZES), draw(SIZES))
    image = Size[Image](draw(SIZES), draw(SIZES))
    return View(display, image, Size[Model](draw(SIZES), draw(SIZES)))


@given(views(), st.data())
def test_the_box_of_a_landing_pixel_holds_the_middle_of_the_pixel_asked_for(
    view: View, data: st.DataObject
) -> None:
    asked = Point[Model](
        data.draw(st.integers(0, view.model.width - 1)),
        data.draw(st.integers(0, view.model.height - 1)),
    )
    landed = view.to_screen(asked)
    transform = screen_to_screenshot(view)
    for axis, at, pixel in ((transform.x, asked.x, landed.x), (transform.y, asked.y, landed.y)):
        start = pixel * axis.scale + axis.offset
        assert start <= at + Fraction(1, 2) < start + axis.scale


@given(views(), st.data())
def test_the_numbers_of_the_page_are_exact_enough_for_any_screen(
    view: View, data: st.DataObject
) -> None:
    pixel = data.draw(st.integers(view.display.x0, view.display.x1 - 1))
    transform = screen_to_screenshot(view)
    scale, offset, _, _ = as_numbers(transform)
    exact = pixel * transform.x.scale + transform.x.offset
    assert abs((pixel * scale + offset) - exact) < 1e-6


def test_a_whole_screen_fills_the_whole_picture() -> None:
    view = View(Box[Screen](-1920, 0, 0, 1080), Size[Image](2880, 1620), Size[Model](1456, 819))
    transform = screen_to_screenshot(view)
    assert transform.box(view.display) == view.model.box
    assert as_numbers(transform)[0] == 1456 / 1920
