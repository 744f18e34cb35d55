"""However a run ends, all that it pressed is up again, and the keyboard is as it was."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from trueclick.agent import (
    Acted,
    ComputerToolset,
    Desktop,
    Event,
    approve_all,
    open_desktop,
    run,
)
from trueclick.agent.input.keys import parse_keys
from trueclick.agent.input.x11 import XTestInput, dead_mans_switch
from trueclick.agent.input.x11.ledger import SIZE, Ledger
from trueclick.agent.input.x11.xkb import Xkb
from trueclick.capture import CaptureError, SystemClock, VirtualDisplay
from trueclick.capture.x11.connection import connect
from trueclick.geometry import Point, Refusal, UsageError

from ..calls import Caller
from ..capture.servers import xvfb
from ..recorder import BUTTON_UP, KEY_UP, Recorder, recorder
from .scripted import ScriptedApi, calls, says

PRESSER = Path(__file__).with_name("presser.py")
PATIENCE_S = 30
CAPS_LOCK = 2
"""The X11 protocol's modifier bit."""


@dataclass(frozen=True)
class Keyboard:
    """All of a server's keyboard that a run may change."""

    down: tuple[int, ...]
    buttons: int
    symbols: tuple[int, ...]
    locked: tuple[int, int]


def keyboard(server: str) -> Keyboard:
    """A server's keyboard as it is now."""
    with connect(server) as connection:
        setup = connection.get_setup()
        count = setup.max_keycode - setup.min_keycode + 1
        answer = connection.core.GetKeyboardMapping(setup.min_keycode, count).reply()
        symbols, width = [int(each) for each in answer.keysyms], answer.keysyms_per_keycode
        # The server tells more columns once somebody has used them: empty ones are no difference.
        rows = [[s for s in symbols[i : i + width] if s] for i in range(0, len(symbols), width)]
        bits = connection.core.QueryKeymap().reply().keys
        mask = connection.core.QueryPointer(setup.roots[0].root).reply().mask
        return Keyboard(
            down=tuple(8 * i + b for i, byte in enumerate(bits) for b in range(8) if byte >> b & 1),
            buttons=mask & 0x1F00,
            symbols=tuple(symbol for row in rows for symbol in (*row, 0)),
            locked=Xkb(connection).locked(),
        )


@contextlib.contextmanager
def caps_lock(server: str) -> Generator[None]:
    """Inside of the block Caps Lock is on, as if somebody had pressed it before."""
    with connect(server) as connection:
        xkb = Xkb(connection)
        xkb.lock(CAPS_LOCK, 0)
        assert xkb.locked() == (CAPS_LOCK, 0)
        yield
        xkb.lock(0, 0)
        xkb.locked()


@contextlib.contextmanager
def presser(server: str, what: str, seed: str = "") -> Generator[subprocess.Popen[str]]:
    """The program `presser`, at it; the display is not its own."""
    command = [sys.executable, str(PRESSER), server, what, seed]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def releasers(parent: int | None = None) -> set[int]:
    """The processes that release what another one, or this one, holds."""
    found = set[int]()
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = file.read_bytes().split(b"\0")
            if any(word.endswith(b"releaser.py") for word in words) and (
                parent is None or str(parent).encode() in words
            ):
                found.add(int(file.parent.name))
    return found


def eventually(done: Callable[[], object]) -> bool:
    """Whether something comes true before patience ends."""
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def killed(process: subprocess.Popen[str], number: int, *, group: bool = False) -> None:
    """Kill it, and return once whoever tidies up after it has ended, too."""
    (os.killpg if group else os.kill)(process.pid, number)
    process.wait(PATIENCE_S)
    assert eventually(lambda: not releasers(process.pid))


KILLED = {("drag", signal.SIGINT), ("text", signal.SIGTERM)}
"""These every time beside the kills without a warning, all others among the slow tests."""


