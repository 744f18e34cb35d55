"""What counts as a difference between two pictures, on drawn and on real screens."""

import itertools
import os
import string
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from trueclick.capture import (
    EXACT,
    Comparison,
    Screenshot,
    Source,
    Tolerance,
    VirtualDisplay,
    application_environment,
    changed_boxes,
    compared,
    compared_roughly,
    difference,
    scaled,
)
from trueclick.capture.clusters import clusters
from trueclick.capture.smoothing import smoothed
from trueclick.geometry import Box, Image, Size, UsageError

from ..programs import TK_PYTHON
from .realistic import drawn

Pixels = NDArray[np.uint8]
Marks = NDArray[np.bool_]


def blank(width: int = 120, height: int = 60, grey: int = 255) -> Pixels:
    return np.full((height, width, 4), grey, np.uint8)


def filled(pixels: Pixels, box: Box[Image], grey: int = 0) -> Pixels:
    result = pixels.copy()
    result[box.y0 : box.y1, box.x0 : box.x1, :3] = grey
    return result


@cache
def page() -> Pixels:
    return drawn(500, 400).screenshot.pixels


def text(
    words: str, *, px: int = 13, font: str = "DejaVuSans.ttf", ink: int = 0, ground: int = 255
) -> Pixels:
    """A line of text, smoothed in greys, in a picture just large enough."""
    face = ImageFont.truetype(font, px)
    picture = Pillow.new("L", (int(face.getlength(words)) + 24, px * 2 + 4), ground)
    ImageDraw.Draw(picture).text((8, 5), words, fill=ink, font=face)
    return np.repeat(np.asarray(picture)[..., None], 4, axis=2)


def shape(radius: float = 40, fine: int = 16, x: float = 60, *, kind: str = "disc") -> Pixels:
    """A dark shape on white whose edge is smoothed with so many samples a pixel, squared."""
    picture = Pillow.new("L", (120 * fine, 120 * fine), 255)
    edge = tuple(at * fine for at in (x - radius, 60 - radius, x + radius, 60 + radius))
    around = (*edge[:2], edge[2] - 1, edge[3] - 1)
    if kind == "disc":
        ImageDraw.Draw(picture).ellipse(around, fill=40)
    else:
        ImageDraw.Draw(picture).rounded_rectangle(around, radius=6 * fine, fill=40)
    grey = np.asarray(picture, np.float64).reshape(120, fine, 120, fine).mean(axis=(1, 3))
    return np.repeat(np.round(grey).astype(np.uint8)[..., None], 4, axis=2)


def result(
    expected: Pixels,
    seen: Pixels,
    tolerance: Tolerance = Tolerance(),  # noqa: B008 - it is frozen
    masks: tuple[Box[Image], ...] = (),
) -> Comparison:
    return compared(Screenshot(expected), Screenshot(seen), tolerance=tolerance, masks=masks)


# What is exactly compared


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Pixels, Pixels]:
    """Two small pictures of few colours, which have all that the rules look at."""
    width, height = draw(st.integers(1, 24)), draw(st.integers(1, 24))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    greys = np.array(draw(st.sampled_from(((0, 255), (0, 90, 160, 255), (0, 8, 16, 40)))))
    first = greys[random.integers(0, greys.size, (height, width))]
    if draw(st.booleans()):  # larger surfaces
        first = np.repeat(np.repeat(first, 3, axis=0), 3, axis=1)[:height, :width]
    second = first.copy()
    other = random.random((height, width)) < draw(st.sampled_from((0.02, 0.2, 0.9)))
    second[other] = greys[random.integers(0, greys.size, int(other.sum()))]
    pictures = [np.repeat(each[..., None], 4, axis=2).astype(np.uint8) for each in (first, second)]
    for each in pictures:
        each[..., 3] = random.integers(0, 256, (height, width))
    return pictures[0], pictures[1]


