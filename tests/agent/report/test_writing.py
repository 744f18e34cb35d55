"""A report on the disk."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.agent.trace.told import small_run, written
from tests.programs import TRUECLICK

from trueclick.agent.cli import main
from trueclick.agent.report import write_report
from trueclick.agent.trace import Trace
from trueclick.geometry import UsageError


@pytest.fixture
def trace(tmp_path: Path) -> Trace:
    return written(tmp_path / "run", small_run(None))


def test_a_report_is_put_beside_its_trace_unless_another_place_is_named(
    trace: Trace, tmp_path: Path
) -> None:
    assert write_report(trace) == trace.folder / "report.html"
    named = tmp_path / "other.html"
    assert write_report(trace, named) == named
    assert named.read_bytes() == (trace.folder / "report.html").read_bytes()
    assert named.stat().st_mode & 0o777 == 0o600
    assert sorted(each.name for each in tmp_path.iterdir()) == ["other.html", "run"]


def test_a_full_disk_leaves_the_report_that_was_there(trace: Trace, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text("the old one", encoding="utf-8")

    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    done = run_report(trace.folder, "-o", page, before=small_files)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "cannot be written: File too large" in done.stderr
    assert page.read_text(encoding="utf-8") == "the old one"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["report.html", "run"]


def run_report(
    *words: str | Path, before: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TRUECLICK, "report", *words],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=before,
    )


def test_a_folder_or_a_place_that_is_not_there_is_refused(trace: Trace, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder: name a file in it"):
        write_report(trace, tmp_path)
    with pytest.raises(UsageError, match="cannot be written: No such file"):
        write_report(trace, tmp_path / "missing" / "report.html")
    with pytest.raises(UsageError, match="no name of a file"):
        write_report(trace, Path("a\0b"))


def test_a_link_in_a_trace_leads_nowhere(trace: Trace, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("keep me", encoding="utf-8")
    (trace.folder / "report.html").symlink_to(mine)
    assert write_report(trace).read_bytes().startswith(b"<!doctype html>")
    assert mine.read_text(encoding="utf-8") == "keep me"
    assert not (trace.folder / "report.html").is_symlink()


def test_a_pipe_in_a_trace_keeps_nobody_waiting(trace: Trace) -> None:
    os.mkfifo(trace.folder / "report.html")
    assert write_report(trace).is_file()


def test_a_link_of_the_users_own_stays_a_link(trace: Trace, tmp_path: Path) -> None:
    target, link = tmp_path / "target.html", tmp_path / "link.html"
    link.symlink_to(target)
    write_report(trace, link)
    assert link.is_symlink()
    assert target.read_bytes().startswith(b"<!doctype html>")


def test_a_pipe_is_written_to(trace: Trace, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE)
    write_report(trace, pipe)
    told, _ = reader.communicate(timeout=60)
    assert told.endswith(b"</html>\n")
    assert pipe.is_fifo()


def test_the_command_says_where_the_report_is(
    trace: Trace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(trace.folder)]) == 0
    assert f"report: {trace.folder}/report.html (0.1 MB)\n" == capsys.readouterr().out


def test_the_command_writes_to_standard_output(
    trace: Trace, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["report", str(trace.folder), "-o", "-"]) == 0
    told = capfdbinary.readouterr().out
    assert told.startswith(b"<!doctype html>")
    assert told.endswith(b"</html>\n")


def test_the_command_prints_the_story_without_colours_where_there_is_no_terminal(
    trace: Trace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(trace.folder), "--text"]) == 0
    told = capsys.readouterr().out
    assert 'type "Größe 😀"' in told
    assert "\x1b" not in told


def test_a_picture_that_is_gone_keeps_nobody_from_a_report(
    trace: Trace, capsys: pytest.CaptureFixture[str]
) -> None:
    first, *_ = sorted((trace.folder / "images").iterdir())
    first.unlink()
    assert main(["report", str(trace.folder)]) == 0
    assert "missing or damaged" in (trace.folder / "report.html").read_text(encoding="utf-8")
    assert main(["report", str(trace.folder), "--text"]) == 0
    told = capsys.readouterr().out
    assert "Saved." in told
    assert f"1 picture missing or damaged in the trace: {first.name}" in told
    assert "no problems" not in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["missing"], "there is no trace in missing: it holds no trace.jsonl"),
        (["."], "there is no trace in .: it holds no trace.jsonl"),
        (["a\0b"], "cannot be read: that is no name of a folder"),
        ([".", "--text", "-o", "x"], "--text prints the story"),
        ([], "the following arguments are required: TRACE"),
    ],
)
def test_a_mistake_is_told_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        status = main(["report", *words])
    except SystemExit as exit_:
        status = int(str(exit_.code))
    output = capsys.readouterr()
    assert (status, output.out) == (2, "")
    assert told in output.err
    assert output.err.count("\n") == 1


@pytest.mark.parametrize("name", ["trace.jsonl", "images/1.png"])
def test_a_report_takes_the_place_of_nothing_that_is_the_traces_own(
    trace: Trace, tmp_path: Path, name: str
) -> None:
    before = (trace.folder / "trace.jsonl").read_bytes()
    with pytest.raises(UsageError, match="a trace's own file: name another one"):
        write_report(trace, trace.folder / name)
    (tmp_path / "link").symlink_to(trace.folder / "trace.jsonl")
    with pytest.raises(UsageError, match="a trace's own file"):
        write_report(trace, tmp_path / "link")
    assert (trace.folder / "trace.jsonl").read_bytes() == before
