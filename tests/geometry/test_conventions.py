"""Points and boxes as other models write them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueclick.geometry import Box, Convention, Image, Point, Refusal, Size, UsageError

PIXELS = Convention()
UNIT = Convention(grid=1)
THOUSAND = Convention(grid=1000)
SIZE = Size[Image](1920, 1080)

conventions = st.builds(
    Convention,
    grid=st.sampled_from([None, 1, 1000]),
    boxes=st.sampled_from(["xyxy", "xywh"]),
    order=st.sampled_from(["xy", "yx"]),
)


@pytest.mark.parametrize(
    ("convention", "numbers", "point"),
    [
        (PIXELS, [12, 34], Point(12, 34)),
        (Convention(order="yx"), [34, 12], Point(12, 34)),
        (PIXELS, (0, 0), Point(0, 0)),
        (PIXELS, [1919, 1079], Point(1919, 1079)),
        (UNIT, [0.5, 0.25], Point(960, 270)),
        (UNIT, [0, 0.999], Point(0, 1078)),
        (THOUSAND, [500, 250], Point(960, 270)),
        (THOUSAND, [999, 1], Point(1918, 1)),
        (THOUSAND, [333.3, 0], Point(639, 0)),
        (Convention(grid=1000, order="yx"), [250, 500], Point(960, 270)),
        (Convention(grid=100), [50, 25], Point(960, 270)),
    ],
)
def test_a_point_is_the_pixel_that_holds_the_position(
    convention: Convention, numbers: list[float], point: Point[Image]
) -> None:
    assert convention.read_point(numbers, SIZE) == point


@pytest.mark.parametrize(
    ("convention", "numbers", "box"),
    [
        (PIXELS, [1, 2, 30, 40], Box(1, 2, 30, 40)),
        (PIXELS, [0, 0, 1920, 1080], Box(0, 0, 1920, 1080)),
        (Convention(boxes="xywh"), [1, 2, 29, 38], Box(1, 2, 30, 40)),
        (Convention(order="yx"), [2, 1, 40, 30], Box(1, 2, 30, 40)),
        (Convention(boxes="xywh", order="yx"), [2, 1, 38, 29], Box(1, 2, 30, 40)),
        (UNIT, [0.1, 0.1, 1, 1.0], Box(192, 108, 1920, 1080)),
        (THOUSAND, [1, 1, 999, 999], Box(1, 1, 1919, 1079)),
        (Convention(grid=1000, order="yx"), [0, 500, 1000, 1000], Box(960, 0, 1920, 1080)),
    ],
)
def test_a_box_covers_its_positions(
    convention: Convention, numbers: list[float], box: Box[Image]
) -> None:
    assert convention.read_box(numbers, SIZE) == box


def test_a_position_short_of_the_far_edge_is_inside() -> None:
    for nearly in (0.9999999, 1 - 2**-53):
        assert UNIT.read_point([nearly, 0], SIZE) == Point(1919, 0)
    with pytest.raises(Refusal, match="is outside"):
        UNIT.read_point([-1e-7, 0.5], SIZE)


def test_the_last_pixel_of_a_finer_image_can_be_written_and_read() -> None:
    written = THOUSAND.write_point(Point(1919, 1079), SIZE)
    assert written == [999, 999]
    assert THOUSAND.read_point(written, SIZE) == Point(1918, 1078)


@pytest.mark.parametrize("convention", [PIXELS, UNIT, THOUSAND])
def test_a_number_of_any_length_is_refused(convention: Convention) -> None:
    with pytest.raises(Refusal, match=r"^a number that is too long to be printed is outside"):
        convention.read_point([10**10_000, 0], SIZE)
    for digits in (400, 10_000):
        with pytest.raises(Refusal, match="is outside the 1920x1080 image"):
            convention.read_point([10**digits, 0], SIZE)
        with pytest.raises(Refusal, match="is not inside the 1920x1080 image"):
            convention.read_box([0, 0, 10**digits, 5], SIZE)


def test_a_float_stands_for_the_simple_fraction_that_was_meant() -> None:
    # As a double 0.1 is above a tenth and 0.7 below seven tenths: neither moves an edge.
    size = Size[Image](10, 10)
    assert UNIT.read_box([0.1, 0.3, 0.7, 0.9], size) == Box(1, 3, 7, 9)
    thirds = Size[Image](3, 3)
    assert UNIT.read_box([1 / 3, 0, 2 / 3, 1], thirds) == Box(1, 0, 2, 3)


@given(conventions, st.integers(1, 4000), st.integers(1, 4000), st.data())
def test_a_pixel_written_and_read_is_the_same_pixel(
    convention: Convention, width: int, height: int, data: st.DataObject
) -> None:
    if convention.grid == 1000:
        width, height = min(width, 1000), min(height, 1000)
    size = Size[Image](width, height)
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    written = convention.write_point(Point(x, y), size)
    assert convention.read_point(written, size) == Point(x, y)


@given(conventions, st.integers(1, 4000), st.integers(1, 4000), st.data())
def test_a_box_written_and_read_covers_the_box(
    convention: Convention, width: int, height: int, data: st.DataObject
) -> None:
    size = Size[Image](width, height)
    x0, y0 = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    box = Box[Image](
        x0, y0, data.draw(st.integers(x0 + 1, width)), data.draw(st.integers(y0 + 1, height))
    )
    read = convention.read_box(convention.write_box(box, size), size)
    assert read.contains(box)
    if convention.grid != 1000:
        assert read == box
    else:
        slack_x, slack_y = width // 1000 + 1, height // 1000 + 1
        assert box.x0 - slack_x <= read.x0
        assert read.x1 <= box.x1 + slack_x
        assert box.y0 - slack_y <= read.y0
        assert read.y1 <= box.y1 + slack_y


def test_points_are_written_by_their_centres() -> None:
    assert PIXELS.write_point(Point(12, 34), SIZE) == [12, 34]
    assert Convention(order="yx").write_point(Point(12, 34), SIZE) == [34, 12]
    assert UNIT.write_point(Point(0, 0), Size(2, 4)) == [0.25, 0.125]
    assert THOUSAND.write_point(Point(0, 0), Size(2, 4)) == [250, 125]
    assert THOUSAND.write_point(Point(999, 0), Size(1000, 1000)) == [999, 0]
    assert all(type(number) is int for number in THOUSAND.write_point(Point(5, 5), SIZE))


def test_boxes_are_written_by_their_edges() -> None:
    box = Box[Image](960, 270, 1920, 1080)
    assert PIXELS.write_box(box, SIZE) == [960, 270, 1920, 1080]
    assert UNIT.write_box(box, SIZE) == [0.5, 0.25, 1, 1]
    assert THOUSAND.write_box(box, SIZE) == [500, 250, 1000, 1000]
    assert Convention(grid=1000, boxes="xywh").write_box(box, SIZE) == [500, 250, 500, 750]
    assert Convention(boxes="xywh", order="yx").write_box(box, SIZE) == [270, 960, 810, 960]
    assert THOUSAND.write_box(Box(1, 1, 2, 2), SIZE) == [0, 0, 2, 2]


@pytest.mark.parametrize(
    ("convention", "numbers", "said"),
    [
        (PIXELS, [1920, 5], "[1920, 5] is outside the 1920x1080 image"),
        (PIXELS, [-1, 5], "[-1, 5] is outside the 1920x1080 image"),
        (PIXELS, [5, 1080], "[5, 1080] is outside the 1920x1080 image"),
        (UNIT, [1.0, 0], "[1.0, 0] is outside the 1920x1080 image, whose far edges are 1"),
        (THOUSAND, [0, 1000], "[0, 1000] is outside the 1920x1080 image, whose far edges are 1000"),
        (PIXELS, [1.0, 5], "[1.0, 5] are not 2 integers: pixels"),
        (PIXELS, [True, 5], "[True, 5] are not 2 integers: pixels"),
        (THOUSAND, [5, float("nan")], "[5, nan] are not 2 numbers from 0 to 1000"),
        (UNIT, [float("inf"), 0], "[inf, 0] are not 2 numbers from 0 to 1"),
        (UNIT, ["0.5", 0], "['0.5', 0] are not 2 numbers from 0 to 1"),
        (UNIT, [None, 0], "[None, 0] are not 2 numbers from 0 to 1"),
        (UNIT, [0.5], "[0.5] is not a list of 2 numbers"),
        (UNIT, [1, 2, 3], "[1, 2, 3] is not a list of 2 numbers"),
        (UNIT, "12", "'12' is not a list of 2 numbers"),
        (UNIT, None, "None is not a list of 2 numbers"),
        (UNIT, "x" * 100, "'" + "x" * 79 + "... is not a list of 2 numbers"),
        (UNIT, "x" * 78, "'" + "x" * 78 + "' is not a list of 2 numbers"),
    ],
)
def test_what_is_no_point_of_the_image_is_refused(
    convention: Convention, numbers: Any, said: str
) -> None:
    with pytest.raises(Refusal) as refused:
        convention.read_point(numbers, SIZE)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("convention", "numbers", "said"),
    [
        (PIXELS, [5, 5, 5, 9], "[5, 5, 5, 9] is no box: it is empty or turned inside out"),
        (PIXELS, [5, 5, 9, 5], "[5, 5, 9, 5] is no box: it is empty or turned inside out"),
        (PIXELS, [5, 5, 9, 4], "[5, 5, 9, 4] is no box: it is empty or turned inside out"),
        (
            Convention(boxes="xywh"),
            [5, 5, 0, 4],
            "[5, 5, 0, 4] is no box: it is empty or turned inside out",
        ),
        (PIXELS, [0, 0, 1921, 5], "[0, 0, 1921, 5] is not inside the 1920x1080 image"),
        (PIXELS, [-1, 0, 5, 5], "[-1, 0, 5, 5] is not inside the 1920x1080 image"),
        (
            THOUSAND,
            [0, 0, 5, 1001],
            "[0, 0, 5, 1001] is not inside the 1920x1080 image, whose far edges are 1000",
        ),
        (PIXELS, [0, 0, 5.0, 5], "[0, 0, 5.0, 5] are not 4 integers: pixels"),
        (UNIT, [0, 0, 1], "[0, 0, 1] is not a list of 4 numbers"),
    ],
)
def test_what_is_no_box_of_the_image_is_refused(
    convention: Convention, numbers: Any, said: str
) -> None:
    with pytest.raises(Refusal) as refused:
        convention.read_box(numbers, SIZE)
    assert str(refused.value) == said


def test_only_what_is_in_the_image_is_written() -> None:
    with pytest.raises(UsageError) as refused:
        UNIT.write_point(Point(1920, 0), SIZE)
    assert str(refused.value) == "(1920, 0) is outside the 1920x1080 image"
    with pytest.raises(UsageError) as refused:
        UNIT.write_box(Box(0, 0, 5, 1081), SIZE)
    assert str(refused.value) == "[0, 0, 5, 1081] is not inside the 1920x1080 image"


@pytest.mark.parametrize("grid", [0, -1, 1.0, True, "1000"])
def test_a_grid_is_an_integer_above_zero(grid: Any) -> None:
    with pytest.raises(UsageError) as refused:
        Convention(grid=grid)
    assert str(refused.value) == f"a grid is an integer of at least 1, got {grid!r}"


def test_an_unknown_convention_is_refused() -> None:
    with pytest.raises(UsageError) as refused:
        Convention(boxes="cxcywh")  # type: ignore[arg-type]
    assert str(refused.value) == "boxes are written xyxy or xywh, got 'cxcywh'"
    with pytest.raises(UsageError) as refused:
        Convention(order="xz")  # type: ignore[arg-type]
    assert str(refused.value) == "the order is xy or yx, got 'xz'"
