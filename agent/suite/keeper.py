"""A program that makes attempts, one after the other, each in a process of its own.

    python -m trueclick.agent.suite.keeper TMP

It reads orders from its standard input, each a line and a second one with the values of the
task's secrets, and for each writes a line on how it ended. The
process of an attempt is forked off: what takes seconds to import has been imported by then. It can
crash, hang, leak, and be killed: the keeper tells how it ended, and ends all that it leaves behind.
For that it adopts the orphans among its descendants (`PR_SET_CHILD_SUBREAPER`): no process can
leave it, whatever session it joins and however it clears its environment.

Nothing here may start a thread before it forks, for the other threads' locks would stay locked in
the child: numpy's library of linear algebra is told to do without (`keepers` sets its variable).

The end of the standard input ends the keeper, and the attempt with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from typing import NoReturn

from trueclick.capture.virtual import guardian

from . import proc
from .account import spent
from .places import Order, order_from_json
from .preloaded import preload
from .results import Attempt, attempt_from_json, attempt_json

READY = b"ready\n"
"""What is written once everything is imported."""

IDLE_S = 120.0
"""Without an order for so long the keeper ends: whoever started it may have forgotten it."""

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_POLL_S = 0.05
_MEMORY_S = 0.25
"""Between two looks at the memory; the kernel's own limit cannot be had without a cgroup."""

_GRACE_S = 3.0
"""Between the request to end and the end by force."""

_GUARDIANS_S = 8.0
"""For the guardians of what an attempt started: they remove what it cannot remove any more."""

_MB = 1_000_000

_FIRST_TO_GO = b"500"
"""Of the kernel's score for whom it kills for want of memory: an attempt before its keeper."""


def main(tmp: Path) -> int:
    """Make attempts until the standard input ends."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the end of the standard input says it
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    preload()
    told = os.dup(1)
    os.dup2(2, 1)  # whatever prints cannot break a line of ours
    os.write(told, READY)
    unread = b""
    while True:
        if not select.select([0], [], [], IDLE_S)[0]:
            return 0
        part = os.read(0, 1 << 16)
        if not part:
            return 0
        *lines, unread = (unread + part).split(b"\n")
        if len(lines) < 2:
            unread = b"\n".join([*lines, unread])
            continue
        order, values = order_from_json(lines[0]), json.loads(lines[1])
        attempt = _made(replace(order, tmp=tmp / "attempt"), values, told)
        with contextlib.suppress(BrokenPipeError):
            _write(told, attempt_json(attempt) + b"\n")


def _made(order: Order, values: Mapping[str, str], told: int) -> Attempt:
    """How an attempt ended; nothing of it is left then. `told` is not for its process."""
    began = time.monotonic()
    where = socket.gethostname()
    try:
        order.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        order.artifacts.mkdir(mode=0o700, exist_ok=True)
        order.tmp.mkdir(mode=0o700, parents=True)
    except OSError as error:
        words = f"{error.filename} cannot be made: {error.strerror}"
        return Attempt("error", (words,), where=where)
    try:
        watch = _Watch(order, values, began, told)
        attempt = watch.ended()
        left = _clear()
    finally:
        rmtree(order.tmp, ignore_errors=True)
    if left:
        named = ", ".join(sorted(set(left)))
        note = f"{len(left)} of its processes were left and have been ended: {named}"
        attempt = replace(attempt, notes=(*attempt.notes, note))
    return replace(
        attempt,
        seconds=round(time.monotonic() - began, 3),
        peak_mb=round(watch.peak / _MB, 1),
        usd=max(attempt.usd, spent(order.folder)),  # of one that was ended, it is all that tells
        where=where,
    )


class _Watch:
    """Starts the process of an attempt and watches it until it has ended."""

    def __init__(self, order: Order, values: Mapping[str, str], began: float, told: int) -> None:
        self.peak = 0
        self._order = order
        self._deadline = began + order.task.timeout_s
        self._limit = order.task.memory_mb * _MB
        self._kills = proc.kills_for_memory()
        self._answer, theirs = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(told)  # or whoever reads it would wait for the child, too
            os.close(self._answer)
            _child(order, values, theirs)
        os.close(theirs)

    def ended(self) -> Attempt:
        """How it ended, once it has."""
        told, why = b"", None
        looked = 0.0
        status: int | None = None
        open_ = [self._answer]
        while status is None:
            ready = select.select([*open_, 0], [], [], _POLL_S)[0]
            if self._answer in ready:
                part = os.read(self._answer, 1 << 16)
                told += part
                open_ = open_ if part else []
            if 0 in ready:  # nothing but its end comes in the middle of an attempt
                why = "stopped"
            now = time.monotonic()
            if why is None and now >= looked + _MEMORY_S:
                looked = now
                why = "out of memory" if self._too_much() else None
            if why is None and now > self._deadline:
                why = "timeout"
            status = self._end() if why is not None else self._status(os.WNOHANG)
        while open_ and (part := self._rest()):
            told += part
        os.close(self._answer)
        return self._attempt(told, why, status)

    def _attempt(self, told: bytes, why: str | None, status: int) -> Attempt:
        task = self._order.task
        match why:
            case "stopped":
                return Attempt("stopped")
            case "timeout":
                return Attempt("timeout", (f"it took longer than {task.timeout_s:g} s",))
            case "out of memory":
                words = f"its processes took {self.peak / _MB:,.0f} MB, more than the"
                return Attempt("out of memory", (f"{words} {task.memory_mb:,} MB of its limit",))
            case _:
                pass
        try:
            return attempt_from_json(told)
        except ValueError:
            pass
        if status == -signal.SIGKILL and proc.kills_for_memory() > self._kills:
            return Attempt("out of memory", ("the kernel has killed it for want of memory",))
        if status < 0:
            name = _name_of(-status)
            return Attempt("error", (f"its process crashed: it was ended by {name}",))
        return Attempt("error", (f"its process ended with status {status} in the middle",))

    def _too_much(self) -> bool:
        """Whether all its processes together have more memory than they may."""
        every = [self._pid, *proc.descendants(self._pid), *self._adopted()]
        used = proc.resident(every)
        if used > min(self._limit, self.peak):  # what is shared counted once: dearer to ask
            used = proc.proportional(every)
        self.peak = max(self.peak, used)
        return used > self._limit

    def _adopted(self) -> list[int]:
        """What it started and let go."""
        own = {self._pid, *proc.descendants(self._pid)}
        return [pid for pid in proc.descendants(os.getpid()) if pid not in own]

    def _end(self) -> int:
        """Ask it to end, force it after a while, and give its status."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGTERM)
        until = time.monotonic() + _GRACE_S
        while time.monotonic() < until:
            status = self._status(os.WNOHANG)
            if status is not None:
                return status
            time.sleep(_POLL_S)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        status = self._status(0)
        return 0 if status is None else status

    def _status(self, options: int) -> int | None:
        pid, status = os.waitpid(self._pid, options)
        return None if pid == 0 else os.waitstatus_to_exitcode(status)

    def _rest(self) -> bytes:
        """What is still in the pipe, of which a process that it left may have the other end."""
        ready = select.select([self._answer], [], [], 0)[0]
        return os.read(self._answer, 1 << 16) if ready else b""


