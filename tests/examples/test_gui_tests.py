"""The example of a project with GUI tests: it passes as it was committed, and notices a change."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..repository import ROOT, files

FOLDER = Path("examples", "gui_tests")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The examples as git has them."""
    for file in files():
        if file.parts[0] == "examples":
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, tmp_path / file)
    return tmp_path


def example(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(FOLDER)]
    return subprocess.run(
        [*command, *arguments],
        cwd=clone,
        # As in continuous integration: a picture or a recording that is missing is a failure.
        env={**os.environ, "PYTEST_ADDOPTS": "", "PYTHONDONTWRITEBYTECODE": "1", "CI": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def content(clone: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(clone)): path.read_bytes()
        for path in sorted(clone.rglob("*"))
        if path.is_file()
    }


def test_a_picture_that_was_committed_is_found_again(clone: Path) -> None:
    before = content(clone)
    done = example(clone, "-k", "half")
    assert done.returncode == 0, done.stdout + done.stderr
    assert content(clone) == before


@pytest.mark.slow  # reads screens in four processes
def test_all_of_it_passes_on_four_workers_and_changes_nothing(clone: Path) -> None:
    before = content(clone)
    done = example(clone, "-n", "4", "--trueclick-offline")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "10 passed" in done.stdout
    assert "trueclick ===" not in done.stdout  # nothing was written, no model was asked
    assert content(clone) == before


@pytest.mark.slow  # waits until a picture that cannot match has had its time
def test_a_tank_of_another_colour_is_noticed_and_shown(clone: Path) -> None:
    program = clone / FOLDER / "tank.py"
    text = program.read_text(encoding="utf-8")
    program.write_text(text.replace("#1f6fb2", "#b21f6f"), encoding="utf-8")
    done = example(clone, "-k", "half")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "difference: artifacts/test_tank.py--" in done.stdout
    assert list((clone / FOLDER / "artifacts").glob("*/*difference*.png"))
