"""The exact map between two spaces."""

import pickle
from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueclick.geometry import Axis, Box, Image, Model, Point, Screen, Transform, UsageError

scales = st.fractions(Fraction(1, 5000), 5000, max_denominator=9000)
offsets = st.fractions(-30_000, 30_000, max_denominator=9000)
axes = st.builds(Axis, scales, offsets)
anywhere = st.integers(-(2**63), 2**63 - 1)


@given(axes, st.integers(-(10**6), 10**6))
def test_a_pixel_goes_to_the_pixel_under_its_centre(axis: Axis, x: int) -> None:
    assert axis.pixel(x) == floor((x + Fraction(1, 2)) * axis.scale + axis.offset)


@given(axes, st.integers(-9000, 9000), st.integers(1, 9000))
def test_a_span_rounds_outward(axis: Axis, start: int, length: int) -> None:
    first, last = axis.span(start, start + length)
    assert first == floor(start * axis.scale + axis.offset)
    assert last == ceil((start + length) * axis.scale + axis.offset)


@given(axes, axes, st.integers(-9000, 9000))
def test_maps_are_composed_without_rounding(first: Axis, second: Axis, x: int) -> None:
    exact = ((x + Fraction(1, 2)) * first.scale + first.offset) * second.scale + second.offset
    assert first.then(second).pixel(x) == floor(exact)
    assert first.then(first.inverse()) == Axis(Fraction(1), Fraction(0))


@given(axes, st.lists(st.integers(-(10**6), 10**6), max_size=20))
def test_an_array_is_mapped_as_its_numbers_are(axis: Axis, xs: list[int]) -> None:
    mapped = axis.pixels(np.array(xs, np.int64))
    assert mapped.dtype == np.int64
    assert mapped.tolist() == [axis.pixel(x) for x in xs]


@given(axes, st.lists(anywhere, min_size=1, max_size=5))
def test_an_array_of_any_numbers_is_mapped_exactly_or_refused(axis: Axis, xs: list[int]) -> None:
    exact = [axis.pixel(x) for x in xs]
    if all(-(2**63) <= x < 2**63 for x in exact):
        assert axis.pixels(np.array(xs, np.int64)).tolist() == exact
    else:
        with pytest.raises(UsageError, match=r"a mapped coordinate is beyond 64 bits: -?[0-9]{19}"):
            axis.pixels(np.array(xs, np.int64))


@pytest.mark.parametrize("sign", [1, -1])
def test_64_bits_are_used_to_the_last_number(sign: int) -> None:
    # Each on its own side of what fits into 64 bits on the way.
    double = Axis(Fraction(1), Fraction(0))
    for x in (2**62 - 2, 2**62 - 1, 2**62, 2**62 + 1, 2**63 - 1):
        assert double.pixels(np.array([sign * x])).tolist() == [sign * x]
    edge = Axis(Fraction(1), Fraction(sign))
    with pytest.raises(UsageError, match="beyond 64 bits"):
        edge.pixels(np.array([2**63 - 1 if sign > 0 else -(2**63)]))
    assert edge.pixels(np.array([sign * (2**63 - 2)])).tolist() == [sign * (2**63 - 1)]
    assert Axis(Fraction(1), Fraction(-1)).pixels(np.array([1 - 2**63])).tolist() == [-(2**63)]


def test_a_factor_beyond_64_bits_is_multiplied_by_exactly() -> None:
    axis = Axis(Fraction(2**63), Fraction(-(2**62)))
    assert axis.pixels(np.array([0])).tolist() == [0]


@pytest.mark.parametrize("kind", [float, bool, object])
def test_an_array_of_coordinates_holds_integers(kind: Any) -> None:
    with pytest.raises(UsageError, match="coordinates need an array of integers, got"):
        Axis(Fraction(1), Fraction(0)).pixels(np.zeros(3, kind))


def test_a_divisor_beyond_64_bits_is_divided_by_exactly() -> None:
    axis = Axis(Fraction(1, 2**70), Fraction(5))
    assert axis.pixels(np.array([3, -3])).tolist() == [5, 4]


def test_points_are_mapped_axis_by_axis() -> None:
    transform = Transform[Model, Screen](
        Axis(Fraction(2), Fraction(-9)), Axis(Fraction(1, 2), Fraction(100))
    )
    assert transform.point(Point(3, 5)) == Point(-2, 102)
    assert transform.points(np.array([[3, 5], [0, 0]])).tolist() == [[-2, 102], [-8, 100]]
    assert transform.box(Box(3, 5, 4, 8)) == Box(-3, 102, -1, 104)
    assert pickle.loads(pickle.dumps(transform)) == transform  # noqa: S301


def test_between_carries_the_edges_onto_the_edges() -> None:
    model, screen = Box[Model](2, 3, 12, 8), Box[Screen](-100, 7, -70, 8)
    transform = Transform[Model, Screen].between(model, screen)
    assert transform.box(model) == screen
    assert transform.x == Axis(Fraction(3), Fraction(-106))
    assert transform.y == Axis(Fraction(1, 5), Fraction(32, 5))
    assert transform.inverse() == Transform[Screen, Model].between(screen, model)


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


@pytest.mark.parametrize("scale", [Fraction(0), Fraction(-1, 3)])
def test_a_scale_must_be_above_zero(scale: Fraction) -> None:
    with pytest.raises(UsageError) as refused:
        Axis(scale, Fraction(1))
    assert str(refused.value) == f"a scale must be above zero, got {scale}"


@pytest.mark.parametrize("wrong", [1, 1.5, "1", float("nan"), None])
def test_a_map_is_made_of_fractions_alone(wrong: Any) -> None:
    for numbers, name in [((wrong, Fraction(0)), "scale"), ((Fraction(1), wrong), "offset")]:
        with pytest.raises(UsageError) as refused:
            Axis(*numbers)
        assert str(refused.value) == f"an axis needs a Fraction, got {name}={wrong!r}"