@given(pairs(), st.sampled_from((0, 16, 100)))
def test_without_other_rules_pixels_differ_whose_channels_do(
    pair: tuple[Pixels, Pixels], channel: int
) -> None:
    first, second = (each.astype(int)[..., :3] for each in pair)
    apart = np.abs(first - second).max(axis=2) > channel
    found = result(*pair, Tolerance(channel=channel, antialiasing=False, caret=False))
    assert found.pixels == apart.sum()
    assert found.same == (not apart.any())
    assert np.array_equal(apart, np.zeros_like(apart) if found.marks is None else found.marks)
    if channel == 0:
        assert found.boxes == changed_boxes(Screenshot(pair[0]), Screenshot(pair[1]))


@given(pairs())
def test_every_pixel_that_differs_is_counted_or_ignored(pair: tuple[Pixels, Pixels]) -> None:
    found = result(*pair)
    all_of_them = result(*pair, Tolerance(antialiasing=False, caret=False))
    assert found.pixels + found.ignored == all_of_them.pixels
    for box in found.boxes:
        assert found.marks is not None
        assert found.marks[box.y0 : box.y1, box.x0 : box.x1].any()


@given(pairs(), st.integers(-3, 20), st.integers(-3, 20))
def test_nothing_differs_under_a_mask(pair: tuple[Pixels, Pixels], x: int, y: int) -> None:
    mask = Box[Image].from_xywh(x, y, 9, 30)
    found = result(*pair, EXACT, (mask,))
    shown = pair[1].copy()
    inside = np.s_[max(0, y) : max(0, mask.y1), max(0, x) : max(0, mask.x1)]
    shown[inside] = pair[0][inside]
    assert found.pixels == result(pair[0], shown, EXACT).pixels
    assert found.pixels + found.ignored == result(*pair, EXACT).pixels


def test_the_fourth_byte_is_never_compared() -> None:
    other = page().copy()
    other[..., 3] ^= 0xFF
    assert result(page(), other, EXACT).same


def test_pictures_of_different_sizes_are_refused() -> None:
    with pytest.raises(UsageError, match="100x60 and 120x60"):
        result(blank(100), blank(120))


@pytest.mark.parametrize(
    ("name", "value"),
    [("channel", 256), ("channel", -1), ("pixels", -1), ("pixels", 0.5), ("share", 1.5)],
)
def test_a_tolerance_that_makes_no_sense_is_refused(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=f"{name} is .*{value}"):
        Tolerance(**{name: value})


def test_so_many_pixels_or_such_a_share_may_differ() -> None:
    other = filled(blank(), Box[Image](10, 10, 20, 20))
    assert not result(blank(), other, Tolerance(pixels=99)).same
    assert result(blank(), other, Tolerance(pixels=100)).same
    assert not result(blank(), other, Tolerance(share=0.013)).same
    allowed = result(blank(), other, Tolerance(share=0.014))
    assert allowed.same
    assert allowed.boxes == (Box[Image](10, 10, 20, 20),)


# Smoothing


def slowly(first: Pixels, second: Pixels, marks: Marks) -> Marks:
    """The rule of `smoothing`, pixel by pixel."""
    height, width = marks.shape

    def light(pixels: Pixels, y: int, x: int) -> int:
        blue, green, red = (int(band) for band in pixels[y, x, :3])
        return 29 * blue + 150 * green + 77 * red

    def around(y: int, x: int) -> list[tuple[int, int]]:
        every = itertools.product((y - 1, y, y + 1), (x - 1, x, x + 1))
        return [(v, u) for v, u in every if (v, u) != (y, x) and 0 <= v < height and 0 <= u < width]

    def flat(pixels: Pixels, y: int, x: int) -> bool:
        alike = [at for at in around(y, x) if (pixels[at][:3] == pixels[y, x, :3]).all()]
        return len(alike) + (len(around(y, x)) < 8) >= 3

    def slope(pixels: Pixels, y: int, x: int) -> tuple[bool, int]:
        steps = {at: light(pixels, *at) - light(pixels, y, x) for at in around(y, x)}
        if not steps:
            return False, 0
        low, high = min(steps, key=lambda at: steps[at]), max(steps, key=lambda at: steps[at])
        alike = sum(step == 0 for step in steps.values()) + (len(steps) < 8)
        ends = any(flat(first, *at) and flat(second, *at) for at in (low, high))
        between = steps[low] < 0 < steps[high]
        levels = [*steps.values(), *([0] if len(steps) < 8 else [])]  # beyond it is like the pixel
        return between and alike <= 2 and ends, max(levels) - min(levels)

    found = np.zeros_like(marks)
    contrast = np.zeros(marks.shape)
    for y, x in zip(*np.nonzero(marks), strict=True):
        slopes = [slope(pixels, y, x) for pixels in (first, second)]
        found[y, x] = any(each[0] for each in slopes)
        contrast[y, x] = max(each[1] for each in slopes)
    for cluster in touching({(int(y), int(x)) for y, x in np.argwhere(found)}):
        change = [light(first, *at) - light(second, *at) for at in cluster]
        total = sum(map(abs, change)) if len(cluster) <= 12 else abs(sum(change))
        if total > 0.2 * sum(contrast[at] for at in cluster):
            for at in cluster:
                found[at] = False
    return found