@pytest.mark.parametrize(
    ("what", "number"),
    [
        pytest.param(
            *each,
            marks=() if each[1] == signal.SIGKILL or each in KILLED else pytest.mark.slow,
        )
        for each in itertools.product(
            ["keys", "foreign_key", "button", "drag", "text"],
            [signal.SIGINT, signal.SIGTERM, signal.SIGKILL],
        )
    ],
)
def test_a_killed_process_leaves_nothing_pressed(
    bare_display: VirtualDisplay, window: Recorder, what: str, number: int
) -> None:
    with caps_lock(bare_display.name):
        before = keyboard(bare_display.name)
        with presser(bare_display.name, what) as process:
            if what != "text":
                assert keyboard(bare_display.name) != before
            killed(process, number, group=number == signal.SIGKILL)
            assert keyboard(bare_display.name) == before


def test_each_release_comes_once_and_only_of_what_we_pressed(
    bare_display: VirtualDisplay, window: Recorder
) -> None:
    ours = XTestInput(bare_display.name, SystemClock())
    with contextlib.closing(ours), ours.held(parse_keys("alt")):
        with presser(bare_display.name, "keys") as process:
            window.received()
            killed(process, signal.SIGKILL)
        ups = [event.detail for event in window.received() if event.event == KEY_UP]
        assert len(ups) == len(set(ups)) == 3
        assert len(window.pressed()[0]) == 1


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("seed", range(40))
def test_a_process_killed_at_any_moment_leaves_nothing_pressed(
    bare_display: VirtualDisplay, window: Recorder, number: int, seed: int
) -> None:
    before = keyboard(bare_display.name)
    with presser(bare_display.name, "anything", f"{number} {seed}") as process:
        time.sleep(random.Random(f"{number} {seed}").random())  # noqa: S311 - repeatable
        killed(process, number, group=bool(seed % 2))
        assert keyboard(bare_display.name) == before


def test_a_session_that_ends_in_order_leaves_no_process(window: Recorder) -> None:
    with xvfb() as (server, pid):
        os.kill(pid, 0)
        # Started by a test and not by a `VirtualDisplay`, it is still this process's own child.
        assert not releasers(os.getpid())
        with contextlib.closing(XTestInput(server, SystemClock())):
            assert not releasers(os.getpid())


