"""How long real programs take to come to rest, and who notices. Run by `make bench`.

An independent watcher in a process of its own says when each trial's screen really came to rest.
Beside `wait_until_still`: the fixed sleeps of 0.5 and 2 s that others use, judged on the same
trials. "Early" is a picture that was taken before the screen had come to rest.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from trueclick.agent.input.x11 import XTestInput
from trueclick.capture import Screenshot, Source, SystemClock, VirtualDisplay
from trueclick.capture.still import Settled, Stillness, wait_until_still
from trueclick.geometry import Box, Image, Size

from ..browser import BROWSER
from ..capture.settling_programs import (
    FORM,
    MENU,
    PAGE,
    SIZE,
    SPINNER,
    TERMINAL,
    TURNING,
    VIDEO,
    Settling,
)
from ..programs import own
from .dense_watcher import checksum, masked

RULE = Stillness(floor_s=0.25, quiet_s=0.1, timeout_s=3.0, answer_s=0.35)
TRIALS = 40
AT_BUTTON = Box[Image](30, 110, 210, 180)
"""Where a button answers a click by looking pressed."""


@dataclass(frozen=True)
class Change:
    """A change that the watcher saw: between two times, what it led to, and where."""

    after_s: float
    by_s: float
    checksum: int
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Trial:
    """Seconds since the action.

    Attributes:
        rest_s: when it had come to rest.
        returned_s: when the picture was handed over.
        early: whether it was not the picture of the screen at rest.
        changes: when something changed, and whether that was more than the button's own answer.
    """

    changes: tuple[tuple[float, bool], ...]
    rest_s: float
    returned_s: float
    early: bool

    @property
    def first_s(self) -> float:
        """When something changed that was more than the button's own answer, if anything did."""
        return next((at_s for at_s, elsewhere in self.changes if elsewhere), self.changes[0][0])


@dataclass(frozen=True)
class Variant:
    """Another rule, played over the changes of the same trials.

    Attributes:
        floor_s: seconds since the action.
        quiet_s: seconds without a change.
        answer_s: seconds since the action as long as nothing but the button's look has changed.
        sooner_s: seconds without a change that do without the floor after that.
        patience: longest pause between two changes that are more than the button's look, times
            this: seconds without a change, three times `quiet_s` at most.
    """

    floor_s: float
    quiet_s: float
    answer_s: float = 0.0
    sooner_s: float = math.inf
    patience: float = 2.0

    def returns_s(self, trial: Trial) -> float:
        """When it would have returned."""
        answered_s, last_s, longest_s = math.inf, -math.inf, 0.0
        for at_s, elsewhere in (*trial.changes, (math.inf, False)):
            quiet_s = max(self.quiet_s, min(self.patience * longest_s, 3 * self.quiet_s))
            end_s = max(self.floor_s, last_s + quiet_s)
            if answered_s == math.inf:
                end_s = max(end_s, self.answer_s)
            else:
                end_s = min(end_s, last_s + self.sooner_s)
            if end_s < at_s:
                return end_s
            last_s = at_s
            if elsewhere:
                longest_s = max(longest_s, at_s - answered_s)
                answered_s = at_s
        raise AssertionError("unreachable: nothing comes after the end")


VARIANTS = (
    *(Variant(floor_s, 0.1, patience=0) for floor_s in (0.2, 0.25, 0.28, 0.3)),
    Variant(0.25, 0.1, 0.35, patience=0),
    *(Variant(0.25, 0.1, answer_s) for answer_s in (0.3, 0.35, 0.4)),
    *(Variant(0.25, quiet_s, 0.35) for quiet_s in (0.06, 0.08, 0.15)),
    *(Variant(0.25, 0.1, 0.35, sooner_s) for sooner_s in (0.1, 0.15)),
)


class Watcher:
    """The watcher's process on a display."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def changes(self) -> list[Change]:
        """What changed since the last call."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return [Change(*each) for each in json.loads(self._process.stdout.readline())]


@contextlib.contextmanager
def watching(server: str, program: Settling) -> Generator[Watcher]:
    script = str(Path(__file__).with_name("dense_watcher.py"))
    boxes = [f"{box.x0},{box.y0},{box.x1},{box.y1}" for box in program.own]
    pipe = subprocess.PIPE
    command = [sys.executable, script, server, *boxes]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        watcher = Watcher(process)
        watcher.changes()
        yield watcher
        process.stdin.close() if process.stdin else None


