"""One attempt at a task: a display, the application, what is done, what must hold then.

It is made in a process of its own (`keeper`), whose environment and working folder it changes.
"""

from __future__ import annotations

import contextlib
import locale
import os
import signal
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from trueclick.capture import Screenshot, VirtualDisplay, encode
from trueclick.geometry import Size, TrueclickError, find_model
from trueclick.geometry.requests import MANY_IMAGES_MAX_EDGE

from ..desktop import Desktop, open_desktop
from ..launch import Application, application
from ..secret import Secrets
from ..whole_file import whole_file
from ..wording import ending
from . import placeholders
from .account import Account
from .expectations import Checks
from .places import Order
from .planning import LOCAL
from .results import Attempt, Ending, written

if TYPE_CHECKING:
    from anthropic import Anthropic

    from ..qa.reading import TextReader

REPORT = "report.html"
TRACE = "trace"
SCREEN = "screen.png"


@dataclass(slots=True)
class _Told:
    """What comes to be known in the course of an attempt."""

    account: Account
    reasons: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])
    pictures: list[str] = field(default_factory=list[str])

    def note(self, text: str) -> None:
        """Keep what is to be known beside the reasons."""
        self.notes.append(text)


def made(order: Order, values: Mapping[str, str]) -> Attempt:
    """How an attempt ended; it raises nothing but what a request to end raises.

    Args:
        order: what to do.
        values: of the task's secrets, by their names; what is told holds none of them.
    """
    signal.signal(signal.SIGTERM, _asked_to_end)
    told = _Told(Account(order.task, order.folder))
    secrets = Secrets(values)
    ending_: Ending
    try:
        _enter(order, told)
        _carry_out(order, told, secrets)
        ending_ = "failed" if told.reasons else "passed"
    except (TrueclickError, OSError) as error:
        ending_ = "error"
        told.reasons.append(str(error))
    except Exception as error:  # noqa: BLE001 - an error of ours is told as one, and kept in full
        sys.stderr.write(secrets.redacted(traceback.format_exc()))
        ending_ = "error"
        told.reasons.append(f"an error of this program: {type(error).__name__}: {error}")
    report = _report(order, told)
    if told.account.unknown:
        told.note(f"what {order.task.model} cost is not known: no price is published for it")
    attempt = Attempt(
        ending_,
        tuple(map(written, told.reasons)),
        notes=tuple(map(written, told.notes)),
        report=report,
        pictures=tuple(map(written, told.pictures)),
        usd=float(told.account.usd),
    )
    return secrets.redacted(attempt)


def _asked_to_end(number: int, frame: FrameType | None) -> None:
    del number, frame
    sys.exit(1)


def _enter(order: Order, told: _Told) -> None:
    """Make the process the task's: its folder and its language, which the application inherits."""
    os.chdir(order.suite)
    language = order.task.language
    if language is None:
        return
    for name in [*os.environ]:
        if name == "LANGUAGE" or name.startswith("LC_"):
            del os.environ[name]
    os.environ["LANG"] = language
    before = locale.setlocale(locale.LC_MESSAGES)
    try:
        locale.setlocale(locale.LC_MESSAGES, language)
    except locale.Error:
        told.note(f"the locale {language} is not installed here (locale -a lists those that are)")
    else:
        locale.setlocale(locale.LC_MESSAGES, before)


def _carry_out(order: Order, told: _Told, secrets: Secrets) -> None:
    task = order.task
    with contextlib.ExitStack() as stack:
        model = _model(order)
        command, env, app = _command(order), _env(order), None
        if task.work == "replay":
            from ..replay.stage import Setting  # noqa: PLC0415
            from .replayed import replayed  # noqa: PLC0415

            setting = Setting(
                command, Size(*task.size), secrets, mask_secrets=task.mask_secrets, env=env
            )
            stage = stack.enter_context(replayed(order, setting, told.reasons, told.pictures))
            if stage is None:
                return
            server, app = stage
        else:
            server = stack.enter_context(VirtualDisplay(Size[Any](*task.size))).name
            if command:
                app = stack.enter_context(application(command, server, env=env))
        limits = find_model(task.model).limits.capped(MANY_IMAGES_MAX_EDGE)
        desktop = stack.enter_context(
            open_desktop(
                server,
                model=task.model,
                limits=limits,
                platform=task.platform,
                secrets=secrets,
                mask_secrets=task.mask_secrets,
            )
        )
        if task.work not in {"nothing", "replay"}:
            _run(order, told, desktop, app, model.client)
        _look(order, told, desktop, app, model)


