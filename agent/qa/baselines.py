"""Stored pictures of how a screen should look, one for each platform and each size of display.

    baselines/
        login/
            linux-1280x800.png
            linux-1920x1080.png
            macos-1280x800.png

What is drawn differs among systems (fonts, controls) and sizes (layout), so each has a picture of
its own; they lie beside each other, named so that people find them. They are plain PNG files of the
display, or of the region that was asked for, in device pixels.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from trueclick.capture import Screenshot, read_image
from trueclick.capture.encoding.png import png
from trueclick.geometry import Size, UsageError

from ..whole_file import whole_file

_LOG = logging.getLogger("trueclick.qa")

PLATFORMS = {"linux": "linux", "darwin": "macos", "win32": "windows"}
"""What files are called after, by `sys.platform`."""

_NAME = re.compile(r"[^\W_][\w .+=@()-]{0,99}")
_MOST_BYTES = 200
"""Most file systems take 255, and a file beside it is written first."""

_VARIANT = re.compile(r"(?P<platform>[a-z0-9]+)-(?P<size>[0-9]+x[0-9]+)\.png")

_DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)),
}
"""Names that mean something else to Windows, with any ending."""

_NO_WORDS = {"", "0", "false", "no", "off"}


class Baselines:
    """A folder of baselines.

    Args:
        folder: where they lie; made when the first one is written.
        update: whether a baseline that differs from the screen is replaced by what the screen
            shows; one that still matches is left as it is.
        write_new: whether a missing one is written from the screen. By default, unless the
            environment variable `CI` is set: a test that writes what it compares with proves
            nothing where nobody looks at the picture. With `update` they are written anyway.
        platform: what the files are named after; this system's name by default.
        say: is told of each picture that is written, in a sentence; by default it is logged as a
            warning of `trueclick.qa`, which Python prints where nothing else is set up.

    Attributes:
        folder: where they lie.
        update: whether those that differ are replaced.
        write_new: whether missing ones are written.
        written: the files that were written, in order.
    """

    def __init__(
        self,
        folder: Path,
        *,
        update: bool = False,
        write_new: bool | None = None,
        platform: str | None = None,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self.folder = folder
        self.update = update
        in_ci = os.environ.get("CI", "").strip().lower() not in _NO_WORDS
        self.write_new = update or (not in_ci if write_new is None else write_new)
        self.written: list[Path] = []
        self._platform = platform or PLATFORMS.get(sys.platform, sys.platform)
        self._say = say or _LOG.warning

    def path(self, name: str, size: Size[Any]) -> Path:
        """Where the baseline of a name lies, for a display of a size on this platform.

        Raises:
            UsageError: if the name would not do as a folder's on every system.
        """
        return self.folder / _checked(name) / f"{self._platform}-{size}.png"

    def load(self, name: str, size: Size[Any]) -> Screenshot | None:
        """The picture of a name, or `None` if there is none for this platform and size.

        Raises:
            UsageError: if the name will not do, or the file is no picture.
        """
        path = self.path(name, size)
        return read_image(path) if path.is_symlink() or path.exists() else None

    def others(self, name: str) -> tuple[str, ...]:
        """For what there are pictures of this name, such as `"macos-1280x800"`.

        Raises:
            UsageError: if the name will not do.
        """
        folder = self.folder / _checked(name)
        try:
            files = sorted(folder.iterdir())
        except OSError:
            return ()
        return tuple(file.stem for file in files if _VARIANT.fullmatch(file.name))

    def near(self, name: str) -> tuple[str, ...]:
        """The names of the baselines that there are and that are written alike."""
        import difflib  # noqa: PLC0415 - for a message alone

        try:
            names = [each.name for each in self.folder.iterdir() if each.is_dir()]
        except OSError:
            return ()
        return tuple(difflib.get_close_matches(name, names))

    def write(self, name: str, size: Size[Any], picture: Screenshot) -> Path:
        """Store a picture, whole or not at all, and say so.

        Raises:
            UsageError: if the name will not do, or the file cannot be written.
        """
        path = self.path(name, size)
        verb = "updated" if path.exists() else "written"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path) as file:
                file.write(png(picture.pixels, "small"))
            if verb == "written" and sys.platform != "win32":
                path.chmod(0o644)  # a part of the project, for all who may read its tests
        except OSError as error:
            raise UsageError(
                f"the baseline {str(path)!r} cannot be written: {error.strerror or error}"
            ) from error
        self.written.append(path)
        self._say(f"baseline {verb}: {path} ({picture.size}): look at it before you keep it")
        return path


def _checked(name: str) -> str:
    """A name that is a folder's on every system, and of nothing outside of the folder."""
    plain = unicodedata.normalize("NFC", name)
    stem = plain.partition(".")[0].strip().casefold()
    fits = _NAME.fullmatch(plain) is not None and len(plain.encode()) <= _MOST_BYTES
    if not fits or plain[-1] in " ." or stem in _DEVICES:
        raise UsageError(
            f"a baseline cannot be called {name!r}: take 1 to 100 letters, digits, spaces and "
            "any of . _ - + = @ ( ), beginning with a letter or a digit"
        )
    return plain
