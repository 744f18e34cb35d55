"""Letters that were all drawn on another grid of pixels are the same; one that changed is not."""

import numpy as np
import pytest

from trueclick.agent.qa.masks import Mask, Masking
from trueclick.agent.qa.reading import Read
from trueclick.capture import EXACT, Screenshot, Tolerance, compared

from .drawn import LINES, page


def read_nothing(shot: Screenshot) -> tuple[Read, ...]:
    raise AssertionError("no text is read without a mask of one")


def same(first: Screenshot, second: Screenshot, *, hinting: bool = True) -> bool:
    return Masking([], Tolerance(), read_nothing, hinting).compared(first, second).same


def test_letters_that_are_all_drawn_on_another_grid_are_the_same() -> None:
    again = page(soft=0.3)
    assert not compared(page(), again).same
    assert same(page(), again)


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
    found = Masking([], Tolerance(), read_nothing).compared(page(), page(soft=0.3))
    assert found.pixels == 0
    assert found.ignored > 100
