"""How far apart the colours of two pictures are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def apart(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The largest difference of a channel, from 0 to 255, of each pixel.

    Args:
        first: pixels whose last axis is blue, green, red and perhaps more, which does not count.
        second: those of the same shape, or of one that can be broadcast to it.
    """
    # Band by band: numpy is ten times slower at the largest of three neighbours.
    blue, green, red = (
        np.maximum(first[..., band], second[..., band])
        - np.minimum(first[..., band], second[..., band])
        for band in range(3)
    )
    return np.asarray(np.maximum(np.maximum(blue, green), red))
