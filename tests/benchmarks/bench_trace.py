"""What tracing costs a step, beyond writing a picture that is packed already. Run by `make bench`.

A step is a turn with one click and a screenshot of 1456x819 of a page full of text. It should take
less than 3 ms more than writing its picture into a file, without waiting for the disk. Between two
steps some time passes, less than in any run, where one screenshot takes a quarter of a second.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from tests.agent.trace.told import (
    STARTED,
    TASK,
    acted,
    answered,
    assistant,
    call,
    image_block,
    result,
    shown,
    thinking,
    user,
)
from tests.capture.realistic import drawn
from trueclick.agent.events import Added, Calling, Event, Said
from trueclick.agent.trace import TraceWriter, read_trace
from trueclick.capture import EncodedImage, encode
from trueclick.geometry import Size

from .timing import report

STEPS = 100

PAUSE_S = 0.2


@pytest.mark.parametrize("busy", [0, 4], ids=["quiet", "loaded"])
def test_what_a_step_costs(tmp_path: Path, busy: int) -> None:
    print()
    packed = encode(drawn(1920, 1080, 1.0).screenshot, Size(1456, 819))
    print(f"{STEPS} steps, each with a screenshot of {len(packed.data) / 1e3:.0f} kB")
    print(f"beside {busy} programs that only compute; load average {os.getloadavg()[0]:.1f} before")
    pictures: list[float] = []
    steps: list[float] = []
    computing: list[float] = []
    with load(busy), TraceWriter(tmp_path / "run") as writer:
        writer(STARTED)
        writer(Added(TASK))
        for step in range(STEPS):
            # Both in each round: what disturbs one disturbs the other.
            alone, data = tmp_path / f"{step}.png", fresh(packed).data
            pictures.append(seconds_of(partial(alone.write_bytes, data)))
            events = list(told_in(step + 1, fresh(packed)))
            time.sleep(PAUSE_S)
            before = time.thread_time()
            steps.append(seconds_of(partial(tell, writer, events)))
            computing.append(time.thread_time() - before)
    picture, step_s = statistics.median(pictures), statistics.median(steps)
    report("the picture alone, into a file", picture)
    report("a step", step_s)
    report("tracing, beyond the picture", step_s - picture)
    report("a step, as far as it computes", statistics.median(computing))
    report("one step in ten takes longer than", statistics.quantiles(steps, n=10)[-1])
    assert len(list((tmp_path / "run" / "images").iterdir())) == STEPS


@contextlib.contextmanager
def load(programs: int) -> Generator[None]:
    """Inside of the block so many programs compute as fast as they can."""
    started = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(programs)
    ]
    try:
        yield
    finally:
        for program in started:
            program.kill()
            program.wait()


def test_what_reading_costs(tmp_path: Path) -> None:
    print()
    packed = encode(drawn(1920, 1080, 1.0).screenshot, Size(1456, 819))
    with TraceWriter(tmp_path / "run") as writer:
        writer(STARTED)
        writer(Added(TASK))
        for step in range(STEPS):
            tell(writer, told_in(step + 1, fresh(packed)))
    for checked in (True, False):
        read = partial(read_trace, tmp_path / "run", check_pictures=checked)
        seconds = seconds_of(read)
        report("reading it all" if checked else "reading it, but for its pictures", seconds)
    trace = read_trace(tmp_path / "run")
    report("the whole conversation", seconds_of(lambda: trace.messages))


def seconds_of(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def fresh(image: EncodedImage) -> EncodedImage:
    """Another picture of the same size; its base64 is known, as that of one which is sent."""
    other = replace(image, data=image.data + uuid4().bytes)
    assert other.base64
    return other


def tell(writer: TraceWriter, events: Iterable[Event]) -> None:
    for event in events:
        writer(event)


def told_in(turn: int, look: EncodedImage) -> Iterator[Event]:
    """What is told in a step."""
    yield answered(turn)
    yield Said(turn, "I click on the button, then I look.")
    yield assistant(
        thinking("c2lnbmF0dXJl" * 60),
        call(f"a{turn}", "left_click", coordinate=[120, 240]),
        call(f"b{turn}", "screenshot"),
    )
    yield Calling(f"a{turn}", "left_click", {"coordinate": [120, 240]})
    yield acted(f"a{turn}", "left_click", coordinate=[120, 240])
    yield Calling(f"b{turn}", "screenshot", {})
    yield shown(f"b{turn}", look)
    yield user(result(f"a{turn}"), result(f"b{turn}", image_block(look)))


def test_what_a_step_costs_is_the_same_after_a_thousand(tmp_path: Path) -> None:
    print()
    packed = encode(drawn(640, 400, 1.0).screenshot)
    with TraceWriter(tmp_path / "run") as writer:
        writer(STARTED)
        for part in (range(500), range(500, 1000)):
            times: list[float] = []
            for step in part:
                events = list(told_in(step, fresh(packed)))
                times.append(seconds_of(partial(tell, writer, events)))
            report("a step of five hundred", statistics.median(times))
