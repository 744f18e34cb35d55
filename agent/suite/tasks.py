"""One task in one cell of the matrix: everything that an attempt at it needs, as one value.

A task travels as JSON to the process that carries it out, maybe on another machine.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import TypeAdapter

from trueclick.geometry.requests import PlatformName

ExpectKind = Literal["text", "no_text", "claim", "file", "image"]

Work = Literal["steps", "goal", "replay", "nothing"]
"""What is done before the expectations are looked at."""

_SLUG = re.compile(r"[^A-Za-z0-9._]+")
_SLUG_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Expect:
    """What must hold at the end.

    Attributes:
        kind: what `value` is.
        value: a text, a claim, a file's path with its placeholders, a baseline's name.
        contains: what the file must contain.
        timeout_s: how long it may take to hold, or `None` for the usual time.
    """

    kind: ExpectKind
    value: str
    contains: str | None = None
    timeout_s: float | None = None

    def __str__(self) -> str:
        """As it is written in a suite, nearly."""
        words = f'{self.kind} "{self.value}"'
        return words if self.contains is None else f'{words} contains "{self.contains}"'


@dataclass(frozen=True, slots=True)
class Task:
    """A task in one cell.

    Attributes:
        id: unlike any other's in the suite, and the name of its folder.
        name: as the suite calls it.
        cell: its place in the matrix: the names and values that vary, as in `size 1280x800`.
        command: the application and its arguments, with placeholders; empty for none.
        work: what is done.
        words: the steps, the goal, or the folder of the trace, seen from the suite's folder.
        expects: what must hold then.
        model: that does it and judges claims.
        platform: where it is called.
        size: width and height of the display in pixels.
        language: the application's, or `None` for the one of the machine.
        timeout_s: for each attempt.
        memory_mb: for all its processes together, in units of 1,000,000 bytes.
        retries: how often it is tried again.
        env: names and values for the application.
        max_turns: of the model, or `None` for the usual limit.
        max_usd: for each attempt, or `None`; claims are included.
        masks: boxes that a replay does not compare, in pixels of the display.
        baselines: the folder of stored pictures, seen from the suite's folder.
        secrets: the names of what is typed unseen.
        mask_secrets: whether the places of that are painted over in all pictures.
        skip: why it is left out, or `None`.
    """

    id: str
    name: str
    cell: tuple[str, ...]
    command: tuple[str, ...]
    work: Work
    words: str
    expects: tuple[Expect, ...]
    model: str
    platform: PlatformName
    size: tuple[int, int]
    language: str | None
    timeout_s: float
    memory_mb: int
    retries: int
    env: tuple[tuple[str, str], ...] = ()
    max_turns: int | None = None
    max_usd: float | None = None
    masks: tuple[tuple[int, int, int, int], ...] = ()
    baselines: str = "baselines"
    secrets: tuple[str, ...] = ()
    mask_secrets: bool = False
    skip: str | None = None

    @property
    def title(self) -> str:
        """Its name with its cell."""
        return f"{self.name} [{', '.join(self.cell)}]" if self.cell else self.name

    @property
    def digest(self) -> str:
        """A number that changes with anything that is asked of it."""
        return hashlib.sha256(as_json(self).encode()).hexdigest()[:16]


def as_json(task: Task) -> str:
    """A task as one line."""
    return _adapter().dump_json(task).decode()


def from_json(line: str | bytes) -> Task:
    """A task out of its line.

    Raises:
        ValueError: if it is none.
    """
    return _adapter().validate_json(line)


def identifier(number: int, name: str, cell: tuple[str, ...]) -> str:
    """The name of a task's folder: plain letters, unlike any other's by its number."""
    words = "-".join([name, *(part.rpartition(" ")[2] for part in cell)])
    slug = _SLUG.sub("-", words).strip("-.")[:_SLUG_CHARACTERS].rstrip("-.")
    return f"{number:03}-{slug}" if slug else f"{number:03}"


@cache
def _adapter() -> TypeAdapter[Task]:
    return TypeAdapter(Task)
