"""All that `trueclick run` needs, read and checked before anything is started.

Each mistake is a `UsageError` of one line. Nothing here imports the SDK, which takes a second.
"""

from __future__ import annotations

import argparse
import getpass
import os
import re
import shlex
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from trueclick.capture import CaptureError, is_private
from trueclick.geometry import Box, Image, ResolutionLimits, Size, UsageError, find_model
from trueclick.geometry.catalogue import Effort
from trueclick.geometry.requests import MANY_IMAGES_MAX_EDGE, PlatformName

from ..budget import Budget
from ..conversation.settings import HistoryMode, settings_for
from ..desktop import DEFAULT_MODEL
from ..platforms import has_key
from ..secret import Secrets, within
from ..trace import new_folder
from ..trace.layout import LINES
from . import arguments
from .escape import printable
from .run_options import DEFAULT_SIZE, PRIVATE

if TYPE_CHECKING:
    from ..approval import Policy
    from ..trace import Trace

LOCAL = "local"

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
    resume = _resumed(options.resume)
    before = None if resume is None else resume.settings
    platform: PlatformName = options.platform or cast(
        "PlatformName", before.platform if before else "anthropic"
    )
    model = _model(options.model or (before.model if before else None), platform, os.environ)
    history: HistoryMode = options.history or cast(
        "HistoryMode", before.history if before else "full"
    )
    settings_for(model, platform=platform, history=history, effort=options.effort)
    task = _task(options.task, resumes=resume is not None)
    command = _command(options.app)
    budget = _budget(options, model, resume)
    if options.size is not None and options.display != PRIVATE:
        raise UsageError("--size goes with --display private alone")
    private = options.display == PRIVATE
    server = None if private else _server(options.display, os.environ)
    size: Size[Any] = options.size or (before.screen.size if before else DEFAULT_SIZE)
    if private:
        within(size, options.masks)
    if options.mask_secrets and not options.secrets:
        raise UsageError("--mask-secrets goes with --secret alone")
    if options.screenshots is not None:
        make_folder(options.screenshots)
    trace = _trace(options, resume)
    policy = _policy(options.confirm, server, unattended=options.unattended)
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
        secrets=Secrets.read(options.secrets, os.environ, _prompt()),  # asks: comes last
        masks=tuple(options.masks),
        mask_secrets=options.mask_secrets,
        guard_batches=options.guard_batches,
        stop_file=options.stop_file,
        trace=trace,
        resume=resume,
        screenshots=options.screenshots,
        output="json" if options.json else "quiet" if options.quiet else "progress",
    )


def make_folder(folder: Path) -> None:
    """Make a folder, with those that it is in.

    Raises:
        UsageError: if it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{str(folder)!r} is no name of a folder") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"{folder} cannot be written to: Permission denied")


def _resumed(folder: Path | None) -> Trace | None:
    if folder is None:
        return None
    from ..trace import read_trace  # noqa: PLC0415 - takes its time

    return read_trace(folder)


def _model(given: str | None, platform: PlatformName, environment: Mapping[str, str]) -> str:
    keyed = platform != "anthropic" or has_key(environment)
    if given is None and not keyed:
        raise UsageError(
            f"no model: set ANTHROPIC_API_KEY for {DEFAULT_MODEL}, or follow plain steps with "
            f"--model {LOCAL}"
        )
    model = given or DEFAULT_MODEL
    find_model(model)
    if model == LOCAL and platform != "anthropic":
        raise UsageError(f"--model {LOCAL} runs here, not on the platform {platform}")
    return model


def _task(given: str | None, *, resumes: bool) -> str:
    if given is not None:
        return arguments.task(given)
    if resumes:
        return ""
    raise UsageError("no task: say what to do, such as trueclick run 'open the settings'")


def _command(text: str | None) -> tuple[str, ...]:
    if text is None:
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


def _policy(given: str | None, server: str | None, *, unattended: bool) -> Policy:
    from ..approval import at_terminal, read_policy  # noqa: PLC0415 - takes its time

    private = server is None or is_private(server)
    policy = read_policy(given, private=private, unattended=unattended)
    if policy.name in {"ask", "always"} and not at_terminal():
        where = "the private display" if private else server
        remedy = "leave --confirm out" if private else "use --display private"
        raise UsageError(
            f"every action on {where} must be approved in a terminal, and this is none: {remedy}"
        )
    return policy


def _trace(options: argparse.Namespace, resume: Trace | None) -> Path | None:
    if options.no_trace:
        return None
    given: Path | None = options.trace or (resume.folder if resume is not None else None)
    if given is not None:
        make_folder(given.parent)
        if (resume is None or given != resume.folder) and (given / LINES).exists():
            raise UsageError(
                f"{given} holds a trace already: choose another folder, or go on with it: "
                f"--resume {given}"
            )
        return given

    folder = new_folder(os.environ, os.getpid(), time.time())
    try:
        make_folder(folder.parent)
    except UsageError as error:
        # Nobody asked for it by name: a run on a machine without a home directory goes on.
        print(f"trueclick: no trace is kept: {printable(str(error))}", file=sys.stderr)
        return None
    return folder


def _prompt() -> Any:
    """What asks for a secret without showing it, or `None` where nobody can answer."""
    at_hand = sys.stdin is not None and sys.stdin.isatty()  # pyright: ignore[reportUnnecessaryComparison] - a closed one is None
    return getpass.getpass if at_hand else None
