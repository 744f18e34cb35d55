"""`trueclick check --batch`, interrupted again and again, against an API that survives it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

_CLIENT = httpx2.Client(trust_env=False, verify=False)
MAIN = "import sys; from trueclick.agent.cli import main; sys.exit(main())"
SERVING = Path(__file__).with_name("serving.py")


@dataclass(frozen=True, slots=True)
class Point:
    """Where a command is interrupted.

    Attributes:
        what: `time`: after so many seconds; `created`: when the API has created so many batches
            more, before the client knows; else: when so many lines more of that kind were written.
        number: how many.
        by: the signal.
    """

    what: str
    number: float
    by: signal.Signals


@contextlib.contextmanager
def api_process(batch_seconds: float, delay_s: float) -> Generator[str]:
    """The address of an API in a process of its own."""
    words = [sys.executable, str(SERVING), str(batch_seconds), str(delay_s)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().decode().strip()
        finally:
            process.stdin.close()


def asked(address: str, path: str) -> Any:
    return _CLIENT.get(f"{address}/{path}", timeout=300).json()


class Command:
    """The command, as often as it takes.

    Attributes:
        reached: the points at which it was interrupted.
        statuses: with which each of its processes ended.
    """

    def __init__(self, address: str, folder: Path, pictures: Path, *more: str) -> None:
        self._address = address
        self._journal = folder / "state" / "journal.jsonl"
        self._read = 0
        self._kinds: Counter[str] = Counter()
        self.output = folder / "out.txt"
        self._words = [
            *(sys.executable, "-c", MAIN, "check", str(pictures), "--batch"),
            *("--that", "nothing is cut off", "--model", "claude-haiku-5-5", "--json"),
            *("--state", str(self._journal.parent), "--poll", "1", *more),
        ]
        self.reached: list[Point] = []
        self.statuses: list[int] = []

    def run(self, *, until: Point | None = None) -> int:
        """Run it to its end, or to a point; its status."""
        start = 0.0 if until is None else self._now(until.what)
        key = {"ANTHROPIC_API_KEY": "none", "ANTHROPIC_BASE_URL": self._address}
        with self.output.open("wb") as out:
            process = subprocess.Popen(
                self._words, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **key}
            )
        try:
            while until is not None and process.poll() is None:
                if self._now(until.what) - start >= until.number:
                    process.send_signal(until.by)
                    self.reached.append(until)
                    break
                time.sleep(0.02)
            status = process.wait()
        finally:
            process.kill()
        self.statuses.append(status)
        return status

    def lines(self) -> list[dict[str, Any]]:
        """The verdicts that the last process told."""
        text = self.output.read_text().splitlines()
        return [json.loads(line) for line in text if line.startswith("{")]

    def _now(self, what: str) -> float:
        match what:
            case "time":
                return time.monotonic()
            case "created":
                return int(asked(self._address, "created"))
            case kind:
                return self._written(kind)

    def _written(self, kind: str) -> int:
        """How many lines of a kind the journal has; what was counted once is not read again."""
        with contextlib.suppress(FileNotFoundError), self._journal.open("rb") as file:
            file.seek(self._read)
            new = file.read()
            whole = new[: new.rfind(b"\n") + 1]
            self._read += len(whole)
            self._kinds.update(line[:20].split(b'"')[3].decode() for line in whole.splitlines())
        return self._kinds[kind]


def points(batches: int) -> list[Point]:
    """Points spread over all that happens, by SIGKILL and Ctrl-C in turns."""
    kinds: list[tuple[str, float]] = [("time", 2), *[("sending", 1), ("created", 1)] * batches]
    kinds += [("verdict", 1), ("verdict", 1000), ("verdict", 1)]
    signals = (signal.SIGKILL, signal.SIGINT, signal.SIGKILL)
    return [
        Point(what, number, signals[place % len(signals)])
        for place, (what, number) in enumerate(kinds)
    ]


def interrupted(command: Command, where: Sequence[Point], told: Callable[[str], object]) -> None:
    """Run a command, interrupted at each point, and then to its end."""
    for point in where:
        began = time.monotonic()
        status = command.run(until=point)
        told(
            f"{point.what} {point.number:g} {point.by.name}: {status}, "
            f"{time.monotonic() - began:.1f} s"
        )
    began = time.monotonic()
    status = command.run()
    told(f"to its end: {status}, {time.monotonic() - began:.1f} s")
