"""What the API was sent, made once more from the trace: byte for byte."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from trueclick.agent import Budget, Desktop, run
from trueclick.agent.conversation import shortening
from trueclick.agent.events import Shortened
from trueclick.agent.export import film, request, script
from trueclick.agent.testing import HttpError, StrictApi, Turn, calls, says
from trueclick.agent.trace import Trace, read_trace
from trueclick.agent.trace.story import story_of
from trueclick.geometry import UsageError

from ..long_runs import desk, summary, writing
from ..trace.told import answered, assistant, text, user
from .runs import story, turn

SAMPLES = Path(__file__).parents[1] / "trace" / "samples"

OURS = frozenset({"max_tokens", "stream"})
"""What no trace knows: it follows from the budget, and from how answers are read."""


def sent(api: StrictApi) -> list[dict[str, Any]]:
    """The requests that were answered with a turn, and their headers."""
    pairs = zip(api.ledger, api.betas, strict=True)
    turns = [
        {**entry.body, "betas": (betas or "").split(",")}
        for entry, betas in pairs
        if entry.answer is not None and "compaction" not in entry.body
    ]
    for body in turns:
        if body["betas"] == [""]:
            del body["betas"]
    return turns


def require_same(trace: Trace, number: int, body: dict[str, Any]) -> None:
    made = request(trace, number)
    assert set(made) == set(body) - OURS
    for name, value in made.items():
        assert json.dumps(value) == json.dumps(body[name]), f"{name} of turn {number}"


def test_a_message_without_content_that_somebody_put_into_a_trace_comes_back(
    tmp_path: Path,
) -> None:
    told = story(tmp_path / "run", [*turn(1, "I look.", ("screenshot", {})), user()])
    assert request(told.trace, 2)["messages"][-1] == {"role": "user", "content": []}


@pytest.mark.filterwarnings("ignore:The model 'claude-.* is deprecated")
@pytest.mark.parametrize(
    ("model", "how"),
    [
        ("claude-sonnet-4-6", "pruned"),
        ("claude-opus-5-5", "cleared"),
    ],
)
def test_each_request_of_a_run_that_was_shortened_comes_back_as_it_was_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, how: str
) -> None:
    monkeypatch.setattr(shortening, "AT_MOST", 6)
    api = StrictApi(writing(model, 9), summary=summary)
    with desk(model) as (desktop, _):
        run(
            "Type all the numbers.",
            desktop,
            client=api.client(),
            model=model,
            budget=Budget(turns=60),
            trace=tmp_path / "run",
        )
    trace = read_trace(tmp_path / "run")
    assert {e.how for e in trace.events if isinstance(e, Shortened)} == {how}
    bodies = sent(api)
    assert len(bodies) == trace.turns == 10
    for number, body in enumerate(bodies, 1):
        require_same(trace, number, body)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["claude-sonnet-4-6", "claude-opus-5-5", "claude-opus-5"])
def test_each_request_of_a_long_run_comes_back_as_it_was_sent(tmp_path: Path, model: str) -> None:
    api = StrictApi(writing(model, 120), summary=summary)
    with desk(model) as (desktop, _):
        budget = Budget(turns=200)
        client = api.client()
        run("Type.", desktop, client=client, model=model, budget=budget, trace=tmp_path / "run")
    trace = read_trace(tmp_path / "run")
    for number, body in enumerate(sent(api), 1):
        require_same(trace, number, body)


@pytest.mark.usefixtures("no_late_answers")
def test_a_request_that_failed_is_the_one_after_the_last_turn(
    desktop: Desktop, tmp_path: Path
) -> None:
    model = "claude-sonnet-5-5"
    script: list[Turn | HttpError] = [
        calls(("left_click", {"coordinate": [5, 5]})),
        HttpError(400, "no"),
    ]
    api = StrictApi(script)
    run("Press Save", desktop, client=api.client(), model=model, trace=tmp_path / "run")
    trace = read_trace(tmp_path / "run")
    assert trace.turns == 1
    assert request(trace) == request(trace, 1)
    assert json.dumps(request(trace, 2)["messages"]) == json.dumps(api.requests[1]["messages"])
    with pytest.raises(UsageError, match="there is no turn 3: the run had 1, and 2 stands"):
        request(trace, 3)
    with pytest.raises(UsageError, match="there is no turn 0"):
        request(trace, 0)


@pytest.mark.usefixtures("no_late_answers")
def test_of_a_conversation_that_the_api_keeps_all_is_told(desktop: Desktop, tmp_path: Path) -> None:
    model = "claude-opus-5-5"
    api = StrictApi([calls(("left_click", {"coordinate": [5, 5]})), says("Saved.")])
    client, folder = api.client(), tmp_path / "run"
    run("Press Save", desktop, client=client, model=model, history="thread", trace=folder)
    body = request(read_trace(folder))
    told = [message for part in api.requests for message in part["messages"]]
    assert [m["role"] for m in body["messages"]] == ["user", "assistant", "user"]
    assert [m for m in body["messages"] if m["role"] == "user"] == told
    assert body["thread"] == {"type": "create"}
    assert body["system"] == api.requests[0]["system"]


@pytest.mark.usefixtures("no_late_answers")
def test_a_run_that_goes_on_is_told_with_what_came_before(desktop: Desktop, tmp_path: Path) -> None:
    model, folder = "claude-opus-5-5", tmp_path / "run"
    api = StrictApi([calls(("left_click", {"coordinate": [5, 5]})), says("Done."), says("Yes.")])
    client = api.client()
    run("Press Save", desktop, client=client, model=model, trace=folder)
    before = read_trace(folder)
    run("Sure?", desktop, client=client, model=model, trace=folder, resume=before)
    trace = read_trace(folder)
    assert trace.turns == 3
    for number, body in enumerate(sent(api), 1):
        require_same(trace, number, body)


def test_a_summary_is_no_turn_and_comes_after_the_answer_of_its_number(tmp_path: Path) -> None:
    short = ({"role": "user", "content": [text("In short.")]},)
    told = [
        *turn(1, "I look.", ("screenshot", {})),
        assistant(text("I look.")),
        user(text("Well?")),
        answered(1, "compaction"),
        Shortened("compacted", 0, short),
        *turn(2, "Done."),
    ]
    trace = story(tmp_path / "run", told).trace
    roles = [[m["role"] for m in request(trace, number)["messages"]] for number in (1, 2)]
    assert roles == [["user"], ["user"]]
    assert request(trace, 1)["messages"] != request(trace, 2)["messages"]
    assert request(trace, 2)["messages"][0]["content"][0]["text"] == "In short."


@pytest.mark.parametrize("number", [1, 2])
def test_traces_of_every_format_are_exported(tmp_path: Path, number: int) -> None:
    trace = read_trace(SAMPLES / f"format-{number}")
    told = story_of(trace)
    assert request(trace)["messages"]
    ast.parse(script(told))
    film(told, tmp_path / "film.gif", width=160)
