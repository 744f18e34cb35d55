"""Images too large for one view: tiles, and what is found in them."""

import pickle
from itertools import pairwise
from typing import Any

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
    ResolutionLimits,
    Size,
    UsageError,
    merge_boxes,
    merge_points,
    tiles,
    visual_tokens,
)

some_limits = st.sampled_from(
    [STANDARD, HIGH_RESOLUTION, STANDARD.capped(400), ResolutionLimits(560, 200)]
)
sizes = st.builds(Size[Image], st.integers(1, 3000), st.integers(1, 3000))
overlaps = st.integers(0, 150)


def regions(found: tuple[Picture[Image], ...]) -> list[Box[Image]]:
    return [tile.region for tile in found]


def test_an_image_within_the_limits_is_one_tile() -> None:
    (tile,) = tiles(Size[Image](1456, 819), STANDARD)
    assert tile == Picture[Image].of(Box(0, 0, 1456, 819))


def test_a_wall_of_displays_is_covered_row_by_row() -> None:
    found = tiles(Size[Image](7680, 4320), "claude-opus-5-5", overlap=200)
    assert len(found) == 12
    assert regions(found)[:2] == [Box(0, 0, 1447, 2260), Box(1246, 0, 2693, 2260)]
    assert [region.y0 for region in regions(found)] == [*[0] * 6, *[2060] * 6]
    assert regions(found)[-1] == Box(6233, 2060, 7680, 4320)


def test_a_long_page_is_cut_into_one_column() -> None:
    found = tiles(Size[Image](1280, 30_000), STANDARD, overlap=0)
    assert len(found) == 32
    assert {(region.x0, region.x1) for region in regions(found)} == {(0, 1280)}
    assert regions(found)[0] == Box(0, 0, 1280, 938)
    assert regions(found)[1].y0 == 937


@given(sizes, some_limits, overlaps)
def test_tiles_cover_every_pixel_at_native_resolution(
    size: Size[Image], limits: ResolutionLimits, overlap: int
) -> None:
    found = tiles(size, limits, overlap)
    for tile in found:
        assert limits.fits(tile.size)
        assert (tile.size.width, tile.size.height) == (tile.region.width, tile.region.height)
        assert size.box.contains(tile.region)
    assert len({tile.size for tile in found}) == 1
    columns = sorted({(region.x0, region.x1) for region in regions(found)})
    rows = sorted({(region.y0, region.y1) for region in regions(found)})
    assert len(found) == len(columns) * len(rows)
    for spans, length in ((columns, size.width), (rows, size.height)):
        assert spans[0][0] == 0
        assert spans[-1][1] == length
        for (_, end), (start, _) in pairwise(spans):
            assert end - start >= overlap


@given(sizes, some_limits, overlaps, st.data())
def test_what_is_no_larger_than_the_overlap_is_whole_in_a_tile(
    size: Size[Image], limits: ResolutionLimits, overlap: int, data: st.DataObject
) -> None:
    width = data.draw(st.integers(1, min(overlap + 1, size.width)))
    height = data.draw(st.integers(1, min(overlap + 1, size.height)))
    left = data.draw(st.integers(0, size.width - width))
    top = data.draw(st.integers(0, size.height - height))
    thing = Box[Image].from_xywh(left, top, width, height)
    assert any(region.contains(thing) for region in regions(tiles(size, limits, overlap)))


