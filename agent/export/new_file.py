"""A file that is there whole, or as it was before: for what is made for people to keep."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import sys
from collections.abc import Generator
from pathlib import Path

from trueclick.geometry import UsageError


@contextlib.contextmanager
def new_file(path: Path) -> Generator[Path]:
    """Inside of the block an empty file to write; at its end it takes the place of `path`.

    It lies beside `path`, ends like it, and is gone if the block is left by an error. It is for
    this user alone, as a trace is: it holds what was on the screen. What is there already is
    replaced if it is a plain file, and keeps its permissions; a link is not followed.

    Raises:
        UsageError: if `path` is something else, or cannot be written.
    """
    try:
        mode = _mode(path)
        part = path.with_name(f".{path.stem[:40]}-{secrets.token_hex(4)}{path.suffix}")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            if sys.platform != "win32":
                os.fchmod(descriptor, mode)
        finally:
            os.close(descriptor)
    except UsageError:
        raise
    except ValueError as error:  # no name, or one with a NUL in it
        raise UsageError(f"{str(path)!r} is not the name of a file") from error
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _mode(path: Path) -> int:
    """The permissions of what is to be replaced, or of a new file."""
    try:
        about = path.lstat()
    except FileNotFoundError:
        return 0o600
    if not stat.S_ISREG(about.st_mode):
        raise UsageError(f"{str(path)!r} is there and is no plain file: name another one")
    return stat.S_IMODE(about.st_mode) | stat.S_IWUSR


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{str(path)!r} cannot be written: {error.strerror or error}")
