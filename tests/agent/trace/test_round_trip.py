"""What is read from a trace is what was told."""

from __future__ import annotations

import json
import tempfile
from dataclasses import fields, replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from trueclick.agent.events import Added, Event, RunResult, Shortened
from trueclick.agent.outcome import Outcome, Seen
from trueclick.agent.trace import TraceWriter, read_trace, records
from trueclick.agent.trace.layout import FORMAT
from trueclick.agent.usage import Usage
from trueclick.capture import Changes, EncodedImage
from trueclick.geometry import UsageError

from .told import (
    STARTED,
    TASK,
    answered,
    assistant,
    call,
    ended,
    events,
    image_block,
    picture,
    result,
    shown,
    small_run,
    starts,
    text,
    user,
)

LINES = get_args(records.Line)[0]


def written(folder: Path, told: list[Event]) -> Path:
    with TraceWriter(folder) as writer:
        for event in told:
            writer(event)
    return folder


@given(data=st.data())
@settings(deadline=None)
def test_every_event_comes_back_as_it_was_told(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent, "run")
        told: list[Event] = [data.draw(starts()), *data.draw(st.lists(events(folder), max_size=6))]
        assert list(read_trace(written(folder, told)).events) == told


def test_the_events_that_are_tried_are_all_there_are() -> None:
    assert {type(event) for event in small_run(None)} == set(get_args(Event))


RECORDS: list[tuple[type, type[BaseModel], set[str]]] = [
    *(
        (kind, line, set[str]())
        for kind, line in zip(get_args(Event), get_args(LINES), strict=True)
    ),
    (Usage, records.UsageRecord, set()),
    (Outcome, records.OutcomeRecord, set()),
    (Seen, records.SeenRecord, set()),
    (Changes, records.ChangesRecord, set()),
    (EncodedImage, records.PictureRecord, {"data"}),
    (RunResult, records.ResultRecord, {"trace"}),
]
"""Where each value is kept, and what of it is kept otherwise: a file, and where the trace is."""


@pytest.mark.parametrize(("value", "record", "otherwise"), RECORDS)
def test_a_line_holds_every_field(
    value: type, record: type[BaseModel], otherwise: set[str]
) -> None:
    kept = set(record.model_fields) - {"event", "t", "image"}
    assert kept == {field.name for field in fields(value)} - otherwise


def test_a_run_is_read_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    told = small_run(folder)
    trace = read_trace(written(folder, told))
    assert list(trace.events) == told
    assert trace.settings == STARTED
    assert trace.messages == tuple(e.message for e in told if isinstance(e, Added))
    assert (trace.turns, trace.actions) == (3, 4)
    assert trace.usage == Usage(3000, 12000, 600, 300)
    assert str(trace.usd) == "0.0369"
    assert trace.result is not None
    assert trace.result.trace == folder
    assert trace.complete
    assert not trace.cut
    assert trace.times == tuple(sorted(trace.times))
    assert 0 <= trace.seconds <= trace.times[-1]


def test_a_price_that_is_unknown_once_is_unknown_altogether(tmp_path: Path) -> None:
    told: list[Event] = [STARTED, answered(1), replace(answered(2), usd=None)]
    assert read_trace(written(tmp_path / "run", told)).usd is None


def test_a_picture_is_stored_once_however_often_it_is_told_of(tmp_path: Path) -> None:
    one, other = picture(1), picture(2)
    again = image_block(picture(1))
    told: list[Event] = [
        STARTED,
        Added(TASK),
        shown("t1", one),
        user(result("t1", image_block(one))),
        shown("t2", other),
        user(result("t2", image_block(other), again), again),
        Shortened("pruned", 1, ({"role": "user", "content": [again]},)),
    ]
    folder = written(tmp_path / "run", told)
    stored = {file.read_bytes() for file in (folder / "images").iterdir()}
    assert stored == {one.data, other.data}
    assert len(list((folder / "images").iterdir())) == 2
    assert one.base64 not in (folder / "trace.jsonl").read_text()
    assert list(read_trace(folder).events) == told


def test_what_only_looks_like_a_picture_stays_what_it_is(tmp_path: Path) -> None:
    lure = {"type": "image", "source": {"type": "base64", "data": {"image": "../../etc/passwd"}}}
    told: list[Event] = [STARTED, Added(TASK), assistant(call("t1", "type", text=lure))]
    assert list(read_trace(written(tmp_path / "run", told)).events) == told


