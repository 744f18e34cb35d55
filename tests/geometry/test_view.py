"""From the model's pixels to the screen and back."""

import pickle
from dataclasses import replace
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trueclick.geometry import (
    HIGH_RESOLUTION,
    STANDARD,
    Box,
    Image,
    Model,
    Picture,
    Point,
    Refusal,
    Screen,
    Size,
    Transform,
    UsageError,
    View,
)

from . import drawn


def view_of(width: int, height: int, left: int = 0, top: int = 0) -> View:
    return View.fitted(Box.from_xywh(left, top, width, height), Size(width, height), STANDARD)


def contract(view: View, point: Point[Model]) -> Point[Screen]:
    """The pixel contract, spelled out for a capture that is shown whole."""
    half = Fraction(1, 2)
    return Point(
        floor((point.x + half) * Fraction(view.display.width, view.model.width) + view.display.x0),
        floor(
            (point.y + half) * Fraction(view.display.height, view.model.height) + view.display.y0
        ),
    )


def every_pixel(size: Size[Any], left: int = 0, top: int = 0) -> list[Any]:
    """Points of every column and every row: the axes know nothing of each other."""
    xs, ys = np.arange(size.width) + left, np.arange(size.height) + top
    return [
        np.stack([xs, np.full_like(xs, top)], axis=1),
        np.stack([xs, np.full_like(xs, top + size.height - 1)], axis=1),
        np.stack([np.full_like(ys, left), ys], axis=1),
        np.stack([np.full_like(ys, left + size.width - 1), ys], axis=1),
    ]


def test_the_first_and_the_last_pixel_are_both_reachable() -> None:
    view = view_of(3840, 2160)
    assert view.model == Size(1456, 819)
    assert view.to_screen(Point(0, 0)) == Point(1, 1)
    assert view.to_screen(Point(1455, 818)) == Point(3838, 2158)


def test_one_float_factor_would_miss_and_the_exact_map_does_not() -> None:
    view = View(display=Box.from_xywh(0, 0, 1280, 720), image=Size(1280, 720), model=Size(716, 403))
    assert view.to_screen(Point(268, 0)).x == 480


@pytest.mark.parametrize("point", [(1456, 0), (0, 819), (-1, 5), (5, -1), (1456, 819), (10**9, 0)])
def test_a_point_outside_of_the_screenshot_is_refused_with_its_numbers(
    point: tuple[int, int],
) -> None:
    with pytest.raises(Refusal) as refused:
        view_of(1920, 1080).to_screen(Point(*point))
    assert str(refused.value) == f"({point[0]}, {point[1]}) is outside the 1456x819 screenshot"


def test_a_monitor_left_of_the_primary_has_negative_coordinates() -> None:
    view = view_of(1920, 1080, left=-1920, top=-200)
    assert view.to_screen(Point(0, 0)) == Point(-1920, -200)
    assert view.to_screen(Point(1455, 818)) == Point(-1, 879)
    assert view.to_model(Point(-1, 879)) == Point(1455, 818)


@pytest.mark.parametrize("pointer", [(1919, 5), (3840, 5), (1920, -1), (1920, 1080)])
def test_a_pointer_on_another_display_is_refused(pointer: tuple[int, int]) -> None:
    with pytest.raises(Refusal) as refused:
        view_of(1920, 1080, left=1920).to_model(Point(*pointer))
    assert str(refused.value) == (
        f"({pointer[0]}, {pointer[1]}) is outside of what the screenshot shows, "
        "[1920, 0, 3840, 1080]"
    )


def test_a_capture_in_device_pixels_maps_to_points() -> None:
    view = View(
        display=Box.from_xywh(0, 0, 1440, 900), image=Size(2880, 1800), model=Size(1388, 867)
    )
    assert view.to_screen(Point(1387, 866)) == Point(1439, 899)
    assert view.to_image(Box(0, 0, 1388, 867)) == Box(0, 0, 2880, 1800)


def test_a_region_rounds_outward_and_never_loses_a_pixel() -> None:
    assert view_of(1920, 1080).to_image(Box(1, 1, 2, 2)) == Box(1, 1, 3, 3)
    assert view_of(1920, 1080, left=-7).to_screen(Box(1, 1, 2, 2)) == Box(-6, 1, -4, 3)
    assert view_of(1920, 1080, left=-7).to_model(Box(-6, 1, -4, 3)) == Box(0, 0, 3, 3)


