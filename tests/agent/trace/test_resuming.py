"""Wherever a trace breaks off, what is sent next is legal and changes nothing that was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trueclick.agent.events import Added, Calling, Instructed, Shortened, Started
from trueclick.agent.outcome import Outcome
from trueclick.agent.trace import Resumption, TraceWriter, read_trace, resumed
from trueclick.agent.trace.answering import CARRIED_OUT, INTERRUPTED, PERHAPS
from trueclick.geometry import Model, Point, Size, UsageError

from .conftest import Reader
from .told import (
    STARTED,
    TASK,
    acted,
    answered,
    assistant,
    call,
    image_block,
    picture,
    result,
    shown,
    small_run,
    text,
    thinking,
    user,
)

NOT_EXECUTED = "Not executed: an earlier computer action in this turn failed."
"""In the API's words."""

Json = dict[str, Any]


def results(going_on: Resumption) -> list[tuple[str, str, bool]]:
    """The results in the last message: of what, the words, whether an error."""
    blocks: Sequence[Json] = going_on.messages[-1]["content"]
    return [
        (
            block["tool_use_id"],
            "".join(part.get("text", "<picture>") for part in block["content"]),
            block.get("is_error", False),
        )
        for block in blocks
        if block["type"] == "tool_result"
    ]


def words(going_on: Resumption) -> str:
    """The text at the end of the last message."""
    return str(going_on.messages[-1]["content"][-1]["text"])


def problems(messages: Sequence[Any]) -> list[str]:
    """What the API would refuse in a conversation."""
    found: list[str] = []
    waiting: list[Json] = []
    for message in messages:
        content = message["content"]
        if message["role"] == "user":
            found += badly_answered(content, waiting)
            waiting = []
        else:
            found += [f"unanswered: {block}" for block in waiting]
            waiting = [block for block in content if block["type"] == "tool_use"]
        found += [f"empty: {b}" for b in content if b["type"] == "text" and not b["text"].strip()]
    if waiting or messages[-1]["role"] != "user":
        found.append("it is not the user's turn")
    return found


def badly_answered(content: Sequence[Json], calls: Sequence[Json]) -> list[str]:
    """What is wrong with the answers to calls."""
    found: list[str] = []
    given = [block for block in content if block["type"] == "tool_result"]
    if list(content[: len(given)]) != given:
        found.append("results come first")
    asked = [(block["id"], block.get("toolset_name")) for block in calls]
    if [(block["tool_use_id"], block.get("toolset_name")) for block in given] != asked:
        found.append(f"{asked} is answered by {given}")
    for block in given:
        kinds = [part["type"] for part in block["content"]]
        if block.get("is_error") and kinds != ["text"]:
            found.append(f"an error holds words alone: {block}")
    return found


@pytest.mark.parametrize("instruction", ["", "Use the other window."])
def test_a_run_goes_on_from_everywhere(trace_of: Reader, tmp_path: Path, instruction: str) -> None:
    told = small_run(None)
    for length in range(1, len(told) + 1):
        trace = trace_of(*told[:length])
        going_on = resumed(trace, STARTED, instruction=instruction)
        assert problems(going_on.messages) == []
        sent = trace.messages
        assert going_on.messages[: len(sent)] == sent, "what was sent stays as it was"
        assert going_on.settings == replace(STARTED, resumed=True)
        assert going_on.events[0] == going_on.settings
        if instruction:
            assert instruction in words(going_on)
        with TraceWriter(trace.folder, after=trace) as writer:
            for event in going_on.events:
                writer(event)
        again = read_trace(trace.folder)
        assert again.messages == going_on.messages
        # Broken off again before the answer came, it goes on once more.
        once_more = resumed(again, STARTED)
        assert problems(once_more.messages) == []
        assert once_more.messages[: len(going_on.messages)] == going_on.messages


BATCH = assistant(
    call("t1", "left_click", coordinate=[1, 2]),
    call("t2", "cursor_position"),
    call("t3", "screenshot"),
    call("t4", "type", text="x"),
)
CLICKED = acted("t1", "left_click", coordinate=[1, 2])
POINTED = replace(acted("t2", "cursor_position"), outcome=Outcome(pointer=Point[Model](3, 4)))


