"""From pixels to what is sent: scaled to exactly the size asked for, and packed as PNG."""

from __future__ import annotations

from io import BytesIO
from typing import TypeVar

from PIL import Image as Pillow

from trueclick.geometry import Size

from .screenshot import Screenshot

S = TypeVar("S")

_FAST = 1
"""zlib's level 1: a screenshot grows by a tenth and is packed in a third of the time."""


def encode(screenshot: Screenshot, size: Size[S] | None = None) -> bytes:
    """A screenshot as a PNG file of exactly `size`, by default its own.

    Scaled with Lanczos over every source pixel: text stays legible.
    """
    source = screenshot.size
    picture = Pillow.frombuffer(
        "RGB", (source.width, source.height), screenshot.pixels, "raw", "BGRX", 0, 1
    )
    if size is not None and (size.width, size.height) != picture.size:
        picture = picture.resize((size.width, size.height), Pillow.Resampling.LANCZOS)
    packed = BytesIO()
    picture.save(packed, "PNG", compress_level=_FAST)
    return packed.getvalue()
