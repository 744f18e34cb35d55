"""A folder of pictures in the place of a display: for replay, and for tests without a screen."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import Literal, Self, TypeAlias

from trueclick.geometry import Box, Image, Point, Screen, Size, UsageError

from .display import Display
from .errors import CaptureError, DisplayChanged
from .image_file import read_image
from .screenshot import Screenshot

AtEnd: TypeAlias = Literal["stay", "repeat", "stop"]
"""After the last picture: it again and again, the first one again, or a `CaptureError`."""

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp"})
"""What a picture is told by among other files."""

_ORIGIN = Point[Screen](0, 0)


class FolderSource:
    """A folder of pictures, used as a `Source` is; safe to share between threads.

    Each `grab`, whether of all or of a part, gives the next picture in the order that people count
    in: `shot2.png` before `shot10.png`. The names are listed once; a file is read when its turn
    comes. Files with other endings, hidden ones and folders are passed over.

    Args:
        folder: where the pictures are.
        origin: where the display's top left pixel lies in pointer coordinates.
        at_end: what comes after the last picture.

    Attributes:
        display: a display of the first picture's size, in pixels.
        image_size: the first picture's size.

    Raises:
        UsageError: if there is no such folder, no picture in it, or the first cannot be read.
    """

    def __init__(
        self,
        folder: str | PathLike[str],
        *,
        origin: Point[Screen] = _ORIGIN,
        at_end: AtEnd = "stay",
    ) -> None:
        if at_end not in ("stay", "repeat", "stop"):
            raise UsageError(f'at_end is "stay", "repeat" or "stop", not {at_end!r}')
        self._name = repr(str(folder))  # a name may hold line ends and bytes that are no text
        self._files = pictures_in(Path(folder))
        self._at_end = at_end
        self._lock = threading.Lock()
        self._next = 0
        self._closed = False
        first = read_image(self._files[0])
        self._read: tuple[int, Screenshot] | None = 0, first
        self.image_size: Size[Image] = first.size
        self.display = Display("", 0, _placed(self.image_size, origin), primary=True, output=None)
        self._now = self.display.box

    def grab(self, region: Box[Image] | None = None) -> Screenshot:
        """The next picture, or a part of it; the pixels are read-only.

        Raises:
            CaptureError: after the last picture, if the source stops there.
            DisplayChanged: if the picture has another size than the first one; from then on always.
            UsageError: if the region is not inside the picture (which then remains the next one),
                the file cannot be read, or the source was closed.
        """
        if region is not None and not self.image_size.box.contains(region):
            raise UsageError(f"the region {region} is not inside the {self.image_size} display")
        with self._lock:
            self._require_open()
            shot = self._picture(self._index())
            self._now = _placed(shot.size, Point(self.display.box.x0, self.display.box.y0))
            self._compare()
            self._next += 1
        if region is None:
            return shot
        return Screenshot(shot.pixels[region.y0 : region.y1, region.x0 : region.x1])

    def touched(self) -> Sequence[Box[Image]] | None:
        """`None`: nobody tells where a picture differs from the one before."""
        return None

    def check(self) -> None:
        """Return if the last picture had the size of the first one.

        Raises:
            DisplayChanged: if it had not.
            UsageError: if the source was closed.
        """
        with self._lock:
            self._require_open()
            self._compare()

    def close(self) -> None:
        """Let go of the picture; a second call does nothing."""
        with self._lock:
            self._closed = True
            self._read = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _require_open(self) -> None:
        if self._closed:
            raise UsageError(f"the folder {self._name} was closed: open it anew")

    def _compare(self) -> None:
        if self._now != self.display.box:
            raise DisplayChanged(self._name, self.display.box, self._now)

    def _index(self) -> int:
        """Which file is the next one."""
        count = len(self._files)
        if self._next < count or self._at_end == "repeat":
            return self._next % count
        if self._at_end == "stop":
            raise CaptureError(
                f"the folder {self._name} has no picture after its {count}: "
                'add the missing ones, or let at_end be "stay" or "repeat"'
            )
        return count - 1

    def _picture(self, index: int) -> Screenshot:
        """The picture in a file, which is not read again while it stays the same one."""
        if self._read is None or self._read[0] != index:
            self._read = index, read_image(self._files[index])
        return self._read[1]


def pictures_in(folder: Path) -> tuple[Path, ...]:
    """The files in a folder that are pictures by their names, in the order people count in.

    Raises:
        UsageError: if there is no such folder, it cannot be read, or no picture is in it.
    """
    name = repr(str(folder))
    try:
        found = pictures_among(folder.iterdir())
    except FileNotFoundError as error:
        raise UsageError(f"there is no folder {name}: check the path") from error
    except NotADirectoryError as error:
        raise UsageError(
            f"{name} is not a folder: name the one that the pictures are in"
        ) from error
    except OSError as error:
        raise UsageError(f"the folder {name} cannot be read: {error.strerror}") from error
    except ValueError as error:  # a null byte, or a character that no file name can hold
        raise UsageError(f"{name} is not the name of a folder") from error
    if not found:
        endings = ", ".join(sorted(SUFFIXES))
        raise UsageError(f"the folder {name} holds no picture: none of its files ends in {endings}")
    return found


def pictures_among(files: Iterable[Path]) -> tuple[Path, ...]:
    """Those of files that are pictures by their names and not hidden, folder after folder.

    In the order that people count in: letters without regard to case, runs of digits by their
    number.

    Raises:
        OSError: if it cannot be found out what one of them is.
    """
    found = [
        file
        for file in files
        if file.suffix.lower() in SUFFIXES and not file.name.startswith(".") and file.is_file()
    ]
    return tuple(sorted(found, key=_place))


def _place(file: Path) -> tuple[object, ...]:
    folders = [(_counted(part), part) for part in file.parent.parts]
    return folders, _counted(file.stem), file.name


def _counted(name: str) -> list[tuple[str, int]]:
    parts = re.findall(r"([^0-9]*)([0-9]*)", name.casefold())
    return [(letters, int(digits or -1)) for letters, digits in parts]


def _placed(size: Size[Image], origin: Point[Screen]) -> Box[Screen]:
    return Box[Screen].from_xywh(origin.x, origin.y, size.width, size.height)
