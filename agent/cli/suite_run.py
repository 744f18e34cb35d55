"""Carries `trueclick suite` out, and tells of it."""

from __future__ import annotations

import contextlib
import shlex
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Console

from trueclick.geometry import TrueclickError, UsageError

from ..escape import printable
from ..stop import StopSwitch
from ..suite.events import Done, SuiteEvent
from ..suite.junit import junit
from ..suite.ledger import RESULTS, Ledger
from ..suite.overview import Overview, overview
from ..suite.places import Storing
from ..suite.summary import summary_html
from ..suite.tasks import Task
from ..whole_file import whole_file
from .lines import JsonLines
from .signals import Stop, Stopped
from .stoppable import stoppable
from .suite_outputs import JsonOutput, ProgressOutput, QuietOutput, SuiteOutput

if TYPE_CHECKING:
    from .suite_plan import SuitePlan

INDEX = "index.html"
JUNIT = "junit.xml"


def tell_tasks(plan: SuitePlan) -> int:
    """Print the tasks, one a line, and return the exit status."""
    if plan.output == "json":
        lines = JsonLines()
        for task in plan.tasks:
            lines({"event": "task", "id": task.id, "name": task.name, "cell": task.cell})
        return 0
    for task in plan.tasks:
        skipped = "" if task.skip is None else f"  (skipped: {task.skip})"
        print(printable(f"{task.id}  {task.title}{skipped}"))
    return 0


def carry_out(plan: SuitePlan, stopping: Stop) -> int:
    """Carry the tasks out, and return the exit status.

    Raises:
        TrueclickError: if it cannot be done at all.
        Stopped: if a signal has stopped it; what was done is written down.
    """
    ledger = Ledger(plan.out / RESULTS, plan.tasks)
    stop = StopSwitch(on_request=stopping.request)
    with ledger, _output(plan) as output:
        output.started(plan.suite.name, len(plan.tasks), ledger.done)
        with _told(plan, ledger, output) as status, stoppable(stop, private=True):
            for event in _events(plan, ledger.left):
                if not isinstance(event, Done):
                    output.happened(event)
                elif ledger.add(event.result):
                    output.done(event.result)
    return status()


@contextlib.contextmanager
def _told(plan: SuitePlan, ledger: Ledger, output: SuiteOutput) -> Generator[Callable[[], int]]:
    """Inside of the block a suite is carried out; at its end, whatever comes, it is told.

    The value is what gives the exit status, once the block is over.
    """
    began_s, began = time.time(), time.monotonic()
    whole: Overview | None = None
    stopped: str | None = None

    def status() -> int:
        return 2 if whole is None else whole.status(fail_on_flaky=plan.fail_on_flaky)

    try:
        yield status
    except Stopped as error:
        error.stop.afterwards = f"go on with --resume --out {shlex.quote(str(plan.out))}"
        stopped = error.stop.why
        raise
    except (TrueclickError, OSError) as error:
        stopped = str(error)
        raise
    except BaseException as error:
        stopped = f"an error of this program: {type(error).__name__}"
        raise
    finally:
        whole = overview(
            plan.suite.name,
            plan.tasks,
            ledger.results(),
            began_s=began_s,
            seconds=time.monotonic() - began,
            machine=_machine(plan),
            stopped=stopped,
        )
        failed = _write(plan, whole)
        output.ended(whole, plan.out / INDEX)
        if failed is not None and stopped is None:
            raise UsageError(failed)
        if failed is not None:
            print(f"trueclick: {printable(failed)}", file=sys.stderr)  # beside what came before


def _write(plan: SuitePlan, whole: Overview) -> str | None:
    """Write what tells of the end, and say which of it could not be written, or `None`."""
    failed: str | None = None
    for name, content in ((JUNIT, junit(whole)), (INDEX, summary_html(whole, plan.out))):
        path = plan.out / name
        try:
            with whole_file(path) as file:
                file.write(content)
        except OSError as error:
            again = f"--resume --out {shlex.quote(str(plan.out))}"
            failed = f"{path} cannot be written: {error.strerror}; {again} tries again"
    return failed


def _events(plan: SuitePlan, tasks: Sequence[Task]) -> Iterator[SuiteEvent]:
    """What happens to the tasks that are left; closed, it ends all that runs."""
    if plan.dask is not None:
        from ..suite.dask_engine import DaskEngine  # noqa: PLC0415 - an optional dependency

        return DaskEngine(plan.suite, plan.out, plan.dask, shared=plan.shared).events(tasks)
    from ..suite.pool import LocalPool  # noqa: PLC0415 - takes its time

    storing: Storing = "all" if plan.update_baselines else "missing"
    pool = LocalPool(plan.suite, plan.out, jobs=plan.jobs, storing=storing, values=plan.values)
    return pool.events(tasks)


def _machine(plan: SuitePlan) -> str:
    if plan.dask is not None:
        return f"the workers of {plan.dask}"
    return f"this machine, {plan.jobs} at a time"


@contextlib.contextmanager
def _output(plan: SuitePlan) -> Generator[SuiteOutput]:
    names = {task.id: task.title for task in plan.tasks}
    if plan.output == "json":
        yield JsonOutput(names, plan.out)
    elif plan.output == "quiet":
        yield QuietOutput(names)
    else:
        with ProgressOutput(Console(highlight=False), names, plan.out) as output:
            yield output
