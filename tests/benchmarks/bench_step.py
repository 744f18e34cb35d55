"""How long the parts of a step take, beside what one would use otherwise. Run by `make bench`.

Medians of several runs, all in one process: the ratios mean something on a busy machine, the
absolute figures less.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from io import BytesIO
from math import floor

import mss
import numpy as np
import pytest
from PIL import Image

from trueclick.agent.xtest import XTestInput
from trueclick.capture import Source, SystemClock, VirtualDisplay, encode
from trueclick.geometry import (
    HIGH_RESOLUTION,
    STANDARD,
    Box,
    Model,
    Point,
    Size,
    View,
    fit,
    tiles,
)


def median_s(work: Callable[[], object], runs: int) -> float:
    """The median time of one call, after one call to warm up."""
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def many_s(work: Callable[[], object]) -> float:
    """The median time of one call that is too short to be timed alone."""

    def hundred() -> None:
        for _ in range(100):
            work()

    return median_s(hundred, 50) / 100


def report(name: str, ours_s: float, other: str = "", other_s: float = 0.0) -> None:
    beside = f"   {other} {other_s * 1e3:9.4f} ms, {other_s / ours_s:6.1f} times" if other else ""
    print(f"{name:<34} {ours_s * 1e3:9.4f} ms{beside}")


def test_geometry() -> None:
    print()
    view = View.fitted(Box.from_xywh(1920, 0, 3840, 2160), Size(3840, 2160), HIGH_RESOLUTION)
    point = Point[Model](700, 400)

    def exact_without_us() -> tuple[int, int]:
        half = Fraction(1, 2)
        return (
            floor((point.x + half) * Fraction(3840, 2576) + 1920),
            floor((point.y + half) * Fraction(2160, 1449)),
        )

    ours, other = many_s(lambda: view.to_screen(point)), many_s(exact_without_us)
    report("a point to the screen", ours, "by hand with fractions", other)

    random = np.random.default_rng(1)
    points = random.integers(0, (2576, 1449), (1_000_000, 2))
    ours = median_s(lambda: view.to_screen(points), 7)

    def with_floats() -> object:
        scale = np.array([3840 / 2576, 2160 / 1449])
        return np.floor((points + 0.5) * scale + (1920, 0)).astype(np.int64)

    report("a million points to the screen", ours, "floats, inexact", median_s(with_floats, 7))
    landed = view.to_screen(points)
    report("a million points to the model", median_s(lambda: view.to_model(landed), 7))
    box = Box[Model](3, 5, 700, 400)
    report("a box to the screen", many_s(lambda: view.to_screen(box)))
    report("fit 3840x2160", many_s(lambda: fit(Size(3840, 2160), STANDARD)))
    report("tiles of 7680x4320", median_s(lambda: tiles(Size(7680, 4320), STANDARD), 50))


def test_import() -> None:
    print()

    def import_s(module: str) -> float:
        return median_s(lambda: subprocess.run([sys.executable, "-c", module], check=True), 15)

    nothing = import_s("pass")
    ours, numpy = import_s("import trueclick.geometry"), import_s("import numpy")
    report("import trueclick.geometry", ours - nothing, "import numpy", numpy - nothing)


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
