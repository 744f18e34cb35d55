"""What goes wrong on the way to the API costs a run some time: all is done, and done once."""

import os
import signal
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from trueclick.agent import Answered, Budget, Desktop, Event, Retried, RunResult, run
from trueclick.agent.conversation import retries
from trueclick.agent.testing import (
    Fault,
    HttpError,
    NetworkError,
    StreamFault,
    StrictApi,
    overloaded,
    rate_limited,
)
from trueclick.agent.trace import read_trace
from trueclick.capture import CaptureError

from ..kept import Kept, kept
from .long_runs import desk, summary, writing, written
from .typing_programs import TypingProgram
from .xkb_state import pressed

MODEL = "claude-opus-5-5"
TURNS = 20

PASSING: dict[str, Fault] = {
    "429": rate_limited(0.01),
    "429 answered": HttpError(429, headers={"retry-after": "0.01"}, answered=True),
    "500": HttpError(500),
    "502": HttpError(502),
    "529": overloaded(),
    "529 answered": HttpError(529, answered=True),
    "unreachable": NetworkError("unreachable"),
    "connect timeout": NetworkError("connect_timeout"),
    "read timeout": NetworkError("read_timeout", answered=True),
    "cut before the headers": NetworkError("cut"),
    "cut at the first byte": StreamFault(after_bytes=1),
    "cut in an event": StreamFault(after_bytes=700),
    "cut in mid-call": StreamFault(after_events=12),
    "silence": StreamFault(how="silence"),
    "an end without an end": StreamFault(after_events=9, how="end"),
    "an empty stream": StreamFault(after_events=0, how="end"),
    "overloaded in mid-stream": StreamFault(after_events=9, how="error"),
}
"""What passes when a request is made again."""

ENDING: dict[str, Fault] = {
    "400": HttpError(400),
    "401": HttpError(401),
    "403": HttpError(403),
    "404": HttpError(404),
    "spending limit": rate_limited(retry_after_s=100_000),
}
"""What ends a run; it can be taken up again once the cause is gone."""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "_FIRST_WAIT_S", 0.001)


@pytest.fixture(scope="module")
def shared() -> Iterator[Kept[tuple[Desktop, TypingProgram]]]:
    with kept(lambda: desk(MODEL)) as holder:
        yield holder


@pytest.fixture
def at_work(
    shared: Kept[tuple[Desktop, TypingProgram]], request: pytest.FixtureRequest
) -> Iterator[tuple[Desktop, TypingProgram]]:
    yield from shared.lent(request)


def go_on(
    at_work: tuple[Desktop, TypingProgram], api: StrictApi, history: str, trace: Path
) -> tuple[RunResult, list[Event]]:
    """The run, from where its trace ends if there is one."""
    events: list[Event] = []
    result = run(
        "" if trace.exists() else "Type all the numbers.",
        at_work[0],
        client=api.client(),
        model=MODEL,
        history=history,  # type: ignore[arg-type]
        trace=trace,
        resume=read_trace(trace) if trace.exists() else None,
        on_event=events.append,
    )
    return result, events


def done_once(at_work: tuple[Desktop, TypingProgram], result: RunResult, trace: Path) -> None:
    """All numbers were typed once, nothing is pressed, and the trace holds it all."""
    desktop, text = at_work
    assert text.holds(written(TURNS)) == written(TURNS)
    assert (result.status, result.text) == ("done", "All numbers are typed.")
    assert pressed(desktop.display.server) == []
    held = read_trace(trace)
    assert not held.cut
    assert held.result is not None
    assert (held.result.status, held.actions) == ("done", 2 * TURNS)
    assert held.usage == result.usage


@pytest.mark.parametrize("history", ["full", "thread"])
def test_a_run_survives_every_fault_that_passes(
    at_work: tuple[Desktop, TypingProgram], history: str, tmp_path: Path
) -> None:
    at_work[1].clear()
    # Each fault spoils another request, every second one: what follows a fault goes well.
    faults = dict(zip(range(2, 2 * len(PASSING) + 2, 2), PASSING.values(), strict=True))
    api = StrictApi(writing(MODEL, TURNS), faults=faults, summary=summary)
    result, events = go_on(at_work, api, history, tmp_path / "trace")
    done_once(at_work, result, tmp_path / "trace")
    assert api.violations == ()
    assert sum(isinstance(event, Retried) for event in events) == len(PASSING)


@pytest.mark.slow
@pytest.mark.parametrize("history", ["full", "thread"])
@pytest.mark.parametrize("fault", PASSING)
def test_a_run_survives_a_fault_at_each_of_twenty_points(
    at_work: tuple[Desktop, TypingProgram], history: str, fault: str, tmp_path: Path
) -> None:
    for point in range(1, 21):
        at_work[1].clear()
        api = StrictApi(writing(MODEL, TURNS), faults={point: PASSING[fault]}, summary=summary)
        trace = tmp_path / str(point)
        result, events = go_on(at_work, api, history, trace)
        done_once(at_work, result, trace)
        assert api.violations == ()
        assert sum(isinstance(event, Retried) for event in events) == 1