def test_calls_are_answered_by_what_is_known_of_them(trace_of: Reader) -> None:
    trace = trace_of(
        *(STARTED, Added(TASK), BATCH, CLICKED, POINTED, shown("t3", picture())),
        Calling("t4", "type", {"text": "x"}),
    )
    going_on = resumed(trace, STARTED)
    assert results(going_on) == [
        ("t1", CARRIED_OUT, False),
        ("t2", "X=3,Y=4", False),
        ("t3", "<picture>", False),
        ("t4", PERHAPS, True),
    ]
    blocks = going_on.messages[-1]["content"]
    assert blocks[2]["content"] == [image_block(picture())]
    assert {block.get("toolset_name") for block in blocks[:4]} == {"computer"}
    assert "look at it before you go on" in words(going_on)


def test_what_comes_after_what_may_have_happened_was_not_executed(trace_of: Reader) -> None:
    begun = Calling("t1", "left_click", {"coordinate": [1, 2]})
    trace = trace_of(STARTED, Added(TASK), BATCH, begun)
    assert results(resumed(trace, STARTED)) == [
        ("t1", PERHAPS, True),
        ("t2", NOT_EXECUTED, True),
        ("t3", NOT_EXECUTED, True),
        ("t4", NOT_EXECUTED, True),
    ]


def test_what_had_not_begun_was_interrupted(trace_of: Reader) -> None:
    trace = trace_of(STARTED, Added(TASK), BATCH, CLICKED)
    assert results(resumed(trace, STARTED)) == [
        ("t1", CARRIED_OUT, False),
        ("t2", INTERRUPTED, True),
        ("t3", NOT_EXECUTED, True),
        ("t4", NOT_EXECUTED, True),
    ]


def test_what_was_refused_is_told_again(trace_of: Reader) -> None:
    refused = acted("t1", "left_click", "(9999, 2) is outside the 1280x800 screenshot")
    trace = trace_of(STARTED, Added(TASK), BATCH, refused)
    assert results(resumed(trace, STARTED))[:2] == [
        ("t1", "(9999, 2) is outside the 1280x800 screenshot", True),
        ("t2", NOT_EXECUTED, True),
    ]


def test_an_older_tools_calls_are_told_apart_by_what_they_ask(trace_of: Reader) -> None:
    def old(id_: str, action: str, **values: object) -> Json:
        given = {"action": action, **values}
        return {"type": "tool_use", "id": id_, "name": "computer", "input": given}

    message = assistant(
        old("t1", "type", text="a"), old("t2", "type", text="b"), old("t3", "screenshot")
    )
    older = replace(
        STARTED,
        model="claude-sonnet-4-5",
        tools=({"type": "computer_20250124", "name": "computer", "display_width_px": 1280},),
    )
    trace = trace_of(
        older,
        Added(TASK),
        message,
        Calling("", "type", {"text": "a"}),
        acted("", "type", text="a"),
        Calling("", "type", {"text": "b"}),
    )
    going_on = resumed(trace, older)
    assert results(going_on) == [
        ("t1", CARRIED_OUT, False),
        ("t2", PERHAPS, True),
        ("t3", NOT_EXECUTED, True),
    ]
    assert all("toolset_name" not in block for block in going_on.messages[-1]["content"])
    assert problems(going_on.messages) == []


def test_words_that_were_not_sent_any_more_are_sent(trace_of: Reader) -> None:
    trace = trace_of(STARTED, Added(TASK), BATCH, Instructed("close the window"))
    assert words(resumed(trace, STARTED, instruction="and save")).endswith(
        "close the window\n\nand save"
    )


def test_a_task_that_nobody_has_answered_is_sent_as_it_was(trace_of: Reader) -> None:
    going_on = resumed(trace_of(STARTED, Added(TASK)), STARTED)
    assert going_on.messages == (TASK,)
    assert going_on.events == (replace(STARTED, resumed=True),)


def test_a_task_that_was_never_sent_is_sent(trace_of: Reader) -> None:
    going_on = resumed(trace_of(STARTED), replace(STARTED, task=""))
    assert going_on.messages == (TASK,)
    assert going_on.settings.task == "Press Save"


def test_results_that_nobody_has_answered_are_sent_as_they_were_and_a_warning(
    trace_of: Reader,
) -> None:
    whole = small_run(None)[:10]
    going_on = resumed(trace_of(*whole), STARTED)
    assert going_on.messages[:-1] == tuple(e.message for e in whole if isinstance(e, Added))
    assert "interrupted" in words(going_on)


def test_a_run_that_ended_goes_on_with_what_the_user_says(trace_of: Reader) -> None:
    going_on = resumed(trace_of(*small_run(None)), STARTED, instruction="Now print it.")
    assert "had ended" in words(going_on)
    assert words(going_on).endswith("Now print it.")
    assert Instructed("Now print it.") in going_on.events


