"""Sizes, points and boxes: what they refuse, and what they are."""

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueclick.geometry import Box, Model, Point, Size, UsageError

small = st.integers(-12, 12)


@st.composite
def small_boxes(draw: st.DrawFn) -> Box[Model]:
    left, top = draw(small), draw(small)
    return Box.from_xywh(left, top, draw(st.integers(1, 9)), draw(st.integers(1, 9)))


def pixels(box: Box[Model]) -> set[Point[Model]]:
    """A box, spelled out."""
    return {Point(x, y) for x in range(box.x0, box.x1) for y in range(box.y0, box.y1)}


@pytest.mark.parametrize(
    "wrong", [1.5, 1.0, True, "12", None, float("nan"), float("inf"), 2 + 0j, [1]]
)
def test_only_integers_are_pixels(wrong: Any) -> None:
    for shape, numbers, name in [
        (Point, (wrong, 0), "x"),
        (Point, (0, wrong), "y"),
        (Size, (wrong, 5), "width"),
        (Size, (5, wrong), "height"),
        (Box, (wrong, 0, 5, 5), "x0"),
        (Box, (0, wrong, 5, 5), "y0"),
        (Box, (0, 0, wrong, 5), "x1"),
        (Box, (0, 0, 5, wrong), "y1"),
    ]:
        with pytest.raises(UsageError) as refused:
            shape(*numbers)
        assert str(refused.value) == f"{shape.__name__} needs integers, got {name}={wrong!r}"


@pytest.mark.parametrize("wrong", [1.5, True, "12"])
def test_boxes_made_otherwise_take_integers_alone_as_well(wrong: Any) -> None:
    for numbers, name in [
        ((wrong, 0, 1, 1), "left"),
        ((0, wrong, 1, 1), "top"),
        ((0, 0, wrong, 1), "width"),
        ((0, 0, 1, wrong), "height"),
    ]:
        with pytest.raises(UsageError, match=f"Box needs integers, got {name}="):
            Box.from_xywh(*numbers)


def test_a_box_turned_inside_out_is_refused_with_its_numbers() -> None:
    for x0, x1 in [(40, 40), (40, 39)]:
        with pytest.raises(UsageError) as refused:
            Box(x0, 0, x1, 10)
        assert str(refused.value) == f"Box needs x0 < x1, got x0={x0} x1={x1}"
    for y0, y1 in [(40, 40), (11, 10)]:
        with pytest.raises(UsageError) as refused:
            Box(0, y0, 40, y1)
        assert str(refused.value) == f"Box needs y0 < y1, got y0={y0} y1={y1}"
    for width, height in [(0, 1), (1, 0), (-1, 1), (1, -1)]:
        with pytest.raises(UsageError) as refused:
            Box.from_xywh(0, 0, width, height)
        assert str(refused.value) == (f"Box needs at least 1x1, got width={width} height={height}")


@pytest.mark.parametrize(("width", "height"), [(0, 5), (5, 0), (-1, 5), (5, -1)])
def test_a_size_without_pixels_is_refused(width: int, height: int) -> None:
    with pytest.raises(UsageError) as refused:
        Size(width, height)
    assert str(refused.value) == f"Size needs at least 1x1, got {width}x{height}"


def test_the_smallest_shapes_are_one_pixel() -> None:
    assert Size(1, 1).box == Box(0, 0, 1, 1) == Box.from_xywh(0, 0, 1, 1)


def test_shapes_are_written_as_people_write_them() -> None:
    assert str(Size(1920, 1080)) == "1920x1080"
    assert str(Point(-3, 5)) == "(-3, 5)"
    assert str(Box(1, 2, 3, 4)) == "[1, 2, 3, 4]"


def test_a_size_knows_its_long_edge_and_its_box() -> None:
    assert Size(3, 7).long_edge == Size(7, 3).long_edge == 7
    assert Size(3, 7).box == Box(0, 0, 3, 7)


def test_a_box_is_half_open() -> None:
    box = Box[Model].from_xywh(10, 20, 3, 2)
    assert box == Box(10, 20, 13, 22)
    assert box.size == Size(3, 2)
    assert pixels(box) == {Point(x, y) for x in (10, 11, 12) for y in (20, 21)}


@given(small_boxes(), small, small)
def test_a_box_contains_its_pixels_and_no_others(box: Box[Model], x: int, y: int) -> None:
    point = Point[Model](x, y)
    assert box.contains(point) == (point in pixels(box))
    assert box.area == len(pixels(box))


@given(small_boxes(), small_boxes())
def test_two_boxes_share_the_pixels_of_both(box: Box[Model], other: Box[Model]) -> None:
    both, either = pixels(box) & pixels(other), pixels(box) | pixels(other)
    shared = box.intersection(other)
    assert (pixels(shared) if shared else set()) == both
    assert box.contains(other) == (pixels(other) <= pixels(box))
    assert box.iou(other) == len(both) / len(either)
    union = box.union(other)
    assert pixels(union) >= either
    assert (union.x0, union.y0) == (min(p.x for p in either), min(p.y for p in either))
    assert (union.x1, union.y1) == (max(p.x for p in either) + 1, max(p.y for p in either) + 1)


def test_boxes_that_only_touch_share_nothing() -> None:
    box = Box[Model](0, 0, 5, 5)
    for beside in (Box[Model](5, 0, 9, 5), Box[Model](0, 5, 5, 9), Box[Model](-4, 0, 0, 5)):
        assert box.intersection(beside) is None
        assert beside.intersection(box) is None
        assert box.iou(beside) == 0


@given(small_boxes())
def test_a_box_made_around_its_center_is_the_same_box(box: Box[Model]) -> None:
    assert Box.from_center(box.center, box.size) == box
    assert box.contains(box.center)


def test_of_four_middle_pixels_the_lower_right_one_is_the_center() -> None:
    assert Box(0, 0, 4, 6).center == Point(2, 3)
    assert Box(0, 0, 3, 5).center == Point(1, 2)
    assert Box.from_center(Point(2, 3), Size(4, 6)) == Box(0, 0, 4, 6)


@given(small_boxes(), small, small)
def test_clamping_finds_the_nearest_pixel(box: Box[Model], x: int, y: int) -> None:
    nearest = min(pixels(box), key=lambda pixel: (pixel.x - x) ** 2 + (pixel.y - y) ** 2)
    assert box.clamp(Point(x, y)) == nearest


def test_a_box_moves_without_changing_its_size() -> None:
    assert Box(1, 2, 3, 5).moved(10, -4) == Box(11, -2, 13, 1)
    with pytest.raises(UsageError, match=r"^Box needs integers, got down=1\.5"):
        Box(1, 2, 3, 4).moved(1, 1.5)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"^Box needs integers, got right=1\.5"):
        Box(1, 2, 3, 4).moved(1.5, 1)  # type: ignore[arg-type]


def test_shapes_are_values() -> None:
    assert {Point[Model](1, 2), Point(1, 2)} == {Point(1, 2)}
    for shape in (Box(1, 2, 3, 4), Point(1, 2), Size(3, 4)):
        assert pickle.loads(pickle.dumps(shape)) == shape  # noqa: S301
    assert sorted([Point(2, 1), Point(1, 2)]) == [Point(1, 2), Point(2, 1)]
    with pytest.raises(AttributeError):
        Point(1, 2).x = 3  # type: ignore[misc]
