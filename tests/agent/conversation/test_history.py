"""What is sent of a conversation: pictures leave it in batches, and all else stays as it was."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from trueclick.agent.conversation.history import AT_MOST, CACHED, KEPT, LEFT_OUT, History

from .messages import picture, task, turn


def conversation(turns: int, pictures: int = 1, calls: int = 1) -> History:
    history = History([task()])
    for number in range(turns):
        for message in turn(number, pictures, calls):
            history.add(message)
    return history


def data(history: History) -> list[str]:
    return [block["source"]["data"] for block in history.pictures]


def test_pruning_leaves_the_last_pictures_and_words_for_the_others() -> None:
    history = conversation(30)
    before = data(history)
    assert history.prune() == 30 - KEPT
    assert data(history) == before[-KEPT:]
    assert str(history.messages).count(LEFT_OUT) == 30 - KEPT
    assert history.prune() == 0


def test_pruning_leaves_all_pictures_that_the_model_has_not_seen() -> None:
    history = conversation(10)
    for message in turn(10, pictures=7):
        history.add(message)
    history.prune()
    assert data(history) == [block["source"]["data"] for block in map(picture, range(10000, 10007))]


def test_a_batch_of_more_pictures_than_a_request_may_hold_is_pruned_itself() -> None:
    history = conversation(1, pictures=40)
    history.prune()
    assert len(history.pictures) == 20


def test_pruning_edits_no_message_that_somebody_else_holds() -> None:
    history = conversation(30)
    held = list(history.messages)
    text = str(held)
    history.prune()
    assert str(held) == text


def test_pictures_beside_results_are_pruned_like_those_in_them() -> None:
    history = conversation(5)
    history.messages[2]["content"].append(picture(7))
    assert history.prune() == 3
    assert history.messages[2]["content"][-1] == {"type": "text", "text": LEFT_OUT}


def test_the_api_is_told_to_keep_the_results_with_the_last_pictures() -> None:
    history = conversation(10, calls=3)
    assert history.edits() is None
    assert history.clear() == 7
    edits: Any = history.edits()
    assert edits["edits"] == [
        {
            "type": "clear_tool_uses_20250919",
            "trigger": {"type": "tool_uses", "value": 23},
            "keep": {"type": "tool_uses", "value": 7},
        }
    ]
    assert history.in_sight == KEPT
    assert len(history.pictures) == 10  # the messages themselves stay as they are


def test_what_the_api_clears_grows_only_when_it_is_told_to() -> None:
    history = conversation(10)
    history.clear()
    cleared = history.cleared
    for number in range(10, 20):
        for message in turn(number):
            history.add(message)
        edits: Any = history.edits()
        assert history.cleared == cleared
        assert edits["edits"][0]["keep"]["value"] == number + 1 - cleared
    assert history.in_sight == KEPT + 10


def test_results_without_pictures_do_not_count_as_pictures() -> None:
    history = conversation(6)
    for number in range(6, 12):
        for message in turn(number, pictures=0):
            history.add(message)
    history.clear()
    assert history.in_sight == KEPT
    assert history.cleared == 3


def test_the_results_of_the_last_turn_are_never_cleared() -> None:
    history = conversation(3)
    for message in turn(3, pictures=5, calls=5):
        history.add(message)
    history.clear()
    assert history.in_sight == 5


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 4)), min_size=1, max_size=60))
def test_between_two_prunings_what_was_sent_stays_as_it_was(turns: list[tuple[int, int]]) -> None:
    history = History([task()])
    prunings = 0
    for number, (pictures, calls) in enumerate(turns):
        before = str(history.messages)[:-1]
        for message in turn(number, pictures, calls):
            history.add(message)
        assert str(history.messages).startswith(before)
        if history.in_sight > AT_MOST:
            prunings += 1
            history.prune()
            assert len(history.pictures) <= max(KEPT, pictures)
    seen = sum(pictures for pictures, _ in turns)
    assert prunings <= seen // (AT_MOST - KEPT - 3) + 1


def test_the_last_three_turns_and_nothing_else_are_marked_for_the_cache() -> None:
    history = conversation(5)
    marked = [
        index
        for index, message in enumerate(history.marked())
        for block in message["content"]
        if "cache_control" in block
    ]
    assert marked == [6, 8, 10]
    assert history.marked()[10]["content"][-1]["cache_control"] == CACHED
    assert "cache_control" not in str(history.messages)
