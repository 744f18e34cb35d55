"""A trace whose pictures are replaced: the old one or the new one, whatever comes in between."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from trueclick.agent.events import Acted
from trueclick.agent.trace import TraceError, TraceWriter, read_trace, rewriting
from trueclick.agent.trace.files import lock_lines
from trueclick.agent.trace.rewriting import NewPicture, rewrite

from .test_round_trip import written
from .told import picture, small_run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "run", small_run(tmp_path / "run"))


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(5, "Input/output error")])
def test_what_comes_when_the_new_lines_are_in_place_leaves_them_their_pictures(
    folder: Path, error: type[BaseException] | BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path) -> None:
        del path
        raise error

    trace = read_trace(folder)
    event = next(
        index
        for index, each in enumerate(trace.events)
        if isinstance(each, Acted) and each.outcome.picture is not None
    )
    new = picture(99)
    monkeypatch.setattr(rewriting, "sync_folder", fail)
    try:
        rewrite(trace, {event: NewPicture(new)})
    except KeyboardInterrupt:
        assert error is KeyboardInterrupt
    told = read_trace(folder).events[event]
    assert isinstance(told, Acted)
    assert told.outcome.picture is not None
    assert told.outcome.picture.data == new.data


def test_lines_that_were_replaced_before_they_were_locked_are_not_written(folder: Path) -> None:
    lines = folder / "trace.jsonl"
    file = os.open(lines, os.O_WRONLY)
    try:
        lines.with_name("new").write_bytes(lines.read_bytes())
        lines.with_name("new").replace(lines)
        with pytest.raises(TraceError, match="has changed"):
            lock_lines(file, lines)
    finally:
        os.close(file)
    with TraceWriter(folder, after=read_trace(folder)):
        pass
