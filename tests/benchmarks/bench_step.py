"""How long the parts of a step take, beside what one would use otherwise. Run by `make bench`.

Medians of several runs, all in one process: the ratios mean something on a busy machine, the
absolute figures less.
"""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable
from io import BytesIO

import mss
import pytest
from PIL import Image

from trueclick.agent.xtest import XTestInput
from trueclick.capture import Source, SystemClock, VirtualDisplay, encode
from trueclick.geometry import STANDARD, Box, Point, Size, View, fit


def median_s(work: Callable[[], object], runs: int) -> float:
    """The median time of one call, after one call to warm up."""
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def report(name: str, ours_s: float, other: str = "", other_s: float = 0.0) -> None:
    beside = f"   {other} {other_s * 1e3:9.3f} ms, {other_s / ours_s:6.1f} times" if other else ""
    print(f"{name:<34} {ours_s * 1e3:9.3f} ms{beside}")


def test_geometry() -> None:
    view = View.fitted(Box.from_xywh(1920, 0, 3840, 2160), Size(3840, 2160), STANDARD)
    print()
    report("map one point to the screen", median_s(lambda: view.to_screen(Point(700, 400)), 5000))
    report("fit 3840x2160", median_s(lambda: fit(Size(3840, 2160), STANDARD), 1000))


def test_a_click() -> None:
    print()
    with VirtualDisplay(Size(1920, 1080), window_manager=False) as display:
        backend = XTestInput(display.name, SystemClock())

        def click() -> None:
            backend.move(Point(500, 500))
            backend.click("left", 1)
            backend.sync()

        ours = median_s(click, 200)
        backend.close()
        try:
            command = ["xdotool", "mousemove", "500", "500", "click", "1"]
            other = median_s(
                lambda: subprocess.run(command, env={"DISPLAY": display.name}, check=True), 20
            )
            report("a click, without settling", ours, "xdotool", other)
        except FileNotFoundError:
            report("a click, without settling (xdotool is not installed)", ours)


@pytest.mark.parametrize("size", [(1920, 1080), (3840, 2160)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_a_screenshot(size: tuple[int, int]) -> None:
    print()
    screen = Size[object](*size)
    sent = fit(screen, STANDARD)
    with VirtualDisplay(screen) as display, Source(display.name) as source:

        def as_usual() -> None:
            with mss.MSS(display=display.name) as opened:
                shot = opened.grab(opened.monitors[1])
            picture = Image.frombytes("RGB", shot.size, shot.rgb)
            scaled = picture.resize((sent.width, sent.height), Image.Resampling.LANCZOS)
            scaled.save(BytesIO(), "PNG")

        ours = median_s(lambda: encode(source.grab(), sent), 10)
        report(f"screenshot {screen} to {sent}", ours, "mss + Pillow", median_s(as_usual, 10))
