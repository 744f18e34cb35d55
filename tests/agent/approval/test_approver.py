"""Who approves by which policy, and what they are shown."""

import io
import json
import os
import pty
import re
import stat
import sys
import tempfile
import termios
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from trueclick.agent import ComputerToolset, Desktop, open_desktop
from trueclick.agent.approval import approver, read_policy
from trueclick.agent.approval.call import Call
from trueclick.agent.approval.pictures import pictures
from trueclick.agent.secret import Secrets
from trueclick.agent.stop import StopSwitch
from trueclick.capture import VirtualDisplay
from trueclick.geometry import Box, UsageError

from ...calls import Caller
from ...recorder import Recorder
from .test_rules import context


class Person:
    """Sits at a terminal that is this process's standard input, and answers as told."""

    def __init__(self, ours: int, console: Console) -> None:
        self.console = console
        self.shown = ""
        self.answers: list[str] = []
        self.on_question: Callable[[], None] | None = None
        self._ours = ours
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        asked = 0
        while True:
            try:
                self.shown += os.read(self._ours, 65536).decode(errors="replace")
            except OSError:
                return
            if self.shown.count("[y/N] ") > asked:
                asked += 1
                if self.on_question is not None:
                    self.on_question()
                if self.answers:
                    os.write(self._ours, f"{self.answers.pop(0)}\n".encode())


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Generator[Person]:
    ours, theirs = pty.openpty()
    attributes = termios.tcgetattr(theirs)
    with (
        os.fdopen(theirs, "r") as stdin,
        os.fdopen(os.dup(theirs), "w") as stdout,
    ):
        monkeypatch.setattr(sys, "stdin", stdin)
        console = Console(file=stdout, force_terminal=True, width=500, _environ={"TERM": "xterm"})
        yield Person(ours, console)
        assert termios.tcgetattr(theirs)[3] == attributes[3]  # the terminal is as before
    os.close(ours)


@contextmanager
def asking(
    policy: str | Path, desktop: Desktop, person: Person, **options: Any
) -> Generator[Caller]:
    with approver(policy, desktop, console=person.console, **options) as confirm:
        yield Caller(ComputerToolset(desktop, confirm=confirm))


def picture_in(shown: str) -> Path:
    found = re.findall(r"file://([^\x1b]+)\x1b\\", shown)
    return Path(found[-1])