def _run(
    order: Order, told: _Told, desktop: Desktop, app: Application | None, client: Anthropic
) -> None:
    """Let the model do what the task says."""
    from ..loop import run  # noqa: PLC0415 - brings the SDK

    task = order.task
    result = run(
        task.words,
        desktop,
        client=client,
        model=task.model,
        platform=task.platform,
        budget=told.account.budget,
        on_event=told.account.heard,
        application=app,
        trace=order.folder / TRACE,
    )
    if result.usd is not None:
        told.account.settled(result.usd)
    if result.status != "done":
        told.reasons.append(f"the run ended: {result.status}: {result.text}")


def _look(
    order: Order, told: _Told, desktop: Desktop, app: Application | None, model: _Model
) -> None:
    """Check what must hold, and keep a picture of a screen that is not as it should be."""
    launcher = app is not None and app.exit_status == 0
    before = len(told.reasons)
    checks = Checks(
        order,
        desktop,
        model.client,
        model.reader,
        _values(order),
        told.account,
        failed_before=before > 0,
    )
    for expect in order.task.expects:
        outcome = checks.check(expect)
        told.notes += outcome.notes
        told.pictures += outcome.pictures
        if outcome.reason is not None:
            told.reasons.append(outcome.reason)
    status = None if app is None or launcher else app.exit_status
    if told.reasons and app is not None and status is not None:
        words = app.last_words()
        told.reasons.append(
            f"the application {ending(status)}{f'; it wrote: {words}' if words else ''}"
        )
    if told.reasons:
        with contextlib.suppress(TrueclickError):  # a display that is gone shows nothing
            shot = desktop.glance()
            try:
                _keep(shot, order.folder / SCREEN)
                told.pictures.append(SCREEN)
            except OSError as error:
                told.note(f"no picture of the screen: {error.strerror}")


def _keep(shot: Screenshot, path: Path) -> None:
    with whole_file(path) as file:
        file.write(encode(shot).data)


def _report(order: Order, told: _Told) -> str | None:
    """Write the report of the run, if there is one, and name it."""
    folder = order.folder / TRACE
    if not folder.is_dir():
        return None
    from ..report import write_report  # noqa: PLC0415
    from ..trace import read_trace  # noqa: PLC0415

    try:
        write_report(read_trace(folder), order.folder / REPORT)
    except (TrueclickError, OSError) as error:
        told.note(f"no report: {error}")
        return None
    return REPORT


class _Model(NamedTuple):
    """What an attempt asks, and what it reads with: the local model is both."""

    client: Anthropic
    reader: TextReader


def _model(order: Order) -> _Model:
    from ..qa.reading import TextReader  # noqa: PLC0415

    task = order.task
    if task.model == LOCAL:
        from ..local import local_client  # noqa: PLC0415 - brings the SDK
        from ..local.reader import ScreenReader  # noqa: PLC0415

        shared = ScreenReader(order.threads)
        return _Model(local_client(reader=shared), TextReader(reader=shared))
    from ..platforms import make_client  # noqa: PLC0415

    return _Model(make_client(task.platform), TextReader(order.threads))


def _values(order: Order) -> dict[str, str]:
    """What the placeholders stand for."""
    width, height = order.task.size
    return {
        "artifacts": str(order.artifacts),
        "height": str(height),
        "language": order.task.language or "",
        "suite": str(order.suite),
        "tmp": str(order.tmp),
        "width": str(width),
    }


def _command(order: Order) -> tuple[str, ...]:
    values = _values(order)
    return tuple(placeholders.filled(word, values) for word in order.task.command)


def _env(order: Order) -> dict[str, str]:
    values = _values(order)
    return {name: placeholders.filled(value, values) for name, value in order.task.env}
