"""Where the pictures, traces and reports of one test go, and what becomes of them.

Each test has a folder of its own, named for it. While the test runs the folder is locked: a session
beside this one that runs the same test takes the next name, and neither removes what the other
writes. The kernel lets go of the lock however the process ends.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import sys
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_PLAIN = re.compile(r"[\w./]+(?:::\w+)+", re.ASCII)
"""Names of tests that stay distinct when their separators become dashes."""

_LONGEST = 100
_MOST_SESSIONS = 100


def safe_name(nodeid: str) -> str:
    """A test's name as the name of one folder: readable, portable, and no other test's."""
    name = re.sub(r"[^\w.-]+", "-", nodeid.replace("::", "--"), flags=re.ASCII).strip("-.")
    if _PLAIN.fullmatch(nodeid) and name == _dashes(nodeid) and len(name) <= _LONGEST:
        return name
    told = hashlib.sha256(nodeid.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{name[:_LONGEST].rstrip('-.')}-{told}".lstrip("-")


def _dashes(nodeid: str) -> str:
    return nodeid.replace("::", "--").replace("/", "-")


class ArtifactFolder:
    """The folder of one test, for it alone until `finish`. Made by `claim`.

    Attributes:
        path: where it is; empty at first.
    """

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    @classmethod
    def claim(cls, base: Path, nodeid: str) -> ArtifactFolder:
        """Make the folder of a test in `base`, and empty it of what an earlier run left.

        Raises:
            OSError: if it cannot be made or emptied.
        """
        name = safe_name(nodeid)
        for number in range(1, _MOST_SESSIONS):
            path = base / (name if number == 1 else f"{name}~{number}")
            lock = _locked(path)
            if lock is None:
                continue
            try:
                _empty(path)
            except OSError:
                os.close(lock)
                raise
            return cls(path, lock)
        raise FileExistsError(f"{_MOST_SESSIONS} sessions run this test in {base}")

    def finish(self, *, keep: bool) -> None:
        """Let go of the folder, and remove it unless it is kept or cannot be removed.

        An empty one is not worth keeping.
        """
        try:
            if not keep:
                shutil.rmtree(self.path, ignore_errors=True)
            with contextlib.suppress(OSError):
                self.path.rmdir()
            with contextlib.suppress(OSError):  # others' folders are in it, most of the time
                self.path.parent.rmdir()
        finally:
            os.close(self._lock)


def _locked(path: Path) -> int | None:
    """The lock of a folder, which is made if need be, or `None` if somebody else has it.

    Raises:
        OSError: if it cannot be made.
    """
    while True:
        try:
            path.mkdir(parents=True, exist_ok=True)
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except FileNotFoundError:
            if path.is_symlink():
                raise
            continue  # another session has just removed the folder, or the one around it
        try:
            if sys.platform != "win32":
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.stat().st_ino == os.fstat(lock).st_ino:
                return lock
        except BlockingIOError:
            os.close(lock)
            return None
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)  # removed in between, and perhaps made anew


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
