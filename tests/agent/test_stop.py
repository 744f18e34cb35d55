"""A stop halts a desktop before its next action and in its pauses, and nothing stays pressed."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from trueclick.agent import Acted, Desktop, Event, StopRequested, StopSwitch, open_desktop, run
from trueclick.agent.actions import LookAround, Wait, parse_action
from trueclick.agent.stop import StopClock
from trueclick.capture import SystemClock, VirtualDisplay
from trueclick.geometry import UsageError

from ..recorder import Recorder
from .scripted import ScriptedApi, calls, says

LONG_S = 300
"""As long as a key can be held; a test that fails would wait for it."""

SOON_S = 20.0
"""Far less, and enough for a loaded machine."""


@pytest.fixture
def stop() -> StopSwitch:
    return StopSwitch()


@pytest.fixture
def stoppable(
    bare_display: VirtualDisplay, window: Recorder, stop: StopSwitch
) -> Generator[Desktop]:
    with open_desktop(bare_display.name, model="local", stop=stop) as opened:
        yield opened


@contextlib.contextmanager
def once(seen: Callable[[], object], stop: StopSwitch) -> Generator[None]:
    """Inside of the block the switch is tripped as soon as something has been seen."""

    def watch() -> None:
        deadline = time.monotonic() + SOON_S
        while not seen() and time.monotonic() < deadline:
            time.sleep(0.01)
        stop.request("seen enough")

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield
    finally:
        watching.join()


def test_a_held_key_is_let_up_at_once(
    stoppable: Desktop, window: Recorder, stop: StopSwitch
) -> None:
    start = time.monotonic()
    with (
        once(lambda: len(window.pressed()[0]) == 2, stop),
        pytest.raises(StopRequested, match=r"^stopped: seen enough$"),
    ):
        stoppable.perform(parse_action("hold_key", {"text": "ctrl+shift", "duration": LONG_S}))
    assert time.monotonic() - start < SOON_S
    assert window.pressed() == ([], 0)


def test_waiting_ends_at_once(stoppable: Desktop, stop: StopSwitch) -> None:
    timer = threading.Timer(0.2, stop.request, ["enough"])
    timer.start()
    start = time.monotonic()
    with pytest.raises(StopRequested):
        stoppable.perform(Wait(LONG_S))
    assert time.monotonic() - start < SOON_S
    timer.join()


def test_typing_ends_between_two_keys(
    stoppable: Desktop, window: Recorder, stop: StopSwitch
) -> None:
    with once(window.received, stop), pytest.raises(StopRequested):
        stoppable.perform(parse_action("type", {"text": "Keys go down and come up. " * 1500}))
    assert window.pressed() == ([], 0)


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("screenshot", {}),
        ("wait", {"duration": 0}),
        ("left_click", {"coordinate": [5, 5]}),
        ("mouse_move", {"coordinate": [9, 9]}),
        ("cursor_position", {}),
    ],
)
def test_nothing_happens_after_a_stop_not_even_a_look(
    stoppable: Desktop,
    window: Recorder,
    stop: StopSwitch,
    member: str,
    values: dict[str, object],
) -> None:
    stop.request("enough")
    with pytest.raises(StopRequested, match="stopped: enough"):
        stoppable.perform(parse_action(member, values))
    assert window.received() == []


def test_a_button_that_is_held_on_purpose_comes_up_with_the_desktop(
    bare_display: VirtualDisplay, window: Recorder, stop: StopSwitch
) -> None:
    with open_desktop(bare_display.name, model="local", stop=stop) as desktop:
        desktop.perform(parse_action("left_mouse_down", {}))
        assert window.pressed() == ([], 0x100)
        stop.request("enough")
        with pytest.raises(StopRequested):
            desktop.perform(parse_action("left_mouse_up", {}))
    assert window.pressed() == ([], 0)


def test_a_file_stops_the_desktop_as_soon_as_it_is_there(
    bare_display: VirtualDisplay, tmp_path: Path
) -> None:
    file = tmp_path / "stop"
    with open_desktop(bare_display.name, model="local", stop=StopSwitch(file)) as desktop:
        desktop.perform(Wait(0))
        file.touch()
        with pytest.raises(StopRequested, match=r"the stop file .*stop is there$"):
            desktop.perform(LookAround())
        file.unlink()
        with pytest.raises(StopRequested):  # it cannot be taken back
            desktop.perform(LookAround())


def test_a_link_that_leads_nowhere_is_there_too(tmp_path: Path) -> None:
    file = tmp_path / "stop"
    stop = StopSwitch(file)
    file.symlink_to(tmp_path / "nowhere")
    assert stop.requested == f"the stop file {file} is there"


def test_a_stop_file_that_nobody_could_look_for_stops(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.mkdir()
    stop = StopSwitch(loop / "stop")
    assert stop.requested is None
    loop.rmdir()
    loop.symlink_to(loop)
    assert "cannot be looked for: Too many levels of symbolic links" in str(stop.requested)


def test_a_stop_file_is_meant_where_it_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    stop = StopSwitch("stop")
    monkeypatch.chdir("/")
    (tmp_path / "stop").touch()
    assert stop.requested is not None


@pytest.mark.parametrize("file", ["/no/such/folder/stop", "/tmp/\0/stop", "/tmp/a\0b"])
def test_a_stop_file_that_could_never_be_is_refused(file: str) -> None:
    with pytest.raises(UsageError, match="is in no folder that there is"):
        StopSwitch(file)


def test_the_first_of_many_reasons_counts_and_is_told_once() -> None:
    told: list[str] = []
    stop = StopSwitch(on_request=told.append)
    barrier = threading.Barrier(20)

    def request(number: int) -> None:
        barrier.wait()
        stop.request(str(number))

    threads = [threading.Thread(target=request, args=[number]) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [stop.requested]
    stop.request("later")
    assert told == [stop.requested]


def test_a_signal_handler_may_request_a_stop(stoppable: Desktop, stop: StopSwitch) -> None:
    before = signal.signal(signal.SIGUSR1, lambda *_: stop.request("SIGUSR1"))
    try:
        timer = threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGUSR1])
        timer.start()
        with pytest.raises(StopRequested, match="stopped: SIGUSR1"):
            stoppable.perform(Wait(LONG_S))
        timer.join()
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_clock_lets_the_tidying_up_sleep(stop: StopSwitch) -> None:
    clock = StopClock(SystemClock(), stop)
    start = clock.now()
    clock.sleep(0.15)
    assert 0.15 <= clock.now() - start < SOON_S
    stop.request("enough")
    with pytest.raises(StopRequested):
        clock.sleep(LONG_S)
    start = clock.now()
    clock.sleep(0.15)
    assert clock.now() - start >= 0.15


def test_a_clock_that_is_told_to_tidy_never_raises(stop: StopSwitch) -> None:
    clock = StopClock(SystemClock(), stop)
    stop.request("enough")
    clock.tidy()
    clock.sleep(0.01)


def test_a_stopped_run_asks_the_model_no_more(
    bare_display: VirtualDisplay, stop: StopSwitch
) -> None:
    api = ScriptedApi([calls(("wait", {"duration": 0})), says("never read")])

    def enough(event: Event) -> None:
        if isinstance(event, Acted):
            stop.request("enough")

    with open_desktop(bare_display.name, stop=stop) as desktop:
        result = run("x", desktop, client=api.client(), on_event=enough)
    assert (result.status, result.text, result.turns, result.actions) == ("stopped", "enough", 1, 1)
    assert len(api.requests) == 1


def test_a_run_that_is_stopped_before_it_begins_asks_nothing(
    bare_display: VirtualDisplay, stop: StopSwitch
) -> None:
    stop.request("enough")
    api = ScriptedApi([says("never read")])
    with open_desktop(bare_display.name, stop=stop) as desktop:
        result = run("x", desktop, client=api.client())
    assert (result.status, api.requests) == ("stopped", [])


def test_a_run_is_stopped_within_an_action(bare_display: VirtualDisplay, stop: StopSwitch) -> None:
    api = ScriptedApi(
        [
            calls(("mouse_move", {"coordinate": [5, 5]}), ("wait", {"duration": LONG_S})),
            says("never read"),
        ]
    )
    timers: list[threading.Timer] = []

    def acted(_: object) -> None:
        if not timers:
            timers.append(threading.Timer(0.2, stop.request, ["enough"]))
            timers[0].start()

    with open_desktop(bare_display.name, stop=stop) as desktop:
        result = run("x", desktop, client=api.client(), on_event=acted)
    assert (result.status, result.text) == ("stopped", "enough")
    assert len(api.requests) == 1
    assert result.seconds < SOON_S
