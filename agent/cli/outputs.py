"""What `trueclick run` tells: the progress for people, one object a line for programs, or the end.

Each output is told the events of a run as they happen and, however the run ends, its result.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from typing import Protocol

from rich.console import Console

from ..budget import Budget
from ..conversation.instructions import Instructions
from ..escape import printable
from ..events import Ended, Event, RunResult
from . import endings
from .event_json import as_json
from .keyboard import Keyboard, forget_typed_ahead, in_foreground
from .lines import JsonLines
from .progress import Progress
from .tally import Tally


class Output(Protocol):
    """Where a run is told; open while it goes on."""

    @property
    def on_question(self) -> Callable[[str], str | None] | None:
        """Asks a person what the model asks, if there is one."""
        ...

    def __call__(self, event: Event) -> None:
        """Tell an event."""
        ...

    def warned(self, text: str) -> None:
        """Tell what has happened beside the run, in lines that are escaped already."""
        ...

    def asking(self) -> AbstractContextManager[None]:
        """Inside of the block somebody else has the terminal, for a question."""
        ...

    def ended(self, result: RunResult) -> None:
        """Tell the result, after the last event."""
        ...


class JsonOutput:
    """Every event as a JSON object, one a line; the last one is `ended`, however the run ends."""

    on_question = None

    def __init__(self) -> None:
        self._lines = JsonLines()
        self._told = False

    def __call__(self, event: Event) -> None:
        """Write an event."""
        if isinstance(event, Ended):
            self._told = True
        self._lines(as_json(event))

    def warned(self, text: str) -> None:
        """Tell it on standard error."""
        print(f"trueclick: {text}", file=sys.stderr)

    def asking(self) -> AbstractContextManager[None]:
        """Nothing is in the way of a question."""
        return contextlib.nullcontext()

    def ended(self, result: RunResult) -> None:
        """Write the end, if the run has not told of it itself."""
        if self._told:
            self._lines.finish()
        else:
            self(Ended(result))


class QuietOutput:
    """The model's last words, or how the run ended if it was not well."""

    on_question = None

    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    def __call__(self, event: Event) -> None:
        """Say nothing."""

    def warned(self, text: str) -> None:
        """Tell it on standard error."""
        print(f"trueclick: {text}", file=sys.stderr)

    def asking(self) -> AbstractContextManager[None]:
        """Nothing is in the way of a question."""
        return contextlib.nullcontext()

    def ended(self, result: RunResult) -> None:
        """Print the last words."""
        if result.status == "done":
            print("\n".join(map(printable, result.text.splitlines())), flush=True)
        elif result.status != "stopped":  # whoever stopped it is told by the command itself
            status = result.status.replace("_", " ")
            remedy = endings.remedy(result, self._budget)
            more = "" if remedy is None else f"; {remedy}"
            print(f"trueclick: {status}: {printable(result.text)}{more}", file=sys.stderr)


class ProgressOutput:
    """The progress of a run for a person, who may say something while it goes on."""

    def __init__(self, progress: Progress, instructions: Instructions, keyboard: Keyboard | None):
        self._progress = progress
        self._instructions = instructions
        self._keyboard = keyboard
        self._console = progress.console

    @property
    def on_question(self) -> Callable[[str], str | None] | None:
        """Asks on the terminal, if there is one."""
        return self._ask if person_at_hand() else None

    def __call__(self, event: Event) -> None:
        """Show an event."""
        self._progress(event)

    def warned(self, text: str) -> None:
        """Show it among the rest."""
        self._progress.warned(text)

    @contextlib.contextmanager
    def asking(self) -> Generator[None]:
        """Inside of the block there is no status line, and nothing is read from the terminal."""
        lent = contextlib.nullcontext() if self._keyboard is None else self._keyboard.lent()
        with self._progress.paused(), lent:
            yield

    def ended(self, result: RunResult) -> None:
        """Show the summary."""
        for text in self._instructions.taken():
            self._progress.unread(text)
        self._progress.summary(result)

    def _ask(self, question: str) -> str | None:
        """What a person answers; an empty answer is none."""
        if not in_foreground(sys.stdin.fileno()):
            return None  # asked in the background, the shell would halt the run without a word
        with self.asking():
            forget_typed_ahead(sys.stdin.fileno())
            self._progress.question(question)
            answer = ""
            try:
                answer = sys.stdin.readline()
            except (OSError, UnicodeDecodeError):
                return None
            finally:
                if not answer.endswith("\n"):  # the prompt has no end of its line yet
                    with contextlib.suppress(OSError):  # nor a terminal any more
                        self._console.print()
            return answer.strip() or None


@contextlib.contextmanager
def progress_output(
    console: Console, tally: Tally, instructions: Instructions, budget: Budget
) -> Generator[ProgressOutput]:
    """A run's progress; inside of the block with a status line, if this is a terminal."""
    live = console.is_terminal and not console.is_dumb_terminal
    progress = Progress(console, tally, live=live, budget=budget)

    def said(line: str) -> None:
        if line.strip():
            instructions.add(line)
            progress.noted(line)

    with contextlib.ExitStack() as stack:
        keyboard = None
        if person_at_hand():
            echo = progress.typing if live else None
            keyboard = stack.enter_context(Keyboard(sys.stdin.fileno(), said, echo))
            progress.hint("to say something to the model, type it and press Enter")
        stack.enter_context(progress)
        yield ProgressOutput(progress, instructions, keyboard)


def person_at_hand() -> bool:
    """Whether somebody can read a question here and answer it."""
    streams = (sys.stdin, sys.stdout)
    try:
        return all(stream is not None and stream.isatty() for stream in streams)  # pyright: ignore[reportUnnecessaryComparison] - a closed one is None
    except ValueError:  # closed later on
        return False
