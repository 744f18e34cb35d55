"""Pictures as they are sent: at the size at which the model sees them, and mapped back exactly.

A picture of ours is scaled here and never by the API: `Prepared.picture` leads from each pixel that
the model names to the original's. What the API fetches itself, by a URL or a file's id, has a size
that nobody here knows: of such a picture questions may be asked, and no places.

Sources, read on 2026-11-22: "Vision", "Coordinates and bounding boxes" and "Files" of the Claude
documentation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from trueclick.capture import Screenshot, encode, read_image
from trueclick.geometry import (
    Image,
    Model,
    ModelSpec,
    Picture,
    RequestImage,
    Size,
    UsageError,
    check_request,
    find_model,
    fit,
    visual_tokens,
)
from trueclick.geometry.requests import (
    MANY_IMAGES,
    MANY_IMAGES_MAX_EDGE,
    PLATFORMS,
    PlatformName,
)

FILES_BETA = "files-api-2025-04-14"
"""The header that a request with a file's id needs, as `anthropic` 2.11.0 lists it."""

_FILE_ID = re.compile(r"file_[A-Za-z0-9_-]{1,128}")
_BASE64_ALONE = ("bedrock", "vertex")
_FOR_WORDS = 500_000
"""Bytes of a request that are kept free for everything but its images."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A picture as it is sent.

    Attributes:
        name: how people call it: a path, a URL without its query, a file's id. Told to nobody but
            them; the model knows the picture by its number.
        picture: from the pixels that the model sees to those of the original; `None` where the API
            fetches it, so that no places are asked for.
        source: the API's `source` of the image block.
        tokens: what it costs, by the grid rule; `None` where its size is not known.
        reduced: what had to be done to it to stay within a limit, for people; `None` if nothing.
        strict: whether the API is told to refuse the picture rather than scale it.
    """

    name: str
    picture: Picture[Image] | None
    source: dict[str, Any] = field(repr=False)
    tokens: int | None
    reduced: str | None = None
    strict: bool = False

    @property
    def size(self) -> Size[Model] | None:
        """The size at which the model sees it, if that is known."""
        return None if self.picture is None else self.picture.size

    @property
    def block(self) -> dict[str, Any]:
        """The image block of a request."""
        block: dict[str, Any] = {"type": "image", "source": self.source}
        if self.strict:
            block["transformations"] = {"oversized_image": "error"}
        return block

    @property
    def in_request(self) -> RequestImage:
        """What the limits of a request make of it; one of unknown size counts as a small one."""
        size: Size[Any] = self.size or Size(1, 1)
        match self.source["type"]:
            case "base64":
                return RequestImage(size, len(self.source["data"]) * 3 // 4)
            case "url":
                return RequestImage(size, source="url")
            case _:
                return RequestImage(size, source="file")


def prepare(
    image: Screenshot | Path | str,
    model: ModelSpec | str,
    platform: PlatformName = "anthropic",
    *,
    among: int = 1,
    name: str | None = None,
) -> Prepared:
    """A picture as it is sent to a model.

    Args:
        image: pixels; the path of a file; or a text: `https://...`, which the API fetches,
            `file_...`, an id of the Files API, or else a path.
        model: who is to see it.
        platform: where the model is called.
        among: how many images the request holds: of more than 20 each is at most 2000 pixels long.
        name: how people call it; by default what was given.

    Raises:
        UsageError: if there is no such file or it holds no picture, the model or the platform is
            unknown, or the platform does not take the source.
    """
    spec = find_model(model) if isinstance(model, str) else model
    if platform not in PLATFORMS:
        raise UsageError(f"unknown platform {platform!r}; known: {', '.join(PLATFORMS)}")
    if isinstance(image, str) and (remote := remote_source(image)) is not None:
        if platform in _BASE64_ALONE:
            raise UsageError(
                f"{platform} takes no images by URL or file id: download "
                f"{remote_name(image)!r} and name the file"
            )
        return Prepared(name or remote_name(image), None, remote, None)
    shot = image if isinstance(image, Screenshot) else read_image(image)
    called = name or ("the screenshot" if isinstance(image, Screenshot) else str(image))
    most = MANY_IMAGES_MAX_EDGE if among > MANY_IMAGES else None
    whole = Picture[Image].of(shot.size.box, fit(shot.size, spec.limits, max_edge=most))
    return prepare_part(shot, whole, platform, among=among, name=called)


def prepare_all(
    images: Sequence[Screenshot | Path | str | Prepared],
    model: ModelSpec | str,
    platform: PlatformName = "anthropic",
) -> tuple[Prepared, ...]:
    """Pictures as they are sent in one request, which keeps within all limits.

    Raises:
        UsageError: as `prepare` does, or if there are too many, or they are too large together.
    """
    spec = find_model(model) if isinstance(model, str) else model
    require_count(len(images), spec)
    prepared = tuple(
        image
        if isinstance(image, Prepared)
        else prepare(image, spec, platform, among=max(len(images), 1))
        for image in images
    )
    require_within_limits(prepared, spec, platform)
    return prepared


def require_count(count: int, model: ModelSpec | str) -> None:
    """Refuse more images than a request takes: before the first is read.

    Raises:
        UsageError: if there are more.
    """
    spec = find_model(model) if isinstance(model, str) else model
    if count > spec.max_images:
        raise UsageError(
            f"{count} images; {spec.id} takes {spec.max_images} a request: ask about fewer at "
            "once, or about each by itself (--each, --batch)"
        )


def require_within_limits(
    images: Sequence[Prepared],
    model: ModelSpec | str,
    platform: PlatformName = "anthropic",
    *,
    other_bytes: int = 0,
) -> None:
    """Refuse what the API would refuse of a request with these images.

    Raises:
        UsageError: with the first limit that is broken, and what mends it.
    """
    name = model if isinstance(model, str) else model.id
    checked = check_request(
        [image.in_request for image in images], name, platform=platform, other_bytes=other_bytes
    )
    for finding in checked.findings:
        if finding.refused:
            raise UsageError(str(finding))


def remote_source(text: str) -> dict[str, Any] | None:
    """The API's `source` for a URL or a file's id, or `None` for anything else.

    Raises:
        UsageError: if it is a URL that the API would not fetch.
    """
    if _FILE_ID.fullmatch(text) and not Path(text).exists():
        return {"type": "file", "file_id": text}
    if text[:5].casefold() == "data:":
        raise UsageError(
            "a data: URL: the API fetches https:// alone; save what it holds and name the file"
        )
    scheme = text.partition("://")[0].casefold() if "://" in text else ""
    if scheme == "https":
        return {"type": "url", "url": text}
    if scheme in {"http", "ftp", "file"}:
        raise UsageError(
            f"{remote_name(text)!r}: the API fetches https:// alone; download it and name the file"
        )
    return None


def remote_name(text: str) -> str:
    """A file's id, or a URL without what may be secret in it: user, query and fragment."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return "the URL"
    if not parts.scheme:
        return text
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def betas_for(images: Sequence[Prepared]) -> list[str]:
    """The beta headers of a request with these images."""
    return [FILES_BETA] if any(image.source["type"] == "file" for image in images) else []


def prepare_part(
    shot: Screenshot,
    picture: Picture[Image],
    platform: PlatformName,
    *,
    among: int = 1,
    name: str = "the screenshot",
) -> Prepared:
    """A part of a screenshot as it is sent.

    Args:
        shot: all of it.
        picture: which part, and at which size; within the model's limits.
        platform: where the model is called.
        among: how many images the request holds.
        name: how people call it.

    Raises:
        UsageError: if it cannot be packed within the platform's limits.
    """
    at = picture.region
    part = Screenshot(shot.pixels[at.y0 : at.y1, at.x0 : at.x1])
    where = PLATFORMS[platform]
    share = (where.request_bytes - _FOR_WORDS) // among
    encoded = encode(part, picture.size, max_bytes=min(where.image_bytes, share))
    source = {"type": "base64", "media_type": encoded.media_type, "data": encoded.base64}
    return Prepared(
        name,
        picture,
        source,
        visual_tokens(picture.size),
        encoded.reduced,
        # The partner platforms are not said to know the field; there it would be a risk for
        # nothing, since what is sent fits.
        strict=platform == "anthropic",
    )
