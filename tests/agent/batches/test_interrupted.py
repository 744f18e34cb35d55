"""The command itself, killed and interrupted while it works."""

import signal
from pathlib import Path

import pytest

from .interrupted import Command, Point, api_process, asked, interrupted
from .many import pictures

COUNT = 200

POINTS = (
    Point("sending", 1, signal.SIGKILL),
    Point("created", 1, signal.SIGKILL),
    Point("created", 1, signal.SIGINT),
    Point("sending", 1, signal.SIGINT),
    Point("verdict", 1, signal.SIGKILL),
)


@pytest.mark.slow
def test_each_picture_is_judged_once_whatever_comes_in_between(tmp_path: Path) -> None:
    pictures(tmp_path / "in", COUNT)
    (reference,) = pictures(tmp_path / "reference", 1, first=COUNT)
    with api_process(batch_seconds=3, delay_s=1) as address:
        more = ("--split", "60", "--patience", "8", "--beside", str(reference))
        command = Command(address, tmp_path, tmp_path / "in", *more)
        interrupted(command, POINTS, print)
        counts = asked(address, "counts")
    assert len(command.reached) == len(POINTS), "it came to its end before"
    assert command.statuses[-1] == 0, command.output.read_text()
    assert counts["violations"] == []
    assert counts["pictures"] == COUNT
    assert counts["times"] == {"1": COUNT}
    assert sum(counts["batches"]) == COUNT
    assert (counts["uploads"], counts["files"]) == (1, 0)
    told = command.lines()
    assert [line["holds"] for line in told] == [True] * COUNT
    assert sum(line["usd"] for line in told) == pytest.approx(float(counts["usd"]))
