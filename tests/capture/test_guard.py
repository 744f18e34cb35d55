"""What is started ends: with its guard, or with the process that started it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from trueclick.capture import VirtualDisplay, displays
from trueclick.capture.virtual.guard import Guard
from trueclick.capture.virtual.guardian import end_all, remaining, remove_socket
from trueclick.capture.virtual.processes import Program
from trueclick.geometry import Size

from ..programs import children

MARK = "TRUECLICK_TEST"
PATIENCE_S = 15

START = """
import os, subprocess, sys, time
from trueclick.capture.virtual.guard import Guard
from trueclick.capture.virtual.processes import Program
guard = Guard()
folder = guard.make_folder()
program = Program(["sleep", "1000"], {"PATH": os.environ["PATH"]}, guard=guard)
BESIDE
print(program.pid, folder, flush=True)
time.sleep(1000)
"""


def started(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])


def runs(pid: int) -> bool:
    """Whether a process is there and has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def ended(pid: int) -> bool:
    """Whether a process has ended before patience does."""
    deadline = time.monotonic() + PATIENCE_S
    while runs(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not runs(pid)


@contextlib.contextmanager
def sleeper(environment: dict[str, str] | None = None) -> Generator[int]:
    """A program of nobody's, in a session of its own."""
    variables = {"PATH": os.environ["PATH"], **(environment or {})}
    with subprocess.Popen(["sleep", "1000"], env=variables, start_new_session=True) as process:
        try:
            yield process.pid
        finally:
            process.kill()


def test_what_is_marked_or_of_a_session_remains_to_be_ended() -> None:
    with sleeper({MARK: "1"}) as marked, sleeper({MARK: "12"}) as other, sleeper() as leader:
        assert remaining(f"{MARK}=1", {}) == {marked}
        assert remaining(f"{MARK}=1", {leader: started(leader)}) == {marked, leader}
        assert other not in remaining(f"{MARK}=1", {leader: started(leader)})


def test_a_program_that_has_the_number_of_one_that_ended_is_let_alone() -> None:
    with sleeper() as somebody:
        assert remaining("no=mark", {somebody: started(somebody) - 1}) == set()
        end_all("no=mark", {somebody: started(somebody) - 1}, grace_s=0)
        assert runs(somebody)


def test_a_request_comes_before_force() -> None:
    with sleeper({MARK: "polite"}) as pid:
        end_all(f"{MARK}=polite", {}, grace_s=5)
        state = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert state is not None
        assert state.si_status == signal.SIGTERM


def test_the_socket_of_a_living_server_is_let_alone(display: VirtualDisplay) -> None:
    number = int(display.name[1:])
    remove_socket(number)
    assert Path(f"/tmp/.X11-unix/X{number}").exists()
    assert displays(display.name)


def test_the_socket_of_a_dead_server_is_removed() -> None:
    number = 40_000 + os.getpid() % 10_000
    path = Path(f"/tmp/.X11-unix/X{number}")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    assert path.exists()
    remove_socket(number)
    assert not path.exists()
    remove_socket(number)  # nothing to do


def test_a_guard_that_is_closed_leaves_nothing_behind() -> None:
    before = children(os.getpid())
    guard = Guard()
    folder = guard.make_folder()
    (folder / "file").touch()
    program = Program(["sh", "-c", "setsid sleep 1000 & wait"], dict(os.environ), guard=guard)
    program.end()
    guard.close()
    guard.close()
    assert not folder.exists()
    assert set(children(os.getpid())) <= set(before)


def test_a_program_is_ended_with_a_child_that_has_left_its_session(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    leave = f"setsid sh -c 'echo $$ > {told}.new; mv {told}.new {told}; exec sleep 1000' & wait"
    program = Program(["sh", "-c", leave], dict(os.environ))
    deadline = time.monotonic() + PATIENCE_S
    while not told.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    child = int(told.read_text())
    assert runs(child)
    program.end()
    assert ended(child)


def test_a_program_that_cannot_be_started_leaves_no_guardian_behind(tmp_path: Path) -> None:
    before = children(os.getpid())
    (tmp_path / "broken").write_bytes(b"\x00 not a program")
    (tmp_path / "broken").chmod(0o755)
    with pytest.raises(OSError, match="Exec format error"):
        Program([str(tmp_path / "broken")], {})
    assert set(children(os.getpid())) <= set(before)


def test_the_status_can_be_asked_for_again_and_again() -> None:
    program = Program(["sh", "-c", "exit 7"], dict(os.environ))
    assert program.wait(PATIENCE_S) == 7
    assert program.exit_status() == 7
    assert Path(f"/proc/{program.pid}").exists()  # its number is nobody else's until the end
    program.end()
    assert program.exit_status() == 7
    assert not Path(f"/proc/{program.pid}").exists()
    program.end()


FORK = """
child = os.fork()
if not child:
    time.sleep(10)
    os._exit(0)
"""
"""A forked child keeps every file open that its parent had open."""

SIGNALS = """
time.sleep(0.5)
for number in (1, 2, 15):
    os.kill(guard._process.pid, number)
"""


@pytest.mark.parametrize(
    "beside", ["", FORK, SIGNALS], ids=["alone", "with a forked child", "signals to the guardian"]
)
def test_what_was_started_ends_with_a_process_that_is_killed(beside: str) -> None:
    code = START.replace("BESIDE", beside)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as own:
        assert own.stdout is not None
        pid, folder = own.stdout.readline().split()
        theirs = children(own.pid)
        own.kill()
        assert ended(int(pid))
        deadline = time.monotonic() + PATIENCE_S
        while Path(folder).exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not Path(folder).exists()
        for forked in theirs:
            with contextlib.suppress(ProcessLookupError):
                os.kill(forked, signal.SIGKILL)


def test_a_process_that_makes_itself_a_daemon_keeps_what_it_started() -> None:
    code = START.replace("BESIDE", "os.closerange(3, 100)")
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as own:
        assert own.stdout is not None
        pid, folder = own.stdout.readline().split()
        time.sleep(0.5)
        assert runs(int(pid))
        own.kill()
        assert ended(int(pid))
        del folder


def test_the_display_of_a_killed_process_is_gone_though_its_forked_child_lives() -> None:
    code = (
        "import os, time\nfrom trueclick.capture import VirtualDisplay\n"
        "from trueclick.geometry import Size\n"
        "with VirtualDisplay(Size(300, 200)) as display:\n"
        "    child = os.fork()\n"
        "    if not child: os.close(1); time.sleep(20); os._exit(0)\n"
        "    print(display.authority, child, flush=True)\n"
        "    time.sleep(1000)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as own:
        assert own.stdout is not None
        authority, child = own.stdout.readline().split()
        servers = [pid for pid, name in children(own.pid).items() if name in {"Xvfb", "openbox"}]
        assert len(servers) == 2
        own.kill()
        assert all(ended(pid) for pid in servers)
        assert runs(int(child))
        os.kill(int(child), signal.SIGKILL)
        deadline = time.monotonic() + 5
        while Path(authority).exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not Path(authority).parent.exists()


def test_sizes_of_one_pixel_work() -> None:
    with VirtualDisplay(Size(1, 1), window_manager=False) as display:
        assert displays(display.name)[0].box.size == Size(1, 1)
