"""Pictures from files, as a screen would show them: JPEG, PNG, GIF and WebP.

A file is whatever somebody sent: its content decides what it is, not its name, and nothing in it
is decoded before its declared size has been checked. What cannot be shown whole is refused.
"""

from __future__ import annotations

import contextlib
import os
import stat
import struct
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, ImageCms
from PIL import Image as Pillow
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from trueclick.geometry import Image, Size, UsageError

from .screenshot import Screenshot

MAX_PIXELS = 64_000_000
"""The largest picture that is read: 8000x8000, twice an 8K screen; decoded it takes 256 MB.

Also the largest that the Messages API takes before it scales (8000 pixels an edge).
"""

MAX_BYTES = 4 * MAX_PIXELS
"""The largest file that is read: what the largest picture takes without any compression."""

_MAX_SCANS = 100
"""A progressive JPEG has about ten; each more costs a pass over all pixels for a few bytes."""

_READ = "JPEG, PNG, GIF and WebP"

_DECODERS: tuple[tuple[str, type[ImageFile]], ...] = (
    ("JPEG", JpegImageFile),
    ("PNG", PngImageFile),
    ("GIF", GifImageFile),
    ("WebP", WebPImageFile),
)

_SIGNATURES = (
    *(("JPEG", 0, b"\xff\xd8\xff"), ("PNG", 0, b"\x89PNG\r\n\x1a\n")),
    *(("GIF", 0, b"GIF87a"), ("GIF", 0, b"GIF89a"), ("WebP", 8, b"WEBP")),
    # What people try as well, to be refused by its name.
    *(("BMP", 0, b"BM"), ("TIFF", 0, b"II*\0"), ("TIFF", 0, b"MM\0*"), ("PSD", 0, b"8BPS")),
    *(("AVIF", 4, b"ftypavif"), ("AVIF", 4, b"ftypavis"), ("HEIC", 4, b"ftyp")),
    *(("JPEG XL", 0, b"\xff\x0a"), ("JPEG XL", 4, b"JXL \r\n"), ("JPEG 2000", 4, b"jP  \r\n")),
    *(("ICO", 0, b"\0\0\1\0"), ("PDF", 0, b"%PDF-"), ("SVG", 0, b"<svg"), ("SVG", 0, b"<?xml")),
)
"""Name, offset and bytes by which a format is known; the first that fits decides."""

_UPRIGHT = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}
"""EXIF's orientation, and what sets the picture upright."""


def read_image(source: str | PathLike[str] | bytes) -> Screenshot:
    """The picture in a file, or in the bytes of one, as a screen would show it.

    Of an animation the first frame; turned as EXIF says; 16 bits a channel cut to the upper 8;
    transparent parts on white; CMYK and colours with an ICC profile converted to sRGB (a profile
    that is damaged or belongs to another kind of picture is ignored). The pixels are read-only.

    Args:
        source: the path of a file, or its content.

    Raises:
        UsageError: if there is no such file, it is no JPEG, PNG, GIF or WebP picture, it is
            damaged or cut off, or it is beyond `MAX_BYTES` or `MAX_PIXELS`.
    """
    if isinstance(source, bytes):
        return _decoded(source, f"the picture of {len(source)} bytes")
    name = repr(str(source))  # a name may hold line ends and bytes that are no text
    return _decoded(_content(Path(source), name), name)


def image_size(data: bytes, name: str) -> Size[Image]:
    """The size that the head of a picture tells, before EXIF turns it; no pixel is decoded.

    Args:
        data: the content of a file.
        name: what to call it in messages.

    Raises:
        UsageError: if that much shows already that `read_image` would refuse it.
    """
    _check_bytes(len(data), name)
    form, decoder = _format(data, name)
    try:
        with decoder(BytesIO(data)) as picture:
            _check_pixels(picture.width, picture.height, name)
            return Size[Image](picture.width, picture.height)
    except UsageError:
        raise
    except Exception as error:  # decoders raise what they stumble over: anything
        raise UsageError(f"{name} is a {form} picture that is damaged: save it again") from error


def _content(path: Path, name: str) -> bytes:
    """The bytes of a regular file; anything else is refused before it is read."""

    def without_waiting(file: str, flags: int) -> int:
        # A pipe that nobody writes to would be waited for; Windows has neither pipe nor flag.
        return os.open(file, flags | getattr(os, "O_NONBLOCK", 0))

    try:
        with open(path, "rb", opener=without_waiting) as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise UsageError(f"{name} is not a file that holds a picture")
            _check_bytes(found.st_size, name)
            return file.read(MAX_BYTES)  # it may grow meanwhile
    except UsageError:
        raise
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {name}: check the path") from error
    except IsADirectoryError as error:
        raise UsageError(f"{name} is a folder: name a picture in it") from error
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from error
    except ValueError as error:  # a null byte, or a character that no file name can hold
        raise UsageError(f"{name} is not the name of a file") from error


