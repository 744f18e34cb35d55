"""The list of this user's runs: a file for each, locked for as long as the run goes on.

The name of the file is the run's process id and some letters; there is nothing in it. The lock
tells whether the run goes on: the kernel lets go of it however the process ends. Forked children
would have it too and keep a dead run on the list, so each closes its copy at once. Whoever looks
asks for a share of the lock, which any number may have: they do not take each other for a run.
Asking a run to stop is one change of the file's mode, which needs no room on the disk.

The folder is one that this user alone can write, and nothing in it is followed or believed that is
no plain file of the user's.

Windows has no such locks: there the list is empty.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
import sys
import threading
import weakref
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from trueclick.capture import CaptureError
from trueclick.capture.signals import uninterrupted

from .switch import StopSwitch

if sys.platform != "win32":
    import fcntl

ASKED = "asked for by `trueclick stop`"

_NAME = re.compile(r"([0-9]{1,10})-[0-9a-f]{16}")
_GOING_ON = 0o600
_STOP = 0o700
"""The file's mode: it can be changed on a full disk, unlike what is in the file."""


class UnlistedError(CaptureError):
    """A run cannot be put on the list, so that `trueclick stop` would not find it."""


@contextlib.contextmanager
def listed(
    stop: StopSwitch, *, needed: bool = True, environment: Mapping[str, str] | None = None
) -> Generator[None]:
    """Inside of the block `trueclick stop` finds the run, and trips its switch.

    One run may be listed several times, under the same process id.

    Args:
        stop: the run's switch.
        needed: whether the run must not go on otherwise.
        environment: where the folder is read from, the process's own by default.

    Raises:
        UnlistedError: if it is needed, and there is no folder for it that this user alone can
            write, or no room in it.
    """
    if sys.platform == "win32":
        yield
        return
    problems: list[str] = []
    for folder in folders(os.environ if environment is None else environment):
        with contextlib.ExitStack() as stack:
            try:
                with uninterrupted():
                    entry = _Entry.make(folder)
                    stack.callback(entry.close)
            except OSError as error:
                problems.append(f"{folder} cannot be used: {error.strerror}")
                continue
            stack.enter_context(stop.asking(entry.asked))
            yield
            return
    if not needed:
        yield
        return
    raise UnlistedError(
        f"`trueclick stop` would not find this run: {'; '.join(problems)}; set XDG_RUNTIME_DIR to "
        "a folder that you alone can write"
    )


@dataclass(frozen=True, slots=True)
class Run:
    """A run that goes on, or did so when it was looked for.

    Attributes:
        pid: its process.
    """

    pid: int
    _lock: int = field(repr=False)

    def ask(self) -> None:
        """Ask it to stop; it looks about ten times a second."""
        with contextlib.suppress(OSError):
            os.fchmod(self._lock, _STOP)

    def ended(self) -> bool:
        """Whether it has released everything and is over."""
        return _shared(self._lock)


@contextlib.contextmanager
def runs(environment: Mapping[str, str] | None = None) -> Generator[tuple[Run, ...]]:
    """This user's runs that go on, by process id; what a dead process left behind is removed.

    Args:
        environment: where the folders are read from, the process's own by default.
    """
    with contextlib.ExitStack() as stack:
        found: list[Run] = []
        for folder in folders(os.environ if environment is None else environment):
            with contextlib.suppress(OSError), _opened(folder) as directory:
                found += _going_on(directory, stack)
        yield tuple(sorted(found, key=lambda run: run.pid))


def folders(environment: Mapping[str, str]) -> Iterator[Path]:
    """Where runs may be listed, the best place first.

    A run that was started by `cron` knows nothing of `XDG_RUNTIME_DIR`, whoever stops it may: so
    what the variable mostly says is tried as well, and all places are looked into. Where
    `TRUECLICK_RUNS` names a folder, that is the only one: for a list apart from the user's others.
    """
    if sys.platform == "win32":
        return
    apart = environment.get("TRUECLICK_RUNS")
    if apart:
        yield Path(apart).absolute()
        return
    user = os.geteuid()
    given = environment.get("XDG_RUNTIME_DIR", "")
    parents = dict.fromkeys(filter(None, [given, f"/run/user/{user}"]))
    for parent in parents:
        if parent.startswith("/") and "\0" not in parent and Path(parent).is_dir():
            yield Path(parent, "trueclick")
    yield Path(f"/tmp/trueclick-{user}")  # noqa: S108 - the same for all of the user's processes


