"""Agents on a real window, on a private display, with a scripted model."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anthropic import Anthropic

from trueclick.agent import Application, Desktop, application, open_desktop
from trueclick.agent.qa import Agent
from trueclick.agent.testing import StrictApi, Turn, says
from trueclick.capture import VirtualDisplay

from ..replay.recording import MODEL, SIZE, note

TASK = "Save a note."

TEST = "test_note"


@dataclass
class Stand:
    """An agent and what is around it.

    Attributes:
        agent: it.
        api: plays the model's part.
        desktop: where it acts.
        app: what it acts on.
        out: what that saves.
        said: what the agent has said.
    """

    agent: Agent
    api: StrictApi
    desktop: Desktop
    app: Application
    out: Path
    said: list[str] = field(default_factory=list[str])

    @property
    def requests(self) -> int:
        """How often a model was asked; each request was legal."""
        assert self.api.violations == ()
        return len(self.api.requests)


@contextlib.contextmanager
def stand(
    folder: Path, script: Sequence[Turn] = (), *options: str, **more: Any
) -> Generator[Stand]:
    """An agent that acts on the window with a note, opened with `options`.

    Args:
        folder: holds the recordings, the artifacts and what is saved.
        script: what the model says.
        options: of the window.
        more: of the agent.
    """
    api = StrictApi(list(script))
    said: list[str] = []
    given = {
        "client": lambda: _client(api),
        "model": MODEL,
        "recordings": folder / "recordings",
        "artifacts": folder / "artifacts",
        "name": TEST,
        "timeout_s": 0.5,
        "say": said.append,
        **more,
    }
    out = folder / "note.txt"
    out.unlink(missing_ok=True)
    with (
        VirtualDisplay(SIZE) as display,
        application(note(out, *options), display.name) as app,
        open_desktop(display.name, model=MODEL) as desktop,
    ):
        agent = Agent(desktop, application=app, **given)
        yield Stand(agent, api, desktop, app, out, said)


def verdict(*, holds: bool, reason: str, **evidence: Sequence[int]) -> Turn:
    """A verdict as a model gives it.

    Args:
        holds: whether the claim does.
        reason: why.
        evidence: boxes of the screenshot by what is there.
    """
    places = [{"image": 1, "box": list(box), "what": what} for what, box in evidence.items()]
    return says(json.dumps({"reason": reason, "holds": holds, "evidence": places}))


def files(folder: Path) -> dict[str, bytes]:
    """All files below a folder, by their names in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _client(api: StrictApi) -> Anthropic:
    return api.client()
