"""Where two pictures differ, against a slow and obvious version; and how it is told."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueclick.capture import Screenshot
from trueclick.capture.changes import (
    JOIN_PX,
    MOST_BOXES,
    NEAR_PX,
    SQUARE_PX,
    Changes,
    boxes_shown,
    changed_area,
    changed_boxes,
)
from trueclick.geometry import Box, Image, Model, Point, Size, UsageError, View

SIZES = st.tuples(st.integers(1, 90), st.integers(1, 90))


def blank(width: int, height: int) -> Screenshot:
    return Screenshot(np.zeros((height, width, 4), np.uint8))


def with_boxes(picture: Screenshot, *boxes: Box[Image]) -> Screenshot:
    """The picture with other colours in some boxes."""
    pixels = picture.pixels.copy()
    for box in boxes:
        pixels[box.y0 : box.y1, box.x0 : box.x1, :3] ^= 0xFF
    return Screenshot(pixels)


def slowly(before: Screenshot, after: Screenshot) -> list[Box[Image]]:
    """A box for each changed pixel; any two that are close become one, as long as there are any."""
    ys, xs = np.nonzero((before.pixels != after.pixels)[..., :3].any(axis=2))
    boxes = {Box[Image].from_xywh(int(x), int(y), 1, 1) for x, y in zip(xs, ys, strict=True)}
    while pair := next(((a, b) for a in boxes for b in boxes if a != b and close(a, b)), None):
        boxes = boxes - set(pair) | {pair[0].union(pair[1])}
    return sorted(boxes, key=lambda box: (box.y0, box.x0))


def close(a: Box[Image], b: Box[Image]) -> bool:
    across = max(a.x0, b.x0) - min(a.x1, b.x1)
    down = max(a.y0, b.y0) - min(a.y1, b.y1)
    return max(across, down) <= JOIN_PX


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Screenshot, Screenshot]:
    """Two small pictures that differ in a few pixels and channels."""
    width, height = draw(SIZES)
    before = blank(width, height)
    pixels = before.pixels.copy()
    places = st.tuples(st.integers(0, height - 1), st.integers(0, width - 1), st.integers(0, 3))
    for y, x, channel in draw(st.lists(places, max_size=8)):
        pixels[y, x, channel] ^= 1
    return before, Screenshot(pixels)


@given(pairs())
def test_the_boxes_are_those_of_the_obvious_version(pair: tuple[Screenshot, Screenshot]) -> None:
    assert list(changed_boxes(*pair)) == slowly(*pair)


@given(pairs(), st.data())
def test_a_region_is_compared_like_a_picture_of_its_own(
    pair: tuple[Screenshot, Screenshot], data: st.DataObject
) -> None:
    size = pair[0].size
    x0 = data.draw(st.integers(-5, size.width - 1))
    y0 = data.draw(st.integers(-5, size.height - 1))
    region = Box[Image](
        x0,
        y0,
        data.draw(st.integers(max(x0, 0) + 1, size.width + 5)),
        data.draw(st.integers(max(y0, 0) + 1, size.height + 5)),
    )
    inside = region.intersection(size.box)
    assert inside is not None
    before, after = (
        Screenshot(each.pixels[inside.y0 : inside.y1, inside.x0 : inside.x1]) for each in pair
    )
    apart = changed_boxes(before, after)
    expected = tuple(box.moved(inside.x0, inside.y0) for box in apart)
    assert changed_boxes(*pair, region) == expected


@given(st.integers(0, 2**32 - 1), st.floats(0.0005, 0.5))
def test_however_much_changes_each_box_is_tight_and_none_is_left_out(
    seed: int, share: float
) -> None:
    random = np.random.default_rng(seed)
    before = blank(700, 500)
    differs = random.random((500, 700)) < share * random.random((500, 1))
    pixels = before.pixels.copy()
    pixels[differs, seed % 3] = 7
    boxes = changed_boxes(before, Screenshot(pixels))
    assert len(boxes) <= MOST_BOXES
    left = differs.copy()
    for box in boxes:
        part = differs[box.y0 : box.y1, box.x0 : box.x1]
        assert part[0].any()
        assert part[-1].any()
        assert part[:, 0].any()
        assert part[:, -1].any()
        left[box.y0 : box.y1, box.x0 : box.x1] = False
    assert not left.any()


def test_many_far_places_are_joined_until_they_can_be_read() -> None:
    before = blank(1900, 1000)
    dots = [
        Box[Image].from_xywh(x, y, 2, 2) for x in range(0, 1900, 60) for y in range(0, 1000, 60)
    ]
    boxes = changed_boxes(before, with_boxes(before, *dots))
    assert 1 <= len(boxes) <= MOST_BOXES
    assert all(any(box.contains(dot) for box in boxes) for dot in dots)


def test_the_byte_without_meaning_is_not_compared() -> None:
    before = blank(50, 40)
    pixels = before.pixels.copy()
    pixels[..., 3] = 255
    assert changed_boxes(before, Screenshot(pixels)) == ()


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (17, 33)])
def test_a_picture_of_any_size_can_change_as_a_whole(size: tuple[int, int]) -> None:
    before = blank(*size)
    assert changed_boxes(before, with_boxes(before, before.size.box)) == (before.size.box,)
    assert changed_boxes(before, before) == ()


def test_views_and_pictures_that_cannot_be_written_are_compared_too() -> None:
    wide = np.zeros((60, 80, 4), np.uint8)
    changed = wide.copy()
    changed[10:12, 20:24, 1] = 9
    for way in (
        np.s_[::2],
        np.s_[:, ::2],
        np.s_[::-1],
        np.s_[:, ::-1],
    ):
        before, after = wide[way], changed[way]
        before.flags.writeable = after.flags.writeable = False
        assert len(changed_boxes(Screenshot(before), Screenshot(after))) == 1
    planes = np.zeros((4, 60, 80), np.uint8)
    planes[1, 10:12, 20:24] = 9
    apart = Screenshot(planes.transpose(1, 2, 0))
    assert changed_boxes(Screenshot(wide), apart) == (Box(20, 10, 24, 12),)


def test_pictures_of_different_sizes_are_refused() -> None:
    with pytest.raises(UsageError, match="different sizes cannot be compared: 10x20 and 20x10"):
        changed_boxes(blank(10, 20), blank(20, 10))


def test_a_region_beside_the_picture_holds_no_change() -> None:
    before = blank(20, 20)
    after = with_boxes(before, before.size.box)
    assert changed_boxes(before, after, Box(20, 0, 30, 20)) == ()


TARGET = Point[Model](100, 100)


@pytest.mark.parametrize(
    ("boxes", "where", "said"),
    [
        ([], "nowhere", "nothing changed"),
        ([Box(90, 90, 120, 110)], "near", "changed near the target: [90, 90, 120, 110]"),
        (
            [Box(300, 5, 310, 9)],
            "elsewhere",
            "nothing changed near the target; changed elsewhere: [300, 5, 310, 9]",
        ),
        (
            [Box(300, 5, 310, 9), Box(90, 90, 120, 110)],
            "near and elsewhere",
            "changed near the target: [90, 90, 120, 110]; and elsewhere: [300, 5, 310, 9]",
        ),
    ],
)
def test_one_line_says_where_the_screen_changed(
    boxes: list[Box[Model]], where: str, said: str
) -> None:
    changes = Changes.seen(boxes, target=TARGET)
    assert changes.where == where
    assert str(changes) == said


def test_without_a_target_the_places_are_told() -> None:
    changes = Changes.seen([Box[Model](1, 2, 3, 4), Box[Model](50, 60, 70, 80)])
    assert changes.where == "somewhere"
    assert str(changes) == "changed: [1, 2, 3, 4], [50, 60, 70, 80]"


def test_the_largest_places_are_named_and_the_rest_is_counted() -> None:
    rows = [Box[Model].from_xywh(0, 100 * n, 10 + n, 10) for n in range(6)]
    assert str(Changes.seen(rows)) == (
        "changed: [0, 300, 13, 310], [0, 400, 14, 410], [0, 500, 15, 510], 3 more places"
    )
    assert str(Changes.seen(rows[:4])).endswith(", 1 more place")


def test_what_keeps_changing_by_itself_is_marked() -> None:
    spinner = Box[Model](500, 10, 540, 50)
    changes = Changes.seen(
        [Box(505, 12, 530, 44), Box(95, 95, 99, 99)], target=TARGET, restless=[spinner]
    )
    assert str(changes) == (
        "changed near the target: [95, 95, 99, 99]; "
        "and elsewhere: [505, 12, 530, 44] (keeps changing)"
    )


@pytest.mark.parametrize(("gap", "where"), [(NEAR_PX, "near"), (NEAR_PX + 1, "elsewhere")])
def test_near_means_a_few_pixels_in_every_direction(gap: int, where: str) -> None:
    x, y = TARGET.x, TARGET.y
    for box in (
        Box[Model](x + gap, y, x + gap + 5, y + 5),
        Box[Model](x - gap - 4, y, x - gap + 1, y + 5),
        Box[Model](x, y + gap, x + 5, y + gap + 5),
        Box[Model](x, y - gap - 4, x + 5, y - gap + 1),
    ):
        assert Changes.seen([box], target=TARGET).where == where


def test_boxes_are_told_in_the_pixels_that_the_model_sees() -> None:
    view = View(Box(0, 0, 1920, 1080), Size(3840, 2160), Size(1456, 819))
    assert boxes_shown([Box(0, 0, 1, 1), Box(3830, 2150, 3840, 2160)], view) == (
        Box(0, 0, 1, 1),
        Box(1452, 815, 1456, 819),
    )
    cropped = view.cropped(Box(1000, 1000, 1100, 1100), "claude-sonnet-5-5")
    assert boxes_shown([Box(0, 0, 500, 500), Box(950, 1050, 1010, 2000)], cropped) == (
        Box(0, 50, 10, 100),
    )


@given(pairs(), st.data())
def test_the_changed_area_is_that_of_the_squares_that_changed(
    pair: tuple[Screenshot, Screenshot], data: st.DataObject
) -> None:
    before, after = pair
    width, height = before.size.width, before.size.height
    x0, y0 = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    x1, y1 = data.draw(st.integers(x0 + 1, width)), data.draw(st.integers(y0 + 1, height))
    squares = {
        ((x - x0) // SQUARE_PX, (y - y0) // SQUARE_PX)
        for y in range(y0, y1)
        for x in range(x0, x1)
        if (before.pixels[y, x, :3] != after.pixels[y, x, :3]).any()
    }
    area = min(len(squares) * SQUARE_PX**2, (x1 - x0) * (y1 - y0))
    assert changed_area(before, after, Box(x0, y0, x1, y1)) == area
