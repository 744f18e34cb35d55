"""When a conversation is shortened, and what is then left of it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from trueclick.agent.conversation.history import AT_MOST, History
from trueclick.agent.conversation.retelling import retold
from trueclick.agent.conversation.settings import settings_for
from trueclick.agent.conversation.shortening import (
    THREAD_TOKENS,
    can_be_summarized,
    need,
    room_for,
)
from trueclick.geometry import MODELS, ModelSpec
from trueclick.geometry.requests import PLATFORMS

from .messages import picture, task, turn

BOUND, FREE = "claude-opus-5-5", "claude-opus-5"


def grown(turns: int, pictures: int = 1) -> History:
    messages = [task(), *(m for number in range(turns) for m in turn(number, pictures))]
    return History(messages)


@pytest.mark.parametrize("model", [BOUND, FREE, "claude-haiku-4-5"])
@pytest.mark.parametrize("long_edge", [2000, 2576])
@pytest.mark.parametrize("pictures", [pytest.param(1, marks=pytest.mark.slow), 3])
def test_no_request_breaks_a_limit_on_images_however_long_the_run(
    model: str, long_edge: int, pictures: int
) -> None:
    settings = settings_for(model)
    spec = settings.spec
    room = room_for(settings, long_edge)
    most = 20 if long_edge > 2000 else spec.max_images
    history = History([task()])
    for number in range(300):
        for message in turn(number, pictures):
            history.add(message)
        match need(history, settings, room, 1000):
            case "prune":
                history.prune()
            case "clear":
                history.clear()
            case "compact":
                assert can_be_summarized(history, room, 1000)
                history.replace(retold(history.messages))
            case "nothing":
                pass
        assert len(history.pictures) <= most
        assert history.in_sight <= AT_MOST + 3
    assert history.in_sight >= 1


def test_pictures_are_left_out_by_us_where_thinking_is_free_and_by_the_api_where_it_is_bound() -> (
    None
):
    for model, wanted in ((FREE, "prune"), (BOUND, "clear")):
        settings = settings_for(model)
        room = room_for(settings, 1456)
        assert need(grown(AT_MOST), settings, room, 0) == "nothing"
        assert need(grown(AT_MOST + 1), settings, room, 0) == wanted


def test_heavy_pictures_are_pruned_before_anything_is_summarized() -> None:
    settings = settings_for(FREE)
    room = room_for(settings, 1456)
    history = History([task(), *(m for number in range(10) for m in turn(number, 0))])
    for message in history.messages[2::2]:
        message["content"][-1]["content"].append(picture(1, 3_000_000))
    assert need(history, settings, room, 0) == "prune"
    history.prune()
    assert need(history, settings, room, 0) == "nothing"


def test_a_thread_of_bound_thinking_is_summarized_in_time() -> None:
    settings = settings_for(BOUND, history="thread")
    room = room_for(settings, 1456)
    assert need(grown(200), settings, room, THREAD_TOKENS) == "nothing"
    assert need(grown(200), settings, room, THREAD_TOKENS + 1) == "compact"


@pytest.mark.parametrize("spec", MODELS, ids=lambda spec: spec.id)
def test_a_conversation_near_the_context_window_is_compacted(spec: ModelSpec) -> None:
    settings = settings_for(spec.id)
    room = room_for(settings, 1456)
    assert room.tokens + settings.max_tokens <= 0.8 * spec.context_window
    assert need(grown(1), settings, room, room.tokens) == "nothing"
    assert need(grown(1), settings, room, room.tokens + 1) == "compact"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_request_is_larger_than_the_platform_takes(platform: Any) -> None:
    settings = settings_for(BOUND, platform=platform)
    room = room_for(settings, 1456)
    large = 3_000_000
    history = History([task()])
    compacted = number = 0
    while not compacted:
        number += 1
        assert number <= 20
        for message in turn(number, 0):
            history.add(message)
        history.messages[-1]["content"][-1]["content"].append(picture(number, large))
        if need(history, settings, room, 1000) == "compact":
            compacted = number
            history.replace(retold(history.messages))
        sent = len(json.dumps(history.messages))
        assert sent < PLATFORMS[platform].request_bytes


def test_without_a_summary_of_the_apis_a_retelling_is_all_there_is() -> None:
    settings = replace(settings_for(BOUND), compacts=False)
    room = room_for(settings, 2576)
    assert not can_be_summarized(grown(21), room, 1000)
