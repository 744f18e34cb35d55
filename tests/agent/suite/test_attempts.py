"""Attempts as they are made: real displays and programs, of which nothing is left."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from trueclick.agent.suite import attempt
from trueclick.agent.suite.carrying import carried_out
from trueclick.agent.suite.keepers import Keeper, Keepers
from trueclick.agent.suite.places import Order
from trueclick.agent.suite.results import Attempt, Result
from trueclick.agent.suite.tasks import Expect, Task

from ...programs import children, marked
from .samples import task, windowed

DONE = Expect("file", "{artifacts}/done.txt", "done", timeout_s=30)
NEVER = Expect("file", "{artifacts}/never.txt", timeout_s=0.1)
LATE = replace(NEVER, timeout_s=30)

Do = Callable[[Task], Result]


@pytest.fixture(scope="module")
def keepers() -> Iterator[Keepers]:
    with Keepers() as made:
        yield made


@pytest.fixture
def do(keepers: Keepers, tmp_path: Path) -> Iterator[Do]:
    """Carries a task out; afterwards nothing of it is left but its folder."""

    def doing(each: Task) -> Result:
        return carried_out(each, keepers, suite=tmp_path, folder=tmp_path / each.id)

    yield doing
    for keeper in keepers._every:
        assert children(keeper.pid) == {}
        assert marked(mark_of(keeper)) == {keeper.pid}


def mark_of(keeper: Keeper) -> str:
    """What all that a keeper starts has in its environment."""
    (mark,) = keeper._guard.environment.values()
    return mark


def only(result: Result) -> Attempt:
    (made,) = result.attempts
    return made


def test_a_task_that_is_as_expected_passes_and_one_that_is_not_is_pictured(
    do: Do, tmp_path: Path
) -> None:
    env = (("COLOUR", "blue {width}"),)
    then = "assert os.environ['COLOUR'] == 'blue 640' and os.environ['LANG'] == 'xx_XX.UTF-8'"
    good = task("good", command=windowed(then), expects=(DONE,), env=env, language="xx_XX.UTF-8")
    passed = do(good)
    assert passed.verdict == "passed", passed
    (note,) = only(passed).notes
    assert note.startswith("the locale xx_XX.UTF-8 is not installed here")
    assert only(passed).peak_mb > 20
    assert (tmp_path / good.id / "attempt-1" / "artifacts" / "done.txt").exists()

    bad = do(task("bad", command=windowed(), expects=(DONE, NEVER)))
    assert bad.verdict == "failed"
    assert only(bad).reasons == ("the file {artifacts}/never.txt is not there",)
    assert only(bad).pictures == ("screen.png",)
    assert (tmp_path / "001-bad" / "attempt-1" / "screen.png").stat().st_size > 100


def test_an_application_that_cannot_be_started_is_an_error_in_each_attempt(do: Do) -> None:
    told = do(task("none", command=("no-such-program",), expects=(DONE,), retries=1))
    assert told.verdict == "error"
    assert [each.reasons[0] for each in told.attempts] == [
        "no-such-program: no such program, or it is not executable"
    ] * 2
    ends = ("python3", "-c", "raise SystemExit('no way')")
    told = do(task("ends", command=ends, env=(("A", "1"),)))
    (reason,) = only(told).reasons
    assert reason.partition(" ")[0].endswith("/python3"), "not the program that sets its variables"
    assert reason.endswith(" ended with status 1 before it showed a window; it wrote:\nno way")


def test_steps_and_expectations_are_read_with_one_ocr_of_one_thread(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made: list[int | None] = []

    class Reader:
        def __init__(self, threads: int | None = None) -> None:
            made.append(threads)

    monkeypatch.setattr("trueclick.agent.local.reader.ScreenReader", Reader)
    monkeypatch.setattr("trueclick.agent.local.transport.ScreenReader", Reader)
    model = attempt._model(Order(task(), tmp_path, tmp_path))
    used: object = model.reader._reader
    assert isinstance(used, Reader)
    assert made == [1]


@pytest.mark.slow
def test_what_passes_at_the_second_attempt_is_flaky(do: Do, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    then = f"flag = Path({str(flag)!r}); first = not flag.exists(); flag.touch()"
    then += "; first and os._exit(3)"
    told = do(
        task("flaky", command=windowed(then), expects=(replace(DONE, timeout_s=5),), retries=2)
    )
    assert told.verdict == "flaky"
    assert [each.ending for each in told.attempts] == ["failed", "passed"]
    assert "the application has ended with status 3" in told.attempts[0].reasons[1]


@pytest.mark.slow
def test_an_attempt_whose_process_crashes_is_an_error(do: Do) -> None:
    told = do(
        task("crash", command=windowed("os.kill(os.getppid(), signal.SIGSEGV)"), expects=(LATE,))
    )
    assert told.verdict == "error"
    assert only(told).reasons == ("its process crashed: it was ended by SIGSEGV (signal 11)",)


@pytest.mark.slow
def test_an_attempt_that_takes_too_long_is_ended_with_all_that_ignores_it(do: Do) -> None:
    deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    began = time.monotonic()
    told = do(
        task(
            "hang",
            command=windowed(f"{deaf}; os.kill(os.getppid(), signal.SIGSTOP)"),
            expects=(LATE,),
            timeout_s=5.0,
        )
    )
    assert told.verdict == "timeout"
    assert only(told).reasons == ("it took longer than 5 s",)
    assert time.monotonic() - began < 60


@pytest.mark.slow
def test_processes_that_leave_their_session_and_their_environment_are_ended_too(do: Do) -> None:
    away = (
        "os.fork() or (os.setsid(), os.fork() and os._exit(0), "
        "os.execve('/bin/sleep', ['sleep-of-a-daemon', '1000'], {}))"
    )
    told = do(task("daemon", command=windowed(away), expects=(DONE,)))
    assert told.verdict == "passed", told
    assert only(told).notes == (
        "1 of its processes were left and have been ended: sleep-of-a-daemon",
    )


@pytest.mark.slow
def test_a_task_that_takes_too_much_memory_is_ended(do: Do) -> None:
    then = "root.after(100, lambda: globals().update(hoard=bytearray(os.urandom(1)) * 900_000_000))"
    told = do(
        task(
            "leak",
            command=windowed(then),
            expects=(LATE,),
            memory_mb=400,
        )
    )
    assert told.verdict == "out of memory", told
    assert only(told).peak_mb > 400
    assert only(told).reasons[0].endswith("more than the 400 MB of its limit")


@pytest.mark.slow
def test_an_attempt_that_kills_its_keeper_is_begun_again_and_lost_in_the_end(do: Do) -> None:
    parent = "Path(f'/proc/{os.getppid()}/stat').read_text().rpartition(')')[2].split()[1]"
    kill = f"os.kill(int({parent}), 9)"
    told = do(task("patricide", command=windowed(kill), expects=(LATE,)))
    assert told.verdict == "lost"
    assert told.starts == 4


@pytest.mark.slow
def test_a_keeper_that_stops_answering_is_not_asked_again(do: Do, keepers: Keepers) -> None:
    do(task("first"))
    (keeper,) = keepers._idle
    assert usable(keeper)
    # As at the death of its process, whose pipes are closed before it has a status.
    with Path(os.devnull).open("rb") as silent:
        answers, keeper._process.stdout = keeper._process.stdout, silent
        assert keeper.made(Order(task(), Path("/"), Path("/proc/none"))) is None
        assert answers is not None
        answers.close()
    assert keeper._process.poll() is None
    assert not usable(keeper)
    assert do(task("second")).verdict == "passed"
    assert keeper not in keepers._every


def usable(keeper: Keeper) -> bool:
    return keeper.alive


@pytest.mark.slow
def test_keepers_that_are_closed_end_what_runs(tmp_path: Path) -> None:
    told: list[Result] = []
    with Keepers() as made:
        each = task("long", command=windowed(), expects=(DONE, LATE), timeout_s=600)
        thread = threading.Thread(
            target=lambda: told.append(
                carried_out(each, made, suite=tmp_path, folder=tmp_path / "t")
            )
        )
        thread.start()
        until = time.monotonic() + 60
        while not (tmp_path / "t" / "attempt-1" / "artifacts" / "done.txt").exists():
            assert time.monotonic() < until
            time.sleep(0.05)
        mark = mark_of(made._every[0])
        made.close()
        assert marked(mark) == set()
    thread.join()
    assert told[0].verdict == "not run"
    assert told[0].attempts[0].ending == "stopped"


@pytest.mark.slow
def test_an_application_finds_no_key_and_no_terminal(
    do: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")
    then = "assert 'ANTHROPIC_API_KEY' not in os.environ and not os.isatty(0)"
    assert do(task("bare", command=windowed(then), expects=(DONE,))).verdict == "passed"


def test_a_folder_that_cannot_be_written_is_told(keepers: Keepers, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = carried_out(task(), keepers, suite=tmp_path, folder=tmp_path / "file" / "t")
    assert told.verdict == "error"
    assert "cannot be written: Not a directory" in only(told).reasons[0]
