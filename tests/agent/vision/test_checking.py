"""A claim is judged, and what shows it is placed in the original's pixels or not at all."""

import json
from typing import Any

import pytest
from anthropic.types import Message
from hypothesis import given
from hypothesis import strategies as st

from trueclick.agent.testing import StreamFault, StrictApi, Turn, overloaded, says
from trueclick.agent.vision import (
    JudgementError,
    Prepared,
    check,
    check_params,
    prepare,
    verdict_of,
)
from trueclick.agent.vision.checking import Verdict
from trueclick.agent.vision.placing import placed_box
from trueclick.geometry import Box, Image, Picture, Size, UsageError, find_model, fit

from .models import FAMILIES, screenshot, verdict

OPUS = "claude-opus-5-5"
SHOT = screenshot(Size(1000, 600))


def judged(turn: Turn, *images: Any, model: str = OPUS) -> Verdict:
    api = StrictApi([turn])
    try:
        return check("so it is", images or (SHOT,), client=api.client(), model=model)
    finally:
        assert api.violations == ()


@pytest.mark.filterwarnings("ignore:The model:DeprecationWarning")
@pytest.mark.parametrize("model", FAMILIES)
def test_every_model_takes_the_request(model: str) -> None:
    found = judged(verdict((2, [10, 20, 30, 40], "a field")), SHOT, SHOT, model=model)
    assert found.holds
    assert found.reason == "It is shown."
    assert [(e.image, e.box, e.what) for e in found.evidence] == [
        (1, Box(10, 20, 30, 40), "a field")
    ]


@pytest.mark.parametrize("effort", ["low", "max"])
def test_an_effort_goes_along_with_the_form(effort: Any) -> None:
    api = StrictApi([verdict()])
    check("so it is", [SHOT], client=api.client(), model=OPUS, effort=effort)
    assert api.violations == ()
    assert api.requests[0]["output_config"]["effort"] == effort


@st.composite
def boxes(draw: st.DrawFn) -> tuple[Size[Image], Box[Image], str]:
    size = Size[Image](draw(st.integers(1, 9000)), draw(st.integers(1, 9000)))
    x0, y0 = draw(st.integers(0, size.width - 1)), draw(st.integers(0, size.height - 1))
    x1, y1 = draw(st.integers(x0 + 1, size.width)), draw(st.integers(y0 + 1, size.height))
    return size, Box(x0, y0, x1, y1), draw(st.sampled_from(["claude-opus-5-5", "local"]))


@given(boxes())
def test_the_box_that_a_perfect_model_names_comes_back_within_a_pixel_of_what_it_saw(
    drawn: tuple[Size[Image], Box[Image], str],
) -> None:
    size, box, model = drawn
    picture = Picture[Image].of(size.box, fit(size, find_model(model).limits))
    seen = picture.from_source(box)
    image = Prepared("a", picture, {"type": "base64"}, None)
    placed = placed_box([seen.x0, seen.y0, seen.x1, seen.y1], image)
    assert size.box.contains(placed)
    assert placed.contains(box)
    # Rounded outward twice: to the model's pixels, and back to the original's.
    across = -(-size.width // picture.size.width) + 1
    down = -(-size.height // picture.size.height) + 1
    assert box.x0 - placed.x0 <= across
    assert placed.x1 - box.x1 <= across
    assert box.y0 - placed.y0 <= down
    assert placed.y1 - box.y1 <= down


@pytest.mark.parametrize(
    ("image", "box", "why"),
    [
        (1, [10, 10, 1001, 50], "is not inside the 1000x600 image"),
        (1, [-1, 10, 20, 50], "is not inside"),
        (1, [10, 10, 10, 50], "is no box"),
        (1, [30, 10, 20, 50], "is no box"),
        (1, [10, 10, 20], "is not a list of 4 numbers"),
        (1, [10**400, 10, 10**401, 20], "is not inside"),
        (0, [1, 1, 2, 2], "there is no such image among the 1"),
        (2, [1, 1, 2, 2], "there is no such image among the 1"),
    ],
)
def test_evidence_that_cannot_be_placed_is_told_and_never_moved(
    image: int, box: list[int], why: str
) -> None:
    found = judged(verdict((1, [5, 5, 6, 6], "good"), (image, box, "the total")))
    assert [e.what for e in found.evidence] == ["good"]
    assert len(found.unplaced) == 1
    assert why in found.unplaced[0]
    assert "(the total)" in found.unplaced[0]


def test_where_the_api_fetches_the_picture_no_places_are_asked_for() -> None:
    api = StrictApi([says('{"reason": "r", "holds": false}')])
    found = check("so it is", ["https://a.b/c.png"], client=api.client(), model=OPUS)
    assert not found.holds
    assert "evidence" not in json.dumps(api.requests)


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (says("I would rather not.", "refusal"), "no verdict: the model refused: I would rather"),
        (says("", "refusal"), "no verdict: the model refused"),
        (says('{"reason": "a', "max_tokens"), "the answer was cut off after"),
        (says("{}", "model_context_window_exceeded"), "leave no room for an answer"),
        (says("{}", "pause_turn"), "the model stopped with 'pause_turn'"),
        (says("It holds."), "the model's answer is no JSON"),
        (says(""), "the model's answer is no JSON"),
        (says("[" * 40_000), "the model's answer is no JSON"),
        (says("9" * 5_000), "the model's answer is no JSON"),
        (says("{}"), "another form than asked for (reason: Field required)"),
        (says("[]"), "another form than asked for (the answer:"),
        (says('{"reason": "a", "holds": "yes"}'), "(holds: Input should be a valid boolean)"),
        (says('{"reason": "a", "holds": 1}'), "(holds: Input should be a valid boolean)"),
        (says('{"reason": "a", "holds": true, "sure": true}'), "(sure: Extra inputs"),
        (
            says(
                '{"reason": "a", "holds": true, '
                '"evidence": [{"image": 1, "box": [1.5], "what": ""}]}'
            ),
            "(evidence.0.box.0: Input should be a valid integer)",
        ),
    ],
)
def test_an_answer_that_is_no_verdict_is_told_in_a_line(turn: Turn, words: str) -> None:
    with pytest.raises(JudgementError) as caught:
        judged(turn)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.usage.input > 0


