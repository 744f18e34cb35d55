"""A trace is written whole, or it is said that it is not: full disks, dead processes, two runs."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from trueclick.agent.events import Added, Event, Said
from trueclick.agent.trace import TraceError, TraceWriter, new_folder, read_trace, resumed
from trueclick.geometry import UsageError

from .test_round_trip import written
from .told import STARTED, TASK, answered, endless_run, picture, shown, small_run

ROOT = Path(__file__).parents[3]


def test_a_folder_that_holds_a_trace_is_refused(tmp_path: Path) -> None:
    folder = written(tmp_path / "run", small_run(None))
    before = (folder / "trace.jsonl").read_bytes()
    with pytest.raises(UsageError, match="holds a trace already: name another folder"):
        TraceWriter(folder)
    assert (folder / "trace.jsonl").read_bytes() == before


def test_a_run_that_never_began_leaves_nothing(tmp_path: Path) -> None:
    TraceWriter(tmp_path / "run").close()
    assert not (tmp_path / "run").exists()
    before = read_trace(written(tmp_path / "first", small_run(None)[:9]))
    TraceWriter(tmp_path / "second", after=before).close()
    assert not (tmp_path / "second").exists()
    TraceWriter(tmp_path / "first", after=before).close()
    assert len(read_trace(tmp_path / "first").events) == 9


def test_what_else_is_in_the_folder_stays_there(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    TraceWriter(tmp_path).close()
    assert (tmp_path / "notes").read_text() == "mine"
    assert not (tmp_path / "trace.jsonl").exists()


def test_two_writers_on_one_folder_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with TraceWriter(folder) as first:
        first(STARTED)
        with pytest.raises(UsageError, match="holds a trace already"):
            TraceWriter(folder)
        with pytest.raises(TraceError, match="another run is writing"):
            TraceWriter(folder, after=read_trace(folder))
        first(Added(TASK))
    assert len(read_trace(folder).events) == 2


def test_two_runs_do_not_go_on_with_the_same_trace(tmp_path: Path) -> None:
    folder = written(tmp_path / "run", small_run(None)[:9])
    before = read_trace(folder)
    with TraceWriter(folder, after=before) as writer:
        writer(STARTED)
    with pytest.raises(TraceError, match="has changed since it was read"):
        TraceWriter(folder, after=before)


@pytest.mark.parametrize("name", ["file", "file/below", "\0", "x" * 300, "/proc/nothing/here"])
def test_a_place_that_cannot_be_written_is_named_in_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError) as refused:
        TraceWriter(tmp_path / name)
    assert "\n" not in str(refused.value)


def test_a_link_in_the_place_of_the_lines_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "trace.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError):
        TraceWriter(tmp_path / "run")
    assert not (tmp_path / "elsewhere").exists()


def tell_all(writer: TraceWriter, told: list[Event]) -> None:
    for event in told:
        writer(event)


@contextlib.contextmanager
def no_file_longer_than(limit: int) -> Iterator[None]:
    """As on a disk that is full from there on: the system refuses to write what is beyond."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_said_once_and_leaves_no_half_line(tmp_path: Path) -> None:
    told = small_run(None)
    length = (written(tmp_path / "whole", told) / "trace.jsonl").stat().st_size
    counts: list[int] = []
    for limit in range(700, length, 97):
        folder = tmp_path / f"run{limit}"
        with no_file_longer_than(limit), TraceWriter(folder) as writer:
            with pytest.raises(TraceError, match="cannot be written any further"):
                tell_all(writer, told)
            writer(told[-1])  # dropped: nothing may follow what is missing
        trace = read_trace(folder)
        assert not trace.cut
        counts.append(len(trace.events))
        assert list(trace.events) == told[: counts[-1]]
        resumed(trace, STARTED)
    assert counts == sorted(counts)
    assert len(set(counts)) > 10