def test_a_question_says_where_a_click_lands_and_shows_it(
    person: Person, desktop: Desktop, window: Recorder
) -> None:
    seen: list[Any] = []

    def look() -> None:
        path = picture_in(person.shown)
        seen.append((path, Image.open(io.BytesIO(path.read_bytes())).convert("RGB")))
        seen.append(stat.S_IMODE(path.stat().st_mode))
        seen.append(stat.S_IMODE(path.parent.stat().st_mode))
        seen.append(len(list(path.parent.iterdir())))

    person.on_question = look
    person.answers = ["y", "n"]
    with asking("ask", desktop, person) as call:
        assert not call("left_click", coordinate=[728, 409]).error
        assert [event.x for event in window.buttons()] == [960]
        assert "not approved: the user said no" in call("left_click", coordinate=[1, 1]).text
        assert window.buttons() == []
    assert "lands on the screen at (960, 540)" in person.shown
    assert json.dumps({"coordinate": [728, 409]}) in person.shown
    (path, picture), mode, folder_mode, count = seen[:4]
    assert (mode, folder_mode, count) == (0o600, 0o700, 1)
    assert picture.size == (640, 400) or picture.size[0] < 1000
    ring = np.asarray(picture)[picture.size[1] // 2 - 30 : picture.size[1] // 2 + 30]
    assert len(np.unique(ring.reshape(-1, 3), axis=0)) > 3  # the window itself is flat
    assert seen[7] == 1  # the picture before is gone
    assert not path.parent.exists()


def test_the_link_is_one_only_where_the_terminal_shows_links(
    person: Person, desktop: Desktop
) -> None:
    person.answers = ["n", "n"]
    with asking("ask", desktop, person) as call:
        call("key", text="a")
    assert "\x1b]8;" in person.shown
    before = len(person.shown)
    person.console = Console(file=person.console.file, force_terminal=False)
    with asking("ask", desktop, person) as call:
        call("key", text="a")
    assert "\x1b" not in person.shown[before:]
    assert "trueclick-asking-" in person.shown[before:]


def test_a_drag_shows_both_ends_and_keys_say_where_they_go(
    person: Person, desktop: Desktop
) -> None:
    person.answers = ["n"] * 3
    with asking("ask", desktop, person) as call:
        call("left_click_drag", start_coordinate=[100, 100], coordinate=[1000, 700])
        call("type", text="x")
        call("left_click")
    assert "drags over the screen from (132, 132) to (1319, 923)" in person.shown
    assert "goes to whatever has the keyboard's focus" in person.shown
    assert person.shown.count("lands on the screen at") == 1


def test_always_asks_before_looking_too(person: Person, desktop: Desktop) -> None:
    person.answers = ["y", "y", "n"]
    with asking("always", desktop, person) as call:
        assert not call("screenshot").error
        assert not call("zoom", region=[0, 0, 100, 100]).error
        assert call("screenshot").error
    assert "to every" not in person.shown


def test_rules_ask_a_person_where_they_say_so(
    person: Person, desktop: Desktop, window: Recorder, tmp_path: Path
) -> None:
    file = tmp_path / "rules.toml"
    file.write_text('default = "refuse"\n[[rules]]\nmembers = ["left_click"]\nthen = "ask"')
    person.answers = ["n not there", "y"]
    with asking(file, desktop, person) as call:
        assert "the user said no: not there" in call("left_click", coordinate=[5, 5]).text
        assert not call("left_click", coordinate=[5, 5]).error
        refused = call("right_click", coordinate=[5, 5])
        assert refused.text == "not approved by the user's rules"
    assert [event.detail for event in window.buttons()] == [1]


def test_a_secret_is_never_shown_to_whoever_approves(
    person: Person, bare_display: VirtualDisplay, window: Recorder
) -> None:
    secrets = Secrets({"PASSWORD": "hunter2!x"})
    person.answers = ["n it is hunter2!x", "y"]
    with (
        open_desktop(bare_display.name, model="local", secrets=secrets) as desktop,
        asking("ask", desktop, person) as call,
    ):
        told = call("type", text="say hunter2!x").text  # the model has read it off the screen
        assert told == "not approved: the user said no: it is {{PASSWORD}}"
        assert not call("type", text="{{PASSWORD}}").error
    assert 'Allow type {"text": "say {{PASSWORD}}"}' in person.shown
    echoed = person.shown.replace("n it is hunter2!x", "")  # the person's own
    assert "hunter2" not in echoed


def test_a_stop_ends_a_question(person: Person, bare_display: VirtualDisplay) -> None:
    stop = StopSwitch()
    person.on_question = lambda: stop.request("somebody said so")
    with (
        open_desktop(bare_display.name, model="local", stop=stop) as desktop,
        asking("ask", desktop, person) as call,
    ):
        assert call("key", text="a").text == "stopped: somebody said so"


def test_masks_are_in_the_pictures_for_approval_too(
    bare_display: VirtualDisplay, window: Recorder
) -> None:
    mask = Box[Any](900, 500, 1000, 600)
    with (
        open_desktop(bare_display.name, model="local", masks=[mask]) as desktop,
        pictures(desktop) as shown,
    ):
        path = shown.show(Call.read(context("key", {"text": "a"}), desktop))
        picture = np.asarray(Image.open(path).convert("RGB"))
        assert np.all(picture[500:600, 900:1000] == 128)


def test_without_room_for_a_picture_the_question_is_asked_all_the_same(
    person: Person, desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    person.answers = ["y"]
    with asking("ask", desktop, person) as call:
        (folder,) = tmp_path.iterdir()
        folder.rmdir()
        assert not call("key", text="Escape").error
    assert "no picture of it: No such file or directory" in person.shown


def test_never_needs_a_second_word_where_people_work(desktop: Desktop) -> None:
    assert read_policy("never", private=True).name == "never"
    assert read_policy("never", private=False, unattended=True).name == "never"
    with pytest.raises(UsageError, match=r"--unattended .* --display private"):
        read_policy("never", private=False)
    assert read_policy(None, private=True).name == "never"
    assert read_policy(None, private=False).name == "ask"
    assert read_policy(None, private=False, unattended=True).name == "ask"
    desktop.private = False
    with pytest.raises(UsageError, match="--unattended"), approver("never", desktop):
        pass


def test_a_policy_that_is_none_is_refused() -> None:
    for given in ("Never", "never ", "", "y", "no-such-file", "a\0b", "."):
        with pytest.raises(UsageError):
            read_policy(given, private=True)
