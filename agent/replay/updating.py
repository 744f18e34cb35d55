"""Taking what the screen shows now for right: new pictures for a trace."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from trueclick.geometry import UsageError

from ..trace import Story, Trace
from ..trace.layout import IMAGES, LINES
from ..trace.places import beside
from ..trace.rewriting import NewPicture, rewrite
from .expecting import surroundings
from .scene import Accepted


@dataclass(frozen=True, slots=True)
class Doubts:
    """Why a run may no longer do what it did, though every picture was taken for right.

    Attributes:
        aims: the numbers of the steps that point at what looks different now.
        end: whether the last picture of the run is a new one.
    """

    aims: tuple[int, ...]
    end: bool


def doubts(story: Story, accepted: Sequence[Accepted]) -> Doubts:
    """What a person has to look at after an update.

    Args:
        story: the run.
        accepted: its new pictures.
    """
    new = {each.event: each.boxes for each in accepted}
    aims = [
        step.number
        for step in story.steps
        if step.performed and (look := step.before or step.last_seen) is not None
        for area in surroundings(step.places, look.size)
        if any(area.intersection(box) for box in new.get(look.event, ()))
    ]
    looks = [step.after.event for step in story.steps if step.after is not None]
    return Doubts(tuple(dict.fromkeys(aims)), bool(looks) and looks[-1] in new)


def update(trace: Trace, accepted: Sequence[Accepted]) -> Path | None:
    """Put the accepted pictures into a trace, all of them or none; where it is as it was before.

    Args:
        trace: as it was read for the replay.
        accepted: by `Player.accepted`, once every step has been done.

    Raises:
        UsageError: if the folder cannot be written.
        TraceError: if another run is writing the trace, or has since it was read, or the disk is
            full; the trace is as it was then.
    """
    if not accepted:
        return None
    kept = _kept(trace)
    try:
        rewrite(trace, {each.event: NewPicture(each.picture, each.hidden) for each in accepted})
    except BaseException:
        shutil.rmtree(kept, ignore_errors=True)
        raise
    return kept


def _kept(trace: Trace) -> Path:
    """A copy of a trace beside it, which shares its pictures where the disk allows that."""
    copy = beside(trace.folder, "before")
    try:
        copy.mkdir(mode=0o700)
        try:
            shutil.copytree(trace.folder / IMAGES, copy / IMAGES, copy_function=_linked)
            shutil.copy2(trace.folder / LINES, copy / LINES)
        except BaseException:
            shutil.rmtree(copy, ignore_errors=True)
            raise
    except OSError as error:  # of many files that failed no one reason is told
        raise UsageError(
            f"no copy of the trace can be kept as {copy}: {error.strerror or 'no room'}; the trace "
            "is as it was"
        ) from error
    return copy


def _linked(source: str, target: str) -> None:
    with contextlib.suppress(OSError):
        os.link(source, target, follow_symlinks=False)
        return
    shutil.copy2(source, target, follow_symlinks=False)
