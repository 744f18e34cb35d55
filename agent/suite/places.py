"""Where a task's attempts leave what they write, and where they are carried out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from .tasks import Task

TASKS = "tasks"
"""The folder of all tasks' folders, in the folder of the results."""

Storing = Literal["none", "missing", "all"]
"""Which baselines are written: none, those that are missing, or those that differ as well."""


@dataclass(frozen=True, slots=True)
class Order:
    """An attempt to be made, as it is handed to the process that makes it.

    Attributes:
        task: what.
        suite: the folder of the suite's file on this machine.
        folder: for what is kept of this attempt; it is there.
        storing: which baselines are written; those written on another machine would be lost.
        threads: how many read a screen, or `None` for one for each core: beside other attempts one
            is best.
        tmp: for what is not kept; made by the keeper.
    """

    task: Task
    suite: Path
    folder: Path
    storing: Storing = "missing"
    threads: int | None = 1
    tmp: Path = Path()

    @property
    def artifacts(self) -> Path:
        """What `{artifacts}` stands for."""
        return self.folder / "artifacts"


def attempt_folder(task_folder: Path, number: int) -> Path:
    """The folder of a task's attempt, counted from 1."""
    return task_folder / f"attempt-{number}"


def order_json(order: Order) -> bytes:
    """An order as one line of JSON, without its end."""
    return _orders().dump_json(order)


def order_from_json(line: str | bytes) -> Order:
    """An order out of its line.

    Raises:
        ValueError: if it is none.
    """
    return _orders().validate_json(line)


@cache
def _orders() -> TypeAdapter[Order]:
    return TypeAdapter(Order)
