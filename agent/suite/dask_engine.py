"""Carries a suite out on the workers of a Dask scheduler; the one module that knows Dask.

Dask sends tasks to whoever is free, and sends them again if a worker dies. On each worker a plugin
keeps the suite's files and the keepers that make attempts, and ends both with the suite. A task may
so be begun several times; each time it begins anew, and its result counts once, for its future has
one. What this process does is connect: it opens no port and no dashboard.

Whoever reaches a Dask scheduler can run programs on its workers, and on its clients: it belongs
into a network of one's own, or behind `tls://`, which Dask's own configuration sets up.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import secrets
import shlex
import shutil
import socket
import threading
from asyncio import CancelledError
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from trueclick.geometry import UsageError

from ..secret import values_of
from .bundle import BundleError, packed, packed_suite, unpack
from .carrying import carried_out
from .events import Begun, Done, Noted, SuiteEvent
from .keepers import Keepers
from .places import TASKS
from .planning import Suite
from .results import Result, result_from_json, result_json
from .tasks import Task, as_json, from_json
from .values import Values, names_in

try:
    from distributed import Client, get_worker
    from distributed.diagnostics.plugin import WorkerPlugin
except ImportError as error:
    raise UsageError('--dask needs the extra "dask": pip install "trueclick[dask]"') from error

# Dask tells the types of some of its methods and not of others: its objects are `Any` here.

_CONNECT_S = 20
_WORKERS_S = 60
_TRIES = 3
_LOOK_S = 2.0
"""How often to look whether the scheduler is still there."""

_TIDY_S = 10.0
"""For a worker to end what it does, as it is asked to."""

_RETRIES = 3
"""For errors of the way there and back. Those of a task are results, and none of Dask's."""


class DaskEngine:
    """Hands tasks to a scheduler and collects what comes of them.

    Args:
        suite: whose folder is sent to the workers.
        out: the folder of the results.
        address: the scheduler's.
        shared: whether the workers see both folders at the same place.

    The values of secrets are not sent: a worker has them in its own environment, or carries nothing
    out.
    """

    def __init__(self, suite: Suite, out: Path, address: str, *, shared: bool = False) -> None:
        self._suite = suite
        self._out = out
        self._address = address
        self._shared = shared
        self._run = secrets.token_hex(8)
        self._told: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._starts: Counter[str] = Counter()

    def events(self, tasks: Sequence[Task]) -> Iterator[SuiteEvent]:
        """Carry tasks out, and tell of it as it happens.

        Whoever closes the iterator, or leaves it by an error, ends all that runs.

        Raises:
            UsageError: if there is no such scheduler, it has no workers, these cannot carry out a
                suite, or it is gone in the middle.
        """
        plugin = self._plugin(tasks)
        with contextlib.ExitStack() as stack:
            stack.enter_context(_silenced())
            client = stack.enter_context(_connected(self._address))
            yield from self._waited_for_workers(client)
            stack.callback(_quietly, client.unregister_worker_plugin, plugin.name)
            self._register(client, plugin)
            client.subscribe_topic(self._topic, self._begun)
            folder = str(self._out) if self._shared else None
            futures = {
                f"{self._topic}-{task.id}": client.submit(
                    _on_worker,
                    as_json(task),
                    plugin.name,
                    folder,
                    key=f"{self._topic}-{task.id}",
                    pure=False,
                    retries=_RETRIES,
                )
                for task in tasks
            }
            stack.callback(_quietly, client.cancel, list(futures.values()))
            by_key = {f"{self._topic}-{task.id}": task for task in tasks}
            for future in futures.values():
                future.add_done_callback(self._told.put)
            yield from self._heard(client, by_key)

    @property
    def _topic(self) -> str:
        return f"trueclick-{self._run}"

    def _plugin(self, tasks: Sequence[Task]) -> SuitePlugin:
        folder = self._suite.folder
        content = None if self._shared else packed_suite(folder, without=self._out)
        return SuitePlugin(self._topic, folder, content, names_in(tasks))

    def _waited_for_workers(self, client: Any) -> Iterator[SuiteEvent]:
        if not client.scheduler_info(n_workers=-1)["workers"]:
            yield Noted(f"{self._address} has no workers yet: waiting for {_WORKERS_S} s")
        try:
            client.wait_for_workers(1, timeout=_WORKERS_S)
        except TimeoutError as error:
            raise UsageError(
                f"the scheduler at {self._address} has no workers: start some with dask worker "
                f"{self._address}"
            ) from error

    def _register(self, client: Any, plugin: SuitePlugin) -> None:
        """Give the plugin to all workers, and to those that come later."""
        for left in reversed(range(_TRIES)):
            try:
                client.register_plugin(plugin)
                return
            except Exception as error:
                # A worker that dies meanwhile spoils it for all: then it is done again.
                if left and isinstance(error, OSError):
                    continue
                told = f"the workers of {self._address} cannot carry out a suite: {error}"
                if not isinstance(error, UsageError):
                    told += "; each needs trueclick[dask] of this version, and Xvfb"
                raise UsageError(told) from error

    def _begun(self, event: Any) -> None:
        """Note that a worker has begun with a task; called on a thread of Dask's."""
        _, about = event
        self._told.put((str(about["id"]), str(about["where"])))

    def _heard(self, client: Any, tasks: Mapping[str, Task]) -> Iterator[SuiteEvent]:
        left = dict(tasks)
        by_id = {task.id: task for task in tasks.values()}
        while left:
            try:
                told = self._told.get(timeout=_LOOK_S)
            except queue.Empty:
                self._require(client)
                continue
            if isinstance(told, tuple):
                identifier, where = map(str, told)  # pyright: ignore[reportUnknownArgumentType]
                if identifier in by_id:
                    self._starts[identifier] += 1
                    yield Begun(by_id[identifier], where)
                continue
            task = left.pop(told.key, None)
            if task is None:
                continue
            self._require(client)
            yield Done(self._result(task, told))
            told.release()

    def _require(self, client: Any) -> None:
        if client.status != "running":
            raise UsageError(
                f"the scheduler at {self._address} is gone: once there is one again, go on with "
                f"--resume --out {shlex.quote(str(self._out))}"
            )

    def _result(self, task: Task, future: Any) -> Result:
        """What came of a task, with its files in place."""
        try:
            line, content = future.result()
            result = result_from_json(line)
            if content is not None:
                folder = self._out / TASKS / task.id
                shutil.rmtree(folder, ignore_errors=True)
                unpack(content, folder)
        except (BundleError, OSError) as error:
            return self._lost(task, f"its results could not be kept: {error}")
        except (Exception, CancelledError) as error:  # noqa: BLE001 - Dask's, or a worker's
            return self._lost(task, f"{type(error).__name__}: {error}")
        begun = max(self._starts[task.id], 1)
        if begun == 1:
            return result
        note = f"begun {begun} times, because a worker was lost"
        return replace(result, starts=result.starts + begun - 1, notes=(*result.notes, note))

    def _lost(self, task: Task, reason: str) -> Result:
        starts = self._starts[task.id]
        return Result(task.id, task.digest, "lost", starts=starts, reason=reason)