def _decoded(data: bytes, name: str) -> Screenshot:
    """The first frame that `data` holds; `name` stands for it in messages."""
    _check_bytes(len(data), name)
    form, decoder = _format(data, name)
    damaged = f"{name} is a {form} picture that is damaged or cut off: save it again"
    if form == "JPEG" and data.count(b"\xff\xda") > _MAX_SCANS:
        raise UsageError(damaged)
    try:
        # Not through `Image.open`: its own limit hangs on a global setting and only warns at first.
        with decoder(BytesIO(data)) as picture:
            _check_pixels(picture.width, picture.height, name)
            picture.load()
            flat = _on_white(picture, deep=form == "PNG" and data[24] == 16)
            pixels = _pixels(_upright(flat, picture.info.get("exif", b"")))
    except UsageError:
        raise
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning) as error:
        raise UsageError(f"{name} has more than {MAX_PIXELS} pixels: scale it down") from error
    except MemoryError as error:
        raise UsageError(f"{name} does not fit into memory: scale it down") from error
    except Exception as error:  # decoders raise what they stumble over: anything
        raise UsageError(damaged) from error
    return Screenshot(pixels)


def _check_bytes(count: int, name: str) -> None:
    if count == 0:
        raise UsageError(f"{name} is empty: save the picture again")
    if count > MAX_BYTES:
        raise UsageError(f"{name} has {count} bytes, more than {MAX_BYTES}: scale it down")


def _check_pixels(width: int, height: int, name: str) -> None:
    if width * height > MAX_PIXELS:
        raise UsageError(
            f"{name} has {width}x{height} pixels, more than {MAX_PIXELS}: scale it down"
        )


def _format(data: bytes, name: str) -> tuple[str, type[ImageFile]]:
    """What the content is, by its first bytes, and what decodes it."""
    start = data[:16]
    form = next((form for form, at, mark in _SIGNATURES if start.startswith(mark, at)), None)
    if form is None:
        raise UsageError(f"{name} is no picture: only {_READ} are read")
    for known, decoder in _DECODERS:
        if known == form:
            return form, decoder
    raise UsageError(f"{name} is {form}, and only {_READ} are read: save it as PNG")


def _on_white(picture: Pillow.Image, *, deep: bool) -> Pillow.Image:
    """A picture of any mode in sRGB, without transparency; `deep` if it has 16 bits a channel."""
    profile = picture.info.get("icc_profile")
    key: Any = picture.info.get("transparency")  # the grey or colour that is meant to be clear
    if picture.mode.startswith("I"):  # 16 bits of grey, which Pillow would clip at 255
        grey = np.asarray(picture)
        flat = Pillow.fromarray((grey >> 8).astype(np.uint8))
        alpha = None if key is None else Pillow.fromarray((grey != key).astype(np.uint8) * 255)
        return _blended(_in_srgb(flat, profile), alpha)
    if deep and isinstance(key, tuple):  # the transparent colour, of which 8 bits are left as well
        picture.info["transparency"] = key[0] >> 8, key[1] >> 8, key[2] >> 8
    if not picture.has_transparency_data:
        plain = picture if picture.mode in {"L", "RGB", "CMYK"} else picture.convert("RGB")
        return _blended(_in_srgb(plain, profile), None)
    full = picture.convert("RGBA")
    colours = picture.getchannel("L") if picture.mode == "LA" else full.convert("RGB")
    return _blended(_in_srgb(colours, profile), full.getchannel("A"))


def _in_srgb(picture: Pillow.Image, profile: bytes | None) -> Pillow.Image:
    """A picture with the colours that its ICC profile means, as far as there is a valid one."""
    if profile:
        try:
            meant = ImageCms.ImageCmsProfile(BytesIO(profile))
            # Left alone where it is sRGB already: going there and back would cost a step or two.
            if not ImageCms.getProfileDescription(meant).startswith("sRGB"):
                # It does not say what it makes.
                srgb = cast("Any", ImageCms.createProfile("sRGB"))  # pyright: ignore[reportUnknownMemberType]
                converted = ImageCms.profileToProfile(picture, meant, srgb, outputMode="RGB")
                return picture.convert("RGB") if converted is None else converted
        except (ImageCms.PyCMSError, ImportError, OSError, TypeError, ValueError):
            pass  # damaged, for another kind of picture, or a Pillow that was built without
    return picture.convert("RGB")


def _blended(colours: Pillow.Image, alpha: Pillow.Image | None) -> Pillow.Image:
    if alpha is None:
        return colours
    return Pillow.composite(colours, Pillow.new("RGB", colours.size, "white"), alpha)


def _upright(pixels: Pillow.Image, exif: bytes) -> Pillow.Image:
    """`pixels` turned as EXIF data say; damaged ones, or none, say nothing.

    Read here, because Pillow's reader only warns of damages, and what it then returns depends on
    the program's warning filters. EXIF is TIFF: a table of tags, type 3 is a 16-bit number.
    """
    tiff = exif.removeprefix(b"Exif\0\0")
    order = ">" if tiff.startswith(b"MM") else "<"
    with contextlib.suppress(struct.error):
        (table,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, table)
        for entry in range(entries):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, table + 2 + 12 * entry)
            if (tag, kind) == (ExifTags.Base.Orientation, 3) and value in _UPRIGHT:
                return pixels.transpose(_UPRIGHT[value])
    return pixels


def _pixels(picture: Pillow.Image) -> NDArray[np.uint8]:
    raw = np.frombuffer(picture.tobytes("raw", "BGRX"), np.uint8)
    return raw.reshape(picture.height, picture.width, 4)
