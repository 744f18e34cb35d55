"""`trueclick run`: a task, an application, a model."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Console

from trueclick.capture import CaptureError, VirtualDisplay
from trueclick.geometry import TrueclickError, find_model

from ..conversation.instructions import Instructions
from ..desktop import open_desktop
from ..escape import printable
from ..events import Ended, Event, RunResult
from ..launch import application
from ..secret import keep_out
from ..stop import StopSwitch
from . import arguments, run_options
from .app_watch import ApplicationWatch
from .model_client import client_for
from .outputs import JsonOutput, Output, QuietOutput, progress_output
from .pictures import Pictures
from .run_plan import Plan, plan_of
from .signals import Stop, Stopped
from .stoppable import stoppable
from .tally import Tally

if TYPE_CHECKING:
    from anthropic import Anthropic


def add_to(commands: arguments.Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "run",
        help="let a model carry out a task",
        description="Let a model carry out a task, on a private display unless told otherwise.",
        epilog="Exit status: 0 done; 1 the run ended otherwise, as it says; 2 something is missing "
        "or wrong; 128+N stopped by the signal N: 130 by Ctrl-C or another stop switch, 143 by a "
        "request to end (TERM), 129 because the terminal was closed (HUP).",
    )
    run_options.add_to(parser)
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    # Everything that can be wrong is looked at before anything is started, and before the SDK,
    # which takes a second to import.
    plan = plan_of(options)
    keep_out()  # the application is not to read the key and the secrets off this process
    if plan.as_before and plan.output != "quiet":
        print(f"trueclick: as before: {printable(plan.as_before)}", file=sys.stderr)
    stopping: Stop = options.stopping
    stop = StopSwitch(plan.stop_file, on_request=stopping.request)
    client = client_for(plan.model, plan.platform)
    from ..loop import check_model  # noqa: PLC0415

    check_model(plan.model, platform=plan.platform)
    tally = Tally(time.monotonic, find_model(plan.model).price, plan.trace)
    if plan.resume is not None:
        tally.brought_along(plan.resume)
    instructions = Instructions()
    with _told(plan, tally, instructions) as output, stoppable(stop, private=plan.server is None):
        result = _carry_out(plan, client, stop, stopping, output, tally, instructions)
    return 0 if result.status == "done" else 1


@contextlib.contextmanager
def _told(plan: Plan, tally: Tally, instructions: Instructions) -> Generator[Output]:
    """Inside of the block a run is told; at its end, whatever comes, how the run has ended."""
    output: Output
    result: RunResult | None = None
    with contextlib.ExitStack() as afterwards, contextlib.ExitStack() as stack:
        if plan.output == "progress":
            console = Console(highlight=False)
            telling = progress_output(console, tally, instructions, plan.budget)
            output = stack.enter_context(telling)
        else:
            output = JsonOutput() if plan.output == "json" else QuietOutput(plan.budget)
        try:
            yield output
        except Stopped as stopped:
            result = tally.broken_off("stopped", stopped.stop.why)
            raise
        except (TrueclickError, OSError) as error:
            result = tally.broken_off("failed", str(error))
            raise
        finally:
            result = tally.result or result
            if result is not None and (plan.output == "json" or tally.began):
                afterwards.callback(output.ended, result)  # the status line is gone by then


def _carry_out(
    plan: Plan,
    client: Anthropic,
    stop: StopSwitch,
    stopping: Stop,
    output: Output,
    tally: Tally,
    instructions: Instructions,
) -> RunResult:
    """Open the display, start the application, run, and close it all again."""
    from ..approval import approver  # noqa: PLC0415
    from ..loop import run  # noqa: PLC0415

    hearers: list[Callable[[Event], None]] = [tally, output]
    watch: ApplicationWatch | None = None
    if plan.screenshots is not None:
        hearers.insert(1, Pictures(plan.screenshots))

    def on_event(event: Event) -> None:
        if isinstance(event, Ended) and event.result.status == "stopped":
            # run() sees an interruption alone.
            event = Ended(replace(event.result, text=stop.requested or stopping.why))
        if watch is not None:
            watch()
        for hearer in hearers:
            hearer(event)

    with contextlib.ExitStack() as stack:
        server = plan.server
        if server is None:
            server = stack.enter_context(VirtualDisplay(plan.size)).name
        app = None
        if plan.command:
            app = stack.enter_context(application(plan.command, server))
            watch = ApplicationWatch(app, output.warned)
        stack.push(_released(stopping))
        desktop = stack.enter_context(
            open_desktop(
                server,
                model=plan.model,
                limits=plan.limits,
                platform=plan.platform,
                guard_batches=plan.guard_batches,
                stop=stop,
                secrets=plan.secrets,
                masks=plan.masks,
                mask_secrets=plan.mask_secrets,
            )
        )
        # Questions must not get between a program and the lines that it reads.
        asks = Console(highlight=False, stderr=plan.output == "json")
        confirm = stack.enter_context(
            approver(plan.policy, desktop, console=asks, while_asking=output.asking)
        )
        return run(
            plan.task,
            desktop,
            client=client,
            model=plan.model,
            platform=plan.platform,
            history=plan.history,
            effort=plan.effort,
            budget=plan.budget,
            confirm=confirm,
            on_event=on_event,
            on_question=output.on_question,
            instructions=instructions,
            application=app,
            trace=plan.trace,
            resume=plan.resume,
            setup=plan.setup,
        )


def _released(stopping: Stop) -> Callable[[object, BaseException | None, object], None]:
    """Notes, once the desktop is closed, that it was closed in order."""

    def closed(_: object, error: BaseException | None, __: object) -> None:
        stopping.afterwards = (
            "the display does not answer, so a key or a button may still be down"
            if isinstance(error, CaptureError)
            else "every key and button is released"
        )

    return closed
