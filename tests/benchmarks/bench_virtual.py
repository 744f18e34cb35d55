"""How soon a virtual display is ready, and what of it is the X server's own time."""

import contextlib
import os
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from trueclick.capture import VirtualDisplay
from trueclick.capture.virtual.guard import Guard
from trueclick.geometry import Box, Screen, Size

from .timing import median_s, report

SIZE = Size[Screen](1920, 1080)
RUNS = 15
MANY = 20


def ready_and_gone_s(make: Callable[[], VirtualDisplay]) -> tuple[float, float]:
    """The median times until a display can be used, and until it is gone."""
    ready, gone = list[float](), list[float]()
    for _ in range(RUNS):
        start = time.perf_counter()
        with make():
            ready.append(time.perf_counter() - start)
            start = time.perf_counter()
        gone.append(time.perf_counter() - start)
    return median(ready), median(gone)


def server_alone_s() -> float:
    """The median time until a bare Xvfb takes connections."""

    def start() -> float:
        read_end, write_end = os.pipe()
        command = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", f"{SIZE}x24", "-noreset"]
        begun = time.perf_counter()
        with subprocess.Popen(
            command, pass_fds=[write_end], stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        ) as server:
            os.close(write_end)
            os.read(read_end, 16)
            taken = time.perf_counter() - begun
            os.close(read_end)
            server.terminate()
        return taken

    return median(start() for _ in range(RUNS))


def test_a_display() -> None:
    print()
    alone = server_alone_s()
    halves = [Box[Screen](0, 0, 960, 1080), Box[Screen](960, 0, 1920, 1080)]
    bare = ready_and_gone_s(lambda: VirtualDisplay(SIZE, window_manager=False))
    parted = ready_and_gone_s(
        lambda: VirtualDisplay(SIZE, monitors=halves, window_manager=False),
    )
    full = ready_and_gone_s(lambda: VirtualDisplay(SIZE))
    report("Xvfb alone, ready", alone)
    report("a display without openbox, ready", bare[0])
    report("a display with two monitors, ready", parted[0])
    report("a display with openbox, ready", full[0])
    report("the same, gone", full[1])
    report("a guard, started and ended", median_s(lambda: Guard().close(), RUNS))


def test_twenty_at_once() -> None:
    print()

    def ready_s(stack: contextlib.ExitStack) -> float:
        start = time.perf_counter()
        stack.enter_context(VirtualDisplay(SIZE))
        return time.perf_counter() - start

    start = time.perf_counter()
    stacks = [contextlib.ExitStack() for _ in range(MANY)]
    with contextlib.ExitStack() as all_of_them, ThreadPoolExecutor(MANY) as pool:
        for stack in stacks:
            all_of_them.enter_context(stack)
        times = list(pool.map(ready_s, stacks))
        report(f"{MANY} displays at once, all ready", time.perf_counter() - start)
        report("the first of them", min(times))
        report("on the average, a display", (time.perf_counter() - start) / MANY)
        start = time.perf_counter()
        list(pool.map(contextlib.ExitStack.close, stacks))
        report("all gone", time.perf_counter() - start)
