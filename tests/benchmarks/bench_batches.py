"""10,000 pictures through the Message Batches API, interrupted at 20 points. Run by `make bench`.

Each picture is to be judged exactly once: counted at the API, which runs in a process of its own.
Then the same without an interruption: how long our part takes, and how much memory.
"""

from __future__ import annotations

import resource
import time
from pathlib import Path

from tests.agent.batches.interrupted import Command, api_process, asked, interrupted, points
from tests.agent.batches.many import pictures

COUNT = 10_000
SPLIT = 1000


def test_each_of_many_pictures_is_judged_once(tmp_path: Path) -> None:
    print()
    pictures(tmp_path / "in", COUNT)
    where = points(8)
    with api_process(batch_seconds=5, delay_s=1) as address:
        more = ("--split", str(SPLIT), "--patience", "10")
        command = Command(address, tmp_path, tmp_path / "in", *more)
        interrupted(command, where, print)
        counts = asked(address, "counts")
    print(f"interrupted {len(command.reached)} times; {counts}")
    assert command.statuses[-1] == 0
    assert len(command.reached) == len(where)
    assert counts["times"] == {"1": COUNT}
    assert sum(counts["batches"]) == COUNT
    assert counts["violations"] == []


def test_what_it_takes(tmp_path: Path) -> None:
    print()
    pictures(tmp_path / "in", COUNT)
    with api_process(batch_seconds=0, delay_s=0) as address:
        command = Command(address, tmp_path, tmp_path / "in")
        began = time.monotonic()
        command.run()
        seconds = time.monotonic() - began
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        began = time.monotonic()
        command.run()
        again = time.monotonic() - began
    print(
        f"{COUNT} pictures: {seconds:.1f} s with the API's part, {again:.1f} s once all is judged"
    )
    print(f"most memory of the command or the API before: {peak:.0f} MB")
