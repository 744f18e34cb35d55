"""A request whose form is sound and whose model is known, as rules and scripts see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from trueclick.geometry import Model, ModelSpec, Size
from trueclick.geometry.requests import PlatformName

from .content import Json, blocks, part, with_places
from .pixels import Shown
from .turns import FAMILY


@dataclass(frozen=True, slots=True)
class Picture:
    """An image in a request.

    Attributes:
        where: its path in the body, as the API writes it.
        source: how it is sent: `base64`, `url` or `file`.
        in_result: whether it came with the result of a call of the computer toolset.
        length: of its base64 text; 0 where it is sent otherwise.
        media_type: as declared.
        size: as decoded; `None` if it is no image, was sent otherwise, or is a file that was not
            uploaded here.
        real_type: as decoded.
        strict: whether it asked not to be scaled.
    """

    where: str
    source: str
    in_result: bool
    length: int
    media_type: str
    size: Size[Model] | None
    real_type: str | None
    strict: bool


@dataclass(frozen=True, slots=True)
class Request:
    """A request.

    Attributes:
        number: which one it is, counted from 1.
        sent: the body as it travelled.
        body: the same with the whole conversation, where a thread holds the earlier part.
        betas: what its beta header names.
        spec: the model.
        platform: where the model is called.
        pictures: all images, those of earlier messages included.
        resumes: whether the conversation ends in a turn that the API paused.
    """

    number: int
    sent: Json
    body: Json
    betas: frozenset[str]
    spec: ModelSpec
    platform: PlatformName
    pictures: tuple[Picture, ...]
    resumes: bool = False

    @property
    def messages(self) -> list[Json]:
        """The whole conversation."""
        return cast("list[Json]", self.body["messages"])

    @property
    def answered(self) -> int:
        """How many turns of the model's the conversation holds."""
        return sum(message["role"] == "assistant" for message in self.messages)

    @property
    def results(self) -> list[Json]:
        """The results of calls in the last message."""
        return [block for block in blocks(self.messages[-1]) if block["type"] == "tool_result"]

    @property
    def tools(self) -> list[Json]:
        """The tools that it declares."""
        return cast("list[Json]", self.body.get("tools") or [])

    @property
    def compacts(self) -> bool:
        """Whether it asks for a summary instead of an answer."""
        return self.body.get("compaction") is not None

    @property
    def thinks(self) -> bool:
        """Whether the model thinks before it answers."""
        kind = part(self.body, "thinking").get("type")
        if kind is None:
            return self.spec.thinks_unasked
        return kind in {"adaptive", "enabled"}


def find_pictures(messages: list[Json]) -> Iterator[Picture]:
    """The images of well-formed messages, earlier results included."""
    for index, message in enumerate(messages):
        results = {
            id(inner)
            for block in blocks(message)
            if block["type"] == "tool_result" and block.get("toolset_name") == FAMILY
            for inner in blocks(block)
        }
        for place, block in with_places(f"messages.{index}", message):
            if block["type"] == "image":
                yield _picture(place, block, in_result=id(block) in results)


def _picture(place: str, block: Mapping[str, Any], *, in_result: bool) -> Picture:
    source = block["source"]
    data = source.get("data", "")
    shown = data or source.get("file_id")
    measured = shown.measured if isinstance(shown, Shown) else None
    return Picture(
        where=place,
        source=source["type"],
        in_result=in_result,
        length=len(data),
        media_type=source.get("media_type", ""),
        size=measured.size if measured else None,
        real_type=measured.media_type if measured else None,
        strict=part(block, "transformations").get("oversized_image") == "error",
    )
