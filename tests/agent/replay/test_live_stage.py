"""A stage on a display that is there already, with whatever is on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from trueclick.agent import application, open_desktop
from trueclick.agent.replay.player import Player
from trueclick.agent.replay.stage import LiveTheatre, Setting
from trueclick.agent.trace import Trace, story_of
from trueclick.capture import VirtualDisplay
from trueclick.geometry import UsageError

from .recording import MODEL, SIZE, note


def test_a_run_is_replayed_on_a_display_that_stays(trace: Trace, tmp_path: Path) -> None:
    out = tmp_path / "again.txt"
    with (
        VirtualDisplay(SIZE) as display,
        application(note(out), display.name) as app,
        open_desktop(display.name, model=MODEL) as desktop,
    ):
        setting = Setting()
        theatre = LiveTheatre(desktop.display, app, setting)
        with Player(story_of(trace), setting, theatre=theatre) as player:
            assert {result.status for result in player.results()} == {"same", "done"}
            stage = theatre.stage
            assert stage is not None
            assert stage.application is app
        assert out.read_text() == "Ada"
        # The display, the application and the desktop outlive the replay.
        assert app.exit_status is None
        assert desktop.glance().size == SIZE
        with pytest.raises(UsageError, match="goes on on another display"):
            theatre.set(SIZE)
