"""Runs that are recorded for replays: a scripted model, and a window with a note."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from trueclick.agent import application, open_desktop, run
from trueclick.agent.secret import NO_SECRETS, Secrets
from trueclick.agent.testing import StrictApi, Turn, calls, says
from trueclick.agent.trace import Trace, read_trace
from trueclick.capture import Format, VirtualDisplay
from trueclick.geometry import Size

from ...programs import TK_PYTHON

MODEL = "claude-opus-5-5"

SIZE = Size[Any](640, 480)

NOTE = Path(__file__).with_name("note.py")

FIELD = {"coordinate": [200, 125]}
BUTTON = {"coordinate": [180, 220]}
"""In the middle of the field and of the button, give or take the window's frame."""

LOOK: tuple[str, dict[str, object]] = ("screenshot", {})

SCRIPT: Sequence[Turn] = (
    calls(LOOK),
    calls(("left_click", FIELD), ("type", {"text": "Ada"})).saying("Writing."),
    calls(("left_click", BUTTON), ("wait", {"duration": 1})).saying("Saving."),
    says("Saved."),
)
"""Six steps with the screenshots that are attached: the last one shows what was saved."""


def note(out: Path, *options: str) -> list[str]:
    """The command that opens the window."""
    return [TK_PYTHON, str(NOTE), "--out", str(out), *options]


@cache
def recorded_once(base: Path) -> Path:
    """The folder of a trace that is recorded once a session; nobody writes into it.

    Args:
        base: of the session's temporary folders.
    """
    folder = base / "recorded-note"
    return record(folder / "trace", folder / "note.txt").folder


def record(
    folder: Path,
    out: Path,
    script: Sequence[Turn] = SCRIPT,
    *,
    options: Sequence[str] = (),
    size: Size[Any] = SIZE,
    secrets: Secrets = NO_SECRETS,
    mask_secrets: bool = False,
    form: Format = "png",
) -> Trace:
    """The trace of a run on the window."""
    folder.parent.mkdir(exist_ok=True)
    api = StrictApi(list(script))
    command = note(out, *options)
    with (
        VirtualDisplay(size) as display,
        application(command, display.name) as app,
        open_desktop(
            display.name, model=MODEL, secrets=secrets, mask_secrets=mask_secrets, format=form
        ) as desktop,
    ):
        run(
            "Save a note.",
            desktop,
            client=api.client(),
            model=MODEL,
            application=app,
            trace=folder,
            setup={"app": command},
        )
    return read_trace(folder)
