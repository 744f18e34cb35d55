"""Checks of displays: a private one is started and used; on the real one nothing is touched."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping

import numpy as np

from trueclick.capture import (
    CaptureError,
    Screenshot,
    Source,
    VirtualDisplay,
    displays,
    encode,
)
from trueclick.capture.x11.connection import connect, extension
from trueclick.capture.x11.screen import X11Screen
from trueclick.geometry import Image, Model, Point, Size, TrueclickError

from ..actions import Click, TypeText
from ..desktop import PATIENCE_S, Desktop, open_desktop
from ..input.keysyms import character_keysym
from ..local import MissingExtraError
from ..local.reader import ScreenReader
from .findings import Finding, failed, ok, warning
from .probe_window import PLACE, WORD, ProbeWindow, probe_window

SIZE = Size[Image](1280, 800)

_LETTER = "é"
"""A letter that an English keyboard lacks."""

_ROUNDS = 5
_SLOW_MS = 150.0
"""Of one screenshot on its way to a request; 20 ms are usual."""


def private_display(*, ocr: bool = True) -> Iterator[Finding]:
    """Start a private display, look at a window on it, click into it and type.

    Args:
        ocr: whether the local model's reading is tried as well.
    """
    if sys.platform != "linux":
        remedy = "try it under Linux; here, use --display real"
        yield warning("private display", "there are none on this system", remedy)
        return
    try:
        start = time.monotonic()
        with VirtualDisplay(SIZE) as display:
            took = time.monotonic() - start
            yield ok("private display", f"{display.name}, {SIZE}, started in {took:.1f} s")
            yield _shared_memory(display.name)
            with (
                probe_window(display.name) as window,
                open_desktop(display.name, model="local") as desktop,
            ):
                shot = desktop.glance()
                yield _capture(shot, window)
                yield _speed(display.name)
                yield _click(desktop, window)
                yield _typing(desktop, window)
                if ocr:
                    yield _ocr(shot)
    except TrueclickError as error:
        remedy = "apt-get install xvfb openbox, and see that /tmp/.X11-unix can be written to"
        yield failed("private display", str(error), remedy)


def _capture(shot: Screenshot, window: ProbeWindow) -> Finding:
    seen = shot.pixels[PLACE.y0 : PLACE.y1, PLACE.x0 : PLACE.x1, 2::-1]
    wrong = int(np.any(seen != window.drawn, axis=-1).sum())
    if wrong:
        return failed(
            "capture",
            f"{wrong} of {PLACE.area} pixels are not as they were drawn",
            "report it, with the output of `trueclick doctor --json`",
        )
    return ok("capture", f"all of {PLACE.area:,} pixels are as they were drawn")


def _speed(server: str) -> Finding:
    # As long as a run waits: a display that answers late is slow, and works.
    with Source(server, patience_s=PATIENCE_S) as source:
        times: list[float] = []
        for _ in range(_ROUNDS):
            start = time.perf_counter()
            encode(source.grab())
            times.append(time.perf_counter() - start)
    took_ms = sorted(times)[_ROUNDS // 2] * 1000
    said = f"{took_ms:.0f} ms from the screen to a PNG of {SIZE}"
    if took_ms > _SLOW_MS:
        return warning("screenshots", said, "the machine is busy or slow; runs work all the same")
    return ok("screenshots", said)


def _click(desktop: Desktop, window: ProbeWindow) -> Finding:
    aim = Point[Model](PLACE.x0 + PLACE.width // 2 + 1, PLACE.y0 + PLACE.height // 2 + 1)
    landed = desktop.perform(Click("left", 1, aim, ())).landed
    got = window.arrived(lambda so_far: so_far.click is not None).click
    if got is None or got != landed:
        where = "nowhere" if got is None else f"on {got}"
        return failed("click", f"a click on {landed} arrived {where}", _REPORT)
    return ok("click", f"a click on {landed} arrived there")


def _typing(desktop: Desktop, window: ProbeWindow) -> Finding:
    desktop.perform(TypeText(_LETTER))
    wanted = character_keysym(_LETTER)
    got = window.arrived(lambda so_far: so_far.keysym == wanted).keysym
    if got != wanted:
        said = f"{_LETTER} did not arrive" if got is None else f"{_LETTER} arrived as {got:#x}"
        return failed("typing", said, _REPORT)
    return ok("typing", f"a typed {_LETTER} arrived")


_REPORT = "report it, with the output of `trueclick doctor --json`"


def _ocr(shot: Screenshot) -> Finding:
    start = time.monotonic()
    part = np.ascontiguousarray(shot.pixels[PLACE.y0 : PLACE.y1 - 64, PLACE.x0 : PLACE.x1, 2::-1])
    try:
        lines = ScreenReader().read(part)
    except MissingExtraError as error:
        return warning(
            "ocr", "absent: --model local and texts in pictures and tests need it", str(error)
        )
    took = time.monotonic() - start
    words = " ".join(line.text for line in lines)
    if WORD.casefold() not in words.casefold():
        return failed("ocr", f'the word "{WORD}" was not read', 'pip install -U "trueclick[local]"')
    return ok("ocr", f'read "{WORD}" in {took:.1f} s')


def _shared_memory(server: str) -> Finding:
    screen = X11Screen(server)
    try:
        shared = screen.shared
    finally:
        screen.close()
    if shared:
        return ok("shared memory", "pictures come through it")
    return warning(
        "shared memory",
        "pictures are copied instead, which is slower",
        "raise kernel.shmmax and kernel.shmall, or give a container its host's --ipc",
    )


def real_display(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Look at the display that people work on, if there is one.

    Args:
        environment: the process's variables.
    """
    server = environment.get("DISPLAY", "")
    if sys.platform == "linux" and not server:
        yield ok("real display", "none (DISPLAY is not set); runs have private ones")
        return
    try:
        monitors = displays(server or None)
        for each in monitors:
            with Source(server or None, each.index) as source:
                source.grab()
        sizes = ", ".join(str(each.box.size) for each in monitors)
        yield ok("real display", f"{server or 'the screen'}: {sizes}; it can be captured")
        if server:
            yield _xtest(server)
    except CaptureError as error:
        remedy = (
            "unset DISPLAY, or let this user in (XAUTHORITY, xhost); private displays do without"
        )
        yield warning("real display", str(error), remedy)


def _xtest(server: str) -> Finding:
    with connect(server) as connection:
        if extension(connection, "xtest") is not None:
            return ok("real input", f"{server} takes it (XTEST); nothing was sent")
    return warning(
        "real input", f"{server} has no XTEST extension", "start the X server with +extension XTEST"
    )
