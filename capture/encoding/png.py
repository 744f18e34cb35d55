"""PNG files as fast as they can be packed: unfiltered rows, deflated on two cores.

A filter would help photographs; text and plain areas pack better without (row filter 0), and its
search takes longer than all the rest. `isal` deflates with vector instructions, three to five times
as fast as zlib at its fastest; where it is missing zlib does it.

The format: "Portable Network Graphics (PNG) Specification (Third Edition)", W3C.
"""

from __future__ import annotations

import importlib
import struct
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Effort: TypeAlias = Literal["fast", "small"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB, _INDEXED = 2, 3
_DEFLATE_ALONE = -15
"""zlib's word for a stream without header and checksum, in the widest window."""

_ZLIB_HEADER = b"\x78\x01"
_STRIP_BYTES = 256 * 1024
"""Rows are packed and deflated in strips that stay in a core's cache. One strip is reused for all:
nothing of the size of a picture is allocated."""

_ADLER_PRIME = 65521

Fill: TypeAlias = Callable[[NDArray[np.uint8], int, int], None]
"""Writes the rows from one to another, without their leading filter byte, into an array."""


def png(pixels: NDArray[np.uint8], effort: Effort = "fast") -> bytes:
    """A PNG file of pixels in blue, green, red and a fourth byte that is left out.

    Args:
        pixels: `(height, width, 4)`, of any strides.
        effort: "small" takes forty times as long to save a fifth.
    """
    height, width = pixels.shape[:2]

    def fill(rows: NDArray[np.uint8], start: int, stop: int) -> None:
        # One band after the other: five times as fast as all in one assignment.
        colours = rows.reshape(stop - start, width, 3)
        for band in range(3):
            colours[..., band] = pixels[start:stop, :, 2 - band]

    return _file(width, height, _RGB, b"", _deflated(fill, height, width * 3, effort))


def indexed_png(indexes: NDArray[np.uint8], palette: bytes, effort: Effort = "fast") -> bytes:
    """A PNG file of indexes into a palette.

    Args:
        indexes: `(height, width)`.
        palette: red, green and blue of 1 to 256 colours, one after the other.
        effort: as for `png`.
    """
    height, width = indexes.shape

    def fill(rows: NDArray[np.uint8], start: int, stop: int) -> None:
        rows[...] = indexes[start:stop]

    plte = _chunk(b"PLTE", palette)
    return _file(width, height, _INDEXED, plte, _deflated(fill, height, width, effort))


def _file(width: int, height: int, kind: int, before: bytes, parts: list[bytes]) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    data = (_chunk(b"IDAT", part) for part in parts)
    return b"".join((_SIGNATURE, _chunk(b"IHDR", header), before, *data, _chunk(b"IEND", b"")))


def _chunk(name: bytes, data: bytes) -> bytes:
    checksum = _deflate().crc32(data, zlib.crc32(name))
    return b"".join((struct.pack(">I", len(data)), name, data, struct.pack(">I", checksum)))


def _deflated(fill: Fill, height: int, row_bytes: int, effort: Effort) -> list[bytes]:
    """All rows as a zlib stream in parts, one for each IDAT chunk.

    Large pictures are deflated as two halves at once: the first ends on a whole byte, the second
    refers to nothing before it, and both checksums are made into one. Where they are divided
    depends on the size alone, so that the same pixels always give the same bytes.
    """
    half = height // 2
    if half * row_bytes < _STRIP_BYTES:
        data, checksum = _part(fill, 0, height, row_bytes, effort, last=True)
        return [_ZLIB_HEADER + data + struct.pack(">I", checksum)]
    with ThreadPoolExecutor(max_workers=1) as other:
        work = partial(_part, fill, 0, half, row_bytes, effort, last=False)
        try:
            upper = other.submit(work).result
        except RuntimeError:  # no thread to be had: there are too many, or Python is shutting down
            upper = work
        lower, second = _part(fill, half, height, row_bytes, effort, last=True)
        first_data, first = upper()
    both = _joined(first, second, (height - half) * (row_bytes + 1))
    return [_ZLIB_HEADER + first_data, lower + struct.pack(">I", both)]


def _part(
    fill: Fill, start: int, stop: int, row_bytes: int, effort: Effort, *, last: bool
) -> tuple[bytes, int]:
    """Rows deflated, and the Adler-32 of what they were."""
    deflate = _deflate() if effort == "fast" else zlib
    packer = deflate.compressobj(1 if effort == "fast" else 9, zlib.DEFLATED, _DEFLATE_ALONE)
    step = min(max(_STRIP_BYTES // row_bytes, 1), stop - start)
    strip = np.zeros((step, 1 + row_bytes), np.uint8)  # each row begins with its filter: none
    packed: list[bytes] = []
    checksum = 1
    for top in range(start, stop, step):
        rows = strip[: min(step, stop - top)]
        fill(rows[:, 1:], top, top + len(rows))
        packed.append(packer.compress(rows.data))
        checksum = deflate.adler32(rows.data, checksum)
    packed.append(packer.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH))
    return b"".join(packed), checksum


def _joined(first: int, second: int, second_bytes: int) -> int:
    """The Adler-32 of two stretches of bytes, from the one of each (RFC 1950, section 8.2).

    It is two sums modulo a prime: of the bytes plus 1, and of all values that the first sum takes.
    """
    sum1, sum2 = first & 0xFFFF, first >> 16
    low = (sum1 + (second & 0xFFFF) - 1) % _ADLER_PRIME
    high = (sum2 + (second >> 16) + (sum1 - 1) * second_bytes) % _ADLER_PRIME
    return high << 16 | low


@cache
def _deflate() -> Any:
    """`isal`'s stand-in for zlib, or zlib itself where it is missing."""
    try:
        return importlib.import_module("isal.isal_zlib")
    except ImportError:
        return zlib
