"""Carries a suite out on this machine: some tasks at a time, each in processes of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias

from .carrying import carried_out
from .events import AttemptEnded, Begun, Done, SuiteEvent
from .keepers import Keepers
from .places import TASKS, Storing
from .planning import Suite
from .results import Attempt
from .tasks import Task
from .values import NO_VALUES, Values

_Told: TypeAlias = SuiteEvent | BaseException | None


class LocalPool:
    """Some threads, each of which carries one task out after the other.

    Args:
        suite: whose folder the tasks are seen from.
        out: the folder of the results.
        jobs: how many tasks at a time.
        storing: which baselines are written.
        values: of the tasks' secrets.
    """

    def __init__(
        self,
        suite: Suite,
        out: Path,
        *,
        jobs: int,
        storing: Storing = "missing",
        values: Values = NO_VALUES,
    ) -> None:
        self._suite = suite
        self._out = out
        self._jobs = jobs
        self._storing: Storing = storing
        self._values = values
        self._waiting: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._told: queue.SimpleQueue[_Told] = queue.SimpleQueue()
        self._stopped = threading.Event()

    def events(self, tasks: Sequence[Task]) -> Iterator[SuiteEvent]:
        """Carry tasks out, once, and tell of it as it happens.

        Whoever closes the iterator, or leaves it by an error, ends all that runs.

        Raises:
            OSError: if no process can be started.
            UsageError: on a system other than Linux.
        """
        for task in tasks:
            self._waiting.put(task)
        with Keepers(self._values) as keepers:
            threads = [
                threading.Thread(target=self._work, args=(keepers,), name="suite", daemon=True)
                for _ in range(min(self._jobs, len(tasks)))
            ]
            try:
                for thread in threads:
                    thread.start()
                yield from self._heard(len(threads))
            finally:
                self._stopped.set()
                keepers.close()
                for thread in threads:
                    if thread.ident is not None:
                        thread.join()

    def _heard(self, working: int) -> Iterator[SuiteEvent]:
        while working:
            event = self._told.get()
            if event is None:
                working -= 1
            elif isinstance(event, BaseException):
                raise event
            else:
                yield event

    def _work(self, keepers: Keepers) -> None:
        try:
            while not self._stopped.is_set():
                self._do(self._waiting.get_nowait(), keepers)
        except queue.Empty:
            pass
        except BaseException as error:  # noqa: BLE001 - raised by whoever waits
            self._told.put(error)
        finally:
            self._told.put(None)

    def _do(self, task: Task, keepers: Keepers) -> None:
        self._told.put(Begun(task))
        result = carried_out(
            task,
            keepers,
            suite=self._suite.folder,
            folder=self._out / TASKS / task.id,
            storing=self._storing,
            threads=1 if self._jobs > 1 else None,
            on_attempt=partial(self._tried, task),
        )
        self._told.put(Done(result))

    def _tried(self, task: Task, attempt: Attempt) -> None:
        self._told.put(AttemptEnded(task, attempt))
