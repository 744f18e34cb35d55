"""What a run had left out of its conversation stays left out when it is taken up again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trueclick.agent import Desktop, open_desktop, run
from trueclick.agent.conversation import shortening
from trueclick.agent.conversation.history import LEFT_OUT, History
from trueclick.agent.events import Added, Answered, Event, Shortened
from trueclick.agent.testing import StrictApi, calls, says
from trueclick.agent.trace import Trace, read_trace, resumed
from trueclick.agent.trace.resuming import INTERRUPTED
from trueclick.capture import VirtualDisplay

from ..long_runs import FastClock
from .test_resumed_requests import ask, cut_traces
from .test_round_trip import written
from .told import STARTED, TASK, answered, assistant, call, image_block, picture, result, text, user

Json = dict[str, Any]

BOUND, FREE = "claude-opus-5-5", "claude-opus-4-8"

LOOKS = calls(("mouse_move", {"coordinate": [20, 20]}), ("screenshot", {}), ("screenshot", {}))

TURNS = 7


@pytest.fixture
def desktop(bare_display: VirtualDisplay) -> Iterator[Desktop]:
    """A display on which nothing happens, so nothing has to be waited for."""
    with open_desktop(bare_display.name, model=BOUND, clock=FastClock()) as opened:
        yield opened


@pytest.fixture
def sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    """A conversation is shortened every second turn or so."""
    monkeypatch.setattr(shortening, "AT_MOST", 6)


def looked(desktop: Desktop, model: str, folder: Path) -> tuple[StrictApi, Trace]:
    """A run of some turns of two screenshots each."""
    api = StrictApi(lambda request: LOOKS if request.number <= TURNS else says("Done."))
    ending = run("Look.", desktop, client=api.client(), model=model, trace=folder)
    assert ending.status == "done"
    assert api.violations == ()
    return api, read_trace(folder)


def taken_up(desktop: Desktop, model: str, trace: Trace) -> tuple[list[Json], object]:
    """What a run that goes on sends first, but for its last message, and what it lets clear."""
    api = StrictApi([says("Done.")])
    run("", desktop, client=api.client(), model=model, resume=trace)
    assert api.violations == ()
    (body,) = api.requests
    return unmarked(body["messages"])[:-1], body.get("context_management")


def next_requests(api: StrictApi, trace: Trace, parent: Path) -> Iterator[tuple[Trace, Json]]:
    """The trace, cut wherever the run was about to make a request, and that request."""
    for cut in cut_traces(trace, parent, before=Answered):
        if cut.turns:
            yield cut, api.requests[cut.turns]


def unmarked(value: object) -> Any:
    """The same without the marks of the prompt cache."""
    if isinstance(value, dict):
        return {key: unmarked(inner) for key, inner in value.items() if key != "cache_control"}
    return [unmarked(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.usefixtures("sooner")
@pytest.mark.parametrize("model", [BOUND, FREE])
def test_what_is_sent_next_is_what_would_have_been_sent(
    desktop: Desktop, tmp_path: Path, model: str
) -> None:
    api, trace = looked(desktop, model, tmp_path / "run")
    shortened = [event.how for event in trace.events if isinstance(event, Shortened)]
    assert shortened.count("cleared" if model == BOUND else "pruned") >= 2
    compared = 0
    for cut, body in next_requests(api, trace, tmp_path):
        going_on = resumed(cut, cut.settings)
        *messages, further = going_on.messages
        assert messages == unmarked(body["messages"])
        assert further["content"] == [text(INTERRUPTED)]
        history = History(list(map(dict, going_on.messages)))
        history.cleared = going_on.cleared
        assert history.edits() == body.get("context_management")
        assert [{"type": "text", "text": going_on.settings.system}] == unmarked(body["system"])
        assert list(going_on.settings.tools) == unmarked(body["tools"])
        compared += 1
        if compared == 1:
            ask(api, cut, "")
            assert api.ledger[-1].usage.cache_read > api.ledger[-1].usage.input * 0.5
            assert taken_up(desktop, model, cut) == (messages, body.get("context_management"))
    assert compared == TURNS
    assert api.violations == ()


def long_told(how: Any = "pruned") -> list[Event]:
    """A run of five screenshots that was shortened after the fourth."""
    told: list[Event] = [STARTED, Added(TASK), answered()]
    for number in range(5):
        if number == 4:
            told.append(Shortened(how, 1))
        id_ = f"t{number}"
        told.append(assistant(call(id_, "screenshot")))
        told.append(user(result(id_, image_block(picture(number)))))
    return told


def test_pictures_that_were_left_out_stay_left_out(tmp_path: Path) -> None:
    trace = read_trace(written(tmp_path / "run", long_told()))
    shown = [message["content"][0]["content"] for message in trace.messages[2::2]]
    assert shown == [[text(LEFT_OUT)], *([image_block(picture(n))] for n in range(1, 5))]
    assert trace.cleared == 0


def test_pictures_that_were_left_out_need_not_be_there(tmp_path: Path) -> None:
    trace = read_trace(written(tmp_path / "run", long_told()))
    first = next(e for e in trace.events if isinstance(e, Added) and "tool_result" in str(e))
    assert first.message["content"][0]["content"] == [image_block(picture(0))]
    names = {file: file.read_bytes() for file in (tmp_path / "run" / "images").iterdir()}
    (gone,) = (file for file, data in names.items() if data == picture(0).data)
    gone.unlink()
    assert len(trace.messages) == 11


def test_results_that_were_cleared_stay_cleared(tmp_path: Path) -> None:
    trace = read_trace(written(tmp_path / "run", long_told("cleared")))
    assert trace.cleared == 1
    assert LEFT_OUT not in str(trace.messages)
    assert resumed(trace, STARTED).cleared == 1


def test_a_conversation_that_is_replaced_has_nothing_cleared(tmp_path: Path) -> None:
    told = [*long_told("cleared"), Shortened("compacted", 5, (TASK,))]
    trace = read_trace(written(tmp_path / "run", told))
    assert (trace.messages, trace.cleared) == ((TASK,), 0)


def test_a_text_alone_is_a_message_too(tmp_path: Path) -> None:
    told: list[Event] = [*long_told(), Added({"role": "user", "content": "And now?"})]
    told.append(Shortened("pruned", 1))
    trace = read_trace(written(tmp_path / "run", told))
    assert trace.messages[-1] == {"role": "user", "content": [text("And now?")]}
    assert str(trace.messages).count(LEFT_OUT) == 2
