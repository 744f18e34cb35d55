"""Small pictures with letters in them, drawn by Pillow, and a clock that need not be waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from trueclick.agent.qa import Read
from trueclick.agent.qa.written import GAP_PX
from trueclick.capture import Screenshot
from trueclick.geometry import Box

LINES = ("Invoice 2041", "Customer: Ada Lovelace", "Total: 42.17 EUR", "Paid on 12 May")


def page(
    lines: Iterable[str] = LINES,
    *,
    layout: ImageFont.Layout = ImageFont.Layout.BASIC,
    soft: float = 0.0,
    ink: str = "#202428",
    down: int = 0,
    boxes: Iterable[tuple[int, int, int, int]] = ((200, 20, 260, 50),),
) -> Screenshot:
    """Lines of text with frames beside them.

    Args:
        lines: one below the other.
        layout: of Pillow's.
        soft: by how many pixels the letters are drawn further right, a fraction of one.
        ink: of the letters.
        down: by how many pixels all letters are lower.
        boxes: frames.
    """
    size, fine = (320, 140), 8
    picture = Pillow.new("RGB", size, "white")
    font = ImageFont.truetype("DejaVuSans.ttf", 13 * (fine if soft else 1), layout_engine=layout)
    for number, line in enumerate(lines):
        top = 10 + 30 * number + down
        if soft:  # drawn large and reduced: no stroke lies on the grid of pixels
            large = Pillow.new("L", (180 * fine, 20 * fine))
            ImageDraw.Draw(large).text((soft * fine, 0), line, fill=255, font=font)
            small = large.reduce(fine)
            picture.paste(Pillow.new("RGB", small.size, ink), (10, top), small)
        else:
            ImageDraw.Draw(picture).text((10, top), line, fill=ink, font=font)
    for box in boxes:
        ImageDraw.Draw(picture).rectangle(box, outline="#707070")
    pixels = np.frombuffer(picture.tobytes("raw", "BGRX"), np.uint8)
    return Screenshot(pixels.reshape(size[1], size[0], 4).copy())


def written(lines: Iterable[str] = LINES) -> tuple[Read, ...]:
    """What OCR would read on such a page."""
    return tuple(
        Read(line, Box(10, 10 + 30 * number, 190, 30 + 30 * number))
        for number, line in enumerate(lines)
    )


def reading_both(lines: Iterable[Read]) -> Callable[[Screenshot], tuple[Read, ...]]:
    """Reads the usual page, and one with these lines below, as one picture."""
    down = page().size.height + GAP_PX
    below = tuple(Read(line.text, line.box.moved(0, down)) for line in lines)
    return lambda _: (*written(), *below)


class Ticks:
    """A clock that goes on by what is slept."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
