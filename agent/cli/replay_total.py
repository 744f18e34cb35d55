"""What a replay came to, for each kind of output."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

from .. import wording
from ..replay.figures import Figures
from ..replay.junit import Suite
from ..replay.results import StepResult, unproved
from ..replay.updating import Doubts
from ..trace.story import Story
from .replay_outputs import files

ReplayStatus: TypeAlias = Literal[
    "same", "different", "updated", "healed", "not healed", "stopped", "failed"
]


@dataclass
class Total:
    """Counts what is told of a replay.

    Attributes:
        story: what is replayed.
        size: of the display, in words.
        results: of the steps that were come to.
        figures: the pictures of what differed, by the numbers of the steps.
        after: where the traces are now, and what to look at.
        status: how it ended, if not as its steps say.
        text: why.
        seconds: from the start; set at the end.
    """

    story: Story
    size: str
    results: list[StepResult] = field(default_factory=list[StepResult])
    figures: dict[int, Figures] = field(default_factory=dict[int, Figures])
    after: list[str] = field(default_factory=list[str])
    ended: ReplayStatus | None = None
    text: str = ""
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    _start: float = field(default_factory=time.monotonic)
    _seconds: float | None = None

    def add(self, result: StepResult, figures: Figures | None) -> None:
        """Count a step."""
        self.results.append(result.without_pictures)
        if figures is not None:
            self.figures[result.step.number] = figures

    def updated(self, kept: Path, doubts: Doubts) -> None:
        """Note that the trace has new pictures, and why they may be wrong all the same."""
        self.after = [f"as it was before: {kept}"]
        if doubts.aims:
            noun = "step points" if len(doubts.aims) == 1 else "steps point"
            numbers = ", ".join(map(str, doubts.aims))
            self.after.append(
                f"{noun} at what looks different now: {numbers}. What is there is still clicked: "
                "if it is something else, take the old trace and --heal MODEL"
            )
        if doubts.end:
            self.after.append(
                "the last picture is a new one: look at it in a report, whether the run still "
                "reaches its goal"
            )

    def close(self) -> None:
        """Take the time."""
        self._seconds = time.monotonic() - self._start

    @property
    def seconds(self) -> float:
        """From the start to the end, or to now."""
        return time.monotonic() - self._start if self._seconds is None else self._seconds

    @property
    def different(self) -> list[StepResult]:
        """The steps at which something was not as recorded."""
        return [result for result in self.results if result.status == "different"]

    @property
    def accepted(self) -> int:
        """How many steps' pictures are new."""
        return sum(result.status == "accepted" for result in self.results)

    @property
    def left(self) -> int:
        """How many steps were not come to."""
        return len(self.story.steps) - len(self.results)

    @property
    def status(self) -> ReplayStatus:
        """How it ended."""
        if self.ended is not None:
            return self.ended
        return "different" if self.different or self.left else "same"

    @property
    def good(self) -> bool:
        """Whether the trace replays, as it was or as it is now."""
        return self.status in {"same", "updated", "healed"}

    @property
    def words(self) -> str:
        """The end in a line."""
        steps = wording.counted(len(self.results), "step")
        took = wording.duration(self.seconds)
        match self.status:
            case "same":
                return f"same: {steps} in {took}{self._faster()}, {self._compared()}"
            case "updated":
                pictures = wording.counted(self.accepted, "picture")
                return f"updated: {steps} in {took}, {pictures} new"
            case "different":
                numbers = [str(result.step.number) for result in self.different]
                noun = "step" if len(numbers) == 1 else "steps"
                left = f"; {wording.counted(self.left, 'step')} not done" if self.left else ""
                return f"different: {noun} {', '.join(numbers)}, after {took}{left}"
            case other:
                return ": ".join(filter(None, [f"{other} after {took}", self.text]))

    @property
    def further(self) -> Sequence[str]:
        """What there is to know beside it, and to do now."""
        if self.after:
            return self.after
        if self.status == "same" and self.unproved:
            return (self._unproved_words(),)
        if self.status != "different":
            return ()
        if any(result.mismatch and result.mismatch.kind != "screen" for result in self.different):
            return ()
        masking = f"if that part may look different each time: --mask {self._mask()}"
        if self.size != str(self.story.parts[0].view.image):
            return (masking,)
        right = "if that is right now: the same command with --update"
        other = "if the run has to go another way now: --heal MODEL"
        return right, other, masking

    @property
    def unproved(self) -> tuple[int, ...]:
        """The numbers of the last actions, of which no picture tells what they did."""
        return unproved(self.results)

    @property
    def fields(self) -> Mapping[str, Any]:
        """The end for a program."""
        return {
            "status": self.status,
            "text": self.text,
            "steps": len(self.results),
            "left": self.left,
            "compared": self._count("same"),
            "unchecked": self._count("unchecked"),
            "unproved": list(self.unproved),
            "accepted": self.accepted,
            "different": [result.step.number for result in self.different],
            "seconds": round(self.seconds, 3),
            "recorded_seconds": self.story.trace.seconds,
            "trace": str(self.story.trace.folder),
        }

    def suite(self) -> Suite:
        """The end for a report."""
        folder = self.story.trace.folder
        titles = [wording.described(step.member, step.values) for step in self.story.steps]
        shown = {
            number: [str(path) for path in files(each)] for number, each in self.figures.items()
        }
        return Suite(
            name=str(Path(folder).resolve().name),
            steps=self.story.steps,
            results=self.results,
            titles=titles,
            files=shown,
            began=self.began,
            seconds=self.seconds,
            properties={
                "trace": str(folder),
                "model": self.story.trace.settings.model,
                "task": self.story.trace.settings.task,
                "display": self.size,
                "status": self.status,
                "recorded_seconds": f"{self.story.trace.seconds:.3f}",
                "pictures_compared": str(self._count("same")),
                "pictures_not_checked": str(self._count("unchecked")),
                "steps_not_checked": ", ".join(map(str, self.unproved)),
            },
            stopped=self.text or self.status if self.status in {"stopped", "failed"} else None,
            healed="healed by a model, from here on" if self.status == "healed" else None,
        )

    def _mask(self) -> str:
        """What leaves the first difference out."""
        for result in self.different:
            if result.mismatch is not None and result.mismatch.boxes and result.step.zoom is None:
                view = self.story.parts[result.step.part].view
                box = view.to_image(result.mismatch.boxes[0])
                return f"{box.x0},{box.y0},{box.x1},{box.y1}"
        return "X0,Y0,X1,Y1"

    def _compared(self) -> str:
        """How many pictures were as recorded, and how many prove nothing."""
        same, unchecked = self._count("same"), self._count("unchecked")
        words = f"{wording.counted(same, 'picture')} as recorded" if same else "no picture compared"
        return f"{words}, {unchecked} not checked" if unchecked else words

    def _unproved_words(self) -> str:
        numbers = self.unproved
        which = (
            f"step {numbers[0]} was"
            if len(numbers) == 1
            else f"steps {numbers[0]} to {numbers[-1]} were"
        )
        return f"{which} done and not checked: no picture was recorded after it at rest"

    def _count(self, status: str) -> int:
        return sum(result.status == status for result in self.results)

    def _faster(self) -> str:
        recorded = self.story.trace.seconds
        if not recorded or not self.seconds:
            return ""
        return f", {recorded / self.seconds:.1f} times as fast as it was recorded"
