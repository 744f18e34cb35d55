"""Pictures: cut out, scaled, padded, and where their pixels come from."""

import pickle
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueclick.geometry import Box, Image, Model, Picture, Point, Refusal, Size, UsageError
from trueclick.geometry.picture import inscribed

WHOLE = Picture[Image].of(Box(0, 0, 300, 200))


def test_a_picture_shows_its_region_pixel_by_pixel() -> None:
    picture = Picture[Image].of(Box(10, 20, 110, 70))
    assert picture.size == Size(100, 50)
    assert picture.region == Box(10, 20, 110, 70)
    assert picture.content == Box(0, 0, 100, 50)
    assert picture.to_source(Point(0, 0)) == Point(10, 20)
    assert picture.from_source(Point(109, 69)) == Point(99, 49)
    assert picture.to_source(Box(1, 2, 3, 4)) == Box(11, 22, 13, 24)
    assert picture.from_source(Box(11, 22, 13, 24)) == Box(1, 2, 3, 4)


def test_a_picture_of_a_size_is_scaled_to_it() -> None:
    picture = Picture[Image].of(Box(10, 20, 110, 70), Size(50, 50))
    assert picture == Picture[Image].of(Box(10, 20, 110, 70)).scaled(Size(50, 50))
    assert picture.to_source(Point(49, 49)) == Point(109, 69)


@pytest.mark.parametrize(
    ("x", "y", "content"),
    [
        ("start", "start", Box(0, 0, 300, 200)),
        ("center", "center", Box(0, 50, 300, 250)),
        ("end", "end", Box(0, 101, 300, 301)),
    ],
)
def test_a_letterbox_lies_where_it_is_told_to(x: Any, y: Any, content: Box[Model]) -> None:
    assert WHOLE.letterboxed(Size(300, 301), x=x, y=y).content == content
    sideways = WHOLE.letterboxed(Size(401, 200), x=x, y=y)
    assert sideways.content.y0 == 0
    assert sideways.content.x0 == {"start": 0, "center": 50, "end": 101}[x]
    assert sideways.size == Size(401, 200)
    assert sideways.region == Box(0, 0, 300, 200)


def test_an_unknown_alignment_is_refused() -> None:
    with pytest.raises(UsageError) as refused:
        WHOLE.letterboxed(Size(9, 9), x="left")  # type: ignore[arg-type]
    assert str(refused.value) == "unknown alignment 'left'; known: start, center, end"
    with pytest.raises(UsageError, match="unknown alignment 'top'"):
        WHOLE.letterboxed(Size(9, 9), y="top")  # type: ignore[arg-type]


def test_a_placement_outside_of_the_canvas_is_refused() -> None:
    with pytest.raises(UsageError) as refused:
        WHOLE.placed(Box(0, 0, 10, 11), Size(10, 10))
    assert str(refused.value) == "the region [0, 0, 10, 11] is not inside the 10x10 canvas"
    with pytest.raises(UsageError, match=r"\[0, 0, 301, 5\] is not inside the 300x200 picture"):
        WHOLE.cropped(Box(0, 0, 301, 5))


def test_a_picture_of_padding_alone_is_refused() -> None:
    letterbox = WHOLE.letterboxed(Size(300, 400))
    for padding in (Box[Model](0, 0, 300, 100), Box[Model](0, 300, 300, 400)):
        with pytest.raises(UsageError) as refused:
            letterbox.cropped(padding)
        assert str(refused.value) == "the 300x100 picture would show nothing but padding"
    pillars = WHOLE.letterboxed(Size(500, 200))
    with pytest.raises(UsageError, match="the 100x200 picture would show nothing"):
        pillars.cropped(Box(0, 0, 100, 200))
    assert letterbox.cropped(Box(0, 0, 300, 101)).content == Box(0, 100, 300, 101)


def test_what_a_cut_leaves_of_the_padding_is_refused_still() -> None:
    picture = WHOLE.letterboxed(Size(300, 400)).cropped(Box(10, 90, 60, 140))
    assert picture.content == Box(0, 10, 50, 50)
    assert picture.to_source(Point(0, 10)) == Point(10, 0)
    with pytest.raises(Refusal) as refused:
        picture.to_source(Point(0, 9))
    assert str(refused.value) == (
        "(0, 9) is in the padding of the 50x50 screenshot, whose content is [0, 10, 50, 50]"
    )
    with pytest.raises(Refusal) as refused:
        picture.to_source(Box(0, 9, 5, 20))
    assert str(refused.value).startswith(
        "the region [0, 9, 5, 20] reaches into the padding of the 50"
    )


def test_a_region_that_was_cut_away_is_not_in_sight() -> None:
    picture = WHOLE.cropped(Box(10, 10, 60, 60))
    for hidden in (
        Box[Image](9, 10, 20, 20),
        Box[Image](10, 10, 61, 20),
        Box[Image](10, 9, 20, 20),
    ):
        with pytest.raises(Refusal) as refused:
            picture.from_source(hidden)
        assert str(refused.value) == (
            f"the region {hidden} is outside of what the screenshot shows, [10, 10, 60, 60]"
        )
    assert picture.from_source(Box(10, 10, 60, 60)) == Box(0, 0, 50, 50)


