"""A run that is killed, or has no room left to write, loses nothing that was done."""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import signal
import time
from collections.abc import Iterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from trueclick.agent import Desktop, RunResult, approve_all, open_desktop, run
from trueclick.agent.testing import StrictApi
from trueclick.agent.trace import read_trace

from ..kept import Kept, kept
from .long_runs import FastClock, desk, summary, writing, written
from .typing_programs import TypingProgram
from .xkb_state import pressed

MODEL = "claude-opus-5-5"
TURNS = 20

FORKS = multiprocessing.get_context("forkserver")
"""Starts processes that have imported everything already."""


@pytest.fixture(scope="module")
def shared() -> Iterator[Kept[tuple[Desktop, TypingProgram]]]:
    FORKS.set_forkserver_preload(
        [__name__, "trueclick.agent.loop", "trueclick.agent.trace.reading"]
    )
    with kept(lambda: desk(MODEL)) as holder:
        yield holder


@pytest.fixture
def at_work(
    shared: Kept[tuple[Desktop, TypingProgram]], request: pytest.FixtureRequest
) -> Iterator[tuple[Desktop, TypingProgram]]:
    yield from shared.lent(request)


def run_there(server: str, trace: Path, history: str, most_bytes: int | None = None) -> None:
    """A whole run, in a process of its own."""
    if most_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    api = StrictApi(writing(MODEL, TURNS), summary=summary)
    with open_desktop(server, model=MODEL, clock=FastClock()) as desktop:
        result = run(
            "Type all the numbers.",
            desktop,
            client=api.client(),
            model=MODEL,
            confirm=approve_all,  # the display is private to another process
            trace=trace,
            history=history,  # type: ignore[arg-type]
        )
    os._exit(0 if result.status == "done" else 3)


def started(server: str, trace: Path, history: str, most: int | None = None) -> ForkServerProcess:
    process = FORKS.Process(target=run_there, args=(server, trace, history, most))
    process.start()
    return process


def gone_on(at_work: tuple[Desktop, TypingProgram], history: str, trace: Path) -> RunResult:
    """The run, taken up again where its trace ends, without a word against a rule."""
    api = StrictApi(writing(MODEL, TURNS), summary=summary)
    result = run(
        "",
        at_work[0],
        client=api.client(),
        model=MODEL,
        history=history,  # type: ignore[arg-type]
        trace=trace,
        resume=read_trace(trace),
    )
    assert api.violations == ()
    return result


def killed_and_taken_up(
    at_work: tuple[Desktop, TypingProgram], history: str, trace: Path, after_s: float
) -> bool:
    """Whether the run had begun when it was killed."""
    desktop, text = at_work
    text.clear()
    process = started(desktop.display.server, trace, history)
    deadline = time.monotonic() + 30
    while not (trace / "trace.jsonl").exists() and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(after_s)
    process.kill()
    process.join()
    if not (trace / "trace.jsonl").read_bytes().count(b"\n"):
        return False
    wait_until_nothing_is_pressed(desktop.display.server)
    taken_up(at_work, history, trace)
    return True


def taken_up(at_work: tuple[Desktop, TypingProgram], history: str, trace: Path) -> None:
    """Each number was typed once and in order, but for the one that was being typed."""
    desktop, text = at_work
    begun = read_trace(trace)
    before = text.received()
    result = gone_on(at_work, history, trace)
    assert (result.status, result.text) == ("done", "All numbers are typed.")
    typed = before.count(",")
    rest = {before + written(TURNS).removeprefix(written(n)) for n in (typed, typed + 1)}
    assert text.holds(written(TURNS), patience_s=0.5) in {written(TURNS), *rest}
    assert result.turns > begun.turns or begun.result is not None
    assert pressed(desktop.display.server) == []


def wait_until_nothing_is_pressed(server: str) -> None:
    deadline = time.monotonic() + 10
    while pressed(server) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert pressed(server) == []


@pytest.mark.parametrize(("moments", "seed"), [(2, 1), pytest.param(50, 2, marks=pytest.mark.slow)])
def test_a_run_that_is_killed_at_any_moment_is_taken_up_again(
    at_work: tuple[Desktop, TypingProgram], moments: int, seed: int, tmp_path: Path
) -> None:
    chance = random.Random(seed)  # noqa: S311 - nothing secret about it
    begun = 0
    for number in range(moments):
        history = "thread" if number % 2 else "full"
        trace = tmp_path / str(number)
        begun += killed_and_taken_up(at_work, history, trace, chance.uniform(0, 2.5))
    assert begun >= moments * 0.9


@pytest.mark.parametrize("most_bytes", [4_000, 25_000])
def test_a_full_disk_ends_the_run_and_what_was_done_can_be_read(
    at_work: tuple[Desktop, TypingProgram], most_bytes: int, tmp_path: Path
) -> None:
    desktop, text = at_work
    text.clear()
    trace = tmp_path / "trace"
    process = started(desktop.display.server, trace, "full", most_bytes)
    process.join(60)
    assert process.exitcode == 3
    held = read_trace(trace)
    assert held.result is None
    assert text.received() in {written(held.actions // 2), written(held.actions // 2 + 1)}
    taken_up(at_work, "full", trace)


def test_a_signal_to_end_is_told_in_the_trace(
    at_work: tuple[Desktop, TypingProgram], tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    lines = trace / "trace.jsonl"
    at_work[1].clear()
    process = started(at_work[0].display.server, trace, "full")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if lines.exists() and b'"answered"' in lines.read_bytes():
            break
        time.sleep(0.01)
    os.kill(process.pid or 0, signal.SIGINT)
    process.join(30)
    held = read_trace(trace)
    assert held.result is not None
    assert held.result.status == "stopped"
    assert gone_on(at_work, "full", trace).status == "done"
