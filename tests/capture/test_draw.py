"""Marks on screenshots: where they are drawn, what they leave alone, and whether they are seen."""

import pickle
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import ImageFont

from trueclick.capture.draw import COLORS, BoxMark, Mark, PointMark, _font, draw
from trueclick.capture.screenshot import Screenshot
from trueclick.geometry import Box, Image, Point, UsageError

GREY = 120


def blank(width: int = 640, height: int = 480, grey: int = GREY) -> Screenshot:
    return Screenshot(np.full((height, width, 4), grey, np.uint8))


def noise(width: int = 640, height: int = 480) -> Screenshot:
    generator = np.random.default_rng(7)
    return Screenshot(generator.integers(0, 256, (height, width, 4), dtype=np.uint8))


def touched(before: Screenshot, marks: list[Mark]) -> NDArray[np.bool_]:
    """Which pixels the marks changed."""
    after = draw(before, marks)
    changed = before.pixels.view(np.uint32)[..., 0] ^ after.pixels.view(np.uint32)[..., 0]
    shown: NDArray[np.bool_] = changed & np.uint32(0xFFFFFF) != 0  # the fourth byte means nothing
    return shown


def extent(changed: NDArray[np.bool_]) -> Box[Image]:
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def bgr(color: str) -> list[int]:
    return [int(color[at : at + 2], 16) for at in (5, 3, 1)]


def at(x: int, y: int, label: str | None = "", color: str | None = None) -> PointMark:
    return PointMark(Point(x, y), label=label, color=color)


def round_(x0: int, y0: int, x1: int, y1: int, label: str | None = "") -> BoxMark:
    return BoxMark(Box(x0, y0, x1, y1), label=label)


points = st.builds(at, st.integers(-50, 690), st.integers(-50, 530), st.sampled_from(["", "Save"]))


def test_a_point_keeps_its_pixel_and_those_next_to_it() -> None:
    changed = touched(blank(), [at(300, 200)])
    assert changed.any()
    assert not changed[198:203, 298:303].any()


def test_a_ring_lies_evenly_round_its_point() -> None:
    changed = touched(blank(), [at(300, 200)])
    box = extent(changed)
    assert box.center == Point(300, 200)
    ring = changed[box.y0 : box.y1, box.x0 : box.x1]
    assert (ring == ring[::-1]).all()
    assert (ring == ring[:, ::-1]).all()
    assert (ring == ring.T).all()


@settings(max_examples=25, deadline=None)
@given(st.lists(points, min_size=1, max_size=12))
def test_no_mark_and_no_label_covers_the_pixel_of_a_point(marks: list[PointMark]) -> None:
    before = noise()
    crowd: list[Mark] = [*marks, *(round_(m.point.x - 3, m.point.y, 700, 540, "x") for m in marks)]
    after = draw(before, crowd)
    for mark in marks:
        if Box[Image](0, 0, 640, 480).contains(mark.point):
            x, y = mark.point.x, mark.point.y
            assert (after.pixels[y, x, :3] == before.pixels[y, x, :3]).all()


def test_a_frame_leaves_all_pixels_of_its_box_and_encloses_them() -> None:
    for box in (Box[Image](100, 100, 101, 101), Box[Image](100, 50, 300, 250)):
        changed = touched(noise(), [BoxMark(box, label="")])
        assert not changed[box.y0 : box.y1, box.x0 : box.x1].any()
        ring = changed[box.y0 - 1 : box.y1 + 1, box.x0 - 1 : box.x1 + 1]
        assert ring[0].all()
        assert ring[-1].all()
        assert ring[:, 0].all()
        assert ring[:, -1].all()


def test_the_frame_of_the_whole_picture_is_seen_on_its_outermost_pixels() -> None:
    changed = touched(noise(), [round_(0, 0, 640, 480)])
    for side in (changed[2], changed[-3], changed[:, 2], changed[:, -3]):
        assert side.mean() > 0.99
    assert not changed[20:-20, 20:-20].any()


def test_a_side_beyond_the_edge_is_not_drawn() -> None:
    changed = touched(blank(), [round_(500, -20, 700, 100)])
    assert extent(changed) == Box(500 - 7, 0, 640, 107)
    assert not changed[:100, 500:].any()


