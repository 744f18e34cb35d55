"""A recorded run, done again from its first step to its last."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from trueclick.capture.compare import Tolerance
from trueclick.geometry import Box, Image, Size

from ..secret import NO_SECRETS, Secrets
from ..stop import StopSwitch
from ..trace import Trace
from ..trace.story import story_of
from .player import TIMEOUT_S, Player
from .results import ReplayResult, StepResult
from .stage import Setting

_MOST_PICTURED = 8
"""Differences of which the pictures are kept in memory; `on_step` is given those of all."""


def replay(
    trace: Trace,
    *,
    command: Sequence[str] = (),
    size: Size[Any] | None = None,
    tolerance: Tolerance | None = None,
    masks: Iterable[Box[Image]] = (),
    timeout_s: float = TIMEOUT_S,
    keep_going: bool = False,
    secrets: Secrets = NO_SECRETS,
    mask_secrets: bool = False,
    stop: StopSwitch | None = None,
    on_step: Callable[[StepResult], None] | None = None,
) -> ReplayResult:
    """Do a recorded run again, on a private display, without a model and without a network.

    Before each action the screen must look as it did when it was recorded; it is gone on as soon as
    it does. However it ends, all that was started is over then.

    Args:
        trace: of the run, as `trueclick.agent.trace.read_trace` gives it.
        command: the application and its arguments; none: the display stays empty. Nothing of the
            trace is ever started.
        size: of the display; the recorded one by default.
        tolerance: what is no difference between two pictures.
        masks: boxes that do not count, in device pixels of the recorded display.
        timeout_s: how long a screen may take to look right, beside what it took when it was
            recorded.
        keep_going: whether to go on after a difference.
        secrets: what was typed by name.
        mask_secrets: whether places where a secret is typed do not count, and are painted over.
        stop: what halts it before its next action.
        on_step: told of each step as it is done.

    Raises:
        ApplicationError: if the application cannot be started.
        CaptureError: if no private display can be started.
        StopRequested: if somebody has stopped it.
        TraceError: if a picture of the trace is damaged.
        UsageError: if the recorded display is larger than a private one can be.
    """
    began = time.monotonic()
    story = story_of(trace)
    setting = Setting(tuple(command), size, secrets, mask_secrets, stop)
    done: list[StepResult] = []
    with Player(
        story, setting, tolerance=tolerance, masks=masks, timeout_s=timeout_s, keep_going=keep_going
    ) as player:
        for result in player.results():
            pictured = sum(each.status == "different" for each in done) < _MOST_PICTURED
            done.append(result if pictured else result.without_pictures)
            if on_step is not None:
                on_step(result)
            if result.mismatch is not None and not keep_going:
                break
    left = len(story.steps) - len(done)
    return ReplayResult(tuple(done), left, time.monotonic() - began, trace.seconds)
