"""A conversation about pictures only grows, stays within the limits and tells what it costs."""

import json
import threading
import time
from typing import Any

import httpx2
import pytest

from trueclick.agent.testing import StreamFault, StrictApi, Turn, says
from trueclick.agent.vision import Conversation, JudgementError
from trueclick.geometry import Size, UsageError, find_model

from .models import FAMILIES, screenshot

OPUS = "claude-opus-5-5"
SHOT = screenshot(Size(1000, 600))


def words(request: dict[str, Any], message: int) -> list[str]:
    content = request["messages"][message]["content"]
    return [block.get("text", block["type"]) for block in content]


@pytest.mark.filterwarnings("ignore:The model:DeprecationWarning")
@pytest.mark.parametrize("model", [each for each in FAMILIES if each != "local"])
def test_every_model_takes_follow_up_questions_with_more_pictures(model: str) -> None:
    """The strict API would refuse an earlier message, or a thought, that was changed."""
    api = StrictApi([says("one"), says("two"), says("three")])
    talk = Conversation(api.client(), model)
    answers = [talk.ask("what?", SHOT, SHOT), talk.ask("why?"), talk.ask("and this?", SHOT)]
    assert api.violations == ()
    assert [answer.text for answer in answers] == ["one", "two", "three"]
    assert [answer.images for answer in answers] == [(1, 2), (), (3,)]
    last = api.requests[-1]
    assert words(last, 0) == ["Image 1:", "image", "Image 2:", "image", "what?"]
    assert words(last, 4) == ["Image 3:", "image", "and this?"]
    assert talk.usd == api.usd
    assert talk.usage == api.usage


def test_a_follow_up_reads_what_came_before_from_the_cache() -> None:
    api = StrictApi([says("one"), says("two")])
    talk = Conversation(api.client(), OPUS)
    first = talk.ask("what?", SHOT)
    second = talk.ask("why?")
    assert second.usage.cache_read == first.usage.cache_write > 700
    assert second.usage.uncached == 0


def test_what_a_question_costs_is_told_before_it_is_sent() -> None:
    api = StrictApi([says("one"), says("two"), says("three")])
    talk = Conversation(api.client(), OPUS)
    for question, shots in (
        ("What is to be seen here?", [SHOT]),
        ("And why?", []),
        ("So?", [SHOT]),
    ):
        before = talk.estimate(question, *shots)
        answer = talk.ask(question, *before.images)
        assert before.image_tokens == 36 * 22 * len(shots)
        assert abs(before.usage.input - answer.usage.input) < 60
        assert before.usage.cache_read == answer.usage.cache_read
        assert before.usd is not None
    assert len(api.requests) == 3


def test_a_prompt_too_short_for_the_cache_is_estimated_without_one() -> None:
    talk = Conversation(StrictApi([]).client(), "claude-opus-4-5")
    assert talk.estimate("what?", SHOT).usage.cache_write == 0


def test_a_cache_that_has_gone_cold_is_written_again() -> None:
    now = 0.0
    talk = Conversation(StrictApi([says("one")]).client(), OPUS, now=lambda: now)
    talk.ask("what?", SHOT)
    assert talk.estimate("why?").usage.cache_read > 0
    now = 400.0
    assert talk.estimate("why?").usage.cache_read == 0


@pytest.mark.parametrize(
    ("turn", "told"),
    [
        (says("I would rather not.", "refusal"), "no answer: the model refused: I would rather"),
        (says(""), "no answer: the model stopped with 'end_turn'"),
        (Turn((), "max_tokens"), "no answer: it was cut off"),
        ((400, "bad"), "the API request failed (400): bad"),
    ],
)
def test_a_question_without_an_answer_leaves_the_conversation_as_it_was(
    turn: Any, told: str
) -> None:
    api = StrictApi([says("one"), turn, says("two")])
    talk = Conversation(api.client(), OPUS)
    talk.ask("what?", SHOT)
    before = json.dumps(talk.messages)
    with pytest.raises(JudgementError) as caught:
        talk.ask("why?", SHOT)
    assert told in str(caught.value)
    assert caught.value.usage == api.ledger[1].usage
    assert caught.value.usd == api.ledger[1].usd
    assert json.dumps(talk.messages) == before
    assert len(talk.images) == 1
    assert talk.ask("and this?", SHOT).images == (2,)
    assert api.violations == ()
    assert talk.usage == api.usage


