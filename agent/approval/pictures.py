"""The place where a call would land, as a picture for whoever approves it."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from trueclick.capture import BoxMark, Mark, PointMark, Screenshot, draw, encode
from trueclick.geometry import Box, Image, Point, Size

from .call import Call

if TYPE_CHECKING:
    from ..desktop import Desktop

_SHARE = 3
"""Of the display's width and height a picture shows at least the third part round a place."""

_PREFIX = "trueclick-asking-"
_NEW_S = 60.0

_LEAST = Size[Image](640, 400)


class Pictures:
    """One picture at a time in a folder that nobody else may look into. See `pictures`."""

    def __init__(self, desktop: Desktop, folder: Path) -> None:
        self._desktop = desktop
        self._folder = folder
        self._last: Path | None = None
        self._count = 0

    def show(self, call: Call) -> Path:
        """The file with the picture of a call's place, marked; the one before is removed.

        Keys land wherever the focus is, so for them it is the whole display.

        Raises:
            CaptureError: if the display is gone.
            OSError: if it cannot be written.
        """
        if self._last is not None:
            self._last.unlink(missing_ok=True)
        self._count += 1
        path = self._folder / f"{self._count:04}-{call.member}.png"
        data = encode(marked(self._desktop.glance(), call)).data
        self._last = path
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        return path


@contextlib.contextmanager
def pictures(desktop: Desktop) -> Generator[Pictures]:
    """Inside of the block pictures are kept; at its end they and their folder are gone.

    Raises:
        OSError: if no folder can be made.
    """
    _sweep(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))  # for the user alone: 0700
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stack.enter_context(_held(folder))
        yield Pictures(desktop, folder)


@contextlib.contextmanager
def _held(folder: Path) -> Generator[bool]:
    """Inside of the block nobody else has a folder: whether that is so.

    A lock ends with its process, however that ends, and is seen by those in other containers.
    """
    if sys.platform == "win32":
        yield True
        return
    import fcntl  # noqa: PLC0415 - absent on Windows

    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _sweep(temporary: Path) -> None:
    """Remove what processes have left behind that were killed; faults are no concern of ours."""
    if sys.platform == "win32":
        return
    for folder in temporary.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            about = folder.lstat()
            # One that was made just now is not held yet.
            if about.st_uid != os.geteuid() or time.time() - about.st_mtime < _NEW_S:
                continue
            with _held(folder) as ours:
                if ours:
                    shutil.rmtree(folder, ignore_errors=True)


def marked(display: Screenshot, call: Call) -> Screenshot:
    """The part of a picture in which a call would land, with its places marked."""
    shown = display.size.box
    if call.pixels or call.region is not None:
        shown = _round(display.size, call)
    pixels = display.pixels[shown.y0 : shown.y1, shown.x0 : shown.x1]
    return draw(Screenshot(pixels), _marks(call, shown))


def _round(size: Size[Image], call: Call) -> Box[Image]:
    """What is shown: the places, and enough round them to recognise where they are."""
    target = call.region
    for x, y in ((pixel.x, pixel.y) for pixel in call.pixels):
        own = Box[Image](x, y, x + 1, y + 1)
        target = own if target is None else target.union(own)
    if target is None:
        return size.box
    width = max(_LEAST.width, size.width // _SHARE)
    height = max(_LEAST.height, size.height // _SHARE)
    wide = Box[Image](
        target.x0 - width // 2,
        target.y0 - height // 2,
        target.x1 + width // 2,
        target.y1 + height // 2,
    )
    return wide.intersection(size.box) or size.box


def _marks(call: Call, shown: Box[Image]) -> list[Mark]:
    """The marks, in pixels of the part that is shown."""
    labels = ["from", "to"] if len(call.pixels) > 1 else [call.member]
    marks: list[Mark] = [
        PointMark(point=Point[Image](pixel.x - shown.x0, pixel.y - shown.y0), label=label)
        for pixel, label in zip(call.pixels, labels, strict=False)
    ]
    if call.region is not None:
        marks.append(BoxMark(box=call.region.moved(-shown.x0, -shown.y0), label=call.member))
    return marks