def test_a_small_box_in_a_corner_is_seen_and_stays_free() -> None:
    changed = touched(blank(), [round_(0, 0, 3, 3)])
    assert changed.any()
    assert not changed[:3, :3].any()


@pytest.mark.parametrize("far", [1, 1000, 10**30])
@pytest.mark.parametrize(("right", "down"), [(-1, 0), (1, 0), (0, -1), (0, 1), (1, 1), (-1, 1)])
def test_what_is_outside_becomes_an_arrow_at_the_nearest_edge(
    right: int, down: int, far: int
) -> None:
    x = {-1: -far, 0: 300, 1: 639 + far}[right]
    y = {-1: -far, 0: 200, 1: 479 + far}[down]
    edge = Box[Image](0, 0, 640, 480).clamp(Point(x, y))
    by_point = touched(blank(), [at(x, y)])
    by_box = touched(blank(), [round_(x, y, x + 1, y + 1)])
    assert (by_point == by_box).all()
    box = extent(by_point)
    assert box.contains(edge)
    assert max(box.width, box.height) < 40
    if not (right and down):  # it grows wider away from the edge
        along = by_point.sum(axis=0 if right else 1)
        tip, back = (edge.x, edge.x - 10 * right) if right else (edge.y, edge.y - 10 * down)
        assert along[tip] < along[back]


@pytest.mark.parametrize("mark", [at(60, 50), round_(40, 30, 80, 70), at(900, 50)])
@pytest.mark.parametrize("grey", [0, 60, 120, 180, 255])
def test_a_mark_stands_out_from_any_background(mark: Mark, grey: int) -> None:
    for color in COLORS:
        before = blank(120, 100, grey)
        after = draw(before, [replace(mark, color=color)]).pixels[..., :3].astype(int)
        assert (abs(after - grey).max(axis=2) > 110).sum() >= 30
        assert (abs(after - bgr(color)).max(axis=2) <= 40).sum() >= 30


