"""Tasks and claims in plain words, for a model; a recording answers while the program is as it was.

A suite costs nothing as long as the program under test is unchanged: `do` replays what a model once
did, and `check` recalls what it once said of the same screen.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from trueclick.capture import Screenshot
from trueclick.capture.compare import Tolerance
from trueclick.geometry import Box, Image, UsageError
from trueclick.geometry.catalogue import Effort
from trueclick.geometry.requests import PlatformName

from ..actions import LookAround
from ..budget import Budget
from ..desktop import DEFAULT_MODEL, Desktop
from ..events import Event, ignore
from ..launch import Application
from ..replay.player import TIMEOUT_S
from ..trace import new_folder
from .asking import Asking, quoted
from .claims import Claims
from .errors import ExpectationError
from .recordings import Recordings
from .reruns import Comparing
from .tasks import Done, Tasks
from .verdicts import Verdict

if TYPE_CHECKING:
    from anthropic import Anthropic
    from anthropic.tools.computer import BetaComputerConfirmCallable

__all__ = ["Agent", "Done", "Verdict"]

_LOG = logging.getLogger("trueclick.qa")


class Agent:
    """Does tasks and judges claims on one desktop, for one test.

    Recordings are part of the repository, as the test is. They hold what was on the screen, what
    the model said, and nothing of the machine beside that: no time, no path, no user's name, and
    secrets by their names alone. Where a secret is seen on the screen, it is in the pictures unless
    the desktop masks it.

    On a display that is not private `confirm` is asked before each call of a model's, but not
    before the steps of a recording: they were approved when they were recorded.

    Args:
        desktop: where; opened for the same model, on a display where nobody else acts meanwhile.
        model: the model's id.
        client: the SDK's client, or what makes one when a model is asked for the first time; a
            replay needs none.
        recordings: the folder of all tests' recordings.
        name: the test's.
        application: what runs on the desktop: if it crashes, the test fails.
        artifacts: where what a failure leaves behind is kept; by default a folder of this process
            beside those of the runs.
        budget: what each task may use of a model.
        confirm: asked before each call of a model's; needed where the display is not private.
        effort: how much the model thinks; its own default if left out.
        platform: where the model is called.
        update: record and judge all anew.
        offline: never ask a model: what is not as recorded fails.
        recall: whether a verdict of an earlier run counts for the same claim on the same screen.
        tolerance: what is no difference between two screens.
        masks: boxes of the display, in device pixels, that do not count, beside those that the
            desktop paints over.
        timeout_s: how long a screen may take to look as recorded, beside what it took then.
        on_event: told of everything that a model does.
        say: told in a line when a model is asked, and why; by default a warning of `trueclick.qa`,
            which Python prints where nothing else is set up.

    Raises:
        UsageError: if the test's name is empty.
    """

    def __init__(
        self,
        desktop: Desktop,
        *,
        recordings: Path,
        name: str,
        client: Callable[[], Anthropic] | Anthropic | None = None,
        model: str = DEFAULT_MODEL,
        application: Application | None = None,
        artifacts: Path | None = None,
        budget: Budget | None = None,
        confirm: BetaComputerConfirmCallable | None = None,
        effort: Effort | None = None,
        platform: PlatformName = "anthropic",
        update: bool = False,
        offline: bool = False,
        recall: bool = True,
        tolerance: Tolerance | None = None,
        masks: Iterable[Box[Image]] = (),
        timeout_s: float = TIMEOUT_S,
        on_event: Callable[[Event], None] = ignore,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self._desktop = desktop
        self._client = client
        self._offline = offline
        self._say = say or _LOG.warning
        self._artifacts = artifacts or _new_artifacts()
        kept = Recordings(recordings, name)
        tolerance = tolerance or Tolerance()
        self._tasks = Tasks(
            desktop,
            kept,
            application,
            self._artifacts,
            Asking(model, platform, self._asked, effort, budget or Budget(), confirm, on_event),
            Comparing(tolerance, (*desktop.masks, *masks), desktop.mask_secrets, timeout_s),
            update=update,
        )
        self._claims = Claims(
            kept.folder,
            model=model,
            platform=platform,
            effort=effort,
            recall=recall and not update,
            tolerance=tolerance,
            asked=self._asked,
            redacted=desktop.secrets.redacted,
        )

    def do(self, task: str) -> Done:
        """Do a task: replay its recording, and ask a model where the screen differs.

        After each of the model's answers the screen is compared with the recorded ones. Once it
        looks as it did between two actions of the recording, and between no others, the replay
        goes on from there; else the model goes on to the end. What was done then takes the
        recording's place. Nothing is ever replayed on a screen that differs.

        Args:
            task: what to do, in words. Secrets are named in it: `{{NAME}}`.

        Raises:
            ExpectationError: if the model did not get there, or may not be asked, or the
                application has crashed. Nothing is recorded then; the trace is in `artifacts`.
            RecordingError: if the recording is damaged or cannot be written.
            StopRequested: if somebody has stopped it.
            CaptureError: if the display is gone.
            UsageError: if the task is empty, or the display is not private and `confirm` is
                missing.
        """
        return self._tasks.done(task)

    def check(self, claim: str, *, region: Box[Image] | None = None) -> Verdict:
        """Whether a claim about the screen holds, as a model sees it once the screen is still.

        Args:
            claim: what should hold, in words.
            region: the part of the display's capture that is judged; all of it by default.

        Raises:
            ExpectationError: if a model may not be asked, or the application has crashed.
            JudgementError: if the model gives no verdict.
            RecordingError: if the verdict of an earlier run is damaged, or this one cannot be kept.
            StopRequested: if somebody has stopped it.
            CaptureError: if the display is gone.
            UsageError: if the claim is empty, or the region is not in the capture.
        """
        return self._claims.checked(claim, self._still(claim), self._desktop, region, keep=True)

    def expect(self, claim: str, *, region: Box[Image] | None = None) -> Verdict:
        """The verdict on a claim about the screen, which has to hold.

        Args:
            claim: what should hold, in words.
            region: the part of the display's capture that is judged; all of it by default.

        Raises:
            ExpectationError: if it does not hold; a picture with the evidence is in `artifacts`.
            the same errors as `check`.
        """
        shown = self._still(claim)
        verdict = self._claims.checked(claim, shown, self._desktop, region, keep=False)
        if not verdict.holds:
            raise self._claims.failure(claim, shown, verdict, region, self._artifacts)
        return verdict

    def _still(self, claim: str) -> Screenshot:
        """The display at rest, with masks painted over."""
        if not claim.strip():
            raise UsageError("the claim is empty: say what should hold")
        self._tasks.require_running(f"before {quoted(claim)} was checked")
        seen = self._desktop.perform(LookAround()).seen
        self._tasks.knows_hidden(() if seen is None else seen.hidden)
        return self._desktop.glance()

    def _asked(self, why: str) -> Anthropic:
        """The client of a model that has to be asked.

        Raises:
            ExpectationError: if none may be.
            UsageError: if there is no client.
        """
        if self._offline:
            raise ExpectationError(f"{why}; no model may be asked (offline)")
        if self._client is None:
            raise UsageError(f"{why}; give the agent one with client=")
        self._say(why)
        if callable(self._client):
            self._client = self._client()
        return self._client


def _new_artifacts() -> Path:
    """A folder of this process's own, beside those of the runs; it is not made yet."""
    runs = new_folder(os.environ, os.getpid(), time.time())
    return runs.parent.with_name("tests") / runs.name
