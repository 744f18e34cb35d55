"""A picture of a display, as every part of capture takes and returns it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trueclick.geometry import Image, Size


@dataclass(frozen=True, slots=True, eq=False)
class Screenshot:
    """A picture of a display or of a part of it, in device pixels.

    Attributes:
        pixels: `(height, width, 4)` of `uint8`: blue, green, red and a byte without meaning (X11
            does not keep it constant: never read it as alpha, never compare it).
    """

    pixels: NDArray[np.uint8]

    @property
    def size(self) -> Size[Image]:
        """Width and height in device pixels."""
        height, width = self.pixels.shape[:2]
        return Size(width, height)