def cpu_s(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def seen(program: Settling, picture: Screenshot) -> int:
    boxes = [(box.x0, box.y0, box.x1, box.y1) for box in program.own]
    return checksum(masked(picture.pixels.copy(), boxes))


def one(
    program: Settling,
    screen: Source,
    watcher: Watcher,
    backend: XTestInput,
    known: Sequence[Box[Image]],
) -> tuple[Trial | None, Settled, float]:
    """One action, waited for; no trial if the screen did not change at all. And the CPU seconds."""
    clock = SystemClock()
    program.undo(backend)
    time.sleep(random.uniform(0.4, 0.7))  # noqa: S311 - at any moment of a blink
    before = screen.grab()
    watcher.changes()
    program.act(backend)
    acted_at = clock.now()
    cpu = time.process_time()
    settled = wait_until_still(
        screen,
        rule=RULE,
        acted_at=acted_at,
        clock=clock,
        before=before,
        known=known,
        target=program.target,
    )
    cpu = time.process_time() - cpu
    returned_s = clock.now() - acted_at
    time.sleep(max(0.0, program.horizon_s - returned_s))
    changes = [c for c in watcher.changes() if c.by_s <= acted_at + program.horizon_s]
    if not changes:
        return None, settled, cpu
    early = seen(program, settled.screenshot) != changes[-1].checksum
    times = tuple((c.by_s - acted_at, not AT_BUTTON.contains(Box(*c.box))) for c in changes)
    return Trial(times, times[-1][0], returned_s, early), settled, cpu


def spread(values: Sequence[float]) -> str:
    """Median and 95th percentile in milliseconds."""
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"{statistics.median(ordered) * 1e3:5.0f} {p95 * 1e3:5.0f}"


def report(name: str, trials: list[Trial]) -> None:
    lost = [trial.returned_s - trial.rest_s for trial in trials]
    line = (
        f"{name:<26} {len(trials):>4} {spread([t.first_s for t in trials])}  "
        f"{spread([t.rest_s for t in trials])}  {spread([t.returned_s for t in trials])}  "
        f"{sum(t.early for t in trials):>5}  {spread(lost)} "
    )
    for sleep_s in (0.5, 2.0):
        wrong = sum(t.rest_s > sleep_s for t in trials)
        line += f"  {wrong:>5}  {spread([sleep_s - t.rest_s for t in trials])}"
    print(line)


def test_programs_that_come_to_rest() -> None:
    print()
    print(
        f"{'':<26} {'':>4} {'first':^11}  {'at rest':^11}  {'returned':^11}  {'':>5}  {'lost':^11}"
    )
    print(f"{'ms: median, 95 %':<26} {'n':>4} {'':35}   early {'':13}", end="")
    print("  0.5 s: early, lost   2 s: early, lost")
    every: list[Trial] = []
    programs = [FORM, MENU, TERMINAL, *([PAGE, SPINNER] if BROWSER else [])]
    for program in programs:
        trials: list[Trial] = []
        silent = 0
        known: tuple[Box[Image], ...] = ()
        ours_s = waited_s = 0.0
        with (
            VirtualDisplay(SIZE, window_manager=False) as display,
            program.running(display.name) as backend,
            watching(display.name, program) as watcher,
            Source(display.name) as screen,
        ):
            for _ in range(TRIALS):
                trial, settled, cpu = one(program, screen, watcher, backend, known)
                known = settled.restless
                ours_s, waited_s = ours_s + cpu, waited_s + settled.waited_s
                if trial is None:
                    silent += 1
                else:
                    trials.append(trial)
        report(program.name, trials)
        print(f"{'':<26}      {ours_s / waited_s:.1%} of a core while waiting; {silent} silent")
        every += trials
    report("all", every)
    print("the same trials by other rules, without the time that looking takes:")
    for variant in VARIANTS:
        ends = [variant.returns_s(trial) for trial in every]
        early = sum(end < trial.rest_s for end, trial in zip(ends, every, strict=True))
        lost = [end - trial.rest_s for end, trial in zip(ends, every, strict=True)]
        print(f"{early:>4} early, lost {spread(lost)} with {variant}")
    in_time = [trial for trial in every if trial.first_s <= RULE.floor_s]
    report("changed within 250 ms", in_time)
    assert not any(trial.early for trial in in_time)


@pytest.mark.skipif(not BROWSER, reason="needs chromium")
def test_a_second_change_is_told_with_the_next_picture() -> None:
    told = 0
    clock = SystemClock()
    with (
        VirtualDisplay(SIZE, window_manager=False) as display,
        PAGE.running(display.name) as backend,
        Source(display.name) as screen,
    ):
        for _ in range(10):
            PAGE.act(backend)
            first = wait_until_still(screen, rule=RULE, acted_at=clock.now(), clock=clock)
            time.sleep(0.6)
            then = wait_until_still(
                screen, rule=RULE, acted_at=clock.now(), clock=clock, before=first.screenshot
            )
            told += any(box.y0 > 400 for box in then.changes or ())
    print(f"\na second change after 600 ms: told with the next picture {told} of 10 times")
    assert told == 10


@pytest.mark.parametrize("size", [(1920, 1080), (3840, 2160)], ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("moving", [False, True], ids=["idle", "a spinner"])
def test_asking_what_was_painted_beside_comparing_pictures(
    size: tuple[int, int], moving: bool
) -> None:
    clock = SystemClock()
    rule = Stillness(floor_s=2.0, quiet_s=0.1, timeout_s=4.0)
    with (
        VirtualDisplay(Size[object](*size), window_manager=False) as display,
        (TURNING if moving else FORM).running(display.name),
        Source(display.name) as screen,
    ):
        (server,) = own("Xvfb")
        for name, watched in (("DAMAGE", screen), ("pictures", screen.grab)):
            ours, theirs = time.process_time(), cpu_s(server)
            settled = wait_until_still(watched, rule=rule, acted_at=clock.now(), clock=clock)
            ours, theirs = time.process_time() - ours, cpu_s(server) - theirs
            ours, theirs = ours / settled.waited_s, theirs / settled.waited_s
            print(
                f"\n{display.size} {'a spinner' if moving else 'idle':<9} by {name:<8}: "
                f"{ours:6.1%} of a core, the server {theirs:6.1%}, {settled.waited_s:.2f} s",
                end="",
            )


def test_a_video_never_comes_to_rest() -> None:
    clock = SystemClock()
    with (
        VirtualDisplay(SIZE, window_manager=False) as display,
        VIDEO.running(display.name),
        Source(display.name) as screen,
    ):
        cpu = time.process_time()
        settled = wait_until_still(screen, rule=RULE, acted_at=clock.now(), clock=clock)
        cpu = time.process_time() - cpu
    print(
        f"\na video: still={settled.still} after {settled.waited_s:.2f} s, "
        f"moving in {len(settled.moving)} places, {cpu / settled.waited_s:.0%} of a core"
    )
    assert not settled.still
