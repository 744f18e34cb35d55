"""What becomes of each answer: stop reasons, empty answers, hand-backs, instructions, pictures."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import pytest

from trueclick.agent import (
    Acted,
    Application,
    Budget,
    Desktop,
    Event,
    Instructed,
    Instructions,
    Shortened,
    run,
)
from trueclick.agent.conversation import shortening
from trueclick.agent.testing import HttpError, Request, StrictApi, Turn, calls, says, uses
from trueclick.agent.toolset import UNCHANGED
from trueclick.agent.trace import read_trace
from trueclick.geometry import UsageError

from ..recorder import Recorder

SONNET, BOUND, FREE = "claude-sonnet-5-5", "claude-opus-5-5", "claude-opus-5"
LOOK = calls(("screenshot", {}))
CLICK = calls(("left_click", {"coordinate": [5, 5]}))


def hand_back(reason: str, message: str = "Which colour?") -> Turn:
    return uses({"reason": reason, "message": message}, name="hand_back")


def last_content(api: StrictApi) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = api.requests[-1]["messages"][-1]["content"]
    return content


@pytest.mark.parametrize(
    ("turn", "status", "text"),
    [
        (says("Done."), "done", "Done."),
        (says("Done.", "stop_sequence"), "done", "Done."),
        (says("Not that.", "refusal"), "refused", "Not that."),
        (says("", "refusal"), "refused", "the model refused to go on"),
        (says("Hm.", "something_new"), "failed", "an unknown reason: something_new"),
        (
            says("Hm.", "model_context_window_exceeded"),
            "failed",
            "does not fit the model's context",
        ),
    ],
)
def test_a_stop_reason_ends_the_run_as_what_it_is(
    desktop: Desktop, turn: Turn, status: str, text: str
) -> None:
    result = run("x", desktop, client=StrictApi([turn]).client(), model=SONNET)
    assert result.status == status
    assert text in result.text


def test_a_paused_turn_is_sent_back_and_goes_on(desktop: Desktop) -> None:
    api = StrictApi([says("Wait.", "pause_turn"), says("Done.")])
    assert run("x", desktop, client=api.client(), model=SONNET).text == "Done."
    assert api.requests[1]["messages"][-1]["role"] == "assistant"
    assert api.violations == ()


def test_an_answer_that_was_cut_off_is_asked_for_again_with_more_room(desktop: Desktop) -> None:
    cut = replace(calls(("type", {"text": "half a"})), stop_reason="max_tokens")
    api = StrictApi([cut, cut, says("Done.")])
    result = run("x", desktop, client=api.client(), model=SONNET)
    assert result.status == "done"
    assert result.actions == 0  # a call that may be cut short is never carried out
    assert [request["max_tokens"] for request in api.requests] == [16_384, 65_536, 128_000]
    assert len(api.requests[2]["messages"]) == 1


def test_an_answer_that_is_cut_off_at_the_models_limit_is_reported(desktop: Desktop) -> None:
    api = StrictApi([says("a", "max_tokens")] * 4)
    result = run("x", desktop, client=api.client(), model="claude-haiku-4-5")
    assert (result.status, result.text) == ("failed", "the answer was cut off after 64000 tokens")


def test_an_answer_that_the_budget_cut_off_ends_the_run_as_that(desktop: Desktop) -> None:
    api = StrictApi([says("a", "max_tokens")])
    result = run("x", desktop, client=api.client(), model=SONNET, budget=Budget(tokens=12_000))
    assert result.status == "budget"
    assert api.requests[0]["max_tokens"] < 8000
    assert "the budget left" in result.text


def test_a_window_that_is_full_is_retold_and_the_run_goes_on(desktop: Desktop) -> None:
    full = says("I ran out of", "model_context_window_exceeded")
    api = StrictApi([LOOK.saying("I look."), CLICK, full, says("Done.")])
    events: list[Event] = []
    result = run("Do it.", desktop, client=api.client(), model=BOUND, on_event=events.append)
    assert result.status == "done"
    (shortened,) = (event for event in events if isinstance(event, Shortened))
    assert shortened.how == "compacted"
    (message,) = api.requests[-1]["messages"]
    first, *_, told = (block["text"] for block in message["content"][:3])
    assert first == "Do it."
    assert "- said: I look." in told
    assert '- left_click {"coordinate": [5, 5]}' in told
    assert api.violations == ()


def test_an_empty_answer_is_asked_about_and_too_many_end_the_run(desktop: Desktop) -> None:
    api = StrictApi([says(""), LOOK, says(""), says(""), says("Done.")])
    assert run("x", desktop, client=api.client(), model=SONNET).status == "done"
    assert api.violations == ()
    api = StrictApi([says("")] * 3)
    result = run("x", desktop, client=api.client(), model=SONNET)
    assert (result.status, result.text) == (
        "failed",
        "the model answered nothing, 3 times in a row",
    )


def test_unknown_tools_and_broken_batches_are_answered_legally(
    desktop: Desktop, window: Recorder
) -> None:
    strange = Turn(
        (
            {"type": "tool_use", "name": "shell", "input": {"command": "rm -rf /"}},
            {
                "type": "tool_use",
                "name": "left_click",
                "toolset_name": "browser",
                "input": {"coordinate": [5, 5]},
            },
            *CLICK.content,
        ),
        "tool_use",
    )
    api = StrictApi([strange, says("Done.")])
    assert run("x", desktop, client=api.client(), model=SONNET).status == "done"
    assert api.violations == ()
    assert [block.get("is_error", False) for block in last_content(api)] == [True, True, True]
    assert window.buttons() == []


def test_a_task_that_cannot_be_done_failed(desktop: Desktop) -> None:
    api = StrictApi([hand_back("impossible", "There is no such button.")])
    result = run("x", desktop, client=api.client(), model=SONNET)
    assert (result.status, result.text) == ("failed", "There is no such button.")


def test_a_question_that_nobody_answers_ends_the_run(desktop: Desktop, tmp_path: Path) -> None:
    api = StrictApi([hand_back("needs_user")])
    result = run("x", desktop, client=api.client(), model=SONNET, trace=tmp_path / "trace")
    assert (result.status, result.text) == ("needs_user", "Which colour?")
    trace = read_trace(tmp_path / "trace")
    api = StrictApi(lambda request: says("Blue it is.") if "Blue." in str(request) else LOOK)
    result = run("Blue.", desktop, client=api.client(), model=SONNET, resume=trace)
    assert (result.status, result.text) == ("done", "Blue it is.")
    assert api.violations == ()


def test_a_question_that_somebody_answers_goes_on(desktop: Desktop) -> None:
    asked: list[str] = []

    def blue(question: str) -> str:
        asked.append(question)
        return "Blue."

    api = StrictApi([hand_back("needs_user"), says("Done.")])
    events: list[Event] = []
    result = run(
        "x", desktop, client=api.client(), model=SONNET, on_question=blue, on_event=events.append
    )
    assert result.status == "done"
    assert asked == ["Which colour?"]
    assert "The user answers: Blue." in str(last_content(api))
    assert Instructed("Blue.", "Which colour?") in events
    assert api.violations == ()


def test_what_the_user_adds_is_read_with_the_next_results_or_instead_of_the_end(
    desktop: Desktop,
) -> None:
    said = Instructions()

    def script(request: Request) -> Turn:
        if request.number == 1:
            said.add("Use the red one.")
            said.add("  ")
            return LOOK
        if request.number == 2:
            said.add("And then the blue one.")
            return says("Done.")
        return says("Now it is done.")

    api = StrictApi(script)
    result = run("x", desktop, client=api.client(), model=SONNET, instructions=said)
    assert result.text == "Now it is done."
    *_, added = api.requests[1]["messages"][-1]["content"]
    assert added["text"] == "The user adds: Use the red one."
    assert [block["text"] for block in last_content(api)] == [
        "The user adds: And then the blue one."
    ]
    assert api.violations == ()


class Ended(Application):
    def __init__(self) -> None:
        pass

    @property
    def exit_status(self) -> int | None:
        return -11


def test_the_model_is_told_once_that_the_application_has_ended(desktop: Desktop) -> None:
    api = StrictApi([LOOK, LOOK, says("It crashed.")])
    run("x", desktop, client=api.client(), model=SONNET, application=Ended())
    assert str(api.requests[-1]).count("(The application has ended, with status -11.)") == 1


def test_a_batch_that_ends_in_no_screenshot_gets_one_with_its_last_result(
    desktop: Desktop, window: Recorder
) -> None:
    del window
    move = ("mouse_move", {"coordinate": [9, 9]})
    api = StrictApi([calls(move, move), calls(move, ("screenshot", {})), says("Done.")])
    events: list[Event] = []
    run("x", desktop, client=api.client(), model=SONNET, on_event=events.append)
    first, second = api.requests[1]["messages"][-1]["content"]
    assert [block["type"] for block in first["content"]] == ["text"]
    assert [block["type"] for block in second["content"]][:2] == ["text", "image"]
    _, second = last_content(api)
    assert [block["type"] for block in second["content"]].count("image") == 1
    acted = [(e.member, e.id == "") for e in events if isinstance(e, Acted)]
    assert [member for member, unasked in acted if unasked] == ["screenshot"]
    assert api.violations == ()


def test_a_screenshot_that_shows_nothing_new_is_a_line_of_words(desktop: Desktop) -> None:
    move = calls(("mouse_move", {"coordinate": [9, 9]}))
    api = StrictApi([LOOK, move, move, says("Done.")])
    run("x", desktop, client=api.client(), model=SONNET)
    (result,) = last_content(api)
    assert [block.get("text") for block in result["content"]] == ["Moved the mouse.", UNCHANGED]
    assert str(api.requests[-1]).count("'image'") == 1


def test_looking_alone_attaches_nothing(desktop: Desktop) -> None:
    look = calls(("zoom", {"region": [0, 0, 100, 100]}), ("cursor_position", {}))
    api = StrictApi([look, says("Done.")])
    run("x", desktop, client=api.client(), model=SONNET)
    assert str(api.requests[-1]["messages"]).count("'image'") == 1


def test_a_batch_of_which_nothing_was_carried_out_attaches_nothing(desktop: Desktop) -> None:
    api = StrictApi([calls(("left_click", {"coordinate": [-1, 5]})), says("Done.")])
    run("x", desktop, client=api.client(), model=SONNET)
    assert "'image'" not in str(api.requests[-1]["messages"])


def test_effort_and_history_reach_the_request(desktop: Desktop) -> None:
    api = StrictApi([LOOK, says("Done.")])
    run("x", desktop, client=api.client(), model=BOUND, effort="low", history="thread")
    first, second = api.requests
    assert first["output_config"] == {"effort": "low"}
    assert first["thread"] == {"type": "create"}
    assert second["thread"]["type"] == "continue"
    assert len(second["messages"]) == 1
    assert "system" not in second
    assert "tools" not in second
    assert api.violations == ()


def test_a_budget_in_usd_holds_to_the_cent(desktop: Desktop) -> None:
    api = StrictApi(lambda _: LOOK)
    budget = Budget(usd=0.10)
    result = run("x", desktop, client=api.client(), model=BOUND, budget=budget)
    assert result.status == "budget"
    assert "over the budget of 0.1 USD" in result.text
    assert api.usd is not None
    assert 0.05 < api.usd <= 0.10
    assert result.usd == api.usd


def test_a_price_that_is_unknown_takes_no_budget(desktop: Desktop) -> None:
    with pytest.raises(UsageError, match="whose price is known"):
        run(
            "x",
            desktop,
            client=StrictApi([]).client(),
            model="claude-mythos-5-2",
            budget=Budget(usd=1),
        )


@pytest.mark.slow  # forty turns
def test_an_api_that_clears_nothing_is_asked_for_summaries_instead(desktop: Desktop) -> None:
    no_edits = HttpError(400, "context_management: Extra inputs are not permitted")

    def refuses(number: int) -> HttpError | None:
        return no_edits if number == 28 else None

    look = [calls(("screenshot", {}))] * 40
    api = StrictApi([*look, says("Done.")], faults=refuses)
    events: list[Event] = []
    result = run("x", desktop, client=api.client(), model=BOUND, on_event=events.append)
    assert result.status == "done"
    assert [event.how for event in events if isinstance(event, Shortened)] == ["cleared", "pruned"]
    assert "context_management" in api.requests[27]
    assert not any("context_management" in request for request in api.requests[28:])
    assert api.violations == ()


def test_a_summary_that_the_api_refuses_is_made_by_us(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(number: int) -> HttpError | None:
        return HttpError(400, "compaction: not supported") if number == 4 else None

    api = StrictApi([LOOK, LOOK, LOOK, says("Done.")], faults=refuses)
    monkeypatch.setattr(shortening, "THREAD_TOKENS", 8500)
    result = run("x", desktop, client=api.client(), model=BOUND, history="thread")
    assert result.status == "done"
    assert "compaction" in api.requests[3]
    assert "What you have said and done so far" in str(api.requests[4]["messages"])
    assert api.violations == ()


def test_nothing_is_done_after_the_task_was_given_back_in_the_same_batch(
    desktop: Desktop, window: Recorder
) -> None:
    back = hand_back("needs_user", "May I?").content
    batch = Turn((*back, *CLICK.content, *back), "tool_use")
    for answer in ("No, never!", None):
        asked: list[str] = []

        def reply(
            question: str, answer: str | None = answer, asked: list[str] = asked
        ) -> str | None:
            asked.append(question)
            return answer

        api = StrictApi([batch, says("Then not.")])
        result = run("x", desktop, client=api.client(), model=SONNET, on_question=reply)
        assert result.status == ("needs_user" if answer is None else "done")
        assert asked == ["May I?"]
        assert window.buttons() == []
        assert api.violations == ()


def test_a_malformed_hand_back_needs_the_user(desktop: Desktop) -> None:
    for given in ([], {"reason": 5, "message": None}):
        api = StrictApi([uses(given, name="hand_back")])
        result = run("x", desktop, client=api.client(), model=SONNET)
        assert (result.status, result.text) == ("needs_user", "no reason given")


def test_what_the_user_says_meanwhile_lets_a_run_go_on_that_was_given_up(desktop: Desktop) -> None:
    said = Instructions()

    def script(request: Request) -> Turn:
        if request.number == 1:
            said.add("Use the other button.")
            return hand_back("impossible", "There is no such button.")
        return says("Done with the other one.")

    api = StrictApi(script)
    result = run("x", desktop, client=api.client(), model=SONNET, instructions=said)
    assert (result.status, result.text) == ("done", "Done with the other one.")


def test_what_the_user_said_too_late_is_kept_for_the_next_part(desktop: Desktop) -> None:
    said = Instructions()

    def script(_: Request) -> Turn:
        said.add("Stop, use the other one.")
        return says("No.", "refusal")

    events: list[Event] = []
    run(
        "x",
        desktop,
        client=StrictApi(script).client(),
        model=SONNET,
        instructions=said,
        on_event=events.append,
    )
    assert [type(event).__name__ for event in events[-2:]] == ["Instructed", "Ended"]


def test_an_empty_pause_is_no_message(desktop: Desktop) -> None:
    api = StrictApi([says("", "pause_turn"), says("Done.")])
    assert run("x", desktop, client=api.client(), model=SONNET).status == "done"
    assert api.violations == ()


def test_an_empty_task_is_the_callers_mistake(desktop: Desktop) -> None:
    with pytest.raises(UsageError, match="the task is empty"):
        run("  ", desktop, client=StrictApi([]).client(), model=SONNET)


def test_a_conversation_that_the_api_finds_changed_loses_its_thinking_and_goes_on(
    desktop: Desktop,
) -> None:
    told = "messages.1.content.0: Invalid `signature` in `thinking` block."
    api = StrictApi([LOOK, LOOK, says("Done.")], faults={3: HttpError(400, told)})
    assert run("x", desktop, client=api.client(), model=BOUND).status == "done"
    assert "'thinking'" in str(api.requests[2]["messages"])
    last = api.requests[3]["messages"]
    assert "'thinking'" not in str(last)
    assert len(last) == len(api.requests[2]["messages"])
    assert api.violations == ()


class Pinging(httpx2.BaseTransport):
    """A server that takes a request and then does nothing but ping."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.over = threading.Event()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.set()
        headers = {"content-type": "text/event-stream"}
        return httpx2.Response(200, headers=headers, stream=_Pings(self.over), request=request)


