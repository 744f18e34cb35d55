"""A display that does not answer for some seconds is waited for; one that has ended is not."""

import contextlib
import os
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from trueclick.agent import (
    Answered,
    Desktop,
    Event,
    StopRequested,
    StopSwitch,
    approve_all,
    open_desktop,
    run,
)
from trueclick.agent.actions import Click, LookAround, Press
from trueclick.agent.testing import StrictApi
from trueclick.capture import CaptureError
from trueclick.geometry import Model, Point, Size

from ..capture.servers import xvfb
from ..recorder import recorder
from .long_runs import desk, writing, written

MODEL = "claude-opus-5-5"
TURNS = 4

STALL_S = 2.5
"""Longer than a `Source` alone waits, or anybody who tidies up."""

SOON_S = 5.0
"""2 s for letting up, and more for a busy machine; well below the patience of a desktop."""


@pytest.fixture(autouse=True)
def own_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else's stop is meant for these runs."""
    monkeypatch.setenv("TRUECLICK_RUNS", str(tmp_path / "runs"))


@pytest.fixture
def server() -> Generator[tuple[str, int]]:
    with xvfb() as (name, pid):
        yield name, pid
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def stalled(pid: int, seconds: float = STALL_S) -> Generator[None]:
    """At the beginning of the block a process is stopped for so long."""
    os.kill(pid, signal.SIGSTOP)
    timer = threading.Timer(seconds, os.kill, [pid, signal.SIGCONT])
    timer.start()
    try:
        yield
    finally:
        timer.join()


@contextlib.contextmanager
def soon() -> Generator[None]:
    """The block takes no longer than a short wait."""
    start = time.monotonic()
    yield
    assert time.monotonic() - start < SOON_S


def server_of(name: str) -> int:
    """The process of a private X server."""
    with socket.socket(socket.AF_UNIX) as connected:
        connected.connect(f"/tmp/.X11-unix/X{name.removeprefix(':')}")
        told = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int(struct.unpack("3i", told)[0])


def test_a_run_goes_on_after_a_display_that_did_not_answer_for_some_seconds() -> None:
    with desk(MODEL) as (desktop, text), contextlib.ExitStack() as stack:

        def stall(event: Event) -> None:
            if isinstance(event, Answered) and event.turn == 2:
                stack.enter_context(stalled(server_of(desktop.display.server), 3.0))

        api = StrictApi(writing(MODEL, TURNS))
        result = run("Type.", desktop, client=api.client(), model=MODEL, on_event=stall)
        assert (result.status, result.actions) == ("done", 2 * TURNS)
        assert result.seconds > STALL_S
        assert text.holds(written(TURNS)) == written(TURNS)


def test_pictures_and_input_wait_for_a_display_that_goes_on(server: tuple[str, int]) -> None:
    name, pid = server
    with open_desktop(name, model="local") as desktop, ThreadPoolExecutor() as both:
        with stalled(pid):
            shot, pointer = both.submit(desktop.glance), both.submit(desktop.pointer)
        assert shot.result().size == Size(640, 480)
        assert pointer.result() == desktop.pointer()


def test_letting_up_in_a_stall_is_short_and_ends_no_run(server: tuple[str, int]) -> None:
    name, pid = server
    with recorder(name) as shown, open_desktop(name, model="local") as desktop:
        desktop.perform(Press(down=True))
        assert shown.pressed()[1]
        with stalled(pid, SOON_S + 1), soon():
            desktop.release()
            desktop.release()  # not waited for again
        desktop.perform(LookAround())
        desktop.pointer()
        assert shown.pressed() == ([], 0)


USES: list[Callable[[Desktop], object]] = [
    lambda desktop: desktop.perform(LookAround()),
    lambda desktop: desktop.perform(Click("left", 1, Point[Model](50, 50), ())),
    Desktop.pointer,
]


@pytest.mark.parametrize("use", USES)
def test_a_stop_ends_the_wait_for_a_display(
    use: Callable[[Desktop], object], server: tuple[str, int]
) -> None:
    name, pid = server
    stop = StopSwitch()
    requested: list[float] = []

    def request() -> None:
        requested.append(time.monotonic())
        stop.request("enough")

    with soon(), open_desktop(name, model="local", stop=stop) as desktop:
        os.kill(pid, signal.SIGSTOP)
        threading.Timer(0.3, request).start()
        with pytest.raises(StopRequested, match="enough"):
            use(desktop)
        assert time.monotonic() - requested[0] < 1.0  # a tenth, on a machine with time


def test_what_was_pressed_before_a_stop_in_a_stall_comes_up_afterwards(
    server: tuple[str, int],
) -> None:
    name, pid = server
    stop = StopSwitch()
    with recorder(name) as shown:
        with soon(), open_desktop(name, model="local", stop=stop) as desktop:
            desktop.perform(Press(down=True))
            assert shown.pressed()[1]
            os.kill(pid, signal.SIGSTOP)
            threading.Timer(0.3, stop.request, ["enough"]).start()
            with pytest.raises(StopRequested):
                desktop.pointer()
            desktop.release()
        os.kill(pid, signal.SIGCONT)
        deadline = time.monotonic() + SOON_S
        while shown.pressed() != ([], 0):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_a_run_whose_display_hangs_can_be_stopped(server: tuple[str, int]) -> None:
    name, pid = server
    stop = StopSwitch()

    def hang(event: Event) -> None:
        if isinstance(event, Answered):
            os.kill(pid, signal.SIGSTOP)
            threading.Timer(0.3, stop.request, ["enough"]).start()

    with open_desktop(name, model=MODEL, stop=stop) as desktop:
        api = StrictApi(writing(MODEL, TURNS))
        result = run(
            "Type.", desktop, client=api.client(), model=MODEL, confirm=approve_all, on_event=hang
        )
    assert (result.status, result.text) == ("stopped", "enough")
    assert result.seconds < SOON_S


class InterruptedHere(BaseException):
    """Raised by a signal's handler, as `KeyboardInterrupt` is."""


def test_a_signal_ends_the_wait_for_a_display(server: tuple[str, int]) -> None:
    def interrupt(*_: object) -> None:
        raise InterruptedHere

    def look() -> None:
        with open_desktop(name, model="local") as desktop:
            os.kill(pid, signal.SIGSTOP)
            threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGUSR1]).start()
            desktop.pointer()

    name, pid = server
    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with soon(), pytest.raises(InterruptedHere):
            look()
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("waiting", [False, True])
def test_a_display_that_has_ended_is_told_at_once(
    use: Callable[[Desktop], object], waiting: bool, server: tuple[str, int]
) -> None:
    name, pid = server
    with soon(), open_desktop(name, model="local") as desktop:
        if waiting:
            os.kill(pid, signal.SIGSTOP)
            threading.Timer(0.3, os.kill, [pid, signal.SIGKILL]).start()
        else:
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(CaptureError, match=r"went away|nobody could stop"):
            use(desktop)


def test_the_patience_of_a_desktop_can_be_chosen_and_has_an_end(server: tuple[str, int]) -> None:
    name, pid = server
    with soon(), open_desktop(name, model="local", patience_s=1.0) as desktop:
        os.kill(pid, signal.SIGSTOP)
        for use in (desktop.glance, desktop.pointer, desktop.glance, desktop.pointer):
            with pytest.raises(CaptureError, match=r"has not answered for 1.0 s"):
                use()