@pytest.mark.parametrize("region", [(-1, 0, 5, 5), (0, 0, 1457, 5), (0, 0, 5, 820), (0, -1, 5, 5)])
def test_a_region_outside_of_the_screenshot_is_refused(region: tuple[int, int, int, int]) -> None:
    view, box = view_of(1920, 1080), Box[Model](*region)
    for to in (view.to_image, view.to_screen):
        with pytest.raises(Refusal) as refused:
            to(box)
        assert str(refused.value) == f"the region {box} is not inside the 1456x819 screenshot"


@pytest.mark.parametrize("region", [(-8, 0, 5, 5), (0, 0, 1914, 5), (0, -1, 5, 5), (0, 0, 5, 1081)])
def test_a_region_that_reaches_out_of_the_display_is_refused(
    region: tuple[int, int, int, int],
) -> None:
    with pytest.raises(Refusal, match=r"outside of what the screenshot shows, \[-7, 0, 1913, 1080"):
        view_of(1920, 1080, left=-7).to_model(Box[Screen](*region))


def test_a_zoomed_region_keeps_its_aspect_within_the_screenshots_size() -> None:
    view = view_of(1920, 1080)
    assert view.zoomed(Box(0, 0, 400, 100)) == Size(1456, 364)
    assert view.zoomed(Box(0, 0, 100, 400)) == Size(204, 819)
    assert view.zoomed(Box(0, 0, 1920, 1)) == Size(1456, 1)
    assert view.zoomed(Box(0, 0, 1, 1080)) == Size(1, 819)
    with pytest.raises(UsageError, match=r"\[0, 0, 1921, 100\] is not inside the 1920x1080"):
        view.zoomed(Box(0, 0, 1921, 100))


def test_a_crop_sent_alone_has_coordinates_of_its_own() -> None:
    whole = View.fitted(Box.from_xywh(1920, 0, 1280, 720), Size(2560, 1440), STANDARD)
    crop = whole.cropped(Box(100, 200, 700, 600), STANDARD)
    assert crop.model == Size(600, 400)  # in device resolution: it fits
    assert crop.to_screen(Point(0, 0)) == Point(1970, 100)
    assert crop.to_screen(Point(599, 399)) == Point(1920 + 349, 299)
    assert crop.to_model(Point(1970, 100)) == Point(1, 1)
    with pytest.raises(Refusal, match=r"\(600, 0\) is outside the 600x400 screenshot"):
        crop.to_screen(Point(600, 0))
    with pytest.raises(Refusal, match="outside of what the screenshot shows"):
        crop.to_model(Point(1969, 100))


def test_a_crop_larger_than_the_limits_is_scaled_to_them() -> None:
    whole = View.fitted(Box.from_xywh(0, 0, 3840, 2160), Size(3840, 2160), STANDARD)
    crop = whole.cropped(Box(0, 0, 1920, 1080), "claude-opus-4-5")
    assert crop.model == Size(1456, 819)
    assert crop.to_screen(Point(1455, 818)) == Point(1919, 1079)


def test_a_crop_outside_of_the_capture_is_refused() -> None:
    with pytest.raises(UsageError, match=r"\[0, 0, 1921, 5\] is not inside the 1920x1080 capture"):
        view_of(1920, 1080).cropped(Box(0, 0, 1921, 5), STANDARD)


def test_a_letterbox_refuses_its_padding() -> None:
    view = view_of(1600, 900, left=-1600).letterboxed(Size(1000, 1000))
    assert view.model == Size(1000, 1000)
    assert view.picture.content == Box(0, 219, 1000, 781)
    assert view.to_screen(Point(0, 219)) == Point(-1600, 0)
    assert view.to_screen(Point(999, 780)) == Point(-1, 899)
    for outside in (Point[Model](500, 218), Point[Model](500, 781)):
        with pytest.raises(Refusal) as refused:
            view.to_screen(outside)
        assert str(refused.value) == (
            f"{outside} is in the padding of the 1000x1000 screenshot, whose content is "
            "[0, 219, 1000, 781]"
        )
    with pytest.raises(Refusal, match=r"\(500, 1000\) is outside the 1000x1000 screenshot"):
        view.to_screen(Point(500, 1000))


