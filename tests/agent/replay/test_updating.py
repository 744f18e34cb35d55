"""Pictures of a trace that are replaced: all of them or none."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from trueclick.agent import StopSwitch
from trueclick.agent.replay import replay
from trueclick.agent.replay.player import Player
from trueclick.agent.replay.scene import Accepted
from trueclick.agent.replay.stage import Setting
from trueclick.agent.replay.updating import doubts, update
from trueclick.agent.trace import Trace, TraceError, TraceWriter, read_trace, story_of
from trueclick.agent.trace.rewriting import NewPicture, rewrite
from trueclick.capture import EncodedImage, Screenshot, encode
from trueclick.geometry import Box, Model, UsageError

from .recording import SIZE, note


def picture(shade: int = 7) -> EncodedImage:
    return encode(Screenshot(np.full((SIZE.height, SIZE.width, 4), shade, np.uint8)))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def look_events(trace: Trace) -> list[int]:
    return [step.after.event for step in story_of(trace).steps if step.after and not step.acts]


def test_a_picture_takes_the_place_of_another(trace: Trace) -> None:
    first, *_ = look_events(trace)
    messages = trace.messages
    rewrite(trace, {first: NewPicture(picture(), (Box(1, 2, 3, 4),))})
    again = read_trace(trace.folder)
    looks = [step.after for step in story_of(again).steps if step.after]
    assert again.image(looks[0].image) == picture().data
    assert looks[0].hidden == (Box(1, 2, 3, 4),)
    assert again.messages == messages  # as they were sent
    assert again.times == trace.times
    assert len(again.events) == len(trace.events)


def test_a_picture_that_nobody_names_any_more_is_removed(trace: Trace) -> None:
    glimpse = next(
        step.before
        for step in story_of(trace).steps
        if step.before and step.before != step.last_seen
    )
    rewrite(trace, {glimpse.event: NewPicture(picture())})
    assert not (trace.folder / "images" / glimpse.image).exists()
    assert read_trace(trace.folder).times == trace.times


def test_a_trace_that_another_run_writes_is_left_alone(trace: Trace) -> None:
    before = contents(trace.folder)
    with TraceWriter(trace.folder, after=trace), pytest.raises(TraceError, match="another run"):
        rewrite(trace, {look_events(trace)[0]: NewPicture(picture())})
    assert contents(trace.folder) == before


def test_a_trace_that_has_changed_since_it_was_read_is_left_alone(trace: Trace) -> None:
    with (trace.folder / "trace.jsonl").open("ab") as lines:
        lines.write(b"{}\n")
    before = contents(trace.folder)
    with pytest.raises(TraceError, match="has changed"):
        rewrite(trace, {look_events(trace)[0]: NewPicture(picture())})
    assert contents(trace.folder) == before


def test_an_event_without_a_picture_takes_none(trace: Trace) -> None:
    before = contents(trace.folder)
    with pytest.raises(UsageError, match="holds no picture"):
        rewrite(trace, {0: NewPicture(picture())})
    assert contents(trace.folder) == before


@pytest.mark.parametrize("room", [0, 100, 5000])
def test_on_a_full_disk_the_trace_is_as_it_was(trace: Trace, room: int) -> None:
    before = contents(trace.folder)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        with pytest.raises(TraceError, match="it is as it was"):
            rewrite(trace, {event: NewPicture(picture()) for event in look_events(trace)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert contents(trace.folder) == before


def test_a_folder_that_cannot_be_written_is_left_alone(trace: Trace) -> None:
    images = trace.folder / "images"
    elsewhere = images.rename(trace.folder / "pictures")
    images.symlink_to(elsewhere)
    before = contents(elsewhere)
    with pytest.raises(TraceError, match="it is as it was"):
        rewrite(trace, {look_events(trace)[0]: NewPicture(picture())})
    assert contents(elsewhere) == before


KILLED = """
import os, sys
from pathlib import Path
from trueclick.agent.trace import read_trace
from trueclick.agent.trace import rewriting
from trueclick.agent.trace.rewriting import NewPicture, rewrite
from trueclick.capture import EncodedImage
from trueclick.geometry import Size

left = int(sys.argv[2])
trace = read_trace(Path(sys.argv[1]))

def audited(event, arguments):
    global left
    if event in ("open", "os.rename", "os.remove", "os.mkdir"):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), 9)

