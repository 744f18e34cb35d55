"""The example of a regression test: it passes, and it fails when the form is another one."""

import subprocess
import sys
from pathlib import Path

import pytest

from trueclick.agent.trace import read_trace
from trueclick.agent.trace.story import story_of

ROOT = Path(__file__).parents[2]
FORM = ROOT / "examples" / "order_form.py"


def example(runs: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = str(ROOT / "examples" / "regression_test.py")
    command = [sys.executable, program, "--runs", str(runs), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.slow  # the model's reading of the screen, and two replays
def test_a_recorded_run_passes_and_notices_a_form_that_has_changed(tmp_path: Path) -> None:
    runs = tmp_path / "runs in a folder"
    first = example(runs)
    assert first.returncode == 0, first.stdout + first.stderr
    assert f"recorded: {runs / 'regression'}\nas recorded: " in first.stdout
    text = FORM.read_text(encoding="utf-8")
    rule = '("Country", self.country.get()),'
    assert rule in text
    other = tmp_path / "form.py"
    other.write_text(text.replace(rule, ""), encoding="utf-8")
    second = example(runs, "--form", str(other))
    assert second.returncode == 1, second.stdout + second.stderr
    *_, last = story_of(read_trace(runs / "regression")).steps
    assert second.stdout.startswith(f"step {last.number}, screenshot: ")
    assert (runs / "regression-difference.png").read_bytes().startswith(b"\x89PNG")
