"""The settings that each model is called with are those that it takes."""

import pytest

from trueclick.agent.conversation.settings import (
    COMPACT,
    CONTEXT_MANAGEMENT,
    MAX_TOKENS,
    THREADS,
    settings_for,
)
from trueclick.geometry import MODELS, ModelSpec, UsageError

every_model = pytest.mark.parametrize("spec", MODELS, ids=lambda spec: spec.id)


@every_model
def test_thinking_is_of_a_kind_that_the_model_takes(spec: ModelSpec) -> None:
    params = settings_for(spec.id).params
    if "thinking" in params:
        assert params["thinking"]["type"] in spec.thinking
    assert "tool_choice" not in params
    assert "output_config" not in params


@every_model
def test_who_leaves_out_old_screenshots_depends_on_whether_thinking_is_bound(
    spec: ModelSpec,
) -> None:
    settings = settings_for(spec.id)
    assert settings.clearing == ("server" if spec.binds_thinking else "client")
    assert (CONTEXT_MANAGEMENT in settings.betas) == spec.binds_thinking
    assert (COMPACT in settings.betas) == spec.compacts
    assert THREADS not in settings.betas
    assert settings_for(spec.id, history="thread").clearing == (
        "none" if spec.binds_thinking else "client"
    )


@every_model
def test_a_thread_is_declared_and_asks_for_no_context_editing(spec: ModelSpec) -> None:
    betas = settings_for(spec.id, history="thread", tool_betas=("computer-use-x",)).betas
    assert betas[0] == "computer-use-x"
    assert THREADS in betas
    assert CONTEXT_MANAGEMENT not in betas


@every_model
def test_an_effort_is_passed_on_or_refused_with_those_that_there_are(spec: ModelSpec) -> None:
    for effort in ("low", "medium", "high", "xhigh", "max"):
        if effort in spec.efforts:
            params = settings_for(spec.id, effort=effort).params
            assert params["output_config"] == {"effort": effort}
        else:
            remedy = f"takes the efforts {', '.join(spec.efforts)}" if spec.efforts else "no effort"
            with pytest.raises(UsageError, match=remedy):
                settings_for(spec.id, effort=effort)


def test_much_effort_gets_long_answers() -> None:
    assert settings_for("claude-opus-5-5").max_tokens == MAX_TOKENS
    assert settings_for("claude-opus-5-5", effort="max").max_tokens == 64_000


def test_a_platform_that_keeps_no_conversations_says_so() -> None:
    for platform in ("bedrock", "vertex"):
        with pytest.raises(UsageError, match='use history="full"'):
            settings_for("claude-opus-5-5", platform=platform, history="thread")
    assert not settings_for("claude-opus-5-5", platform="bedrock").compacts


def test_unknown_values_are_named() -> None:
    with pytest.raises(UsageError, match="unknown platform 'azure'"):
        settings_for("claude-opus-5-5", platform="azure")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match='"full" or "thread", got \'all\''):
        settings_for("claude-opus-5-5", history="all")  # type: ignore[arg-type]
