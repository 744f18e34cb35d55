"""From pixels to what is sent: scaled to exactly the size asked for, packed, and within a limit."""

from __future__ import annotations

import base64
import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image as Pillow

from trueclick.geometry import RequestImage, Size, UsageError

from ..screenshot import Screenshot
from .formats import LARGEST_EDGES, MEDIA_TYPES, Format, MediaType
from .png import Effort, indexed_png, png
from .scale import scaled

JPEG_QUALITY = 90
"""Where none is asked for."""

_FALLBACK_QUALITIES = (95, 90, 85, 80, 75, 70, 60, 50, 40, 30)
"""Of JPEG, tried in turn; below, small text is gone."""


@dataclass(frozen=True)
class EncodedImage:
    """A picture as it is sent.

    Attributes:
        data: the file.
        format: as what it was packed.
        size: exactly the one asked for, in pixels.
        quality: of WebP or JPEG, 1 to 100; `None` where nothing is lost but, in a palette, colours.
        reduced: what had to be done to stay within `max_bytes`, for whoever asked; `None` if
            nothing had to be.
    """

    data: bytes = field(repr=False)
    format: Format
    size: Size[Any]
    quality: int | None = None
    reduced: str | None = None

    @property
    def media_type(self) -> MediaType:
        """As the API wants it named, such as `"image/png"`."""
        return MEDIA_TYPES[self.format]

    @property
    def base64_bytes(self) -> int:
        """How long the file is in base64, which is what the platforms limit."""
        return RequestImage(self.size, len(self.data)).base64_bytes

    @cached_property
    def base64(self) -> str:
        """The file in base64, made when it is first asked for."""
        return _base64()(self.data)


def encode(
    screenshot: Screenshot,
    size: Size[Any] | None = None,
    *,
    format: Format = "png",  # noqa: A002 - the word that everybody looks for
    quality: int | None = None,
    max_bytes: int | None = None,
) -> EncodedImage:
    """A screenshot scaled to exactly `size`, by default its own, and packed.

    Args:
        screenshot: its pixels are read before this returns, and may be overwritten afterwards.
        size: of the result, in pixels.
        format: "png", "palette" (a PNG of at most 256 colours), "webp" (lossless, unless a quality
            is given) or "jpeg" (without a loss of colour's resolution).
        quality: of WebP or JPEG, 1 to 100; JPEG's is 90 if not given.
        max_bytes: the most it may have in base64, such as a platform's
            (`trueclick.geometry.requests.PLATFORMS`). What has more is compressed more, and if that
            does not do, sent as JPEG at the highest quality that does; the result's `reduced` says
            so.

    Raises:
        UsageError: if an argument makes no sense, the format cannot hold the size, or nothing
            stays within `max_bytes`.
    """
    _require_sense(format, quality, max_bytes)
    if format == "jpeg" and quality is None:
        quality = JPEG_QUALITY
    picture = screenshot if size is None else scaled(screenshot, size)
    if picture.size.long_edge > LARGEST_EDGES[format]:
        raise UsageError(
            f"{format} holds {LARGEST_EDGES[format]} px a side, not {picture.size}: ask for png, "
            "or for a smaller size"
        )
    image = EncodedImage(_packed(picture, format, quality), format, picture.size, quality)
    if max_bytes is None or image.base64_bytes <= max_bytes:
        return image
    return _reduced(picture, image, max_bytes)


def _require_sense(format_: Format, quality: int | None, max_bytes: int | None) -> None:
    if format_ not in MEDIA_TYPES:
        raise UsageError(f"unknown format {format_!r}; known: {', '.join(MEDIA_TYPES)}")
    if quality is not None:
        if format_ not in ("webp", "jpeg"):
            raise UsageError(f"{format_} has no quality, got {quality}: ask for webp or jpeg")
        if type(quality) is not int or not 1 <= quality <= 100:
            raise UsageError(f"quality is an integer from 1 to 100, got {quality!r}")
    if max_bytes is not None and (type(max_bytes) is not int or max_bytes < 1):
        raise UsageError(f"max_bytes is an integer of at least 1, got {max_bytes!r}")


def _reduced(picture: Screenshot, image: EncodedImage, max_bytes: int) -> EncodedImage:
    """The first of the smaller files that stays within the limit."""
    over = f"{_named(image)} of {image.base64_bytes} bytes in base64 exceeds {max_bytes}"
    smallest = image
    for smaller in _smaller(picture, image):
        if smaller.base64_bytes <= max_bytes:
            quality = smaller.quality
            how = "compressed more" if quality is None else f"sent as JPEG at quality {quality}"
            return replace(smaller, reduced=f"{over}: {how}")
        smallest = min(smallest, smaller, key=lambda tried: tried.base64_bytes)
    raise UsageError(
        f"{over}, and so does {_named(smallest)} ({smallest.base64_bytes}): ask for a size smaller "
        f"than {picture.size}"
    )


def _named(image: EncodedImage) -> str:
    name = {"png": "PNG", "palette": "palette PNG", "webp": "WebP", "jpeg": "JPEG"}[image.format]
    return name if image.quality is None else f"{name} at quality {image.quality}"


def _smaller(picture: Screenshot, image: EncodedImage) -> Iterator[EncodedImage]:
    """Stronger compression first, which loses nothing; then JPEG, from good to poor."""
    size = picture.size
    if image.format in ("png", "palette"):
        yield EncodedImage(_packed(picture, image.format, None, "small"), image.format, size)
    if image.format == "png":
        yield EncodedImage(_saved(picture, "PNG", compress_level=6), "png", size)
    if size.long_edge > LARGEST_EDGES["jpeg"]:
        return
    highest = image.quality if image.format == "jpeg" and image.quality is not None else 101
    for quality in _FALLBACK_QUALITIES:
        if quality < highest:
            yield EncodedImage(_packed(picture, "jpeg", quality), "jpeg", size, quality)


def _packed(
    picture: Screenshot, format_: Format, quality: int | None, effort: Effort = "fast"
) -> bytes:
    match format_:
        case "png":
            return png(picture.pixels, effort)
        case "palette":
            # The octree is the one of Pillow's methods that is fast; dither would fray the text.
            fewer = _pillow(picture).quantize(
                256, Pillow.Quantize.FASTOCTREE, dither=Pillow.Dither.NONE
            )
            return indexed_png(np.asarray(fewer), bytes(fewer.getpalette() or ()), effort)
        case "webp" if quality is None:
            # `quality` is the effort here: at 0 three times as fast, and a tenth larger.
            return _saved(picture, "WEBP", lossless=True, quality=0, method=0)
        case "webp":
            return _saved(picture, "WEBP", quality=quality, method=0)
        case "jpeg":
            # Subsampled colours, the default, blur coloured text.
            return _saved(picture, "JPEG", quality=quality, subsampling=0)


def _saved(picture: Screenshot, name: str, **options: object) -> bytes:
    packed = BytesIO()
    _pillow(picture).save(packed, name, **options)
    return packed.getvalue()


def _pillow(picture: Screenshot) -> Pillow.Image:
    size = (picture.size.width, picture.size.height)
    pixels = np.ascontiguousarray(picture.pixels)
    return Pillow.frombuffer("RGB", size, pixels, "raw", "BGRX", 0, 1)


@cache
def _base64() -> Callable[[bytes], str]:
    try:
        pybase64: Any = importlib.import_module("pybase64")  # vector instructions
    except ImportError:
        return lambda data: base64.b64encode(data).decode("ascii")
    text: Callable[[bytes], str] = pybase64.b64encode_as_string
    return text
