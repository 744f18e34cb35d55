"""What `trueclick suite` tells: a line a task for people, one object a line for programs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from .. import wording
from ..escape import printable
from ..suite.events import AttemptEnded, Begun, Done, Noted, SuiteEvent
from ..suite.overview import Overview
from ..suite.places import TASKS
from ..suite.results import BAD, Attempt, Result
from .lines import JsonLines

_STYLES = {"passed": "green", "flaky": "yellow", "skipped": "dim", "not run": "dim"}
_WIDEST = 60
_MOST_LINES = 12
"""Of a reason; all of it is in the report."""


class SuiteOutput(Protocol):
    """Where a suite is told."""

    def started(self, name: str, count: int, done: int) -> None:
        """Tell that it begins."""
        ...

    def happened(self, event: SuiteEvent) -> None:
        """Tell what happens to a task that is not done yet."""
        ...

    def done(self, result: Result) -> None:
        """Tell what came of a task."""
        ...

    def ended(self, whole: Overview, index: Path) -> None:
        """Tell the end."""
        ...


class ProgressOutput:
    """A line a task, and on a terminal a bar below them."""

    def __init__(self, console: Console, names: Mapping[str, str], out: Path) -> None:
        self._console = console
        self._names = names
        self._out = out
        self._count = len(names)
        self._done = 0
        self._bar = Progress(
            BarColumn(40),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._shown = self._bar.add_task("", total=self._count)
        self._running: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def started(self, name: str, count: int, done: int) -> None:
        """Say what is carried out."""
        before = f", {done:,} done before" if done else ""
        self._print(Text(printable(f"{name}: {wording.counted(count, 'task')}{before}")))
        self._done = done
        self._bar.update(self._shown, completed=done)

    def happened(self, event: SuiteEvent) -> None:
        """Show what runs, and what is tried again."""
        match event:
            case Begun(task=task):
                self._running[task.id] = printable(task.title)
                self._show_running()
            case AttemptEnded(task=task, attempt=attempt):
                line = Text(" " * (2 * len(str(self._count)) + 2))
                line.append(f"{attempt.ending}, tried again: ", style="yellow")
                line.append(printable(task.title))
                self._print(line)
            case Noted(text=text):
                self._print(Text(printable(text), style="dim"))
            case Done():
                pass

    def done(self, result: Result) -> None:
        """Show a task."""
        self._done += 1
        width = len(str(self._count))
        line = Text(f"{self._done:{width}}/{self._count} ", style="dim")
        style = _STYLES.get(result.verdict, "bold red")
        line.append(f"{result.verdict:13} ", style=f"not dim {style}")
        name = wording.shortened(printable(self._names[result.id]), _WIDEST)
        line.append(wording.padded(name, _WIDEST), style="default not dim")
        if result.attempts:
            line.append(f" {wording.duration(result.seconds):>12} {result.peak_mb:6,.0f} MB")
        if len(result.attempts) > 1:
            line.append(f"  {len(result.attempts)} attempts")
        self._print(line)
        for text in told(result):
            self._print(Text(f"{' ' * (2 * width + 2)}{text}", style=style))
        self._running.pop(result.id, None)
        self._bar.update(self._shown, completed=self._done)
        self._show_running()

    def ended(self, whole: Overview, index: Path) -> None:
        """Show the summary."""
        self._bar.stop()
        took = f"in {wording.duration(whole.seconds)}"
        style = "bold red" if whole.bad else "yellow" if "flaky" in whole.counts else "green"
        self._print(Text(f"{whole.words} {took}", style=style))
        self._print(Text(printable(str(index))))

    def _show_running(self) -> None:
        names = ", ".join(self._running.values())
        self._bar.update(self._shown, description=wording.shortened(names, _WIDEST))

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True, highlight=False)


class QuietOutput:
    """What did not pass, on standard error."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def started(self, name: str, count: int, done: int) -> None:
        """Say nothing."""

    def happened(self, event: SuiteEvent) -> None:
        """Say nothing but what else is to be known."""
        if isinstance(event, Noted):
            _err(event.text)

    def done(self, result: Result) -> None:
        """Print what did not pass."""
        if result.verdict in BAD or result.verdict == "flaky":
            _err(f"{result.verdict}: {self._names[result.id]}")
            for text in told(result):
                _err(text)

    def ended(self, whole: Overview, index: Path) -> None:
        """Print the summary if something is wrong."""
        if whole.bad:
            _err(f"{whole.words}; {index}")


