"""What the API would refuse of a request with images, said before it is sent.

Sources, read on 2026-11-21: "Vision", "API overview" (request size limits), "Claude on Amazon
Bedrock", "Claude on Google Cloud", "Computer use tool", "Message threads" and "Compaction on
demand" of the Claude documentation. "5 MB an image" is 5242880
bytes of base64 in the API's own error message, and 10 MB is read alike; for whole requests nobody
says which megabyte is meant, and the smaller one is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from .catalogue import ModelSpec, find_model
from .errors import UsageError
from .fit import fit
from .limits import visual_tokens
from .shapes import Size, require_integers

PlatformName: TypeAlias = Literal["anthropic", "bedrock", "vertex", "foundry"]

Rule: TypeAlias = Literal[
    "image count",
    "image edge",
    "many images",
    "image source",
    "image bytes",
    "request bytes",
    "context window",
    "scaled",
    "small",
]

LARGEST_EDGE = 8000
"""The longest side, in pixels, of an image that the API takes at all."""

MANY_IMAGES = 20
"""A request with more images than this (earlier ones count) must keep each within
`MANY_IMAGES_MAX_EDGE`."""

MANY_IMAGES_MAX_EDGE = 2000
"""The longest side, in pixels, of an image in a request of more than `MANY_IMAGES`."""

SMALLEST_EDGE = 200
"""Below this many pixels a side an image is too small to be read reliably."""

_MIB = 1024 * 1024
_MB = 1000 * 1000


@dataclass(frozen=True, slots=True)
class Platform:
    """Where a model is called.

    Attributes:
        image_bytes: the most an image may have, in base64.
        request_bytes: the most a whole request may have.
        toolset: whether it takes `computer_toolset_20260801`; else the older tools, for every
            model that takes them or the toolset elsewhere.
        threads: whether it keeps a conversation.
        compacts: whether it summarizes a conversation on demand.
    """

    image_bytes: int
    request_bytes: int
    toolset: bool = True
    threads: bool = True
    compacts: bool = True


PLATFORMS: MappingProxyType[PlatformName, Platform] = MappingProxyType(
    {
        "anthropic": Platform(10 * _MIB, 32 * _MB),
        "bedrock": Platform(5 * _MIB, 20 * _MB, toolset=False, threads=False, compacts=False),
        "vertex": Platform(5 * _MIB, 30 * _MB, threads=False),
        # Publishes no limits of its own: the API's.
        "foundry": Platform(10 * _MIB, 32 * _MB, toolset=False),
    }
)

_BASE64_ALONE = {"bedrock", "vertex"}
"""Platforms that take images in no other form."""


@dataclass(frozen=True, slots=True)
class RequestImage:
    """One image of a request.

    Attributes:
        size: in pixels, as it is sent.
        bytes: of the encoded file, before base64; 0 if unknown.
        source: how it is sent; by URL or file id its bytes are not part of the request.
    """

    size: Size[Any]
    bytes: int = 0
    source: Literal["base64", "url", "file"] = "base64"

    def __post_init__(self) -> None:
        require_integers("RequestImage", bytes=self.bytes)
        if self.bytes < 0:
            raise UsageError(f"RequestImage needs bytes >= 0, got {self.bytes}")

    @property
    def base64_bytes(self) -> int:
        """What it takes up in a request: in base64, four characters for three bytes begun."""
        return -(-self.bytes // 3) * 4 if self.source == "base64" else 0


@dataclass(frozen=True, slots=True)
class Finding:
    """A limit that a request touches.

    Attributes:
        rule: its short name.
        refused: whether the API refuses the request for it; else it is a warning.
        images: which images are concerned, counted from 0; none: the request as a whole.
        problem: what is the matter, with the numbers.
        remedy: what mends it.
    """

    rule: Rule
    refused: bool
    images: tuple[int, ...]
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.problem}: {self.remedy}"


@dataclass(frozen=True, slots=True)
class RequestCheck:
    """What is to be said of a request.

    Attributes:
        findings: what the API refuses first, then the warnings.
        visual_tokens: of all images together, as the model sees them.
        usd: what the images cost as input, uncached, in a prompt of nothing else; `None` if the
            price is unknown.
    """

    findings: tuple[Finding, ...]
    visual_tokens: int
    usd: Decimal | None

    @property
    def accepted(self) -> bool:
        """Whether no limit is broken."""
        return not any(finding.refused for finding in self.findings)


def check_request(
    images: Sequence[RequestImage],
    model: str,
    *,
    platform: PlatformName = "anthropic",
    other_bytes: int = 0,
) -> RequestCheck:
    """Which limits of the API a request with these images would break, and what mends it.

    Args:
        images: all of them, those inside of earlier messages and tool results included.
        model: its id, a partner platform's as well.
        platform: where the request goes.
        other_bytes: everything else in the request: text, tools, markup.

    Raises:
        UnknownModelError: if the model is unknown.
        UsageError: if the platform is, or a number makes no sense.
    """
    spec, images = find_model(model), tuple(images)
    if platform not in PLATFORMS:
        raise UsageError(f"unknown platform {platform!r}; known: {', '.join(PLATFORMS)}")
    require_integers("check_request", other_bytes=other_bytes)
    if other_bytes < 0:
        raise UsageError(f"check_request needs other_bytes >= 0, got {other_bytes}")
    tokens = sum(visual_tokens(fit(image.size, spec.limits)) for image in images)
    found = [
        *_count(images, spec),
        *_edges(images),
        *_bytes(images, PLATFORMS[platform], platform, other_bytes),
        *_context(tokens, spec),
        *_sight(images, spec),
    ]
    return RequestCheck(
        findings=tuple(sorted(found, key=lambda finding: not finding.refused)),
        visual_tokens=tokens,
        usd=spec.price.usd(tokens) if spec.price else None,
    )


def _where(
    images: Sequence[RequestImage], concerned: Callable[[RequestImage], bool]
) -> tuple[int, ...]:
    return tuple(index for index, image in enumerate(images) if concerned(image))


def _named(images: Sequence[RequestImage], indexes: tuple[int, ...]) -> str:
    first = f"image {indexes[0]} of {images[indexes[0]].size}"
    return first if len(indexes) == 1 else f"{first} and {len(indexes) - 1} more"


def _count(images: Sequence[RequestImage], spec: ModelSpec) -> list[Finding]:
    over = len(images) - spec.max_images
    if over <= 0:
        return []
    problem = f"{len(images)} images; {spec.id} takes {spec.max_images} a request"
    return [Finding("image count", True, (), problem, f"leave out {over} of them")]


def _edges(images: Sequence[RequestImage]) -> list[Finding]:
    found: list[Finding] = []
    if at := _where(images, lambda image: image.size.long_edge > LARGEST_EDGE):
        problem = f"{_named(images, at)}: over {LARGEST_EDGE} px"
        found.append(Finding("image edge", True, at, problem, "scale down with fit()"))
    if len(images) > MANY_IMAGES and (
        at := _where(images, lambda image: image.size.long_edge > MANY_IMAGES_MAX_EDGE)
    ):
        problem = (
            f"{_named(images, at)}: over {MANY_IMAGES_MAX_EDGE} px in a request of more than "
            f"{MANY_IMAGES} images ({len(images)})"
        )
        remedy = f"scale with fit(..., max_edge={MANY_IMAGES_MAX_EDGE}), or send {MANY_IMAGES}"
        found.append(Finding("many images", True, at, problem, remedy))
    return found


def _bytes(
    images: Sequence[RequestImage], limits: Platform, name: PlatformName, other_bytes: int
) -> list[Finding]:
    found: list[Finding] = []
    if name in _BASE64_ALONE and (at := _where(images, lambda image: image.source != "base64")):
        problem = f"{_named(images, at)}: {name} takes no images by URL or file id"
        found.append(Finding("image source", True, at, problem, "send it as base64"))
    if at := _where(images, lambda image: image.base64_bytes > limits.image_bytes):
        problem = (
            f"{_named(images, at)}: {images[at[0]].base64_bytes} bytes in base64; {name} takes "
            f"{limits.image_bytes}"
        )
        remedy = "compress it more, or scale it down"
        found.append(Finding("image bytes", True, at, problem, remedy))
    total = sum(image.base64_bytes for image in images) + other_bytes
    if total > limits.request_bytes:
        problem = f"a request of {total} bytes; {name} takes {limits.request_bytes}"
        by_id = "" if name in _BASE64_ALONE else ", or send images by file id"
        remedy = f"leave images out, compress them more{by_id}"
        found.append(Finding("request bytes", True, (), problem, remedy))
    return found


def _context(tokens: int, spec: ModelSpec) -> list[Finding]:
    if tokens <= spec.context_window:
        return []
    problem = f"{tokens} visual tokens; the context window of {spec.id} has {spec.context_window}"
    return [Finding("context window", True, (), problem, "leave images out, or scale them down")]


def _sight(images: Sequence[RequestImage], spec: ModelSpec) -> list[Finding]:
    found: list[Finding] = []
    seen = [fit(image.size, spec.limits) for image in images]
    if at := tuple(i for i, image in enumerate(images) if seen[i] != image.size):
        problem = (
            f"{_named(images, at)}: {spec.id} sees it at {seen[at[0]]}, and answers in those pixels"
        )
        remedy = "scale it with fit() before it is sent; the computer tool refuses it as it is"
        found.append(Finding("scaled", False, at, problem, remedy))
    if at := tuple(
        i for i, size in enumerate(seen) if min(size.width, size.height) < SMALLEST_EDGE
    ):
        problem = (
            f"{_named(images, at)}, seen at {seen[at[0]]}: under {SMALLEST_EDGE} px it is read "
            "unreliably"
        )
        remedy = "send a larger part of the screen, or enlarge it"
        found.append(Finding("small", False, at, problem, remedy))
    return found
