import numpy as np
import pytest

from trueclick.agent.local.pixels import decode
from trueclick.agent.local.reader import ScreenReader

from .screens import picture


@pytest.fixture(scope="module")
def reader() -> ScreenReader:
    return ScreenReader()


def test_what_changed_is_read_again_and_the_rest_is_kept(reader: ScreenReader) -> None:
    pixels = decode(picture("complete"))
    reader.read(np.zeros_like(pixels))  # so different that the next one is read as a whole
    whole = {line.text for line in reader.read(pixels)}
    reader.read(decode(picture("empty")))
    changed = {line.text for line in reader.read(pixels)}
    assert {"Order is complete", "second", "Walnut table", "70 %"} <= changed
    assert {text for text in whole if len(text) > 2} == {text for text in changed if len(text) > 2}


def test_an_unchanged_picture_gives_the_same_lines(reader: ScreenReader) -> None:
    pixels = decode(picture("empty"))
    assert reader.read(pixels) == reader.read(pixels.copy())


def test_a_plain_picture_holds_no_text(reader: ScreenReader) -> None:
    assert reader.read(np.full((200, 300, 3), 40, np.uint8)) == ()
    assert reader.read(np.zeros((200, 300, 3), np.uint8)) == ()
