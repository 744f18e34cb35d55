"""What the Messages API refuses, as a list of rules, each a pure function of the request.

A rule returns why the request is refused, or None. The first that objects decides. They cover
what a computer-use client gets wrong; a request that passes may still be refused by the API for
another reason.

Sources, read on 2026-11-21: the "Messages", "Vision", "Computer use tool", "Preserved thinking"
and "Errors" pages of the Claude documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from trueclick.geometry.requests import (
    LARGEST_EDGE,
    MANY_IMAGES,
    MANY_IMAGES_MAX_EDGE,
    PLATFORMS,
)

from .conversation import Json, blocks
from .prefix import prefixes
from .shape import Problem, with_places

if TYPE_CHECKING:
    from trueclick.geometry import Model, ModelSpec, Size

MAX_IMAGE_BASE64 = PLATFORMS["anthropic"].image_bytes

FAMILY = "computer"

BETAS: dict[str, str] = {
    "computer_20251124": "computer-use-2025-11-24",
    "computer_20250124": "computer-use-2025-01-24",
}
"""The older tools, and the beta header that each needs."""

DROP_BLOCK_BETA = "thinking-binding-controls-2026-08-01"


@dataclass(frozen=True, slots=True)
class Picture:
    """An image in a request.

    Attributes:
        where: its path in the body, as the API writes it.
        in_result: whether it came with the result of a computer call.
        length: of its base64 text.
        media_type: as declared.
        size: as decoded; None if it cannot be.
        real_type: as decoded.
        strict: whether it asked not to be scaled.
    """

    where: str
    in_result: bool
    length: int
    media_type: str
    size: Size[Model] | None
    real_type: str | None
    strict: bool


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose model is known and whose messages are well formed."""

    body: Json
    betas: frozenset[str]
    spec: ModelSpec
    pictures: tuple[Picture, ...]


Rule: TypeAlias = Callable[[Request], str | None]


def _object(body: Mapping[str, Any], name: str) -> Json:
    """A field that holds an object, or an empty one where it is absent."""
    return cast("Json", body.get(name) or {})


def content_problem(request: Request) -> Problem | None:
    """The first rule's objection."""
    for rule in RULES:
        message = rule(request)
        if message:
            return Problem(400, "invalid_request_error", message)
    return None


def _calls_are_answered(request: Request) -> str | None:
    """Each call is answered exactly once, at the start of the very next message."""
    messages: list[Json] = request.body["messages"]
    open_calls: list[Json] = []
    for index, message in enumerate(messages):
        where = f"messages.{index}"
        results = [block for block in blocks(message) if block["type"] == "tool_result"]
        answered = [result["tool_use_id"] for result in results]
        asked = [call["id"] for call in open_calls]
        for answer in answered:
            if answer not in asked:
                return (
                    f"{where}: unexpected `tool_use_id` found in `tool_result` blocks: {answer}. "
                    "Each `tool_result` block must have a corresponding `tool_use` block in the "
                    "previous message."
                )
            if answered.count(answer) > 1:
                return f"{where}: each tool_use must have a single result. Found several: {answer}"
        missing = [call for call in asked if call not in answered]
        if missing:
            return (
                f"{where}: `tool_use` ids were found without `tool_result` blocks immediately "
                f"after: {', '.join(missing)}. Each `tool_use` block must have a corresponding "
                "`tool_result` block in the next message."
            )
        types = [block["type"] for block in blocks(message)]
        if results and "tool_result" in types[len(results) :]:
            return f"{where}: `tool_result` blocks must come first in the message"
        problem = _toolset_names(where, open_calls, results)
        if problem:
            return problem
        is_call = message["role"] == "assistant"
        open_calls = [b for b in blocks(message) if is_call and b["type"] == "tool_use"]
    return None


def _toolset_names(where: str, calls: Sequence[Json], results: Sequence[Json]) -> str | None:
    """A result names the toolset of its call."""
    expected = {call["id"]: call.get("toolset_name") for call in calls}
    for index, result in enumerate(results):
        wanted, got = expected[result["tool_use_id"]], result.get("toolset_name")
        if wanted != got:
            return (
                f"{where}.content.{index}.tool_result.toolset_name: expected {_shown(wanted)} as "
                f"in the `tool_use` block it answers, got {_shown(got)}"
            )
    return None


def _shown(name: object) -> str:
    return "no value" if name is None else f"`{name}`"


def _computer_tool_is_taken(request: Request) -> str | None:
    """Each model takes its computer tool; the newer ones refuse the older tools."""
    spec = request.spec
    for index, tool in enumerate(request.body.get("tools") or []):
        kind = str(tool.get("type", ""))
        if not kind.startswith("computer_"):
            continue
        if kind not in spec.computer_tools:
            return f"tools.{index}: '{spec.id}' does not support tool type: {kind}"
        beta = BETAS.get(kind)
        if beta and beta not in request.betas:
            return f"tools.{index}: tool type {kind} needs the header anthropic-beta: {beta}"
    return None


