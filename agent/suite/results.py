"""What came of a task: its attempts, and the verdict on all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import TypeAdapter

Ending = Literal["passed", "failed", "error", "timeout", "out of memory", "lost", "stopped"]
"""How an attempt ended.

`failed`: something was not as expected. `error`: it could not be looked at, because something
crashed or could not be started. `lost`: the process that watched over it has died. `stopped`:
somebody stopped the suite.
"""

Verdict = Literal[
    "passed", "flaky", "failed", "error", "timeout", "out of memory", "lost", "skipped", "not run"
]
"""`flaky`: passed, after it had not. `not run`: the suite was stopped before."""

VERDICTS: tuple[Verdict, ...] = (
    *("passed", "flaky", "failed", "error", "timeout", "out of memory", "lost"),
    *("skipped", "not run"),
)
BAD: frozenset[Verdict] = frozenset({"failed", "error", "timeout", "out of memory", "lost"})


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a task.

    Attributes:
        ending: how it ended.
        reasons: why, if it did not pass; each may have several lines, the first says it all.
        seconds: how long it took.
        peak_mb: the most memory that all its processes had at once, as far as it was seen, in
            units of 1,000,000 bytes.
        notes: what else is to be known.
        report: its report, seen from the task's folder, or `None`.
        pictures: of what was seen, likewise.
        usd: what the model cost, claims included, at list price.
        where: the machine.
    """

    ending: Ending
    reasons: tuple[str, ...] = ()
    seconds: float = 0.0
    peak_mb: float = 0.0
    notes: tuple[str, ...] = ()
    report: str | None = None
    pictures: tuple[str, ...] = ()
    usd: float = 0.0
    where: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a task in one cell.

    Attributes:
        id: the task's.
        digest: of what was asked of it.
        verdict: on all attempts together.
        attempts: in their order; none if it was not run.
        starts: how often a worker began with it: more than once if one was lost on the way.
        reason: why it was not run, or was lost.
        notes: what else is to be known.
        usd_before: what attempts cost of which nothing else is left, as those whose keeper died.
    """

    id: str
    digest: str
    verdict: Verdict
    attempts: tuple[Attempt, ...] = ()
    starts: int = 1
    reason: str = ""
    notes: tuple[str, ...] = ()
    usd_before: float = 0.0

    @property
    def seconds(self) -> float:
        """How long all attempts took."""
        return sum(each.seconds for each in self.attempts)

    @property
    def peak_mb(self) -> float:
        """The most that any attempt had, in units of 1,000,000 bytes."""
        return max((each.peak_mb for each in self.attempts), default=0.0)

    @property
    def usd(self) -> float:
        """What the model cost in all attempts, at list price."""
        return self.usd_before + sum(each.usd for each in self.attempts)

    @property
    def why(self) -> str:
        """Why it did not pass at first, or was not run, in a line; empty if it passed at once."""
        for attempt in reversed(self.attempts):
            for reason in attempt.reasons:
                return reason.partition("\n")[0]
        return self.reason.partition("\n")[0]


def verdict_of(attempts: Sequence[Attempt]) -> Verdict:
    """The verdict on all attempts: the last one counts, and one that passed late is flaky."""
    if not attempts:
        return "not run"
    last = attempts[-1].ending
    if last == "passed":
        return "flaky" if any(each.ending != "passed" for each in attempts) else "passed"
    return "not run" if last == "stopped" else last


def again(attempts: Sequence[Attempt], retries: int) -> bool:
    """Whether a task is tried again."""
    last = attempts[-1].ending
    return last not in {"passed", "stopped"} and len(attempts) <= retries


def written(text: str) -> str:
    r"""A text that can be written as UTF-8: what is none, as of a file's name, as `\udc80`."""
    return text.encode("utf-8", "backslashreplace").decode()


def attempt_from_json(line: str | bytes) -> Attempt:
    """An attempt out of its line.

    Raises:
        ValueError: if it is none.
    """
    return _attempts().validate_json(line)


def attempt_json(attempt: Attempt) -> bytes:
    """An attempt as one line of JSON, without its end."""
    return _attempts().dump_json(attempt)


def result_from_json(line: str | bytes) -> Result:
    """A result out of its line.

    Raises:
        ValueError: if it is none.
    """
    return _results().validate_json(line)


def result_json(result: Result) -> bytes:
    """A result as one line of JSON, without its end."""
    return _results().dump_json(result)


@cache
def _attempts() -> TypeAdapter[Attempt]:
    return TypeAdapter(Attempt)


@cache
def _results() -> TypeAdapter[Result]:
    return TypeAdapter(Result)
