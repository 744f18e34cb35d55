"""What people read in the terminal while a model works, and programs with `--json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeAlias

from rich.console import Console
from rich.text import Text

from trueclick.geometry import TrueclickError

from ..events import Acted, Event, RunResult, Said
from .escape import printable

Json: TypeAlias = dict[str, object]

_WIDTH = 52
"""Columns for an action, so that a step fits the 80 of a terminal."""

_STYLES = {"done": "bold green"}


def described(acted: Acted) -> str:
    """A call of the model's in a few words."""
    values = dict(acted.values)
    words = [acted.member]
    for field in ("start_coordinate", "coordinate", "region"):
        numbers = values.pop(field, None)
        if isinstance(numbers, list):
            words.append(f"({', '.join(str(n) for n in numbers)})")  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    words += [json.dumps(value, ensure_ascii=False) for value in values.values()]
    return printable(" ".join(words))


def as_json(event: Event) -> Json:
    """An event as one JSON object; pictures are left out."""
    if isinstance(event, Said):
        return {"event": "said", "turn": event.turn, "text": event.text}
    landed, seen = event.outcome.landed, event.outcome.seen
    return {
        "event": "acted",
        "member": event.member,
        "input": event.values,
        "landed": [landed.x, landed.y] if landed is not None else None,
        "seconds": round(event.seconds, 3),
        "seen": str(seen) if seen is not None else None,
        "error": event.error,
    }


def ended_as_json(result: RunResult) -> Json:
    """The end of a run as one JSON object."""
    return {
        "event": "ended",
        "status": result.status,
        "text": result.text,
        "turns": result.turns,
        "actions": result.actions,
        "input_tokens": result.input_tokens,
        "output_tokens": result.output_tokens,
        "seconds": round(result.seconds, 3),
    }


class Progress:
    """Prints a run as it happens: step, action, where it landed, how long.

    Args:
        console: where to.
        json_lines: one JSON object a line instead, for programs.
        pictures: a folder in which every screenshot is kept, or `None`.
    """

    def __init__(
        self, console: Console, *, json_lines: bool = False, pictures: Path | None = None
    ) -> None:
        self._console = console
        self._json_lines = json_lines
        self._pictures = pictures
        self._steps = 0
        self._last_words = ""

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if isinstance(event, Acted):
            self._steps += 1
            self._keep(event)
        if self._json_lines:
            self._line(as_json(event))
        elif isinstance(event, Said):
            self._last_words = event.text
            for line in event.text.splitlines():
                self._console.print(Text(f"     {printable(line)}", style="cyan"), soft_wrap=True)
        else:
            self._step(event)

    def ended(self, result: RunResult) -> None:
        """Show how the run ended."""
        if self._json_lines:
            self._line(ended_as_json(result))
            return
        text = Text(result.status, style=_STYLES.get(result.status, "bold red"))
        if result.text != self._last_words:
            text.append(f": {printable(result.text)}", style="default")
        self._console.print(text, soft_wrap=True)
        self._console.print(
            f"turns: {result.turns}, actions: {result.actions}, in {result.seconds:.1f} s; "
            f"tokens: {result.input_tokens:,} in, {result.output_tokens:,} out",
            highlight=False,
        )

    def _step(self, acted: Acted) -> None:
        landed = acted.outcome.landed
        line = Text(f"{self._steps:4} ", style="dim")
        words = described(acted)
        shown = words if len(words) <= _WIDTH else f"{words[: _WIDTH - 1]}…"
        line.append(f"{shown:<{_WIDTH}}", style="default")
        line.append(f" {str(landed) if landed is not None else '':>13}", style="green")
        line.append(f" {acted.seconds:6.2f} s", style="dim")
        self._console.print(line, soft_wrap=True)
        seen = str(acted.outcome.seen or "")
        if seen:
            self._console.print(Text(f"     {seen}", style="dim"), soft_wrap=True)
        if acted.error is not None:
            self._console.print(Text(f"     {printable(acted.error)}", style="red"), soft_wrap=True)

    def _line(self, value: Json) -> None:
        self._console.print(json.dumps(value), soft_wrap=True, markup=False, highlight=False)

    def _keep(self, acted: Acted) -> None:
        if self._pictures is None or acted.outcome.picture is None:
            return
        picture = acted.outcome.picture
        suffix = picture.media_type.removeprefix("image/")
        path = self._pictures / f"{self._steps:04}-{acted.member}.{suffix}"
        try:
            path.write_bytes(picture.data)
        except OSError as error:
            raise TrueclickError(f"{path} cannot be written: {error.strerror}") from error
