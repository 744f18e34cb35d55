"""What `trueclick check --batch` tells: how far it is, and in the end what came of each picture."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text
from typing_extensions import override

from .. import wording
from ..escape import printable
from . import vision_options
from .check_junit import Case

if TYPE_CHECKING:
    from ..batches import Judged, Report
    from ..batches.events import Event

_EVERY_S = 60.0
"""Between two lines that say the same, where there is no bar."""

_MOST_TOLD = 200
"""Pictures that do not hold or have failed are told of by name; of more, the rest is counted."""


class BatchOutput:
    """Tells people how far it is: a bar on a terminal, else lines; a context manager.

    Args:
        json: whether standard output is a program's: everything else goes to standard error.
        folder: where the state is.

    Attributes:
        on_its_way: called when something is at the API.
    """

    def __init__(self, *, json: bool, folder: Path) -> None:
        self._console = Console(stderr=json, highlight=False, soft_wrap=True)
        self._folder = folder
        live = self._console.is_terminal and not self._console.is_dumb_terminal
        self._bar = _bar(self._console) if live else None
        self._task = None if self._bar is None else self._bar.add_task("reading", total=None)
        self._told: tuple[float, object] = (0.0, None)
        self.on_its_way: Callable[[], None] = lambda: None

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
            self._console.show_cursor(True)  # should we be killed, nobody else would show it
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, event: Event) -> None:
        """Tell what has happened."""
        from ..batches.events import (  # noqa: PLC0415
            Looked,
            Noted,
            Packed,
            Polled,
            Retried,
            Sent,
            Uploading,
        )

        match event:
            case Looked():
                self._looked(event)
            case Packed():
                self._progress("preparing", event.done, event.of)
            case Uploading():
                self.on_its_way()
                self._sending(event.requests, event.bytes)
            case Sent():
                self._say(f"sent {event.id}: {_load(event.requests, event.bytes)}")
            case Polled():
                if not event.batches:
                    return
                self.on_its_way()
                waits = f"{event.batches} {'batch' if event.batches == 1 else 'batches'}"
                self._progress(f"waiting for {waits}", event.done, event.of)
            case Retried():
                self._warn(f"{event.reason}; again in {wording.duration(event.wait_s)}")
            case Noted():
                self._warn(event.text)

    def summary(self, report: Report) -> None:
        """Tell what came of it."""
        told = 0
        for each in report.judged:
            if each.verdict is not None and each.verdict.holds:
                continue
            told += 1
            if told > _MOST_TOLD:
                continue
            what = "does not hold" if each.failure is None else each.failure.what
            self._console.print(
                Text(f"{what}: ", "red" if each.failure is None else "yellow").append(
                    printable(each.name), "default"
                )
            )
            for line in _details(each):
                self._console.print(Text(f"  {printable(line)}"))
        if told > _MOST_TOLD:
            self._say(f"and {told - _MOST_TOLD} more: --json and --junit tell of all")
        # What was not sent, because of --cancel, is sent by the same command without that.
        again = sum(
            each.failure is not None and each.failure.again and each.failure.what != "unsent"
            for each in report.judged
        )
        if again:
            self._say(f"{again} of these may go well another time: the same command with --retry")
        failed = f", {report.failed} failed" if report.failed else ""
        cost = vision_options.cost(report.usage, report.usd)
        if report.usd:
            cost += " at half price, with what was judged before"
        self._say(f"holds of {report.holding} of {len(report.judged)} pictures{failed}; {cost}")

    def _looked(self, event: Any) -> None:
        parts = [wording.counted(event.pictures, "picture")]
        if event.names != event.pictures + event.unreadable:
            parts[0] += f" under {event.names - event.unreadable} names"
        for number, what in (
            (event.unreadable, "more cannot be read"),
            (event.judged, "judged before"),
            (event.waiting, "on their way"),
        ):
            if number:
                parts.append(f"{number} {what}")
        cost = "unknown price"
        if event.usd is not None:
            cost = f"about {wording.dollars(event.usd)}, at half price"
        parts.append(f"{event.to_send} to send: {cost}" if event.to_send else "none to send")
        self._say(", ".join(parts))
        self._say(f"state: {self._folder}")

    def _sending(self, requests: int, size: int) -> None:
        """The slowest part on a slow line, of which nothing is known before it is over."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=f"sending {_load(requests, size)}")

    def _progress(self, what: str, done: int, of: int) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=what, completed=done, total=of)
            return
        if what == "preparing":
            return
        now, (last, before) = time.monotonic(), self._told
        if (what, done) != before or now - last >= _EVERY_S:
            self._told = (now, (what, done))
            self._say(f"{what}: {done} of {of} done")

    def _say(self, text: str) -> None:
        self._console.print(Text(printable(text)))

    def _warn(self, text: str) -> None:
        if self._bar is not None:
            self._console.print(Text(printable(text), "yellow"))
        else:
            print(f"trueclick: {printable(text)}", file=sys.stderr)


def as_json(claim: str, each: Judged) -> dict[str, Any]:
    """A verdict, or why there is none, for a program."""
    values: dict[str, Any] = {"claim": claim, "images": [each.name]}
    if each.same_as is not None:
        values["same_as"] = each.same_as
    verdict = each.verdict
    if verdict is None:
        failure = each.failure
        told = None if failure is None else failure.why
        kind = None if failure is None else failure.what
        again = failure is not None and failure.again
        return {**values, "holds": None, "error": told, "failed": kind, "again": again}
    return {**values, **vision_options.verdict_json(verdict, verdict.usd)}


def case(claim: str, each: Judged) -> Case:
    """A verdict as a test case."""
    holds = None if each.verdict is None else each.verdict.holds
    return Case(claim.strip(), each.name, holds, "\n".join(_details(each)))


def _details(each: Judged) -> list[str]:
    verdict = each.verdict
    if verdict is None:
        return [] if each.failure is None else [each.failure.why]
    return [
        *filter(None, [verdict.reason]),
        *(f"image {place.image + 1} {place.box}: {place.what}" for place in verdict.evidence),
        *(f"cannot be placed: {refused}" for refused in verdict.unplaced),
    ]


def _load(requests: int, size: int) -> str:
    shown = f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size / 1e3:.1f} KB"
    return f"{wording.counted(requests, 'picture')}, {shown}"


class _Count(ProgressColumn):
    """How many of how many, once that is known."""

    @override
    def render(self, task: Task) -> Text:
        return Text("" if task.total is None else f"{task.completed:.0f} of {task.total:.0f}")


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        _Count(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