def test_a_mark_stands_out_from_a_busy_background() -> None:
    after = draw(noise(), [round_(300, 200, 400, 300)]).pixels[..., :3]
    # From the outside: black, white, three of colour, white, black.
    assert after[193, 350].tolist() == [0, 0, 0]
    assert after[194, 350].tolist() == [255, 255, 255]
    assert after[195:198, 350].tolist() == [bgr(COLORS[0])] * 3
    assert after[198, 350].tolist() == [255, 255, 255]
    assert after[199, 350].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    "largest", [(2560, 1440), pytest.param((7680, 4320), marks=pytest.mark.slow)]
)
def test_lines_and_letters_grow_with_the_picture(largest: tuple[int, int]) -> None:
    rings: list[int] = []
    for width, height in ((640, 480), (1920, 1080), largest):
        x = width // 2
        changed = touched(blank(width, height), [at(x, height // 2, "Hg")])
        rings.append(extent(changed[:, :x]).height)
        label = extent(changed[:, x + rings[-1] :])
        assert rings[-1] >= height / 30
        assert label.height >= height / 30
    assert rings == sorted(set(rings))


@settings(deadline=None)
@given(
    st.sampled_from(list(product((0, 5, 60), (0, 5, 60)))),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["7", "Submit the order", "W" * 300, "漢字 é"]),
)
def test_a_label_is_whole_and_off_its_target_wherever_that_is(
    inset: tuple[int, int], right: bool, low: bool, label: str
) -> None:
    x = 639 - inset[0] if right else inset[0]
    y = 479 - inset[1] if low else inset[1]
    before = blank()
    ring, both = draw(before, [at(x, y)]), draw(before, [at(x, y, label)])
    added = (ring.pixels[..., :3] != both.pixels[..., :3]).any(axis=2)
    assert added.any()
    box = extent(added)
    # Its black border is there on all sides: nothing of it was cut off.
    border = both.pixels[box.y0 : box.y1, box.x0 : box.x1, :3]
    for side in (border[0], border[-1], border[:, 0], border[:, -1]):
        assert (side == 0).all()
    assert box.intersection(extent((ring.pixels != before.pixels)[..., :3].any(axis=2))) is None


def test_a_label_lies_off_the_box_it_names() -> None:
    for box in (
        Box[Image](0, 0, 600, 440),
        Box[Image](100, 0, 640, 480),
        Box[Image](9, 30, 30, 50),
    ):
        before = noise()
        changed = touched(before, [BoxMark(box, label="Save")])
        frame = touched(before, [BoxMark(box, label="")])
        inner = box.intersection(Box(8, 8, 632, 472))
        assert inner is not None
        assert (changed & ~frame).any()
        assert not (changed & ~frame)[inner.y0 : inner.y1, inner.x0 : inner.x1].any()


def test_the_label_of_the_whole_picture_lies_in_a_corner_of_it() -> None:
    changed = touched(blank(), [round_(0, 0, 640, 480, "Everything")])
    assert not changed[60:-20, 20:-20].any()
    assert changed[10:25, 10:60].all()


def test_labels_of_neighbours_do_not_cover_each_other() -> None:
    marks: list[Mark] = [at(300 + 4 * n, 200 + 3 * n, f"mark {n}") for n in range(8)]
    after = draw(blank(), marks).pixels[..., :3]
    for n, mark in enumerate(marks):
        alone = draw(blank(), [PointMark(Point(300, 100), label=f"mark {n}", color=COLORS[n % 7])])
        del mark
        box = extent((alone.pixels[..., 0] != GREY) & (np.arange(640) > 320)[None, :])
        tag = alone.pixels[box.y0 : box.y1, box.x0 : box.x1, :3]
        assert found(tag, after), f"the label {n} is not whole"


def found(part: NDArray[np.uint8], whole: NDArray[np.uint8]) -> bool:
    """Whether a picture holds another one, pixel by pixel."""
    windows = np.lib.stride_tricks.sliding_window_view(whole[..., 1], part.shape[:2])
    rows, columns = np.nonzero(
        (windows[..., 5, :] == part[5, :, 1]).all(axis=-1)
        & (windows[..., :, 5] == part[:, 5, 1]).all(axis=-1)
    )
    height, width = part.shape[:2]
    return any(
        (whole[y : y + height, x : x + width] == part).all()
        for y, x in zip(rows, columns, strict=True)
    )


def test_marks_without_labels_are_numbered() -> None:
    marks: list[Mark] = [at(100, 100, None), at(100, 300, None), at(400, 300, "")]
    named: list[Mark] = [at(100, 100, "1"), at(100, 300, "2"), at(400, 300, "")]
    assert (draw(blank(), marks).pixels == draw(blank(), named).pixels).all()
    assert (draw(blank(), marks[:1]).pixels != draw(blank(), [at(100, 100)]).pixels).any()


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("two\r\nlines\tand\0more", "two lines and more"),
        ("\u202edesrever\u2066 \u200fx", "desrever x"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("half \ud800 a character", "half a character"),
        ("line\u2028paragraph\u2029end", "line paragraph end"),
        ("x" * 10_000, "x" * 59 + "…"),
    ],
)
def test_a_hostile_label_is_one_short_harmless_line(hostile: str, harmless: str) -> None:
    one, other = (draw(blank(), [at(99, 99, label)]) for label in (hostile, harmless))
    assert (one.pixels == other.pixels).all()


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_label_is_drawn_inside_its_frame(label: str) -> None:
    changed = touched(blank(400, 90), [at(30, 40, label)])
    ring = extent(touched(blank(400, 90), [at(30, 40)]))
    plain = extent(touched(blank(400, 90), [at(30, 40, "H")])[:, ring.x1 :])
    beside = changed[:, ring.x1 :]
    if beside.any():
        assert (extent(beside).y0, extent(beside).y1) == (plain.y0, plain.y1)
        assert ring.x1 + extent(beside).x1 < 400


def test_a_label_of_nothing_that_can_be_shown_is_none() -> None:
    for label in ("   ", "\u202e\u2066", "\n\0"):
        assert (draw(blank(), [at(9, 9, label)]).pixels == draw(blank(), [at(9, 9)]).pixels).all()


def test_a_machine_without_fonts_has_labels_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise OSError("cannot open resource")

    fallback: Any = ImageFont.load_default(14)
    monkeypatch.setattr(ImageFont, "truetype", missing)
    monkeypatch.setattr(ImageFont, "load_default", lambda _: fallback)
    _font.cache_clear()
    try:
        for label in ("Save", "é 漢字 😀"):
            changed = touched(blank(), [at(300, 200, label)])
            assert extent(changed).x1 > extent(touched(blank(), [at(300, 200)])).x1
    finally:
        _font.cache_clear()


def test_letters_that_the_font_lacks_do_not_stop_the_others() -> None:
    # Rare scripts and new emoji: whatever this machine has, each takes some room of the label.
    shown = [extent(touched(blank(), [at(99, 99, "a" + more)])).x1 for more in ("", "𒀀", "𒀀🫨")]
    assert shown == sorted(set(shown))


@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.lists(st.tuples(*[st.integers(-50, 90)] * 4), max_size=5),
)
@settings(deadline=None)
def test_a_picture_of_any_size_takes_any_mark(
    size: tuple[int, int], places: list[tuple[int, int, int, int]]
) -> None:
    before = blank(*size)
    marks: list[Mark] = [at(x, y, None) for x, y, _, _ in places]
    marks += [round_(x, y, x + 1 + abs(w), y + 1 + abs(h), "no") for x, y, w, h in places]
    after = draw(before, marks)
    assert after.size == before.size
    for x, y, _, _ in places:
        if 0 <= x < size[0] and 0 <= y < size[1]:
            assert after.pixels[y, x, :3].tolist() == [GREY] * 3


