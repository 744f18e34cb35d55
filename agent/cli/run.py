"""`trueclick run`: a task, an application, a model."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shlex
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from trueclick.capture import CaptureError, VirtualDisplay, is_private
from trueclick.geometry import Size, UsageError, find_model
from trueclick.geometry.requests import MANY_IMAGES_MAX_EDGE

from ..desktop import DEFAULT_MODEL, open_desktop
from ..launch import application
from ..stop import StopSwitch
from ..stop.runs import UnlistedError, listed
from ..stop.watcher import polled
from . import arguments
from .escape import printable
from .signals import Stop
from .terminal import Progress

if TYPE_CHECKING:
    import anthropic
    from anthropic.tools.computer import BetaComputerConfirmCallable

LOCAL = "local"
DEFAULT_SIZE = Size[object](1280, 800)


def add_to(commands: arguments.Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "run",
        help="let a model carry out a task",
        description="Let a model carry out a task, on a private display unless told otherwise.",
    )
    parser.add_argument("task", metavar="TASK", help="what to do; @FILE reads it, - from stdin")
    parser.add_argument("--app", metavar="CMD", help="start this program first (no shell)")
    parser.add_argument(
        "--model",
        help=f'a Claude model, or "local": follows plain steps such as click "Save" and '
        f"understands nothing else. Default: {DEFAULT_MODEL} if ANTHROPIC_API_KEY is set",
    )
    parser.add_argument(
        "--display",
        default="private",
        help="private (default), real (DISPLAY), or an X server such as :1; "
        "outside of private displays every action must be approved in the terminal",
    )
    parser.add_argument(
        "--size", type=arguments.size, metavar="WxH", help=f"of a private display; {DEFAULT_SIZE}"
    )
    parser.add_argument("--max-turns", type=int, default=100, help="default: %(default)s")
    parser.add_argument(
        "--screenshots", type=Path, metavar="DIR", help="keep every screenshot in this folder"
    )
    parser.add_argument(
        "--stop-file",
        metavar="FILE",
        help="stop as soon as this file is there; `trueclick stop` and Ctrl-C do without it",
    )
    parser.add_argument(
        "--no-batch-guard",
        dest="guard_batches",
        action="store_false",
        help="go on with a batch of actions when a window has opened, or the screen has greatly "
        "changed, since the screenshot on which the model decided them",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object an event")
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    # Everything that can be wrong is looked at before anything is started, and before the SDK,
    # which takes a second to import.
    model = _model(options.model)
    limits = find_model(model).limits
    task = arguments.task(options.task)
    command = _command(options.app)
    if options.max_turns < 1:
        raise UsageError(f"--max-turns must be at least 1, got {options.max_turns}")
    if options.size is not None and options.display != "private":
        raise UsageError("--size goes with --display private alone")
    if options.screenshots is not None:
        _make_folder(options.screenshots)
    stopping: Stop = options.stopping
    stop = StopSwitch(options.stop_file, on_request=stopping.request)
    from ..loop import check_model, run  # noqa: PLC0415

    check_model(model)
    client = _client(model)
    console = Console(highlight=False)
    progress = Progress(console, json_lines=options.json, pictures=options.screenshots)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_stoppable(stop, private=options.display == "private"))
        if options.display == "private":
            private = VirtualDisplay(options.size or DEFAULT_SIZE)
            server = stack.enter_context(private).name
        else:
            server = _server(options.display)
        confirm = _approval(server, console)
        if command:
            stack.enter_context(application(command, server))
        # A run soon holds more than 20 screenshots, of which the API then takes none over 2000 px.
        limits = limits.capped(MANY_IMAGES_MAX_EDGE)
        stack.push(_released(stopping))
        desktop = stack.enter_context(
            open_desktop(
                server,
                model=model,
                limits=limits,
                guard_batches=options.guard_batches,
                stop=stop,
            )
        )
        result = run(
            task,
            desktop,
            client=client,
            model=model,
            confirm=confirm,
            max_turns=options.max_turns,
            on_event=progress,
        )
    progress.ended(result)
    return 0 if result.status == "done" else 1


@contextlib.contextmanager
def _stoppable(stop: StopSwitch, *, private: bool) -> Generator[None]:
    """Inside of the block the switch ends the run, whatever it waits for."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(listed(stop))
        except UnlistedError as error:
            if not private:
                raise
            print(f"trueclick: {printable(str(error))}", file=sys.stderr)
        stack.enter_context(polled(stop))
        yield


def _released(stopping: Stop) -> Callable[[object, BaseException | None, object], None]:
    """Notes, once the desktop is closed, that it was closed in order."""

    def closed(_: object, error: BaseException | None, __: object) -> None:
        stopping.afterwards = (
            "the display does not answer, so a key or a button may still be down"
            if isinstance(error, CaptureError)
            else "every key and button is released"
        )

    return closed


def _model(given: str | None) -> str:
    has_key = any(os.environ.get(name) for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"))
    if given is None and not has_key:
        raise UsageError(
            f"no model: set ANTHROPIC_API_KEY for {DEFAULT_MODEL}, or follow plain steps with "
            f"--model {LOCAL}"
        )
    model = given or DEFAULT_MODEL
    find_model(model)
    if model != LOCAL and not has_key:
        raise UsageError(f"{model} needs ANTHROPIC_API_KEY; without a key there is --model {LOCAL}")
    return model


def _client(model: str) -> anthropic.Anthropic:
    if model == LOCAL:
        from ..local import local_client  # noqa: PLC0415 - reading screens is an extra

        return local_client()
    import anthropic  # noqa: PLC0415
    import httpx2  # noqa: PLC0415

    try:
        # Tried first: an SDK client that fails to be made complains again when it is collected.
        httpx2.Client().close()
        return anthropic.Anthropic()
    except (ImportError, ValueError, httpx2.InvalidURL, anthropic.AnthropicError) as error:
        # Not the error's own words: a proxy's address may hold a password.
        raise UsageError(
            "the API client cannot be made: look at ANTHROPIC_BASE_URL and the *_PROXY variables"
        ) from error


def _command(text: str | None) -> list[str]:
    if text is None:
        return []
    try:
        command = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"--app {text!r} cannot be split into words: {error}") from error
    if not command:
        raise UsageError("--app is empty")
    return command


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}") from error


def _server(display: str) -> str:
    if display == "real":
        server = os.environ.get("DISPLAY")
        if not server:
            raise CaptureError("--display real needs DISPLAY, which is not set")
        return server
    if not re.fullmatch(r"[A-Za-z0-9.-]*:[0-9]+(\.[0-9]+)?", display):
        raise UsageError(f"--display {display!r} is none of private, real, :N")
    return display


def _approval(server: str, console: Console) -> BetaComputerConfirmCallable:
    from ..approval import AskAtTerminal, approve_all, at_terminal  # noqa: PLC0415

    if is_private(server):
        return approve_all
    if not at_terminal():
        raise UsageError(
            f"every action on {server} must be approved in a terminal, and this is none: "
            "use --display private"
        )
    return AskAtTerminal(console)
