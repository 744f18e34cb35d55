"""A person at the terminal approves calls."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from anthropic.tools import ToolError
from anthropic.tools.computer import BetaComputerConfirmContext
from rich.console import Console
from rich.style import Style
from rich.text import Text

from trueclick.geometry import Refusal

from ..actions import HoldKeys, PressKeys, TypeText, Zoom
from ..events import Asked
from .answer import Answer, read_answer
from .call import LOOKING, Call
from .legible import legible, shortly
from .pictures import Pictures
from .typed_line import typed_line

if TYPE_CHECKING:
    from ..desktop import Desktop

NOBODY = "not approved: there is no terminal at which anybody could be asked"
NOT_APPROVED = "not approved: the user said no"

_GLANCE_LINES = 3
"""What is longer has its length and its beginning repeated where the answer is typed."""


class _ApproveAll:
    """Approves every call: for private displays, where only the application can be harmed.

    Attributes:
        asked_by: who gave the last answer: nobody was asked.
    """

    asked_by: None = None

    def __call__(self, context: BetaComputerConfirmContext) -> bool:
        """Approve a call."""
        del context
        return True


approve_all = _ApproveAll()
"""Approves every call: for private displays, where only the application can be harmed."""


def at_terminal(console: Console | None = None) -> bool:
    """Whether a person can read a question here and answer it.

    Args:
        console: where it would be asked; standard output by default.
    """
    shown = sys.stdout if console is None else console.file
    # Not what rich says of it, which the environment can make up.
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, shown))


class AskAtTerminal:
    """Asks a person before every call that acts; looking is free.

    Shows the member and its input with every invisible character escaped (see `legible`), so that
    what is read is what runs, and where it would land. Only `y`, `yes` and, for all further calls
    of the same kind, `a` and `all` approve. No terminal means no, what was typed before the
    question is no answer, and after `n` comes a reason for the model.

    A kind is the same member with the same keys held. Of `key` and `hold_key` it is the very same
    call: one key moves a cursor, another one starts a program. Of `type` there is none: the same
    text is a word in one window and a command in another, so each is asked for.

    Args:
        console: where to ask; standard output by default.
        desktop: where the calls land, to show that; it also knows whether the run is stopped.
        pictures: keeps pictures of the places.
        always: ask before looking as well, and never for a whole kind.
        timeout_s: after which nobody has answered; never by default.
        while_asking: entered while a person is asked.

    Attributes:
        asked_by: who gave the last answer: a `person`, or `None` if nobody was asked.
    """

    def __init__(
        self,
        console: Console | None = None,
        *,
        desktop: Desktop | None = None,
        pictures: Pictures | None = None,
        always: bool = False,
        timeout_s: float | None = None,
        while_asking: Callable[[], AbstractContextManager[object]] = contextlib.nullcontext,
    ) -> None:
        self._console = console or Console()
        self._desktop = desktop
        self._pictures = pictures
        self._always = always
        self._timeout_s = timeout_s
        self._while_asking = while_asking
        self.asked_by: Asked | None = None
        self._granted: set[str] = set()
        self._explained = False

    def __call__(self, context: BetaComputerConfirmContext) -> bool:
        """Whether the person approves a call.

        Raises:
            ToolError: if not, in words for the model.
        """
        self.asked_by = None
        if context.member in LOOKING and not self._always:
            return True
        try:
            call = Call.read(context, self._desktop)
        except Refusal as refusal:
            raise ToolError(str(refusal)) from refusal
        return self.asked(call)

    def asked(self, call: Call) -> bool:
        """Whether the person approves a call, whatever it is.

        Raises:
            ToolError: if not, in words for the model.
            StopRequested: if the run is stopped meanwhile.
        """
        self.asked_by = None
        kind = None if self._always else kind_of(call)
        if kind in self._granted:
            return True
        if not at_terminal(self._console):
            raise ToolError(NOBODY)
        self.asked_by = "person"
        with self._while_asking():
            self._show(call, kind)
            prompt = partial(self._prompt, f"Allow this {call.member}? [y/N] ")
            line = None
            try:
                line = typed_line(sys.stdin, prompt, self._check, timeout_s=self._timeout_s)
            finally:
                if line is None:  # the prompt has no end of its line yet
                    with contextlib.suppress(OSError):  # nor a terminal any more
                        self._print(Text(""))
        answer = read_answer(line)
        if answer.says == "no":
            raise ToolError(self._told(answer))
        if answer.says == "all":
            if kind is None:  # nobody was offered that
                raise ToolError(NOT_APPROVED)
            self._granted.add(kind)
        return True

    def _check(self) -> None:
        if self._desktop is not None:
            self._desktop.stop.check()

    def _show(self, call: Call, kind: str | None) -> None:
        """Print the question; all that comes from the model is escaped."""
        # A secret that was read off the screen and is typed in full is shown by its name as well.
        values = self._desktop.secrets.redacted(call.values) if self._desktop else call.values
        shown = legible(values, self._console.encoding)
        lines = [Text(f"Allow {call.member} {shown}")]
        place = _place(call)
        if place:
            lines.append(Text(f"  {place}"))
        lines += self._picture(call)
        if not self._explained:
            self._explained = True
            lines.append(Text("  y: yes; n: no; n REASON: no, and the model is told why"))
        if kind is not None:
            lines.append(Text(f"  a: yes, and to every {kind} until the run ends"))
        most = self._console.width * _GLANCE_LINES
        if short := shortly(values, shown, most, self._console.encoding):
            lines.append(Text(f"  above: {short}"))
        self._print(*lines)

    def _prompt(self, words: str) -> None:
        self._print(Text(words), end="")

    def _print(self, *lines: Text, end: str = "\n") -> None:
        """Print lines, and nothing of them again.

        A console whose own printing is interrupted keeps what it has shown already, and shows it
        before the next question: a prompt at which an answer would not count yet.
        """
        with self._console.capture() as captured:
            for line in lines:
                self._console.print(line, end=end, soft_wrap=True)
        self._console.file.write(captured.get())
        self._console.file.flush()

    def _picture(self, call: Call) -> list[Text]:
        if self._pictures is None:
            return []
        try:
            path = self._pictures.show(call)
        except OSError as error:  # a full disk is no reason not to ask
            return [Text(f"  no picture of it: {error.strerror}")]
        return [Text("  picture: ") + _linked(path)]

    def _told(self, answer: Answer) -> str:
        """A no in words for the model."""
        if not answer.reason:
            return NOT_APPROVED
        return self._redacted(f"{NOT_APPROVED}: {answer.reason}")

    def _redacted(self, text: str) -> str:
        return text if self._desktop is None else self._desktop.secrets.redacted(text)


def kind_of(call: Call) -> str | None:
    """What a yes to all further calls of the kind stands for, in words; `None` if none is safe."""
    match call.action:
        case TypeText():
            return None
        case PressKeys() | HoldKeys():
            return f"{call.member} {legible(call.values)}"
        case _:
            return f"{call.member} with {call.text} held" if call.text else call.member


def _place(call: Call) -> str:
    """Where a call would land, in words."""
    if call.places:
        what = "drags over the screen from" if len(call.places) > 1 else "lands on the screen at"
        return f"{what} {' to '.join(map(str, call.places))}"
    if isinstance(call.action, TypeText | PressKeys | HoldKeys):
        return "goes to whatever has the keyboard's focus"
    if isinstance(call.action, Zoom) and call.region is not None:
        return f"looks at {call.region}"
    return ""


def _linked(path: Path) -> Text:
    """A path that can be clicked where the terminal knows links."""
    return Text(str(path), style=Style(link=path.as_uri()))
