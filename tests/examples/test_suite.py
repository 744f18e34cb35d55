"""The example suite, as its first lines say."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from trueclick.agent.suite import read_suite

from ..programs import TRUECLICK
from ..repository import ROOT

SUITE = ROOT / "examples" / "suite" / "suite.toml"


def test_the_example_suite_holds_three_tasks() -> None:
    assert [task.cell for task in read_suite(SUITE).tasks] == [
        ("size 1280x800",),
        ("size 1024x900",),
        (),
    ]


@pytest.mark.slow
def test_the_example_suite_passes(tmp_path: Path) -> None:
    command = [TRUECLICK, "suite", str(SUITE), "--out", str(tmp_path / "out"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    ended = json.loads(done.stdout.splitlines()[-1])
    assert sum(ended["counts"].values()) == 3
    reports = list((tmp_path / "out").glob("tasks/*/attempt-1/report.html"))
    assert len(reports) == 3