def test_a_letterbox_lies_where_it_is_told_to() -> None:
    wide = view_of(100, 100).letterboxed(Size(300, 100), x="end", y="start")
    assert wide.picture.content == Box(200, 0, 300, 100)
    high = view_of(100, 100).letterboxed(Size(100, 300), x="start", y="end")
    assert high.picture.content == Box(0, 200, 100, 300)


def test_claudes_own_padding_moves_nothing_and_is_refused() -> None:
    view = view_of(1920, 1080)
    padded = view.showing(view.picture.placed(view.model.box, Size(1456, 840)))
    for point in (Point[Model](0, 0), Point[Model](1455, 818), Point[Model](700, 1)):
        assert padded.to_screen(point) == view.to_screen(point)
    with pytest.raises(Refusal, match="padding"):
        padded.to_screen(Point(0, 819))


def test_a_picture_of_another_size_is_no_picture_of_the_view() -> None:
    with pytest.raises(UsageError, match="the picture has 10x10, not 20x20"):
        View(
            Box(0, 0, 9, 9),
            Size(9, 9),
            Size(20, 20),
            picture=Picture.of(Box(0, 0, 9, 9), Size(10, 10)),
        )


def test_a_view_is_a_value() -> None:
    view = view_of(1920, 1080).letterboxed(Size(1000, 1000))
    assert view == view_of(1920, 1080).letterboxed(Size(1000, 1000))
    assert view != view_of(1920, 1080).letterboxed(Size(1000, 1000), y="start")
    assert pickle.loads(pickle.dumps(view)) == view  # noqa: S301
    assert hash(view) == hash(pickle.loads(pickle.dumps(view)))  # noqa: S301


@settings(max_examples=10 * settings().max_examples, deadline=None)
@given(drawn.views())
def test_model_to_screen_to_model_is_the_identity_for_every_pixel(view: View) -> None:
    for points in every_pixel(view.model):
        landed = view.to_screen(points)
        assert (view.to_model(landed) == points).all()
        assert (landed >= (view.display.x0, view.display.y0)).all()
        assert (landed < (view.display.x1, view.display.y1)).all()


@settings(max_examples=3 * settings().max_examples, deadline=None)
@given(drawn.scaled_views())
def test_the_finer_side_loses_nothing_on_a_hidpi_display(view: View) -> None:
    # Where the pointer has fewer positions than the screenshot has pixels, every position is
    # reached and shown; else every pixel is.
    display, model = view.display, view.model
    for points in every_pixel(model):
        back = view.to_model(view.to_screen(points))
        if display.width >= model.width:
            assert (back[:, 0] == points[:, 0]).all()
        if display.height >= model.height:
            assert (back[:, 1] == points[:, 1]).all()
    for points in every_pixel(display.size, display.x0, display.y0):
        back = view.to_screen(view.to_model(points))
        if display.width <= model.width:
            assert (back[:, 0] == points[:, 0]).all()
        if display.height <= model.height:
            assert (back[:, 1] == points[:, 1]).all()


@given(drawn.scaled_views(), st.data())
def test_a_click_lands_under_the_centre_of_the_models_pixel(
    view: View, data: st.DataObject
) -> None:
    point = Point[Model](
        data.draw(st.integers(0, view.model.width - 1)),
        data.draw(st.integers(0, view.model.height - 1)),
    )
    assert view.to_screen(point) == contract(view, point)


@given(drawn.scaled_views(), st.data())
def test_boxes_never_shrink_on_the_way_there_and_back(view: View, data: st.DataObject) -> None:
    box = data.draw(drawn.boxes_in(view.model.box))
    on_screen = view.to_screen(box)
    assert view.display.contains(on_screen)
    assert view.to_model(on_screen).contains(box)
    assert view.image.box.contains(view.to_image(box))
    # Nor by a pixel too many: one less on any side no longer covers it.
    exact = Fraction(view.display.width, view.model.width)
    assert on_screen.x0 <= box.x0 * exact + view.display.x0 < on_screen.x0 + 1
    assert on_screen.x1 - 1 < box.x1 * exact + view.display.x0 <= on_screen.x1


