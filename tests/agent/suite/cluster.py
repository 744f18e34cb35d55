"""A Dask scheduler with workers, as processes of their own on this machine."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

_STARTS_S = 120.0


@dataclass(frozen=True, slots=True)
class Cluster:
    """What runs: the scheduler, its address, and each worker."""

    scheduler: subprocess.Popen[bytes]
    address: str
    workers: list[subprocess.Popen[bytes]]

    def kill(self, number: int) -> None:
        """End a worker as the kernel would for want of memory."""
        os.kill(self.workers[number].pid, signal.SIGKILL)
        self.workers[number].wait()


@contextlib.contextmanager
def cluster(folder: Path, workers: int) -> Generator[Cluster]:
    """A scheduler and workers of one thread each; they end with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    told = folder / "scheduler.json"
    with contextlib.ExitStack() as stack:
        scheduler = _started(
            stack, folder, "scheduler", "--port", "0", "--scheduler-file", str(told)
        )
        until = time.monotonic() + _STARTS_S
        while not told.exists() or not told.read_text().rstrip().endswith("}"):
            assert time.monotonic() < until, (folder / "scheduler.txt").read_text()
            time.sleep(0.05)
        import json

        address = str(json.loads(told.read_text())["address"])
        options = ("--nthreads", "1", "--no-nanny", "--local-directory", str(folder))
        started = [
            _started(stack, folder, "worker", address, *options, name=f"worker-{number}")
            for number in range(workers)
        ]
        yield Cluster(scheduler, address, started)


def _started(
    stack: contextlib.ExitStack, folder: Path, *words: str, name: str = "scheduler"
) -> subprocess.Popen[bytes]:
    output = stack.enter_context((folder / f"{name}.txt").open("wb"))
    command = [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]]
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--no-dashboard"],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )
    stack.callback(_end, process)
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
