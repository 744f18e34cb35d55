"""From the screen to what is sent: each part, the whole, and what one would use otherwise.

On a desktop with a browser page full of text and a terminal. All ways are timed in turns in one
process, so the ratios mean something on a busy machine; the absolute figures less. `make bench`.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterator
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from trueclick.capture import Source, VirtualDisplay, encode
from trueclick.capture.encoding.scale import scaled
from trueclick.geometry import HIGH_RESOLUTION, STANDARD, ResolutionLimits, Size, fit

from .scene import desktop_scene
from .timing import median_s, medians_s

SIZES = [(1920, 1080), (2560, 1440), (3840, 2160), (7680, 4320)]
LIMITS = {"standard": STANDARD, "high": HIGH_RESOLUTION}
_TURNS = 5
_RUNS = {1920: 60, 2560: 40, 3840: 25, 7680: 9}


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def display(request: pytest.FixtureRequest) -> Iterator[VirtualDisplay]:
    try:
        with desktop_scene(Size(*request.param)) as started:
            yield started
    except FileNotFoundError as missing:
        pytest.skip(str(missing))


def pyautogui_way(size: Size[Any], monkeypatch: pytest.MonkeyPatch) -> Callable[[], object] | None:
    """pyautogui's screenshot, scaled and packed with Pillow as its users do."""
    try:
        pyautogui = import_module("pyautogui")
    except (ImportError, SystemExit, KeyError) as error:
        print(f"pyautogui does not start here: {error!r}")
        return None
    # The faster of its two ways, Pillow's own capture, which it takes where this program is found.
    monkeypatch.setattr(import_module("pyscreeze"), "GNOMESCREENSHOT_EXISTS", True)

    def step() -> object:
        picture = pyautogui.screenshot()
        scaled = picture.resize((size.width, size.height), Image.Resampling.LANCZOS)
        packed = BytesIO()
        scaled.save(packed, "PNG")
        return b64encode(packed.getvalue())

    return step


def programs_way(size: Size[Any], folder: Path) -> Callable[[], object] | None:
    """scrot and ImageMagick, as the published reference agents do."""
    scrot = shutil.which("scrot")
    convert = next(filter(None, map(shutil.which, ("convert-im6.q16", "magick", "convert"))), None)
    if scrot is None or convert is None:
        print("scrot or ImageMagick is not installed")
        return None
    shot, sent = str(folder / "shot.png"), folder / "sent.png"

    def step() -> object:
        subprocess.run([scrot, "-o", shot], check=True)
        resize = ["-filter", "Lanczos", "-resize", f"{size.width}x{size.height}!"]
        subprocess.run([convert, shot, *resize, str(sent)], check=True)
        return b64encode(sent.read_bytes())

    return step


@pytest.mark.filterwarnings("ignore")  # of pyautogui's own making
@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
def test_a_step(
    display: VirtualDisplay,
    limits: ResolutionLimits,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (("DISPLAY", display.name), ("XAUTHORITY", str(display.authority))):
        monkeypatch.setenv(name, value)
    with Source(display.name) as source:
        size = fit(source.image_size, limits)
        first = source.grab()
        small = scaled(first, size)
        target = np.empty_like(first.pixels)
        ways: dict[str, Callable[[], object] | None] = {
            "copy of the memory": lambda: np.copyto(target, first.pixels),
            "capture": source.grab,
            "scale": lambda: scaled(first, size),
            "encode": lambda: encode(small).base64,
            "whole step": lambda: encode(source.grab(), size).base64,
            "pyautogui + Pillow": pyautogui_way(size, monkeypatch),
            "scrot + convert": programs_way(size, tmp_path),
        }
        runs = _RUNS[source.image_size.width]
        ours = {name: way for name, way in list(ways.items())[:5] if way is not None}
        others = {name: way for name, way in list(ways.items())[5:] if way is not None}
        took = medians_s(ours, runs)
        # Taken in turns with our whole step, so that a busy moment is busy for both; ours is short,
        # so each turn has several of it.
        several = {f"whole step {turn}": ours["whole step"] for turn in range(_TURNS)}
        beside = medians_s({**several, **others}, max(5, runs // 6))
        beside_ours = statistics.median(beside[name] for name in several)
        packed = encode(first, size)
    step = took["whole step"]
    parts = took["capture"] + took["scale"] + took["encode"]
    print(f"\n{first.size} to {size}, {len(packed.data) / 1e3:.0f} kB")
    for name in took:
        print(f"  {name:<20} {took[name] * 1e3:8.2f} ms")
    print(f"  whole step / sum of its parts {step / parts:5.2f}")
    for name in others:
        ratio = beside[name] / beside_ours
        print(f"  {name:<20} {beside[name] * 1e3:8.2f} ms, {ratio:5.1f} times the whole step")


def test_a_thousand_steps_at_4k() -> None:
    with desktop_scene(Size(3840, 2160)) as display, Source(display.name) as source:
        size = fit(source.image_size, HIGH_RESOLUTION)
        for _ in range(20):
            encode(source.grab(), size)
        before = resident_mb()
        took = median_s(lambda: encode(source.grab(), size), 1000)
        print(f"\n1000 steps at 4K: {resident_mb() - before:+.1f} MB, {took * 1e3:.1f} ms a step")


def resident_mb() -> float:
    """What this process holds in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
