"""Files of an attempt that the summary shows or links to; what is no plain file is neither."""

from __future__ import annotations

import io
import stat
from pathlib import Path, PurePosixPath

from PIL import Image as Pillow

from trueclick.capture.image_file import MAX_PIXELS

_SIZE = (640, 440)
"""Pixels; the page shows them at half of that."""

_QUALITY = 70
_LARGEST = 64 << 20


def plain_file(folder: Path, name: PurePosixPath) -> bool:
    """Whether a name leads to a plain file inside of the folder, by no link."""
    if name.is_absolute() or ".." in name.parts:
        return False
    try:
        at = folder
        for part in name.parts[:-1]:
            at /= part
            if not stat.S_ISDIR(at.lstat().st_mode):
                return False
        return stat.S_ISREG((at / name.name).lstat().st_mode)
    except (OSError, ValueError):
        return False


def thumbnail(path: Path) -> bytes | None:
    """A small WebP of a picture, or `None` if it is no picture or too large to look at."""
    try:
        if path.stat().st_size > _LARGEST:
            return None
        with Pillow.open(path, formats=("PNG",)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return None
            small = picture.convert("RGB")
        small.thumbnail(_SIZE)
        made = io.BytesIO()
        small.save(made, "WEBP", quality=_QUALITY)
        return made.getvalue()
    except (OSError, ValueError, SyntaxError, Pillow.DecompressionBombError):
        return None
