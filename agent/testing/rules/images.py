"""How many images, how large, in which form.

Sources: "Vision" and "Computer use tool" of the Claude documentation, read on 2026-11-21. What
old results hold counts even where the API is asked to clear them, and so does what a thread keeps:
neither is said to be spared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trueclick.geometry.requests import (
    LARGEST_EDGE,
    MANY_IMAGES,
    MANY_IMAGES_MAX_EDGE,
    PLATFORMS,
)

from ..content import Json, blocks
from ..pixels import Base64
from ..turns import FAMILY

if TYPE_CHECKING:
    from trueclick.geometry import Model, Size

    from ..request import Request

_BASE64_ALONE = {"bedrock", "vertex"}
_MEDIA_TYPES = {"image/jpeg", "image/png", "image/gif", "image/webp"}
_FILES_BETA = "files-api-2025-04-14"


def sources_are_taken(request: Request) -> str | None:
    """Bedrock and Google Cloud take base64 alone; a file's id needs its beta."""
    for picture in request.pictures:
        if picture.source != "base64" and request.platform in _BASE64_ALONE:
            return f"{picture.where}.image.source: {picture.source} is not supported here"
        if picture.source == "file" and _FILES_BETA not in request.betas:
            return f"{picture.where}.image.source.file: needs the beta {_FILES_BETA}"
    return None


def images_are_whole(request: Request) -> str | None:
    """Each is an image of the type that it says, and not too long."""
    most = PLATFORMS[request.platform].image_bytes
    for picture in request.pictures:
        if picture.source != "base64":
            continue
        where = f"{picture.where}.image.source.base64"
        if picture.media_type not in _MEDIA_TYPES:
            return f"{where}.media_type: Input should be one of {', '.join(sorted(_MEDIA_TYPES))}"
        if picture.length > most:
            return (
                f"{where}: image exceeds {most // 1024 // 1024} MB maximum: "
                f"{picture.length} bytes > {most} bytes"
            )
        if picture.size is None:
            return f"{where}: Could not process image"
        if picture.real_type != picture.media_type:
            return (
                f"{where}: the image was specified as {picture.media_type} but appears to be "
                f"{picture.real_type}"
            )
    return None


def images_are_few(request: Request) -> str | None:
    """Neither too many, nor too large for their number."""
    count, most = len(request.pictures), request.spec.max_images
    if count > most:
        return f"messages: too many images: {count} > {most} for '{request.spec.id}'"
    many = count > MANY_IMAGES
    edge = MANY_IMAGES_MAX_EDGE if many else LARGEST_EDGE
    kind = " for many-image requests" if many else ""
    for picture in request.pictures:
        if picture.size and picture.size.long_edge > edge:
            return (
                f"{picture.where}.image: at least one of the image dimensions exceeds the max "
                f"allowed size{kind}: {edge} pixels"
            )
    return None


def images_fit(request: Request) -> str | None:
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


def screenshots_have_the_declared_size(request: Request) -> str | None:
    """With an older tool, whose size is declared: a picture of another size misplaces clicks.

    The API itself takes such a picture. A zoom's may have any size.
    """
    declared = next(
        (
            (tool.get("display_width_px"), tool.get("display_height_px"))
            for tool in request.tools
            if tool.get("name") == FAMILY and "display_width_px" in tool
        ),
        None,
    )
    if declared is None:
        return None
    screenshots: set[str] = set()
    for index, message in enumerate(request.messages):
        for place, block in enumerate(blocks(message)):
            if block["type"] == "tool_use" and _shows_all(block):
                screenshots.add(block["id"])
            if block["type"] != "tool_result" or block["tool_use_id"] not in screenshots:
                continue
            for size in _sizes(block):
                if (size.width, size.height) != declared:
                    return (
                        f"messages.{index}.content.{place}: a screenshot of {size}, while the tool "
                        f"declares a display of {declared[0]}x{declared[1]}"
                    )
    return None


def _shows_all(call: Json) -> bool:
    named = call["name"] == FAMILY and not call.get("toolset_name")
    return named and call["input"].get("action") != "zoom"


def _sizes(result: Json) -> list[Size[Model]]:
    found: list[Size[Model]] = []
    for part in blocks(result):
        data = part["source"].get("data") if part["type"] == "image" else None
        if isinstance(data, Base64) and data.measured:
            found.append(data.measured.size)
    return found
