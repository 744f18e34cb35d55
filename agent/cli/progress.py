"""What people read in the terminal while a model works."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from typing import Self

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from .. import wording
from ..budget import Budget
from ..escape import printable
from ..events import (
    Acted,
    Answered,
    Calling,
    Ended,
    Event,
    Instructed,
    Retried,
    RunResult,
    Said,
    Shortened,
    Started,
    Thought,
)
from . import endings
from .tally import Tally

_BESIDE = 28
"""Columns of a step beside the action: its number, where it landed, how long it took."""

_NARROWEST, _WIDEST = 20, 72
"""Columns for the action."""

_INDENT = "     "
_STYLES = {"done": "bold green", "stopped": "bold yellow", "needs_user": "bold yellow"}
_SHORTENED = {
    "pruned": "left out of the conversation",
    "cleared": "cleared by the API",
    "compacted": "replaced by a summary, with all that came before",
}

_WITHOUT_PICTURES = {
    "pruned": "earlier thinking left out of the conversation: this model cannot read it",
    "cleared": "old results cleared by the API",
    "compacted": "all that came before replaced by a summary",
}


class Progress:
    """Prints a run as it happens; on a terminal with a status line at the end.

    A context manager: the status line is there inside of the block. All that comes from the model
    or the screen is escaped.

    Args:
        console: where to.
        tally: has counted each event before it is shown.
        budget: what the run may use.
        live: whether there is a status line.

    Attributes:
        console: where to.
    """

    def __init__(
        self, console: Console, tally: Tally, *, live: bool, budget: Budget | None = None
    ) -> None:
        self.console = console
        self._budget = budget or Budget()
        self._tally = tally
        self._steps = 0
        self._last_words = ""
        self._doing = "starting"
        self._typed = ""
        self._hint = ""
        self._spinner = Spinner("dots", style="cyan")
        self._has_status = live
        self._live: Live | None = None

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The status line, and below it what is being typed."""
        tally = self._tally
        parts = [
            self._doing,
            wording.duration(tally.seconds),
            f"{tally.usage.total:,} tokens",
            wording.dollars(tally.usd),
        ]
        line = wording.shortened(" · ".join(parts), options.max_width - 3)
        self._spinner.update(text=Text(line, style="dim"))
        yield self._spinner
        if self._typed:
            room = max(options.max_width - 6, 1)
            shown = wording.end_of(printable(self._typed), room)
            yield Text(f"  > {shown}", no_wrap=True, overflow="ellipsis")
        elif self._hint:
            hint = wording.shortened(self._hint, options.max_width - 4)
            yield Text(f"  > {hint}", style="dim italic", no_wrap=True)

    def __call__(self, event: Event) -> None:  # noqa: C901 - a case for each kind of event
        """Show one event."""
        match event:
            case Started():
                self._started(event)
            case Answered():
                self._answered(event)
            case Said():
                self._last_words = event.text
                for line in event.text.splitlines():
                    self._tell(printable(line), "cyan")
            case Thought():
                for line in event.text.splitlines():
                    self._tell(printable(line), "dim italic")
            case Calling():
                self._doing = wording.shortened(
                    wording.described(event.member, event.values), _NARROWEST * 2
                )
            case Acted():
                self._step(event)
                self._doing = "waiting for the model"
            case Retried():
                wait = wording.duration(event.wait_s)
                reason = printable(event.reason)
                self._tell(f"attempt {event.attempt} failed: {reason}; again in {wait}", "yellow")
                self._doing = "waiting to ask again"
            case Shortened():
                if event.images:
                    images = wording.counted(event.images, "screenshot")
                    self._tell(f"{images} {_SHORTENED[event.how]}", "dim")
                else:
                    self._tell(_WITHOUT_PICTURES[event.how], "dim")
            case Instructed():
                answer = "" if event.question is None else " (the answer)"
                for line in event.text.splitlines():
                    self._tell(f"you{answer}: {printable(line)}", "bold")
            case Ended():
                self._doing = "ending"
            case _:
                pass  # the rest is shown by the other events, or by whoever asked or noticed it

    def typing(self, text: str) -> None:
        """Show what somebody is typing."""
        self._typed = text
        live = self._live  # taken away meanwhile by whoever asks a question
        if live is not None:
            live.refresh()

    def hint(self, text: str) -> None:
        """Say below the status line what may be typed there."""
        self._hint = text

    def noted(self, text: str) -> None:
        """Confirm what somebody has said to the model."""
        self._typed = ""
        self._tell(f"noted, to be read with the next request: {printable(text)}", "dim")

    def unread(self, text: str) -> None:
        """Say that the run was over before the model could read what somebody had said."""
        self._tell(f"not read, the run was over: {printable(text)}", "yellow")

    def warned(self, text: str) -> None:
        """Show what has happened beside the run, in lines that are escaped already."""
        for line in text.splitlines():
            self._tell(line, "yellow")

    def question(self, text: str) -> None:
        """Put the model's question to whoever sits here; the answer is read by the caller."""
        for line in text.splitlines():
            self._tell(printable(line), "bold cyan")
        self.console.print(Text("answer (none: the run ends) > ", style="bold"), end="")

    @contextlib.contextmanager
    def paused(self) -> Generator[None]:
        """Inside of the block the terminal is left alone: somebody is asked something there."""
        running = self._live is not None
        self._stop()
        yield
        if running:  # after an error the run is over, and the terminal may be gone
            self._start()

    def summary(self, result: RunResult) -> None:
        """Show how the run ended, and what it used."""
        text = Text(result.status.replace("_", " "), style=_STYLES.get(result.status, "bold red"))
        if result.text != self._last_words and result.text:
            text.append(f": {printable(result.text)}", style="default")
        self._print(text)
        turns = wording.counted(result.turns, "turn")
        actions = wording.counted(result.actions, "action")
        self._plain(f"{turns}, {actions} in {wording.duration(result.seconds)}")
        self._plain(f"{wording.tokens(result.usage)}; {wording.dollars(result.usd)}")
        remedy = endings.remedy(result, self._budget)
        if remedy is not None:
            self._plain(f"for more: {remedy}")
        further = endings.further(result, self._budget)
        if further is not None:
            self._whole(further)

    def _start(self) -> None:
        if not self._has_status:
            return
        # A new one each time: one that is started again begins by wiping the lines above it.
        self._live = Live(
            console=self.console,
            get_renderable=lambda: self,
            transient=True,
            refresh_per_second=8,
        )
        self._live.start()
        self.console.show_cursor(True)  # should we be killed, nobody else would show it

    def _stop(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            live.stop()

    def _started(self, event: Started) -> None:
        self._doing = "waiting for the model"
        model = wording.model(event)
        again = "goes on, now on" if event.resumed else "starts on"
        self._plain(
            printable(
                f"{model} {again} the display {event.display} of {event.screen.size}, "
                f"seen at {event.screenshot}"
            )
        )
        if self._tally.trace is not None:
            self._whole(printable(f"trace: {self._tally.trace}"))

    def _answered(self, event: Answered) -> None:
        line = Text(f"turn {event.turn}", style="bold")
        line.append(
            f": {wording.tokens(event.usage, 'cached')}, {wording.duration(event.seconds)}; so far "
            f"{wording.dollars(self._tally.usd)}, {wording.duration(self._tally.seconds)}",
            style="dim not bold",
        )
        self._print(line)
        if event.stop_reason not in {"tool_use", "end_turn"}:
            self._tell(f"stopped for: {printable(str(event.stop_reason))}", "yellow")

    def _step(self, acted: Acted) -> None:
        self._steps += 1
        landed = acted.outcome.landed
        width = max(_NARROWEST, min(self.console.width - _BESIDE, _WIDEST))
        line = Text(f"{self._steps:4} ", style="dim")
        words = wording.shortened(wording.described(acted.member, acted.values), width)
        line.append(wording.padded(words, width), style="default")
        line.append(f" {str(landed) if landed is not None else '':>13}", style="green")
        line.append(f" {acted.seconds:6.2f} s", style="dim")
        self.console.print(line, soft_wrap=True)
        seen = str(acted.outcome.seen or "")
        if seen:
            self._tell(seen, "dim")
        if acted.error is not None:
            self._tell(printable(acted.error), "red")

    def _tell(self, text: str, style: str) -> None:
        self._print(Text(text, style=style), _INDENT)

    def _plain(self, text: str) -> None:
        self._print(Text(text))

    def _whole(self, text: str) -> None:
        """Print a line in one piece, to be copied."""
        self.console.print(Text(text), soft_wrap=True, highlight=False)

    def _print(self, text: Text, first: str = "") -> None:
        """Print a text that goes on below itself where a terminal has no room beside it."""
        room = self.console.width - len(_INDENT)
        if not self.console.is_terminal or room < _NARROWEST:
            lines = [text]
        elif first:
            lines = list(text.wrap(self.console, room))
        else:  # the first line may be longer by the indent, for which it has no use
            lines = list(text.wrap(self.console, self.console.width))[:1]
            rest = text[len(lines[0]) :] if lines else Text()
            rest = rest[len(rest.plain) - len(rest.plain.lstrip()) :]
            lines += rest.wrap(self.console, room) if rest.plain else []
        for number, line in enumerate(lines):
            indent = first if number == 0 else _INDENT
            self.console.print(Text(indent).append(line), soft_wrap=True, highlight=False)
