"""All that `trueclick run` needs, read and checked before anything is started.

Each mistake is a `UsageError` of one line. Nothing here imports the SDK, which takes a second.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO, TypeAlias, cast

from trueclick.capture import CaptureError, is_private
from trueclick.geometry import (
    Box,
    Image,
    ResolutionLimits,
    Size,
    UsageError,
    find_model,
)
from trueclick.geometry.catalogue import Effort
from trueclick.geometry.requests import MANY_IMAGES_MAX_EDGE, PlatformName

from ..budget import Budget
from ..conversation.settings import HistoryMode, settings_for
from ..secret import Secrets, within
from ..trace import new_folder
from . import arguments
from .model_client import LOCAL, chosen_model
from .run_options import DEFAULT_SIZE, PRIVATE
from .secret_prompt import secret_prompt
from .trace_places import make_folder, place_for, require_own, require_room

if TYPE_CHECKING:
    from ..approval import Policy
    from ..trace import Trace

Output: TypeAlias = Literal["progress", "quiet", "json"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A run, as it was asked for.

    Attributes:
        task: what to do; of a run that is resumed, what else to do, and maybe nothing.
        model: the model's id.
        platform: where it is called.
        history: who keeps the conversation.
        effort: how much it thinks, or `None` for its own default.
        command: the application and its arguments; none: no application.
        server: the X server, or `None` for a private display.
        size: of a private display.
        budget: what it may use, with what its earlier parts used.
        policy: which calls are asked for.
        secrets: what the model types by name.
        masks: what is painted over, in the display's pixels.
        mask_secrets: whether places of secrets are painted over.
        guard_batches: whether a batch stops where the screen has changed under it.
        stop_file: what stops it as soon as it is there.
        trace: the folder to write to, or `None` for none.
        resume: the run to go on with.
        screenshots: where every picture is kept, or `None`.
        output: what is told on standard output.
        setup: what the trace keeps of the options.
        as_before: options that were taken over from the run that is resumed, as they are typed.
    """

    task: str
    model: str
    platform: PlatformName
    history: HistoryMode
    effort: Effort | None
    command: tuple[str, ...]
    server: str | None
    size: Size[Any]
    budget: Budget
    policy: Policy
    secrets: Secrets
    masks: tuple[Box[Image], ...]
    mask_secrets: bool
    guard_batches: bool
    stop_file: str | None
    trace: Path | None
    resume: Trace | None
    screenshots: Path | None
    output: Output
    setup: Mapping[str, Any]
    as_before: str

    @property
    def limits(self) -> ResolutionLimits:
        """Those of the model, within what it takes of more than 20 screenshots in a request."""
        return find_model(self.model).limits.capped(MANY_IMAGES_MAX_EDGE)


def plan_of(options: argparse.Namespace) -> Plan:
    """The run that the options ask for.

    Raises:
        UsageError: if one of them cannot be done, or they do not go together.
        CaptureError: if the real display is wanted, and there is none.
    """
    from .setup import setup_of, taken_over  # noqa: PLC0415 - takes its time

    prompt = secret_prompt()
    as_before = ""
    resume = _resumed(options.resume)
    before = None if resume is None else resume.settings
    if before is not None:
        options, as_before = taken_over(options, before, os.environ, can_ask=prompt is not None)
    task = _task(options.task, resumes=resume is not None)
    platform: PlatformName = options.platform or cast(
        "PlatformName", before.platform if before else "anthropic"
    )
    model = chosen_model(
        options.model or (before.model if before else None),
        platform,
        os.environ,
        f"follow plain steps with --model {LOCAL}",
    )
    history: HistoryMode = options.history or cast(
        "HistoryMode", before.history if before else "full"
    )
    if model == LOCAL:
        _refuse_for_local(options)
    settings_for(model, platform=platform, history=history, effort=options.effort)
    command = _command(options.app, resumes=resume is not None)
    budget = _budget(options, model, resume)
    display: str = options.display or PRIVATE
    private = display == PRIVATE
    if options.size is not None and not private:
        raise UsageError("--size goes with --display private alone")
    server = None if private else _server(display, os.environ)
    size: Size[Any] = options.size or (before.screen.size if before else DEFAULT_SIZE)
    if private:
        within(size, options.masks)
    if options.mask_secrets and not options.secrets:
        raise UsageError("--mask-secrets goes with --secret alone")
    if options.screenshots is not None:
        make_folder(options.screenshots)
    trace = _trace(options, resume)
    policy = _policy(options.confirm, server, unattended=options.unattended, json=options.json)
    return Plan(
        task=task,
        model=model,
        platform=platform,
        history=history,
        effort=options.effort,
        command=command,
        server=server,
        size=size,
        budget=budget,
        policy=policy,
        secrets=Secrets.read(options.secrets, os.environ, prompt),  # asks: comes last
        masks=tuple(options.masks),
        mask_secrets=bool(options.mask_secrets),
        guard_batches=options.guard_batches is not False,
        stop_file=options.stop_file,
        trace=trace,
        resume=resume,
        screenshots=options.screenshots,
        output="json" if options.json else "quiet" if options.quiet else "progress",
        setup=setup_of(options, command),
        as_before=as_before,
    )


