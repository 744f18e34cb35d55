"""From the model's pixels to the screen and back."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueclick.geometry import (
    HIGH_RESOLUTION,
    STANDARD,
    Box,
    Model,
    Point,
    Refusal,
    ResolutionLimits,
    Screen,
    Size,
    UsageError,
    View,
)


def view_of(width: int, height: int, left: int = 0, top: int = 0) -> View:
    return View.fitted(Box.from_xywh(left, top, width, height), Size(width, height), STANDARD)


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


def test_a_pointer_on_another_display_is_refused() -> None:
    with pytest.raises(Refusal, match="outside the display"):
        view_of(1920, 1080, left=1920).to_model(Point(1919, 5))


def test_a_capture_in_device_pixels_maps_to_points() -> None:
    view = View(
        display=Box.from_xywh(0, 0, 1440, 900), image=Size(2880, 1800), model=Size(1388, 867)
    )
    assert view.to_screen(Point(1387, 866)) == Point(1439, 899)
    assert view.to_image(Box(0, 0, 1388, 867)) == Box(0, 0, 2880, 1800)


def test_a_region_rounds_outward_and_never_loses_a_pixel() -> None:
    assert view_of(1920, 1080).to_image(Box(1, 1, 2, 2)) == Box(1, 1, 3, 3)


@pytest.mark.parametrize("region", [(-1, 0, 5, 5), (0, 0, 1457, 5), (0, 0, 5, 820)])
def test_a_region_outside_of_the_screenshot_is_refused(region: tuple[int, int, int, int]) -> None:
    with pytest.raises(Refusal, match="is not inside the 1456x819 screenshot"):
        view_of(1920, 1080).to_image(Box(*region))


def test_a_zoomed_region_keeps_its_aspect_within_the_screenshots_size() -> None:
    view = view_of(1920, 1080)
    assert view.zoomed(Box(0, 0, 400, 100)) == Size(1456, 364)
    assert view.zoomed(Box(0, 0, 100, 400)) == Size(204, 819)
    with pytest.raises(UsageError):
        view.zoomed(Box(0, 0, 1921, 100))


origins = st.integers(-8000, 8000)
edges = st.integers(40, 5000)


@given(origins, origins, edges, edges, st.sampled_from([STANDARD, HIGH_RESOLUTION]), st.data())
def test_model_to_screen_to_model_is_the_identity(
    left: int, top: int, width: int, height: int, limits: ResolutionLimits, data: st.DataObject
) -> None:
    view = View.fitted(Box.from_xywh(left, top, width, height), Size(width, height), limits)
    x = data.draw(st.integers(0, view.model.width - 1))
    y = data.draw(st.integers(0, view.model.height - 1))
    point = Point[Model](x, y)
    landed = view.to_screen(point)
    assert view.display.contains(landed)
    assert view.to_model(landed) == point
    # The contract, spelled out: the pixel under the centre, one rounding.
    expected = Point[Screen](
        floor((x + Fraction(1, 2)) * Fraction(width, view.model.width) + left),
        floor((y + Fraction(1, 2)) * Fraction(height, view.model.height) + top),
    )
    assert landed == expected
