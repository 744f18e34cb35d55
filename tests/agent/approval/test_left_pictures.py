"""Pictures for whoever approves go with their process, or with the next one."""

from __future__ import annotations

import fcntl
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, cast

import pytest

from trueclick.agent.approval import pictures

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such locks")

NO_DESKTOP = cast("Any", None)


def test_what_a_killed_process_left_is_removed_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    names = ("trueclick-asking-dead", "trueclick-asking-alive", "trueclick-asking-new", "other")
    dead, alive, new, other = (tmp_path / name for name in names)
    for folder in (dead, alive, new, other):
        folder.mkdir()
        (folder / "0001-type.png").touch()
        if folder != new:
            os.utime(folder, (0, 0))
    link = tmp_path / "trueclick-asking-link"
    link.symlink_to(other)
    os.utime(link, (0, 0), follow_symlinks=False)
    holder = os.open(alive, os.O_RDONLY)
    try:
        fcntl.flock(holder, fcntl.LOCK_EX)
        with pictures.pictures(NO_DESKTOP):
            there = {path.name for path in tmp_path.iterdir()}
            assert {alive.name, new.name, other.name, link.name} < there
            assert dead.name not in there
            assert len(there) == 5
    finally:
        os.close(holder)
    assert (other / "0001-type.png").exists()
    assert len(list(tmp_path.iterdir())) == 4
