"""A process on a real terminal that asks for approval again and again."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import subprocess
import sys
import threading
from collections.abc import Generator
from typing import TextIO

_PATIENCE_S = 60.0

_ASKING = """
import fcntl, json, os, signal, sys, termios, time
from anthropic.tools import ToolError
from anthropic.tools.computer import BetaComputerConfirmContext
from anthropic.types.beta import BetaToolUseBlock
from trueclick.agent.approval import AskAtTerminal
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C reaches us
signal.signal(signal.SIGUSR1, lambda *_: None)  # interrupts what waits in the system
class Interrupted:
    # The terminal, at which Ctrl-C is pressed as soon as a question is seen.
    def __init__(self, terminal):
        self.terminal, self.last = terminal, ""

    def __getattr__(self, name):
        return getattr(self.terminal, name)

    def write(self, text):
        self.last = text
        return self.terminal.write(text)

    def flush(self):
        self.terminal.flush()
        if self.last.endswith("[y/N] "):
            raise KeyboardInterrupt

terminal = sys.stdout
results = os.fdopen(int(sys.argv[1]), "w")
asks = {}
for line in os.fdopen(int(sys.argv[2])):
    member, values, setting = json.loads(line)
    if setting.pop("raw", False):
        import tty
        tty.setraw(0)
    if setting.pop("late", False):
        time.sleep(0.3)
    if setting.pop("reads", False):
        sys.stdin.readline()
    sys.stdout = Interrupted(terminal) if setting.pop("interrupted", False) else terminal
    if setting.pop("new", False):
        asks.clear()
    ask = asks.setdefault(json.dumps(setting), AskAtTerminal(**setting))
    use = BetaToolUseBlock.construct(type="tool_use", id="t", name=member, input=values)
    context = BetaComputerConfirmContext.construct(tool_use=use, member=member, input=None)
    try:
        result = ask(context)
    except ToolError as error:
        result = error.content
    except BaseException as error:
        result = type(error).__name__
    print(json.dumps(result), file=results, flush=True)
"""


class Asker:
    """The process, and the person at its terminal.

    Attributes:
        shown: all that the terminal has shown.
    """

    def __init__(self, process: subprocess.Popen[bytes], ours: int, told: int, asked: int) -> None:
        self.process = process
        self.shown = b""
        self._ours = ours
        self._woken, self._wakes = os.pipe()
        self._results: TextIO = os.fdopen(told)
        self._questions: TextIO = os.fdopen(asked, "w")
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def ask(self, member: str = "type", values: object = None, **setting: object) -> int:
        """Have a call asked for; where in `shown` its question begins."""
        sent = {"text": "ls"} if values is None else values
        begun = len(self.shown)
        print(json.dumps([member, sent, setting]), file=self._questions, flush=True)
        return begun

    def until(self, words: bytes, begun: int) -> None:
        """Wait until the terminal shows words."""
        with self._changed:
            assert self._changed.wait_for(lambda: words in self.shown[begun:], _PATIENCE_S), (
                self.shown
            )

    def type(self, typed: bytes) -> None:
        """Type at the terminal."""
        while typed:
            assert select.select([], [self._ours], [], _PATIENCE_S)[1], self.shown[-200:]
            typed = typed[os.write(self._ours, typed) :]

    def result(self) -> object:
        """What came of a question: `True`, or what the model is told."""
        return json.loads(self.told())

    def told(self) -> str:
        """What came of a question as a line of JSON, or nothing if the process has ended."""
        assert select.select([self._results], [], [], _PATIENCE_S)[0], self.shown[-200:]
        return self._results.readline()

    def answer(
        self, typed: bytes, member: str = "type", values: object = None, **setting: object
    ) -> object:
        """What comes of a question that is answered in this way."""
        begun = self.ask(member, values, **setting)
        self.until(b"[y/N] ", begun)
        self.type(typed)
        return self.result()

    def _read(self) -> None:
        while True:
            if self._woken in select.select([self._ours, self._woken], [], [])[0]:
                return
            try:
                chunk = os.read(self._ours, 65536)
            except OSError:
                return
            with self._changed:
                self.shown += chunk
                self._changed.notify_all()

    def hang_up(self) -> None:
        """Close the terminal."""
        # It stays open for as long as somebody reads from it.
        os.write(self._wakes, b"x")
        self._reader.join()
        for number in (self._ours, self._woken, self._wakes):
            os.close(number)
        self._ours = -1

    def close(self) -> None:
        """End the process."""
        if self._ours >= 0:
            self.hang_up()
        self.process.kill()
        self.process.wait()
        with contextlib.suppress(BrokenPipeError):
            self._questions.close()
        self._results.close()


@contextlib.contextmanager
def asker() -> Generator[Asker]:
    """A process that asks."""
    ours, theirs = pty.openpty()
    told, tells = os.pipe()
    reads, asked = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", _ASKING, str(tells), str(reads)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        pass_fds=[tells, reads],
        start_new_session=True,
    )
    for number in (theirs, tells, reads):
        os.close(number)
    opened = Asker(process, ours, told, asked)
    try:
        yield opened
    finally:
        opened.close()
