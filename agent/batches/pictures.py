"""The pictures that are to be judged: read twice, once to know them and once to send them.

Thousands of pictures are not kept in memory. What is kept of each is what tells it from others; it
is read again when its turn comes, and refused if it is another one by then.
"""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trueclick.capture import Screenshot, encode, read_image
from trueclick.capture.image_file import image_size
from trueclick.geometry import (
    Box,
    Image,
    ModelSpec,
    Picture,
    Size,
    UsageError,
    fit,
    visual_tokens,
)
from trueclick.geometry.requests import MANY_IMAGES, MANY_IMAGES_MAX_EDGE

from ..vision.images import Prepared, prepare, remote_name, remote_source
from ..vision.sources import Source
from .question import digest_of
from .untouched import plain_png

MOST_BYTES = 256 * 1024 * 1024
"""Of a file that is looked into at all."""

_MOST_UNTOUCHED = 7_000_000
"""Bytes of a request that are sent as they are; an image may have 10 MB in base64."""


@dataclass(frozen=True, slots=True)
class Known:
    """A picture that can be sent.

    Attributes:
        source: where it is, and how people call it.
        digest: what tells it from others; of what the API fetches, its address.
        size: in pixels, if that is known.
    """

    source: Source
    digest: str
    size: Size[Any] | None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A name that leads to no picture.

    Attributes:
        source: how people call it.
        why: in a sentence.
    """

    source: Source
    why: str


def named(picture: Source | Path | str) -> Source:
    """A picture with a name to call it by."""
    if isinstance(picture, Source):
        return picture
    if isinstance(picture, str) and remote_source(picture) is not None:
        return Source(remote_name(picture), picture)
    return Source(str(picture), picture)


def known(source: Source) -> Known | Unreadable:
    """What there is to know of a picture before it is sent."""
    image = source.image
    try:
        if isinstance(image, Screenshot):
            data = encode(image).data
        elif isinstance(image, str) and (remote := remote_source(image)) is not None:
            digest = digest_of(repr(sorted(remote.items())).encode())
            return Known(source, digest, None)
        else:
            data = content(Path(image))
        return Known(source, digest_of(data), image_size(data, repr(source.name)))
    except UsageError as error:
        return Unreadable(source, str(error))


def prepared(picture: Known, spec: ModelSpec, among: int) -> Prepared | Unreadable:
    """A picture as it is sent.

    Args:
        picture: what is known of it.
        spec: the model that is to see it.
        among: how many pictures the request holds.
    """
    image, name = picture.source.image, picture.source.name
    try:
        if isinstance(image, Screenshot) or picture.size is None:
            return prepare(image, spec, among=among, name=name)
        data = content(Path(image))
        if digest_of(data) != picture.digest:
            why = f"{name!r} was changed while others were being sent"
            return Unreadable(picture.source, why)
        untouched = _untouched(data, name, picture.size, spec, among)
        return untouched or prepare(read_image(data), spec, among=among, name=name)
    except UsageError as error:
        return Unreadable(picture.source, str(error))


def _untouched(
    data: bytes, name: str, size: Size[Any], spec: ModelSpec, among: int
) -> Prepared | None:
    """A picture that is sent as it lies there, which takes no time, or `None` if it cannot be."""
    most = MANY_IMAGES_MAX_EDGE if among > MANY_IMAGES else None
    sent = fit(size, spec.limits, max_edge=most)
    # Ours has a byte a pixel at most, as a rule; a file that has more was packed badly.
    if sent != size or len(data) > min(size.width * size.height + 1000, _MOST_UNTOUCHED // among):
        return None
    plain = plain_png(data)
    if plain is None:
        return None
    encoded = base64.b64encode(plain).decode("ascii")
    source = {"type": "base64", "media_type": "image/png", "data": encoded}
    whole = Picture[Image].of(Box[Image](0, 0, size.width, size.height), sent)
    return Prepared(name, whole, source, visual_tokens(sent), strict=True)


def beside(
    sources: Iterable[Source | Path | str], spec: ModelSpec, among: int
) -> tuple[tuple[Prepared, ...], tuple[str, ...]]:
    """Pictures that are shown with each other one, as they are sent, and what tells them apart.

    Raises:
        UsageError: if one of them cannot be read or sent.
    """
    found: list[Prepared] = []
    digests: list[str] = []
    for source in sources:
        picture = known(named(source))
        ready = prepared(picture, spec, among) if isinstance(picture, Known) else picture
        if isinstance(ready, Unreadable):
            raise UsageError(ready.why)
        found.append(ready)
        digests.append(picture.digest if isinstance(picture, Known) else "")
    return tuple(found), tuple(digests)


def tokens(pictures: Sequence[Known], spec: ModelSpec) -> int:
    """About how many tokens pictures are; what nobody knows the size of counts as a large one."""
    return sum(
        spec.limits.max_tokens
        if picture.size is None
        else visual_tokens(fit(picture.size, spec.limits))
        for picture in pictures
    )


def content(path: Path) -> bytes:
    """The bytes of a plain file.

    Raises:
        UsageError: if there is none, or it cannot be read or is too large.
    """

    def without_waiting(name: str, flags: int) -> int:
        return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))

    try:
        with open(path, "rb", opener=without_waiting) as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise UsageError(f"{str(path)!r} is no file")
            if about.st_size > MOST_BYTES:
                raise UsageError(f"{str(path)!r} has {about.st_size} bytes, more than {MOST_BYTES}")
            return file.read()
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{str(path)!r} is not the name of a file") from error
