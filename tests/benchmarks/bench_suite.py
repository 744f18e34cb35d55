"""200 tasks on Dask's workers: four of them, of which two are killed, against one.

    TRUECLICK_BENCH_TASKS=50 makes it shorter.

Each task starts a display and a window on it, and waits for a file that the window writes a second
later: as in most suites, more is waited for than computed.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path

from trueclick.agent.suite.dask_engine import DaskEngine
from trueclick.agent.suite.events import Begun, Done
from trueclick.agent.suite.ledger import RESULTS, Ledger
from trueclick.agent.suite.planning import Suite
from trueclick.agent.suite.tasks import Expect

from ..agent.suite.cluster import Cluster, cluster
from ..agent.suite.samples import task, windowed

TASKS = int(os.environ.get("TRUECLICK_BENCH_TASKS", "200"))
DONE = Expect("file", "{artifacts}/done.txt", "done", timeout_s=60)


def test_two_hundred_tasks_on_four_workers_of_which_two_are_killed(tmp_path: Path) -> None:
    four = carried_out(tmp_path / "four", 4, kill=2)
    one = carried_out(tmp_path / "one", 1, kill=0)
    print(f"\n4 workers, 2 killed: {four:.0f} s; 1 worker: {one:.0f} s; {TASKS} tasks")


def carried_out(folder: Path, workers: int, *, kill: int) -> float:
    """How long the tasks take; some workers are killed after a fifth, and two fifths, of them."""
    wait = "__import__('time').sleep(1)"
    command = windowed(wait)
    tasks = tuple(
        task("wait", number, command=command, expects=(DONE,), timeout_s=300.0, retries=1)
        for number in range(1, TASKS + 1)
    )
    (folder / "suite").mkdir(parents=True)
    (folder / "out").mkdir()
    suite = Suite("bench", folder / "suite", tasks)
    begun: Counter[str] = Counter()
    with cluster(folder / "cluster", workers) as running:
        with Ledger(folder / "out" / RESULTS, tasks) as ledger:
            start = time.monotonic()
            killed = 0
            for event in DaskEngine(suite, folder / "out", running.address).events(tasks):
                if isinstance(event, Begun):
                    begun[event.task.id] += 1
                if isinstance(event, Done):
                    assert ledger.add(event.result), f"{event.result.id} came twice"
                    if killed < kill and ledger.done >= TASKS * (killed + 1) // 5:
                        killed += 1
                        _kill(running, killed)
            took = time.monotonic() - start
            verdicts = Counter(result.verdict for result in ledger.results())
        lines = len((folder / "out" / RESULTS).read_bytes().splitlines())
    again = sum(count > 1 for count in begun.values())
    print(f"\n{workers} workers, {kill} killed: {took:.1f} s, {dict(verdicts)}, {lines} lines,")
    print(f"begun again after a kill: {again}; {took / TASKS:.2f} s a task")
    assert lines == TASKS
    assert verdicts["passed"] + verdicts["flaky"] == TASKS
    return took


def _kill(running: Cluster, number: int) -> None:
    running.kill(number - 1)
    print(f"killed worker {number}", end="; ")