def test_a_summary_stands_for_all_that_came_before(tmp_path: Path) -> None:
    summary = {"role": "assistant", "content": [{"type": "compaction", "content": "..."}]}
    told: list[Event] = [
        STARTED,
        Added(TASK),
        assistant(text("one")),
        Shortened("cleared", 3),
        Shortened("compacted", 1, (summary,)),
        user(text("two")),
    ]
    trace = read_trace(written(tmp_path / "run", told))
    assert trace.messages == (summary, {"role": "user", "content": [text("two")]})


def test_a_character_that_is_but_half_of_one_is_replaced(tmp_path: Path) -> None:
    folder = written(tmp_path / "run", [STARTED, Added({"role": "user", "content": "a\ud83d😀"})])
    assert read_trace(folder).messages == ({"role": "user", "content": "a\ufffd😀"},)


def test_a_line_is_ascii_and_says_what_and_when(tmp_path: Path) -> None:
    folder = written(tmp_path / "run", small_run(None))
    lines = (folder / "trace.jsonl").read_text("ascii").splitlines()
    assert json.loads(lines[0])["format"] == FORMAT
    for line in lines[1:]:
        value = json.loads(line)
        assert isinstance(value["event"], str)
        assert value["t"] >= 0


def test_only_the_user_can_read_what_is_written(tmp_path: Path) -> None:
    folder = written(tmp_path / "run", small_run(None))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "images").stat().st_mode & 0o777 == 0o700
    files = [folder / "trace.jsonl", *(folder / "images").iterdir()]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_a_run_that_goes_on_is_one_run_in_its_folder(tmp_path: Path) -> None:
    whole = small_run(tmp_path / "run")
    again = replace(STARTED, resumed=True)
    written(tmp_path / "run", whole[:9])
    before = read_trace(tmp_path / "run")
    with TraceWriter(tmp_path / "run", after=before) as writer:
        for event in [again, *whole[9:]]:
            writer(event)
    trace = read_trace(tmp_path / "run")
    assert list(trace.events) == [*whole[:9], again, *whole[9:]]
    assert trace.settings == again
    assert trace.messages == tuple(e.message for e in whole if isinstance(e, Added))
    assert trace.began == before.began
    assert trace.times == tuple(sorted(trace.times))
    assert trace.turns == 3


def test_a_run_that_goes_on_elsewhere_takes_along_what_it_was(tmp_path: Path) -> None:
    whole = small_run(tmp_path / "second")
    written(tmp_path / "first", whole[:10])
    before = read_trace(tmp_path / "first")
    with TraceWriter(tmp_path / "second", after=before) as writer:
        for event in whole[10:]:
            writer(event)
    assert list(read_trace(tmp_path / "first").events) == whole[:10]
    second = read_trace(tmp_path / "second")
    assert list(second.events) == whole
    assert second.times[:10] == before.times


def test_the_time_between_two_parts_is_nobodys(tmp_path: Path) -> None:
    folder = written(tmp_path / "run", [STARTED, Added(TASK)])
    lines = folder / "trace.jsonl"
    header, rest = lines.read_text().split("\n", 1)
    long_ago = json.dumps({**json.loads(header), "began": "2020-01-01T00:00:00+00:00"})
    lines.write_text(f"{long_ago}\n{rest}")
    with TraceWriter(folder, after=read_trace(folder)) as writer:
        writer(STARTED)
        writer(ended(folder))
    trace = read_trace(folder)
    assert trace.times[-1] > 1e8
    assert trace.seconds < 1000


def test_a_result_names_the_folder_that_it_was_read_from(tmp_path: Path) -> None:
    folder = written(tmp_path / "run", [STARTED, ended(tmp_path / "run")])
    moved = folder.rename(tmp_path / "moved")
    ending = read_trace(moved).result
    assert isinstance(ending, RunResult)
    assert ending.trace == moved


def test_what_is_no_json_is_the_developers_mistake(tmp_path: Path) -> None:
    with (
        TraceWriter(tmp_path / "run") as writer,
        pytest.raises(UsageError, match="no JSON"),
    ):
        writer(Added({"role": "user", "content": object()}))
