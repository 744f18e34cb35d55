"""Failures that end at the test's own line, where what was expected stands."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType

import pytest

from trueclick.agent.qa import ExpectationError
from trueclick.geometry import TrueclickError


def end_at_the_test(failure: pytest.ExceptionInfo[BaseException]) -> None:
    """Leave out how an error of ours came about inside of trueclick: its message says what it is.

    Others' errors are told in full.
    """
    if not isinstance(failure.value, ExpectationError | TrueclickError):
        return
    steps = list(_steps(failure.tb))
    foreign = [number for number, step in enumerate(steps) if not _is_own(step)]
    # The very last one, since a function of the test's may have been called back by us.
    if foreign and foreign[-1] + 1 < len(steps):
        steps[foreign[-1]].tb_next = None
        failure.traceback = failure.traceback[: foreign[-1] + 1]
    _end_the_chain(failure.value)


def _end_the_chain(error: BaseException) -> None:
    """Leave out which errors of ours it was made of: what they say it says, too."""
    cause = error.__cause__
    if isinstance(cause, TrueclickError):
        error.__cause__ = None  # its context stays suppressed


def _steps(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _is_own(step: TracebackType) -> bool:
    # Not by the file: what a dataclass generates has none. `Size[Image](…)` is called by typing.
    module = str(step.tb_frame.f_globals.get("__name__"))
    return module.startswith("trueclick.") or module == "typing"