def fewest(size: Size[Image], limits: ResolutionLimits, overlap: int) -> tuple[int, int]:
    """The fewest tiles of any grid and their tokens, by trying all grids."""
    found: list[tuple[int, int]] = []
    for columns in range(1, 40):
        for rows in range(1, 40):
            width = -(-(size.width + (columns - 1) * overlap) // columns)
            height = -(-(size.height + (rows - 1) * overlap) // rows)
            if columns > 1 and not overlap < width < size.width:
                continue
            if rows > 1 and not overlap < height < size.height:
                continue
            tile = Size[Image](width, height)
            if limits.fits(tile):
                found.append((columns * rows, columns * rows * visual_tokens(tile)))
    return min(found)


@settings(max_examples=30, deadline=None)
@given(
    st.builds(Size[Image], st.integers(1, 4000), st.integers(1, 4000)),
    st.sampled_from([STANDARD, HIGH_RESOLUTION, STANDARD.capped(700)]),
    overlaps,
)
def test_no_grid_has_fewer_tiles_or_as_many_and_fewer_tokens(
    size: Size[Image], limits: ResolutionLimits, overlap: int
) -> None:
    found = tiles(size, limits, overlap)
    tokens = sum(visual_tokens(tile.size) for tile in found)
    assert (len(found), tokens) == fewest(size, limits, overlap)


def test_of_two_grids_of_as_many_tiles_the_cheaper_one_is_taken() -> None:
    # One above the other they would cost 1007 tokens, side by side 999.
    found = tiles(Size[Image](1457, 1033), STANDARD, overlap=0)
    assert [tile.size for tile in found] == [Size(729, 1033), Size(729, 1033)]


@pytest.mark.parametrize("overlap", [-1, -100])
def test_a_negative_overlap_is_refused(overlap: int) -> None:
    with pytest.raises(UsageError) as refused:
        tiles(Size(5, 5), STANDARD, overlap)
    assert str(refused.value) == f"tiles need overlap >= 0, got {overlap}"


@pytest.mark.parametrize("wrong", [1.5, True, "100"])
def test_an_overlap_is_an_integer(wrong: Any) -> None:
    with pytest.raises(UsageError, match="tiles needs integers, got overlap="):
        tiles(Size(5, 5), STANDARD, wrong)


def test_an_overlap_as_large_as_a_tile_is_refused() -> None:
    small = ResolutionLimits(28, 1)
    assert len(tiles(Size(29, 28), small, 27)) == 2
    with pytest.raises(UsageError) as refused:
        tiles(Size(57, 28), small, 28)
    assert str(refused.value) == (f"no tiles of 57x28 within {small} can share overlap=28 pixels")
    with pytest.raises(UsageError, match="can share overlap=28"):
        tiles(Size(28, 57), small, 28)


WIDE = Size[Image](2000, 500)
LEFT, RIGHT = (Picture[Image].of(Box(0, 0, 1100, 500)), Picture[Image].of(Box(900, 0, 2000, 500)))
LOWER = Picture[Image].of(Box(0, 400, 1100, 900))


def test_a_box_seen_in_two_tiles_is_one_thing() -> None:
    (thing,) = merge_boxes([(LEFT, Box(950, 10, 1000, 30)), (RIGHT, Box(50, 10, 101, 30))])
    assert thing.where == Box(950, 10, 1001, 30)
    assert thing.members == (0, 1)


def test_a_box_that_an_edge_cuts_in_two_is_made_whole() -> None:
    # 800 to 1300: the left tile ends at 1100, the right one starts at 900.
    (thing,) = merge_boxes([(RIGHT, Box(0, 10, 400, 30)), (LEFT, Box(800, 10, 1100, 30))])
    assert thing.where == Box(800, 10, 1300, 30)
    assert thing.members == (0, 1)


def test_different_things_stay_apart() -> None:
    found = [
        (LEFT, Box[Model](910, 10, 950, 30)),
        (RIGHT, Box[Model](55, 10, 100, 30)),  # beside it
        (LEFT, Box[Model](10, 10, 50, 30)),  # seen by one tile alone
        (RIGHT, Box[Model](1000, 10, 1050, 30)),
        (LEFT, Box[Model](911, 11, 951, 31)),  # in the same tile as the first
    ]
    merged = merge_boxes(found)
    assert [thing.members for thing in merged] == [(0,), (1,), (2,), (3,), (4,)]
    assert merged[3].where == Box(1900, 10, 1950, 30)


def test_how_much_must_agree_can_be_said() -> None:
    found = [(LEFT, Box[Model](900, 0, 1000, 10)), (RIGHT, Box[Model](0, 0, 50, 10))]
    assert len(merge_boxes(found, min_iou=0.5)) == 1
    assert len(merge_boxes(found, min_iou=0.51)) == 2
    assert len(merge_boxes(found, min_iou=0.01)) == 1
    exactly = [(LEFT, Box[Model](900, 0, 1000, 10)), (RIGHT, Box[Model](0, 0, 100, 10))]
    assert len(merge_boxes(exactly, min_iou=1)) == 1


def test_the_likest_are_joined_first_and_never_two_of_one_tile() -> None:
    found = [
        (LEFT, Box[Model](900, 0, 1000, 100)),
        (LEFT, Box[Model](905, 0, 1005, 100)),
        (RIGHT, Box[Model](5, 0, 105, 100)),
    ]
    assert [thing.members for thing in merge_boxes(found)] == [(0,), (1, 2)]


def test_a_pair_that_may_not_be_joined_keeps_no_other_apart() -> None:
    found = [
        (LEFT, Box[Model](900, 0, 1000, 100)),
        (LEFT, Box[Model](905, 0, 1005, 100)),
        (RIGHT, Box[Model](5, 0, 105, 100)),  # the second of these; a bit like the first
        (LEFT, Box[Model](900, 300, 1000, 400)),
        (RIGHT, Box[Model](0, 350, 100, 450)),  # less alike than all of the above
    ]
    groups = [thing.members for thing in merge_boxes(found, min_iou=0.3)]
    assert groups == [(0,), (1, 2), (3, 4)]


def test_a_thing_in_the_corner_of_three_tiles_is_one() -> None:
    found = [
        (LEFT, Box[Model](950, 450, 1000, 490)),
        (RIGHT, Box[Model](50, 450, 100, 490)),
        (LOWER, Box[Model](950, 50, 1000, 90)),
    ]
    (thing,) = merge_boxes(found)
    assert thing.members == (0, 1, 2)
    assert thing.where == Box(950, 450, 1000, 490)


def test_what_was_found_may_come_from_anything_that_yields_it() -> None:
    boxes = [(LEFT, Box[Model](0, 0, 5, 5))]
    assert len(merge_boxes(found for found in boxes)) == 1  # type: ignore[arg-type]
    assert len(merge_points((tile, box.center) for tile, box in boxes)) == 1  # type: ignore[arg-type]


def test_an_impossible_cover_is_refused_at_once() -> None:
    with pytest.raises(UsageError, match="can share overlap=3000"):
        tiles(Size(10**9, 100), STANDARD, 3000)


def test_nothing_found_is_nothing_merged() -> None:
    assert merge_boxes([]) == ()
    assert merge_points([]) == ()


def test_tiles_that_share_nothing_merge_nothing() -> None:
    apart = Picture[Image].of(Box(1100, 0, 2000, 500))
    assert len(merge_boxes([(LEFT, Box(1090, 0, 1100, 9)), (apart, Box(0, 0, 10, 9))])) == 2
    assert len(merge_points([(LEFT, Point(1099, 0)), (apart, Point(0, 0))])) == 2


def test_a_point_seen_in_two_tiles_is_one_thing() -> None:
    (thing,) = merge_points([(LEFT, Point(1000, 100)), (RIGHT, Point(103, 95))])
    assert thing.members == (0, 1)
    # Of the two the one that is farther from the edges of its tile: 99 beside 95 pixels.
    assert thing.where == Point(1000, 100)
    (thing,) = merge_points([(RIGHT, Point(103, 100)), (LEFT, Point(1000, 95))])
    assert thing.where == Point(1003, 100)


@pytest.mark.parametrize(("point", "depth"), [((3, 9), 3), ((5, 2), 2), ((7, 9), 2), ((5, 18), 1)])
def test_how_deep_a_point_lies_is_counted_from_the_nearest_edge(
    point: tuple[int, int], depth: int
) -> None:
    # Beside a point at an exactly known depth: the deeper one is kept, the first if equal.
    small = Picture[Image].of(Box(0, 0, 10, 20))
    for other in (depth - 1, depth, depth + 1):
        beside = Picture[Image].of(Box(5 - other, 5 - other, 1000, 1000))
        found = [(small, Point[Model](*point)), (beside, Point[Model](other, other))]
        (thing,) = merge_points(found, within=20)
        assert thing.where == (Point(5, 5) if other > depth else Point(*point))


def test_points_farther_apart_are_two_things() -> None:
    found = [(LEFT, Point[Model](1000, 100)), (RIGHT, Point[Model](110, 110))]
    assert len(merge_points(found)) == 1
    assert len(merge_points(found, within=9)) == 2
    assert len(merge_points([found[0], (RIGHT, Point(111, 100))])) == 2
    assert len(merge_points([found[0], (RIGHT, Point(100, 111))])) == 2
    assert len(merge_points([found[0], (RIGHT, Point(100, 100))], within=0)) == 1


def test_a_point_that_one_tile_alone_shows_is_merged_if_the_other_is_shared() -> None:
    inside = (LEFT, Point[Model](1098, 5))
    assert len(merge_points([inside, (RIGHT, Point(202, 5))])) == 1  # at 1102
    outside = (LEFT, Point[Model](899, 5))
    assert len(merge_points([outside, (RIGHT, Point(0, 5))])) == 1  # at 900
    assert len(merge_points([(LEFT, Point(890, 5)), (RIGHT, Point(201, 5))], within=500)) == 2


def test_the_nearest_points_are_joined_first() -> None:
    found = [(LEFT, Point[Model](990, 5)), (LEFT, Point[Model](999, 5)), (RIGHT, Point(98, 5))]
    assert [thing.members for thing in merge_points(found)] == [(0,), (1, 2)]


def test_what_is_outside_of_its_tile_is_refused() -> None:
    with pytest.raises(Refusal, match=r"\[0, 0, 1101, 5\] is not inside the 1100x500"):
        merge_boxes([(LEFT, Box(0, 0, 1101, 5))])
    with pytest.raises(Refusal, match=r"\(1100, 0\) is outside the 1100x500"):
        merge_points([(LEFT, Point(1100, 0))])


@pytest.mark.parametrize("wrong", [0, -1, 1.01, float("nan"), True])
def test_an_agreement_that_makes_no_sense_is_refused(wrong: float) -> None:
    with pytest.raises(UsageError) as refused:
        merge_boxes([], min_iou=wrong)
    assert str(refused.value) == f"min_iou must be above 0 and at most 1, got {wrong!r}"


def test_a_distance_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(UsageError, match="merge_points needs within >= 0, got -1"):
        merge_points([], within=-1)
    with pytest.raises(UsageError, match=r"merge_points needs integers, got within=1\.5"):
        merge_points([], within=1.5)  # type: ignore[arg-type]


def test_what_was_merged_is_a_value() -> None:
    (thing,) = merge_points([(LEFT, Point(5, 5))])
    assert pickle.loads(pickle.dumps(thing)) == thing  # noqa: S301
