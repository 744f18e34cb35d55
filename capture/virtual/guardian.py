"""Ends what a process leaves behind when it dies: a program of its own, started by `guard`.

    python -I -S guardian.py PARENT MARK

It waits until the process PARENT is gone, then ends every program that PARENT started, and removes
what those would have removed. On its standard input it is told what there is, in records that end
with a zero byte: `program 123`, `folder /tmp/...`, `display 99`.

Not `PR_SET_PDEATHSIG`, which kills when the *thread* ends that started a program, and reaches no
grandchild. Not the end of a pipe alone either, which a forked child of PARENT keeps open.

The standard library only, and little of it: `dataclasses` alone would double the 20 ms of processor
time that one takes to start, and there is one for each display.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time

_GRACE_S = 1.0
"""Between the request to end and the end by force."""

_AGAIN_S = 0.2
"""A program that was being started when its parent died shows itself within this time."""

_GIVE_UP_S = 10.0
"""What does not die of SIGKILL sits in the kernel."""

_POLL_S = 0.01
_LOOK_S = 0.25
"""How often to look at the parent where the kernel cannot tell of its death."""


class _Process:
    """A line of `/proc`: the numbers of its group and session, its start, whether it has ended."""

    __slots__ = ("ended", "group", "session", "started")

    def __init__(self, group: int, session: int, started: int, *, ended: bool) -> None:
        self.group = group
        self.session = session
        self.started = started
        self.ended = ended


class _Estate:
    """What there is to end and to remove.

    Attributes:
        programs: the leaders of sessions, with the moments when they were started.
        folders: their paths.
        displays: the numbers of X servers.
    """

    def __init__(self) -> None:
        self.programs: dict[int, int] = {}
        self.folders: list[str] = []
        self.displays: list[int] = []

    def note(self, record: bytes) -> None:
        kind, _, value = os.fsdecode(record).partition(" ")
        if kind == "program" and (found := _process(int(value))) is not None:
            self.programs[int(value)] = found.started
        elif kind == "folder":
            self.folders.append(value)
        elif kind == "display":
            self.displays.append(int(value))


def remaining(mark: str, programs: dict[int, int]) -> set[int]:
    """The processes that have `mark` in their environment or belong to one of the sessions.

    Both, because a program can leave its session, and can write over its environment. A session's
    number is not used again while it has members; whether a process that bears it is still the one
    that was meant, the moment of its start tells.
    """
    running = {pid: found for pid in _pids() if (found := _process(pid)) is not None}
    sessions = {
        pid
        for pid, started in programs.items()
        if pid not in running or running[pid].started == started
    }
    return {
        pid
        for pid, process in running.items()
        if not process.ended
        and pid != os.getpid()
        and (process.session in sessions or process.group in sessions or _marked(pid, mark))
    }


def end_all(mark: str, programs: dict[int, int], grace_s: float, again_s: float = 0.0) -> None:
    """End them all: a request first, after `grace_s` by force.

    Looks for new ones for `again_s` after the last.
    """
    start = time.monotonic()
    asked: set[int] = set()
    alone_since = start
    while (now := time.monotonic()) < start + _GIVE_UP_S:
        found = remaining(mark, programs)
        if not found and now >= alone_since + again_s:
            return
        if found:
            alone_since = now
        forced = now >= start + grace_s
        for pid in found if forced else found - asked:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL if forced else signal.SIGTERM)
        asked |= found
        time.sleep(_POLL_S)


def remove_socket(number: int) -> None:
    """Remove the socket of a display whose server is dead.

    Who holds the abstract socket of the same name has the number: while we hold it, no new server
    can take the number, and so its socket cannot be the one that is removed.
    """
    import socket  # noqa: PLC0415 - needed once, at the end

    path = f"/tmp/.X11-unix/X{number}"  # noqa: S108 - X11's own place
    with socket.socket(socket.AF_UNIX) as held, contextlib.suppress(OSError):
        held.bind(f"\0{path}")
        os.unlink(path)  # noqa: PTH108 - pathlib takes longer to import than this to run


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdecimal()]  # noqa: PTH208 - as above


def _process(pid: int) -> _Process | None:
    # "pid (name) state ppid pgrp session ...": the name may hold spaces and parentheses.
    try:
        fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
        return _Process(
            group=int(fields[2]),
            session=int(fields[3]),
            started=int(fields[19]),
            ended=fields[0] in {b"Z", b"X"},
        )
    except (OSError, IndexError):
        return None


def _marked(pid: int, mark: str) -> bool:
    try:
        return mark.encode() in _read(f"/proc/{pid}/environ").split(b"\0")
    except OSError:
        return False


def _read(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 - as above
        return file.read()


def _watch(parent: int) -> _Estate:
    """Take down what there is until the parent is dead."""
    estate = _Estate()
    input_fd, unread = sys.stdin.fileno(), b""
    os.set_blocking(input_fd, False)
    watched = [input_fd]
    patience: float | None = None
    try:
        watched.append(os.pidfd_open(parent))
    except (AttributeError, OSError):
        patience = _LOOK_S
    while True:
        # Asked before reading: what the parent wrote before it died is read, all of it.
        dead = os.getppid() != parent
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(input_fd, 65536):
                *records, unread = (unread + chunk).split(b"\0")
                for record in records:
                    estate.note(record)
            # Closed, as a process does that makes itself a daemon: no reason to end anything.
            watched = [fd for fd in watched if fd != input_fd]
        if dead:
            return estate
        select.select(watched, [], [], patience)


def _main(parent: int, mark: str) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    estate = _watch(parent)
    end_all(mark, estate.programs, _GRACE_S, _AGAIN_S)
    import shutil  # noqa: PLC0415 - needed once, at the end

    for folder in estate.folders:
        shutil.rmtree(folder, ignore_errors=True)
    for display in estate.displays:
        remove_socket(display)


if __name__ == "__main__":
    _main(int(sys.argv[1]), sys.argv[2])
