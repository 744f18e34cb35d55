"""A whole run with secrets, and every byte that it writes, sends and shows searched for them."""

import base64
import json
import os
import pty
import subprocess
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from trueclick.agent.events import Decided, Glimpsed
from trueclick.agent.testing import Request, StrictApi, Turn, calls, says, served
from trueclick.agent.trace import read_trace, story_of
from trueclick.capture import VirtualDisplay

from ...programs import TRUECLICK, children
from .field import Field
from .forms import VALUE, found

KEY = "sk-ant-of-nobody-5f1c0a9e77"


class Machine:
    """What the machine holds while the program runs, looked at in each request."""

    def __init__(self, *folders: Path) -> None:
        self.pid = 0
        self.folders = folders
        self.wrong: list[str] = []
        self.programs: dict[int, str] = {}

    def look(self) -> None:
        """Note where a secret or the key is found, but in the program that was given them."""
        for process in Path("/proc").glob("[0-9]*"):
            pid = int(process.name)
            if pid in {self.pid, os.getpid()}:
                continue
            try:
                words = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
            except OSError:
                continue
            if found(words) or KEY.encode() in words or b"PASSWORD" in words:
                self.wrong.append(f"process {process}: {words!r}")
        waiting = [self.pid]
        while waiting:
            started = children(waiting.pop())
            self.programs |= started
            waiting += started
        for folder in self.folders:
            self.search(folder)

    def search(self, folder: Path) -> int:
        """Search every file of a folder; how many there are."""
        count = 0
        for file in folder.rglob("*"):
            try:
                data = file.read_bytes() if file.is_file() else b""
            except OSError:
                continue
            count += bool(data)
            for name in (str(file).encode(), data):
                if found(name) or KEY.encode() in name:
                    self.wrong.append(f"file {file}")
        return count


@contextmanager
def terminal(
    words: list[str], environment: dict[str, str]
) -> Generator[tuple[int, Callable[[], bytes]]]:
    """A program at a terminal of its own that answers each question with a yes."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        words, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    os.close(theirs)
    shown = b""

    def read() -> None:
        nonlocal shown
        answered = 0
        while True:
            try:
                shown += os.read(ours, 65536)
            except OSError:
                return
            if shown.count(b"[y/N] ") > answered:
                answered += 1
                os.write(ours, b"y\n")

    thread = threading.Thread(target=read, daemon=True)
    thread.start()

    def ended() -> bytes:
        process.wait(120)
        thread.join(20)
        return shown

    try:
        yield process.pid, ended
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def turns(where: list[int]) -> list[Turn]:
    """A model that types secrets, looks at them, and repeats all that it can have read."""
    click = ("left_click", {"coordinate": where})
    return [
        calls(("screenshot", {})),
        # What follows in the same message is glimpsed: the field holds the secret by then.
        calls(click, ("type", {"text": "{{PASSWORD}}"}), ("mouse_move", {"coordinate": [9, 9]})),
        calls(("zoom", {"region": [100, 100, 900, 300]}), ("screenshot", {})),
        calls(("type", {"text": "{{PASSWORT}}"})),
        calls(("key", {"text": "{{PASSWORD}}"})),
        calls(("key", {"text": "Return"}), ("screenshot", {})),
    ]


@pytest.mark.parametrize("private", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_run_leaves_no_trace_of_a_secret_nor_of_the_key(
    private: bool, display: VirtualDisplay, tmp_path: Path
) -> None:
    kept, app = tmp_path / "kept", tmp_path / "app"
    for folder in (kept, app, kept / "tmp", kept / "home", kept / "runs"):
        folder.mkdir()
    field = Field(app)
    machine = Machine(kept)
    script = turns([640, 180] if private else [480, 130])

    def answer(request: Request) -> Turn:
        machine.look()
        if request.answered < len(script):
            return script[request.answered]
        hidden = [VALUE, VALUE.upper(), base64.b64encode(b"x" + VALUE.encode()).decode()]
        return says(f"I could read {' and '.join(hidden)}: {json.dumps(VALUE)}")

    api = StrictApi(answer)
    words = [TRUECLICK, "run", "Log in.", "--app", field.line, "--model", "claude-sonnet-5-5"]
    words += ["--secret", "PASSWORD", "--mask-secrets", "--trace", str(kept / "trace")]
    words += ["--confirm", "ask"]
    words += [] if private else ["--display", display.name]
    with served(api) as address:
        environment = {
            **os.environ,
            "ANTHROPIC_API_KEY": KEY,
            "ANTHROPIC_BASE_URL": address,
            "PASSWORD": VALUE,
            "TMPDIR": str(kept / "tmp"),
            "HOME": str(kept / "home"),
            "TRUECLICK_RUNS": str(kept / "runs"),
            "NO_PROXY": "127.0.0.1",
        }
        with terminal(words, environment) as (machine.pid, ended):
            shown = ended()
    assert field.holds() == VALUE, shown.decode()  # it was typed
    assert api.violations == ()
    assert len(api.requests) == len(script) + 1
    for entry in api.requests:
        sent = json.dumps(entry, default=str).encode()
        assert found(sent) == []
        assert KEY.encode() not in sent
    assert "{{PASSWORD}}" in json.dumps(api.requests[-1])  # the model's own words
    assert "{{PASSWORT}} is no secret" in json.dumps(api.requests[-1])
    assert found(shown) == []
    assert KEY.encode() not in shown
    assert b'Allow type {"text": "{{PASSWORD}}"}' in shown
    assert b"I could read {{PASSWORD}} and {{PASSWORD}}" in shown
    assert machine.search(kept / "trace") > 3
    assert list((kept / "tmp").glob("trueclick-asking-*")) == []
    told = field.said()
    assert found(told.encode()) == []
    assert KEY not in told
    assert "PASSWORD" not in told
    assert machine.wrong == []
    # The application and what undoes what is pressed; or the server, its guardian, and openbox.
    assert len(machine.programs) >= (4 if private else 2), machine.programs
    trace = read_trace(kept / "trace")
    decided = [event for event in trace.events if isinstance(event, Decided)]
    assert {(event.by, event.approved) for event in decided} == {("person", True)}
    assert {"text": "{{PASSWORD}}"} in [event.values for event in decided]
    story = story_of(trace)
    moved = next(step for step in story.steps if step.member == "mouse_move")
    glimpse, clear = moved.before, story.steps[0].after
    assert glimpse is not None
    assert clear is not None
    assert isinstance(trace.events[glimpse.event], Glimpsed)
    assert glimpse.hidden
    hidden = glimpse.hidden[0]
    part = hidden.x0 + 2, hidden.y0 + 2, hidden.x1 - 2, hidden.y1 - 2
    for look, is_grey in ((glimpse, True), (clear, False)):
        seen = Image.open(BytesIO(trace.image(look.image))).convert("RGB").crop(part)
        assert (seen.getcolors() == [(seen.width * seen.height, (128, 128, 128))]) is is_grey
    for picture in pictures(api.requests[-1]):
        # Searched as it is, and as what it is made of: no text beside the pixels.
        assert found(picture) == []
        assert not Image.open(BytesIO(picture)).info.get("Comment")


def pictures(value: object) -> Generator[bytes]:
    """The pictures in a request."""
    if isinstance(value, dict):
        if value.get("type") == "base64":
            yield base64.b64decode(value["data"])
        else:
            for inner in value.values():
                yield from pictures(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from pictures(inner)