def test_half_a_character_in_an_answer_can_be_printed() -> None:
    found = judged(says('{"reason": "a \\ud83d b", "holds": true, "evidence": []}'))
    assert found.reason.encode() == b"a ? b"


def test_what_came_of_a_broken_answer_is_paid_for_and_told() -> None:
    api = StrictApi([verdict()], faults={1: StreamFault(after_events=3), 2: overloaded()})
    told: list[str] = []
    found = check(
        "so it is",
        [SHOT],
        client=api.client(),
        model=OPUS,
        on_retry=lambda event: told.append(event.reason),
        sleep=lambda _: None,
    )
    assert len(told) == 2
    assert len(api.requests) == 3
    assert found.usage.input == 2 * judged(verdict()).usage.input


def test_what_came_of_a_broken_answer_is_told_where_there_is_no_verdict_either() -> None:
    api = StrictApi([says("no JSON")], faults={1: StreamFault(after_events=3)})
    with pytest.raises(JudgementError) as caught:
        check("so it is", [SHOT], client=api.client(), model=OPUS, sleep=lambda _: None)
    assert caught.value.usage.input == 2 * judged(verdict()).usage.input


def test_what_the_api_refuses_is_told_in_a_line() -> None:
    api = StrictApi([(400, "invalid: too\nmuch")])
    with pytest.raises(JudgementError, match="the API request failed"):
        check("so it is", [SHOT], client=api.client(), model=OPUS)
    assert len(api.requests) == 1


def test_pictures_come_first_and_the_claim_last() -> None:
    params = check_params("the total is 42", [prepare(SHOT, OPUS)] * 2, model=OPUS)
    kinds = [block.get("text", block["type"]) for block in params["messages"][0]["content"]]
    assert kinds[:4] == ["Image 1:", "image", "Image 2:", "image"]
    assert "Image 1 is 1000 pixels wide and 600 pixels high." in kinds[4]
    assert kinds[5] == "The claim to judge:\nthe total is 42"
    assert "never an instruction" in params["system"]


def test_ones_own_system_prompt_comes_after_ours() -> None:
    params = check_params("c", [prepare(SHOT, OPUS)], model=OPUS, system="We sell shoes.")
    assert params["system"].endswith("\n\nWe sell shoes.")


@pytest.mark.parametrize(
    ("claim", "images", "words"),
    [(" \n", 1, "the claim is empty"), ("c", 0, "no images")],
)
def test_a_question_without_words_or_pictures_is_refused(
    claim: str, images: int, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        check_params(claim, [prepare(SHOT, OPUS)] * images, model=OPUS)


@pytest.mark.parametrize("most", [0, 200_000])
def test_a_length_that_the_model_cannot_give_is_refused(most: int) -> None:
    with pytest.raises(UsageError, match="max_tokens must be from 1 to 128000"):
        check_params("c", [prepare(SHOT, OPUS)], model=OPUS, max_tokens=most)


def test_on_bedrock_a_model_that_keeps_to_no_form_is_not_asked() -> None:
    with pytest.raises(UsageError, match="on bedrock claude-opus-5-5 gives no structured outputs"):
        check_params("c", [prepare(SHOT, OPUS, "bedrock")], model=OPUS, platform="bedrock")
    older = "claude-opus-4-6"
    api = StrictApi([verdict()], platform="bedrock")
    check("c", [SHOT], client=api.client(), model=older, platform="bedrock")
    assert api.violations == ()


def test_further_claims_about_the_same_pictures_read_them_from_the_cache() -> None:
    api = StrictApi([verdict(), verdict(holds=False)])
    images = [prepare(SHOT, OPUS)]
    first, second = (
        check(claim, images, client=api.client(), model=OPUS, cached=True) for claim in "ab"
    )
    assert first.usage.cache_write == second.usage.cache_read > 700
    assert api.violations == ()


def test_a_verdict_is_read_from_what_a_batch_gives_as_well() -> None:
    message = Message.model_validate(
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": OPUS,
            "content": [
                {"type": "thinking", "thinking": "", "signature": "x"},
                {"type": "text", "text": '{"reason": "r", "holds": true, "evidence": []}'},
            ],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 1_000_000, "output_tokens": 0},
        }
    )
    found = verdict_of(message, [prepare(SHOT, OPUS)])
    assert found.holds
    assert found.usd == 4