def test_a_picture_that_does_not_fit_leaves_no_part_of_it(tmp_path: Path) -> None:
    noise = picture(3, 300, 300)
    big = type(noise)(os.urandom(9000), noise.format, noise.size)
    folder = tmp_path / "run"
    with no_file_longer_than(4096), TraceWriter(folder) as writer:
        writer(STARTED)
        with pytest.raises(TraceError, match="cannot be written any further"):
            writer(shown("t1", big))
    assert list((folder / "images").iterdir()) == []
    assert list(read_trace(folder).events) == [STARTED]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_a_disk_without_room_is_said_and_the_run_goes_on_when_there_is_some(
    tmp_path: Path,
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("cannot mount here")
    try:
        folder = disk / "run"
        told: list[Event] = [STARTED, Added(TASK)]
        with TraceWriter(folder) as writer:
            for event in told:
                writer(event)
            fill = disk / "fill"
            with contextlib.suppress(OSError), fill.open("wb", buffering=0) as file:
                while file.write(b"x" * 512):
                    pass
            with pytest.raises(TraceError, match="No space left"):
                tell_all(writer, [Said(1, "word " * 50)] * 1000)
        fill.unlink()
        before = read_trace(folder)
        assert list(before.events[:2]) == told
        assert not before.cut
        with TraceWriter(folder, after=before) as writer:
            writer(answered())
        assert read_trace(folder).events[-1] == answered()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_what_is_told_after_the_end_is_dropped(tmp_path: Path) -> None:
    writer = TraceWriter(tmp_path / "run")
    writer(STARTED)
    writer.close()
    writer.close()
    writer(Added(TASK))
    assert list(read_trace(tmp_path / "run").events) == [STARTED]


WRITING = """
import os, sys, time
from pathlib import Path
from tests.agent.trace.told import endless_run
from trueclick.agent.trace import TraceWriter

for line in sys.stdin:
    child = os.fork()  # starting Python anew takes a hundred times as long
    if not child:
        with TraceWriter(Path(line.rstrip())) as writer:
            for count, event in enumerate(endless_run()):
                writer(event)
                if not count:
                    print(os.getpid(), flush=True)  # begun
                if time.monotonic() > GIVEN_UP:
                    os._exit(1)  # nobody has killed it
    os.waitpid(child, 0)
    print("gone", flush=True)
"""


@pytest.fixture(scope="module")
def writing() -> Iterator[subprocess.Popen[str]]:
    """Starts a process that writes a trace into each folder that it is given."""
    script = WRITING.replace("GIVEN_UP", str(time.monotonic() + 300))
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as process:
        assert process.stdin is not None
        yield process
        process.stdin.close()


def killed_runs(writing: subprocess.Popen[str], parent: Path, moments: int) -> Iterator[Path]:
    """Traces of processes that were killed while they wrote."""
    assert writing.stdin is not None
    assert writing.stdout is not None
    chance = random.Random(5)  # noqa: S311 - nobody has to be kept from guessing
    for moment in range(moments):
        folder = parent / f"run{moment}"
        writing.stdin.write(f"{folder}\n")
        child = int(writing.stdout.readline())
        time.sleep(chance.uniform(0, 0.1))  # a moment like any other
        os.kill(child, signal.SIGKILL)
        assert writing.stdout.readline() == "gone\n"
        yield folder
        shutil.rmtree(folder)


def check_killed(folder: Path) -> int:
    """Read what a killed process wrote, go on with it; how many events it had told."""
    trace = read_trace(folder)
    count = len(trace.events)
    assert not trace.complete
    for event, expected in zip(trace.events, endless_run(), strict=False):
        assert event == expected
    going_on = resumed(trace, STARTED)
    assert going_on.messages[-1]["role"] == "user"
    with TraceWriter(folder, after=trace) as writer:
        for event in going_on.events:
            writer(event)
    again = read_trace(folder)
    assert again.messages == going_on.messages
    assert len(again.events) == count + len(going_on.events)
    return count


@pytest.mark.parametrize("moments", [12, pytest.param(50, marks=pytest.mark.slow)])
def test_runs_killed_at_any_moment_can_all_be_read_and_go_on(
    writing: subprocess.Popen[str], tmp_path: Path, moments: int
) -> None:
    counts = [check_killed(folder) for folder in killed_runs(writing, tmp_path, moments)]
    assert len(counts) == moments
    assert len(set(counts)) > moments / 5  # at many moments indeed


def test_tracing_needs_neither_pydantic_nor_the_sdk() -> None:
    script = (
        "import sys; from trueclick.agent.trace import TraceWriter, TraceError, new_folder; "
        "print(*{'pydantic', 'anthropic'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, cwd=ROOT)
    assert done.stdout.split() == []


@pytest.mark.parametrize(
    ("environment", "parent"),
    [
        ({"XDG_STATE_HOME": "/state", "HOME": "/home/u"}, "/state/trueclick/runs"),
        ({"HOME": "/home/u"}, "/home/u/.local/state/trueclick/runs"),
        ({"XDG_STATE_HOME": "", "HOME": "/home/u"}, "/home/u/.local/state/trueclick/runs"),
        ({"XDG_STATE_HOME": "state", "HOME": "/home/u"}, "/home/u/.local/state/trueclick/runs"),
    ],
)
def test_a_run_has_a_folder_of_its_own(environment: dict[str, str], parent: str) -> None:
    folder = new_folder(environment, 4242, 1_800_000_000)
    assert folder.parent == Path(parent)
    assert folder.name.endswith("-4242")
    assert folder.name[:15] == time.strftime("%Y%m%d-%H%M%S", time.localtime(1_800_000_000))
