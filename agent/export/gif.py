"""An animated GIF, written picture by picture: only what has changed, one palette for all.

Source: "Graphics Interchange Format, Version 89a", CompuServe, 1990; the extension that lets it run
for ever is Netscape's.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import GifImagePlugin
from PIL import Image as Pillow

from trueclick.geometry import Model, Size

_SAME = 255
"""The place in the palette that stands for what was there before."""

_SAMPLE = 320
"""Pixels of the width of a picture that is looked at for its colours."""

_FOR_EVER = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"


def write_gif(
    file: BinaryIO,
    size: Size[Model],
    samples: Iterable[Pillow.Image],
    pictures: Iterable[tuple[Pillow.Image, float]],
) -> None:
    """Write an animation that runs for ever.

    Args:
        file: where to.
        size: of each picture.
        samples: some of the pictures, from which the palette is made.
        pictures: in RGB, with the seconds for which each is shown.

    Raises:
        OSError: if it cannot be written.
    """
    palette = _palette(samples)
    colors = bytes(palette.getpalette() or ())[: _SAME * 3].ljust(256 * 3, b"\0")
    file.write(b"GIF89a" + struct.pack("<HHBBB", size.width, size.height, 0xF7, 0, 0))
    file.write(colors + _FOR_EVER)
    before: NDArray[np.uint8] | None = None
    waiting: tuple[NDArray[np.uint8], tuple[int, int], float] | None = None
    for picture, seconds in pictures:
        reduced = picture.quantize(palette=palette, dither=Pillow.Dither.NONE)
        now = np.asarray(reduced, np.uint8)
        news = _news(before, now)
        if news is None and waiting is not None:  # shown for longer
            waiting = (*waiting[:2], waiting[2] + seconds)
            continue
        if waiting is not None:
            _write(file, *waiting)
        part, at = news or (now, (0, 0))
        before, waiting = now, (part, at, seconds)
    if waiting is not None:
        _write(file, *waiting)
    file.write(b";")


def _palette(samples: Iterable[Pillow.Image]) -> Pillow.Image:
    """The colours that the pictures have, as few as there is room for."""
    small = [
        sample.resize(
            (_SAMPLE, max(1, sample.height * _SAMPLE // sample.width)), Pillow.Resampling.NEAREST
        )
        for sample in samples
    ]
    sheet = Pillow.new("RGB", (_SAMPLE, sum(sample.height for sample in small)))
    top = 0
    for sample in small:
        sheet.paste(sample, (0, top))
        top += sample.height
    return sheet.quantize(_SAME, method=Pillow.Quantize.MEDIANCUT, dither=Pillow.Dither.NONE)


def _news(
    before: NDArray[np.uint8] | None, now: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], tuple[int, int]] | None:
    """What has changed and where it begins, or `None`; all that is the same in it is left out."""
    if before is None:
        return now, (0, 0)
    changed = before != now
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    if not rows.size:
        return None
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    part = np.where(changed[box], now[box], np.uint8(_SAME))
    return part, (int(columns[0]), int(rows[0]))


def _write(file: BinaryIO, part: NDArray[np.uint8], at: tuple[int, int], seconds: float) -> None:
    picture = Pillow.fromarray(np.ascontiguousarray(part))
    picture = picture.convert("P") if picture.mode != "P" else picture
    milliseconds = round(seconds * 1000)
    blocks = GifImagePlugin.getdata(
        picture, at, duration=milliseconds, transparency=_SAME, disposal=1, interlace=False
    )
    file.writelines(blocks)
