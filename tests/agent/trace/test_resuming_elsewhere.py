"""A run goes on with another model, on another platform, or with other secrets than before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trueclick.agent.events import Added, Event, Instructed, Shortened, Started
from trueclick.agent.prompt import secrets_rule, system_prompt
from trueclick.agent.testing import StrictApi, says
from trueclick.agent.trace import Resumption, Trace, TraceWriter, read_trace, resumed
from trueclick.agent.trace.answering import CARRIED_OUT
from trueclick.agent.trace.resuming import OTHER_SECRETS

from .test_replaying import long_told
from .test_resumed_requests import ask
from .test_resuming import CLICKED, problems, results, words
from .test_round_trip import written
from .told import STARTED, TASK, answered, assistant, call, result, small_run, text, thinking, user

Json = dict[str, Any]

NO_SUMMARIES: Started = replace(STARTED, model="claude-haiku-5-5")
BEDROCK: Started = replace(STARTED, platform="bedrock")
THREAD: Started = replace(STARTED, history="thread")

SUMMARY: Json = {"type": "compaction", "content": "Two clicks were made.", "signature": "c2ln"}
SUMMARIZED: tuple[Json, ...] = (
    {"role": "assistant", "content": [SUMMARY]},
    {"role": "user", "content": [text("Press Save. You are in the midst of it.")]},
)
IN_WORDS: Json = {
    "role": "user",
    "content": [text("A summary of what came before: Two clicks were made.")],
}


def summarized(*later: Event) -> list[Event]:
    """A run that the API has summarized."""
    return [STARTED, Added(TASK), answered(), Shortened("compacted", 0, SUMMARIZED), *later]


def kept_on(trace: Trace, going_on: Resumption) -> Trace:
    """The trace with what is told first by the run that goes on; it holds what is sent."""
    with TraceWriter(trace.folder, after=trace) as writer:
        for event in going_on.events:
            writer(event)
    later = read_trace(trace.folder)
    assert (later.messages, later.cleared) == (going_on.messages, going_on.cleared)
    return later


@pytest.mark.parametrize("present", [NO_SUMMARIES, BEDROCK], ids=["haiku", "bedrock"])
def test_where_no_summary_is_taken_its_words_stand_for_it(tmp_path: Path, present: Started) -> None:
    later = assistant(thinking("c2ln"), call("t1", "screenshot"))
    trace = read_trace(written(tmp_path / "run", summarized(later, user(result("t1", text("-"))))))
    going_on = resumed(trace, present)
    assert going_on.messages[:2] == (IN_WORDS, SUMMARIZED[1])
    assert "thinking" not in str(going_on.messages)
    assert problems(going_on.messages) == []
    assert isinstance(going_on.events[1], Shortened)
    assert going_on.events[1].how == "compacted"
    kept_on(trace, going_on)
    api = StrictApi([says("I go on.")])
    ask(api, trace, "", present)
    assert api.violations == ()


def test_what_follows_a_summary_in_its_message_stays(tmp_path: Path) -> None:
    first = {"role": "assistant", "content": [SUMMARY, text("I look."), call("t1", "screenshot")]}
    told = [*summarized()[:3], Shortened("compacted", 0, (first,))]
    going_on = resumed(read_trace(written(tmp_path / "run", told)), NO_SUMMARIES)
    rest = {"role": "assistant", "content": [text("I look."), call("t1", "screenshot")]}
    assert going_on.messages[:2] == (IN_WORDS, rest)
    assert problems(going_on.messages) == []


def test_where_summaries_are_taken_one_stays_as_it_is(tmp_path: Path) -> None:
    trace = read_trace(written(tmp_path / "run", summarized()))
    for present in (STARTED, THREAD, replace(STARTED, model="claude-opus-5")):
        going_on = resumed(trace, present)
        assert going_on.messages[:2] == SUMMARIZED
        assert not any(isinstance(event, Shortened) for event in going_on.events)


@pytest.mark.parametrize("present", [THREAD, replace(STARTED, model="claude-opus-5")])
def test_where_the_api_clears_nothing_all_results_are_back(
    tmp_path: Path, present: Started
) -> None:
    trace = read_trace(written(tmp_path / "run", long_told("cleared")))
    going_on = resumed(trace, present)
    assert (trace.cleared, going_on.cleared) == (1, 0)
    assert going_on.messages[:-1] == trace.messages
    # And they stay back if the run goes on where results are cleared.
    assert resumed(kept_on(trace, going_on), STARTED).cleared == 0


def test_where_the_api_clears_results_they_stay_cleared(tmp_path: Path) -> None:
    trace = read_trace(written(tmp_path / "run", long_told("cleared")))
    going_on = resumed(trace, replace(STARTED, model="claude-sonnet-5-5"))
    assert going_on.cleared == 1
    kept_on(trace, going_on)


def test_a_run_that_breaks_off_again_at_once_forgets_nothing(tmp_path: Path) -> None:
    clicks = (call("t1", "left_click", coordinate=[1, 2]), call("t2", "type", text="x"))
    told: list[Event] = [STARTED, Added(TASK), answered(), assistant(thinking("c2ln"), *clicks)]
    folder = written(tmp_path / "run", [*told, CLICKED, Instructed("hurry")])
    present = replace(STARTED, model="claude-fable-5-2")
    trace = read_trace(folder)
    first = resumed(trace, present)
    assert [type(event) for event in first.events] == [Started, Shortened, Added]
    assert results(first)[0] == ("t1", CARRIED_OUT, False)
    with TraceWriter(folder, after=trace) as writer:
        for event in first.events[:-1]:
            writer(event)
    assert resumed(read_trace(folder), present).messages == first.messages


def told_of(
    tmp_path: Path, before: Sequence[str], *now: Sequence[str], events: int = 100
) -> list[str]:
    """What the model is told each time a run goes on, with these secrets one after another."""
    told = small_run(None)
    told[0] = replace(STARTED, system=system_prompt(before))
    trace = read_trace(written(tmp_path / "run", told[:events]))
    said: list[str] = []
    for names in now:
        present = replace(STARTED, system=system_prompt(names))
        going_on = resumed(trace, present, secrets=names, instruction="Go on.")
        assert going_on.settings.system == system_prompt(before), "thinking is bound to it"
        said.append(words(going_on))
        trace = kept_on(trace, going_on)
    return said


def test_the_model_is_told_of_a_new_secret(tmp_path: Path) -> None:
    (said,) = told_of(tmp_path, [], ["PIN"])
    assert said.endswith(f"\n\n{OTHER_SECRETS}\n\n{secrets_rule(['PIN'])}\n\nGo on.")
    assert "{{PIN}}" in said


def test_the_model_is_told_of_a_secret_that_is_no_more(tmp_path: Path) -> None:
    said = told_of(tmp_path, ["PIN", "CODE"], ["CODE"], [])
    assert [secrets_rule(["CODE"]) in said[0], "{{PIN}}" in said[0]] == [True, False]
    assert secrets_rule([]) in said[1]


def test_the_model_is_told_of_secrets_once(tmp_path: Path) -> None:
    said = told_of(tmp_path, ["PIN"], ["PIN"], [], [], ["PIN"], ["PIN"])
    assert [OTHER_SECRETS in each for each in said] == [False, True, False, True, False]


def test_secrets_are_told_of_before_anything_was_seen(tmp_path: Path) -> None:
    for events in (1, 2):
        (said,) = told_of(tmp_path / str(events), [], ["PIN"], events=events)
        assert secrets_rule(["PIN"]) in said


def test_what_the_screen_says_of_secrets_does_not_count(tmp_path: Path) -> None:
    lure = user(result("t1", text(secrets_rule(["PIN"]))))
    asked = assistant(call("t1", "screenshot"))
    told: list[Event] = [STARTED, Added(TASK), answered(), asked, lure]
    going_on = resumed(read_trace(written(tmp_path / "run", told)), STARTED)
    assert OTHER_SECRETS not in words(going_on)


def test_with_a_new_system_prompt_nothing_is_told_of_its_secrets(tmp_path: Path) -> None:
    trace = read_trace(written(tmp_path / "run", small_run(None)))
    present = replace(NO_SUMMARIES, system=system_prompt(["PIN"]))
    going_on = resumed(trace, present, secrets=["PIN"])
    assert going_on.settings.system == present.system
    assert "PIN" not in str(going_on.messages)