class _Pings(httpx2.SyncByteStream):
    def __init__(self, over: threading.Event) -> None:
        self._over = over

    def __iter__(self) -> Iterator[bytes]:
        while not self._over.wait(0.01):
            yield b'event: ping\ndata: {"type": "ping"}\n\n'


def pinged(transport: Pinging) -> anthropic.Anthropic:
    return anthropic.Anthropic(
        api_key="none", base_url="http://x.invalid", http_client=httpx2.Client(transport=transport)
    )


def test_a_stop_is_seen_while_a_server_does_nothing_but_ping(desktop: Desktop) -> None:
    server = Pinging()

    def stop() -> None:
        server.asked.wait()
        desktop.stop.request("enough")

    threading.Thread(target=stop, daemon=True).start()
    result = run("x", desktop, client=pinged(server), model=SONNET)
    server.over.set()
    assert (result.status, result.text) == ("stopped", "enough")


def test_a_budget_of_time_ends_the_wait_for_an_answer(desktop: Desktop) -> None:
    server = Pinging()
    result = run("x", desktop, client=pinged(server), model=SONNET, budget=Budget(seconds=0.3))
    server.over.set()
    assert result.status == "budget"
    assert "not done after" in result.text


def test_what_a_stopped_answer_used_is_counted(desktop: Desktop) -> None:
    class Slow(StrictApi):
        """Stops the run as soon as it has begun to answer."""

        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            response = super().handle_request(request)
            if len(self.requests) == 2:
                whole = response.read()
                response = httpx2.Response(
                    200, headers=response.headers, stream=_Stalling(whole), request=request
                )
            return response

    class _Stalling(httpx2.SyncByteStream):
        def __init__(self, whole: bytes) -> None:
            self._whole = whole

        def __iter__(self) -> Iterator[bytes]:
            yield self._whole[: self._whole.index(b"content_block_start")]
            time.sleep(0.2)
            desktop.stop.request("enough")
            over.wait(20)

    over = threading.Event()
    api = Slow([LOOK, says("Never read.")])
    result = run("x", desktop, client=api.client(), model=SONNET)
    over.set()
    assert result.status == "stopped"
    assert result.usage.input == api.usage.input
