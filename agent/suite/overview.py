"""A whole suite at its end: each task with what came of it, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from .places import TASKS
from .results import BAD, VERDICTS, Result, Verdict
from .tasks import Task


@dataclass(frozen=True, slots=True)
class Row:
    """A task and its result."""

    task: Task
    result: Result

    @property
    def folder(self) -> str:
        """The task's folder, seen from that of the results."""
        return f"{TASKS}/{self.task.id}"


@dataclass(frozen=True)
class Overview:
    """A suite with its results.

    Attributes:
        name: the suite's.
        rows: one for each task, in the suite's order.
        began_s: when, in seconds since 1970.
        seconds: how long it took as a whole.
        machine: on what it was carried out, in words.
        stopped: why it was not carried out to its end, or `None`.
    """

    name: str
    rows: tuple[Row, ...]
    began_s: float
    seconds: float
    machine: str
    stopped: str | None = None

    @cached_property
    def counts(self) -> dict[Verdict, int]:
        """How many tasks have which verdict, those with none left out."""
        counted = Counter(row.result.verdict for row in self.rows)
        return {verdict: counted[verdict] for verdict in VERDICTS if counted[verdict]}

    @property
    def words(self) -> str:
        """The counts in a line."""
        return ", ".join(f"{count:,} {verdict}" for verdict, count in self.counts.items())

    @property
    def bad(self) -> int:
        """How many tasks did not pass."""
        return sum(self.counts.get(verdict, 0) for verdict in BAD)

    @property
    def task_seconds(self) -> float:
        """How long the tasks took one by one."""
        return sum(row.result.seconds for row in self.rows)

    @property
    def usd(self) -> float:
        """What models cost, at list price."""
        return sum(row.result.usd for row in self.rows)

    def status(self, *, fail_on_flaky: bool) -> int:
        """The exit status of the command: 0 if all is well, 1 if not."""
        flaky = fail_on_flaky and self.counts.get("flaky", 0)
        return 1 if self.bad or flaky or self.counts.get("not run", 0) else 0


def overview(
    name: str,
    tasks: Sequence[Task],
    results: Sequence[Result],
    *,
    began_s: float,
    seconds: float,
    machine: str,
    stopped: str | None = None,
) -> Overview:
    """The overview of tasks and their results, which are in the same order."""
    rows = tuple(Row(task, result) for task, result in zip(tasks, results, strict=True))
    return Overview(name, rows, began_s, seconds, machine, stopped)