def touching(left: set[tuple[int, int]]) -> Iterator[set[tuple[int, int]]]:
    """Places in clusters."""
    while left:
        cluster, new = set[tuple[int, int]](), {left.pop()}
        while new:
            cluster |= new
            beside = {(y + v, x + u) for y, x in new for v in (-1, 0, 1) for u in (-1, 0, 1)}
            new = beside & left
            left -= new
        yield cluster


@given(pairs())
def test_what_is_smoothed_is_that_of_the_obvious_version(pair: tuple[Pixels, Pixels]) -> None:
    marks = (pair[0] != pair[1])[..., :3].any(axis=2)
    assert np.array_equal(smoothed(*pair, marks), slowly(*pair, marks))


def test_what_is_smoothed_in_text_is_that_of_the_obvious_version() -> None:
    first, second = text("Smoothed", ink=30)[:, :80], text("Smocthed", ink=60)[:, :80]
    second[2:-2, 30:50, :3] = (second[2:-2, 30:50, :3].astype(int) * 0.8 + 40).astype(np.uint8)
    marks = (first != second)[..., :3].any(axis=2)
    assert np.array_equal(smoothed(first, second, marks), slowly(first, second, marks))


@given(st.integers(0, 2**32 - 1), st.sampled_from((0.1, 0.4, 0.6, 0.95)))
def test_pixels_that_touch_have_the_same_cluster(seed: int, share: float) -> None:
    marks = np.random.default_rng(seed).random((25, 31)) < share
    ys, xs, numbers = clusters(marks)
    assert np.array_equal(np.array(np.nonzero(marks)), np.array((ys, xs)))
    assert set(numbers.tolist()) == set(range(numbers.max(initial=-1) + 1))
    names = {(y, x): n for y, x, n in zip(ys.tolist(), xs.tolist(), numbers.tolist(), strict=True)}
    for cluster in touching(set(names)):
        own = {names[at] for at in cluster}
        assert len(own) == 1
        assert list(names.values()).count(own.pop()) == len(cluster)


@pytest.mark.parametrize("kind", ["disc", "button"])
@pytest.mark.parametrize("fine", [2, 4])
def test_an_edge_that_is_smoothed_in_another_way_is_the_same(kind: str, fine: int) -> None:
    found = result(shape(kind=kind), shape(fine=fine, kind=kind), Tolerance(channel=4))
    assert found.same
    assert found.ignored > 0


def test_a_disc_that_is_not_smoothed_or_a_quarter_of_a_pixel_further_on_is_the_same() -> None:
    assert result(shape(), shape(fine=1)).same
    assert result(shape(), shape(x=60.25)).same
    assert not result(shape(), shape(), Tolerance()).pixels


@pytest.mark.parametrize("kind", ["disc", "button"])
def test_what_moved_by_a_pixel_differs(kind: str) -> None:
    assert result(shape(kind=kind), shape(x=61, kind=kind)).pixels > 50


def test_a_smoothed_edge_differs_if_smoothing_counts() -> None:
    assert not result(shape(), shape(fine=1), Tolerance(antialiasing=False)).same


# Text

SIZES = [("DejaVuSans.ttf", 10), ("DejaVuSans.ttf", 13), ("DejaVuSans-Bold.ttf", 13)]