class SuitePlugin(WorkerPlugin):
    """What a worker has of a suite: its files, and the keepers.

    Args:
        name: unlike any other's.
        suite: the folder of the suite where it comes from.
        content: the folder's, or `None` if the worker sees it at the same place.
        secrets: the names of those that the worker must have in its environment.
    """

    def __init__(
        self, name: str, suite: Path, content: bytes | None, secrets: Sequence[str] = ()
    ) -> None:
        self.name = name
        self._secrets = tuple(secrets)
        self._suite = suite
        self._content = content
        self._version = version("trueclick")
        self._keepers: Keepers | None = None
        self._tasks: Path | None = None

    def setup(self, worker: Any) -> None:
        """Unpack the suite."""
        del worker
        if version("trueclick") != self._version:
            raise UsageError(f"trueclick {version('trueclick')} is installed, not {self._version}")
        absent = [name for name in self._secrets if name not in os.environ]
        if absent:
            raise UsageError(
                f"a worker on {socket.gethostname()} has no secret {absent[0]}, and values are not "
                f"sent: start it with the environment variable {absent[0]}"
            )
        self._keepers = Keepers(Values(values_of(self._secrets, os.environ))).__enter__()
        if self._content is not None:
            folder = self._keepers.make_folder()
            self._suite = folder / "suite"
            self._tasks = folder / "tasks"
            unpack(self._content, self._suite)
            self._content = None

    def teardown(self, worker: Any) -> None:
        """End what runs and remove what was unpacked."""
        del worker
        if self._keepers is not None:
            self._keepers.close()

    def carried_out(self, task: Task, out: Path | None) -> tuple[bytes, bytes | None]:
        """What comes of a task: its result as JSON, its files if they have to be sent."""
        assert self._keepers is not None  # noqa: S101 - as set up
        if out is not None:
            folder = out / TASKS / task.id
            return result_json(
                carried_out(task, self._keepers, suite=self._suite, folder=folder)
            ), None
        assert self._tasks is not None  # noqa: S101 - as set up
        folder = self._tasks / f"{task.id}-{secrets.token_hex(4)}"
        try:
            result = carried_out(
                task, self._keepers, suite=self._suite, folder=folder, storing="none"
            )
            content, left = packed(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if left:
            named = ", ".join(left[:5])
            note = f"{len(left)} files were too large to be sent or could not be read: {named}"
            result = replace(result, notes=(*result.notes, note))
        return result_json(result), content


def _on_worker(line: str, plugin: str, out: str | None) -> tuple[bytes, bytes | None]:
    """Carry a task out: what Dask calls, on a thread of a worker."""
    worker: Any = get_worker()
    task = from_json(line)
    where = f"{socket.gethostname()} {worker.address}"
    worker.log_event(plugin, {"id": task.id, "where": where})
    suite: SuitePlugin = worker.plugins[plugin]
    return suite.carried_out(task, None if out is None else Path(out))


@contextlib.contextmanager
def _silenced() -> Generator[None]:
    """Inside of the block the end of a connection is told in our own words alone."""
    logger = logging.getLogger("distributed.client")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


@contextlib.contextmanager
def _connected(address: str) -> Generator[Any]:
    try:
        connect: Any = Client
        client = connect(address, timeout=_CONNECT_S, set_as_default=False, name="trueclick")
    except (OSError, ValueError, RuntimeError) as error:
        raise UsageError(f"no Dask scheduler answers at {address}") from error
    try:
        yield client
    finally:
        _quietly(partial(client.close, timeout=_TIDY_S))


def _quietly(do: Callable[..., Any], *arguments: Any) -> None:
    """Tidy up; a scheduler that is gone needs none of it, and one that hangs is not waited for."""

    def doing() -> None:
        with contextlib.suppress(Exception, CancelledError):
            do(*arguments)

    # Dask waits for an answer without end, on whatever thread.
    thread = threading.Thread(target=doing, name="tidying", daemon=True)
    thread.start()
    thread.join(_TIDY_S)
