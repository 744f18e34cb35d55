"""What a trace tells, step by step."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from trueclick.agent.actions import Click, LookAround
from trueclick.agent.events import (
    Acted,
    Calling,
    Decided,
    Event,
    Faulted,
    Glimpsed,
    Instructed,
    Retried,
    Said,
    Shortened,
)
from trueclick.agent.outcome import Outcome, Seen
from trueclick.agent.trace import Story, TraceWriter, read_trace, story_of
from trueclick.agent.trace.story import BROKE_OFF
from trueclick.capture import Changes
from trueclick.geometry import Box, Model, Point, Screen, Size, UsageError

from .told import STARTED, TASK, acted, answered, picture, shown, small_run, user, written

CHANGED = Changes[Model]((Box(1, 2, 3, 4),), ())


def story(folder: Path, events: Iterable[Event]) -> Story:
    return story_of(written(folder, events))


def look(id_: str, shade: int, seen: Seen | None = None) -> Acted:
    outcome = Outcome(picture=picture(shade), seen=seen or Seen(CHANGED, still=True))
    return Acted("screenshot", {}, outcome, 0.4, None, id_)


def test_turns_hold_what_was_said_and_done_in_them(tmp_path: Path) -> None:
    told = story(tmp_path / "t", small_run(None))
    assert [turn.number for turn in told.turns] == [1, 2, 3]
    assert [len(turn.steps) for turn in told.turns] == [1, 4, 0]
    assert told.turns[-1].said == "Saved."
    assert [step.number for step in told.steps] == [1, 2, 3, 4, 5]
    assert told.turns[0].answered[0].usage.cache_read == 4000


def test_a_step_knows_the_pictures_around_it(tmp_path: Path) -> None:
    told = story(
        tmp_path / "t",
        [
            STARTED,
            answered(1),
            look("a", 1),
            acted("b", "left_click", coordinate=[1, 2]),
            acted("c", "key", text="Return"),
            look("", 2),
        ],
    )
    first, click, key, last = told.steps
    assert first.after is not None
    assert last.after is not None
    assert (first.before, first.last_seen) == (None, None)
    assert (click.before, click.last_seen, click.after) == (first.after, first.after, last.after)
    assert (key.before, key.last_seen, key.after) == (None, first.after, last.after)
    assert told.trace.image(last.after.image) == picture(2).data
    assert last.attached
    assert isinstance(first.action, LookAround)
    assert not first.attached
    assert click.action == Click("left", 1, Point(1, 2), ())
    assert click.places == (Point(1, 2),)


def test_what_changed_belongs_to_the_last_thing_that_was_done(tmp_path: Path) -> None:
    told = story(
        tmp_path / "t",
        [
            STARTED,
            answered(1),
            acted("a", "left_click", coordinate=[1, 2]),
            acted("b", "key", text="Return"),
            acted("c", "key", error="unknown key", text="Retrun"),
            look("", 2),
        ],
    )
    assert [step.changes for step in told.steps] == [None, CHANGED, None, CHANGED]


@pytest.mark.parametrize("late", [False, True])
def test_a_glimpse_is_the_screen_before_its_call_and_after_the_one_before(
    tmp_path: Path, *, late: bool
) -> None:
    call, glimpse = acted("b", "key", text="Return"), Glimpsed("b", picture(7), still=False)
    told = story(
        tmp_path / "t",
        [
            STARTED,
            answered(1),
            look("l", 1),
            acted("a", "left_click", coordinate=[1, 2]),
            *((call, glimpse) if late else (glimpse, call)),
            look("", 2),
        ],
    )
    _, click, key, last = told.steps
    assert key.before is not None
    assert told.trace.image(key.before.image) == picture(7).data
    assert not key.before.still
    assert click.after == key.before
    assert key.after == last.after


def test_nothing_is_known_of_the_screen_before_an_action_after_a_pause(tmp_path: Path) -> None:
    told = story(
        tmp_path / "t",
        [
            STARTED,
            answered(1),
            look("l", 1),
            acted("w", "wait", duration=2),
            acted("k", "key", text="Return"),
        ],
    )
    assert told.steps[1].before is not None
    assert told.steps[2].before is None
    assert told.steps[2].last_seen is not None


def test_what_is_painted_over_stays_so(tmp_path: Path) -> None:
    hidden = Box[Model](0, 0, 5, 5)
    told = story(
        tmp_path / "t",
        [
            STARTED,
            answered(1),
            look("a", 1, Seen(None, still=True, hidden=(hidden,))),
            look("b", 2),
        ],
    )
    assert [step.after and step.after.hidden for step in told.steps] == [(hidden,), (hidden,)]


def test_a_zoom_shows_a_part_and_not_the_screen(tmp_path: Path) -> None:
    zoom = Outcome(picture=picture(9), seen=Seen(None, still=True))
    told = story(
        tmp_path / "t",
        [
            STARTED,
            answered(1),
            look("a", 1),
            Acted("zoom", {"region": [0, 0, 9, 9]}, zoom, 0.1, None, "z"),
            acted("k", "key", text="Return"),
        ],
    )
    first, zoomed, key = told.steps
    assert zoomed.zoom is not None
    assert told.trace.image(zoomed.zoom.image) == picture(9).data
    assert zoomed.after is None
    assert key.before == first.after


def test_a_part_that_goes_on_elsewhere_knows_no_earlier_screen(tmp_path: Path) -> None:
    again = replace(STARTED, resumed=True)
    events: list[Event] = [
        STARTED,
        answered(1),
        look("a", 1),
        again,
        answered(2),
        acted("k", "key", text="a"),
    ]
    told = story(tmp_path / "t", events)
    assert [turn.part for turn in told.turns] == [0, 1]
    assert told.steps[1].last_seen is None
    events[3] = replace(again, same_screen=True)
    told = story(tmp_path / "u", events)
    assert told.steps[1].before == told.steps[0].after
    assert told.parts[1].started.same_screen


def test_a_part_maps_by_the_size_of_its_captures(tmp_path: Path) -> None:
    on_retina = replace(STARTED, screen=Box[Screen](-640, 0, 0, 400), captured=Size(1280, 800))
    view = story(tmp_path / "t", [on_retina, answered(1)]).parts[0].view
    assert view.image == Size(1280, 800)
    assert view.to_screen(Point[Model](1279, 0)) == Point(-1, 0)
    view = story(tmp_path / "u", [replace(STARTED, captured=None)]).parts[0].view
    assert view.image == Size(1280, 800)


def test_a_call_that_was_never_told_the_end_of_is_a_step(tmp_path: Path) -> None:
    click: dict[str, object] = {"coordinate": [1, 2]}
    told = story(tmp_path / "t", [STARTED, answered(1), Calling("a", "left_click", click)])
    (step,) = told.steps
    assert (step.error, step.event, step.performed) == (BROKE_OFF, 2, False)


def test_what_else_happened_is_told_in_its_turn(tmp_path: Path) -> None:
    lost, pruned = Retried("Overloaded", 1, 0.5), Shortened("pruned", 2)
    told = story(
        tmp_path / "t",
        [
            STARTED,
            user(*TASK["content"]),
            answered(1),
            Faulted("application", "it ended with status 1"),
            Instructed("Hurry up"),
            lost,
            pruned,
            answered(2),
            Said(2, "Yes."),
            answered(2, "compaction"),
            Faulted("api", "gone"),
        ],
    )
    first, second = told.turns
    assert [type(event) for event in first.told] == [Faulted, Instructed]
    assert second.told == (lost, pruned, Faulted("api", "gone"))
    assert len(second.answered) == 2
    assert second.said == "Yes."


def test_who_was_asked_is_told_with_the_call(tmp_path: Path) -> None:
    asked = Decided("a", "key", {"text": "a"}, approved=False, by="person", seconds=2.5)
    told = story(
        tmp_path / "t",
        [STARTED, answered(1), asked, acted("a", "key", error="not approved", text="a")],
    )
    assert told.steps[0].asked == asked


def test_what_made_no_sense_has_no_action(tmp_path: Path) -> None:
    events: list[Event] = [
        STARTED,
        answered(1),
        acted("a", "left_click", error="no", coordinate="here"),
    ]
    (step,) = story(tmp_path / "t", events).steps
    assert step.action is None
    assert not step.acts
    assert step.places == ()


def test_a_trace_can_be_read_as_if_it_had_broken_off_earlier(tmp_path: Path) -> None:
    whole = small_run(None)
    with TraceWriter(tmp_path / "t") as writer:
        for event in whole:
            writer(event)
    trace = read_trace(tmp_path / "t")
    for end in range(1, len(whole) + 1):
        with TraceWriter(tmp_path / f"t{end}") as writer:
            for each in whole[:end]:
                writer(each)
        written, cut = read_trace(tmp_path / f"t{end}"), trace.up_to(end)
        assert cut.messages == written.messages
        assert (cut.turns, cut.actions, cut.usage) == (
            written.turns,
            written.actions,
            written.usage,
        )
        assert list(cut.events) == list(trace.events)[:end]
        assert cut.complete == written.complete
    for nowhere in (0, len(whole) + 1):
        with pytest.raises(UsageError):
            trace.up_to(nowhere)


def test_the_lines_after_the_event_are_cut_off_when_the_folder_is_written_on(
    tmp_path: Path,
) -> None:
    with TraceWriter(tmp_path / "t") as writer:
        for event in small_run(None):
            writer(event)
    cut = read_trace(tmp_path / "t").up_to(5)
    with TraceWriter(tmp_path / "t", after=cut) as writer:
        writer(Said(9, "anew"))
    assert list(read_trace(tmp_path / "t").events) == [*cut.events, Said(9, "anew")]


def test_shown_is_a_look(tmp_path: Path) -> None:
    told = story(tmp_path / "t", [STARTED, answered(1), shown("a", picture(3))])
    assert told.steps[0].after is not None


def test_a_trace_made_to_be_slow_takes_no_longer_than_its_lines(tmp_path: Path) -> None:
    shot = picture(1)

    def steps_of(count: int, name: str) -> float:
        hostile: list[Event] = [STARTED, answered(1)]
        for index in range(count):
            hidden = Seen(None, still=True, hidden=(Box(index, 0, index + 1, 1),))
            hostile += [
                Acted("screenshot", {}, Outcome(picture=shot, seen=hidden), 0.1, None, "same"),
                Instructed("more"),
                Retried("again", 1, 0.0),
                Glimpsed("same", shot, still=True),
                answered(1),
            ]
        with TraceWriter(tmp_path / name) as writer:
            for event in hostile:
                writer(event)
        trace = read_trace(tmp_path / name)
        began = time.process_time()
        told = story_of(trace)
        assert len(told.steps) == count
        assert len(told.steps[-1].after.hidden if told.steps[-1].after else ()) <= 500
        return time.process_time() - began

    few = steps_of(100, "few")
    # Ten times as many would take a hundred times as long.
    assert steps_of(1000, "many") < 40 * max(few, 0.01)
