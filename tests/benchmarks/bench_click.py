"""How long a click takes, beside `pyautogui` as it comes and an `xdotool` process.

And what it costs that a server may hang and this process be killed. Run by `make bench`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator
from unittest import mock

from trueclick.agent.input.keys import parse_keys
from trueclick.agent.input.x11 import XTestInput, dead_mans_switch
from trueclick.capture import SystemClock, VirtualDisplay
from trueclick.capture.worker import Worker
from trueclick.geometry import Point, Screen, Size

from ..recorder import recorder
from .timing import median_s, medians_s, report

SIZE = Size[Screen](1920, 1080)
PLACE = Point[Screen](500, 500)
RUNS = 50


PYAUTOGUI = """
import sys, pyautogui
for line in sys.stdin:
    pyautogui.click(500, 500)
    print(flush=True)
"""


@contextlib.contextmanager
def pyautogui(display: VirtualDisplay) -> Generator[Callable[[], object]]:
    """What clicks with the package, in a process of its own: it leaves files open."""
    with subprocess.Popen(
        [sys.executable, "-c", PYAUTOGUI],
        env={**os.environ, "DISPLAY": display.name, "XAUTHORITY": str(display.authority)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as process:
        orders, answers = process.stdin, process.stdout
        assert orders is not None
        assert answers is not None

        def click() -> None:
            orders.write("click\n")
            assert answers.readline()

        yield click
        orders.close()


def test_a_click() -> None:
    print()
    with (
        VirtualDisplay(SIZE, window_manager=False) as display,
        VirtualDisplay(SIZE) as managed,
        recorder(display.name) as window,
        pyautogui(display) as other,
    ):
        ours, with_manager = (
            XTestInput(name, SystemClock()) for name in (display.name, managed.name)
        )
        xdotool = shutil.which("xdotool") or "xdotool"
        command = [xdotool, "mousemove", str(PLACE.x), str(PLACE.y), "click", "1"]

        def click(backend: XTestInput, count: int = 1) -> None:
            backend.move(PLACE)
            backend.click("left", count)
            backend.sync()

        works: dict[str, Callable[[], object]] = {
            "a click": lambda: click(ours),
            "a click, with openbox": lambda: click(with_manager),
            "a double click": lambda: click(ours, 2),
            "a click with Control": lambda: with_control(ours),
            "pyautogui": other,
            "xdotool": lambda: subprocess.run(command, env={"DISPLAY": display.name}, check=True),
        }

        def with_control(backend: XTestInput) -> None:
            with backend.held(parse_keys("ctrl")):
                click(backend)

        times = medians_s(works, RUNS)
        ours.close()
        with_manager.close()
        assert (
            len(window.buttons()) == (RUNS + 1) * 6
        )  # every one arrived: two of a double one, none elsewhere
        report("a click", times["a click"], "pyautogui", times["pyautogui"])
        report("a click", times["a click"], "xdotool", times["xdotool"])
        for name in ("a click, with openbox", "a double click", "a click with Control"):
            report(name, times[name])


def test_what_a_bound_costs() -> None:
    print()
    worker = Worker("nothing")
    report("a call on the worker's thread", median_s(lambda: worker.call(int), 2000))
    worker.stop()


def test_what_surviving_a_kill_costs() -> None:
    print()
    with VirtualDisplay(SIZE, window_manager=False) as display:
        closing: list[XTestInput] = []

        def opened() -> None:
            closing.append(XTestInput(display.name, SystemClock()))

        def foreign() -> None:
            with mock.patch.object(dead_mans_switch, "is_private", return_value=False):
                opened()

        times = medians_s({"private": opened, "foreign": foreign}, 20)
        report("a private display, open for input", times["private"])
        report("somebody's display, open for input", times["foreign"])
        report("the watching process, started", times["foreign"] - times["private"])
        for backend in closing:
            backend.close()
    python = [sys.executable, "-I", "-S", "-c", "import os, select, signal, struct, time"]
    report("a Python with what it needs", median_s(lambda: subprocess.run(python, check=True), 10))