def test_there_is_no_drift() -> None:
    # How far right of and below the exact centre a click lands, on average over every pixel of a
    # thousand displays. What is left comes from centres exactly between two pixels of the screen.
    random = np.random.default_rng(20261121)
    offsets: list[Any] = []
    for width, height in random.integers(200, 8000, (1000, 2)).tolist():
        limits = HIGH_RESOLUTION if random.random() < 0.5 else STANDARD
        left, top = random.integers(-9000, 9000, 2).tolist()
        view = View.fitted(Box.from_xywh(left, top, width, height), Size(width, height), limits)
        columns, _, rows, _ = every_pixel(view.model)
        for points, axis, length, start in ((columns, 0, width, left), (rows, 1, height, top)):
            shown = (view.model.width, view.model.height)[axis]
            centres = (points[:, axis] + 0.5) * length / shown + start
            offsets.append(view.to_screen(points)[:, axis] + 0.5 - centres)
    assert abs(float(np.concatenate(offsets).mean())) < 0.01


@settings(deadline=None)
@given(drawn.chained_views(), st.data())
def test_arrays_are_mapped_as_points_are_through_any_chain(view: View, data: st.DataObject) -> None:
    content = view.picture.content
    xs, ys = st.integers(content.x0, content.x1 - 1), st.integers(content.y0, content.y1 - 1)
    points = data.draw(st.lists(st.tuples(xs, ys), min_size=1, max_size=30))
    one_by_one = [view.to_screen(Point(x, y)) for x, y in points]
    kind = data.draw(st.sampled_from([np.int64, np.int32, np.uint32, np.int16, np.uint64]))
    landed = view.to_screen(np.array(points, kind))
    assert landed.dtype == np.int64
    assert landed.tolist() == [[point.x, point.y] for point in one_by_one]
    shown = [point for point in one_by_one if can_be_seen(view, point)]
    back = view.to_model(np.array([[p.x, p.y] for p in shown], np.int64).reshape(-1, 2))
    assert back.tolist() == [[seen.x, seen.y] for seen in map(view.to_model, shown)]


def can_be_seen(view: View, point: Point[Screen]) -> bool:
    try:
        view.to_model(point)
    except Refusal:
        return False
    return True


@settings(deadline=None)
@given(drawn.chained_views(), st.data())
def test_a_chain_is_as_exact_as_a_single_step(view: View, data: st.DataObject) -> None:
    content = view.picture.content
    point = Point[Model](
        data.draw(st.integers(content.x0, content.x1 - 1)),
        data.draw(st.integers(content.y0, content.y1 - 1)),
    )
    landed = view.to_screen(point)
    assert view.display.contains(landed)
    in_image = view.picture.to_source(point)
    assert view.image.box.contains(in_image)
    assert view.picture.region.contains(in_image)
    one = view.to_screen(Box.from_xywh(point.x, point.y, 1, 1))
    assert one.contains(landed)
    assert view.display.contains(one)
    outer = Box[Model](0, 0, view.model.width, view.model.height)
    assert outer.contains(content)


@settings(deadline=None)
@given(drawn.chained_views(), st.integers(-9, 3000), st.integers(-9, 3000))
def test_what_is_not_content_is_refused_and_nothing_else(view: View, x: int, y: int) -> None:
    point = Point[Model](x, y)
    if view.picture.content.contains(point):
        view.to_screen(point)
        return
    inside = view.model.box.contains(point)
    with pytest.raises(Refusal, match="in the padding" if inside else "is outside the"):
        view.to_screen(point)
    with pytest.raises(Refusal, match=r"point 0 of 1, is"):
        view.to_screen(np.array([[x, y]]))


@settings(deadline=None)
@given(drawn.chained_views(), st.data())
def test_the_pointer_is_found_alike_by_points_and_arrays_and_only_where_it_is_shown(
    view: View, data: st.DataObject
) -> None:
    seen_of = view.picture.onto(
        Transform[Image, Screen].between(view.image.box, view.display)
    ).region
    xs = st.integers(seen_of.x0 - 3, seen_of.x1 + 2)
    ys = st.integers(seen_of.y0 - 3, seen_of.y1 + 2)
    for _ in range(5):
        point = Point[Screen](data.draw(xs), data.draw(ys))
        array = np.array([[point.x, point.y]])
        if not can_be_seen(view, point):
            with pytest.raises(Refusal):
                view.to_model(array)
            continue
        seen = view.to_model(point)
        assert view.to_model(array).tolist() == [[seen.x, seen.y]]
        assert seen_of.contains(point)
        view.to_screen(seen)  # what is seen is never refused
    inside = view.to_screen(view.picture.content)
    assert view.display.contains(inside)