class JsonOutput:
    """One object a line; the last one is always `ended`.

    `started` has the suite's `name`, the number of `tasks` and of those that are `done` already;
    `begun` has a task's `id`, `name` and `where`; `retried` its `attempt`; `done` its `verdict`,
    `attempts`, how often it was begun in `starts`, and its `folder`. An attempt has `ending`,
    `reasons`, `seconds`, `peak_mb`, `notes`, and paths in its folder: `report` and `pictures`.
    """

    def __init__(self, names: Mapping[str, str], out: Path) -> None:
        self._names = names
        self._out = out
        self._lines = JsonLines()

    def started(self, name: str, count: int, done: int) -> None:
        """Write what is carried out."""
        self._lines({"event": "started", "name": name, "tasks": count, "done": done})

    def happened(self, event: SuiteEvent) -> None:
        """Write it."""
        match event:
            case Begun(task=task, where=where):
                fields = {"event": "begun", "id": task.id, "name": task.title, "where": where}
                self._lines(fields)
            case AttemptEnded(task=task, attempt=attempt):
                self._lines({"event": "retried", "id": task.id, "attempt": _fields(attempt)})
            case Noted(text=text):
                _err(text)
            case Done():
                pass

    def done(self, result: Result) -> None:
        """Write what came of a task."""
        self._lines(
            {
                "event": "done",
                "id": result.id,
                "name": self._names[result.id],
                "verdict": result.verdict,
                "seconds": round(result.seconds, 3),
                "attempts": [_fields(attempt) for attempt in result.attempts],
                "starts": result.starts,
                "reason": result.reason,
                "notes": list(result.notes),
                "folder": str(self._out / TASKS / result.id),
            }
        )

    def ended(self, whole: Overview, index: Path) -> None:
        """Write the end."""
        self._lines(
            {
                "event": "ended",
                "counts": whole.counts,
                "seconds": round(whole.seconds, 3),
                "task_seconds": round(whole.task_seconds, 3),
                "usd": round(whole.usd, 6),
                "stopped": whole.stopped,
                "index": str(index),
            }
        )


def told(result: Result) -> list[str]:
    """Why a task did not pass at once, in lines that steer no terminal."""
    reasons = result.attempts[-1].reasons if result.attempts else ()
    if result.verdict == "flaky":
        reasons = next(each.reasons for each in result.attempts if each.ending != "passed")
    notes = [note for each in result.attempts for note in each.notes]
    lines = [
        *(line for reason in reasons for line in reason.splitlines()),
        *filter(None, [result.reason]),
        *(f"note: {note}" for note in dict.fromkeys([*result.notes, *notes])),
    ]
    more = [f"… {len(lines) - _MOST_LINES} more lines"] if len(lines) > _MOST_LINES else []
    return [printable(line) for line in [*lines[:_MOST_LINES], *more]]


def _fields(attempt: Attempt) -> dict[str, Any]:
    return {
        "ending": attempt.ending,
        "reasons": list(attempt.reasons),
        "seconds": attempt.seconds,
        "peak_mb": attempt.peak_mb,
        "notes": list(attempt.notes),
        "report": attempt.report,
        "pictures": list(attempt.pictures),
        "usd": attempt.usd,
        "where": attempt.where,
    }


def _err(text: str) -> None:
    print(f"trueclick: {printable(text)}", file=sys.stderr)
