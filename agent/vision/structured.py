"""Requests whose answer is JSON of a fixed form, and the reading of such an answer.

The API holds the model to the schema, but for refusals and answers that are cut off; what comes is
read as strictly as if it did not. Source: "Structured outputs" of the Claude documentation, read on
2026-11-22.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from trueclick.geometry import MODELS, UsageError
from trueclick.geometry.catalogue import Effort
from trueclick.geometry.requests import PlatformName

from ..conversation.settings import settings_for
from ..usage import Usage
from .errors import JudgementError
from .images import Prepared, betas_for

if TYPE_CHECKING:
    from anthropic.types import Message
    from anthropic.types.beta import BetaMessage

_LONGEST = 400


class Strict(BaseModel):
    """An answer's form, read without any conversion: a number is no text."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


A = TypeVar("A", bound=Strict)


def introduced(images: Sequence[Prepared], *, first: int = 1, cached: bool = False) -> list[Any]:
    """The blocks of images, each introduced by its number; the last one maybe kept in the cache."""
    blocks: list[dict[str, Any]] = []
    for number, image in enumerate(images, first):
        blocks += [{"type": "text", "text": f"Image {number}:"}, image.block]
    if cached and blocks:
        blocks[-1] = {**blocks[-1], "cache_control": {"type": "ephemeral"}}
    return blocks


def sizes_told(images: Sequence[Prepared], *, first: int = 1) -> str:
    """The sizes in words, in whose pixels the model is to answer."""
    return " ".join(
        f"Image {number} is {image.size.width} pixels wide and {image.size.height} pixels high."
        for number, image in enumerate(images, first)
        if image.size is not None
    )


def structured_params(
    images: Sequence[Prepared],
    content: list[dict[str, Any]],
    schema: Mapping[str, Any],
    *,
    model: str,
    platform: PlatformName,
    effort: Effort | None,
    system: str,
    max_tokens: int | None,
) -> dict[str, Any]:
    """A request that every model takes as it is.

    Raises:
        UsageError: if the model or the platform is unknown, or it does not take what is asked for.
    """
    settings = settings_for(model, platform=platform, effort=effort)
    if platform == "bedrock" and not settings.spec.structured_on_bedrock:
        these = ", ".join(spec.id for spec in MODELS if spec.structured_on_bedrock)
        raise UsageError(
            f"on bedrock {settings.spec.id} gives no structured outputs; these do: {these}"
        )
    most = settings.spec.max_output
    if max_tokens is not None and not 1 <= max_tokens <= most:
        raise UsageError(f"max_tokens must be from 1 to {most}, got {max_tokens}")
    params = dict(settings.params)
    if "thinking" in params:
        params["thinking"] = {"type": "adaptive"}  # nobody reads a summary of the thoughts
    params["output_config"] = {
        **params.get("output_config", {}),
        "format": {"type": "json_schema", "schema": dict(schema)},
    }
    betas = betas_for(images)
    return {
        "model": model,
        "max_tokens": max_tokens or settings.max_tokens,
        "system": system,
        "messages": [{"role": "user", "content": content}],
        **params,
        **({"betas": betas} if betas else {}),
    }


def usage_in(message: Message | BetaMessage) -> Usage:
    """What a request used."""
    used = message.usage
    return Usage(
        uncached=used.input_tokens,
        cache_read=used.cache_read_input_tokens or 0,
        cache_write=used.cache_creation_input_tokens or 0,
        output=used.output_tokens,
    )


def words_of(message: Message | BetaMessage) -> str:
    """The text of an answer, without half characters, which JSON can spell and nothing can show."""
    text = "".join(block.text for block in message.content if block.type == "text")
    return whole_characters(text)


def whole_characters(text: str) -> str:
    """The text with a mark in the place of each half of a surrogate pair."""
    return text.encode("utf-8", "replace").decode("utf-8")


def require_ended(message: Message | BetaMessage, what: str) -> str:
    """The text of an answer that came to its own end.

    Args:
        message: the answer.
        what: what it should be, such as `verdict`.

    Raises:
        JudgementError: if it did not; with what the model said, where it refused.
    """
    used, said = usage_in(message), " ".join(words_of(message).split())
    match message.stop_reason:
        case "end_turn" | "stop_sequence":
            return words_of(message)
        case "refusal":
            told = f": {said[:_LONGEST]}" if said else ""
            raise JudgementError(f"no {what}: the model refused{told}", used)
        case "max_tokens":
            raise JudgementError(
                f"no {what}: the answer was cut off after {used.output} tokens; allow it more "
                "(max_tokens), ask for less, or lower the effort",
                used,
            )
        case "model_context_window_exceeded":
            raise JudgementError(
                f"no {what}: the images leave no room for an answer; ask about fewer", used
            )
        case other:
            raise JudgementError(f"no {what}: the model stopped with {other!r}", used)


def parsed(message: Message | BetaMessage, form: type[A], what: str) -> A:
    """The answer as a value of its form.

    Raises:
        JudgementError: if it is none.
    """
    text = require_ended(message, what)
    try:
        # Not by pydantic's own reader: it takes no half characters, and they are only words.
        return form.model_validate(json.loads(text))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the answer"
        raise JudgementError(
            f"no {what}: the model's answer has another form than asked for ({place}: "
            f"{first['msg']})",
            usage_in(message),
        ) from error
    except (ValueError, RecursionError) as error:
        raise JudgementError(
            f"no {what}: the model's answer is no JSON", usage_in(message)
        ) from error
