"""A screenshot at exactly the size asked for, with Lanczos over every source pixel.

libvips does it, on all cores; where `pyvips` is missing, and for what libvips does not do well,
Pillow does. Both follow the pixel contract: pixel `i` of the result is centred on
`(i + 1/2) * scale` of the source, so that nothing is shifted. No colour is mixed with the fourth
byte: it is a band of its own, neither alpha nor premultiplied, and stays without meaning.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from trueclick.geometry import Size

from ..screenshot import Screenshot

_LARGEST_SHRINK = 8
"""libvips sums bytes in integers of few bits: measured against floats it is as good as Pillow up
to here, and beyond it the errors of a kernel's many weights add up."""


def scaled(screenshot: Screenshot, size: Size[Any]) -> Screenshot:
    """The screenshot at exactly `size`; itself where it has that size.

    Nothing of the source is kept: its pixels may be overwritten afterwards, unless the result is
    the screenshot itself.
    """
    source = screenshot.size
    if (source.width, source.height) == (size.width, size.height):
        return screenshot
    pixels = np.ascontiguousarray(screenshot.pixels)
    across, down = source.width / size.width, source.height / size.height
    # libvips enlarges with a cubic kernel, whatever is asked for.
    shrinks = min(across, down) >= 1 and max(across, down) <= _LARGEST_SHRINK
    if shrinks and (vips := _libvips()) is not None:
        result = _with_libvips(vips, pixels, size)
        # It is told a factor and rounds by itself: never seen to miss, but no other may be sent.
        if result.shape[:2] == (size.height, size.width):
            return Screenshot(result)
    return Screenshot(_with_pillow(pixels, size))


def _with_libvips(vips: Any, pixels: NDArray[np.uint8], size: Size[Any]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    # All four bands: dropping one first takes longer than scaling it.
    image = vips.Image.new_from_memory(pixels, width, height, 4, "uchar")
    # gap=0: the kernel alone. Averaging whole pixels first is less exact, and here slower as well.
    image = image.resize(size.width / width, vscale=size.height / height, kernel="lanczos3", gap=0)
    written = np.frombuffer(image.write_to_memory(), np.uint8)
    return written.reshape(image.height, image.width, 4)


def _with_pillow(pixels: NDArray[np.uint8], size: Size[Any]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    # "RGBX" stands for any four bands without alpha: their order stays as it is.
    image = Pillow.frombuffer("RGBX", (width, height), pixels, "raw", "RGBX", 0, 1)
    return np.asarray(image.resize((size.width, size.height), Pillow.Resampling.LANCZOS))


@cache
def _libvips() -> Any:
    """The module `pyvips`, or `None` where it or its library is missing."""
    try:
        vips: Any = importlib.import_module("pyvips")  # slow to import, and it ships no types
    except (ImportError, OSError):  # the latter where there is no libvips to load
        return None
    # libvips remembers its last hundred operations with all they read, here whole screenshots:
    # gigabytes. The setting is the process's own; a program that uses pyvips besides loses no more
    # than the reuse of repeated operations, and may set it anew (every frame then stays in memory
    # until it is pushed out).
    vips.cache_set_max(0)
    return vips