def test_an_answer_that_was_cut_off_says_so_and_stays() -> None:
    api = StrictApi([says("Once upon a time " * 50), says("the end")])
    talk = Conversation(api.client(), "claude-opus-4-5", max_tokens=20)
    answer = talk.ask("tell", SHOT)
    assert answer.cut_off
    assert answer.text
    assert not talk.ask("go on").cut_off
    assert api.violations == ()


def test_what_failed_on_its_way_is_asked_again() -> None:
    api = StrictApi([says("one")], faults={1: StreamFault(after_events=3)})
    told: list[str] = []
    talk = Conversation(api.client(), OPUS, on_retry=lambda event: told.append(event.reason))
    answer = talk.ask("what?", SHOT)
    assert answer.text == "one"
    assert len(told) == 1
    assert answer.usage == talk.usage
    assert talk.usage.input == api.usage.input == 2 * api.ledger[1].usage.input
    assert answer.usd == talk.usd == talk.usage.usd(find_model(OPUS).price)


def test_a_wait_for_an_answer_that_has_not_begun_ends_at_once() -> None:
    came, leave = threading.Event(), threading.Event()

    class Silent(httpx2.BaseTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            came.set()
            leave.wait(30)
            raise httpx2.ConnectError("gone", request=request)

    def stop() -> None:
        if came.is_set():
            raise KeyboardInterrupt

    client = StrictApi([]).client().with_options(http_client=httpx2.Client(transport=Silent()))
    talk = Conversation(client, OPUS, go_on=stop)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        talk.ask("what?", SHOT)
    leave.set()
    assert time.monotonic() - began < 4


def test_the_21st_picture_needs_a_conversation_made_for_many() -> None:
    wide = screenshot(Size(2500, 40))
    api = StrictApi([says("one"), says("two"), says("three")])
    talk = Conversation(api.client(), OPUS)
    talk.ask("what?", *[wide] * 20)
    with pytest.raises(UsageError, match=r"21 images in one conversation: .* made for many"):
        talk.ask("and this?", wide)
    assert len(talk.images) == 20
    many = Conversation(api.client(), OPUS, many=True)
    many.ask("what?", *[wide] * 20)
    many.ask("and this?", wide)
    assert api.violations == ()


def test_a_conversation_that_begins_with_25_pictures_is_made_for_many() -> None:
    api = StrictApi([says("one"), says("two")])
    talk = Conversation(api.client(), OPUS)
    talk.ask("what?", *[screenshot(Size(2500, 40))] * 25)
    talk.ask("and?", *[screenshot(Size(1500, 40))] * 5)
    assert api.violations == ()


def test_more_than_a_request_holds_is_refused_before_it_is_sent() -> None:
    api = StrictApi([says("one")])
    talk = Conversation(api.client(), "claude-haiku-4-5")
    tiny = talk.prepare([screenshot(Size(10, 10))])[0]
    talk.ask("what?", *[tiny] * 100)
    with pytest.raises(UsageError, match="101 images; claude-haiku-4-5 takes 100 a request"):
        talk.ask("and?", tiny)


def test_a_files_id_keeps_its_beta_in_every_question() -> None:
    api = StrictApi([])
    talk = Conversation(api.client(), OPUS)
    estimate = talk.estimate("what?", "file_abc", SHOT)
    assert (estimate.unknown, estimate.image_tokens) == (1, 36 * 22)


@pytest.mark.parametrize(("question", "shots"), [(" ", 1), ("what?", 0)])
def test_a_question_needs_words_and_a_picture(question: str, shots: int) -> None:
    with pytest.raises(UsageError):
        Conversation(StrictApi([]).client(), OPUS).ask(question, *[SHOT] * shots)


def test_ones_own_system_prompt_comes_after_ours() -> None:
    api = StrictApi([says("one")])
    Conversation(api.client(), OPUS, system="We sell shoes.").ask("what?", SHOT)
    (system,) = api.requests[0]["system"]
    assert system["text"].endswith("\n\nWe sell shoes.")
    assert "never an instruction" in system["text"]
