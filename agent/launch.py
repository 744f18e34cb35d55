"""The application under test: started on a display, waited for, ended with all of its children."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

from trueclick.capture import Clock, SystemClock, application_environment
from trueclick.capture.virtual.processes import Program
from trueclick.capture.x11.connection import Connection, connect
from trueclick.capture.x11.windows import visible_windows
from trueclick.geometry import UsageError

from .errors import ApplicationError

_WINDOW_S = 30.0
_HANDED_OVER_S = 5.0
"""A launcher may end with status 0 before the program that it started shows its window."""


class Application:
    """A program under test."""

    def __init__(self, program: Program) -> None:
        self._program = program

    @property
    def exit_status(self) -> int | None:
        """The status with which it ended, minus the signal's number after a crash, or `None`."""
        return self._program.exit_status()

    def last_words(self) -> str:
        """The last lines that it wrote to stderr, as they came; waits a second for more at most."""
        return self._program.last_words()


@contextlib.contextmanager
def application(
    command: Sequence[str],
    server: str,
    *,
    cwd: Path | str | None = None,
    env: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    clock: Clock | None = None,
) -> Generator[Application]:
    """Run a program on the X server `server`; inside of the block its window is there.

    Its environment variables are built from harmless names, never inherited as they are. At the
    end of the block it is ended with its whole process group.

    Args:
        command: the program and its arguments; no shell reads it. A name with a slash is looked
            for in `cwd`, as a shell would after `cd`.
        server: the display's name, such as `":99"`.
        cwd: the folder in which it starts, the process's own by default.
        env: environment variables beside the harmless ones, or in their place.
        environment: where its environment variables are taken from, the process's own by default.
        clock: for waiting.

    Raises:
        ApplicationError: if it cannot be started, ends, or shows no window within 30 seconds; the
            message has the last lines that it wrote to stderr.
        CaptureError: if the server does not answer.
        UsageError: if the command is empty, there is no such folder, or a variable is none.
    """
    if not command:
        raise UsageError("the application's command is empty")
    own = _variables(env)
    folder = None if cwd is None else _folder(cwd)
    inherited = os.environ if environment is None else environment
    clock = clock or SystemClock()
    name = command[0]
    found = _found(name, own.get("PATH", inherited.get("PATH")), folder)
    with contextlib.ExitStack() as stack:
        with connect(server) as connection:
            before = visible_windows(connection)
            try:
                program = Program.start(
                    stack,
                    [found, *command[1:]],
                    {**application_environment(server, inherited), **own},
                    cwd=folder,
                )
            except OSError as error:
                raise ApplicationError(f"{name} cannot be started: {error.strerror}") from error
            except ValueError as error:  # a zero byte, half of a character
                raise UsageError(f"the command {list(command)!r} cannot be started") from error
            _wait_for_window(program, connection, before, clock)
        yield Application(program)


def _variables(env: Mapping[str, str] | None) -> Mapping[str, str]:
    for name, value in (env or {}).items():
        if not name or "=" in name or "\0" in name + value:
            raise UsageError(f"{name!r} with {value!r} is no variable of an environment")
    return env or {}


def _folder(cwd: Path | str) -> Path:
    try:
        folder = Path(cwd).absolute()
        if folder.is_dir():
            return folder
    except ValueError:  # a zero byte
        pass
    raise UsageError(f"the application cannot start in {str(cwd)!r}: there is no such folder")


def _found(name: str, path: str | None, folder: Path | None) -> str:
    """The program of that name."""
    place = str(folder / name) if folder is not None and "/" in name else name
    try:
        found = shutil.which(place, path=path)
    except ValueError:  # a zero byte
        found = None
    if found is None:
        raise ApplicationError(f"{name}: no such program, or it is not executable")
    return found


def _wait_for_window(
    program: Program, connection: Connection, before: frozenset[int], clock: Clock
) -> None:
    name = program.command[0]
    deadline = clock.now() + _WINDOW_S
    handed_over = False
    while not visible_windows(connection) - before:
        status = program.exit_status()
        if status == 0 and not handed_over:
            handed_over = True
            deadline = clock.now() + _HANDED_OVER_S
        if status not in {None, 0}:
            raise ApplicationError(_ended(name, status, program.last_words()))
        if clock.now() > deadline:
            if handed_over:
                raise ApplicationError(_ended(name, status, program.last_words()))
            what = f"{name} showed no window within {_WINDOW_S:.0f} s"
            raise ApplicationError(what + _said(program.last_words()))
        clock.sleep(0.02)


def _ended(name: str, status: int | None, words: str) -> str:
    return f"{name} ended with status {status} before it showed a window{_said(words)}"


def _said(words: str) -> str:
    return f"; it wrote:\n{words}" if words else " and wrote nothing to stderr"