def _resumed(folder: Path | None) -> Trace | None:
    if folder is None:
        return None
    from ..trace import read_trace  # noqa: PLC0415 - takes its time

    require_own(folder)
    return read_trace(folder)


def _refuse_for_local(options: argparse.Namespace) -> None:
    """Refuse what means nothing to a model that neither thinks nor costs anything."""
    for option, given in (("--effort", options.effort), ("--max-usd", options.max_usd)):
        if given is not None:
            raise UsageError(f"{option} means nothing to --model {LOCAL}: leave it out")


def _task(given: str | None, *, resumes: bool) -> str:
    if given is not None:
        return arguments.task(given)
    if resumes:
        return ""
    raise UsageError("no task: say what to do, such as trueclick run 'open the settings'")


def _command(text: str | None, *, resumes: bool) -> tuple[str, ...]:
    if text is None or (resumes and not text.strip()):
        return ()
    try:
        command = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"--app {text!r} cannot be split into words: {error}") from error
    if not command:
        raise UsageError("--app is empty")
    return tuple(command)


def _budget(options: argparse.Namespace, model: str, resume: Trace | None) -> Budget:
    turns: int | None = options.max_turns
    if turns is None:
        turns = (Budget().turns or 0) + (resume.turns if resume is not None else 0)
    if turns < 1:
        raise UsageError(f"--max-turns must be at least 1, got {turns}")
    if options.max_usd is not None and find_model(model).price is None:
        raise UsageError(f"--max-usd needs a known price, and none is published for {model}")
    return Budget(
        turns=turns,
        seconds=None if options.max_seconds is None else float(options.max_seconds),
        tokens=options.max_tokens,
        usd=options.max_usd,
    )


def _server(display: str, environment: Mapping[str, str]) -> str:
    if display == "real":
        server = environment.get("DISPLAY")
        if not server:
            raise CaptureError("--display real needs DISPLAY, which is not set")
        return server
    if not re.fullmatch(r"[A-Za-z0-9.-]*:[0-9]+(\.[0-9]+)?", display):
        raise UsageError(f"--display {display!r} is none of private, real, :N")
    return display


def _policy(given: str | None, server: str | None, *, unattended: bool, json: bool) -> Policy:
    from ..approval import read_policy  # noqa: PLC0415 - takes its time

    private = server is None or is_private(server)
    policy = read_policy(given, private=private, unattended=unattended)
    # Where the lines are a program's, questions go to standard error.
    shown = ("standard error", sys.stderr) if json else ("standard output", sys.stdout)
    away = [name for name, stream in (("standard input", sys.stdin), shown) if not _is_tty(stream)]
    if policy.name in {"ask", "always"} and away:
        where = "the private display" if private else server
        remedy = "say --confirm never" if private else "use --display private"
        raise UsageError(
            f"every action on {where} must be approved in a terminal, and "
            f"{' and '.join(away)} {'is' if len(away) == 1 else 'are'} none: start it in one "
            f"without redirecting that, or {remedy}"
        )
    return policy


def _is_tty(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed later on
        return False


def _trace(options: argparse.Namespace, resume: Trace | None) -> Path | None:
    if options.no_trace:
        return None
    given: Path | None = options.trace
    if resume is not None and given in {None, resume.folder}:
        require_room(resume.folder)
        return resume.folder
    folder = given or new_folder(os.environ, os.getpid(), time.time())
    return place_for(folder, named=given is not None)
