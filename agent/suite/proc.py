"""What Linux tells of processes in `/proc`: who descends from whom, and what memory they take."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

_PROC = Path("/proc")
_KIB = 1024
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096

_PSS = re.compile(rb"^Pss:\s+(\d+) kB$", re.MULTILINE)


def descendants(pid: int) -> list[int]:
    """The children of a process, their children and so on, the ended ones left out."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdecimal() and (found := _parent(entry)) is not None:
            children.setdefault(found, []).append(int(entry.name))
    waiting, every = [pid], list[int]()
    while waiting:
        below = children.get(waiting.pop(), [])
        every += below
        waiting += below
    return every


def resident(pids: Iterable[int]) -> int:
    """The bytes of memory that processes have, what they share counted for each: cheap to ask."""
    return sum(map(_resident, pids))


def proportional(pids: Iterable[int]) -> int:
    """The bytes of memory that processes have, what they share divided among those that share it.

    That is the kernel's "proportional set size": what would be free if all of them were gone is
    never less than what is told here of memory that they share with nobody else. Asking takes a
    walk over all of a process's pages, some milliseconds for a browser's.
    """
    return sum(map(_proportional, pids))


def command_line(pid: int) -> list[str]:
    """The words that a process was started with; none if it has ended."""
    try:
        text = (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return []
    return [os.fsdecode(word) for word in text.rstrip(b"\0").split(b"\0")]


def kills_for_memory() -> int:
    """How many processes the kernel has killed for want of memory since it was started."""
    try:
        text = (_PROC / "vmstat").read_bytes()
    except OSError:
        return 0
    found = re.search(rb"^oom_kill (\d+)$", text, re.MULTILINE)
    return 0 if found is None else int(found[1])


def _parent(entry: Path) -> int | None:
    # "pid (name) state ppid ...": the name may hold spaces and parentheses.
    try:
        state, parent = (entry / "stat").read_bytes().rpartition(b")")[2].split()[:2]
    except (OSError, ValueError):
        return None
    return None if state in {b"Z", b"X"} else int(parent)


def _resident(pid: int) -> int:
    try:
        return int((_PROC / str(pid) / "statm").read_bytes().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _proportional(pid: int) -> int:
    try:
        found = _PSS.search((_PROC / str(pid) / "smaps_rollup").read_bytes())
    except OSError:  # another user's, as of a program that changes its user
        return _resident(pid)
    return 0 if found is None else int(found[1]) * _KIB
