"""Letters that were all drawn on another grid of pixels are the same; one that changed is not."""

from collections.abc import Sequence

import numpy as np
import pytest

from trueclick.agent.local import MissingExtraError
from trueclick.agent.qa.masks import Mask, Masking
from trueclick.agent.qa.reading import Read
from trueclick.capture import EXACT, Screenshot, Tolerance, compared
from trueclick.geometry import Box, Image

from .drawn import LINES, page, reading_both, written


def read_nothing(shot: Screenshot) -> tuple[Read, ...]:
    raise AssertionError("no text is read without a mask of one, or letters that are drawn anew")


def same(first: Screenshot, second: Screenshot, *, hinting: bool = True) -> bool:
    return Masking([], Tolerance(), read_nothing, hinting).compared(first, second).same


def same_anew(first: Screenshot, second: Screenshot, lines: Sequence[Read]) -> bool:
    """Whether a page is the same that has these lines, drawn on another grid of pixels."""
    return Masking([], Tolerance(), reading_both(lines)).compared(first, second).same


def test_letters_that_are_all_drawn_on_another_grid_are_the_same() -> None:
    again = page(soft=0.3)
    assert not compared(page(), again).same
    assert same_anew(page(), again, written())


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("Invoice 2041", "Invoice 2047"),
        ("Total: 42.17 EUR", "Total: 42.11 EUR"),
        ("Total: 42.17 EUR", "Total: 42,17 EUR"),
        ("Paid on 12 May", "Paid on 13 May"),
    ],
)
def test_a_changed_letter_is_found_among_others_that_are_drawn_anew(line: str, other: str) -> None:
    changed = [other if each == line else each for each in LINES]
    assert not same_anew(page(), page(changed, soft=0.3), written(changed))


def test_letters_that_are_drawn_anew_have_to_be_read_to_be_the_same() -> None:
    assert not same_anew(page(), page(soft=0.3), written()[:3])


def test_letters_that_are_drawn_anew_may_be_read_as_others_of_their_shape_and_in_pieces() -> None:
    first, *others = written(["Invoice 2O4l", *LINES[1:]])
    left, right = Box[Image](10, 12, 90, 28), Box[Image](92, 11, 190, 29)
    pieces = [Read(first.text[:8], left), Read(first.text[8:], right), *others]
    assert same_anew(page(), page(soft=0.3), pieces)


def test_without_ocr_letters_that_are_drawn_anew_are_a_difference() -> None:
    def read(shot: Screenshot) -> tuple[Read, ...]:
        raise MissingExtraError

    assert not Masking([], Tolerance(), read).compared(page(), page(soft=0.3)).same


def test_they_are_a_difference_where_that_is_asked_for() -> None:
    assert not same(page(), page(soft=0.3), hinting=False)
    assert not Masking([], EXACT, read_nothing).compared(page(), page(soft=0.3)).same


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("Invoice 2041", "Invoice 2047"),
        ("Invoice 2041", "Invoice 2Q41"),
        ("Customer: Ada Lovelace", "Customer. Ada Lovelace"),
        ("Customer: Ada Lovelace", "Customer: Lovelace Ada"),
        ("Total: 42.17 EUR", "Total: 42,17 EUR"),
        ("Total: 42.17 EUR", "Total: 42.11 EUR"),
        ("Total: 42.17 EUR", "Total: 42.17 EU"),
        ("Paid on 12 May", "Paid on l2 May"),
    ],
)
def test_a_changed_letter_is_found(line: str, other: str) -> None:
    changed = [other if each == line else each for each in LINES]
    assert not same(page(), page(changed))


@pytest.mark.parametrize(("word", "other"), [("form", "farm"), ("15:04", "15:06"), ("8", "3")])
def test_a_word_is_never_taken_for_another_one_that_is_all_there_is(word: str, other: str) -> None:
    assert not same(page([word], boxes=()), page([other], boxes=()))


def test_what_differs_below_a_mask_or_a_little_everywhere_is_no_sign_of_another_hinting() -> None:
    digit = [line.replace("2041", "2042") for line in LINES]
    below = Masking([Mask.box(0, 35, 320, 140)], Tolerance(), read_nothing)
    assert not below.compared(page(), _joined(page(digit), page(soft=0.3))).same
    assert not same(page(), page(digit, ink="#282c30"))


def _joined(top: Screenshot, below: Screenshot) -> Screenshot:
    return Screenshot(np.concatenate([top.pixels[:35], below.pixels[35:]]))


def test_another_word_is_found_among_letters_that_are_hinted_anew() -> None:
    changed = [line.replace("Paid", "Open") for line in LINES]
    assert not same(page(), page(changed, soft=0.3))


def test_text_that_was_moved_by_a_pixel_is_found() -> None:
    assert not same(page(), page(down=1))


def test_a_frame_that_was_moved_by_a_pixel_is_found() -> None:
    assert not same(page(), page(boxes=((201, 20, 261, 50),)))


def test_a_tick_that_was_moved_by_a_pixel_is_no_caret() -> None:
    first, second = page(boxes=()), page(boxes=())
    for shot, left in ((first, 220), (second, 219)):
        shot.pixels[40:56, left : left + 16, :3] = 90
    assert not compared(first, second).same
    assert not same(first, second)


def test_a_frame_that_was_moved_is_found_among_letters_that_are_hinted_anew() -> None:
    assert not same(page(), page(soft=0.3, boxes=((200, 21, 260, 51),)))


def test_paler_ink_is_found() -> None:
    assert not same(page(), page(ink="#8a8a8a"))


def test_what_is_let_pass_is_counted() -> None:
    found = Masking([], Tolerance(), reading_both(written())).compared(page(), page(soft=0.3))
    assert found.pixels == 0
    assert found.ignored > 100
