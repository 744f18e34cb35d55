"""Recorded runs that are done again, on real displays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from trueclick.agent import StopRequested, StopSwitch
from trueclick.agent.replay import replay
from trueclick.agent.testing import calls, says
from trueclick.agent.trace import Trace, TraceError, read_trace
from trueclick.capture import Format
from trueclick.geometry import Box, Image, Model, Size

from .recording import BUTTON, FIELD, LOOK, note, record, recorded_once


@pytest.fixture
def trace(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    return read_trace(recorded_once(tmp_path_factory.getbasetemp()))


def copied(trace: Trace, folder: Path) -> Trace:
    return read_trace(shutil.copytree(trace.folder, folder / "copy"))


def test_a_run_is_done_again_as_it_was_recorded(trace: Trace, tmp_path: Path) -> None:
    result = replay(trace, command=note(tmp_path / "note.txt"))
    assert [done.status for done in result.steps] == [
        *("same", "done", "done", "same", "done", "done", "same")
    ]
    assert result.same
    assert (tmp_path / "note.txt").read_text() == "Ada"


def test_a_button_that_moved_is_found_before_it_is_missed(trace: Trace, tmp_path: Path) -> None:
    moved = note(tmp_path / "note.txt", "--button-x", "300")
    result = replay(trace, command=moved, timeout_s=1)
    (differs,) = result.mismatches
    assert differs.step.number == 1
    assert result.left == 6
    assert differs.mismatch is not None
    assert differs.mismatch.kind == "screen"
    # Where it was, and where it is.
    for middle in (180, 440):
        button = Box[Model](middle - 70, 210, middle + 70, 250)
        assert any(box.contains(button) for box in differs.mismatch.boxes)
    assert not any(box.y0 < 150 or box.y1 > 290 for box in differs.mismatch.boxes)
    assert not (tmp_path / "note.txt").exists()


@pytest.mark.slow
def test_told_to_go_on_it_does_every_step_all_the_same(trace: Trace, tmp_path: Path) -> None:
    renamed = note(tmp_path / "note.txt", "--button-text", "Keep")
    result = replay(trace, command=renamed, timeout_s=0.5, keep_going=True)
    assert result.left == 0
    assert [done.step.number for done in result.mismatches] == [1, 4, 7]
    assert (tmp_path / "note.txt").read_text() == "Ada"


@pytest.mark.slow
def test_what_is_masked_may_look_different(trace: Trace, tmp_path: Path) -> None:
    renamed = note(tmp_path / "note.txt", "--button-text", "Keep")
    mask = Box[Image](90, 170, 290, 270)
    assert replay(trace, command=renamed, masks=[mask]).same


@pytest.mark.slow
def test_an_application_that_ends_is_told_with_its_last_words(trace: Trace, tmp_path: Path) -> None:
    result = replay(trace, command=note(tmp_path / "note.txt", "--dies"), timeout_s=2)
    (differs,) = result.mismatches
    assert differs.step.number in {5, 6, 7}
    assert differs.mismatch is not None
    assert differs.mismatch.kind == "application"
    first, *rest = differs.mismatch.text.splitlines()
    assert first == "the application has ended with status 7"
    assert rest[-1] == "no more paper"


@pytest.mark.slow
def test_a_slower_application_is_waited_for(trace: Trace, tmp_path: Path) -> None:
    slower = note(tmp_path / "note.txt", "--slow-ms", "1500")
    assert replay(trace, command=slower).same


@pytest.mark.slow
def test_what_comes_too_late_is_a_difference(trace: Trace, tmp_path: Path) -> None:
    slower = note(tmp_path / "note.txt", "--slow-ms", "60000")
    result = replay(trace, command=slower, timeout_s=0.5)
    assert [done.step.number for done in result.mismatches] == [7]


@pytest.mark.slow
def test_a_dialog_that_opens_after_the_last_picture_has_matched_is_found(
    trace: Trace, tmp_path: Path
) -> None:
    result = replay(trace, command=note(tmp_path / "a.txt", "--dialog-ms", "150"), timeout_s=1)
    assert [done.step.number for done in result.mismatches] == [7]


@pytest.mark.slow
def test_what_never_comes_to_rest_and_did_when_it_was_recorded_is_a_difference(
    trace: Trace, tmp_path: Path
) -> None:
    # In a first picture nothing tells what went on before it.
    result = replay(trace, command=note(tmp_path / "a.txt", "--clock"), keep_going=True)
    assert 7 in [done.step.number for done in result.mismatches]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["jpeg", "palette"])
def test_pictures_that_lost_something_are_compared_as_they_were_packed(
    tmp_path: Path, form: Format
) -> None:
    trace = record(tmp_path / "trace", tmp_path / "note.txt", form=form)
    result = replay(trace, command=note(tmp_path / "again.txt"))
    assert result.same, result.mismatches
    other = note(tmp_path / "again.txt", "--button-text", "Sawe")
    assert not replay(trace, command=other, timeout_s=0.5).same


@pytest.mark.slow
def test_a_clock_is_neither_waited_for_nor_compared(tmp_path: Path) -> None:
    trace = record(tmp_path / "trace", tmp_path / "note.txt", options=["--clock"])
    result = replay(trace, command=note(tmp_path / "again.txt", "--clock"))
    assert result.mismatches == ()
    assert (tmp_path / "again.txt").read_text() == "Ada"


@pytest.mark.slow
@pytest.mark.parametrize("size", [Size(800, 600), Size(1024, 768), Size(1600, 1000)], ids=str)
def test_on_another_display_the_same_places_are_acted_on(
    trace: Trace, tmp_path: Path, size: Size[Image]
) -> None:
    result = replay(trace, command=note(tmp_path / "note.txt"), size=size)
    assert result.same, result.mismatches
    assert (tmp_path / "note.txt").read_text() == "Ada"


@pytest.mark.slow
def test_a_zoom_and_a_press_that_is_held_are_done_again(tmp_path: Path) -> None:
    press = [("left_mouse_down", {}), ("left_mouse_up", {})]
    script = [
        calls(LOOK),
        calls(("zoom", {"region": [90, 80, 290, 280]})),
        calls(("left_click", FIELD), ("key", {"text": "A"}), ("cursor_position", {})),
        calls(("mouse_move", BUTTON), *press),
        says("Saved."),
    ]
    trace = record(tmp_path / "trace", tmp_path / "note.txt", script)
    assert replay(trace, command=note(tmp_path / "again.txt")).same
    assert (tmp_path / "again.txt").read_text() == "A"
    result = replay(
        trace,
        command=note(tmp_path / "third.txt", "--button-text", "Keep"),
        timeout_s=0.5,
        keep_going=True,
    )
    assert [done.step.member for done in result.mismatches][:2] == ["screenshot", "zoom"]


@pytest.mark.slow
def test_what_was_refused_when_it_was_recorded_is_passed_over(tmp_path: Path) -> None:
    script = [
        calls(LOOK),
        calls(("left_click", {"coordinate": [9000, 10]})),
        calls(("left_click", FIELD)),
        says("Clicked."),
    ]
    trace = record(tmp_path / "trace", tmp_path / "note.txt", script)
    result = replay(trace, command=note(tmp_path / "again.txt"))
    assert result.same
    assert [done.status for done in result.steps] == ["same", "skipped", "done", "same"]


def test_a_replay_that_is_stopped_does_nothing_more(trace: Trace, tmp_path: Path) -> None:
    stop = StopSwitch()
    stop.request("enough")
    with pytest.raises(StopRequested, match="enough"):
        replay(trace, command=note(tmp_path / "note.txt"), stop=stop)
    assert not (tmp_path / "note.txt").exists()


def test_a_picture_that_is_none_is_told_as_damage(trace: Trace, tmp_path: Path) -> None:
    broken = copied(trace, tmp_path)
    for image in (broken.folder / "images").iterdir():
        image.write_bytes(b"not a picture")
    with pytest.raises(TraceError, match="damaged"):
        replay(broken)