def _clear() -> list[str]:
    """End all that is left, and name it; guardians end by themselves once they are done."""
    named: dict[int, str] = {}
    patience = time.monotonic() + _GUARDIANS_S
    while True:
        # Before the dead are buried: one that dies in between would stay otherwise.
        left = proc.descendants(os.getpid())
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        if not left:
            return list(named.values())
        for pid in left:
            words = proc.command_line(pid)
            if guardian.__file__ in words and time.monotonic() < patience:
                continue
            if words and guardian.__file__ not in words:
                named[pid] = Path(words[0]).name
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def _child(order: Order, values: Mapping[str, str], answer: int) -> NoReturn:
    """Make the attempt, tell how it ended, and end without a word of anybody else's."""
    status = 1
    try:
        os.setsid()
        _calm()
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        output = os.open(order.folder / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for target, source in ((0, nothing), (1, output), (2, output)):
            os.dup2(source, target)
        os.environ["TMPDIR"] = str(order.tmp)
        tempfile.tempdir = None  # which Python remembers
        from .attempt import made  # noqa: PLC0415 - imported by now

        _write(answer, attempt_json(made(order, values)))
        status = 0
    except SystemExit:
        pass  # as it was asked to
    except BaseException:  # noqa: BLE001 - nothing above this belongs to the child
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _calm() -> None:
    """No file of the process's memory if it crashes; and it is killed before its keeper."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_bytes(_FIRST_TO_GO)


def _write(fd: int, content: bytes) -> None:
    while content:
        content = content[os.write(fd, content) :]


def _name_of(number: int) -> str:
    try:
        return f"{signal.Signals(number).name} (signal {number})"
    except ValueError:
        return f"the signal {number}"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
