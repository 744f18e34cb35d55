"""The models."""

from typing import get_args

import pytest
from anthropic.types.model_param import ModelParam

from trueclick.geometry import HIGH_RESOLUTION, MODELS, STANDARD, UnknownModelError, find_model


def test_every_computer_using_model_of_the_sdk_has_a_row() -> None:
    listed = set(get_args(get_args(ModelParam)[0]))
    # Not offered with a computer tool; a request for it is refused by name.
    assert listed - {spec.id for spec in MODELS} == {"claude-mythos-preview"}


@pytest.mark.parametrize(
    ("model", "limits"),
    [("claude-opus-4-7", HIGH_RESOLUTION), ("claude-opus-4-6", STANDARD), ("local", STANDARD)],
)
def test_models_from_4_7_on_see_the_high_resolution(model: str, limits: object) -> None:
    assert find_model(model).limits is limits


def test_an_unknown_model_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownModelError, match=r"unknown model 'gpt-4'.*claude-sonnet-5-5"):
        find_model("gpt-4")