def _thinking_is_on(request: Request) -> str | None:
    thinking = _object(request.body, "thinking")
    if request.spec.binds_thinking and thinking.get("type") == "disabled":
        return f"thinking.type: '{request.spec.id}' does not support disabled thinking"
    return None


def _tool_choice_is_free(request: Request) -> str | None:
    choice = _object(request.body, "tool_choice")
    if request.spec.binds_thinking and choice.get("type") in {"any", "tool"}:
        return "tool_choice: thinking may not be enabled when tool_choice forces tool use"
    return None


def _images_are_whole(request: Request) -> str | None:
    for picture in request.pictures:
        if picture.length > MAX_IMAGE_BASE64:
            return (
                f"{picture.where}.image.source.base64: image exceeds 10 MB maximum: "
                f"{picture.length} bytes > {MAX_IMAGE_BASE64} bytes"
            )
        if picture.size is None:
            return f"{picture.where}.image.source.base64: Could not process image"
        if picture.real_type != picture.media_type:
            return (
                f"{picture.where}.image.source.base64: the image was specified as "
                f"{picture.media_type} but appears to be {picture.real_type}"
            )
    return None


def _images_are_few(request: Request) -> str | None:
    if len(request.pictures) > request.spec.max_images:
        return (
            f"messages: too many images: {len(request.pictures)} > {request.spec.max_images} "
            f"for '{request.spec.id}'"
        )
    many = len(request.pictures) > MANY_IMAGES
    edge = MANY_IMAGES_MAX_EDGE if many else LARGEST_EDGE
    kind = " for many-image requests" if many else ""
    for picture in request.pictures:
        if picture.size and max(picture.size.width, picture.size.height) > edge:
            return (
                f"{picture.where}.image: at least one of the image dimensions exceeds the max "
                f"allowed size{kind}: {edge} pixels"
            )
    return None


def _images_fit(request: Request) -> str | None:
    """The results of a computer toolset are never scaled: what is too large is refused."""
    limits = request.spec.limits
    for picture in request.pictures:
        unscaled = picture.in_result or picture.strict
        if unscaled and picture.size and not limits.fits(picture.size):
            return (
                f"{picture.where}.image: {picture.size} is over the limits of "
                f"'{request.spec.id}': {limits.max_edge} px on the longer edge and "
                f"{limits.max_tokens} visual tokens; resize it before sending"
            )
    return None


def _thinking_is_kept(request: Request) -> str | None:
    """On models that bind thinking, earlier messages come back exactly as they were."""
    if not request.spec.binds_thinking:
        return None
    binding = _object(_object(request.body, "thinking"), "block_binding")
    if binding.get("prefix_mismatch_behavior") == "drop_block" and DROP_BLOCK_BETA in request.betas:
        return None
    before = prefixes(request.body)
    for index, message in enumerate(request.body["messages"]):
        if message["role"] != "assistant":
            continue
        content = blocks(message)
        thoughts = [block for block in content if block["type"] == "thinking"]
        if not thoughts and any(block["type"] == "tool_use" for block in content):
            return (
                f"messages.{index}.content.0: Expected `thinking`, but found "
                f"`{content[0]['type']}`: send assistant turns back exactly as they came"
            )
        for block in thoughts:
            if block["signature"] != before[index]:
                return (
                    f"messages.{index}.content: `thinking` blocks are bound to the conversation "
                    "before them, and `system`, `tools` or an earlier message was changed"
                )
    return None


RULES: tuple[Rule, ...] = (
    _computer_tool_is_taken,
    _tool_choice_is_free,
    _thinking_is_on,
    _calls_are_answered,
    _images_are_whole,
    _images_are_few,
    _images_fit,
    _thinking_is_kept,
)
"""In the order in which they are asked."""


def find_pictures(
    body: Mapping[str, Any], measure: Callable[[str], tuple[Size[Model], str] | None]
) -> tuple[Picture, ...]:
    """The base64 images of a well-formed request, earlier results included.

    Args:
        body: the request.
        measure: the size and the media type of base64 data, or None if it is no image.
    """
    found: list[Picture] = []
    for index, message in enumerate(body["messages"]):
        results = {
            id(part)
            for block in blocks(message)
            if block["type"] == "tool_result" and block.get("toolset_name") == FAMILY
            for part in blocks(block)
        }
        for place, block in with_places(f"messages.{index}", message):
            if block["type"] == "image" and block["source"].get("type") == "base64":
                found.append(_picture(place, block, measure, in_result=id(block) in results))
    return tuple(found)


def _picture(
    place: str,
    block: Json,
    measure: Callable[[str], tuple[Size[Model], str] | None],
    *,
    in_result: bool,
) -> Picture:
    source = block["source"]
    small = len(source["data"]) <= MAX_IMAGE_BASE64
    size, real_type = (measure(source["data"]) if small else None) or (None, None)
    return Picture(
        where=place,
        in_result=in_result,
        length=len(source["data"]),
        media_type=source["media_type"],
        size=size,
        real_type=real_type,
        strict=_object(block, "transformations").get("oversized_image") == "error",
    )