def test_the_screenshot_itself_is_not_changed() -> None:
    before = noise()
    copy = before.pixels.copy()
    before.pixels.flags.writeable = False
    after = draw(before, [at(99, 99, None), round_(9, 9, 50, 50)])
    assert (before.pixels == copy).all()
    assert not np.shares_memory(before.pixels, after.pixels)
    assert after.pixels.flags.writeable


def test_a_view_with_gaps_is_drawn_on_like_any_other() -> None:
    whole = noise(700, 500)
    part = Screenshot(whole.pixels[10:490, 30:670])
    assert not part.pixels.flags.c_contiguous
    same = Screenshot(part.pixels.copy())
    marks: list[Mark] = [at(99, 99, None), round_(200, 90, 250, 150, "Save")]
    one, other = draw(part, marks).pixels[..., :3], draw(same, marks).pixels[..., :3]
    assert (one == other).all()


def test_without_marks_the_picture_stays_as_it_is() -> None:
    before = noise()
    assert (draw(before, iter(())).pixels[..., :3] == before.pixels[..., :3]).all()


def test_marks_take_the_colours_in_turn_or_their_own() -> None:
    marks: list[Mark] = [at(50 + 60 * n, 100) for n in range(8)]
    marks.append(at(560, 100, color="#123456"))
    after = draw(blank(), marks).pixels[..., :3]
    # Right of the clear middle each has a tick of its colour.
    seen = [after[100, 50 + 60 * n + 9].tolist() for n in range(8)]
    assert seen == [bgr(color) for color in (*COLORS, COLORS[0])]
    assert (after[85:115, 545:575] == bgr("#123456")).all(axis=2).any()


@pytest.mark.parametrize("color", ["red", "#12345", "#1234567", "#12345g", "", "#123456\n"])
def test_a_colour_that_is_written_in_another_way_is_refused(color: str) -> None:
    with pytest.raises(UsageError, match='a colour is written as "#d55e00", got '):
        PointMark(Point(0, 0), color=color)
    with pytest.raises(UsageError, match='a colour is written as "#d55e00", got '):
        BoxMark(Box(0, 0, 1, 1), color=color)


def test_marks_are_values() -> None:
    mark = at(3, 4, "Save", "#123456")
    assert pickle.loads(pickle.dumps(mark)) == mark  # noqa: S301 - our own bytes
    assert hash(mark) == hash(at(3, 4, "Save", "#123456"))
    assert mark != at(3, 4, "Save")
