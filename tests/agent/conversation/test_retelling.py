"""What is left of a conversation that is told anew: the user's words, and what came of them."""

from typing import Any

from trueclick.agent.conversation.history import History
from trueclick.agent.conversation.retelling import after_summary, retold

from .messages import Message, picture, task, turn


def grown(turns: int, pictures: int = 1) -> History:
    messages = [task(), *(m for number in range(turns) for m in turn(number, pictures))]
    return History(messages)


def texts(message: Message) -> list[str]:
    return [block["text"] for block in message["content"] if block["type"] == "text"]


def used(
    name: str, identity: str, given: Any, result: str, *, error: bool = False
) -> list[Message]:
    call = {"type": "tool_use", "id": identity, "name": name, "input": given}
    answer: dict[str, Any] = {
        "type": "tool_result",
        "tool_use_id": identity,
        "content": [{"type": "text", "text": result}],
    }
    if error:
        answer["is_error"] = True
    return [{"role": "assistant", "content": [call]}, {"role": "user", "content": [answer]}]


def test_a_summary_stands_first_and_the_task_and_the_last_screenshot_follow() -> None:
    history = grown(5)
    summary: Message = {
        "role": "assistant",
        "content": [{"type": "compaction", "content": "So far so good.", "signature": "x"}],
    }
    first, second = after_summary(summary, history.messages)
    assert first is summary
    assert second["role"] == "user"
    assert texts(second)[0] == "Do it."
    assert second["content"][-1] == history.pictures[-1]


def test_a_retelling_names_what_was_said_and_done_and_holds_no_thinking() -> None:
    history = grown(3)
    history.messages[1]["content"].insert(0, {"type": "text", "text": "I click\n\nthere."})
    history.messages[1]["content"].insert(0, {"type": "thinking", "thinking": "?", "signature": ""})
    (message,) = retold(history.messages)
    first, *_, account, _ = texts(message)
    assert first == "Do it."
    assert "- said: I click\n- said: there.\n- left_click" in account
    assert account.count("- left_click") == 3
    assert "thinking" not in str(message)
    assert message["content"][-1] == history.pictures[-1]


def test_every_word_of_the_users_outlives_any_number_of_retellings() -> None:
    history = grown(2)
    history.messages[2]["content"].append({"type": "text", "text": "The user adds: NEVER delete."})
    asked = {"reason": "needs_user", "message": "Which one?"}
    for message in used("hand_back", "h", asked, "The user answers: The red one."):
        history.add(message)
    (once,) = retold(history.messages)
    (twice,) = retold([once, *turn(7)])
    for told in (once, twice):
        words = texts(told)
        assert words[:2] == ["Do it.", "The user adds: NEVER delete."]
        assert words[2] == "You asked: Which one?\nThe user answers: The red one."
    assert "[0, 0]" in str(twice)
    assert "[7, 0]" in str(twice)
    assert str(twice).count("in the midst of this") == 1


def test_what_a_summary_said_is_in_a_later_retelling() -> None:
    summary: Message = {
        "role": "assistant",
        "content": [{"type": "compaction", "content": "Half is done.", "signature": "x"}],
    }
    messages = after_summary(summary, grown(2).messages)
    (told,) = retold([*messages, *turn(9)])
    assert "Half is done." in str(told)
    assert "compaction" not in str(told)
    assert texts(told)[0] == "Do it."


def test_what_was_refused_is_not_told_as_done() -> None:
    messages = [task(), *used("key", "k", {"text": "Delete"}, "not approved: no", error=True)]
    (told,) = retold(messages)
    assert '- key {"text": "Delete"} (NOT done: not approved: no)' in str(texts(told))


def test_a_zoom_is_no_screenshot() -> None:
    history = grown(1)
    zoom, result = used("zoom", "z", {"region": [0, 0, 9, 9]}, "")
    result["content"][0]["content"] = [picture(99)]
    history.add(zoom)
    history.add(result)
    (told,) = retold(history.messages)
    assert told["content"][-1] == picture(0)
    result["content"][0]["content"].append(picture(100))  # attached after a batch that ends in it
    (told,) = retold(history.messages)
    assert told["content"][-1] == picture(100)


def test_a_retelling_of_a_long_run_stays_short() -> None:
    history = History([task()])
    for number in range(2000):
        for message in turn(number, 0):
            history.add(message)
        history.messages[-2]["content"].append({"type": "text", "text": "x" * 10_000})
    (message,) = retold(history.messages)
    assert len(str(message)) < 30_000
    assert "[1999, 0]" in str(message)
