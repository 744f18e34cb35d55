"""What a run tells for its trace: places, times, windows, glimpses, decisions and faults."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from anthropic.tools import ToolError
from anthropic.tools.computer import BetaComputerConfirmContext

from trueclick.agent import (
    Acted,
    Application,
    Budget,
    Desktop,
    Event,
    approve_all,
    open_desktop,
    run,
)
from trueclick.agent.actions import LookAround
from trueclick.agent.approval import AskAtTerminal, approver
from trueclick.agent.conversation import retries
from trueclick.agent.events import (
    Added,
    Calling,
    Decided,
    Ended,
    Faulted,
    Glimpsed,
    Started,
)
from trueclick.agent.secret import Secrets
from trueclick.agent.testing import HttpError, Request, StreamFault, StrictApi, Turn, calls, says
from trueclick.agent.trace import TraceWriter, read_trace, story_of
from trueclick.agent.trace.images import ImageFolder
from trueclick.capture import CaptureError, Screenshot, encode
from trueclick.geometry import Box, Model, Point, Screen, Size

from ..capture.painter import Painter, painter
from ..capture.servers import xvfb
from ..recorder import Recorder
from .trace.told import STARTED

SONNET = "claude-sonnet-5-5"
CLICK: tuple[str, dict[str, Any]] = ("left_click", {"coordinate": [5, 5]})
LOOK: tuple[str, dict[str, Any]] = ("screenshot", {})


@pytest.fixture(scope="module")
def painted() -> Generator[tuple[str, Painter]]:
    with xvfb() as (server, _), painter(server) as opened:
        yield server, opened


@pytest.fixture
def canvas(painted: tuple[str, Painter]) -> Generator[Desktop]:
    with open_desktop(painted[0], model="local") as opened:
        yield opened


def test_a_run_tells_where_and_how_long_and_what_the_screen_was_like(
    canvas: Desktop, painted: tuple[str, Painter], tmp_path: Path
) -> None:
    drag = {"start_coordinate": [10, 20], "coordinate": [30, 40]}
    api = StrictApi(
        [
            calls(LOOK),
            calls(CLICK, ("left_click_drag", drag), ("left_mouse_down", {}), ("left_mouse_up", {})),
            says("Done."),
        ]
    )
    told: list[Event] = []

    def on_event(event: Event) -> None:
        told.append(event)
        if isinstance(event, Acted) and event.member == "left_click":
            painted[1].fill(Box(500, 300, 540, 330), 0x00FF00)

    run("x", canvas, client=api.client(), model=SONNET, trace=tmp_path / "t", on_event=on_event)
    story = story_of(read_trace(tmp_path / "t"))
    look, click, dragged, down, up, attached = story.steps
    started = next(event for event in told if isinstance(event, Started))
    assert started.captured == Size(640, 480)
    assert look.after is not None
    assert look.after.windows is not None
    assert (click.landed, click.start) == (Point[Screen](5, 5), None)
    assert (dragged.landed, dragged.start) == (Point[Screen](30, 40), Point[Screen](10, 20))
    assert down.landed == up.landed == Point[Screen](30, 40)
    assert all(step.settle_s is not None for step in story.steps)
    # What the picture before shows is no news; then there is one of each moment.
    assert click.before == look.after
    glimpsed = [event for event in told if isinstance(event, Glimpsed)]
    assert [event.id for event in glimpsed] == [dragged.id, down.id, up.id]
    assert dragged.before is not None
    assert attached.after is not None
    assert dragged.before.image != look.after.image
    assert dragged.before.image == attached.after.image  # the same screen, stored once
    # All of them are told before the message that ends the turn.
    click_of = next(event for event in told if isinstance(event, Acted) and event.id == click.id)
    results = next(
        index
        for index, event in enumerate(told)
        if isinstance(event, Added) and up.id in str(event.message) and index > told.index(click_of)
    )
    assert max(map(told.index, glimpsed)) < results


def test_without_a_trace_no_glimpse_is_taken(canvas: Desktop) -> None:
    told: list[Event] = []
    api = StrictApi([calls(CLICK, CLICK), says("")])
    run("x", canvas, client=api.client(), model=SONNET, on_event=told.append)
    assert not any(isinstance(event, Glimpsed) for event in told)


def test_without_a_guard_windows_are_told_as_well(painted: tuple[str, Painter]) -> None:
    with open_desktop(painted[0], model="local", guard_batches=False) as desktop:
        seen = desktop.perform(LookAround()).seen
    assert seen is not None
    assert seen.windows is not None


def decisions(desktop: Desktop, confirm: object, *turn: tuple[str, dict[str, Any]]) -> list[Event]:
    told: list[Event] = []
    api = StrictApi([calls(*turn), says("")])
    run(
        "x",
        desktop,
        client=api.client(),
        model=SONNET,
        confirm=confirm,  # type: ignore[arg-type]
        on_event=told.append,
    )
    return [event for event in told if isinstance(event, Calling | Decided)]


def test_what_the_program_says_of_a_call_is_told_before_the_call(canvas: Desktop) -> None:
    decided, calling, again, *_ = decisions(canvas, lambda _: True, CLICK, LOOK)
    assert isinstance(decided, Decided)
    assert (decided.member, decided.values) == CLICK
    assert (decided.approved, decided.by) == (True, "program")
    assert decided.seconds >= 0
    assert isinstance(calling, Calling)
    assert decided.id == calling.id != ""
    assert isinstance(again, Decided)

    def refuses(_: BetaComputerConfirmContext) -> bool:
        raise ToolError("not now")

    for confirm in (refuses, lambda _: False, lambda _: 1):
        (declined,) = decisions(canvas, confirm, CLICK)
        assert isinstance(declined, Decided)
        assert not declined.approved


def test_where_nobody_was_asked_no_decision_is_told(canvas: Desktop) -> None:
    assert [type(event) for event in decisions(canvas, approve_all, CLICK)] == [Calling]
    # A look is free, and without a terminal nobody can be asked.
    asking = AskAtTerminal(desktop=canvas)
    assert [type(event) for event in decisions(canvas, asking, LOOK, CLICK)] == [Calling]


def test_a_file_of_rules_decides_itself(canvas: Desktop, tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text('default = "refuse"\n[[rules]]\nmembers = ["left_click"]\nthen = "allow"\n')
    with approver(file, canvas) as confirm:
        told = decisions(canvas, confirm, CLICK, ("key", {"text": "a"}))
    decided = [event for event in told if isinstance(event, Decided)]
    assert [(event.member, event.approved, event.by) for event in decided] == [
        ("left_click", True, "rules"),
        ("key", False, "rules"),
    ]


class Crashed(Application):
    def __init__(self) -> None:
        pass

    @property
    def exit_status(self) -> int | None:
        return 3


def faults(told: list[Event]) -> list[tuple[str, str]]:
    return [(event.source, event.text) for event in told if isinstance(event, Faulted)]


def test_an_application_that_ends_is_told_once(canvas: Desktop, tmp_path: Path) -> None:
    told: list[Event] = []
    api = StrictApi([calls(LOOK), calls(LOOK), says("It crashed.")])
    run(
        "x",
        canvas,
        client=api.client(),
        model=SONNET,
        application=Crashed(),
        trace=tmp_path / "t",
        on_event=told.append,
    )
    assert faults(told) == [("application", "the application has ended, with status 3")]
    assert faults(list(read_trace(tmp_path / "t").events)) == faults(told)


def test_a_display_that_dies_is_told_in_its_own_words(
    canvas: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(*_: object) -> None:
        raise CaptureError("the X display :5 went away")

    monkeypatch.setattr(canvas, "perform", dead)
    told: list[Event] = []
    api = StrictApi([calls(LOOK)])
    run("x", canvas, client=api.client(), model=SONNET, on_event=told.append)
    assert faults(told) == [("display", "the X display :5 went away")]
    assert isinstance(told[-1], Ended)


def test_an_api_that_refuses_is_told(canvas: Desktop) -> None:
    told: list[Event] = []
    api = StrictApi([], faults={1: HttpError(401)})
    result = run("x", canvas, client=api.client(), model=SONNET, on_event=told.append)
    assert faults(told) == [("api", result.text)]


def test_a_program_that_fails_is_told_to_the_trace(canvas: Desktop, tmp_path: Path) -> None:
    def fails(event: Event) -> None:
        if isinstance(event, Acted):
            raise OSError(28, "a secret of the program's")

    api = StrictApi([calls(LOOK)])
    with pytest.raises(OSError, match="a secret"):
        run("x", canvas, client=api.client(), model=SONNET, trace=tmp_path / "t", on_event=fails)
    trace = read_trace(tmp_path / "t")
    text = "an error of the program around the run: OSError"
    assert faults(list(trace.events)) == [("program", text)]
    assert isinstance(trace.events[-1], Ended)


def test_what_an_answer_used_that_nobody_waited_for_is_in_the_trace(
    canvas: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "_FIRST_WAIT_S", 0.001)
    api = StrictApi([calls(LOOK)] * 20, faults=lambda _: StreamFault(after_events=9))
    result = run("x", canvas, client=api.client(), model=SONNET, trace=tmp_path / "t")
    trace = read_trace(tmp_path / "t")
    assert result.status == "failed"
    assert result.usage.total > 0
    assert (trace.usage, trace.usd) == (result.usage, result.usd)
    lost, ending = (event for event in trace.events if isinstance(event, Faulted))
    assert (lost.source, ending.source) == ("api", "api")
    assert lost.usage.total > 0
    assert (ending.text, ending.usage.total) == (result.text, 0)


def test_a_stop_in_the_middle_of_an_answer_loses_no_count(canvas: Desktop, tmp_path: Path) -> None:
    def answer(request: Request) -> Turn:
        if request.answered:
            canvas.stop.request("enough")
        return calls(LOOK)

    api = StrictApi(answer)
    result = run(
        "x",
        canvas,
        client=api.client(),
        model=SONNET,
        trace=tmp_path / "t",
        budget=Budget(turns=5),
    )
    trace = read_trace(tmp_path / "t")
    assert (result.status, result.text) == ("stopped", "enough")
    assert (trace.usage, trace.usd) == (result.usage, result.usd)


def test_a_real_run_cut_at_any_byte_of_its_last_lines_is_told(
    desktop: Desktop, window: Recorder, tmp_path: Path
) -> None:
    del window
    folder = tmp_path / "t"
    api = StrictApi([calls(LOOK), calls(CLICK, ("key", {"text": "a"})), says("Done.")])
    run("x", desktop, client=api.client(), model=SONNET, trace=folder)
    lines = (folder / "trace.jsonl").read_bytes().splitlines(keepends=True)
    whole = b"".join(lines)
    # Each byte of lines made by hand is cut at in `trace/test_broken_traces.py`.
    ends = {len(b"".join(lines[:count])) for count in range(len(lines) - 3, len(lines) + 1)}
    near = {end + by for end in ends for by in (-2, -1, 0, 1)}
    for length in sorted(near | {*range(min(ends), len(whole), 50)}):
        if not min(ends) <= length <= len(whole):
            continue
        (folder / "trace.jsonl").write_bytes(whole[:length])
        trace = read_trace(folder)
        assert len(trace.events) == whole[:length].count(b"\n") - 1
        assert trace.cut == (not whole[:length].endswith(b"\n"))
        if trace.cut and length % 50 == 0:
            assert len(story_of(trace).steps) == 4


def test_what_a_glimpse_alone_had_hidden_stays_hidden_when_a_run_goes_on(
    canvas: Desktop, tmp_path: Path
) -> None:
    folder = tmp_path / "t"
    with TraceWriter(folder) as writer:  # killed before a screenshot told of what was hidden
        box = canvas.display.box
        writer(replace(STARTED, screen=box, screenshot=canvas.view.model))
        place = Box[Model](100, 100, 300, 140)
        picture = encode(Screenshot(np.full((30, 40, 4), 128, np.uint8)))
        writer(Glimpsed("c1", picture, still=True, hidden=(place,)))
    trace = read_trace(folder)
    assert trace.hidden == (place,)
    told: list[Event] = []
    api = StrictApi([calls(LOOK), says("Done.")])
    run("", canvas, client=api.client(), model=SONNET, resume=trace, on_event=told.append)
    seen = next(event.outcome.seen for event in told if isinstance(event, Acted))
    assert seen is not None
    assert seen.hidden == (place,)


def test_no_decision_and_no_fault_holds_a_secret(
    painted: tuple[str, Painter], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = "hunter2-of-nobody"
    secrets = Secrets({"PASSWORD": value})
    with open_desktop(painted[0], model="local", secrets=secrets) as desktop:

        def dead(*_: object) -> None:
            raise CaptureError(f"the X server said {value}")

        monkeypatch.setattr(desktop, "perform", dead)
        told: list[Event] = []
        api = StrictApi([calls(("type", {"text": value}))])  # as if it were read off the screen
        run(
            "x",
            desktop,
            client=api.client(),
            model=SONNET,
            confirm=lambda _: True,
            trace=tmp_path / "t",
            on_event=told.append,
        )
    assert faults(told) == [("display", "the X server said {{PASSWORD}}")]
    (decided,) = (event for event in told if isinstance(event, Decided))
    assert decided.values == {"text": "{{PASSWORD}}"}
    assert value not in (tmp_path / "t" / "trace.jsonl").read_text()


def test_a_trace_that_cannot_go_on_is_told_to_whoever_watches(
    canvas: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ImageFolder, "store", full)
    told: list[Event] = []
    api = StrictApi([calls(LOOK)])
    result = run(
        "x", canvas, client=api.client(), model=SONNET, trace=tmp_path / "t", on_event=told.append
    )
    assert result.status == "failed"
    assert "cannot be written any further: No space left on device" in result.text
    assert faults(told) == [("program", result.text)]
    monkeypatch.undo()
    trace = read_trace(tmp_path / "t")  # all up to there
    assert isinstance(trace.events[-1], Calling)
