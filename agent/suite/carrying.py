"""A task with its retries, whoever carries it out: the local pool and Dask's workers alike."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from .account import spent
from .keepers import Keepers
from .places import Order, Storing, attempt_folder
from .results import Attempt, Result, again, verdict_of, written
from .tasks import Task

_LOST = 3
"""How often an attempt is made anew because its keeper died: that says nothing of the task."""


def carried_out(
    task: Task,
    keepers: Keepers,
    *,
    suite: Path,
    folder: Path,
    storing: Storing = "missing",
    threads: int | None = 1,
    on_attempt: Callable[[Attempt], None] | None = None,
) -> Result:
    """What comes of a task.

    Doing it twice is harmless: the folder is emptied first.

    Args:
        task: the task.
        keepers: make the attempts.
        suite: the folder of the suite's file.
        folder: the task's own, made anew.
        storing: which baselines are written.
        threads: how many read a screen, or `None` for one for each core.
        on_attempt: told of each attempt that is followed by another one.
    """
    if task.skip is not None:
        return Result(task.id, task.digest, "skipped", reason=task.skip, starts=0)
    attempts: list[Attempt] = []
    lost = 0
    usd_before = 0.0
    try:
        if folder.exists():
            usd_before = sum(map(spent, folder.iterdir()))  # it was broken off
            shutil.rmtree(folder)
        while not attempts or again(attempts, task.retries):
            if attempts and on_attempt is not None:
                on_attempt(attempts[-1])
            place = attempt_folder(folder, len(attempts) + 1)
            place.mkdir(mode=0o700, parents=True)
            attempt = keepers.made(Order(task, suite, place, storing, threads))
            while attempt.ending == "lost" and lost < _LOST:
                lost += 1
                usd_before += spent(place)
                shutil.rmtree(place)
                attempt = keepers.made(Order(task, suite, place, storing, threads))
            attempts.append(replace(attempt, usd=max(attempt.usd, spent(place))))
    except OSError as error:
        words = f"{error.filename or folder} cannot be written: {error.strerror}"
        attempts.append(Attempt("error", (written(words),)))
    again_ = "again" if lost == 1 else f"{lost} times again"
    note = f"begun {again_}, because the process that watched over it had died"
    return Result(
        task.id,
        task.digest,
        verdict_of(attempts),
        tuple(attempts),
        starts=1 + lost,
        notes=(note,) if lost else (),
        usd_before=usd_before,
    )
