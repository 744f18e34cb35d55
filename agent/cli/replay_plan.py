"""All that `trueclick replay` needs, read and checked before anything is started.

Each mistake is a `UsageError` of one line. Nothing here imports the SDK, which takes a second.
"""

from __future__ import annotations

import argparse
import os
import shlex
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import ValidationError

from trueclick.capture.compare import EXACT, Tolerance
from trueclick.geometry import Box, Image, Size, UsageError, find_model

from ..replay.player import TIMEOUT_S
from ..secret import Secrets, within
from ..trace import Story, new_folder, read_trace, story_of
from .arguments import as_typed
from .model_client import LOCAL
from .secret_prompt import secret_prompt
from .setup import Setup
from .trace_places import make_folder, require_own

Output: TypeAlias = Literal["progress", "quiet", "json"]


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """A replay, as it was asked for.

    Attributes:
        story: what is replayed.
        command: the application and its arguments; none: no application.
        size: of the display, or `None` for the recorded one.
        tolerance: what is no difference.
        masks: what is not compared, in pixels of the recorded display.
        timeout_s: how long a screen may take to look right.
        secrets: what is typed by name.
        mask_secrets: whether places of secrets are painted over.
        keep_going: whether to go on after a difference.
        update: whether what is seen is taken for right.
        heal: the model that goes on after a difference, or `None`.
        max_turns: of that model, or `None`.
        max_usd: that it may cost, or `None`.
        out: where pictures of differences are written; made when there is one.
        junit: where a report is written, or `None`.
        output: what is told on standard output.
        as_before: what was taken over from the trace, as it is typed.
    """

    story: Story
    command: tuple[str, ...]
    size: Size[Any] | None
    tolerance: Tolerance
    masks: tuple[Box[Image], ...]
    timeout_s: float
    secrets: Secrets
    mask_secrets: bool
    keep_going: bool
    update: bool
    heal: str | None
    max_turns: int | None
    max_usd: Decimal | None
    out: Path
    junit: Path | None
    output: Output
    as_before: str


def plan_of(options: argparse.Namespace) -> ReplayPlan:
    """The replay that the options ask for.

    Raises:
        UsageError: if one of them cannot be done, or they do not go together.
        TraceError: if the trace is damaged.
    """
    folder: Path = options.trace
    starts_its_app = options.app is None
    if starts_its_app or options.update or options.heal is not None:
        require_own(folder)
    _require_sense(options)
    story = story_of(read_trace(folder))
    if not story.steps:
        raise UsageError(f"the trace in {folder} holds no step: there is nothing to replay")
    setup = _setup(story, needed=starts_its_app)
    own = starts_its_app or _is_own(folder)
    command, as_before = _command(options.app, setup, folder)
    masks = list(options.masks)
    within(story.parts[0].view.image, masks)
    unsaid = [name for name in setup.secrets if name not in options.secrets]
    if unsaid and not own:
        raise UsageError(
            f"the run used the secret {unsaid[0]}, and others may have written its trace: say "
            f"--secret {unsaid[0]} to have yours typed"
        )
    names = [*options.secrets, *unsaid]
    out: Path | None = options.out
    if out is not None:
        make_folder(out)
    if options.junit is not None:
        _require_file(options.junit)
    return ReplayPlan(
        story=story,
        command=command,
        size=options.size,
        tolerance=EXACT if options.tolerance is None else _tolerance(*options.tolerance),
        masks=(*masks, *(Box[Image](*numbers) for numbers in setup.masks)),
        timeout_s=TIMEOUT_S if options.timeout is None else float(options.timeout),
        secrets=Secrets.read(names, os.environ, secret_prompt()),  # asks: comes last
        mask_secrets=bool(setup.mask_secrets) and bool(names),
        keep_going=options.keep_going,
        update=options.update,
        heal=options.heal,
        max_turns=options.max_turns,
        max_usd=options.max_usd,
        out=out or _new_folder(),
        junit=options.junit,
        output="json" if options.json else "quiet" if options.quiet else "progress",
        as_before=as_before,
    )


def _require_sense(options: argparse.Namespace) -> None:
    """Refuse options that do not go together."""
    for option, given in (("--max-turns", options.max_turns), ("--max-usd", options.max_usd)):
        if given is not None and options.heal is None:
            raise UsageError(f"{option} goes with --heal alone")
    if options.size is not None and (options.update or options.heal is not None):
        way = "--update" if options.update else "--heal"
        raise UsageError(f"{way} needs a display of the recorded size: leave --size out")
    if options.heal is not None:
        price = find_model(options.heal).price  # an unknown model is told now
        if options.max_usd is not None and not price:
            raise UsageError(
                f"--max-usd needs a known price, and none is published for {options.heal}"
            )
        if options.max_usd is not None and options.heal == LOCAL:
            raise UsageError("--max-usd means nothing to --heal local: leave it out")


def _setup(story: Story, *, needed: bool) -> Setup:
    """How the run was set up, as far as this version knows it.

    Args:
        story: the run.
        needed: whether what is started depends on it.
    """
    try:
        setup = Setup.model_validate(dict(story.trace.settings.setup))
        for numbers in setup.masks:
            Box[Image](*numbers)
    except (ValidationError, UsageError) as error:
        if needed:
            raise UsageError(
                "how this run was set up is told in its trace in words that this version does not "
                "know: name the application with --app, or update trueclick"
            ) from error
        return Setup()
    return setup


def _command(text: str | None, setup: Setup, folder: Path) -> tuple[tuple[str, ...], str]:
    """The application's command, and what is said of it if it was taken over."""
    if text is None:
        if not setup.app:
            raise UsageError(
                f"the trace in {folder} does not say which application it was made with: name it "
                "with --app CMD, or say --app '' for none"
            )
        for name in setup.secrets:
            if any(f"{{{{{name}}}}}" in word for word in setup.app):
                raise UsageError(
                    f"the command of --app held the secret {name}, which no trace keeps: say --app "
                    "again"
                )
        return tuple(setup.app), as_typed(["--app", shlex.join(setup.app)])
    try:
        return tuple(shlex.split(text)), ""
    except ValueError as error:
        raise UsageError(f"--app {text!r} cannot be split into words: {error}") from error


def _is_own(folder: Path) -> bool:
    """Whether nobody else can have written a trace: what it names is typed into an application."""
    try:
        require_own(folder)
    except UsageError:
        return False
    return True


def _tolerance(pixels: int, share: float) -> Tolerance:
    return Tolerance(pixels=pixels, share=share)


def _require_file(path: Path) -> None:
    """Refuse now what cannot be written once all is done."""
    make_folder(path.parent)
    if path.is_dir():
        raise UsageError(f"{path} is a folder: name a file")
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise UsageError(f"{path} is there and is no plain file: name another one")


def _new_folder() -> Path:
    """A folder of this replay's own, beside those of the runs; it is not made yet."""
    runs = new_folder(os.environ, os.getpid(), time.time())
    return runs.parent.with_name("replays") / runs.name
