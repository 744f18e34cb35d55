"""Replays of runs that were not told in one go, hold secrets, or come from elsewhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trueclick.agent import Secrets, application, open_desktop, run
from trueclick.agent.events import Faulted
from trueclick.agent.replay import replay
from trueclick.agent.replay.player import first_that_may_end, last_looks
from trueclick.agent.testing import StrictApi, calls, says
from trueclick.agent.trace import Trace, TraceError, TraceWriter, read_trace, story_of
from trueclick.capture import Screenshot, VirtualDisplay, encode, read_image
from trueclick.geometry import Box, UsageError

from .recording import BUTTON, FIELD, LOOK, MODEL, SIZE, note, record, recorded_once

SAMPLES = Path(__file__).parents[1] / "trace" / "samples"


@pytest.fixture
def trace(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    return read_trace(recorded_once(tmp_path_factory.getbasetemp()))


def rewritten(
    trace: Trace, folder: Path, change: Callable[[dict[str, Any]], dict[str, Any] | None]
) -> Trace:
    """A copy of a trace in which each line is changed, or left out."""
    (folder / "images").mkdir(parents=True)
    for image in (trace.folder / "images").iterdir():
        (folder / "images" / image.name).write_bytes(image.read_bytes())
    header, *lines = (trace.folder / "trace.jsonl").read_text().splitlines()
    kept = [line for line in (change(json.loads(line)) for line in lines) if line is not None]
    (folder / "trace.jsonl").write_text("\n".join([header, *map(json.dumps, kept)]) + "\n")
    return read_trace(folder)


def without_end(trace: Trace, folder: Path) -> Trace:
    """A trace of which nothing is known after its last click."""
    left = iter(story_of(trace).steps)
    last = max(step.event for step in left if step.member == "left_click")
    count = 0

    def kept(line: dict[str, Any]) -> dict[str, Any] | None:
        nonlocal count
        count += 1
        return line if count <= last + 1 else None

    return rewritten(trace, folder, kept)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--slow-ms", "150"], None),
        (["--exit-status", "0"], None),
        (["--exit-status", "3"], "the application has ended with status 3"),
    ],
)
def test_what_the_last_action_sets_off_is_waited_for(
    trace: Trace, tmp_path: Path, options: list[str], said: str | None
) -> None:
    cut = without_end(trace, tmp_path / "cut")
    result = replay(cut, command=note(tmp_path / "again.txt", *options))
    assert (tmp_path / "again.txt").read_text() == "Ada"
    told = [each.mismatch.text for each in result.mismatches if each.mismatch]
    assert told == ([] if said is None else [said])
    assert result.unproved == (2, 3, 5)[-1:]


def test_an_application_that_ended_when_recorded_may_not_end_earlier(
    trace: Trace, tmp_path: Path
) -> None:
    cut = without_end(trace, tmp_path / "cut")
    with TraceWriter(cut.folder, after=cut) as writer:
        writer(Faulted("application", "it has ended"))
    ended = story_of(read_trace(cut.folder))
    first, *_, last = ended.steps
    assert first.number < first_that_may_end(ended) <= last.number
    assert first_that_may_end(story_of(trace)) == inf


@pytest.mark.slow
def test_a_run_that_went_on_later_is_replayed_on_new_screens(tmp_path: Path) -> None:
    first = record(
        tmp_path / "trace",
        tmp_path / "first.txt",
        [calls(LOOK), calls(("left_click", FIELD), ("type", {"text": "Ada"})), says("Typed.")],
    )
    api = StrictApi(
        [calls(LOOK), calls(("left_click", BUTTON), ("wait", {"duration": 1})), says("Saved.")]
    )
    with (
        VirtualDisplay(SIZE) as display,
        application(note(tmp_path / "second.txt"), display.name),
        open_desktop(display.name, model=MODEL) as desktop,
    ):
        run("Save.", desktop, client=api.client(), model=MODEL, trace=first.folder, resume=first)
    trace = read_trace(first.folder)
    assert len(story_of(trace).parts) == 2
    looks = [step.number for step in story_of(trace).steps if step.member == "screenshot"]
    assert last_looks(story_of(trace)) == {looks[1], looks[-1]}
    result = replay(trace, command=note(tmp_path / "again.txt"))
    assert result.same, result.mismatches
    # The second part began with an empty field.
    assert (tmp_path / "again.txt").read_text() == ""


@pytest.mark.slow
def test_a_secret_is_typed_anew_and_seen_by_nobody(tmp_path: Path) -> None:
    script = [
        calls(LOOK),
        calls(("left_click", FIELD), ("type", {"text": "{{PIN}}"})),
        calls(("left_click", BUTTON), ("wait", {"duration": 1})),
        says("Saved."),
    ]
    first, other = Secrets({"PIN": "xylophone"}), Secrets({"PIN": "WWWWWWWWWW"})
    trace = record(
        tmp_path / "trace", tmp_path / "note.txt", script, secrets=first, mask_secrets=True
    )
    seen = []

    def look(result: Any) -> None:
        if result.mismatch is not None:
            seen.append(result.mismatch.seen)

    command = note(tmp_path / "again.txt", "--button-text", "Keep")
    result = replay(
        trace,
        command=command,
        timeout_s=0.5,
        keep_going=True,
        secrets=other,
        mask_secrets=True,
        on_step=look,
    )
    assert (tmp_path / "again.txt").read_text() == "WWWWWWWWWW"
    assert result.mismatches
    story = story_of(trace)
    hidden = next(step.after.hidden for step in story.steps if step.number == 4 and step.after)
    assert hidden
    for picture in seen[1:]:  # typed by then
        for box in hidden[:1]:
            part = picture.pixels[box.y0 : box.y1, box.x0 : box.x1, :3]
            assert len(np.unique(part)) == 1
    again = replay(trace, command=note(tmp_path / "third.txt"), secrets=first, mask_secrets=True)
    assert again.same, again.mismatches


@pytest.mark.slow
def test_a_trace_without_glimpses_windows_and_sizes_is_replayed(
    trace: Trace, tmp_path: Path
) -> None:
    def older(line: dict[str, Any]) -> dict[str, Any] | None:
        if line["event"] == "glimpsed":
            return None
        if line["event"] == "started":
            line["captured"] = None
        seen = line.get("outcome", {}).get("seen")
        if seen:
            seen["windows"] = None
        return line

    old = rewritten(trace, tmp_path / "old", older)
    result = replay(old, command=note(tmp_path / "again.txt"))
    assert result.same, result.mismatches
    assert (tmp_path / "again.txt").read_text() == "Ada"


@pytest.mark.parametrize("folder", sorted(SAMPLES.iterdir()), ids=lambda folder: folder.name)
def test_a_picture_of_another_display_is_told_as_damage(folder: Path) -> None:
    # What it shows is no picture of its display.
    with pytest.raises(TraceError, match=r"tells of screenshots of .* and holds one of 40x30"):
        replay(read_trace(folder), timeout_s=0.2)


def test_a_display_that_no_memory_holds_is_refused(trace: Trace, tmp_path: Path) -> None:
    def huge(line: dict[str, Any]) -> dict[str, Any]:
        if line["event"] == "started":
            line.update(screen=[0, 0, 30_000, 30_000], captured=[30_000, 30_000])
        return line

    with pytest.raises(UsageError, match="30000x30000 is larger than any that is replayed on"):
        replay(rewritten(trace, tmp_path / "huge", huge))


def test_a_picture_of_another_size_is_told_as_damage(trace: Trace, tmp_path: Path) -> None:
    small = encode(Screenshot(np.zeros((20, 30, 4), np.uint8))).data
    copy = rewritten(trace, tmp_path / "copy", lambda line: line)
    first = story_of(copy).steps[0].after
    assert first is not None
    name = f"{hashlib.sha256(small).hexdigest()}.png"
    (copy.folder / "images" / name).write_bytes(small)
    lines = (copy.folder / "trace.jsonl").read_text().replace(first.image, name)
    (copy.folder / "trace.jsonl").write_text(lines)
    with pytest.raises(TraceError, match="is of 30x20, not of 640x480"):
        replay(read_trace(copy.folder))


def test_seconds_that_nobody_waited_are_not_waited_for(trace: Trace, tmp_path: Path) -> None:
    # Not longer than two minutes, that is; here the screen is right at once.
    def slow(line: dict[str, Any]) -> dict[str, Any]:
        if line["event"] == "acted":
            line["seconds"] = 1e300
        return line

    patient = rewritten(trace, tmp_path / "slow", slow)
    assert replay(patient, command=note(tmp_path / "again.txt")).same


def test_the_pictures_of_a_trace_are_those_of_the_screen(trace: Trace) -> None:
    look = story_of(trace).steps[0].after
    assert look is not None
    picture = read_image(trace.image(look.image))
    assert picture.size.box == Box(0, 0, SIZE.width, SIZE.height)
