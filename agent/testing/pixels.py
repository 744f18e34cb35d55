"""The images of requests: their data kept once, their sizes measured once.

A long conversation travels with every request. What is the same in two requests is the same
object here, so that a ledger of hundreds of them is no larger than the last one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
from dataclasses import dataclass
from weakref import WeakValueDictionary

from PIL import Image

from trueclick.geometry import Model, Size


@dataclass(frozen=True, slots=True)
class Measured:
    """What an image is.

    Attributes:
        size: in pixels.
        media_type: by its content, whatever was declared.
    """

    size: Size[Model]
    media_type: str


class Shown(str):  # noqa: SLOT000 - what has slots cannot be referred to weakly
    """What stands for an image in a request.

    Attributes:
        digest: tells it from any other.
        measured: what it decodes to, or `None` if that is no image.
    """

    digest: str
    measured: Measured | None


class Base64(Shown):
    """The base64 text of an image."""


class FileId(Shown):
    """The id of an uploaded file that holds an image, or something else."""


class Images:
    """Those of all requests so far."""

    def __init__(self) -> None:
        self._kept: WeakValueDictionary[str, Base64] = WeakValueDictionary()
        self._measured: dict[str, Measured | None] = {}

    def kept(self, data: str, largest: int) -> Base64:
        """The one copy of `data`; an image of more than `largest` letters is not decoded."""
        digest = hashlib.sha256(data.encode("utf-8", "surrogatepass")).hexdigest()
        found = self._kept.get(digest)
        if found is None:
            if digest not in self._measured:
                self._measured[digest] = _measured(data) if len(data) <= largest else None
            found = Base64(data)
            found.digest = digest
            found.measured = self._measured[digest]
            self._kept[digest] = found
        return found


def _measured(data: str) -> Measured | None:
    try:
        return measured(base64.b64decode(data, validate=True))
    except (binascii.Error, ValueError):
        return None


def measured(raw: bytes) -> Measured | None:
    """What the bytes of a file decode to, or `None` if that is no image."""
    try:
        with Image.open(io.BytesIO(raw)) as image:
            image.load()
            size: Size[Model] = Size(*image.size)
            return Measured(size, Image.MIME.get(image.format or "", "unknown"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
