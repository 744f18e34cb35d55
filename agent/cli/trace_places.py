"""Where a run's trace is kept, and which traces a run may be resumed from."""

from __future__ import annotations

import os
import shlex
import stat
import sys
import tempfile
from pathlib import Path

from trueclick.geometry import UsageError

from ..trace.layout import LINES

_ROOM_BYTES = 1 << 20
"""Of a file that is written to try a disk: some pictures."""


def place_for(folder: Path, *, named: bool) -> Path:
    """A folder for a trace, with room for one.

    Args:
        folder: where it is to be.
        named: whether the user has named it.

    Raises:
        UsageError: if it holds a trace already, or cannot be written.
    """
    lines = folder / LINES
    if lines.is_symlink():
        raise UsageError(f"{lines} is a link, which is not followed: name another folder")
    if lines.exists():
        raise UsageError(
            f"{folder} holds a trace already: choose another folder, or go on with it: "
            f"--resume {shlex.quote(str(folder))}"
        )
    require_room(folder, other="another folder" if named else "a folder")
    return folder


def require_room(folder: Path, *, other: str = "another folder") -> None:
    """Refuse a place that takes nothing: a run would break off with its first picture.

    Raises:
        UsageError: if so, with what can be done.
    """
    try:
        make_folder(folder.parent)
        _try(folder if folder.is_dir() else folder.parent)
    except UsageError as error:
        raise UsageError(
            f"no trace can be kept: {error}; name {other} with --trace DIR, or keep none with "
            "--no-trace"
        ) from error


def _try(folder: Path) -> None:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_ROOM_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise UsageError(f"{folder} cannot be written to: {error.strerror}") from error


def require_own(folder: Path) -> None:
    """Refuse a trace that others may have written: it says what is started, and who approves.

    Raises:
        UsageError: if it belongs to somebody else, others may write to it, or it is a link.
    """
    if sys.platform == "win32":
        return
    for path in (folder / LINES, folder):
        try:
            about = path.stat(follow_symlinks=path == folder)
        except (OSError, ValueError):
            return  # whoever reads it says why it cannot be read
        if stat.S_ISLNK(about.st_mode):
            raise UsageError(f"{path} is a link, which is not followed: name the folder it is in")
        if about.st_uid != os.geteuid():
            raise UsageError(
                f"{path} belongs to another user, who may have written anything into it: if you "
                "trust it, resume a copy of your own (cp -R)"
            )
        if about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise UsageError(
                f"others may write to {path}: if nobody has, chmod -R go-w "
                f"{shlex.quote(str(folder))}"
            )


def make_folder(folder: Path) -> None:
    """Make a folder, with those that it is in.

    Raises:
        UsageError: if it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{str(folder)!r} is no name of a folder") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"{folder} cannot be written to: Permission denied")
