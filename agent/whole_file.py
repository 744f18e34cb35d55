"""A file that is there whole, or as it was before: whatever happens while it is written."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import sys
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO

from trueclick.geometry import UsageError

from .trace.layout import IMAGES, LINES


@contextlib.contextmanager
def whole_file(path: Path) -> Generator[BinaryIO]:
    """Inside of the block an empty file to write; at its end it takes the place of `path`.

    It lies beside `path` under another name that ends alike, `Path(file.name)`, and has reached the
    disk before it is moved. If the block is left by an error, it is gone. It is for this user
    alone: what is made of a run holds what was on the screen. What is replaced leaves its
    permissions to it.

    Raises:
        OSError: if it cannot be written.
    """
    part = path.with_name(f".{path.stem[:40]}-{secrets.token_hex(4)}{path.suffix}")
    try:
        with open(part, "xb", opener=_for_us_alone) as file:
            if sys.platform != "win32":
                os.fchmod(file.fileno(), _mode(path))
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


@contextlib.contextmanager
def users_file(path: Path) -> Generator[BinaryIO]:
    """A `whole_file` where a user has said; a link there is not followed, whoever made it.

    Raises:
        UsageError: if it is a link, a folder, a pipe, a device or a trace's own, or cannot be
            written.
    """
    require_place(path)
    try:
        with whole_file(path) as file:
            yield file
    except OSError as error:
        raise _unwritable(path, error) from error


def require_place(path: Path) -> None:
    """Refuse where `users_file` could not write, before the work for it is begun.

    Raises:
        UsageError: as it does; that there is no room shows only when it is written.
    """
    require_no_trace(path)
    try:
        there = None
        with contextlib.suppress(FileNotFoundError):
            there = path.lstat()
        if not stat.S_ISDIR(path.parent.stat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except ValueError as error:
        raise UsageError(f"{str(path)!r} is not the name of a file") from error
    except OSError as error:
        raise _unwritable(path, error) from error
    if there is not None and not stat.S_ISREG(there.st_mode):
        raise UsageError(f"{str(path)!r} is there and is no plain file: name another one")
    if not path.name:
        raise UsageError(f"{str(path)!r} is not the name of a file")


def require_no_trace(path: Path) -> None:
    """Refuse to write over what a trace consists of.

    Raises:
        UsageError: if the file is, or would be, one of a trace's own.
    """
    folder = path.parent.parent if path.parent.name == IMAGES else path.parent
    if path.name == LINES or (folder != path.parent and (folder / LINES).exists()):
        raise UsageError(f"{str(path)!r} is a trace's own file: name another one")


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{str(path)!r} cannot be written: {error.strerror or error}")


def _for_us_alone(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _mode(path: Path) -> int:
    """The permissions of what is to be replaced, or of a new file."""
    try:
        return stat.S_IMODE(path.lstat().st_mode) | stat.S_IWUSR
    except FileNotFoundError:
        return 0o600