def test_half_a_pixel_of_padding_belongs_to_whom_its_centre_belongs_to() -> None:
    # 3 columns of padding and 5 of content, seen at half the size: the edge is at 1.5.
    picture = WHOLE.cropped(Box(0, 0, 5, 4)).placed(Box(3, 0, 8, 4), Size(8, 4)).scaled(Size(4, 2))
    assert picture.content == Box(1, 0, 4, 2)
    assert picture.to_source(Point(1, 0)) == Point(0, 1)
    assert picture.to_source(Box(1, 0, 2, 1)) == Box(0, 0, 1, 2)  # never left of the source
    assert picture.region == Box(0, 0, 5, 4)
    assert picture.from_source(Box(0, 0, 5, 4)) == Box(1, 0, 4, 2)
    # Twice as large again, the edge is at 3 as it was: nothing was rounded in between.
    assert picture.scaled(Size(8, 4)).content == Box(3, 0, 8, 4)


def test_a_point_shown_by_no_whole_pixel_is_not_in_sight() -> None:
    # One column of content between two of padding, seen at a third of the size: the one pixel
    # that shows it has its centre on it. At half the size no pixel's centre is.
    line = WHOLE.cropped(Box(7, 0, 8, 6)).placed(Box(1, 0, 2, 6), Size(3, 6))
    assert line.scaled(Size(1, 2)).to_source(Point(0, 0)) == Point(7, 1)
    with pytest.raises(UsageError, match="the 6x1 picture would show nothing but padding"):
        WHOLE.cropped(Box(0, 0, 6, 1)).placed(Box(0, 1, 6, 2), Size(6, 4)).scaled(Size(6, 1))


def test_a_source_pixel_whose_place_is_mostly_padding_is_not_in_sight() -> None:
    # 3 columns of padding at a quarter of the size: the edge is at 0.75, beyond a centre.
    picture = WHOLE.cropped(Box(0, 0, 13, 4)).placed(Box(3, 0, 16, 4), Size(16, 4))
    picture = picture.scaled(Size(4, 1))
    assert picture.content == Box(1, 0, 4, 1)
    assert picture.from_source(Point(1, 0)) == Point(1, 0)
    assert picture.from_source(np.array([[1, 0]])).tolist() == [[1, 0]]
    with pytest.raises(Refusal) as refused:
        picture.from_source(Point(0, 0))
    assert str(refused.value) == "(0, 0) is outside of what the screenshot shows, [0, 0, 13, 4]"
    assert picture.from_source(Box(0, 0, 13, 4)) == picture.content
    with pytest.raises(Refusal, match=r"^\(0, 0\), point 1 of 2, is outside of what"):
        picture.from_source(np.array([[1, 0], [0, 0]]))


def test_a_picture_of_less_than_half_a_pixel_shows_none_of_them() -> None:
    # Each pixel of the source is seen as 10x10; of one the first 4 columns are kept.
    sliver = WHOLE.cropped(Box(0, 0, 3, 3)).scaled(Size(30, 30)).cropped(Box(10, 10, 14, 14))
    assert sliver.visible is None
    assert sliver.to_source(Point(3, 3)) == Point(1, 1)
    for point in (Point[Image](1, 1), Point[Image](0, 0)):
        with pytest.raises(Refusal, match=r"outside of what the screenshot shows, \[1, 1, 2, 2\]"):
            sliver.from_source(point)
        with pytest.raises(Refusal, match="point 0 of 1"):
            sliver.from_source(np.array([[point.x, point.y]]))
    assert sliver.from_source(np.empty((0, 2), int)).shape == (0, 2)


def test_a_picture_cannot_show_what_it_does_not_hold() -> None:
    shown = WHOLE.spans
    with pytest.raises(UsageError) as refused:
        Picture(Size(299, 200), WHOLE.transform, shown)
    assert str(refused.value) == "what is shown reaches out of the 299x200 picture"
    with pytest.raises(UsageError, match="reaches out of the 300x199 picture"):
        Picture(Size(300, 199), WHOLE.transform, shown)


def test_a_picture_is_a_value() -> None:
    picture = WHOLE.letterboxed(Size(400, 400))
    assert pickle.loads(pickle.dumps(picture)) == picture  # noqa: S301
    assert picture != WHOLE.letterboxed(Size(400, 400), y="end")


@given(st.integers(1, 900), st.integers(1, 900), st.integers(1, 900), st.integers(1, 900))
def test_an_inscribed_size_is_the_largest_of_its_aspect(
    width: int, height: int, wide: int, high: int
) -> None:
    scale = min(Fraction(wide, width), Fraction(high, height))
    expected = Size[Model](max(1, floor(width * scale)), max(1, floor(height * scale)))
    assert inscribed(Size(width, height), Size[Model](wide, high)) == expected
