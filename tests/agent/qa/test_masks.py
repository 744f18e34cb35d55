"""What masks cover: boxes, texts and colours, in either picture."""

import re

import numpy as np
import pytest

from trueclick.agent.qa.masks import Mask, Masking, Reader, masks_of, moved
from trueclick.agent.qa.reading import Read
from trueclick.capture import Screenshot, Tolerance
from trueclick.geometry import Box, Image, UsageError


def plain(width: int = 120, height: int = 60) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.full((height, width, 4), 255, np.uint8)


def filled(box: Box[Image], colour: tuple[int, int, int] = (0, 0, 0)) -> Screenshot:
    """White with a box in blue, green and red."""
    pixels = plain()
    pixels[box.y0 : box.y1, box.x0 : box.x1, :3] = colour
    return Screenshot(pixels)


BLANK = Screenshot(plain())
SPOT = Box[Image](40, 20, 60, 30)


def reading(lines: dict[int, list[Read]]) -> Reader:
    return lambda shot: lines.get(id(shot), [])


def same(masks: list[Mask], first: Screenshot, second: Screenshot, read: Reader) -> bool:
    return Masking(masks, Tolerance(), read).compared(first, second).same


def test_what_is_in_a_box_does_not_count() -> None:
    read = reading({})
    assert same([Mask.box(40, 20, 60, 30)], BLANK, filled(SPOT), read)
    assert not same([Mask.box(41, 20, 60, 30)], BLANK, filled(SPOT), read)


def test_a_text_is_masked_where_it_stands_in_either_picture() -> None:
    seen = filled(SPOT)
    read = reading({id(seen): [Read("Time 12:30", Box(42, 22, 58, 28))]})
    mask = Mask.text(re.compile("[0-9]+:[0-9]+"), whole_line=True)
    assert same([mask], BLANK, seen, read)
    assert same([mask], seen, BLANK, read)
    assert not same([Mask.text("12:31")], BLANK, seen, read)


def test_only_the_text_is_masked_unless_its_line_is_asked_for() -> None:
    seen = filled(SPOT)
    read = reading({id(seen): [Read("Time 12:30", Box(42, 22, 58, 28))]})
    assert not same([Mask.text("12:30", margin=0)], BLANK, seen, read)


def test_no_text_is_read_where_pictures_are_the_same() -> None:
    def never(shot: Screenshot) -> list[Read]:
        raise AssertionError

    assert same([Mask.text("12:30")], BLANK, Screenshot(plain()), never)


def test_a_colour_is_masked_in_either_picture() -> None:
    pink = filled(SPOT, (255, 0, 255))
    for first, second in ((BLANK, pink), (pink, BLANK)):
        assert same([Mask.colour("#ff00ff")], first, second, reading({}))
        assert same([Mask.colour("magenta")], first, second, reading({}))
        assert not same([Mask.colour("#fe00ff", margin=0)], first, second, reading({}))
        assert same([Mask.colour("#fe00ff", within=1)], first, second, reading({}))


def test_the_pictures_stay_as_they_are() -> None:
    pink = filled(SPOT, (255, 0, 255))
    before = pink.pixels.copy()
    Masking([Mask.colour("#ff00ff")], Tolerance(), reading({})).compared(BLANK, pink)
    assert np.array_equal(before, pink.pixels)


def test_masks_that_find_no_text_are_told() -> None:
    masking = Masking([Mask.text("nowhere"), Mask.box(0, 0, 1, 1)], Tolerance(), reading({}))
    assert [str(mask) for mask in masking.idle(BLANK, filled(SPOT))] == ['the text "nowhere"']


def test_boxes_of_the_display_are_moved_into_a_region() -> None:
    masks = moved(masks_of([Box(10, 10, 20, 20), Mask.text("x")]), Box(5, 6, 100, 100))
    assert masks == (Mask.box(5, 4, 15, 14), Mask.text("x"))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Mask.text(" "),
        lambda: Mask.text("x", margin=-1),
        lambda: Mask.colour("pinkish"),
        lambda: Mask.colour("#ff00ff", within=256),
        lambda: Mask.box(3, 3, 3, 4),
    ],
)
def test_a_mask_that_makes_no_sense_is_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(UsageError):
        make()
