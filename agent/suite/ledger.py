"""The results of a suite, one a task, written down as each comes in.

`results.jsonl` has a line for each, and is enough to go on after an interruption: a task is done
if there is a line with its id and its digest. The first result of a task is the one that counts.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from trueclick.geometry import UsageError

from .results import Result, result_from_json, result_json
from .tasks import Task

RESULTS = "results.jsonl"

_LONGEST_LINE = 16 << 20


class Ledger:
    """Counts each task exactly once. A context manager that holds the file.

    Args:
        path: of the file; what is in it is kept.
        tasks: all that belong to the suite.

    Raises:
        UsageError: if the file cannot be written, or another suite is writing it.
    """

    def __init__(self, path: Path, tasks: Sequence[Task]) -> None:
        # First of all: what another process is still writing is no place to go on from.
        self._file: BinaryIO = _opened(path)
        self._tasks = {task.id: task for task in tasks}
        self._results: dict[str, Result] = {}
        self._path = path
        try:
            self._read()
        except BaseException:
            self._file.close()
            raise

    def _read(self) -> None:
        for result in read_results(self._path):
            task = self._tasks.get(result.id)
            # What was not run, and what was lost on its way, is not done.
            if task is not None and task.digest == result.digest and _counts(result):
                self._results.setdefault(result.id, result)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def left(self) -> tuple[Task, ...]:
        """The tasks that have no result yet."""
        return tuple(task for id_, task in self._tasks.items() if id_ not in self._results)

    @property
    def done(self) -> int:
        """How many tasks have one."""
        return len(self._results)

    def add(self, result: Result) -> bool:
        """Write a result down, and tell whether it was the first one of its task.

        Raises:
            KeyError: if there is no such task.
            UsageError: if it cannot be written.
        """
        self._tasks[result.id]
        if result.id in self._results:
            return False
        self._results[result.id] = result
        if _counts(result):
            try:
                self._file.write(result_json(result) + b"\n")
                os.fsync(self._file.fileno())
            except OSError as error:
                raise UsageError(f"{self._path} cannot be written: {error.strerror}") from error
        return True

    def results(self, *, reason: str = "the suite was stopped before") -> tuple[Result, ...]:
        """One result for each task, in the suite's order; `not run` for those without.

        Args:
            reason: why those were not run.
        """
        return tuple(
            self._results.get(task.id)
            or Result(task.id, task.digest, "not run", starts=0, reason=reason)
            for task in self._tasks.values()
        )


def read_results(path: Path) -> Iterable[Result]:
    """The results in a file; a line that was cut short is none. An absent file has none."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise UsageError(f"{str(path)!r} cannot be read") from error
    with file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise UsageError(f"{str(path)!r} is there and is no plain file")
        while line := file.readline(_LONGEST_LINE):
            with contextlib.suppress(ValueError):
                yield result_from_json(line)


def _counts(result: Result) -> bool:
    return result.verdict not in {"not run", "lost"}


def _opened(path: Path) -> BinaryIO:
    """The file, to write behind its end and alone; a line that was cut short is ended there."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        size = os.fstat(file).st_size
        if size and os.pread(file, 1, size - 1) != b"\n":
            os.write(file, b"\n")
    except BlockingIOError as error:
        raise UsageError(
            f"another suite is writing {str(path)!r}: wait for its end, or name another folder"
        ) from error
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be written: {error.strerror}") from error
    return os.fdopen(file, "ab", buffering=0)