events = [int(word) for word in sys.argv[3:]]
data = Path(trace.folder / "../picture.png").read_bytes()
sys.addaudithook(audited)
rewrite(trace, {event: NewPicture(EncodedImage(data, "png", Size(640, 480))) for event in events})
"""


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_the_old_trace_or_the_new_one(trace: Trace) -> None:
    (trace.folder.parent / "picture.png").write_bytes(picture().data)
    events = list(map(str, look_events(trace)))
    old = trace.folder.rename(trace.folder.with_name("old"))
    outcomes = set()
    for moment in range(1, 40):
        copy = shutil.copytree(old, old.with_name(f"copy-{moment}"))
        words = [sys.executable, "-c", KILLED, str(copy), str(moment), *events]
        ended = subprocess.run(words, check=False, timeout=60)
        again = read_trace(copy)
        assert again.times == trace.times
        looks = [step.after for step in story_of(again).steps if step.after and not step.acts]
        assert {again.image(look.image) == picture().data for look in looks} in ({True}, {False})
        outcomes.add((ended.returncode, again.image(looks[0].image) == picture().data))
        if ended.returncode == 0:
            break
    assert outcomes == {(-signal.SIGKILL, False), (-signal.SIGKILL, True), (0, True)}


def accepted(trace: Trace, command: list[str]) -> list[str]:
    """The statuses of a replay that takes what it sees for right, and updates the trace."""
    player = Player(story_of(trace), Setting(tuple(command), stop=StopSwitch()), accept=True)
    with player:
        results = list(player.results())
    update(trace, player.accepted)
    return [result.status for result in results]


@pytest.mark.slow
def test_an_updated_trace_replays_on_the_new_application(trace: Trace, tmp_path: Path) -> None:
    renamed = note(tmp_path / "again.txt", "--button-text", "Keep")
    assert accepted(trace, renamed).count("accepted") == 3
    again = read_trace(trace.folder)
    assert replay(again, command=renamed).same
    assert not replay(again, command=note(tmp_path / "third.txt"), timeout_s=0.5).same
    assert accepted(again, renamed).count("accepted") == 0
    assert not list(trace.folder.rglob("*.part"))


def test_the_trace_is_kept_as_it_was_before(trace: Trace) -> None:
    lines = (trace.folder / "trace.jsonl").read_bytes()
    pictures = {each.name: each.read_bytes() for each in (trace.folder / "images").iterdir()}
    new = [Accepted(event, picture(), (), ()) for event in look_events(trace)]
    kept = update(trace, new)
    assert kept is not None
    assert kept.parent == trace.folder.parent
    assert kept.name.startswith(f"{trace.folder.name}.before-")
    assert (kept / "trace.jsonl").read_bytes() == lines
    assert {each.name: each.read_bytes() for each in (kept / "images").iterdir()} == pictures
    read_trace(kept)
    assert (trace.folder / "trace.jsonl").read_bytes() != lines


def test_an_update_that_cannot_be_written_leaves_no_copy(trace: Trace) -> None:
    with pytest.raises(UsageError, match="holds no picture"):
        update(trace, [Accepted(0, picture(), (), ())])
    assert [each.name for each in trace.folder.parent.iterdir()] == [trace.folder.name]


def test_what_is_pointed_at_and_the_end_are_doubted_where_they_look_different(
    trace: Trace,
) -> None:
    story = story_of(trace)
    aiming = next(step for step in story.steps if step.places)
    look = aiming.before or aiming.last_seen
    assert look is not None
    at = aiming.places[0]
    far = Box[Model](0, 0, 1, 1) if min(at.x, at.y) > 100 else Box[Model](600, 400, 601, 401)
    near = Box[Model](at.x, at.y + 10, at.x + 1, at.y + 11)
    assert aiming.number in doubts(story, [Accepted(look.event, picture(), (), (near,))]).aims
    assert doubts(story, [Accepted(look.event, picture(), (), (far,))]).aims == ()
    last = next(step.after for step in reversed(story.steps) if step.after)
    assert doubts(story, [Accepted(last.event, picture(), (), (far,))]).end
    assert not doubts(story, []).end


def test_nothing_to_accept_writes_nothing(trace: Trace) -> None:
    before = os.stat(trace.folder / "trace.jsonl")  # noqa: PTH116 - as a whole
    update(trace, [])
    after = os.stat(trace.folder / "trace.jsonl")  # noqa: PTH116
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
