"""Carries `trueclick replay` out, and tells of it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from trueclick.geometry import TrueclickError

from ..budget import Budget
from ..errors import StopRequested
from ..escape import printable
from ..replay.figures import Figures, FiguresError, write_figures
from ..replay.junit import junit
from ..replay.player import Player
from ..replay.replaying import replay
from ..replay.results import StepResult
from ..replay.stage import Setting
from ..replay.updating import doubts, update
from ..stop import StopSwitch
from ..trace import read_trace
from ..whole_file import users_file
from .model_client import client_for
from .replay_outputs import JsonOutput, ProgressOutput, QuietOutput, ReplayOutput
from .replay_plan import ReplayPlan
from .replay_total import Total
from .signals import Stop, Stopped
from .stoppable import stoppable

if TYPE_CHECKING:
    from anthropic import Anthropic


def carry_out(plan: ReplayPlan, stopping: Stop) -> int:
    """Replay, and return the exit status.

    Raises:
        TrueclickError: if it cannot be done at all.
        Stopped: if a signal has stopped it.
    """
    client = _client(plan)
    stop = StopSwitch(on_request=stopping.request)
    size = str(plan.size or plan.story.parts[0].view.image)
    total = Total(plan.story, size)
    output = _output(plan)
    if plan.as_before and plan.output != "quiet":
        print(f"trueclick: as recorded: {printable(plan.as_before)}", file=sys.stderr)
    with _told(plan, total, output), stoppable(stop, private=True):
        output.started(plan.story, size)
        _play(plan, total, output, stop, stopping, client)
    return 0 if total.good else 1


def _play(
    plan: ReplayPlan,
    total: Total,
    output: ReplayOutput,
    stop: StopSwitch,
    stopping: Stop,
    client: Anthropic | None,
) -> None:
    setting = Setting(plan.command, plan.size, plan.secrets, plan.mask_secrets, stop)
    with contextlib.ExitStack() as stack:
        stack.callback(_noted, stopping)
        player = stack.enter_context(
            Player(
                plan.story,
                setting,
                tolerance=plan.tolerance,
                masks=plan.masks,
                timeout_s=plan.timeout_s,
                keep_going=plan.keep_going,
                accept=plan.update,
            )
        )
        for result in player.results():
            figures = _figures(plan, result, output)
            total.add(result, figures)
            output.step(result, figures)
            if result.status != "different":
                continue
            if client is not None:
                _heal(plan, total, output, stop, player, result, client)
                return
            if not plan.keep_going:
                return
    if plan.update and not total.different and not total.left:
        kept = update(plan.story.trace, player.accepted)
        if kept is not None:
            total.ended = "updated"
            total.updated(kept, doubts(plan.story, player.accepted))


def _heal(
    plan: ReplayPlan,
    total: Total,
    output: ReplayOutput,
    stop: StopSwitch,
    player: Player,
    result: StepResult,
    client: Anthropic,
) -> None:
    """Hand the run over to a model, and put its trace in the place of the old one."""
    from ..replay.healing import Healing, healed, swapped  # noqa: PLC0415 - needs the SDK

    stage = player.theatre.stage
    if stage is None or stage.ended is not None or plan.heal is None:
        output.noted("nothing is left to go on with: the trace is as it was")
        return
    server, application = stage.server, stage.application
    player.theatre.leave()
    output.noted(f"{plan.heal} goes on from here")
    ended = healed(
        plan.story,
        result.step,
        server,
        application,
        Healing(
            plan.heal,
            client,
            budget=Budget(turns=plan.max_turns or Budget().turns, usd=plan.max_usd),
            secrets=plan.secrets,
            masks=plan.masks,
            mask_secrets=plan.mask_secrets,
            stop=stop,
            on_event=output.healing,
        ),
    )
    total.after = [f"the trace is as it was; the attempt, to look at or delete: {ended.trace}"]
    if ended.status == "stopped":
        raise StopRequested(ended.text)
    total.text = ended.text
    old = plan.story.trace.folder
    if ended.status != "done" or ended.trace is None:
        total.ended = "not healed"
        return
    player.theatre.clear()
    output.noted("what it did is replayed once, to be sure")
    total.text = _unproved(plan, ended.trace, stop) or ended.text
    if total.text != ended.text:
        total.ended = "not healed"
        return
    kept = swapped(old, ended.trace)
    total.ended = "healed"
    total.after = [f"healed: {old}", f"as it was before: {kept}"]


def _unproved(plan: ReplayPlan, folder: Path, stop: StopSwitch) -> str | None:
    """Why a healed trace does not replay from its first step on, or `None`."""
    result = replay(
        read_trace(folder),
        command=plan.command,
        tolerance=plan.tolerance,
        masks=plan.masks,
        timeout_s=plan.timeout_s,
        secrets=plan.secrets,
        mask_secrets=plan.mask_secrets,
        stop=stop,
    )
    for differs in result.mismatches:
        why = differs.mismatch.text.splitlines()[0] if differs.mismatch else ""
        return (
            f"{plan.heal} has ended the run, and what it did does not replay: step "
            f"{differs.step.number}: {why}"
        )
    return None


def _figures(plan: ReplayPlan, result: StepResult, output: ReplayOutput) -> Figures | None:
    """The pictures of a difference, if they can be written: the difference counts all the same."""
    if result.status != "different":
        return None
    try:
        return write_figures(result, plan.out)
    except FiguresError as error:
        output.noted(str(error))
        return None


@contextlib.contextmanager
def _told(plan: ReplayPlan, total: Total, output: ReplayOutput) -> Generator[None]:
    """Inside of the block a replay is told; at its end, whatever comes, how it has ended."""
    try:
        yield
    except Stopped as stopped:
        total.ended, total.text = "stopped", stopped.stop.why
        raise
    except StopRequested as stopped:
        total.ended, total.text = "stopped", str(stopped)
        raise
    except (TrueclickError, OSError) as error:
        total.ended, total.text = "failed", str(error)
        raise
    except BaseException as error:
        total.ended, total.text = "failed", f"an error of this program: {type(error).__name__}"
        raise
    finally:
        total.close()
        try:
            output.ended(total)
        finally:
            if plan.junit is not None:
                with users_file(plan.junit) as file:
                    file.write(junit(total.suite()))


def _noted(stopping: Stop) -> None:
    stopping.afterwards = "every key and button is released, and the application has ended"


def _client(plan: ReplayPlan) -> Anthropic | None:
    """What calls the model that heals, made before anything is started."""
    if plan.heal is None:
        return None
    from ..replay.healing import platform_of  # noqa: PLC0415

    return client_for(plan.heal, platform_of(plan.story, plan.heal))


def _output(plan: ReplayPlan) -> ReplayOutput:
    outputs: dict[str, Callable[[], ReplayOutput]] = {
        "json": JsonOutput,
        "quiet": QuietOutput,
        "progress": lambda: ProgressOutput(Console(highlight=False), plan.story),
    }
    return outputs[plan.output]()
