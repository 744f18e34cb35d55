"""Decides the next turn: from the steps, where the run stands, and what is on the screen.

Pure: the same conversation and pictures give the same turn.

Steps are carried out in batches as long as they do not rearrange the window: typing into fields
and ticking boxes. Whatever may change more ends the batch, and the model looks again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from .acts import PHASES, Absent, Call, Failure, Picture, Scene
from .conversation import Bookmark

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .pixels import Pixels
    from .steps import Step

StopReason = Literal["end_turn", "tool_use", "refusal"]


@dataclass(frozen=True, slots=True)
class Turn:
    """The model's answer.

    Attributes:
        text: one short line about it.
        calls: what to do, in order; the last one is a screenshot.
        stop: why the turn ends.
        bookmark: where the run goes on after the calls.
    """

    text: str
    calls: tuple[Call, ...] = ()
    stop: StopReason = "end_turn"
    bookmark: Bookmark = field(default_factory=Bookmark)


SCREENSHOT = Call("screenshot", {})
_WAIT = Call("wait", {"duration": 1})
_TRIES = {"wait_for": 10}

# What they are about may only now be on its way; and a list that opens is told by what changed.
_LOOKS_FIRST = frozenset({"expect", "wait_for", "choose"})


def next_turn(
    steps: Sequence[Step],
    bookmark: Bookmark,
    now: Picture | None,
    earlier: Callable[[int], Pixels | None],
) -> Turn:
    """The next turn of a run.

    Args:
        steps: the whole task.
        bookmark: where it stands.
        now: the newest picture; None before the first.
        earlier: the picture so many turns before the newest, or None where there is none.
    """
    if now is None:
        return Turn("Looking at the screen.", (SCREENSHOT,), "tool_use", bookmark)
    calls: list[Call] = []
    first = bookmark.step
    while bookmark.step < len(steps):
        attempt = 0 if bookmark.phase == "start" else bookmark.attempt
        scene = Scene(steps[bookmark.step], attempt, now, earlier)
        if calls and scene.step.verb in _LOOKS_FIRST:
            break
        try:
            act = PHASES[bookmark.phase](scene)
        except Failure as failure:
            if calls:
                break  # it may look different after the batch
            return _failed(failure, steps, bookmark)
        calls += act.calls
        if act.phase is not None:
            after = Bookmark(bookmark.step, act.phase, act.attempt)
            return _look(steps, first, bookmark.step, calls, after)
        bookmark = Bookmark(bookmark.step + 1)
        if act.calls and not act.settles:
            break
    if calls:
        return _look(steps, first, bookmark.step - 1, calls, bookmark)
    return Turn(f"Done: {_count(len(steps))}.")


def _look(
    steps: Sequence[Step], first: int, last: int, calls: Sequence[Call], after: Bookmark
) -> Turn:
    """A turn of calls that ends with a look at the screen."""
    sentences = "; ".join(step.sentence for step in steps[first : last + 1])
    number = f"Step {first + 1}" if first == last else f"Steps {first + 1} to {last + 1}"
    text = f"{number} of {len(steps)}: {sentences}"
    return Turn(text, (*calls, SCREENSHOT), "tool_use", after)


def _failed(failure: Failure, steps: Sequence[Step], bookmark: Bookmark) -> Turn:
    step = steps[bookmark.step]
    tries = _TRIES.get(step.verb, 1)
    if isinstance(failure, Absent) and bookmark.phase == "start" and bookmark.attempt < tries:
        again = replace(bookmark, attempt=bookmark.attempt + 1)
        return _look(steps, bookmark.step, bookmark.step, [_WAIT], again)
    place = f" (step {bookmark.step + 1}: {step.sentence})."
    text, _, hint = str(failure).partition("\n")
    return Turn(f"{text}{place} {hint}".rstrip(), stop="refusal", bookmark=bookmark)


def _count(number: int) -> str:
    return "1 step" if number == 1 else f"{number} steps"
