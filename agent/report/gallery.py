"""The pictures of a report: read from the trace one by one, made small for the filmstrip."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from PIL import Image as Pillow

from trueclick.capture import Screenshot, encode
from trueclick.capture.image_file import read_image
from trueclick.geometry import UsageError

from ..trace import Look, Trace, TraceError
from .facts import Thumbnail

T = TypeVar("T")

THUMBNAIL_PX = 176
"""Of the longer edge of a small picture at most: twice its width in the filmstrip, for fine
screens."""

_THUMBNAIL_QUALITY = 55
_SMALLER_QUALITY = 80
"""Of WebP: small text is still read, at a third of the bytes."""

_WORKERS = 2
"""libvips and zlib work without Python's lock."""


class Gallery:
    """The pictures of a trace that a report shows.

    None stays in memory but the small ones.

    Args:
        trace: where they are.
        images: the name of each, and where it is first seen.
        smaller: whether to pack them anew as WebP, which loses what is hardly seen.
    """

    def __init__(self, trace: Trace, images: Mapping[str, Look], *, smaller: bool = False) -> None:
        self._trace = trace
        self._images = images
        self._smaller = smaller
        self._thumbnails = dict(zip(images, _each(self._thumbnail, images), strict=True))

    def thumbnail(self, name: str) -> Thumbnail:
        """What is known of a picture."""
        return self._thumbnails[name]

    def files(self) -> Iterator[tuple[str, str, bytes]]:
        """The name, the media type and the content of each picture that can be read."""
        for name, content in zip(self._images, _each(self._content, self._images), strict=True):
            if content is not None:
                media_type = "image/webp" if self._smaller else self._images[name].media_type
                yield name, media_type, content

    def _thumbnail(self, name: str) -> Thumbnail:
        try:
            data = self._trace.image(name)
        except TraceError:
            return Thumbnail(flaw="its file in the trace is missing or damaged")
        try:
            screenshot = read_image(data)
        except UsageError:
            return Thumbnail(flaw="its file in the trace holds no picture")
        told = self._images[name].size
        if (screenshot.size.width, screenshot.size.height) != (told.width, told.height):
            # No mark would lie where it should; nor is a page to decode a vast one.
            return Thumbnail(
                flaw=f"its file in the trace holds one of {screenshot.size}, not {told}"
            )
        return Thumbnail(_small(screenshot))

    def _content(self, name: str) -> bytes | None:
        if self._thumbnails[name].flaw is not None:
            return None
        try:
            data = self._trace.image(name)
        except TraceError:
            return None  # gone since the small one was made
        if not self._smaller:
            return data
        return encode(read_image(data), format="webp", quality=_SMALLER_QUALITY).data


def _each(work: Callable[[str], T], names: Iterable[str]) -> Iterator[T]:
    """The results for all names in order, some worked on ahead."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        pending: list[Future[T]] = []
        for name in names:
            pending.append(pool.submit(work, name))
            if len(pending) > 2 * _WORKERS:
                yield pending.pop(0).result()
        for each in pending:
            yield each.result()


def _small(screenshot: Screenshot) -> bytes:
    """A screenshot as a small WebP."""
    width, height = screenshot.size.width, screenshot.size.height
    share = min(THUMBNAIL_PX / screenshot.size.long_edge, 1)
    size = max(1, round(width * share)), max(1, round(height * share))
    picture = Pillow.frombuffer("RGBX", (width, height), screenshot.pixels, "raw", "RGBX", 0, 1)
    # Averaged first to twice the size: a fifth of the time, and at this size nobody sees it.
    small = picture.resize(size, Pillow.Resampling.LANCZOS, reducing_gap=2.0)
    return encode(Screenshot(np.asarray(small)), format="webp", quality=_THUMBNAIL_QUALITY).data