@pytest.mark.parametrize(
    ("font", "px"),
    [
        SIZES[1],
        *(
            pytest.param(*size, marks=pytest.mark.slow)
            for size in (SIZES[0], SIZES[2], ("DejaVuSansMono.ttf", 16))
        ),
    ],
)
@pytest.mark.parametrize(("ink", "ground"), [(0, 255), (136, 220)])
def test_another_letter_is_a_difference(font: str, px: int, ink: int, ground: int) -> None:
    def sample(letter: str) -> Pixels:
        return text(f"a{letter} ", font=font, px=px, ink=ink, ground=ground)[:, :40]

    letters = {each: sample(each) for each in ".,;:!iIlLoOQCGcexvu0869"}
    for one, other in itertools.combinations(letters, 2):
        width = min(letters[one].shape[1], letters[other].shape[1])
        pair = letters[one][:, :width], letters[other][:, :width]
        assert not result(*pair).same, f"{one} {other}"


@pytest.mark.slow
def test_hardly_any_letter_is_taken_for_another_one() -> None:
    characters = string.ascii_letters + string.digits + ".,;:!?'\"-_"
    taken = set[str]()
    for font, px in itertools.product(("DejaVuSans.ttf", "DejaVuSerif.ttf"), (10, 11, 13, 16)):
        letters = {each: text(f"a{each}   ", font=font, px=px)[:, :45] for each in characters}
        for one, other in itertools.combinations(letters, 2):
            width = min(letters[one].shape[1], letters[other].shape[1])
            if result(letters[one][:, :width], letters[other][:, :width]).same:
                taken.add(one + other)
    assert taken <= {"i!", "lI", "Il"}


def test_the_smallest_changes_of_a_page_are_found() -> None:
    assert not result(page(), filled(page(), Box[Image](200, 201, 201, 202), 128)).same
    moved = page().copy()
    moved[100:200, 101:300] = page()[100:200, 100:299]
    assert not result(page(), moved).same


def test_colours_that_are_slightly_off_are_the_same() -> None:
    noise = np.random.default_rng(3).integers(-8, 9, page().shape)
    off = (page().astype(int) + noise).clip(0, 255).astype(np.uint8)
    assert result(page(), off).same
    assert not result(page(), off, EXACT).same


# Carets


def field(words: str, caret: int | None, *, wide: int = 1, scale: float = 1.0) -> Pixels:
    """A text field with a frame, and a caret at a distance behind the words."""
    line = text(words.ljust(24))
    picture = np.full((60, 220, 4), 220, np.uint8)
    picture[10:50, 10:210] = 120
    picture[11:49, 11:209] = 255
    picture[14 : 14 + line.shape[0], 11 : 11 + min(line.shape[1], 190)] = line[:, :190]
    if caret is not None:
        face = ImageFont.truetype("DejaVuSans.ttf", 13)
        end = 11 + 8 + int(face.getlength(words)) + caret
        picture[19 : 19 + sum(face.getmetrics()), end : end + wide, :3] = 0
    if scale == 1.0:
        return picture
    return scaled(Screenshot(picture), Size(int(220 * scale), int(60 * scale))).pixels


@pytest.mark.parametrize("words", ["", "Pau", "Paul", "pay", "race", "T", "Total: 12"])
@pytest.mark.parametrize(("wide", "scale"), [(1, 1.0), (2, 1.0), (2, 0.9)])
def test_a_caret_that_blinks_is_no_difference(words: str, wide: int, scale: float) -> None:
    on = field(words, 1, wide=wide, scale=scale)
    off = field(words, None, scale=scale)
    for pair in ((on, off), (off, on)):
        found = result(*pair)
        assert found.same
        assert found.ignored > 0
        assert not result(*pair, Tolerance(caret=False)).same


@pytest.mark.parametrize(
    ("words", "other"), [("Pau", "Paul"), ("pay", "payl"), ("race", "racel"), ("T", "TI")]
)
@pytest.mark.parametrize("caret", [None, 1])
def test_a_typed_l_is_no_caret(words: str, other: str, caret: int | None) -> None:
    assert not result(field(words, caret), field(other, caret)).same


@pytest.mark.parametrize(
    "box",
    [
        Box[Image](60, 10, 64, 30),  # too wide
        Box[Image](60, 10, 61, 17),  # too low
        Box[Image](60, 2, 61, 55),  # too high
        Box[Image](60, 20, 80, 22),  # lying
    ],
)
def test_a_bar_that_is_no_caret_is_a_difference(box: Box[Image]) -> None:
    assert result(blank(), filled(blank(), box)).boxes == (box,)


