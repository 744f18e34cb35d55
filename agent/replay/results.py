"""What came of a replay, step by step. Values alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from trueclick.capture import Screenshot
from trueclick.geometry import Box, Model

from ..trace.story import Step

MismatchKind: TypeAlias = Literal["screen", "refused", "failed", "application", "display"]

StepStatus: TypeAlias = Literal["same", "done", "skipped", "unchecked", "different", "accepted"]


@dataclass(frozen=True, slots=True, eq=False)
class Mismatch:
    """What was not as recorded.

    Attributes:
        kind: the `screen` looked different; the action was `refused`, or `failed`; the
            `application` has ended; the `display` is gone.
        text: what differed and how much, in one line. Further lines are an application's own last
            words, which may hold anything.
        boxes: where the screen differed, in pixels of the recorded screenshot.
        pixels: how many of them.
        expected: the recorded picture, where pictures were compared.
        seen: what was there instead, at the size of the display, with masks painted over.
        difference: both, and where they differ, for people.
    """

    kind: MismatchKind
    text: str
    boxes: tuple[Box[Model], ...] = ()
    pixels: int = 0
    expected: Screenshot | None = field(default=None, repr=False)
    seen: Screenshot | None = field(default=None, repr=False)
    difference: Screenshot | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class StepResult:
    """What came of one recorded step.

    Attributes:
        step: as it was recorded.
        status: `same`: a look, and the screen was as recorded; `done`: carried out, on the
            recorded screen as far as there is a picture of it; `skipped`: it did nothing when it
            was recorded; `unchecked`: a look at a screen that was changing when it was recorded,
            and shows something else now; `different`: see `mismatch`; `accepted`: it differed, and
            the new picture is taken for right.
        seconds: how long it took.
        mismatch: what differed, or `None`.
    """

    step: Step
    status: StepStatus
    seconds: float
    mismatch: Mismatch | None = None

    @property
    def without_pictures(self) -> StepResult:
        """The same, without what takes some megabytes."""
        if self.mismatch is None:
            return self
        told = replace(self.mismatch, expected=None, seen=None, difference=None)
        return replace(self, mismatch=told)


@dataclass(frozen=True, slots=True, eq=False)
class ReplayResult:
    """What came of a replay.

    Attributes:
        steps: those that were come to, in order. Of many that differ, the first ones have their
            pictures.
        left: how many steps were not come to.
        seconds: from the start to the end, the display's and the application's start included.
        recorded_s: how long the recorded run took.
    """

    steps: tuple[StepResult, ...]
    left: int
    seconds: float
    recorded_s: float

    @property
    def same(self) -> bool:
        """Whether everything was as recorded."""
        return not self.left and not self.mismatches

    @property
    def mismatches(self) -> tuple[StepResult, ...]:
        """The steps at which something was not as recorded."""
        return tuple(result for result in self.steps if result.status == "different")

    @property
    def compared(self) -> int:
        """How many pictures were found to be as recorded."""
        return sum(result.status == "same" for result in self.steps)

    @property
    def unchecked(self) -> int:
        """How many pictures prove nothing: the screen was changing when they were recorded."""
        return sum(result.status == "unchecked" for result in self.steps)

    @property
    def unproved(self) -> tuple[int, ...]:
        """The numbers of the last actions, of which no picture tells what they did."""
        return unproved(self.steps)

    @property
    def carried_out(self) -> int:
        """How many actions were carried out."""
        return sum(result.status == "done" for result in self.steps)


def unproved(results: Iterable[StepResult]) -> tuple[int, ...]:
    """The numbers of the actions after the last picture that was compared."""
    numbers: list[int] = []
    for result in results:
        if result.step.acts and result.status != "skipped":
            numbers.append(result.step.number)
        elif result.status in {"same", "different", "accepted"} and result.step.zoom is None:
            numbers.clear()
    return tuple(numbers)
