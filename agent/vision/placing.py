"""From the pixels that a model names to those of the original: exactly, or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from trueclick.geometry import Box, Convention, Image, Model, Picture, Refusal

from .images import Prepared

_PIXELS = Convention()


def placed_box(numbers: Sequence[int], image: Prepared) -> Box[Image]:
    """The box of the original that `[x0, y0, x1, y1]` of the image sent means.

    Raises:
        Refusal: if the numbers make no box, or it does not lie inside of the image; or the image's
            size is unknown.
    """
    if image.picture is None:
        raise Refusal("the image's size is not known here: no place in it can be mapped")
    return image.picture.to_source(model_box(numbers, image.picture))


def model_box(numbers: Sequence[int], picture: Picture[Image]) -> Box[Model]:
    """The box of the image sent that the numbers mean.

    Raises:
        Refusal: if they make no box, or it does not lie inside of the image.
    """
    return _PIXELS.read_box(list(numbers), picture.size)
