"""Recordings that somebody has tampered with, agents at once, interruptions, secrets."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import signal
import struct
import subprocess
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from trueclick.agent import Secrets, application, open_desktop
from trueclick.agent.qa import Agent
from trueclick.agent.qa.errors import ExpectationError
from trueclick.agent.qa.kept import RecordingError
from trueclick.agent.testing import StrictApi, calls, says
from trueclick.agent.trace import read_trace
from trueclick.capture import CaptureError, VirtualDisplay

from ..replay.recording import FIELD, LOOK, MODEL, SCRIPT, SIZE, note
from .agents import TASK, TEST, files, stand

pytestmark = pytest.mark.slow

RECORDING = Path("recordings", TEST, "01-save-a-note")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """The files of a recording."""
    folder = tmp_path_factory.mktemp("recorded")
    with stand(folder, SCRIPT) as one:
        one.agent.do(TASK)
    return files(folder / RECORDING)


def given(folder: Path, recorded: Mapping[str, bytes]) -> Path:
    """The recording in the place where a test looks for it."""
    for name, content in recorded.items():
        path = folder / RECORDING / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder / RECORDING / "trace.jsonl"


def rewritten(path: Path, change: Any) -> None:
    """Change each line of a recording."""
    told = [json.loads(line) for line in path.read_text().splitlines()]
    for line in told:
        change(line)
    path.write_text("".join(f"{json.dumps(line)}\n" for line in told))


def png_of(width: int, height: int) -> bytes:
    """A picture that says that it is of this size, and holds one pixel."""
    file = io.BytesIO()
    Pillow.new("1", (1, 1)).save(file, "PNG")
    data = bytearray(file.getvalue())
    data[16:24] = struct.pack(">II", width, height)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


def test_a_recorded_place_beyond_the_screen_hits_nothing(
    tmp_path: Path, recorded: Mapping[str, bytes]
) -> None:
    def aims_far(line: dict[str, Any]) -> None:
        if line.get("member") == "left_click":
            line["values"] = {"coordinate": [100_000, 5]}

    rewritten(given(tmp_path, recorded), aims_far)
    with stand(tmp_path, offline=True) as only:
        with pytest.raises(ExpectationError, match="step 2 of 7: the action was refused"):
            only.agent.do(TASK)
        assert not only.out.exists()


def test_what_a_recording_says_steers_no_terminal(
    tmp_path: Path, recorded: Mapping[str, bytes]
) -> None:
    def shouts(line: dict[str, Any]) -> None:
        if line.get("event") == "ended":
            line["result"]["text"] = "\x1b[2JSaved."
        if line.get("member") == "type":
            line["values"] = {"text": "{{NO_SUCH_SECRET}}\x1b[2J"}

    rewritten(given(tmp_path, recorded), shouts)
    with stand(tmp_path, offline=True) as only, pytest.raises(ExpectationError) as raised:
        only.agent.do(TASK)
    assert "\x1b" not in str(raised.value)


def test_a_picture_that_is_huge_when_unpacked_is_refused(
    tmp_path: Path, recorded: Mapping[str, bytes]
) -> None:
    path = given(tmp_path, recorded)
    bomb = png_of(40_000, 40_000)
    name = f"{hashlib.sha256(bomb).hexdigest()}.png"
    (path.parent / "images" / name).write_bytes(bomb)

    def swapped(line: dict[str, Any]) -> None:
        if line.get("event") == "acted" and line["outcome"]["picture"]:
            line["outcome"]["picture"]["image"] = name

    rewritten(path, swapped)
    with stand(tmp_path) as only:
        with pytest.raises(RecordingError, match="cannot be replayed"):
            only.agent.do(TASK)
        assert only.requests == 0


def test_a_recording_that_waits_for_ever_can_be_stopped(
    tmp_path: Path, recorded: Mapping[str, bytes]
) -> None:
    def waits(line: dict[str, Any]) -> None:
        if "seconds" in line and line.get("event") == "acted":
            line["seconds"] = 1e9

    rewritten(given(tmp_path, recorded), waits)
    code = (
        "import sys; from pathlib import Path; "
        "from tests.agent.qa.agents import stand, TASK\n"
        "with stand(Path(sys.argv[1]), [], '--button-x', '300', offline=True) as one:\n"
        "    print('ready', flush=True)\n"
        "    one.agent.do(TASK)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "KeyboardInterrupt" in errors


def test_agents_that_record_at_once_leave_one_whole_recording(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; "
        "from tests.agent.qa.agents import stand, TASK; "
        "from tests.agent.replay.recording import SCRIPT\n"
        "folder = Path(sys.argv[1])\n"
        "with stand(folder / sys.argv[2], SCRIPT, update=True, "
        "recordings=folder / 'recordings') as one:\n"
        "    one.agent.do(TASK)"
    )
    for who in range(3):
        (tmp_path / str(who)).mkdir()
    processes = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(who)]) for who in range(3)
    ]
    assert [process.wait() for process in processes] == [0, 0, 0]
    trace = read_trace(tmp_path / RECORDING)
    assert trace.result is not None
    assert not trace.cut
    with stand(tmp_path, client=None) as after:
        assert after.agent.do(TASK).replayed


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_agent_that_is_ended_meanwhile_leaves_the_old_recording(
    tmp_path: Path, recorded: Mapping[str, bytes], how: signal.Signals
) -> None:
    given(tmp_path, recorded)
    before = files(tmp_path / "recordings")
    code = (
        "import sys, time; from pathlib import Path; "
        "from tests.agent.qa.agents import stand, TASK; "
        "from tests.agent.replay.recording import SCRIPT\n"
        "def slowly(event):\n"
        "    if type(event).__name__ == 'Said':\n"
        "        print('said', flush=True); time.sleep(60)\n"
        "with stand(Path(sys.argv[1]), SCRIPT, update=True, on_event=slowly) as one:\n"
        "    one.agent.do(TASK)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "said\n"
    process.send_signal(how)
    assert process.wait(60) != 0
    process.stdout.close()
    assert files(tmp_path / "recordings") == before
    (trace,) = (tmp_path / "artifacts").iterdir()
    assert read_trace(trace).turns >= 1


def test_secrets_are_in_recordings_by_their_names_alone(tmp_path: Path) -> None:
    typed = "correct horse"
    secrets = Secrets({"PASSWORD": typed})
    script = [
        calls(LOOK, ("left_click", FIELD), ("type", {"text": "{{PASSWORD}}"})),
        calls(LOOK),
        says(f"Typed {typed}."),
        calls(LOOK, ("left_click", {"coordinate": [180, 220]})),
        says("Saved."),
    ]
    api = StrictApi(script)
    out = tmp_path / "note.txt"
    for asked in (len(script), len(script)):
        out.unlink(missing_ok=True)
        with (
            VirtualDisplay(SIZE) as display,
            application(note(out), display.name) as app,
            open_desktop(display.name, model=MODEL, secrets=secrets, mask_secrets=True) as desktop,
        ):
            agent = Agent(
                desktop,
                client=api.client,
                model=MODEL,
                application=app,
                recordings=tmp_path / "recordings",
                artifacts=tmp_path / "artifacts",
                name=TEST,
                say=lambda _: None,
            )
            agent.do("Type the password {{PASSWORD}}.")
            # What is painted over since the first task is so in the second one, too.
            agent.do("Save it.")
        assert out.read_text() == typed
        assert len(api.requests) == asked
        assert api.violations == ()
    stored = b"".join(files(tmp_path / "recordings").values())
    assert typed.encode() not in stored
    assert b"{{PASSWORD}}" in stored


def test_a_display_that_goes_is_told_and_nothing_is_stored(
    tmp_path: Path, recorded: Mapping[str, bytes]
) -> None:
    given(tmp_path, recorded)
    before = files(tmp_path / "recordings")
    with contextlib.ExitStack() as server, contextlib.ExitStack() as stack:
        display = server.enter_context(VirtualDisplay(SIZE))
        stack.enter_context(contextlib.suppress(CaptureError))
        stack.enter_context(application(note(tmp_path / "note.txt"), display.name))
        desktop = stack.enter_context(open_desktop(display.name, model=MODEL))
        agent = Agent(
            desktop,
            client=StrictApi(list(SCRIPT)).client,
            model=MODEL,
            recordings=tmp_path / "recordings",
            artifacts=tmp_path / "artifacts",
            name=TEST,
            update=True,
            say=lambda _: server.close(),
        )
        with pytest.raises((CaptureError, ExpectationError)):
            agent.do(TASK)
    assert files(tmp_path / "recordings") == before
