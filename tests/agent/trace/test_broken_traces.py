"""A trace that broke off is read up to there; one that was tampered with is refused."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trueclick.agent.trace import TraceError, TraceWriter, layout, read_trace, resumed, story_of
from trueclick.agent.trace import reading as reading_module
from trueclick.geometry import TrueclickError, UsageError

from .test_round_trip import written
from .told import STARTED, small_run

Json = dict[str, Any]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound") / "run"
    return written(folder, small_run(folder))


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    """A trace to be damaged."""
    return Path(shutil.copytree(sound, tmp_path / "run"))


def lines_of(folder: Path) -> list[bytes]:
    return (folder / "trace.jsonl").read_bytes().splitlines(keepends=True)


def with_line(folder: Path, number: int, change: Callable[[Json], object]) -> None:
    """Change a line of a trace, counted from 1."""
    lines = lines_of(folder)
    value = json.loads(lines[number - 1])
    changed = change(value)
    lines[number - 1] = json.dumps(value if changed is None else changed).encode() + b"\n"
    (folder / "trace.jsonl").write_bytes(b"".join(lines))


def test_a_trace_cut_at_any_byte_of_its_last_lines_is_read_up_to_there(folder: Path) -> None:
    lines = lines_of(folder)
    whole = b"".join(lines)
    told = len(lines) - 1
    for length in range(len(b"".join(lines[:-3])), len(whole) + 1):
        os.truncate(folder / "trace.jsonl", length)
        trace = read_trace(folder)
        left = whole[:length]
        assert len(trace.events) == left.count(b"\n") - 1
        assert trace.cut == (not left.endswith(b"\n"))
        assert trace.complete == (length == len(whole))
        resumed(trace, STARTED)
        (folder / "trace.jsonl").write_bytes(whole)
    assert len(read_trace(folder).events) == told


def test_a_trace_cut_anywhere_goes_on_after_its_last_whole_line(folder: Path) -> None:
    lines = lines_of(folder)
    (folder / "trace.jsonl").write_bytes(b"".join(lines[:-2]) + lines[-2][:30])
    before = read_trace(folder)
    assert before.cut
    with TraceWriter(folder, after=before) as writer:
        writer(STARTED)
    assert lines_of(folder)[:-1] == lines[:-2]
    after = read_trace(folder)
    assert not after.cut
    assert after.events[-1] == STARTED


def test_a_run_that_had_not_begun_is_said_to_be_so(folder: Path) -> None:
    lines = lines_of(folder)
    for content in (b"", lines[0][:20], lines[0], lines[0] + lines[1][:50]):
        (folder / "trace.jsonl").write_bytes(content)
        with pytest.raises(TraceError, match="had not begun"):
            read_trace(folder)


def test_a_newer_format_is_refused(folder: Path) -> None:
    with_line(folder, 1, lambda _: {"format": layout.FORMAT + 1, "something": "new"})
    newer = rf"format {layout.FORMAT + 1}.*known here is {layout.FORMAT}: update trueclick"
    with pytest.raises(TraceError, match=newer):
        read_trace(folder)


@pytest.mark.parametrize(
    "header",
    [
        [],
        {},
        {"format": "1", "began": "2026-11-21T00:00:00+00:00"},
        {"format": 0, "began": "2026-11-21T00:00:00+00:00"},
        {"format": True, "began": "2026-11-21T00:00:00+00:00"},
        {"format": 1, "began": "2026-11-21T00:00:00"},
        {"format": 1, "began": "yesterday"},
        {"format": 1, "began": "2026-11-21T00:00:00+00:00", "more": 1},
    ],
)
def test_another_file_is_no_trace(folder: Path, header: object) -> None:
    with_line(folder, 1, lambda _: header)
    with pytest.raises(TraceError, match="line 1 of the trace is damaged"):
        read_trace(folder)


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"{\n",
        b"\0\0\0\0\n",
        b"\xff\xfe\n",
        b"null\n",
        b"[" * 200_000 + b"\n",
        b'{"event":"said","t":0,"turn":' + b"9" * 5000 + b',"text":""}\n',
        b'{"event":"said","t":1e999,"turn":1,"text":""}\n',
        b'{"event":"said","t":NaN,"turn":1,"text":""}\n',
        b'{"event":"said","t":-1,"turn":1,"text":""}\n',
        b'{"event":"said","t":0,"turn":"1","text":""}\n',
        b'{"event":"said","t":0,"turn":1}\n',
        b'{"event":"said","t":0,"turn":1,"text":"","more":1}\n',
        b'{"event":"slept","t":0}\n',
        b'{"event":"added","t":0,"message":{"role":"user","content":[1]}}\n',
        b'{"event":"added","t":0,"message":{"role":"root","content":""}}\n',
        b'{"event":"added","t":0,"message":{"role":"assistant","content":[{"type":"tool_use"}]}}\n',
        *(
            b'{"event":"added","t":0,"message":{"role":"user","content":[%s]}}\n' % block
            for block in (
                b'{"type":"tool_result","content":[]}',
                b'{"type":"tool_result","tool_use_id":"t1","content":[1]}',
                b'{"type":"tool_result","tool_use_id":"t1","content":{}}',
            )
        ),
    ],
    ids=range(20),
)
def test_a_damaged_line_is_refused_by_its_number(folder: Path, line: bytes) -> None:
    lines = lines_of(folder)
    lines[6] = line
    (folder / "trace.jsonl").write_bytes(b"".join(lines))
    with pytest.raises(TraceError, match=r"^line 7 of the trace is damaged$"):
        read_trace(folder)


def test_shapes_that_are_none_are_refused(folder: Path) -> None:
    with_line(folder, 2, lambda line: line.update(screen=[5, 5, 5, 5]))
    with pytest.raises(TraceError, match="line 2 of the trace is damaged"):
        read_trace(folder)


@pytest.mark.parametrize("number", [10**400, 2**31, -(2**31) - 1])
def test_places_that_no_display_has_are_refused(folder: Path, number: int) -> None:
    with_line(folder, 2, lambda line: line.update(screen=[0, 0, 1280, number]))
    with pytest.raises(TraceError, match="line 2 of the trace is damaged"):
        read_trace(folder)


def names_of(folder: Path) -> list[str]:
    return sorted(file.name for file in (folder / "images").iterdir())


def test_a_missing_picture_is_named(folder: Path) -> None:
    name = names_of(folder)[0]
    (folder / "images" / name).unlink()
    with pytest.raises(TraceError, match=f"cannot be read: images/{name}"):
        read_trace(folder)


def test_a_damaged_picture_is_named(folder: Path) -> None:
    name = names_of(folder)[1]
    file = folder / "images" / name
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(TraceError, match=f"damaged: images/{name}"):
        read_trace(folder)


@pytest.mark.parametrize("damage", ["missing", "empty", "changed"])
def test_what_a_machine_that_failed_had_not_written_yet_is_cut_off(
    folder: Path, damage: str
) -> None:
    lines = lines_of(folder)
    last = next(at for at, line in reversed([*enumerate(lines)]) if b'"image":"' in line)
    acted = json.loads(lines[next(at for at, line in enumerate(lines) if b'"still":false' in line)])
    name = acted["picture"]["image"]
    first_of_it = next(at for at, line in enumerate(lines) if name.encode() in line)
    # The run broke off in the turn after it.
    (folder / "trace.jsonl").write_bytes(b"".join(lines[: last + 1]))
    picture = folder / "images" / name
    if damage == "missing":
        picture.unlink()
    else:
        picture.write_bytes(b"" if damage == "empty" else b"\0" * picture.stat().st_size)
    trace = read_trace(folder)
    assert trace.cut
    assert len(trace.events) == first_of_it - 1
    assert len(read_trace(folder, check_pictures=False).events) == last
    going_on = resumed(trace, STARTED)
    with TraceWriter(folder, after=trace) as writer:
        for event in going_on.events:
            writer(event)
    again = read_trace(folder)
    assert not again.cut
    assert len(again.events) == len(trace.events) + len(going_on.events)


def test_without_a_look_at_its_pictures_a_trace_is_told_that_has_lost_them(folder: Path) -> None:
    for name in names_of(folder):
        (folder / "images" / name).unlink()
    trace = read_trace(folder, check_pictures=False)
    assert trace.complete
    look = story_of(trace).steps[0].after
    assert look is not None
    with pytest.raises(TraceError, match=rf"cannot be read: images/{look.image}"):
        trace.image(look.image)
    with pytest.raises(TraceError, match="cannot be read"):
        trace.messages  # noqa: B018
    with pytest.raises(TraceError, match="cannot be read"):
        read_trace(folder)


def test_a_picture_that_is_damaged_after_reading_is_never_sent(folder: Path) -> None:
    trace = read_trace(folder)
    (folder / "images" / names_of(folder)[0]).write_bytes(b"other")
    with pytest.raises(TraceError, match="damaged"):
        _ = trace.messages


@pytest.mark.parametrize(
    "name",
    [
        "../secret",
        "/etc/passwd",
        "",
        ".",
        "a" * 64 + ".png/../../secret",
        "a" * 64,
        "a" * 64 + ".exe",
        "a" * 64 + ".png\n",
        "A" * 64 + ".png",
        "\0",
    ],
)
def test_a_name_that_leads_out_of_the_folder_is_not_followed(folder: Path, name: str) -> None:
    (folder / "secret").write_text("secret")

    def change(line: Json) -> None:
        line["outcome"]["picture"]["image"] = name

    with_line(folder, 10, change)
    with pytest.raises(TraceError, match="as none of its files is named"):
        read_trace(folder)


def test_a_link_in_the_place_of_a_picture_is_not_followed(folder: Path, tmp_path: Path) -> None:
    file = folder / "images" / names_of(folder)[0]
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TraceError, match="cannot be read"):
        read_trace(folder)


def test_a_link_in_the_place_of_all_pictures_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (folder / "images").rename(tmp_path / "elsewhere")
    (folder / "images").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TraceError, match="cannot be read"):
        read_trace(folder)
    with pytest.raises(TrueclickError):
        written_on(folder)


def written_on(folder: Path) -> None:
    (folder / "trace.jsonl").unlink()
    TraceWriter(folder)


def test_a_link_in_the_place_of_the_lines_is_not_followed(folder: Path, tmp_path: Path) -> None:
    lines = folder / "trace.jsonl"
    lines.rename(tmp_path / "elsewhere")
    lines.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="cannot be read"):
        read_trace(folder)


@pytest.mark.parametrize("place", ["trace.jsonl", "picture"])
def test_a_pipe_keeps_nobody_waiting(folder: Path, place: str) -> None:
    file = folder / (f"images/{names_of(folder)[0]}" if place == "picture" else place)
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(TrueclickError, match="no plain file"):
        read_trace(folder)


def test_a_picture_of_any_size_is_not_read_into_memory(folder: Path) -> None:
    os.truncate(folder / "images" / names_of(folder)[0], 1 << 40)
    with pytest.raises(TraceError, match="more than"):
        read_trace(folder)


def test_a_trace_of_any_size_is_not_read_into_memory(folder: Path) -> None:
    os.truncate(folder / "trace.jsonl", 1 << 40)
    with pytest.raises(UsageError, match="more than"):
        read_trace(folder)


def test_a_line_of_any_length_is_not_read_into_memory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    longest = max(map(len, lines_of(folder)))
    monkeypatch.setattr(reading_module, "MAX_LINE_BYTES", longest)
    read_trace(folder)
    monkeypatch.setattr(reading_module, "MAX_LINE_BYTES", longest - 1)
    with pytest.raises(TraceError, match="a line of the trace has more than"):
        read_trace(folder)


def test_a_trace_is_read_while_it_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    told = small_run(folder)
    with TraceWriter(folder) as writer:
        for count, event in enumerate(told, 1):
            writer(event)
            assert len(read_trace(folder).events) == count


STRANGE: tuple[object, ...] = (
    *(None, True, -1, 1.5, 10**30, float("inf"), "", "x", "é\ud800", [], {}, [1, 2]),
    {"image": "a" * 64 + ".png"},
)


def mutant(value: object, chance: random.Random) -> object:
    """A value in which something, wherever it may be, is missing or another."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        name = chance.choice([*value])
        if chance.random() < 0.2:
            return {key: inner for key, inner in value.items() if key != name}
        return {**value, name: mutant(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        index = chance.randrange(len(value))
        return [*value[:index], mutant(value[index], chance), *value[index + 1 :]]
    return chance.choice(STRANGE)


def test_whatever_a_trace_holds_it_is_read_or_refused_in_our_words(folder: Path) -> None:
    shortened = {"event": "shortened", "t": 10.0, "images": 1, "messages": []}
    more = [{**shortened, "how": how} for how in ("pruned", "cleared")]
    lines = [*lines_of(folder), *(json.dumps(line).encode() + b"\n" for line in more)]
    chance = random.Random(7)  # noqa: S311 - nobody has to be kept from guessing
    read = 0
    for _ in range(400):
        changed = [*lines]
        index = chance.randrange(len(lines))
        changed[index] = json.dumps(mutant(json.loads(lines[index]), chance)).encode() + b"\n"
        (folder / "trace.jsonl").write_bytes(b"".join(changed))
        with contextlib.suppress(TrueclickError):
            trace = read_trace(folder)
            assert len(list(trace.events)) == len(lines) - 1
            resumed(trace, STARTED)
            read += 1
    assert 0 < read < 200


def test_where_there_is_no_trace_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "none", tmp_path / "empty", tmp_path / "file", Path("\0")):
        with pytest.raises(UsageError, match="trace"):
            read_trace(folder)


def test_many_threads_tell_whole_lines(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    told = small_run(folder)
    with TraceWriter(folder) as writer:

        def tell() -> None:
            for event in told[1:]:
                writer(event)

        writer(STARTED)
        threads = [threading.Thread(target=tell) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(read_trace(folder).events) == 1 + 8 * (len(told) - 1)


def test_what_the_api_takes_is_within_the_limits() -> None:
    assert layout.MAX_LINE_BYTES >= 32 << 20
    assert layout.MAX_IMAGE_BYTES >= 10 << 20
