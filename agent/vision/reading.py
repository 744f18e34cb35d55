"""Where a text stands on a picture, without a model: the local OCR reads it at full resolution.

What is too large to be read in one piece is read in overlapping parts. A line that a part's edge
cuts is dropped where another part has more of it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, cast

import numpy as np

from trueclick.capture import Screenshot
from trueclick.geometry import Box, Image, ResolutionLimits, tiles

from ..local.reader import ScreenReader
from ..local.words import Line, find

if TYPE_CHECKING:
    from trueclick.geometry import Model

    from ..local.pixels import Pixels

_PART = ResolutionLimits(max_edge=2576, max_tokens=4784)
"""Well below the 4,000 pixels that the OCR reads unscaled."""

_OVERLAP = 400
"""Pixels: wider than most texts of an interface, so that each is whole in one of the parts."""

_COVERED = 0.6
"""A line of which so much lies in a longer one is a piece of that."""


def find_written(text: str, shot: Screenshot) -> tuple[tuple[str, Box[Image]], ...]:
    """Every place where a text stands, by the rules of `trueclick.agent.local.words`.

    Raises:
        MissingExtraError: if the extra `local` is not installed.
    """
    found = find(text, _lines(shot), loose=False)
    return tuple((line.text, cast("Box[Image]", line.box)) for line in found)


class _Reader:
    """The OCR of this process: its models take seconds to load and are used by one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reader: ScreenReader | None = None

    def read(self, pixels: Pixels) -> tuple[Line, ...]:
        with self._lock:
            if self._reader is None:
                self._reader = ScreenReader()
            return self._reader.read(pixels)


_READER = _Reader()


def _lines(shot: Screenshot) -> list[Line]:
    """All lines of a picture, in its own pixels."""
    found: list[Line] = []
    for part in tiles(shot.size, _PART, _OVERLAP):
        at = part.region
        pixels = shot.pixels[at.y0 : at.y1, at.x0 : at.x1, 2::-1]
        # The reader calls the pixels of whatever it reads the model's.
        found += [
            Line(line.text, line.box.moved(at.x0, at.y0))
            for line in _READER.read(np.ascontiguousarray(pixels))
        ]
    kept: list[Line] = []
    for line in sorted(found, key=lambda line: -line.box.width):
        if not any(_covers(other.box, line.box) for other in kept):
            kept.append(line)
    return kept


def _covers(longer: Box[Model], line: Box[Model]) -> bool:
    both = longer.intersection(line)
    return both is not None and both.area >= _COVERED * line.area
