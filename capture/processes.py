"""Starting and ending the programs that a display consists of or that run on it.

Every program gets a session of its own, so that Ctrl-C in the terminal reaches us alone and we end
the rest in order, and is ended with its whole process group. Arguments are a list; no shell.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from typing import IO, Self

_KEPT_LINES = 20
_LONGEST_LINE = 2000

_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM")
    if hasattr(signal, name)
)


@contextlib.contextmanager
def uninterrupted() -> Generator[None]:
    """Hold back the process's own signal handlers until the end of the block.

    Between the start of a program and the moment when somebody is sure to end it, a Ctrl-C would
    leave it behind. Python runs handlers in the main thread alone; elsewhere nothing is held back.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []
    handlers = [(number, signal.getsignal(number)) for number in _SIGNALS]
    ours = [(number, handler) for number, handler in handlers if callable(handler)]
    try:
        for number, _ in ours:
            signal.signal(number, lambda number, _: caught.append(number))
        yield
    finally:
        for number, handler in ours:
            signal.signal(number, handler)
        for arrived in caught:
            signal.raise_signal(arrived)


class Program:
    """A running program whose last words are kept.

    Args:
        command: the program and its arguments.
        environment: all of its environment variables.
        pass_fds: file descriptors that it inherits.

    Raises:
        OSError: if it cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.command = tuple(command)
        self._process = subprocess.Popen(
            self.command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            pass_fds=tuple(pass_fds),
        )
        self._words: deque[str] = deque(maxlen=_KEPT_LINES)
        assert self._process.stderr is not None  # noqa: S101 - asked for above
        self._reader = threading.Thread(
            target=self._read, args=(self._process.stderr,), name="stderr", daemon=True
        )
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @classmethod
    def start(
        cls,
        stack: contextlib.ExitStack,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        pass_fds: Sequence[int] = (),
    ) -> Self:
        """Start a program that ends with `stack`, whatever signal arrives meanwhile.

        Raises:
            OSError: if it cannot be started.
        """
        with uninterrupted():
            program = cls(command, environment, pass_fds=pass_fds)
            stack.callback(program.end)
        return program

    def exit_status(self) -> int | None:
        """Its exit status, negative for a signal, or `None` while it runs."""
        return self._process.poll()

    def last_words(self, lines: int = 5) -> str:
        """The last lines that it wrote to stderr, once it has ended."""
        self._reader.join(timeout=1)
        return "\n".join(list(self._words)[-lines:])

    def end(self, grace_s: float = 2.0) -> None:
        """End it and its process group: a request first, after `grace_s` by force."""
        try:
            if self._process.poll() is None:
                self._signal(signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(grace_s)
        finally:
            # Also when a signal of ours ended the wait, and for children that outlived it: the
            # group keeps its number as long as one of them lives.
            self._signal(signal.SIGKILL)
            self._process.wait()
        self._reader.join(timeout=1)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            while line := stream.readline(_LONGEST_LINE):
                self._words.append(line.decode("utf-8", "replace").rstrip())
