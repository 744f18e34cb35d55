"""Recordings: found by place and words, the same everywhere, and refused if they are none."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueclick.agent.events import Ended, Faulted, RunResult, Started
from trueclick.agent.qa.distilling import distilled
from trueclick.agent.qa.kept import RecordingError
from trueclick.agent.qa.recordings import Place, Recordings, folder_name, slug
from trueclick.agent.trace import Trace, TraceWriter, read_trace, story_of
from trueclick.agent.usage import Usage
from trueclick.geometry import Box, Size, UsageError

from ..trace.told import STARTED, small_run
from .agents import files

TASK = STARTED.task

DONE = RunResult("done", "Pressed.", 3, 5, Usage(1, 2, 3, 4), None, 12.25)


def run(folder: Path, **changed: Any) -> Trace:
    """The trace of a run that was done, with every kind of event."""
    events = [event for event in small_run(folder) if not isinstance(event, Ended)]
    with TraceWriter(folder) as writer:
        for event in events:
            writer(replace(event, **changed) if isinstance(event, Started) else event)
        writer(Ended(DONE))
    return read_trace(folder)


def place(folder: Path, number: int = 1, task: str = TASK) -> Place:
    return Recordings(folder, "test_it").place(number, task)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "trace.jsonl").read_text().splitlines()]


def test_a_run_is_kept_and_found_again(tmp_path: Path) -> None:
    trace = run(tmp_path / "run")
    here = place(tmp_path)
    assert here.read(tmp_path / "none") is None
    assert here.keep(trace) == tmp_path / "test_it" / "01-press-save"
    found = here.read(tmp_path / "copy")
    assert found is not None
    assert (found.task, found.text, found.screenshot) == (TASK, "Pressed.", Size(1280, 800))
    steps = [(step.member, step.values, step.error) for step in story_of(trace).steps]
    assert [(step.member, step.values, step.error) for step in found.story.steps] == steps
    assert found.story.trace.messages == trace.messages


def test_a_recording_holds_nothing_of_the_machine_and_the_day(tmp_path: Path) -> None:
    home = str(Path.home())
    first = run(tmp_path / "run", display=":99", setup={"app": [f"{home}/bin/app"]})
    place(tmp_path / "one").keep(first)
    second = run(tmp_path / "later", display=":100", setup={"app": ["/elsewhere/app"]})
    place(tmp_path / "two").keep(second)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    told = lines(tmp_path / "one" / "test_it" / "01-press-save")
    assert {line.get("event") for line in told}.isdisjoint({"decided", "retried", "thought"})
    assert told[1]["display"] == ""
    assert told[1]["setup"] == {}
    assert all(line["request_id"] is None for line in told if line.get("event") == "answered")
    assert all(float(line.get("seconds", 0)).is_integer() for line in told)
    times = [line["t"] for line in told[1:]]
    assert times == sorted(times)
    assert all(time.is_integer() for time in times)
    words = [line["text"] for line in told if line.get("event") == "faulted"]
    assert words == ["the application ended"] * len(words)


def test_the_words_of_an_application_that_ended_are_left_out(tmp_path: Path) -> None:
    events = [event for event in small_run(tmp_path) if not isinstance(event, Ended)]
    with TraceWriter(tmp_path / "run") as writer:
        for event in events:
            writer(event)
        writer(Faulted("application", "the application has ended: /home/ada/app.py failed"))
        writer(Faulted("api", "529"))
        writer(Ended(DONE))
    content = distilled(read_trace(tmp_path / "run"))
    assert b"/home/ada" not in content
    words = [json.loads(line) for line in content.splitlines() if b'"event":"faulted"' in line]
    assert {line["source"] for line in words} == {"application"}
    assert {line["text"] for line in words} == {"the application ended"}


def test_what_is_told_after_the_end_comes_before_it_and_what_is_hidden_is_told_once(
    tmp_path: Path,
) -> None:
    trace = run(tmp_path / "run")
    with TraceWriter(tmp_path / "run", after=trace) as writer:
        writer(trace.events[next(i for i, r in enumerate(trace.events.records) if _is_look(r))])
    hidden = (Box[Any](1, 2, 30, 40), Box[Any](9, 9, 12, 12))
    place(tmp_path).keep(read_trace(tmp_path / "run"), hidden)
    told = lines(tmp_path / "test_it" / "01-press-save")
    assert [line["event"] for line in told[-2:]] == ["acted", "ended"]
    found = place(tmp_path).read(tmp_path / "copy")
    assert found is not None
    assert set(hidden) <= set(found.story.trace.hidden)
    seen = [line["outcome"]["seen"] for line in told if line.get("event") == "acted"]
    assert sum([1, 2, 30, 40] in each["hidden"] for each in seen if each) == 1


def _is_look(record: Any) -> bool:
    return getattr(record, "member", "") == "screenshot" and record.event == "acted"


def test_a_task_of_other_words_takes_the_place(tmp_path: Path) -> None:
    place(tmp_path).keep(run(tmp_path / "run"))
    place(tmp_path, 2).keep(run(tmp_path / "second"))
    other = place(tmp_path, 1, "Press Cancel")
    assert [path.name for path in other.others] == ["01-press-save"]
    assert other.read(tmp_path / "copy") is None
    other.keep(run(tmp_path / "third", task="Press Cancel"))
    names = sorted(path.name for path in (tmp_path / "test_it").iterdir())
    assert names == ["01-press-cancel", "02-press-save"]


def cut(folder: Path) -> None:
    path = folder / "trace.jsonl"
    os.truncate(path, path.stat().st_size - 30)


def conflict(folder: Path) -> None:
    path = folder / "trace.jsonl"
    path.write_bytes(b"<<<<<<< HEAD\n" + path.read_bytes())


def without_pictures(folder: Path) -> None:
    for path in (folder / "images").iterdir():
        path.unlink()


def swapped_pictures(folder: Path) -> None:
    for path in (folder / "images").iterdir():
        path.write_bytes(b"other")


def rewritten(pattern: str, by: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "trace.jsonl"
        text = path.read_text()
        assert re.search(pattern, text)
        path.write_text(re.sub(pattern, by, text))

    return change


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (cut, "it is cut off"),
        (conflict, "line 1 of the trace is damaged"),
        (without_pictures, "cannot be replayed"),
        (swapped_pictures, "cannot be replayed"),
        (rewritten(r'"[0-9a-f]{64}\.png"', '"../../../etc/passwd"'), "cannot be replayed"),
        (rewritten(r'"status":"done"', '"status":"failed"'), "it is cut off"),
        (rewritten(r'"format":2', '"format":3'), "update trueclick"),
        (rewritten(r'"screenshot":\[1280,800\]', '"screenshot":[0,800]'), "cannot be replayed"),
        (rewritten(r'"t":0.0', '"t":NaN'), "damaged"),
        (rewritten(r'"hidden":\[\[9,9,12,12\]', '"hidden":[[9,9,9999,12]'), "it hides what is not"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_damaged_recording_is_told_and_left_alone(
    tmp_path: Path, damage: Callable[[Path], None], told: str
) -> None:
    here = place(tmp_path)
    here.keep(run(tmp_path / "run"))
    damage(here.folder)
    before = files(here.folder)
    with pytest.raises(RecordingError, match=told) as raised:
        here.read(tmp_path / "copy")
    assert "delete it, or record it anew with update=True" in str(raised.value)
    assert files(here.folder) == before


def test_a_recording_of_several_screens_is_refused(tmp_path: Path) -> None:
    here = place(tmp_path)
    here.keep(run(tmp_path / "run"))
    path = here.folder / "trace.jsonl"
    header, started, *rest = path.read_text().splitlines(keepends=True)
    path.write_text("".join([header, started, started, *rest]))
    with pytest.raises(RecordingError, match="it is of several screens"):
        here.read(tmp_path / "copy")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Log in as Ada", "log-in-as-ada"),
        ("  Öffne   «Größe»!  ", "offne-groe"),
        ("../../etc/passwd", "etc-passwd"),
        ("a" * 100, "a" * 40),
        ("x" * 39 + " y", "x" * 39),
    ],
)
def test_a_folder_is_named_for_the_task(text: str, expected: str) -> None:
    assert slug(text) == expected


@given(st.text(min_size=1))
def test_every_task_and_test_has_a_plain_name(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", slug(text))
    name = folder_name(text)
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", name)


@given(st.text(min_size=1), st.text(min_size=1))
def test_tests_of_different_names_have_different_folders(one: str, other: str) -> None:
    assert (folder_name(one) == folder_name(other)) == (one == other)


@pytest.mark.parametrize("name", ["test_login", "test_login-1.5"])
def test_a_plain_name_of_a_test_stays(name: str) -> None:
    assert folder_name(name) == name


def test_a_test_needs_a_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the name of a test is empty"):
        Recordings(tmp_path, " ")