def ended_and_taken_up(
    at_work: tuple[Desktop, TypingProgram], fault: Fault, point: int, history: str, trace: Path
) -> None:
    at_work[1].clear()
    api = StrictApi(writing(MODEL, TURNS), faults={point: fault}, summary=summary)
    result, _ = go_on(at_work, api, history, trace)
    assert (result.status, result.turns) == ("failed", point - 1)
    assert "the API request failed (4" in result.text
    api = StrictApi(writing(MODEL, TURNS), summary=summary)
    result, _ = go_on(at_work, api, history, trace)
    assert api.violations == ()
    done_once(at_work, result, trace)


@pytest.mark.parametrize(("fault", "point"), [("401", 7), ("spending limit", 1)])
def test_a_run_that_was_ended_by_a_fault_is_taken_up_again(
    at_work: tuple[Desktop, TypingProgram], fault: str, point: int, tmp_path: Path
) -> None:
    ended_and_taken_up(at_work, ENDING[fault], point, "full", tmp_path / "trace")


@pytest.mark.slow
@pytest.mark.parametrize("history", ["full", "thread"])
@pytest.mark.parametrize("fault", ENDING)
def test_a_run_that_was_ended_at_any_of_twenty_points_is_taken_up_again(
    at_work: tuple[Desktop, TypingProgram], fault: str, history: str, tmp_path: Path
) -> None:
    for point in range(1, 21):
        ended_and_taken_up(at_work, ENDING[fault], point, history, tmp_path / str(point))


def test_an_api_that_stays_down_ends_the_run_after_so_many_attempts(
    at_work: tuple[Desktop, TypingProgram], tmp_path: Path
) -> None:
    api = StrictApi([], faults=lambda _: overloaded())
    result, events = go_on(at_work, api, "full", tmp_path / "trace")
    assert (result.status, result.text) == ("failed", "the API request failed (529): Overloaded")
    assert len(api.requests) == retries.MOST_ATTEMPTS
    attempts = [event.attempt for event in events if isinstance(event, Retried)]
    assert attempts == list(range(1, retries.MOST_ATTEMPTS))


def test_what_a_lost_answer_used_is_counted(
    at_work: tuple[Desktop, TypingProgram], tmp_path: Path
) -> None:
    at_work[1].clear()
    faults: dict[int, Fault] = {
        3: StreamFault(after_events=9),
        5: NetworkError("read_timeout", answered=True),
    }
    api = StrictApi(writing(MODEL, 6), faults=faults)
    result, events = go_on(at_work, api, "full", tmp_path / "trace")
    lost, unknown = (event.usage for event in events if isinstance(event, Retried))
    assert lost.input == api.ledger[2].usage.input
    assert unknown.total == 0  # nobody can know of an answer of which nothing arrived
    assert result.usage.input == api.usage.input - api.ledger[4].usage.input


def test_a_stop_ends_the_wait_for_a_retry(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "_FIRST_WAIT_S", 1000.0)
    monkeypatch.setattr(retries, "_LONGEST_BACKOFF_S", 1000.0)
    waiting = threading.Event()

    def retried(event: Event) -> None:
        if isinstance(event, Retried):
            waiting.set()

    def stop() -> None:
        waiting.wait()
        desktop.stop.request("enough")

    threading.Thread(target=stop, daemon=True).start()
    api = StrictApi([], faults=lambda _: overloaded())
    result = run("x", desktop, client=api.client(), model=MODEL, on_event=retried)
    assert (result.status, result.text) == ("stopped", "enough")
    assert len(api.requests) == 1


def test_no_retry_is_waited_for_that_the_budget_of_time_does_not_allow(desktop: Desktop) -> None:
    api = StrictApi([], faults=lambda _: rate_limited(60))
    budget = Budget(seconds=30)
    result = run("x", desktop, client=api.client(), model=MODEL, budget=budget)
    assert result.status == "budget"
    assert "no time is left to try again" in result.text


def on_a_display_that_dies(trace: Path, results: list[RunResult]) -> None:
    with desk(MODEL) as (desktop, _):

        def kill(event: Event) -> None:
            if isinstance(event, Answered) and event.turn == 6:
                os.kill(server_of(desktop.display.server), signal.SIGKILL)

        api = StrictApi(writing(MODEL, TURNS))
        results.append(
            run("Type.", desktop, client=api.client(), model=MODEL, trace=trace, on_event=kill)
        )


def test_a_display_that_dies_ends_the_run_with_a_trace_that_can_be_taken_up(
    at_work: tuple[Desktop, TypingProgram], tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    results: list[RunResult] = []
    with pytest.raises(CaptureError, match="SIGKILL"):
        on_a_display_that_dies(trace, results)
    (result,) = results
    assert (result.status, result.turns) == ("failed", 6)
    assert "the X display :" in result.text
    assert read_trace(trace).result == result
    at_work[1].clear()
    api = StrictApi(writing(MODEL, TURNS))
    assert go_on(at_work, api, "full", trace)[0].status == "done"
    assert api.violations == ()
    # What was done on the display that died is not done again: the conversation has it.
    rest = [written(TURNS).removeprefix(written(number)) for number in (5, 6)]
    assert at_work[1].received() in rest


def server_of(name: str) -> int:
    """The process of a private X server."""
    with socket.socket(socket.AF_UNIX) as connected:
        connected.connect(f"/tmp/.X11-unix/X{name.removeprefix(':')}")
        pid: int = struct.unpack(
            "3i", connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        )[0]
    return pid
