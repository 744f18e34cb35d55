"""`trueclick suite` as it is typed."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from trueclick.agent.cli import main

from ...programs import TRUECLICK
from ..suite.samples import windowed, write_suite

LOOK = """
[suite]
size = ["640x480", "800x600"]
[[task]]
name = "look"
expect = [{ text = "a" }]
[[task]]
name = "later"
size = "640x480"
skip = "needs a printer"
expect = [{ text = "a" }]
"""


def test_tasks_are_listed_without_doing_any(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(write_suite(tmp_path, LOOK))
    assert main(["suite", path, "--list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "001-look-640x480  look [size 640x480]",
        "002-look-800x600  look [size 800x600]",
        "003-later  later  (skipped: needs a printer)",
    ]
    assert main(["suite", path, "--list", "--json", "--only", "800x600"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == "002-look-800x600"
    assert [each.name for each in tmp_path.iterdir()] == ["suite.toml"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--only", "nothing"], "no task fits 'nothing'"),
        (["--dask", "here"], "--dask 'here' is no address: write it as tcp://"),
        (["--dask", "tcp://h:1", "--jobs", "2"], "--jobs is for this machine"),
        (["--dask-shared"], "--dask-shared goes with --dask alone"),
        (["--dask", "tcp://h:1", "--update-baselines"], "--update-baselines would store"),
        (["--resume"], "--resume needs --out DIR"),
        (["--resume", "--out", "{}"], "holds no results to go on with"),
        (["--out", "/proc/here"], "/proc/here cannot be made"),
        (["--jobs", "0"], "'0' is not a number of at least 1"),
    ],
)
def test_a_mistake_is_one_clear_line(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(write_suite(tmp_path, LOOK))
    try:
        status = main(["suite", path, *(word.replace("{}", str(tmp_path)) for word in words)])
    except SystemExit as left:
        status = int(left.code or 0)
    assert status == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""


def test_skipped_tasks_pass_and_results_are_not_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = str(write_suite(tmp_path, LOOK)), tmp_path / "out"
    words = ["suite", path, "--only", "later", "--out", str(out)]
    assert main(words) == 0
    assert "1 skipped in" in capsys.readouterr().out
    assert {"index.html", "junit.xml", "results.jsonl"} <= {each.name for each in out.iterdir()}
    assert main(words) == 2
    assert "holds results already: say --resume" in capsys.readouterr().err
    assert main([*words, "--resume", "--json"]) == 0
    assert [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()] == [
        "started",
        "ended",
    ]


def test_a_page_that_cannot_be_written_is_told_with_its_place_and_the_rest_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = str(write_suite(tmp_path, LOOK)), tmp_path / "out"
    (out / "junit.xml").mkdir(parents=True)
    words = ["suite", path, "--only", "later", "--out", str(out)]
    assert main(words) == 2
    told = capsys.readouterr()
    assert "1 skipped in" in told.out
    assert f"{out}/junit.xml cannot be written: Is a directory; --resume --out" in told.err
    assert (out / "index.html").is_file()
    (out / "junit.xml").rmdir()
    assert main([*words, "--resume"]) == 0


def app(then: str = "pass") -> str:
    return json.dumps(shlex.join(windowed(then)))


@pytest.mark.slow
def test_ctrl_c_ends_what_runs_tells_what_is_done_and_can_be_resumed(tmp_path: Path) -> None:
    done = '{ file = "{artifacts}/done.txt", contains = "done", timeout_s = 60 }'
    path = write_suite(
        tmp_path,
        f"""
        [suite]
        size = "640x480"
        app = {app()}
        [[task]]
        name = "first"
        expect = [{done}]
        [[task]]
        name = "second"
        expect = [{done}, {{ file = "go", timeout_s = 500 }}]
        timeout_s = 600
        """,
    )
    out = tmp_path / "out"
    words = [TRUECLICK, "suite", str(path), "--out", str(out), "--jobs", "1"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    second = out / "tasks" / "002-second" / "attempt-1" / "artifacts" / "done.txt"
    until = time.monotonic() + 120
    while not second.exists():
        assert time.monotonic() < until
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    told, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert b"1 passed, 1 not run" in told
    assert b"--resume --out" in errors
    cases = list(ET.parse(out / "junit.xml").iter("testcase"))  # noqa: S314 - our own
    assert [case.find("skipped") is not None for case in cases] == [False, True]
    (tmp_path / "go").touch()
    again = subprocess.run([*words, "--resume"], capture_output=True, timeout=300, check=False)
    assert again.returncode == 0, again.stderr
    assert b"2 passed" in again.stdout
    assert len((out / "results.jsonl").read_bytes().splitlines()) == 2
