"""All that `trueclick suite` needs, read and checked before anything is started."""

from __future__ import annotations

import argparse
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from trueclick.geometry import UsageError
from trueclick.geometry.requests import PlatformName

from ..secret import values_of
from ..suite.ledger import RESULTS
from ..suite.planning import LOCAL, Suite, read_suite
from ..suite.selecting import selected
from ..suite.tasks import Task
from ..suite.values import NO_VALUES, Values, names_in
from ..trace import new_folder
from .secret_prompt import secret_prompt
from .trace_places import make_folder

Output: TypeAlias = Literal["progress", "quiet", "json"]

_ADDRESS = re.compile(r"(tcp|tls|ucx|ws|wss)://[^\s/]+:[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class SuitePlan:
    """A suite, as it was asked for.

    Attributes:
        suite: all of it.
        tasks: those that were asked for.
        out: the folder of the results.
        jobs: how many at a time on this machine.
        dask: the address of a scheduler, or `None` for this machine.
        shared: whether its workers see the same folders.
        update_baselines: whether stored pictures are made anew.
        fail_on_flaky: whether a flaky task counts as one that did not pass.
        output: what is told on standard output.
        values: of the tasks' secrets, for attempts on this machine.
    """

    suite: Suite
    tasks: tuple[Task, ...]
    out: Path
    jobs: int
    dask: str | None
    shared: bool
    update_baselines: bool
    fail_on_flaky: bool
    output: Output
    values: Values = NO_VALUES


def plan_of(options: argparse.Namespace) -> SuitePlan:
    """The suite that the options ask for.

    Raises:
        UsageError: if one of them cannot be done, or they do not go together.
    """
    dask: str | None = options.dask
    if dask is not None:
        if not _ADDRESS.fullmatch(dask):
            raise UsageError(f"--dask {dask!r} is no address: write it as tcp://10.0.0.5:8786")
        if options.jobs is not None:
            raise UsageError("--jobs is for this machine; with --dask its workers' threads count")
    elif options.dask_shared:
        raise UsageError("--dask-shared goes with --dask alone")
    if options.update_baselines and dask is not None and not options.dask_shared:
        raise UsageError(
            "--update-baselines would store pictures on other machines: do it without --dask, or "
            "with --dask-shared"
        )
    if options.resume and options.out is None:
        raise UsageError("--resume needs --out DIR, the folder to go on in")
    suite = read_suite(options.file)
    tasks = selected(suite.tasks, options.only)
    here = dask is None and not options.list
    if here:
        _require_clients(tasks)
    out = Path() if options.list else _out(options)
    return SuitePlan(
        suite=suite,
        tasks=tasks,
        out=out,
        jobs=options.jobs or _processors(),
        dask=dask,
        shared=options.dask_shared,
        update_baselines=options.update_baselines,
        fail_on_flaky=options.fail_on_flaky,
        output="json" if options.json else "quiet" if options.quiet else "progress",
        values=_values(tasks) if here else NO_VALUES,  # asks: comes last
    )


def _out(options: argparse.Namespace) -> Path:
    given: Path | None = options.out
    if given is None:
        folder = new_folder(os.environ, os.getpid(), time.time())
        given = folder.parent.parent / "suites" / folder.name
    folder = given.absolute()
    make_folder(folder)
    there = (folder / RESULTS).exists()
    if there and not options.resume:
        raise UsageError(f"{folder} holds results already: say --resume, or name another folder")
    if options.resume and not there:
        raise UsageError(f"{folder} holds no results to go on with")
    return folder


def _require_clients(tasks: tuple[Task, ...]) -> None:
    """Refuse a model that cannot be called, before anything is started."""
    wanted: set[tuple[str, PlatformName]] = {
        (task.model, task.platform) for task in tasks if task.model != LOCAL
    }
    if not wanted:
        return
    from ..loop import check_model  # noqa: PLC0415 - brings the SDK
    from ..platforms import make_client  # noqa: PLC0415

    for model, platform in wanted:
        check_model(model, platform=platform)
        make_client(platform)


def _values(tasks: tuple[Task, ...]) -> Values:
    """What the tasks' secrets are, from the environment or a terminal."""
    return Values(values_of(names_in(tasks), os.environ, secret_prompt()))


def _processors() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return cores or 1