def test_a_summary_is_where_a_run_goes_on_from(trace_of: Reader) -> None:
    summary: Json = {"role": "assistant", "content": [{"type": "compaction", "content": "..."}]}
    trace = trace_of(*small_run(None)[:12], Shortened("compacted", 1, (summary,)))
    going_on = resumed(trace, STARTED)
    assert going_on.messages[0] == summary
    assert len(going_on.messages) == 2
    assert problems(going_on.messages) == []


def test_the_system_prompt_and_the_tools_stay_as_they_were(trace_of: Reader) -> None:
    newer = replace(
        STARTED,
        system="You operate a desktop, carefully.",
        tools=(STARTED.tools[0], {**STARTED.tools[1], "description": "newer words"}),
        display=":7",
    )
    going_on = resumed(trace_of(*small_run(None)), newer)
    assert going_on.settings.system == STARTED.system
    assert going_on.settings.tools == STARTED.tools
    assert going_on.settings.display == ":7"


FEWER = replace(STARTED, tools=STARTED.tools[:1], system="newer")


def test_thinking_that_is_bound_to_other_tools_is_left_out(trace_of: Reader) -> None:
    trace = trace_of(*small_run(None))
    going_on = resumed(trace, FEWER)
    assert going_on.settings.tools == FEWER.tools
    assert going_on.settings.system == "newer"
    kinds = [block["type"] for message in going_on.messages for block in message["content"]]
    assert "thinking" not in kinds
    assert kinds.count("tool_use") == 4
    with TraceWriter(trace.folder, after=trace) as writer:
        for event in going_on.events:
            writer(event)
    assert read_trace(trace.folder).messages == going_on.messages


def test_a_message_of_thinking_alone_is_left_out_with_it(trace_of: Reader) -> None:
    trace = trace_of(STARTED, Added(TASK), answered(), assistant(thinking("c2ln")))
    going_on = resumed(trace, FEWER)
    assert [message["role"] for message in going_on.messages] == ["user", "user"]


def test_where_thinking_is_not_bound_other_tools_may_come(trace_of: Reader) -> None:
    told = small_run(None)
    told[0] = replace(STARTED, model="claude-opus-4-8")
    going_on = resumed(trace_of(*told), replace(FEWER, model="claude-opus-4-8"))
    assert going_on.settings.tools == FEWER.tools
    assert any(b["type"] == "thinking" for m in going_on.messages for b in m["content"])


@pytest.mark.parametrize(
    "elsewhere", [{"model": "claude-fable-5-2"}, {"platform": "vertex"}], ids=str
)
def test_thinking_stays_with_the_model_that_thought(
    trace_of: Reader, elsewhere: dict[str, str]
) -> None:
    present: Started = replace(STARTED, **elsewhere)  # type: ignore[arg-type]
    going_on = resumed(trace_of(*small_run(None)), present)
    assert going_on.settings.model == present.model
    assert not any(b["type"] == "thinking" for m in going_on.messages for b in m["content"])
    assert problems(going_on.messages) == []


def test_screenshots_of_another_size_are_refused(trace_of: Reader) -> None:
    present = replace(STARTED, screenshot=Size[Model](1024, 768))
    with pytest.raises(UsageError, match=r"of 1280x800.*of 1024x768 now.*screen of 1280x800"):
        resumed(trace_of(*small_run(None)), present)


def test_another_version_of_the_computer_tool_is_refused(trace_of: Reader) -> None:
    old = {"type": "computer_20250124", "name": "computer"}
    present = replace(STARTED, model="claude-haiku-4-5", tools=(old, STARTED.tools[1]))
    with pytest.raises(UsageError, match=r"computer_toolset_20260801.*takes computer_20250124"):
        resumed(trace_of(*small_run(None)), present)


def test_only_the_calls_of_the_last_message_are_answered(trace_of: Reader) -> None:
    # The same id twice, as a model might send it: what was told before does not count.
    first = (assistant(call("t1", "left_click", coordinate=[1, 2])), CLICKED, user(result("t1")))
    trace = trace_of(STARTED, Added(TASK), *first, answered(), first[0])
    assert results(resumed(trace, STARTED)) == [("t1", INTERRUPTED, True)]


def test_what_was_told_before_a_second_break_still_counts(trace_of: Reader) -> None:
    again = replace(STARTED, resumed=True)
    trace = trace_of(STARTED, Added(TASK), BATCH, CLICKED, again)
    assert results(resumed(trace, STARTED))[0] == ("t1", CARRIED_OUT, False)
    assert text(words(resumed(trace, STARTED))) in resumed(trace, STARTED).messages[-1]["content"]