@contextlib.contextmanager
def foreign(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Inside of the block no display counts as our own."""
    with monkeypatch.context() as patch:
        patch.setattr(dead_mans_switch, "is_private", lambda _: False)
        yield


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """No display counts as our own, so that our death is watched for."""
    with foreign(monkeypatch):
        yield


def test_who_watches_ends_with_the_session(bare_display: VirtualDisplay, elsewhere: None) -> None:
    with contextlib.closing(XTestInput(bare_display.name, SystemClock())) as backend:
        assert eventually(lambda: len(releasers(os.getpid())) == 1)
        backend.close()
        backend.close()
    assert releasers(os.getpid()) == set()


def test_who_watches_ends_with_the_server(elsewhere: None) -> None:
    with xvfb() as (server, pid), contextlib.closing(XTestInput(server, SystemClock())):
        assert eventually(lambda: releasers(os.getpid()))
        (watcher,) = releasers(os.getpid())
        os.kill(pid, signal.SIGKILL)
        stat = Path(f"/proc/{watcher}/stat")
        assert eventually(lambda: stat.read_text().rpartition(")")[2].split()[0] == "Z")


def test_a_session_that_nobody_closes_is_closed_when_it_is_dropped(
    bare_display: VirtualDisplay, window: Recorder, elsewhere: None
) -> None:
    backend = XTestInput(bare_display.name, SystemClock())
    backend.press("left")
    backend.sync()
    assert window.pressed()[1]
    del backend
    assert window.pressed() == ([], 0)
    assert releasers(os.getpid()) == set()


def test_where_nothing_can_be_started_no_session_is_opened(
    bare_display: VirtualDisplay, monkeypatch: pytest.MonkeyPatch, elsewhere: None
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", fail)
        with pytest.raises(CaptureError, match="Resource temporarily unavailable"):
            XTestInput(bare_display.name, SystemClock())
    with monkeypatch.context() as patch:
        patch.setattr(os, "memfd_create", fail)
        with pytest.raises(CaptureError, match="Resource temporarily unavailable"):
            XTestInput(bare_display.name, SystemClock())


def test_where_no_memory_can_be_shared_acting_goes_on_without(
    bare_display: VirtualDisplay, monkeypatch: pytest.MonkeyPatch, elsewhere: None
) -> None:
    monkeypatch.delattr(os, "memfd_create")
    with contextlib.closing(XTestInput(bare_display.name, SystemClock())) as backend:
        assert releasers(os.getpid()) == set()
        backend.click("left", 1)


def test_a_forked_child_touches_nothing_of_its_parents(
    bare_display: VirtualDisplay, window: Recorder, elsewhere: None
) -> None:
    backend = XTestInput(bare_display.name, SystemClock())
    with contextlib.closing(backend), backend.held(parse_keys("shift")):
        backend.sync()
        before = window.pressed()
        told, tell = os.pipe()
        child = forked()
        if child == 0:
            said = b"wrong"
            with contextlib.suppress(BaseException):
                with contextlib.suppress(UsageError):
                    backend.click("left", 1)
                    said = b"clicked"
                backend.close()
                backend._session._open.close()  # as at the end of the interpreter
                said = b"right" if said == b"wrong" else said
            os.write(tell, said)
            os._exit(0)
        assert os.read(told, 16) == b"right"
        os.waitpid(child, 0)
        os.close(told)
        os.close(tell)
        assert window.pressed() == before
        assert eventually(lambda: len(releasers(os.getpid())) == 1)
        backend.click("left", 1)
    assert window.pressed() == ([], 0)


def forked() -> int:
    """A fork of this process, threads and all, without the warning of it."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


class Interrupted(BaseException):
    """Something ended an action half way."""


class Interruption(SystemClock):
    """A clock whose sleep raises, after so many times that it did not."""

    def __init__(self, after: int) -> None:
        self.left = after

    def sleep(self, seconds: float) -> None:
        """Sleep, or raise."""
        self.left -= 1
        if self.left < 0:
            raise Interrupted
        super().sleep(seconds)


@pytest.mark.parametrize("after", [0, 1, 5, 16])
def test_a_drag_that_is_interrupted_lets_go(
    bare_display: VirtualDisplay, window: Recorder, after: int
) -> None:
    with contextlib.closing(XTestInput(bare_display.name, Interruption(after))) as backend:
        with pytest.raises(Interrupted), backend.held(parse_keys("ctrl")):
            backend.drag(Point(10, 10), Point(400, 400))
        assert window.pressed() == ([], 0)


def test_typing_that_is_interrupted_lets_go(bare_display: VirtualDisplay, window: Recorder) -> None:
    before = keyboard(bare_display.name)
    with contextlib.closing(XTestInput(bare_display.name, Interruption(1))) as backend:
        with pytest.raises(Interrupted):
            backend.type("漢字Привет, and so on, " * 100)
        assert window.pressed() == ([], 0)
    assert keyboard(bare_display.name) == before


def test_a_refusal_while_keys_are_held_lets_everything_up(
    bare_display: VirtualDisplay, window: Recorder
) -> None:
    with contextlib.closing(XTestInput(bare_display.name, SystemClock())) as backend:
        backend.press("left")
        with pytest.raises(Refusal), backend.held(parse_keys("ctrl")):
            raise Refusal("not so")
        assert window.pressed() == ([], 0)


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("mouse_move", {"coordinate": [99999, 10]}),
        ("left_click", {"coordinate": [5, 5], "text": "ctlr"}),
        ("type", {"text": 5}),
        ("dance", {}),
    ],
)
def test_a_call_that_is_refused_lets_up_what_the_model_holds(
    call: Caller, window: Recorder, member: str, values: dict[str, Any]
) -> None:
    call("left_mouse_down")
    assert window.pressed() == ([], 0x100)
    assert call(member, **values).error
    assert window.pressed() == ([], 0)