@given(drawn.chained_views(), st.data())
def test_a_region_that_is_shown_can_be_asked_for_again(view: View, data: st.DataObject) -> None:
    region = view.to_screen(data.draw(drawn.boxes_in(view.picture.content)))
    try:
        shown = view.to_model(region)
    except Refusal:
        return  # rounded outward, it reached beyond an edge that cuts a pixel
    view.to_screen(shown)


def test_two_letterboxes_refuse_what_is_outside_of_the_display() -> None:
    view = view_of(1920, 1080).letterboxed(Size(1000, 1000)).letterboxed(Size(800, 600))
    for outside in (Point[Screen](900, -1), Point[Screen](900, 1080)):
        with pytest.raises(Refusal, match=r"shows, \[0, 0, 1920, 1080\]"):
            view.to_model(outside)


def test_a_view_changed_in_part_keeps_its_picture() -> None:
    crop = view_of(1920, 1080).cropped(Box(100, 100, 200, 200), STANDARD)
    moved = replace(crop, display=Box[Screen](1920, 0, 3840, 1080))
    assert moved.to_screen(Point(0, 0)) == Point(2020, 100)
    assert repr(crop) != repr(View(crop.display, crop.image, crop.model))


def test_the_same_picture_is_reached_by_two_ways() -> None:
    # Cut out and then scaled is scaled and then cut out.
    picture = Picture[Image].of(Box(0, 0, 800, 600))
    first = picture.cropped(Box(100, 100, 500, 400)).scaled(Size(200, 150))
    then = picture.scaled(Size(400, 300)).cropped(Box(50, 50, 250, 200))
    assert first == then


def test_the_first_point_of_an_array_that_is_outside_is_named() -> None:
    view = view_of(1920, 1080)
    with pytest.raises(Refusal) as refused:
        view.to_screen(np.array([[0, 0], [5, 818], [1456, 3], [-1, 0]]))
    assert str(refused.value) == "(1456, 3), point 2 of 4, is outside the 1456x819 screenshot"
    with pytest.raises(Refusal) as refused:
        view.to_model(np.array([[0, 0], [5, 1080], [1456, 3]]))
    assert str(refused.value) == (
        "(5, 1080), point 1 of 3, is outside of what the screenshot shows, [0, 0, 1920, 1080]"
    )


@pytest.mark.parametrize("far", [2**62, -(2**63), 2**63 - 1])
def test_points_far_away_are_refused_like_near_ones(far: int) -> None:
    view = View.fitted(Box.from_xywh(-7, 3, 1921, 1081), Size(1921, 1081), HIGH_RESOLUTION)
    for to in (view.to_screen, view.to_model):
        with pytest.raises(Refusal):
            to(np.array([[far, 0]]))
        with pytest.raises(Refusal):
            to(np.array([[0, far]]))
    with pytest.raises(Refusal):
        view.to_screen(np.array([[2**64 - 1, 0]], np.uint64))


def test_no_points_are_mapped_to_no_points() -> None:
    none = np.empty((0, 2), np.int32)
    assert view_of(1920, 1080).to_screen(none).shape == (0, 2)
    assert view_of(1920, 1080).to_model(none).dtype == np.int64


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (np.zeros((3, 2)), "an array of integers, got float64"),
        (np.zeros((3, 2), bool), "an array of integers, got bool"),
        (np.zeros((3, 2), object), "an array of integers, got object"),
        (np.zeros((3, 3), int), r"of shape \(N, 2\), got \(3, 3\)"),
        (np.zeros(2, int), r"of shape \(N, 2\), got \(2,\)"),
        (np.ma.masked_array(np.zeros((1, 2), int), True), "got MaskedArray"),
        ((5, 5), "a Point, a Box or a numpy array .* got tuple"),
        ("5,5", "got str"),
        (None, "got NoneType"),
    ],
)
def test_anything_else_is_refused_by_name(wrong: Any, said: str) -> None:
    view = view_of(1920, 1080)
    for to in (view.to_screen, view.to_model):
        with pytest.raises(UsageError, match=said):
            to(wrong)
