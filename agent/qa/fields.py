"""The field that a label names, from the pixels around it. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from trueclick.capture import Screenshot
from trueclick.geometry import Box, Image

from .finding import Wanted
from .reading import Read, find_text, line_of


@dataclass(frozen=True, slots=True)
class Field:
    """An entry, a text area or a drop-down.

    Attributes:
        box: the whole control, with its border.
        tall: whether it holds several lines.
        filled: whether something stands in it.
    """

    box: Box[Image]
    tall: bool
    filled: bool


def fields_of(label: Wanted, shot: Screenshot, lines: Sequence[Read]) -> tuple[Field, ...]:
    """The fields that a label may name: to the right of it or else below it.

    A label that stands in such a field itself, as somebody's value, names none.
    """
    from ..local.controls import find_field  # noqa: PLC0415 - brings OpenCV

    pixels = np.ascontiguousarray(shot.pixels[..., 2::-1])
    every = [line_of(line) for line in lines]
    found: list[tuple[Read, Field]] = []
    for place in find_text(label, lines, loose=True):
        field = find_field(line_of(place), every, pixels)
        if field is not None:
            found.append((place, Field(cast("Box[Image]", field.box), field.tall, field.filled)))
    outside = [
        field
        for place, field in found
        if not any(other.box.contains(place.box.center) for _, other in found)
    ]
    return tuple(dict.fromkeys(outside))
