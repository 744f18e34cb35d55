"""PNG files that can be sent as they are: to decode and pack them again would change no pixel."""

from __future__ import annotations

import struct
import zlib

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_DROPPED = frozenset({b"tEXt", b"zTXt", b"iTXt", b"tIME", b"pHYs", b"sRGB", b"gAMA", b"bKGD"})
"""Chunks without which it is the same picture. Any other may change it (transparency, a colour
profile, a turn, frames)."""
_PLAIN = frozenset({(0, 1), (0, 2), (0, 4), (0, 8), (2, 8), (3, 1), (3, 2), (3, 4), (3, 8)})
"""Kinds of colour, and bits of each, that are neither transparent nor finer than what is sent."""


def plain_png(data: bytes) -> bytes | None:
    """A PNG file of the same pixels and nothing else, or `None` if it has to be decoded for that.

    Its checksums are checked: what is cut off or damaged is none. What somebody wrote into the
    file beside the picture is left out.

    Args:
        data: the content of any file.
    """
    if not data.startswith(_SIGNATURE):
        return None
    kept, at, name = [_SIGNATURE], len(_SIGNATURE), b""
    view = memoryview(data)
    while name != b"IEND":
        if at + 12 > len(data):
            return None
        (length,) = struct.unpack_from(">I", data, at)
        name, end = data[at + 4 : at + 8], at + 12 + length
        if end > len(data) or zlib.crc32(view[at + 4 : end - 4]) != int.from_bytes(
            view[end - 4 : end], "big"
        ):
            return None
        if (name == b"IHDR") != (at == len(_SIGNATURE)):
            return None
        if name == b"IHDR" and not _plain_head(data[at + 8 : end - 4]):
            return None
        if name in _KEPT:
            kept.append(data[at:end])
        elif name not in _DROPPED:
            return None
        at = end
    return b"".join(kept)


def _plain_head(head: bytes) -> bool:
    if len(head) != 13:
        return False
    bits, colour, *methods = head[8:]
    return (colour, bits) in _PLAIN and not any(methods)