@contextlib.contextmanager
def _opened(folder: Path) -> Generator[int]:
    """A folder that this user alone can write.

    Raises:
        OSError: if it is another's, a link, or cannot be opened.
    """
    directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        about = os.fstat(directory)
        if about.st_uid != os.geteuid() or about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise PermissionError(None, "another user can write there")
        yield directory
    finally:
        os.close(directory)


class _Entry:
    """One run's file."""

    def __init__(self, folder: Path, name: str, lock: int) -> None:
        self._folder = folder
        self._name = name
        self._lock: int | None = lock
        self._use = threading.RLock()
        _entries.add(self)

    @classmethod
    def make(cls, folder: Path) -> Self:
        """A new file, locked.

        Raises:
            OSError: if there is no room for it, or the folder is not this user's alone.
        """
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        with _opened(folder) as directory, _changing:
            while True:
                name = f"{os.getpid()}-{secrets.token_hex(8)}"
                flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
                lock = os.open(name, flags, _GOING_ON, dir_fd=directory)
                try:
                    os.fchmod(lock, _GOING_ON)  # whatever the umask takes away
                    # Not locked for a moment: whoever tidied up just then has removed it.
                    if _locked(lock) and os.fstat(lock).st_nlink == 1:
                        return cls(folder, name, lock)
                except BaseException:
                    os.close(lock)
                    raise
                os.close(lock)

    def asked(self) -> str | None:
        """The source of the switch. A forked child is not asked: it is not the run."""
        with self._use:  # closed, the number may mean another file already
            if self._lock is None:
                return None
            return ASKED if os.fstat(self._lock).st_mode & stat.S_IXUSR else None

    def close(self) -> None:
        """Take the run from the list."""
        with uninterrupted(), _changing, self._use:
            lock, self._lock = self._lock, None
            if lock is None:
                return
            with contextlib.suppress(OSError), _opened(self._folder) as directory:
                os.unlink(self._name, dir_fd=directory)
            _unlocked(lock)
            os.close(lock)

    def forked(self) -> None:
        """In a forked child: leave the entry to the parent."""
        lock, self._lock = self._lock, None
        self._use = threading.RLock()  # a thread that is not here may have held the other
        if lock is not None:
            with contextlib.suppress(OSError):
                os.close(lock)


_entries = weakref.WeakSet[_Entry]()
"""Those of this process: a fork is told to the whole process, and to nobody in particular."""

_changing = threading.RLock()
"""Held while a file is open that is no entry yet, or no more: no process is forked meanwhile."""


def _after_fork() -> None:
    for entry in tuple(_entries):
        entry.forked()
    _changing.release()


if sys.platform != "win32":
    os.register_at_fork(
        before=_changing.acquire, after_in_parent=_changing.release, after_in_child=_after_fork
    )


def _going_on(directory: int, stack: contextlib.ExitStack) -> Iterator[Run]:
    for name in os.listdir(directory):
        match = _NAME.fullmatch(name)
        if match is None:
            continue
        try:
            # A pipe that somebody put there would keep us waiting.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            lock = os.open(name, flags, dir_fd=directory)
        except OSError:
            continue
        stack.callback(os.close, lock)
        about = os.fstat(lock)
        plain = stat.S_ISREG(about.st_mode) and about.st_nlink == 1
        if not plain or about.st_uid != os.geteuid():
            continue
        if _shared(lock):  # the process is dead
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=directory)
        else:
            yield Run(int(match[1]), lock)


def _locked(lock: int) -> bool:
    """Whether the lock is ours alone now."""
    return sys.platform != "win32" and _granted(lock, fcntl.LOCK_EX)


def _shared(lock: int) -> bool:
    """Whether nobody has the lock for himself alone; we have a share in it then."""
    return sys.platform != "win32" and _granted(lock, fcntl.LOCK_SH)


def _granted(lock: int, kind: int) -> bool:
    if sys.platform == "win32":
        return False
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _unlocked(lock: int) -> None:
    """Let go of a lock also for a child that is only just forked and has not closed it yet."""
    if sys.platform != "win32":
        fcntl.flock(lock, fcntl.LOCK_UN)