def test_a_call_that_is_not_approved_lets_up_what_the_model_holds(
    desktop: Desktop, window: Recorder
) -> None:
    Caller(ComputerToolset(desktop, confirm=approve_all))("left_mouse_down")
    assert window.pressed() == ([], 0x100)
    assert Caller(ComputerToolset(desktop, confirm=lambda _: False))("left_click").error
    assert window.pressed() == ([], 0)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_an_exception_in_a_callback_leaves_nothing_pressed(
    bare_display: VirtualDisplay, window: Recorder, error: type[BaseException]
) -> None:
    def use(desktop: Desktop, confirm: Callable[..., bool]) -> None:
        Caller(ComputerToolset(desktop, confirm=approve_all))("left_mouse_down")
        assert window.pressed() == ([], 0x100)
        Caller(ComputerToolset(desktop, confirm=confirm))("mouse_move", coordinate=[5, 5])

    def confirm(*_: object) -> bool:
        raise error

    def run() -> None:
        with open_desktop(bare_display.name, model="local") as desktop:
            use(desktop, confirm)
            raise error  # where the SDK made an answer of it

    with pytest.raises(error):
        run()
    assert window.pressed() == ([], 0)


@pytest.mark.parametrize("ends", ["done", "stopped", "error"])
def test_a_run_that_ends_lets_up_what_the_model_held(
    bare_display: VirtualDisplay, window: Recorder, ends: str
) -> None:
    def watch(event: Event) -> None:
        if isinstance(event, Acted) and event.member == "mouse_move":
            assert window.pressed() == ([], 0x100)
            if ends == "stopped":
                desktop.stop.request("enough")
            if ends == "error":
                raise RuntimeError

    turns = [
        calls(("left_mouse_down", {}), ("mouse_move", {"coordinate": [500, 500]})),
        calls(("mouse_move", {"coordinate": [600, 500]})),
        says("Done."),
    ]
    with open_desktop(bare_display.name) as desktop:
        expected = pytest.raises(RuntimeError) if ends == "error" else contextlib.nullcontext()
        with expected:
            run("Hold it.", desktop, client=ScriptedApi(turns).client(), on_event=watch)
        assert window.pressed() == ([], 0)


def test_a_signal_between_any_two_steps_leaves_nothing_pressed(
    bare_display: VirtualDisplay, window: Recorder
) -> None:
    def interrupt(*_: object) -> None:
        raise Interrupted

    def act() -> None:
        with contextlib.closing(XTestInput(bare_display.name, SystemClock())) as backend:
            signal.setitimer(signal.ITIMER_REAL, draw.random() * 0.4)
            try:
                while True:
                    with backend.held(parse_keys("ctrl+shift")):
                        backend.click("left", 2)
                        with backend.held(parse_keys("A")):
                            backend.drag(Point(5, 5), Point(6, 6))
            except Interrupted:
                pass
            # Asked by another connection: what was let up here must have been handled by now.
            assert window.pressed() == ([], 0)

    draw = random.Random(1)  # noqa: S311 - repeatable
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for _ in range(30):
            act()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert window.pressed() == ([], 0)


CALLS: list[Callable[[XTestInput], object]] = [
    XTestInput.pointer,
    lambda backend: backend.move(Point(5, 5)),
    lambda backend: backend.click("left", 2),
    lambda backend: backend.drag(Point(5, 5), Point(300, 300)),
    lambda backend: backend.scroll("up", 100),
    lambda backend: backend.type("text"),
    lambda backend: backend.held(parse_keys("ctrl")).__enter__(),
    XTestInput.release_all,
    XTestInput.close,
]


