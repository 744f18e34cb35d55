"""A recording on the desktop of a test: played until the screen differs, and then helped over it.

A model is asked where the screen is not as recorded, and no further: after each of its answers the
screen is compared with the recorded ones, and as soon as it is one of them the replay goes on.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path

from trueclick.capture import boxes_shown
from trueclick.capture.compare import Tolerance
from trueclick.geometry import Box, Image

from ..desktop import Desktop
from ..events import RunResult, ignore
from ..launch import Application
from ..replay.healing import Healing, went_on
from ..replay.judging import Judge
from ..replay.player import Player, restless
from ..replay.rejoining import Found, Rejoining, Watching
from ..replay.results import StepResult
from ..replay.stage import LiveTheatre, Setting
from ..trace import Story
from ..trace.story import Step
from .rests import Rests


@dataclass(frozen=True, slots=True)
class Comparing:
    """How a screen is compared with the recorded one.

    Attributes:
        tolerance: what is no difference.
        masks: what does not count, in device pixels of the display.
        mask_secrets: whether places of secrets are painted over.
        timeout_s: how long a screen may take to look as recorded, beside what it took then.
    """

    tolerance: Tolerance
    masks: tuple[Box[Image], ...]
    mask_secrets: bool
    timeout_s: float


class Reruns:
    """Does recordings again on one desktop.

    Args:
        desktop: where.
        application: what runs there, or `None`.
        comparing: how the screen is compared.
    """

    def __init__(
        self, desktop: Desktop, application: Application | None, comparing: Comparing
    ) -> None:
        self._desktop = desktop
        self._application = application
        self._comparing = comparing
        self._setting = Setting(
            secrets=desktop.secrets, mask_secrets=comparing.mask_secrets, stop=desktop.stop
        )

    def first_difference(self, story: Story, start: int = 1) -> StepResult | None:
        """Where a replay is not as recorded; it goes no further.

        Args:
            story: what was recorded.
            start: the number of the first step that is done.

        Raises:
            CaptureError: if the display cannot be opened.
            StopRequested: if somebody has stopped it.
            TraceError: if a picture of the recording is damaged.
            UsageError: if it is of several displays.
        """
        player = Player(
            story,
            self._setting,
            theatre=self._theatre(),
            tolerance=self._comparing.tolerance,
            masks=self._comparing.masks,
            timeout_s=self._comparing.timeout_s,
        )
        rests = Rests(self._desktop.pointer)
        rests.before(story.steps[start - 1 :])
        with player:
            try:
                for result in player.results(start):
                    rests.after(result)
                    if result.status == "different":
                        return result
            finally:
                rests.end()
        return None

    def helped(
        self, story: Story, step: Step, healing: Healing, folder: Path
    ) -> tuple[RunResult, Found | None]:
        """What a model has done from a step on, and where the replay can go on after it.

        Without such a place the model has gone on to the end, whatever that was.

        Args:
            story: what was recorded.
            step: the first one that has not been carried out again.
            healing: how a model goes on.
            folder: where its trace is written.
        """
        desktop, view = self._desktop, story.parts[step.part].view
        with contextlib.ExitStack() as stack:
            told = healing.on_event or ignore
            watching: Watching | None = None
            if view == desktop.view:
                theatre = self._theatre()
                stack.callback(theatre.clear)
                stage = theatre.set(view.image)
                masks = boxes_shown(self._comparing.masks, view)
                tolerance = self._comparing.tolerance
                judge = Judge(stage, view, tolerance, masks, restless(story, view))
                told = watching = Watching(Rejoining(story, step, stage, judge), told)
            healing = replace(healing, on_event=told)
            result = went_on(story, step, desktop, self._application, healing, folder)
            return result, None if watching is None else watching.found

    def _theatre(self) -> LiveTheatre:
        return LiveTheatre(self._desktop.display, self._application, self._setting)
