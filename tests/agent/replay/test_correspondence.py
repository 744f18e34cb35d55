"""Where a recorded place is on the present display, and whether both show the same."""

from collections.abc import Sequence
from dataclasses import astuple
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from trueclick.agent.replay.correspondence import Correspondence
from trueclick.capture import Screenshot, scaled
from trueclick.geometry import Box, Image, Model, Point, Refusal, Screen, Size, UsageError, View

from ...capture.realistic import drawn

SMALL, LARGE = Size[Image](1280, 800), Size[Image](1920, 1080)


def view(
    image: Size[Image],
    model: Size[Model] | None = None,
    *,
    at: tuple[int, int] = (0, 0),
    density: int = 1,
) -> View:
    """A view; unscaled if no size is given."""
    display = Box[Screen].from_xywh(*at, image.width // density, image.height // density)
    return View(display, image, model or Size[Model](image.width, image.height))


def boxes(within: Size[Image], least: int = 1) -> st.SearchStrategy[Box[Image]]:
    def of(edges: tuple[int, int, int, int]) -> Box[Image]:
        left, top, width, height = edges
        return Box[Image](
            left, top, min(left + width, within.width), min(top + height, within.height)
        )

    return st.tuples(
        st.integers(0, within.width - least),
        st.integers(0, within.height - least),
        st.integers(least, within.width),
        st.integers(least, within.height),
    ).map(of)


SIZES = st.tuples(st.integers(40, 400), st.integers(40, 400)).map(lambda size: Size[Image](*size))


@st.composite
def layouts(draw: st.DrawFn) -> tuple[View, list[Box[Image]], View, list[Box[Image]]]:
    """Any two displays with as many windows on each."""
    sides: list[tuple[View, list[Box[Image]]]] = []
    count = draw(st.integers(0, 3))
    for _ in range(2):
        image = draw(SIZES)
        model = draw(st.sampled_from((None, Size[Model](37, 31))))
        at = draw(st.tuples(st.integers(-500, 500), st.integers(-500, 500)))
        windows = [draw(boxes(image)) for _ in range(count)]
        sides.append((view(image, model, at=at, density=draw(st.integers(1, 2))), windows))
    (was, before), (now, after) = sides
    return was, before, View(now.display, now.image, Size(*sizes(now))), after


def sizes(of: View) -> tuple[int, int]:
    """As replays open it: unscaled."""
    return of.image.width, of.image.height


def points(of: Size[Model]) -> st.SearchStrategy[Point[Model]]:
    return st.builds(Point[Model], st.integers(0, of.width - 1), st.integers(0, of.height - 1))


@given(layouts(), st.data())
def test_every_place_has_one_on_the_display_or_is_refused(
    layout: tuple[View, list[Box[Image]], View, list[Box[Image]]], data: st.DataObject
) -> None:
    was, before, now, after = layout
    found = Correspondence.of(was, before, now, after)
    point = data.draw(points(was.model))
    try:
        there = found.point(point)
    except Refusal:
        # Only what was in a window that the present display's edge cuts off.
        assert any(box.contains(was.picture.to_source(point)) for box in before)
    else:
        assert now.model.box.contains(there)
    other = data.draw(points(was.model))
    region = Box[Model](
        min(point.x, other.x),
        min(point.y, other.y),
        max(point.x, other.x) + 1,
        max(point.y, other.y) + 1,
    )
    try:
        box = found.box(region)
    except Refusal:
        return
    assert now.model.box.contains(box)


@given(layouts(), st.data())
def test_on_the_same_display_every_place_is_itself(
    layout: tuple[View, list[Box[Image]], View, list[Box[Image]]], data: st.DataObject
) -> None:
    was, windows, _, _ = layout
    elsewhere = View(was.display, was.image, Size[Model](*sizes(was)))
    found = Correspondence.of(was, windows, elsewhere, windows)
    point = data.draw(points(was.model))
    assert found.identical
    pixel = was.picture.to_source(point)
    assert found.point(point) == Point[Model](pixel.x, pixel.y)


@given(st.data())
def test_a_window_that_was_moved_takes_each_of_its_pixels_with_it(data: st.DataObject) -> None:
    window = data.draw(boxes(SMALL))
    right = data.draw(st.integers(0, LARGE.width - window.width))
    down = data.draw(st.integers(0, LARGE.height - window.height))
    there = Box[Image].from_xywh(right, down, window.width, window.height)
    model = data.draw(st.sampled_from((None, Size[Model](1024, 640))))
    was, now = view(SMALL, model, at=(-1280, 40)), view(LARGE, at=(-3000, 0))
    found = Correspondence.of(was, [window], now, [there])
    point = data.draw(points(was.model))
    pixel = was.picture.to_source(point)
    if window.contains(pixel):
        moved = Point[Model](pixel.x + there.x0 - window.x0, pixel.y + there.y0 - window.y0)
        assert found.point(point) == moved


@given(st.data())
def test_there_and_back_again_between_unscaled_displays(data: st.DataObject) -> None:
    size = Size[Image](data.draw(st.integers(1, 600)), data.draw(st.integers(1, 600)))
    sides: list[tuple[View, list[Box[Image]]]] = []
    for image in (SMALL, LARGE):
        left = data.draw(st.integers(0, image.width - size.width))
        top = data.draw(st.integers(0, image.height - size.height))
        sides.append((view(image), [Box[Image].from_xywh(left, top, size.width, size.height)]))
    (was, before), (now, after) = sides
    point = data.draw(points(Size(size.width, size.height)))
    inside = Point[Model](before[0].x0 + point.x, before[0].y0 + point.y)
    there = Correspondence.of(was, before, now, after).point(inside)
    assert Correspondence.of(now, after, was, before).point(there) == inside


def test_a_maximised_window_is_mapped_in_proportion() -> None:
    was, now = view(SMALL), view(LARGE)
    full = [[Box[Image](0, 20, 1280, 800)], [Box[Image](0, 20, 1920, 1080)]]
    found = Correspondence.of(was, full[0], now, full[1])
    assert found.point(Point(640, 410)) == Point(960, 550)
    assert found.point(Point(1279, 799)) == Point(1919, 1079)
    assert found.box(Box(0, 20, 640, 410)) == Box(0, 20, 960, 550)


def test_of_windows_that_overlap_the_last_one_opened_counts() -> None:
    main, dialog = Box[Image](100, 100, 900, 700), Box[Image](300, 300, 500, 400)
    moved = [main.moved(320, 140), dialog.moved(7, 9)]
    found = Correspondence.of(view(SMALL), [main, dialog], view(LARGE), moved)
    assert found.point(Point(350, 350)) == Point(357, 359)
    assert found.point(Point(299, 350)) == Point(619, 490)


def test_a_menu_that_sticks_out_keeps_its_distance_to_the_window() -> None:
    window = Box[Image](400, 300, 800, 500)
    found = Correspondence.of(view(SMALL), [window], view(LARGE), [window.moved(320, 140)])
    assert found.point(Point(420, 540)) == Point(740, 680)
    assert found.point(Point(399, 290)) == Point(719, 430)


def test_what_has_no_room_there_keeps_its_place_on_the_display() -> None:
    window = Box[Image](400, 300, 800, 500)
    found = Correspondence.of(view(LARGE), [window], view(SMALL), [window])
    assert found.point(Point(1919, 1079)) == Point(1279, 799)


def test_a_window_that_the_display_cuts_off_keeps_its_scale() -> None:
    whole, cut = Box[Image](700, 100, 1200, 1000), Box[Image](390, 20, 890, 800)
    there = Correspondence.of(view(LARGE), [whole], view(SMALL), [cut])
    assert there.point(Point(800, 200)) == Point(490, 120)
    with pytest.raises(Refusal, match="beyond the present display's edge"):
        there.point(Point(800, 990))
    back = Correspondence.of(view(SMALL), [cut], view(LARGE), [whole])
    assert back.point(Point(490, 120)) == Point(800, 200)


def test_on_a_display_with_twice_the_pixels_all_is_twice_as_far() -> None:
    was, now = view(Size(800, 600)), view(Size(1600, 1200), density=2)
    window, large = Box[Image](100, 100, 300, 200), Box[Image](400, 600, 800, 800)
    found = Correspondence.of(was, [window], now, [large])
    assert found.point(Point(100, 100)) == Point(401, 601)
    assert found.point(Point(100, 210)) == Point(401, 821)


@pytest.mark.parametrize("windows", [(None, None), ([], None), ([Box[Image](0, 0, 9, 9)], [])])
def test_without_windows_that_match_the_display_is_mapped_as_a_whole(
    windows: tuple[Sequence[Box[Image]] | None, Sequence[Box[Image]] | None],
) -> None:
    found = Correspondence.of(view(SMALL), windows[0], view(LARGE), windows[1])
    assert found.point(Point(640, 400)) == Point(960, 540)


def test_windows_beyond_the_display_do_no_harm() -> None:
    beyond = [Box[Image](-500, -500, 9000, 9000), Box[Image](5000, 5000, 6000, 6000)]
    found = Correspondence.of(view(SMALL), beyond, view(LARGE), beyond)
    assert found.point(Point(1279, 799)) == Point(1919, 1079)
    picture = scaled(desktop(LARGE), SMALL)
    assert found.compared(picture, desktop(LARGE)).same


def test_a_place_outside_of_the_recorded_screenshot_is_refused() -> None:
    found = Correspondence.of(view(SMALL), None, view(SMALL), None)
    with pytest.raises(Refusal, match="outside"):
        found.point(Point(1280, 0))


@cache
def page(width: int, height: int) -> NDArray[np.uint8]:
    return drawn(width, height).screenshot.pixels


def desktop(image: Size[Image], *windows: tuple[Box[Image], NDArray[np.uint8]]) -> Screenshot:
    pixels = np.full((image.height, image.width, 4), 70, np.uint8)
    for box, content in windows:
        pixels[box.y0 : box.y1, box.x0 : box.x1] = content
    return Screenshot(pixels)


WAS, NOW = Box[Image](390, 100, 890, 600), Box[Image](710, 240, 1210, 740)


@pytest.mark.parametrize("model", [None, Size[Model](1000, 625)])
def test_a_window_on_another_display_is_compared_pixel_by_pixel(
    model: Size[Model] | None,
) -> None:
    content = page(500, 500)
    was, now = view(SMALL, model), view(LARGE)
    expected = scaled(desktop(SMALL, (WAS, content)), was.model)
    found = Correspondence.of(was, [WAS], now, [NOW])
    assert found.compared(expected, desktop(LARGE, (NOW, content))).pixels == 0
    other = content.copy()
    other[250:262, 240:246, :3] ^= 0xFF
    result = found.compared(expected, desktop(LARGE, (NOW, other)))
    assert not result.same
    assert len(result.boxes) == 1
    place = was.picture.to_source(Box[Model](*astuple(result.boxes[0])))
    assert place.contains(Box[Image].from_xywh(WAS.x0 + 240, WAS.y0 + 250, 6, 12))
    assert place.width <= 30
    mask = was.picture.transform.inverse().box(Box[Image].from_xywh(620, 340, 30, 30))
    assert found.compared(expected, desktop(LARGE, (NOW, other)), masks=[mask]).same


def test_a_scaled_window_is_compared_roughly() -> None:
    was, now = view(SMALL), view(LARGE)
    full, wide = Box[Image](0, 0, 1280, 800), Box[Image](0, 0, 1920, 1080)
    content = page(1920, 1080)
    expected = scaled(Screenshot(content), was.model)
    found = Correspondence.of(was, [full], now, [wide])
    assert found.compared(expected, Screenshot(content)).same
    other = content.copy()
    other[300:330, 600:700, :3] ^= 0xFF
    assert not found.compared(expected, Screenshot(other)).same


def test_a_window_beneath_another_is_compared_where_both_displays_show_it() -> None:
    below, above = page(500, 500), page(500, 500)[:100, 150:350]
    first, second = Box[Image](500, 300, 700, 400), Box[Image](1100, 650, 1300, 750)
    expected = desktop(SMALL, (WAS, below), (first, above))
    seen = desktop(LARGE, (NOW, below), (second, above))
    found = Correspondence.of(view(SMALL), [WAS, first], view(LARGE), [NOW, second])
    assert found.compared(expected, seen).pixels == 0


def test_a_window_without_a_counterpart_is_a_difference() -> None:
    content = page(500, 500)
    dialog = Box[Image](500, 300, 700, 400)
    expected = desktop(SMALL, (WAS, content), (dialog, page(500, 500)[:100, 150:350]))
    found = Correspondence.of(view(SMALL), [WAS, dialog], view(LARGE), [NOW])
    result = found.compared(expected, desktop(LARGE, (NOW, content)))
    assert not result.same
    assert result.boxes == (dialog,)


def test_the_same_display_is_compared_as_it_was_sent() -> None:
    capture = desktop(LARGE, (NOW, page(500, 500)))
    was = view(LARGE, Size(1456, 819))
    found = Correspondence.of(was, [NOW], view(LARGE), [NOW])
    assert found.compared(scaled(capture, was.model), capture).ignored == 0
    assert found.laid_out(scaled(capture, was.model), capture).size == Size(1456, 819)


def test_a_picture_of_another_size_is_refused() -> None:
    found = Correspondence.of(view(SMALL), None, view(LARGE), None)
    with pytest.raises(UsageError, match="1920x1080"):
        found.compared(desktop(SMALL), desktop(SMALL))


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
def test_a_window_that_cannot_be_seen_any_more_is_a_difference(size: Size[Image]) -> None:
    was = [Box[Image](10, 10, 500, 400), Box[Image](600, 100, 900, 300)]
    gone = [was[0], Box[Image](5000, 100, 5300, 300)]
    now = Correspondence.of(view(SMALL), was, view(size), gone)
    blank = Screenshot(np.zeros((size.height, size.width, 4), np.uint8))
    expected = np.zeros((SMALL.height, SMALL.width, 4), np.uint8)
    expected[100:300, 600:900] = 200
    found = now.compared(Screenshot(expected), blank)
    assert not found.same
    assert found.boxes == (Box[Image](600, 100, 900, 300),)
