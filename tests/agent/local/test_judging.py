"""Claims of quoted texts are judged by reading; others are refused in plain words."""

import json
from pathlib import Path

import anthropic
import pytest

from trueclick.agent.local.judging import Said, read_claim
from trueclick.agent.vision import JudgementError, check, find_places

PICTURES = Path(__file__).parent / "pictures"


@pytest.mark.parametrize(
    ("claim", "parts"),
    [
        ('"Saved"', [Said("Saved", True, None)]),
        ('"Saved" is shown', [Said("Saved", True, None)]),
        ('the page shows "Saved".', [Said("Saved", True, None)]),
        ("“Saved” can be read", [Said("Saved", True, None)]),
        ('no "Error"', [Said("Error", False, None)]),
        ('"Error" isn’t there', [Said("Error", False, None)]),
        ('there is no "Error" in image 2', [Said("Error", False, 1)]),
        (
            '"Saved" is shown, no "Error" and "Total, and more: 42" is in Image 1',
            [
                Said("Saved", True, None),
                Said("Error", False, None),
                Said("Total, and more: 42", True, 0),
            ],
        ),
    ],
)
def test_a_claim_of_quoted_texts_is_understood(claim: str, parts: list[Said]) -> None:
    assert read_claim(claim) == tuple(parts)


@pytest.mark.parametrize(
    "claim",
    [
        *("the form looks nice", "Saved is shown", '"Saved" is green', '"Saved" or "Done"'),
        *('"Saved" above "Done"', 'not no "Error"', '"Saved" is shown, nothing is cut off', ""),
        *(
            '"" is shown',
            '" " is shown',
            'exactly one "Saved"',
            '"Saved" is shown twice',
            '"unbalanced',
        ),
    ],
)
def test_whatever_else_it_says_is_not(claim: str) -> None:
    assert read_claim(claim) is None


@pytest.mark.parametrize(
    "claim",
    [
        *('"Error" and "Warning" are not shown', '"A", "B" and "C" are missing'),
        *('"A" in image 1 and "B" in image 2 are not shown', '"A" and "B" aren\'t there'),
        *('no "Error" and "Warning"', 'there is no "Error", "Warning"', 'without "A", "B"'),
        *('no "A" and "B" are shown', 'no "A" and "B" in image 1', '"A" is missing and "B"'),
        *('"A" and "B" in image 2', 'image 1 shows "A" and "B"', '"A" in image 1, "B"'),
    ],
)
def test_a_text_of_which_its_neighbour_may_speak_is_not_guessed_at(claim: str) -> None:
    assert read_claim(claim) is None


@pytest.mark.parametrize(
    ("claim", "shown"),
    [
        ('"A" and "B" are shown', [True, True]),
        ('the page shows "A", "B" and "C"', [True, True, True]),
        ('"A", "B", no "C"', [True, True, False]),
        ('"A" but not "B"', [True, False]),
        ('no "A" and no "B"', [False, False]),
        ('"A" is not shown and "B" is', [False, True]),
        ('"A" in image 1, no "A" in image 2', [True, False]),
    ],
)
def test_what_can_be_meant_in_one_way_alone_is_understood(claim: str, shown: list[bool]) -> None:
    assert [said.shown for said in read_claim(claim) or ()] == shown


def test_a_claim_is_judged_by_what_stands_in_the_pictures(client: anthropic.Anthropic) -> None:
    pictures = [PICTURES / "empty.png", PICTURES / "complete.png"]
    claim = 'no "Order is complete" in image 1, "Order is complete" in image 2, no "Traceback"'
    shown = check(claim, pictures, client=client, model="local")
    assert shown.holds, shown.reason
    (evidence,) = shown.evidence
    assert evidence.image == 1
    assert abs(evidence.box.center.y - 553) < 6
    assert shown.usd == 0
    wrong = check('no "Walnut table"', pictures[1:], client=client, model="local")
    assert not wrong.holds
    assert wrong.reason == '"Walnut table" is shown.'
    assert len(wrong.evidence) == 2


@pytest.mark.parametrize(
    ("claim", "told"),
    [
        ("the form looks nice", "I judge by reading texts in quotes and understand no more"),
        ('"Name" in image 3', "names an image that is not among the 1"),
    ],
)
def test_what_it_does_not_understand_it_refuses(
    client: anthropic.Anthropic, claim: str, told: str
) -> None:
    with pytest.raises(JudgementError, match=told):
        check(claim, [PICTURES / "complete.png"], client=client, model="local")


def test_it_finds_nothing_but_quoted_texts(client: anthropic.Anthropic) -> None:
    with pytest.raises(JudgementError, match="I find texts in quotes alone"):
        find_places("the button", PICTURES / "complete.png", client=client, model="local")


def test_it_does_not_see_what_it_would_have_to_fetch(client: anthropic.Anthropic) -> None:
    with pytest.raises(JudgementError, match="I see no images by URL"):
        check('"Name"', ["https://a.b/c.png"], client=client, model="local")


def test_another_form_is_refused(client: anthropic.Anthropic) -> None:
    schema = {"type": "object", "properties": {}, "additionalProperties": False}
    answer = client.messages.create(
        model="local",
        max_tokens=100,
        messages=[{"role": "user", "content": "hi"}],
        output_config={"format": {"type": "json_schema", "schema": schema}},
    )
    assert answer.stop_reason == "refusal"
    assert "checks and locates alone" in json.dumps(answer.to_dict())
