"""Putting other pictures into a trace, whole or not at all.

The new pictures are written first, then a new file of lines, which takes the place of the old one
in one step, then what nobody names any more is removed. Whatever ends this in between, the folder
holds the old trace or the new one, and at worst a picture too many.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from trueclick.capture import EncodedImage
from trueclick.geometry import Box, Model, UsageError

from ..whole_file import whole_file
from .errors import TraceError
from .files import is_in_place, lock_lines, opened_file, sync_folder
from .images import ImageFolder
from .layout import IMAGES, LINES, MAX_LINES_BYTES, SUFFIXES
from .lines import line_of
from .reading import Trace


@dataclass(frozen=True, slots=True)
class NewPicture:
    """What takes the place of a picture.

    Attributes:
        picture: of the same size.
        hidden: what else is painted over in it, and in all that follow.
    """

    picture: EncodedImage
    hidden: tuple[Box[Model], ...] = ()


def rewrite(trace: Trace, pictures: Mapping[int, NewPicture]) -> None:
    """Put pictures in the place of those that events of a trace hold.

    The conversation is left as it was sent: the pictures in its messages stay.

    Args:
        trace: as it was read.
        pictures: by the indices of the events.

    Raises:
        UsageError: if an event holds no picture, or the folder cannot be written.
        TraceError: if another run is writing the trace, or has since it was read, or the disk is
            full; the trace is as it was then.
    """
    with _locked(trace) as file:
        lines = _lines(file, trace)
        with _new_images(trace, file) as images:
            names = {
                index: images.store(new.picture.data, SUFFIXES[new.picture.media_type])
                for index, new in pictures.items()
            }
            images.sync()
            before: set[str] = set()
            for index, new in pictures.items():
                # The first line is the header.
                lines[index + 1], old = _with_picture(lines[index + 1], names[index], new)
                before.add(old)
            content = b"".join(lines)
            with whole_file(trace.folder / LINES) as new_lines:
                new_lines.write(content)
            sync_folder(trace.folder)
        for name in before - set(names.values()):
            if f'"{name}"'.encode() not in content:
                with contextlib.suppress(OSError):
                    (trace.folder / IMAGES / name).unlink()


@contextlib.contextmanager
def _new_images(trace: Trace, lines: int) -> Generator[ImageFolder]:
    """Where new pictures are stored: if the old lines stay in their place, there are none.

    Args:
        trace: whose pictures.
        lines: the file of the old lines.
    """
    folder = trace.folder / IMAGES
    images = ImageFolder(trace.folder)
    there: set[Path] | None = None
    try:
        images.make()
        there = set(folder.iterdir())
        yield images
    except BaseException as error:
        if not is_in_place(lines, trace.folder / LINES):
            # All is done, and whatever came then must not take the pictures that are named now.
            if isinstance(error, OSError):
                return
            raise
        for new in () if there is None else set(folder.iterdir()) - there:
            with contextlib.suppress(OSError):
                new.unlink()
        if isinstance(error, OSError):
            raise TraceError(
                f"the trace in {trace.folder} cannot be written: {error.strerror}; it is as it was"
            ) from error
        raise


def _with_picture(line: bytes, name: str, new: NewPicture) -> tuple[bytes, str]:
    """A line with another picture, and the name of the one that it had."""
    fields = cast("dict[str, Any]", json.loads(line))
    holder = fields if fields.get("event") == "glimpsed" else fields.get("outcome")
    picture = holder.get("picture") if isinstance(holder, dict) else None  # pyright: ignore[reportUnknownVariableType,reportUnknownMemberType]
    if not isinstance(holder, dict) or not isinstance(picture, dict):
        raise UsageError("an event of the trace holds no picture to be replaced")
    old = str(picture["image"])  # pyright: ignore[reportUnknownArgumentType]
    encoded = new.picture
    holder["picture"] = {
        **picture,
        "image": name,
        "format": encoded.format,
        "quality": encoded.quality,
        "reduced": encoded.reduced,
    }
    seen = holder.get("seen")  # pyright: ignore[reportUnknownMemberType,reportUnknownVariableType]
    if isinstance(seen, dict) and new.hidden:
        told = cast("list[Sequence[int]]", seen["hidden"])
        boxes = ([box.x0, box.y0, box.x1, box.y1] for box in new.hidden)
        seen["hidden"] = [*told, *(box for box in boxes if box not in told)]
    return line_of(fields), old


@contextlib.contextmanager
def _locked(trace: Trace) -> Generator[int]:
    """The file of lines, kept from everybody else who would write it."""
    try:
        file = opened_file(trace.folder / LINES, os.O_RDWR, MAX_LINES_BYTES)
    except OSError as error:
        raise UsageError(
            f"the trace in {trace.folder} cannot be written: {error.strerror}"
        ) from error
    try:
        lock_lines(file, trace.folder / LINES)
        yield file
    finally:
        os.close(file)


def _lines(file: int, trace: Trace) -> list[bytes]:
    """The lines that were written to their end."""
    if os.fstat(file).st_size != trace.file_bytes:
        raise TraceError(f"the trace in {trace.folder} has changed since it was read")
    with os.fdopen(os.dup(file), "rb") as opened:
        lines = opened.read(trace.whole_bytes).splitlines(keepends=True)
    if len(lines) != len(trace.events) + 1:
        raise TraceError(f"the trace in {trace.folder} has changed since it was read")
    return lines
