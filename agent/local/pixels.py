"""What the local model needs of image processing: decoding, differences, connected areas."""

from __future__ import annotations

import io
from typing import TypeAlias, cast

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

from trueclick.geometry import Box, Model

Pixels: TypeAlias = npt.NDArray[np.uint8]
"""A picture: `(height, width, 3)` of RGB."""

Mask: TypeAlias = npt.NDArray[np.bool_]
"""A yes or no for each pixel: `(height, width)`."""

Color: TypeAlias = npt.NDArray[np.uint8]
"""Red, green and blue."""

# Lanczos scaling rings by about a tenth of an edge's contrast; a drawn border differs by more.
_VISIBLE = 16


def decode(data: bytes) -> Pixels:
    """The picture in an encoded image; of an animation, its first frame."""
    with PillowImage.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def unlike(pixels: Pixels, color: Color) -> Mask:
    """Which pixels the eye tells from `color`."""
    distance = np.abs(pixels.astype(np.int16) - color.astype(np.int16))
    return cast("Mask", distance.max(axis=2) > _VISIBLE)


def common_color(pixels: Pixels) -> Color:
    """The most frequent color."""
    flat = pixels.reshape(-1, 3).astype(np.uint32)
    codes, counts = np.unique(
        (flat[:, 0] << 16) | (flat[:, 1] << 8) | flat[:, 2], return_counts=True
    )
    code = int(codes[counts.argmax()])
    return np.array([code >> 16, code >> 8 & 255, code & 255], np.uint8)


def backdrop(pixels: Pixels) -> Color:
    """The most frequent color along the edges of the picture."""
    edges = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
    return common_color(np.concatenate(edges)[None])


def blobs(mask: npt.NDArray[np.bool_], *, grow: int = 0) -> list[Box[Model]]:
    """The boxes of the connected areas of a mask, each grown by `grow` pixels first.

    Args:
        mask: `(height, width)`, or with a third axis of which any will do.
        grow: areas closer together than twice this become one.
    """
    flat = cast("Mask", mask.any(axis=2)) if mask.ndim == 3 else mask
    return [box for _, box in _components(flat, grow)[1]]


def labelled_blobs(mask: Mask) -> tuple[npt.NDArray[np.int32], list[tuple[int, Box[Model]]]]:
    """The connected areas of a mask: a number for each pixel, and each number's box."""
    return _components(mask, 0)


def _components(
    mask: Mask, grow: int
) -> tuple[npt.NDArray[np.int32], list[tuple[int, Box[Model]]]]:
    import cv2  # noqa: PLC0415 - it comes with the extra "local"

    image = mask.astype(np.uint8)
    if grow:
        image = cast("npt.NDArray[np.uint8]", cv2.dilate(image, np.ones((2 * grow + 1,) * 2)))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(image, connectivity=8)
    boxes = [
        (number, Box[Model].from_xywh(int(x), int(y), int(width), int(height)))
        for number, (x, y, width, height, _) in enumerate(stats)
        if number > 0
    ]
    return cast("npt.NDArray[np.int32]", labels), boxes