def acts(call: Callable[[XTestInput], object], backend: XTestInput) -> None:
    """Do one thing, and then one that is sure to need the server."""
    call(backend)
    if call is not XTestInput.close:
        backend.sync()


@pytest.mark.parametrize("call", [XTestInput.sync, CALLS[4], XTestInput.close])
def test_a_server_that_hangs_costs_two_seconds_and_one_error(
    call: Callable[[XTestInput], object], elsewhere: None
) -> None:
    with xvfb() as (server, pid), recorder(server) as shown:
        backend = XTestInput(server, SystemClock())
        backend.press("left")
        backend.sync()
        os.kill(pid, signal.SIGSTOP)
        start = time.monotonic()
        try:
            with pytest.raises(CaptureError, match="has not answered"):
                acts(call, backend)
            backend.close()
            assert time.monotonic() - start < 2.5
        finally:
            os.kill(pid, signal.SIGCONT)
        # What was given up is done all the same, once the server goes on.
        assert eventually(lambda: shown.pressed() == ([], 0))
        assert eventually(lambda: not releasers(os.getpid()))


@pytest.mark.parametrize("call", CALLS)
def test_a_server_that_is_gone_is_one_error_and_can_be_closed(
    call: Callable[[XTestInput], object], elsewhere: None
) -> None:
    with xvfb() as (server, pid):
        backend = XTestInput(server, SystemClock())
        backend.press("left")
        os.kill(pid, signal.SIGKILL)
        if call is not XTestInput.close:
            with pytest.raises(CaptureError, match="went away"):
                acts(call, backend)
        backend.close()
        backend.close()
        assert eventually(lambda: not releasers(os.getpid()))


def test_what_is_pressed_comes_up_where_only_our_connection_breaks(
    bare_display: VirtualDisplay, window: Recorder
) -> None:
    before = keyboard(bare_display.name)
    backend = XTestInput(bare_display.name, SystemClock())
    backend.press("left")
    backend.type("漢")
    backend.sync()
    assert window.pressed() == ([], 0x100)
    with connect(bare_display.name) as connection:
        connection.core.KillClient(backend._session.window_manager._window)
        connection.core.GetInputFocus().reply()
    with pytest.raises(CaptureError, match="went away"):
        backend.pointer()
    backend.close()
    assert keyboard(bare_display.name) == before
    with pytest.raises(UsageError):
        backend.pointer()


def test_many_sessions_on_one_display_do_not_disturb_each_other(
    bare_display: VirtualDisplay, window: Recorder, elsewhere: None
) -> None:
    with contextlib.ExitStack() as stack:
        backends = [
            stack.enter_context(contextlib.closing(XTestInput(bare_display.name, SystemClock())))
            for _ in range(20)
        ]
        window.received()
        for backend in backends:
            backend.click("left", 1)
        assert [e.event for e in window.received()].count(BUTTON_UP) == 20
    assert window.pressed() == ([], 0)
    assert releasers(os.getpid()) == set()


def test_a_ledger_forgets_a_release_only_when_the_server_has_handled_it() -> None:
    memory = bytearray(SIZE)
    ledger = Ledger(memory)
    ledger.key(50, down=True)
    ledger.button(1, down=True)
    assert (ledger.keys_down(), ledger.buttons_down()) == ([50], [1])
    ledger.key(50, down=False)
    assert ledger.keys_down() == []
    assert ledger.unconfirmed()
    assert memory[50]  # whoever tidies up lets it up once more
    ledger.confirmed()
    assert not memory[50]
    assert ledger.buttons_down() == [1]
    ledger.button(1, down=False)
    ledger.confirmed()
    ledger.locks((2, 1))
    assert not ledger.is_empty()
    ledger.locks(None)
    assert ledger.is_empty()