# Rough comparison


def resampled(pixels: Pixels, between: float, size: Size[Image], x: float = 0.0) -> Screenshot:
    """A picture at a size, that was captured in another resolution and at another offset."""
    height, width = pixels.shape[:2]
    image = Pillow.frombuffer("RGBX", (width, height), np.ascontiguousarray(pixels))
    via = (round(width * between), round(height * between))
    image = image.resize(via, Pillow.Resampling.LANCZOS, box=(x, x, width, height))
    return scaled(Screenshot(np.asarray(image)), size)


@pytest.mark.parametrize("between", [0.76, 1.0, 1.5])
@pytest.mark.parametrize("x", [0.0, 0.5])
def test_what_was_scaled_in_another_way_is_roughly_the_same(between: float, x: float) -> None:
    size = Size[Image](380, 304)
    expected = scaled(Screenshot(page()), size)
    seen = resampled(page(), between, size, x)
    assert compared_roughly(expected, seen).same
    word = resampled(filled(page(), Box[Image](60, 200, 110, 214), 255), between, size, x)
    found = compared_roughly(expected, word)
    assert not found.same
    around = Box[Image](45, 145, 90, 170)
    assert all(around.contains(box) for box in found.boxes)
    assert compared_roughly(expected, word, masks=[around]).same


@settings(max_examples=20)
@given(st.integers(0, 400), st.integers(0, 340))
def test_a_button_that_appears_is_found_wherever_it_is(x: int, y: int) -> None:
    expected = Screenshot(page())
    button = Box[Image].from_xywh(x, y, 80, 26)
    ground = int(page()[y : y + 26, x : x + 80, :3].mean())
    seen = Screenshot(filled(page(), button, (ground + 128) % 256))
    found = compared_roughly(expected, seen)
    assert any(box.intersection(button) for box in found.boxes)


# Pictures of differences


def test_the_picture_of_a_difference_marks_it_over_a_faded_screen() -> None:
    other = filled(page(), Box[Image](200, 200, 230, 220), 128)
    found = result(page(), other)
    before = other.copy()
    shown = difference(Screenshot(page()), Screenshot(other), found)
    assert shown.size == Size[Image](500, 400)
    assert found.marks is not None
    red = shown.pixels[found.marks][:, :3].astype(int)
    assert (red[:, 2] - red[:, :2].max(axis=1) > 100).all()
    far = shown.pixels[300:, :150, :3]
    assert far.min() >= 190
    assert np.array_equal(other, before)


def test_the_picture_of_no_difference_is_the_faded_screen() -> None:
    shown = difference(Screenshot(page()), Screenshot(page()), result(page(), page()))
    assert np.ptp(shown.pixels[..., :3], axis=2).max() == 0


# A real window

ENTRY = """
import tkinter as tk
root = tk.Tk()
root.geometry("+60+60")
entry = tk.Entry(root, font=("DejaVu Sans", 11))
entry.insert(0, "Paul")
entry.pack(padx=20, pady=20)
entry.config(insertofftime=200, insertontime=200)
entry.focus_force()
root.mainloop()
"""


def until(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_caret_of_a_real_program_is_no_difference(tmp_path: Path) -> None:
    program = tmp_path / "entry.py"
    program.write_text(ENTRY)
    with VirtualDisplay(Size(400, 200)) as display, Source(display.name) as screen:
        environment = application_environment(display.name, os.environ)
        process = subprocess.Popen([TK_PYTHON, str(program)], env=environment)
        try:
            until(lambda: bool(screen.windows()))
            looks = [Screenshot(screen.grab().pixels.copy())]

            def blinked() -> bool:
                pixels = screen.grab().pixels.copy()
                changed = int((pixels != looks[-1].pixels).any(axis=2).sum())
                if changed:
                    looks.append(Screenshot(pixels))
                return 8 < changed < 200  # more is the window as it is being drawn

            until(blinked)
            assert compared(*looks[-2:]).same
        finally:
            process.kill()
            process.wait()
