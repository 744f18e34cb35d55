"""What hypothesis draws: displays, captures and limits of every kind."""

from fractions import Fraction
from typing import get_args

from hypothesis import assume
from hypothesis import strategies as st

from trueclick.geometry import (
    HIGH_RESOLUTION,
    STANDARD,
    Box,
    Image,
    Model,
    ResolutionLimits,
    Screen,
    Size,
    UsageError,
    View,
    fit,
)
from trueclick.geometry.picture import Align

origins = st.integers(-20_000, 20_000)
edges = st.integers(1, 9000)

limits = st.one_of(
    st.sampled_from([STANDARD, HIGH_RESOLUTION, HIGH_RESOLUTION.capped(2000)]),
    st.builds(ResolutionLimits, st.integers(28, 4000), st.integers(1, 8000)),
)

scales = st.sampled_from(
    [Fraction(n, 100) for n in (50, 100, 110, 120, 125, 133, 150, 175, 200, 250, 300, 350)]
)
"""Device pixels a pointer position, as operating systems offer them."""


@st.composite
def displays(draw: st.DrawFn) -> Box[Screen]:
    """A display anywhere on the desktop."""
    return Box.from_xywh(draw(origins), draw(origins), draw(edges), draw(edges))


@st.composite
def views(draw: st.DrawFn) -> View:
    """A display whose captures have its own size, as one model sees it."""
    display = draw(displays())
    return View.fitted(display, Size(display.width, display.height), draw(limits))


@st.composite
def scaled_views(draw: st.DrawFn) -> View:
    """A display with a capture in device pixels, at any scale of the operating system."""
    display, scale = draw(displays()), draw(scales)
    image = Size[Image](max(1, round(display.width * scale)), max(1, round(display.height * scale)))
    return View(display, image, fit(image, draw(limits)))


@st.composite
def boxes_in(draw: st.DrawFn, outer: Box[Model]) -> Box[Model]:
    """A box inside of another one."""
    x0 = draw(st.integers(outer.x0, outer.x1 - 1))
    y0 = draw(st.integers(outer.y0, outer.y1 - 1))
    x1 = draw(st.integers(x0 + 1, outer.x1))
    y1 = draw(st.integers(y0 + 1, outer.y1))
    return Box(x0, y0, x1, y1)


STEPS = st.sampled_from(["crop", "scale", "letterbox", "zoom"])
SMALL = st.integers(1, 1500)


@st.composite
def chained_views(draw: st.DrawFn) -> View:
    """A display through up to four cuts, scalings and letterboxes."""
    view = draw(scaled_views())
    for step in draw(st.lists(STEPS, max_size=4)):
        try:
            view = one_step(draw, view, step)
        except UsageError as error:
            # So much padding, shown so small, that no pixel's centre is on the content.
            assume("nothing but padding" not in str(error))
            raise
    return view


def one_step(draw: st.DrawFn, view: View, step: str) -> View:
    picture = view.picture
    if step == "crop":
        return view.showing(picture.cropped(draw(boxes_in(picture.content))))
    if step == "zoom":
        return view.cropped(view.to_image(draw(boxes_in(picture.content))), draw(limits))
    if step == "scale":
        width = max(picture.size.width // 2, draw(SMALL))
        height = max(picture.size.height // 2, draw(SMALL))
        return view.showing(picture.scaled(Size(width, height)))
    canvas = Size[Model](picture.size.width + draw(SMALL), picture.size.height + draw(SMALL))
    align = st.sampled_from(get_args(Align))
    return view.letterboxed(canvas, x=draw(align), y=draw(align))
