"""Suites on a real Dask scheduler with workers that are processes of their own."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from trueclick.agent.suite.dask_engine import DaskEngine, _quietly
from trueclick.agent.suite.events import Begun, Done
from trueclick.agent.suite.planning import Suite
from trueclick.agent.suite.results import Result
from trueclick.agent.suite.tasks import Expect
from trueclick.geometry import UsageError

from .cluster import cluster
from .samples import task, windowed

DONE = Expect("file", "{artifacts}/done.txt", "done", timeout_s=60)
NEVER_SOON = Expect("file", "{suite}/never.txt", timeout_s=250)
NEVER = Expect("file", "{suite}/never.txt", timeout_s=0.1)


def test_an_address_where_nobody_answers_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trueclick.agent.suite.dask_engine._CONNECT_S", 0.5)
    suite = Suite("none", tmp_path, (task(),))
    with pytest.raises(UsageError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9$"):
        list(DaskEngine(suite, tmp_path / "out", "tcp://127.0.0.1:9").events(suite.tasks))


def test_a_scheduler_that_hangs_is_not_waited_for_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("trueclick.agent.suite.dask_engine._TIDY_S", 0.01)
    answered = threading.Event()
    _quietly(answered.wait)
    assert not answered.is_set()
    answered.set()


@pytest.mark.slow
def test_a_scheduler_that_dies_is_told_with_the_way_to_go_on_and_leaves_nothing_running(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    folder, out = tmp_path / "suite", tmp_path / "the out"
    folder.mkdir()
    alive = tmp_path / "alive"
    each = task("wait", command=windowed(out=str(alive)), expects=(NEVER_SOON,), timeout_s=300.0)
    with cluster(tmp_path / "cluster", 1) as running:
        events = DaskEngine(Suite("s", folder, (each,)), out, running.address).events((each,))
        assert any(isinstance(event, Begun) for event in events)  # and no further for now
        wait_for(alive.exists)
        running.scheduler.kill()
        with pytest.raises(
            UsageError, match=r"is gone: .* go on with --resume --out '.*/the out'$"
        ):
            list(events)
        assert "distributed" not in capfd.readouterr().err, "that is told in our words"
        assert [each for each in caplog.records if each.levelname == "ERROR"] == []
        running.workers[0].wait(60)  # with its scheduler, and with what it did


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.slow
def test_each_task_has_one_result_though_a_worker_is_killed(tmp_path: Path) -> None:
    folder, out = tmp_path / "suite", tmp_path / "out"
    folder.mkdir()
    (folder / "brought.txt").write_text("done")
    brought = Expect("file", "{suite}/brought.txt", "done", timeout_s=0.1)
    wait = windowed("__import__('time').sleep(2)")
    tasks = tuple(
        task("wait", number, command=wait, expects=(DONE, brought), timeout_s=300.0)
        for number in range(1, 6)
    )
    tasks = (*tasks, task("bad", 6, command=windowed(), expects=(NEVER,)))
    begun: Counter[str] = Counter()
    done: list[Result] = []
    with cluster(tmp_path / "cluster", 2) as running:
        on_first = ""
        for event in DaskEngine(Suite("s", folder, tasks), out, running.address).events(tasks):
            match event:
                case Begun(task=each):
                    begun[each.id] += 1
                case Done(result=result):
                    done.append(result)
                    if not on_first:
                        on_first = result.id
                        running.kill(0)
                case _:
                    pass
    assert sorted(result.id for result in done) == [each.id for each in tasks]
    verdicts = {result.id: result.verdict for result in done}
    assert verdicts.pop("006-bad") == "failed"
    assert set(verdicts.values()) == {"passed"}
    assert all(result.starts == begun[result.id] for result in done)
    assert (out / "tasks" / "001-wait" / "attempt-1" / "artifacts" / "done.txt").exists()
    assert (out / "tasks" / "006-bad" / "attempt-1" / "screen.png").exists()
