"""What `trueclick replay` tells: a line a step for people, one object a line for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console
from rich.text import Text

from .. import wording
from ..escape import printable
from ..events import Acted, Event, Retried, Said
from ..replay.figures import Figures
from ..replay.results import Mismatch, StepResult, StepStatus
from ..trace.story import Story
from .event_json import as_json
from .lines import JsonLines

_MARKS: dict[StepStatus, tuple[str, str]] = {
    "same": ("=", "green"),
    "done": ("+", "green"),
    "skipped": ("-", "dim"),
    "unchecked": ("~", "yellow"),
    "different": ("!", "bold red"),
    "accepted": ("*", "yellow"),
}

_SAID: dict[StepStatus, str] = {
    "same": "as recorded",
    "done": "done",
    "skipped": "did nothing when it was recorded",
    "unchecked": "was changing when it was recorded",
    "different": "",
    "accepted": "accepted",
}

_WIDEST = 60
_INDENT = " " * 7


class Total(Protocol):
    """What is known at the end."""

    @property
    def words(self) -> str:
        """In a line."""
        ...

    @property
    def good(self) -> bool:
        """Whether it is what the user hopes for."""
        ...

    @property
    def fields(self) -> Mapping[str, Any]:
        """For a program."""
        ...

    @property
    def further(self) -> Sequence[str]:
        """Lines on what there is to see or do now."""
        ...


class ReplayOutput(Protocol):
    """Where a replay is told."""

    def started(self, story: Story, size: object) -> None:
        """Tell that it begins."""
        ...

    def step(self, result: StepResult, figures: Figures | None) -> None:
        """Tell what came of a step."""
        ...

    def noted(self, text: str) -> None:
        """Tell something else, in a line."""
        ...

    def healing(self, event: Event) -> None:
        """Tell what the model does that has taken over."""
        ...

    def ended(self, total: Total) -> None:
        """Tell the end."""
        ...


class ProgressOutput:
    """A line a step."""

    def __init__(self, console: Console, story: Story) -> None:
        self._console = console
        self._of = len(story.steps)

    def started(self, story: Story, size: object) -> None:
        """Say what is replayed."""
        trace = story.trace
        self._print(Text(printable(f"replays {trace.folder}")))
        steps = wording.counted(len(story.steps), "step")
        took = wording.duration(trace.seconds)
        self._print(
            Text(
                printable(
                    f"{steps}, recorded in {took} with {trace.settings.model}, on a private "
                    f"display of {size}{'' if trace.complete else '; the recorded run broke off'}"
                )
            )
        )

    def step(self, result: StepResult, figures: Figures | None) -> None:
        """Show a step."""
        mark, style = _MARKS[result.status]
        step = result.step
        line = Text(f"{step.number:4} ", style="dim")
        line.append(f"{mark} ", style=style)
        words = wording.shortened(wording.described(step.member, step.values), _WIDEST)
        line.append(wording.padded(words, _WIDEST), style="default not dim")
        line.append(f" {result.seconds:6.2f} s", style="dim")
        said = _SAID[result.status]
        if said and result.status not in {"done", "same"}:
            line.append(f"  {said}", style="dim")
        self._print(line)
        if result.status == "different" and result.mismatch is not None:
            for text in told(result.mismatch):
                self._print(Text(_INDENT).append(text, style="red"))
        for path in files(figures):
            self._print(Text(f"{_INDENT}{printable(str(path))}"))

    def noted(self, text: str) -> None:
        """Show it."""
        self._print(Text(printable(text)))

    def healing(self, event: Event) -> None:
        """Show its words and its steps."""
        match event:
            case Said(text=text):
                for line in text.splitlines():
                    self._print(Text(f"{_INDENT}{printable(line)}", style="cyan"))
            case Acted():
                words = wording.shortened(wording.described(event.member, event.values), _WIDEST)
                self._print(Text(f"{_INDENT}{words}"))
                if event.error is not None:
                    self._print(Text(f"{_INDENT}  {printable(event.error)}", style="red"))
            case Retried():
                self._print(Text(f"{_INDENT}{printable(event.reason)}", style="yellow"))
            case _:
                pass

    def ended(self, total: Total) -> None:
        """Show the summary; of what could not be done at all the command itself tells."""
        if total.fields["status"] == "failed":
            return
        self._print(Text(printable(total.words), style="green" if total.good else "bold red"))
        for line in total.further:
            self._print(Text(printable(line)))

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True, highlight=False)


class QuietOutput:
    """Differences alone, on standard error."""

    def started(self, story: Story, size: object) -> None:
        """Say nothing."""

    def step(self, result: StepResult, figures: Figures | None) -> None:
        """Print a difference."""
        if result.status != "different" or result.mismatch is None:
            return
        step = result.step
        words = wording.described(step.member, step.values)
        for line in (f"step {step.number}, {words}:", *told(result.mismatch)):
            print(f"trueclick: {line}", file=sys.stderr)
        for path in files(figures):
            print(f"trueclick: {printable(str(path))}", file=sys.stderr)

    def noted(self, text: str) -> None:
        """Say nothing."""

    def healing(self, event: Event) -> None:
        """Say nothing."""

    def ended(self, total: Total) -> None:
        """Print why it went wrong, if it did and the command itself does not tell."""
        if not total.good and total.fields["status"] != "failed":
            for line in (total.words, *total.further):
                print(f"trueclick: {printable(line)}", file=sys.stderr)


class JsonOutput:
    """One object a line; the last one is always `replayed`.

    `replaying` has `trace`, `steps`, `size` and whether the recorded run was `complete`; `step` has
    `number`, `turn`, `member`, `input`, `status`, `seconds` and, where something differed,
    `mismatch` with `kind`, `text`, `boxes` and `pixels` of the recorded screenshot, and `files`.
    `replayed` tells how it ended: `compared` and `unchecked` pictures, and in `unproved` the last
    actions, of which no picture tells what they did. What a model does that heals is told as
    `trueclick run --json` tells it.
    """

    def __init__(self) -> None:
        self._lines = JsonLines()

    def started(self, story: Story, size: object) -> None:
        """Write what is replayed."""
        trace = story.trace
        self._lines(
            {
                "event": "replaying",
                "trace": str(trace.folder),
                "model": trace.settings.model,
                "steps": len(story.steps),
                "size": str(size),
                "recorded_seconds": trace.seconds,
                "complete": trace.complete,
            }
        )

    def step(self, result: StepResult, figures: Figures | None) -> None:
        """Write a step."""
        step, mismatch = result.step, result.mismatch
        fields: dict[str, Any] = {
            "event": "step",
            "number": step.number,
            "turn": step.turn,
            "member": step.member,
            "input": dict(step.values),
            "status": result.status,
            "seconds": round(result.seconds, 3),
            "recorded_seconds": round(step.seconds, 3),
        }
        if mismatch is not None:
            fields["mismatch"] = {
                "kind": mismatch.kind,
                "text": mismatch.text,
                "boxes": [[box.x0, box.y0, box.x1, box.y1] for box in mismatch.boxes],
                "pixels": mismatch.pixels,
                "files": [str(path) for path in files(figures)],
            }
        self._lines(fields)

    def noted(self, text: str) -> None:
        """Tell it on standard error."""
        print(f"trueclick: {printable(text)}", file=sys.stderr)

    def healing(self, event: Event) -> None:
        """Write an event as `trueclick run --json` does."""
        self._lines(as_json(event))

    def ended(self, total: Total) -> None:
        """Write the end."""
        self._lines({"event": "replayed", **total.fields})


def told(mismatch: Mismatch) -> list[str]:
    """What differed, in lines that steer no terminal; an application's words are indented."""
    first, *rest = mismatch.text.splitlines() or [""]
    return [printable(first), *(f"  {printable(line)}" for line in rest)]


def files(figures: Figures | None) -> Iterable[Path]:
    """The files that show a difference."""
    if figures is None:
        return ()
    return figures.expected, figures.seen, figures.difference
