"""Sizes, points and boxes: what they refuse, and what they are."""

import pickle
from typing import Any

import pytest

from trueclick.geometry import (
    Axis,
    Box,
    Image,
    Model,
    Point,
    Screen,
    Size,
    Transform,
    UsageError,
)


@pytest.mark.parametrize("wrong", [1.5, True, "12", None, float("nan")])
def test_only_integers_are_pixels(wrong: Any) -> None:
    with pytest.raises(UsageError, match="Point needs integers"):
        Point(wrong, 0)
    with pytest.raises(UsageError, match="Size needs integers"):
        Size(5, wrong)
    with pytest.raises(UsageError, match="Box needs integers"):
        Box(0, 0, 5, wrong)


def test_a_box_turned_inside_out_is_refused_with_its_numbers() -> None:
    with pytest.raises(UsageError, match=r"Box needs x0 < x1, got x0=40 x1=40"):
        Box(40, 0, 40, 10)
    with pytest.raises(UsageError, match=r"Box needs y0 < y1, got y0=11 y1=10"):
        Box(0, 11, 40, 10)


def test_a_size_without_pixels_is_refused() -> None:
    with pytest.raises(UsageError, match="got 0x5"):
        Size(0, 5)


def test_a_box_is_half_open() -> None:
    box = Box[Model].from_xywh(10, 20, 3, 2)
    assert box == Box(10, 20, 13, 22)
    assert box.contains(Point(10, 20))
    assert box.contains(Point(12, 21))
    assert not box.contains(Point(13, 21))
    assert not box.contains(Point(12, 22))
    assert box.center == Point(11, 21)


def test_shapes_are_values() -> None:
    assert {Point[Model](1, 2), Point(1, 2)} == {Point(1, 2)}
    assert pickle.loads(pickle.dumps(Box(1, 2, 3, 4))) == Box(1, 2, 3, 4)  # noqa: S301
    with pytest.raises(AttributeError):
        Point(1, 2).x = 3  # type: ignore[misc]


def test_maps_are_composed_before_they_are_rounded() -> None:
    # Rounding at the image in between would lose columns on a 125 % display.
    model, image = Box[Model](0, 0, 1456, 819), Box[Image](0, 0, 2400, 1350)
    screen = Box[Screen](0, 0, 1920, 1080)
    to_image = Transform[Model, Image].between(model, image)
    to_screen = to_image.then(Transform[Image, Screen].between(image, screen))
    assert to_screen == Transform[Model, Screen].between(model, screen)
    rounded_twice = [
        Transform[Image, Screen].between(image, screen).point(to_image.point(Point(x, 0))).x
        for x in range(1456)
    ]
    once = [to_screen.point(Point(x, 0)).x for x in range(1456)]
    assert sum(a != b for a, b in zip(once, rounded_twice, strict=True)) > 100


def test_a_box_mapped_there_and_back_never_shrinks() -> None:
    model, screen = Box[Model](0, 0, 1456, 819), Box[Screen](-100, 7, 1820, 1087)
    transform = Transform[Model, Screen].between(model, screen)
    box = Box[Model](3, 5, 11, 17)
    back = transform.inverse().box(transform.box(box))
    assert back.x0 <= box.x0
    assert back.y0 <= box.y0
    assert back.x1 >= box.x1
    assert back.y1 >= box.y1


def test_a_scale_must_be_above_zero() -> None:
    from fractions import Fraction

    with pytest.raises(UsageError, match="above zero"):
        Axis(Fraction(0), Fraction(1))
