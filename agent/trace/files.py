"""The files of a trace, opened so that nothing in its folder leads elsewhere or makes us wait."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from .errors import TraceError

if sys.platform != "win32":
    import fcntl

NO_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""A link may lead anywhere, and a pipe keeps whoever opens it waiting."""

_BINARY = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def opened_file(path: Path, flags: int, most_bytes: int) -> int:
    """A plain file that is there, opened.

    Raises:
        OSError: if it cannot be opened, or is a link, a pipe or another thing, or too large.
    """
    descriptor = os.open(path, flags | NO_LINKS | _BINARY)
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise OSError(None, "it is no plain file")
        if about.st_size > most_bytes:
            raise OSError(None, f"it has more than {most_bytes} bytes")
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def new_file(path: Path, flags: int = os.O_WRONLY) -> int:
    """A new file for this user alone, opened.

    Raises:
        OSError: if it cannot be made, or is there.
    """
    return os.open(path, flags | os.O_CREAT | os.O_EXCL | NO_LINKS | _BINARY, 0o600)


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte.

    Raises:
        OSError: if there is no room; some may have been written.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def sync(path: Path, flags: int) -> None:
    """Let a file or a folder reach the disk.

    Raises:
        OSError: if it does not.
    """
    descriptor = os.open(path, flags | NO_LINKS | _BINARY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Let the names in a folder reach the disk, where the system can be asked for that.

    Raises:
        OSError: if they do not.
    """
    if hasattr(os, "O_DIRECTORY"):
        sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def lock_lines(file: int, path: Path) -> None:
    """Keep others from writing a trace for as long as its file of lines is open.

    Raises:
        TraceError: if somebody else writes it, or has put another file into its place meanwhile.
    """
    if sys.platform == "win32":
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise TraceError(f"another run is writing the trace in {path.parent}") from error
    if not is_in_place(file, path):
        raise TraceError(f"the trace in {path.parent} has changed since it was read: read it again")


def is_in_place(file: int, path: Path) -> bool:
    """Whether an open file is what stands under a name."""
    try:
        return os.path.samestat(os.fstat(file), path.lstat())
    except FileNotFoundError:
        return False
