"""The loop: a model looks, acts and looks again until the task is done.

Here are the decisions of a turn. What is sent is in `conversation`, what is carried out in `batch`,
and everything that happens is told as an event, from which the run can be taken up again.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anthropic
from anthropic.tools.computer import BetaComputerConfirmCallable

from trueclick.capture import CaptureError
from trueclick.geometry import Model, Size, TrueclickError, UsageError, find_model
from trueclick.geometry.catalogue import Effort
from trueclick.geometry.requests import PlatformName

from .approval import approve_all
from .budget import Budget
from .conversation.instructions import Instructions
from .conversation.retries import NETWORK_ERRORS, error_text
from .conversation.settings import HistoryMode, settings_for
from .conversation.spending import Spending
from .desktop import DEFAULT_MODEL, Desktop
from .errors import StopRequested
from .events import (
    Acted,
    Added,
    Calling,
    Ended,
    Event,
    Faulted,
    RunResult,
    Started,
    Status,
    ignore,
)
from .glimpses import PATIENCE_S, Glimpses
from .hand_back import HAND_BACK
from .launch import Application
from .prompt import system_prompt
from .tool_versions import computer_tool, newest_version
from .turns import Turns

if TYPE_CHECKING:
    from .trace import Trace, TraceWriter


def run(
    task: str,
    desktop: Desktop,
    *,
    client: anthropic.Anthropic,
    model: str = DEFAULT_MODEL,
    confirm: BetaComputerConfirmCallable | None = None,
    budget: Budget | None = None,
    effort: Effort | None = None,
    history: HistoryMode = "full",
    platform: PlatformName = "anthropic",
    on_event: Callable[[Event], None] = ignore,
    on_question: Callable[[str], str | None] | None = None,
    instructions: Instructions | None = None,
    application: Application | None = None,
    trace: Path | None = None,
    resume: Trace | None = None,
    same_screen: bool = False,
    setup: Mapping[str, Any] | None = None,
) -> RunResult:
    """Let a model carry out a task on a desktop.

    However it ends, every button and key that it pressed is up again.

    Args:
        task: what to do, in words. For a run that is resumed, what else there is to say to the
            model, or nothing.
        desktop: where; opened for the same model.
        client: the SDK's client, or `trueclick.agent.local.local_client()`. Its own retries are
            not used: requests that fail are made again visibly, for about two minutes.
        model: the model's id.
        confirm: asked before each call; only `True` approves. May be left out on a private
            display, where everything is approved.
        budget: what the run may use; 100 turns by default.
        effort: how much the model thinks and writes; its own default if left out.
        history: `full`: each request holds the conversation, old screenshots left out in batches.
            `thread`: the API keeps it for some minutes, and each request holds what is new.
        platform: where the model is called.
        on_event: told of everything that happens.
        on_question: asked what only the user can say; its answer goes to the model. Without one,
            or if it gives `None`, the run ends with `needs_user`.
        instructions: what the user adds while the run goes on.
        application: whose end is told to the model.
        trace: a folder to be made, that keeps everything that happens as it happens.
        resume: the trace of a run that is to go on.
        same_screen: whether it goes on in the very display and application that its trace ended
            in, and the model need not be told to expect others.
        setup: kept in the trace as `Started.setup`; of a run that is resumed, that of its trace if
            left out.

    Raises:
        UsageError: if the model is unknown, takes no version of the computer tool or not the
            settings asked for, if its screenshots would be too large, if `confirm` is missing for
            a display that is not private, or if the run cannot be resumed like this.
    """
    check_model(model, desktop.view.model, platform)
    if resume is None and not task.strip():
        raise UsageError("the task is empty")
    if confirm is None:
        if not desktop.private:
            raise UsageError(
                f"{desktop.display.server} is not a private display: pass confirm=, which "
                "approves each call"
            )
        confirm = approve_all
    budget = budget or Budget()
    with contextlib.ExitStack() as stack:
        writer = _writer(trace, resume)
        if writer is not None:
            stack.enter_context(writer)
        glimpses = None
        if writer is not None:
            glimpses = stack.enter_context(Glimpses())
            stack.enter_context(desktop.glimpsing(glimpses.take))
        told = _Told(desktop, writer, on_event, glimpses)
        tool = computer_tool(model, desktop, confirm=confirm, on_call=told, platform=platform)
        settings = settings_for(
            model, platform=platform, history=history, effort=effort, tool_betas=tool.betas
        )
        started = Started(
            task=task,
            model=model,
            platform=platform,
            history=history,
            display=desktop.display.server,
            screen=desktop.display.box,
            screenshot=desktop.view.model,
            system=system_prompt(desktop.secrets.names),
            tools=[{**tool.to_dict()}, HAND_BACK],
            setup=_setup(setup, resume),
            captured=desktop.view.image,
            same_screen=same_screen,
        )
        turns = Turns(
            tool,
            settings,
            client=client,
            spending=Spending(budget, settings.spec.price),
            tell=told,
            on_question=on_question or _nobody,
            instructions=instructions or Instructions(),
            application=application,
        )
        return _ended(turns, started, resume, told, desktop)


def _ended(
    turns: Turns, started: Started, resume: Trace | None, told: _Told, desktop: Desktop
) -> RunResult:
    """The result of a run, which is always told of, whatever ended it."""
    status: Status = "failed"
    text = "the program that ran it ended"
    faulted: Faulted | None = None
    try:
        status, text = turns.until_over(started, resume)
    except StopRequested as stop:
        status, text = "stopped", stop.reason
    except NETWORK_ERRORS as error:
        text = error_text(error)
        faulted = Faulted("api", text)
    except UsageError:
        faulted = Faulted("program", text)
        raise
    except TrueclickError as error:
        text = str(error)
        faulted = Faulted("display" if isinstance(error, CaptureError) else "program", text)
    except Exception as error:
        text = f"an error of the program around the run: {type(error).__name__}"
        faulted = Faulted("program", text)
        raise
    except BaseException:
        status, text = "stopped", desktop.stop.requested or "interrupted"
        raise
    finally:
        desktop.release()
        result = RunResult(
            status=status,
            text=desktop.secrets.redacted(text),
            turns=turns.spending.turns,
            actions=turns.brought_actions + told.actions,
            usage=turns.spending.usage,
            usd=turns.spending.usd,
            seconds=turns.spending.seconds,
            trace=told.folder,
        )
        if turns.begun:
            told.end(turns, faulted, result)
    return result


def check_model(
    model: str, screenshot: Size[Model] | None = None, platform: PlatformName = "anthropic"
) -> None:
    """Check that a model can be driven, and that it sees screenshots of a size unscaled.

    Raises:
        UsageError: if it is unknown, takes no version of the computer tool, or the size is over
            its limits.
    """
    settings_for(model, platform=platform)
    newest_version(model, platform)
    if screenshot is not None and not find_model(model).limits.fits(screenshot):
        raise UsageError(
            f"screenshots of {screenshot} are over the limits of {model}: "
            f"open the desktop with model={model!r}"
        )


def _setup(given: Mapping[str, Any] | None, resume: Trace | None) -> Mapping[str, Any]:
    if given is None:
        return {} if resume is None else resume.settings.setup
    return given


def _writer(trace: Path | None, resume: Trace | None) -> TraceWriter | None:
    if trace is None:
        return None
    from .trace import TraceWriter  # noqa: PLC0415 - not every run keeps a trace

    return TraceWriter(trace, after=resume)


class _Told:
    """Hands every event on, without the secrets in it, and counts what was done."""

    def __init__(
        self,
        desktop: Desktop,
        writer: TraceWriter | None,
        on_event: Callable[[Event], None],
        glimpses: Glimpses | None,
    ) -> None:
        self._secrets = desktop.secrets
        self._writer = writer
        self._on_event = on_event
        self._glimpses = glimpses
        self.actions = 0
        self.folder = None if writer is None else writer.folder

    def __call__(self, event: Event) -> None:
        if self._glimpses is not None:
            if isinstance(event, Calling):
                self._glimpses.call = event.id
            # None of a turn's is told after the turn.
            wait_s = PATIENCE_S if isinstance(event, Added | Ended) else 0.0
            for glimpsed in self._glimpses.ready(wait_s):
                self._hand_on(glimpsed)
        self._hand_on(event)

    def end(self, turns: Turns, faulted: Faulted | None, result: RunResult) -> None:
        """Tell how the run ended, as far as that is still possible."""
        # A full disk is in the result already; and whoever watches may have ended the run.
        passed = Exception if sys.exception() else TrueclickError
        with contextlib.suppress(passed):
            turns.drain()
        if faulted is not None:
            with contextlib.suppress(passed):
                self(faulted)
        with contextlib.suppress(passed):
            self(Ended(result))

    def _hand_on(self, event: Event) -> None:
        if isinstance(event, Acted):
            self.actions += event.counts
        event = self._secrets.redacted(event)
        if self._writer is not None:  # first: what is shown must not be lost
            self._writer(event)
        self._on_event(event)


def _nobody(question: str) -> None:
    """Answer no question."""
    del question
