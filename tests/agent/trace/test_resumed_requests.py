"""A real run's trace, cut at every line: the strict API takes what is sent next.

It checks the signatures, too: a message or a tool that had changed would be noticed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trueclick.agent import Desktop, run
from trueclick.agent.conversation.history import CACHED, History
from trueclick.agent.conversation.settings import settings_for
from trueclick.agent.events import Event, Started
from trueclick.agent.older_tool import VERSIONS
from trueclick.agent.testing import StrictApi, Turn, calls, says, uses
from trueclick.agent.tool_versions import newest_version
from trueclick.agent.trace import Trace, read_trace, resumed

HANDED_BACK = uses({"reason": "needs_user", "message": "Which one?"}, name="hand_back")

TOOLSET = (
    calls(("screenshot", {})),
    calls(("left_click", {"coordinate": [10, 10]}), ("cursor_position", {}), ("screenshot", {})),
    calls(("mouse_move", {"coordinate": [20, 20]}), ("left_click", {"coordinate": [9999, 1]})),
    calls(("left_click", {"coordinate": [9999, 1]}), ("key", {"text": "a"}), ("screenshot", {})),
    HANDED_BACK,
    says("Done."),
)
OLDER = (
    uses({"action": "screenshot"}),
    uses({"action": "left_click", "coordinate": [10, 10]}, {"action": "cursor_position"}),
    uses({"action": "left_click", "coordinate": [9999, 1]}, {"action": "key", "text": "a"}),
    HANDED_BACK,
    says("Done."),
)


def script(model: str) -> Iterator[Turn]:
    yield from TOOLSET if newest_version(model) is None else OLDER
    while True:
        yield says("I go on.")


def cut_traces(trace: Trace, parent: Path, before: type[Event] | None = None) -> Iterator[Trace]:
    """The trace as it was after each of its events, or before each of one kind."""
    folder = Path(shutil.copytree(trace.folder, parent / "cut"))
    whole = (folder / "trace.jsonl").read_bytes()
    ends = [index + 1 for index, byte in enumerate(whole) if byte == ord("\n")]
    told = len(trace.events)
    for count in range(told, 0, -1):
        if before is not None and (count == told or type(trace.events[count]) is not before):
            continue
        end = ends[count]
        os.truncate(folder / "trace.jsonl", end)
        yield read_trace(folder)


@pytest.mark.usefixtures("no_late_answers")
@pytest.mark.parametrize("model", ["claude-opus-5-5", "claude-opus-4-8", "claude-sonnet-4-6"])
def test_the_api_takes_what_is_sent_next(desktop: Desktop, tmp_path: Path, model: str) -> None:
    turns = script(model)
    api = StrictApi(lambda _: next(turns))
    ending = run(
        "Press Save",
        desktop,
        client=api.client(),
        model=model,
        on_question=lambda _: "The left one.",
        trace=tmp_path / "run",
    )
    assert (ending.status, ending.text) == ("done", "Done.")
    assert api.violations == ()
    trace = read_trace(tmp_path / "run")
    assert trace.result == ending
    sent = 0
    for cut in cut_traces(trace, tmp_path):
        ask(api, cut, "The right one." if sent % 2 else "")
        sent += 1
    assert sent > 25
    assert api.violations == ()


def ask(api: StrictApi, trace: Trace, words: str, present: Started | None = None) -> None:
    """Send what would be sent next, with the present settings or those of before."""
    present = present or trace.settings
    going_on = resumed(trace, present, instruction=words)
    tools: list[Any] = [*going_on.settings.tools]
    history = History(list(map(dict, going_on.messages)))
    history.cleared = going_on.cleared
    messages: list[Any] = history.marked()
    system: Any = [{"type": "text", "text": going_on.settings.system, "cache_control": CACHED}]
    edits: Any = history.edits()
    version = newest_version(present.model)
    settings = settings_for(present.model, tool_betas=(VERSIONS[version].beta,) if version else ())
    with api.client().beta.messages.stream(
        **settings.params,
        model=present.model,
        max_tokens=4096,
        system=system,
        tools=tools,
        messages=messages,
        **({} if edits is None else {"context_management": edits}),
        betas=[*settings.betas],
    ) as stream:
        assert stream.get_final_message().stop_reason == "end_turn"
