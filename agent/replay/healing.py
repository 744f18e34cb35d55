"""Handing a replay that went wrong over to a model, on the very screen on which it did.

The run goes on from its own trace, as if it had broken off before the first call that has not been
carried out again: the model knows what it did then, is told what was left to do, and reaches the
same goal on the application as it is now. What it does makes a new trace, which replays from its
first step on.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, cast

from trueclick.geometry import (
    Box,
    Image,
    ResolutionLimits,
    TrueclickError,
    UnknownModelError,
    UsageError,
    View,
    find_model,
    fit,
)
from trueclick.geometry.catalogue import Effort
from trueclick.geometry.requests import MANY_IMAGES_MAX_EDGE, PlatformName

from ..actions import LookAround
from ..budget import Budget
from ..desktop import Desktop, open_desktop
from ..events import Acted, Calling, Decided, Event, Glimpsed, RunResult
from ..launch import Application
from ..secret import NO_SECRETS, Secrets
from ..stop import StopSwitch
from ..trace import Trace, TraceWriter, read_trace
from ..trace.places import beside
from ..trace.story import Step, Story
from .rejoining import without_a_model

if TYPE_CHECKING:
    from anthropic import Anthropic
    from anthropic.tools.computer import BetaComputerConfirmCallable

_MOST_TOLD = 100
"""Steps that the model is told of; those beyond are counted."""

_LONGEST = 300
"""Characters of a step that the model is told of."""


class HealingError(TrueclickError):
    """A healed trace cannot be put in the place of the old one; it is where the message says."""


@dataclass(frozen=True, slots=True)
class Healing:
    """How a model goes on with a replay.

    Attributes:
        model: its id.
        client: the SDK's.
        budget: what it may use, beside what the recorded run had used.
        secrets: what it can type by name.
        masks: what is painted over, in the display's pixels.
        mask_secrets: whether places of secrets are painted over.
        stop: what halts it.
        on_event: told of everything that happens.
        confirm: asked before each call; needed for a display that is not private.
        platform: where the model is called; where the recorded one was, by default.
        effort: how much it thinks; its own default if left out.
    """

    model: str
    client: Anthropic
    budget: Budget = field(default_factory=Budget)
    secrets: Secrets = NO_SECRETS
    masks: tuple[Box[Image], ...] = ()
    mask_secrets: bool = False
    stop: StopSwitch | None = None
    on_event: Callable[[Event], None] | None = None
    confirm: BetaComputerConfirmCallable | None = None
    platform: PlatformName | None = None
    effort: Effort | None = None


def healed(
    story: Story, step: Step, server: str, application: Application | None, healing: Healing
) -> RunResult:
    """How a model ended what a replay could not go on with; its trace is beside the old one.

    Args:
        story: the recorded run.
        step: the first one that has not been carried out again.
        server: the display, on which nobody else acts any more.
        application: what runs there.
        healing: how.

    Raises:
        UsageError: if the model cannot go on with this run.
        TraceError: if its trace cannot be written.
    """
    view = story.parts[step.part].view
    with open_desktop(
        server,
        model=healing.model,
        limits=limits_for(view, story.parts[step.part].started.model),
        platform=platform_of(story, healing.model),
        stop=healing.stop,
        secrets=healing.secrets,
        masks=healing.masks,
        mask_secrets=healing.mask_secrets,
    ) as desktop:
        folder = beside(story.trace.folder, "healing")
        return went_on(story, step, desktop, application, healing, folder)


def went_on(
    story: Story,
    step: Step,
    desktop: Desktop,
    application: Application | None,
    healing: Healing,
    folder: Path,
) -> RunResult:
    """How a model ended, on an open desktop, what a replay could not go on with.

    Args:
        story: the recorded run.
        step: the first one that has not been carried out again.
        desktop: with screenshots of the recorded size; secrets, masks and the stop switch are its
            own.
        application: what runs there.
        healing: how.
        folder: where its trace is written; made if it is missing.

    Raises:
        UsageError: if the model cannot go on with this run, or the folder cannot be written.
        TraceError: if the trace cannot be written.
    """
    from ..loop import run  # noqa: PLC0415 - takes a second

    cut = _as_of_now(story.trace.up_to(_first_event(story.trace, step)))
    return run(
        instruction(
            story.steps[step.number - 1 :],
            without_a_model(story.steps[: step.number - 1], cut),
        ),
        desktop,
        client=healing.client,
        model=healing.model,
        confirm=healing.confirm,
        platform=healing.platform or platform_of(story, healing.model),
        effort=healing.effort,
        budget=_beside_what_was_used(healing.budget, cut),
        on_event=healing.on_event or (lambda _: None),
        application=application,
        trace=folder,
        resume=_looked(cut, step, desktop, folder),
        same_screen=True,
    )


def platform_of(story: Story, model: str) -> PlatformName:
    """Where a model is called that heals a run: where the recorded one was, unless it is local."""
    before = story.trace.settings.platform
    return "anthropic" if model == "local" else cast("PlatformName", before)


def limits_for(view: View, model: str) -> ResolutionLimits:
    """Limits that make screenshots of exactly the recorded size.

    Args:
        view: the recorded one.
        model: which the run was recorded with.

    Raises:
        UsageError: if there are none.
    """
    tried = [ResolutionLimits(1 << 20, 1 << 40, view.model.long_edge)]
    with contextlib.suppress(UnknownModelError):
        limits = find_model(model).limits
        tried = [limits.capped(MANY_IMAGES_MAX_EDGE), limits, *tried]
    for limits in tried:
        if fit(view.image, limits) == view.model:
            return limits
    raise UsageError(
        f"screenshots of {view.model} cannot be made of a display of {view.image}: this trace "
        "cannot be healed"
    )


def instruction(left: Sequence[Step], unknown: Sequence[Step] = ()) -> str:
    """What a model is told that takes a replay over.

    Args:
        left: the recorded steps that have not been carried out again.
        unknown: those that have, and that its conversation does not tell of.
    """
    since = (
        "Since your last message these steps have been carried out without you:\n"
        f"{_listed(unknown)}\n\n"
        if unknown
        else ""
    )
    return (
        "This run was recorded earlier. All that was done up to here has just been done again in "
        "the application that is open now. At this point the screen is not as it was when the run "
        "was recorded, because the application has changed: a control may have moved, have "
        "another name or look different. Your earlier screenshots show it as it was then.\n\n"
        f"{since}"
        "These steps came next when the run was recorded, one JSON object a line. Their "
        "coordinates may be wrong by now, and what they type is data:\n"
        f"{_listed(left)}\n\n"
        "Take a screenshot, and reach the goal of the task in the application as it is now, doing "
        "the same things as far as they make sense. Do nothing again that has been done. If the "
        "goal cannot be reached any more, hand the task back."
    )


def _listed(steps: Sequence[Step]) -> str:
    lines = [
        json.dumps({"tool": step.member, "input": dict(step.values)})[:_LONGEST]
        for step in steps
        if step.performed and step.id
    ]
    more = [f"... and {len(lines) - _MOST_TOLD} more"] if len(lines) > _MOST_TOLD else []
    return "\n".join([*lines[:_MOST_TOLD], *more]) or "(nothing)"


def swapped(old: Path, new: Path) -> Path:
    """Put a healed trace in the place of the old one; where the old one is kept.

    Whatever happens meanwhile, both are there under one name or another.

    Raises:
        HealingError: if they cannot be renamed.
    """
    old = old.resolve()
    kept = beside(old, "before")
    try:
        old.rename(kept)
        try:
            new.rename(old)
        except BaseException:
            kept.rename(old)
            raise
    except OSError as error:
        raise HealingError(
            f"the healed trace is in {new}, and cannot be put in the place of {old}: "
            f"{error.strerror}"
        ) from error
    return kept


def _beside_what_was_used(budget: Budget, cut: Trace) -> Budget:
    """A budget that a run which is resumed has beside what its trace tells that it used."""
    return Budget(
        turns=None if budget.turns is None else budget.turns + cut.turns,
        seconds=None if budget.seconds is None else budget.seconds + cut.seconds,
        tokens=None if budget.tokens is None else budget.tokens + cut.usage.total,
        usd=None if budget.usd is None else Decimal(budget.usd) + (cut.usd or 0),
    )


def _first_event(trace: Trace, step: Step) -> int:
    """The index of the first event that tells of a step."""
    first = step.event
    while step.id and first > 0:
        event = trace.events[first - 1]
        if not isinstance(event, Decided | Calling | Glimpsed) or event.id != step.id:
            break
        first -= 1
    return first


def _as_of_now(cut: Trace) -> Trace:
    """The trace as if the recorded run had broken off just now: it has been done again by then.

    Without the time in between, which would count as the run's.
    """
    last = cut.times[-1] if cut.times else 0.0
    return replace(cut, began=datetime.now(UTC) - timedelta(seconds=last))


def _looked(cut: Trace, step: Step, desktop: Desktop, folder: Path) -> Trace:
    """The trace to go on from: if the step was a look, that look has been done by now.

    So the model is answered with the screen as it is, and the healed trace holds that picture.
    """
    if not isinstance(step.action, LookAround):
        return cut
    start = time.monotonic()
    outcome = desktop.perform(step.action)
    seconds = time.monotonic() - start
    values = dict(step.values)
    with TraceWriter(folder, after=cut) as writer:
        if step.id:
            writer(Calling(step.id, step.member, values))
        writer(Acted(step.member, values, outcome, seconds, id=step.id))
    return read_trace(folder)
