"""What happens while a suite is carried out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from .results import Attempt, Result
from .tasks import Task


@dataclass(frozen=True, slots=True)
class Begun:
    """A task has been begun, maybe not for the first time.

    Attributes:
        task: which.
        where: the machine, if it is not this one.
    """

    task: Task
    where: str = ""


@dataclass(frozen=True, slots=True)
class AttemptEnded:
    """An attempt did not pass, and another one follows."""

    task: Task
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Done:
    """A task is done."""

    result: Result


@dataclass(frozen=True, slots=True)
class Noted:
    """Something else is to be known."""

    text: str


SuiteEvent: TypeAlias = Begun | AttemptEnded | Done | Noted
