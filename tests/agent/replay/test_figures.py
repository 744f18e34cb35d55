"""Pictures of what differed, as files."""

from __future__ import annotations

import os
import resource
import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from trueclick.agent.replay.figures import FiguresError, write_figures
from trueclick.agent.replay.results import Mismatch, StepResult
from trueclick.capture import Screenshot, read_image

from .test_junit import step


def grey(shade: int) -> Screenshot:
    return Screenshot(np.full((30, 40, 4), shade, np.uint8))


MISMATCH = Mismatch("screen", "", expected=grey(1), seen=grey(2), difference=grey(3))
RESULT = StepResult(step(7), "different", 0.1, MISMATCH)


def test_three_files_show_a_difference_and_are_for_this_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "out"
    written = write_figures(RESULT, folder)
    assert written is not None
    names = ["step-007-difference.png", "step-007-expected.png", "step-007-seen.png"]
    assert sorted(path.name for path in folder.iterdir()) == names
    shades = [
        int(read_image(path).pixels[0, 0, 0])
        for path in (written.expected, written.seen, written.difference)
    ]
    assert shades == [1, 2, 3]
    assert stat.S_IMODE(written.seen.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_where_no_pictures_were_compared_there_are_none(tmp_path: Path) -> None:
    result = replace(RESULT, mismatch=Mismatch("failed", "it failed"))
    assert write_figures(result, tmp_path / "out") is None
    assert not (tmp_path / "out").exists()


def test_a_link_in_their_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("mine")
    (tmp_path / "step-007-seen.png").symlink_to(other)
    write_figures(RESULT, tmp_path)
    assert other.read_text() == "mine"
    assert not (tmp_path / "step-007-seen.png").is_symlink()


def test_on_a_full_disk_nothing_half_written_stays(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        with pytest.raises(FiguresError, match="step 7 cannot be written into"):
            write_figures(RESULT, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - names alone
