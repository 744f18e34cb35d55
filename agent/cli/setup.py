"""How a run was set up, kept in its trace, and taken over by whoever resumes it.

What is said again counts instead of what was said before, but for masks and secrets, which are
added to: a run that goes on paints over and hides all that it did. Nothing becomes less safe by
itself: `--unattended` is never taken over, and of a secret the name alone is kept.
"""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from trueclick.geometry import Box, Image, UsageError

from ..events import Started
from .arguments import as_typed

WORDS = frozenset({"ask", "always", "never"})

_Box = Annotated[list[int], Field(min_length=4, max_length=4)]
_Number = Annotated[str, Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,6})?$")]


class Setup(BaseModel):
    """What the command line was told; what was left out is left out here.

    Strict, and nothing more than this: what a newer version adds may be what makes a run safe.

    Attributes:
        confirm: `ask`, `always`, `never`, or the absolute path of a file of rules.
        display: `private`, `real`, or an X server.
        batch_guard: whether a batch stops where the screen has changed under it.
        masks: what is painted over, in the display's pixels.
        mask_secrets: whether places of secrets are painted over.
        secrets: their names.
        app: the application and its arguments; empty: none.
        stop_file: the absolute path of what stops the run.
        effort: how much the model thinks.
        max_seconds: a budget, in digits.
        max_tokens: a budget.
        max_usd: a budget, in digits.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    confirm: str | None = None
    display: str | None = None
    batch_guard: bool | None = None
    masks: list[_Box] = []
    mask_secrets: bool | None = None
    secrets: list[str] = []
    app: list[str] = []
    stop_file: str | None = None
    effort: str | None = None
    max_seconds: _Number | None = None
    max_tokens: Annotated[int, Field(gt=0)] | None = None
    max_usd: _Number | None = None


def setup_of(options: argparse.Namespace, command: Iterable[str]) -> dict[str, Any]:
    """The JSON object that a trace keeps of these options.

    Args:
        options: of the command line, with what was taken over.
        command: the application and its arguments.
    """
    confirm: str | None = options.confirm
    if confirm is not None and confirm not in WORDS:
        confirm = _absolute(confirm)
    stop_file = None if options.stop_file is None else _absolute(options.stop_file)
    setup = Setup(
        confirm=confirm,
        display=options.display,
        batch_guard=options.guard_batches,
        masks=[[box.x0, box.y0, box.x1, box.y1] for box in options.masks],
        mask_secrets=options.mask_secrets,
        secrets=list(options.secrets),
        app=_from_anywhere(list(command)),
        stop_file=stop_file,
        effort=options.effort,
        max_seconds=_digits(options.max_seconds),
        max_tokens=options.max_tokens,
        max_usd=_digits(options.max_usd),
    )
    return setup.model_dump(mode="json", exclude_defaults=True)


def taken_over(
    options: argparse.Namespace, before: Started, environment: Mapping[str, str], *, can_ask: bool
) -> tuple[argparse.Namespace, str]:
    """The options with what the run was told before, and in words what that is.

    Args:
        options: of the command line that resumes the run.
        before: how the run was started last.
        environment: where values of secrets may be.
        can_ask: whether somebody can be asked for them.

    Raises:
        UsageError: if the setup is none of ours, or a secret's value is missing.
    """
    try:
        setup = Setup.model_validate(dict(before.setup))
        masks = [Box[Image](*numbers) for numbers in setup.masks]
    except (ValidationError, UsageError) as error:
        raise UsageError(
            "how this run was set up is told in its trace in words that this version does not "
            "know: update trueclick, or resume it by the program that started it"
        ) from error
    merged = argparse.Namespace(**vars(options))
    told: list[str] = []

    def take(name: str, value: object, *words: str) -> None:
        if getattr(merged, name) is None and value is not None:
            setattr(merged, name, value)
            told.extend(words)

    take("confirm", setup.confirm, "--confirm", str(setup.confirm))
    take("display", setup.display, *_unless(setup.display, "private", "--display"))
    guard = ["--batch-guard" if setup.batch_guard else "--no-batch-guard"]
    take("guard_batches", setup.batch_guard, *guard)
    take("stop_file", setup.stop_file, "--stop-file", str(setup.stop_file))
    if options.model is None or options.model == before.model:
        take("effort", setup.effort, "--effort", str(setup.effort))
    take("max_seconds", _number(setup.max_seconds), "--max-seconds", str(setup.max_seconds))
    take("max_tokens", setup.max_tokens, "--max-tokens", str(setup.max_tokens))
    take("max_usd", _number(setup.max_usd), "--max-usd", str(setup.max_usd))
    merged.masks = list(dict.fromkeys([*masks, *options.masks]))
    for box in masks:
        told += ["--mask", f"{box.x0},{box.y0},{box.x1},{box.y1}"]
    for name in setup.secrets:
        if name not in environment and not can_ask:
            raise UsageError(
                f"this run used the secret {name}: set the environment variable {name}, or resume "
                "it in a terminal"
            )
        told += ["--secret", name]
    merged.secrets = list(dict.fromkeys([*setup.secrets, *options.secrets]))
    hides = "--mask-secrets" if setup.mask_secrets else "--no-mask-secrets"
    take("mask_secrets", setup.mask_secrets, hides)
    if setup.app and options.app is None:
        _require_whole(setup)
        merged.app = shlex.join(setup.app)
        told += ["--app", merged.app]
    return merged, as_typed(told)


def _require_whole(setup: Setup) -> None:
    """Refuse to start a command of which the trace could not keep a part."""
    for name in setup.secrets:
        if any(f"{{{{{name}}}}}" in word for word in setup.app):
            raise UsageError(
                f"the command of --app held the secret {name}, which no trace keeps: say --app "
                "again, or --app '' to go on without it"
            )


def _unless(value: str | None, usual: str, option: str) -> list[str]:
    return [] if value is None or value == usual else [option, value]


def _from_anywhere(command: list[str]) -> list[str]:
    """A command whose program is found from other folders as well."""
    if command and os.sep in command[0]:
        return [_absolute(command[0]), *command[1:]]
    return command


def _absolute(path: str) -> str:
    # Not resolved: a link may be meant to lead elsewhere by then.
    return str(Path.cwd() / path)


def _digits(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"


def _number(digits: str | None) -> Decimal | None:
    return None if digits is None else Decimal(digits)
