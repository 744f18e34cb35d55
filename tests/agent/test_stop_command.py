"""`trueclick stop` from elsewhere ends real runs, whatever they are in the middle of."""

import contextlib
import json
import os
import pty
import re
import select
import shlex
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from trueclick.agent.stop.runs import runs
from trueclick.agent.stop.watcher import SLAMMED
from trueclick.agent.testing import StrictApi, calls, served
from trueclick.capture import VirtualDisplay
from trueclick.capture.x11.connection import Connection, connect, root_window

from ..programs import TRUECLICK, marked
from .command import FAST, trueclick, waiting_for_ever

ENDLESS = ("run", "wait", "--model", "claude-sonnet-5-5")
"""A run that goes on until it is stopped, where `model` is."""

RELEASED = "every key and button is released"
ASKED = f"trueclick: stopped: asked for by `trueclick stop`; {RELEASED}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A list of its own: the runs of others go on."""
    apart = tmp_path / "runs"
    monkeypatch.setenv("TRUECLICK_RUNS", str(apart))
    return apart


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Generator[StrictApi]:
    """A model that waits for ever, named in the environment."""
    api = waiting_for_ever()
    with served(api) as address:
        at(address, monkeypatch)
        yield api
    assert api.violations == ()


def at(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have runs call the model there."""
    monkeypatch.setenv("ANTHROPIC_BASE_URL", address)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "none")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def stop(*words: str) -> subprocess.CompletedProcess[str]:
    """Stop runs from this process: they are elsewhere."""
    return trueclick("stop", *words)


def until(seen: Callable[[], object]) -> None:
    deadline = time.monotonic() + FAST
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextlib.contextmanager
def started(output: Path, *words: str) -> Generator[subprocess.Popen[str]]:
    """A `trueclick` that writes to a file."""
    with output.open("wb") as file:
        process = subprocess.Popen(
            [TRUECLICK, *words], stdout=file, stderr=subprocess.PIPE, text=True
        )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.usefixtures("model")
def test_a_run_is_stopped_from_elsewhere_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    mark = f"/{uuid.uuid4()}"
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:{mark}")
    output = tmp_path / "out"
    with started(output, *ENDLESS) as running:
        until(lambda: "screenshot" in output.read_text())
        done = stop(str(running.pid))
        assert (done.stdout, done.stderr, done.returncode) == (f"{running.pid} stopped\n", "", 0)
        assert (running.communicate(timeout=FAST)[1], running.returncode) == (ASKED, 130)
    assert marked(mark) == set()
    assert list(folder.iterdir()) == []


def test_a_run_that_waits_for_the_api_is_stopped_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        at(f"http://127.0.0.1:{silent.getsockname()[1]}", monkeypatch)
        with started(tmp_path / "out", "run", "x") as running:
            silent.settimeout(FAST)
            with silent.accept()[0] as waiting:
                assert waiting.recv(5) == b"POST "
                done = stop("--json")
                assert json.loads(done.stdout) == [{"pid": running.pid, "stopped": True}]
                assert (running.communicate(timeout=FAST)[1], running.returncode) == (ASKED, 130)


@pytest.mark.slow
@pytest.mark.usefixtures("model")
def test_many_who_ask_at_once_all_see_the_run_end(tmp_path: Path) -> None:
    output = tmp_path / "out"
    with started(output, *ENDLESS) as running:
        until(lambda: "screenshot" in output.read_text())
        asking = [
            subprocess.Popen(
                [TRUECLICK, "stop", str(running.pid)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(4)
        ]
        said = [(*each.communicate(timeout=FAST), each.returncode) for each in asking]
        assert (running.communicate(timeout=FAST)[1], running.returncode) == (ASKED, 130)
    # One who comes late finds it gone already.
    gone = ("", f"trueclick: no run of yours has the process id {running.pid}\n", 2)
    stopped = (f"{running.pid} stopped\n", "", 0)
    assert set(said) <= {stopped, gone}
    assert stopped in said


@pytest.mark.slow
@pytest.mark.usefixtures("model")
def test_a_run_that_is_still_starting_its_program_is_stopped(tmp_path: Path) -> None:
    app = shlex.join([sys.executable, "-c", "import time; time.sleep(300)"])
    with started(tmp_path / "out", *ENDLESS, "--app", app) as running:
        until(lambda: stop(str(running.pid)).returncode != 2)
        said = running.communicate(timeout=FAST)[1]
    assert running.returncode == 130
    assert said.startswith("trueclick: stopped: asked for by `trueclick stop`")


@pytest.mark.slow
@pytest.mark.usefixtures("model")
def test_a_file_stops_a_run(tmp_path: Path) -> None:
    output, file = tmp_path / "out", tmp_path / "stop"
    with started(output, *ENDLESS, "--stop-file", str(file)) as running:
        until(lambda: "screenshot" in output.read_text())
        file.touch()
        said = running.communicate(timeout=FAST)[1]
    assert said == f"trueclick: stopped: the stop file {file} is there; {RELEASED}\n"
    assert running.returncode == 130


@pytest.mark.usefixtures("model")
def test_a_stop_file_in_no_folder_is_a_mistake() -> None:
    done = trueclick(*ENDLESS, "--stop-file", "/no/folder/stop")
    assert done.returncode == 2
    said = "trueclick: the stop file '/no/folder/stop' is in no folder that there is\n"
    assert done.stderr == said


class Terminal:
    """A `trueclick` in a terminal of its own, as a person would start it."""

    def __init__(self, *words: str) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [TRUECLICK, *words], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        self.shown = ""

    def until(self, words: str) -> None:
        """Return once these words are on the terminal, or the program has ended."""
        deadline = time.monotonic() + FAST
        while words not in self.shown and time.monotonic() < deadline:
            if select.select([self._ours], [], [], 0.1)[0]:
                try:
                    self.shown += os.read(self._ours, 4096).decode(errors="replace")
                except OSError:  # the program has closed its side
                    return

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


@pytest.fixture
def at_terminal() -> Generator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def start(*words: str) -> Terminal:
        opened.append(Terminal(*words))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()


@pytest.mark.usefixtures("model")
def test_a_slam_into_a_corner_stops_a_run_on_a_persons_display(
    bare_display: VirtualDisplay, at_terminal: Callable[..., Terminal]
) -> None:
    terminal = at_terminal(*ENDLESS, "--display", bare_display.name)
    terminal.until("screenshot")
    with connect(bare_display.name) as connection:
        root = root_window(connection)
        while terminal.process.poll() is None:
            _slam(connection, root)
    terminal.until("released")
    assert f"stopped: {SLAMMED}; {RELEASED}" in terminal.shown
    assert terminal.process.wait(timeout=FAST) == 130


def _slam(connection: Connection, root: int) -> None:
    """From elsewhere: where the pointer lay when the run began may have been the very corner."""
    core = connection.core
    for x, y in ((300, 300), (1919, 0)):
        core.WarpPointer(0, root, 0, 0, 0, 0, x, y)
        core.GetInputFocus().reply()
        time.sleep(0.3)


def test_a_run_is_stopped_while_it_asks_for_approval(
    display: VirtualDisplay,
    at_terminal: Callable[..., Terminal],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with served(StrictApi([calls(("left_click", {"coordinate": [5, 5]}))])) as address:
        at(address, monkeypatch)
        terminal = at_terminal(*ENDLESS, "--display", display.name)
        terminal.until("[y/N]")
    assert stop().stdout == f"{terminal.process.pid} stopped\n"
    terminal.until("released")
    assert f"stopped: asked for by `trueclick stop`; {RELEASED}" in terminal.shown
    assert terminal.process.wait(timeout=FAST) == 130


@pytest.mark.slow
@pytest.mark.usefixtures("model")
def test_ctrl_c_says_that_everything_is_released(
    bare_display: VirtualDisplay, at_terminal: Callable[..., Terminal]
) -> None:
    terminal = at_terminal(*ENDLESS, "--display", bare_display.name)
    terminal.until("screenshot")
    for _ in range(3):  # an impatient person presses again
        terminal.process.send_signal(signal.SIGINT)
    terminal.until("released")
    assert re.search(rf"trueclick: stopped; {RELEASED}\s*$", terminal.shown)
    assert terminal.process.wait(timeout=FAST) == 130


MANY = """
import os
from trueclick.agent import StopSwitch
from trueclick.agent.stop import StopClock
from trueclick.agent.stop.runs import listed
from trueclick.agent.errors import StopRequested
from trueclick.capture import SystemClock
children = []
for _ in range(20):
    child = os.fork()
    if child == 0:
        stop = StopSwitch()
        try:
            with listed(stop):
                StopClock(SystemClock(), stop).sleep(300)
        except StopRequested:
            os._exit(7)
        os._exit(1)
    children.append(child)
print(*children, flush=True)
print(*(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))
"""


def test_twenty_runs_are_stopped_at_once() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", MANY], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pids = sorted(map(int, parent.stdout.readline().split()))

        def all_listed() -> bool:
            with runs() as found:
                return len(found) == len(pids)

        until(all_listed)
        done = stop()
        assert done.stdout.splitlines() == [f"{pid} stopped" for pid in pids]
        assert done.returncode == 0
        assert parent.stdout.readline().split() == ["7"] * 20


STUBBORN = """
import sys
from trueclick.agent import StopSwitch
from trueclick.agent.stop.runs import listed
with listed(StopSwitch()):
    print("listed", flush=True)
    sys.stdin.read()
"""


@pytest.mark.slow
def test_a_run_that_has_not_ended_yet_is_told_apart() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STUBBORN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as busy:
        assert busy.stdout is not None
        assert busy.stdin is not None
        assert busy.stdout.readline() == "listed\n"
        done = stop()
        assert (done.stdout, done.returncode) == (
            f"{busy.pid} will stop before its next action\n",
            1,
        )
        busy.stdin.close()


def test_where_nothing_runs_it_says_so() -> None:
    done = stop()
    assert (done.stdout, done.stderr, done.returncode) == ("nothing is running\n", "", 1)
    done = stop("--json")
    assert (done.stdout, done.returncode) == ("[]\n", 1)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("1", "trueclick: no run of yours has the process id 1\n"),
        ("all", "trueclick stop: argument PID: 'all' is no process id (see trueclick stop --help)"),
        ("0", "'0' is no process id"),
        ("-9", "trueclick"),
    ],
)
def test_what_is_no_run_is_a_mistake(word: str, said: str) -> None:
    done = stop(word)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
