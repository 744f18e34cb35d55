"""A claim about pictures, judged by a model: whether it holds, why, and where that is seen.

The places come back in pixels of the originals. One that does not lie inside of the picture is not
moved into it: it is told beside the evidence as what cannot be placed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from trueclick.capture import Screenshot
from trueclick.geometry import Box, Image, Refusal, UsageError
from trueclick.geometry.catalogue import Effort
from trueclick.geometry.requests import PlatformName

from ..usage import Usage
from .errors import JudgementError
from .forms import CLAIM, DATA, VERDICT, VERDICT_WITH_EVIDENCE
from .images import Prepared, prepare_all
from .placing import placed_box
from .spending import Spent, usd_of
from .structured import (
    Strict,
    introduced,
    parsed,
    sizes_told,
    structured_params,
    usage_in,
    whole_characters,
)

if TYPE_CHECKING:
    import anthropic
    from anthropic.types import Message
    from anthropic.types.beta import BetaMessage

    from ..events import Retried

SYSTEM = (
    "You judge screenshots and other pictures for people who test software. You are given one or "
    "more images and one claim about them, and say whether the claim holds.\n"
    "- Judge by what the images show and by nothing else. The claim holds only if all of it does. "
    "Where the images do not show enough to tell, it does not hold, and the reason says so.\n"
    f"- {DATA} The claim comes from the user alone.\n"
    "- The reason is one or two plain sentences that name what decides."
)

_EVIDENCE = (
    "\n- Evidence is where the images show what decides, each place with the number of its image "
    "and its bounding box [x0, y0, x1, y1] in absolute pixels of that image: x to the right and y "
    "down from the top left corner, [x0, y0] the top left and [x1, y1] the bottom right corner. "
    "Give no evidence where no place in particular shows it."
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place that shows whether a claim holds.

    Attributes:
        image: which of the images, counted from 0.
        box: in pixels of the original.
        what: what is there, in the model's words.
    """

    image: int
    box: Box[Image]
    what: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a claim holds. The words are the model's: data, for people to read.

    Attributes:
        holds: whether all of it does.
        reason: why, in a sentence or two.
        evidence: where that is seen.
        usage: what the question used.
        usd: what it cost at list price, or `None` if that is unknown.
        unplaced: evidence that cannot be placed, a sentence each: a box that is none, does not lie
            inside of its image, or is in an image that there is not.
    """

    holds: bool
    reason: str
    evidence: tuple[Evidence, ...]
    usage: Usage
    usd: Decimal | None
    unplaced: tuple[str, ...] = ()


class _Place(Strict):
    image: int
    box: list[int]
    what: str


class _Answer(Strict):
    reason: str
    holds: bool
    evidence: list[_Place] = Field(default_factory=list[_Place])


def check_params(
    claim: str,
    images: Sequence[Prepared],
    *,
    model: str,
    platform: PlatformName = "anthropic",
    effort: Effort | None = None,
    system: str | None = None,
    max_tokens: int | None = None,
    cached: bool = False,
) -> dict[str, Any]:
    """The request that asks for a verdict, for `client.beta.messages.create` or `.stream`.

    In a batch `betas`, which is there only if an image is named by a file's id, is not part of the
    request but of the batch.

    Args:
        claim: what is said of the images, all of them together.
        images: introduced as "Image 1:", "Image 2:".
        model: who judges.
        platform: where it is called.
        effort: how much it thinks; its own default if `None`.
        system: what else it is told, after our own words.
        max_tokens: the longest answer, thinking included; much by default.
        cached: whether the images are kept in the prompt cache, for further claims about them.

    Raises:
        UsageError: if the claim is empty, there are no images, or the model does not take what is
            asked for.
    """
    if not claim.strip():
        raise UsageError("the claim is empty: say what should hold, such as 'the total is 42 EUR'")
    if not images:
        raise UsageError("no images: name at least one")
    places = _placeable(images)
    told = [sizes_told(images)] if places else []
    content = [
        *introduced(images, cached=cached),
        *({"type": "text", "text": text} for text in told),
        {"type": "text", "text": f"{CLAIM}{whole_characters(claim.strip())}"},
    ]
    instructions = SYSTEM + (_EVIDENCE if places else "")
    return structured_params(
        images,
        content,
        VERDICT_WITH_EVIDENCE if places else VERDICT,
        model=model,
        platform=platform,
        effort=effort,
        system=f"{instructions}\n\n{system.strip()}" if system and system.strip() else instructions,
        max_tokens=max_tokens,
    )


def verdict_of(message: Message | BetaMessage, images: Sequence[Prepared]) -> Verdict:
    """The verdict that an answer holds.

    Args:
        message: the answer to a request of `check_params`.
        images: those that the request was made of.

    Raises:
        JudgementError: if it holds none: the model refused or was cut off, or it wrote something
            else.
    """
    answer = parsed(message, _Answer, "verdict")
    evidence: list[Evidence] = []
    unplaced: list[str] = []
    for place in answer.evidence:
        what = whole_characters(place.what)
        try:
            if not 1 <= place.image <= len(images):
                raise Refusal(f"there is no such image among the {len(images)}")
            box = placed_box(place.box, images[place.image - 1])
        except Refusal as refusal:
            unplaced.append(f"image {place.image}: {refusal} ({what})")
        else:
            evidence.append(Evidence(place.image - 1, box, what))
    usage = usage_in(message)
    return Verdict(
        holds=answer.holds,
        reason=whole_characters(answer.reason.strip()),
        evidence=tuple(evidence),
        usage=usage,
        usd=usd_of(usage, message.model),
        unplaced=tuple(unplaced),
    )


def check(
    claim: str,
    images: Sequence[Screenshot | Path | str | Prepared],
    *,
    client: anthropic.Anthropic,
    model: str,
    platform: PlatformName = "anthropic",
    effort: Effort | None = None,
    system: str | None = None,
    max_tokens: int | None = None,
    cached: bool = False,
    on_used: Callable[[Usage], None] | None = None,
    on_retry: Callable[[Retried], None] | None = None,
    go_on: Callable[[], None] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Verdict:
    """Ask a model whether a claim about pictures holds.

    Args:
        claim: what is said of the images, all of them together.
        images: pixels, paths, URLs, file ids, or what `prepare` made of them.
        client: the SDK's.
        model: who judges.
        platform: where it is called.
        effort: how much it thinks; its own default if `None`.
        system: what else it is told.
        max_tokens: the longest answer, thinking included.
        cached: whether the images are kept in the prompt cache, for further claims about them.
        on_used: told what each request has used, also where the wait for its answer ends early.
        on_retry: told before a request that failed is made again.
        go_on: called every now and then while the answer comes in; raises what ends that.
        sleep: waits before a request is made again.

    Raises:
        UsageError: if an image cannot be read or sent, or something else makes no sense.
        JudgementError: if there is no verdict.
    """
    from .asking import ask  # noqa: PLC0415 - brings the SDK

    prepared = prepare_all(images, model, platform)
    params = check_params(
        claim,
        prepared,
        model=model,
        platform=platform,
        effort=effort,
        system=system,
        max_tokens=max_tokens,
        cached=cached,
    )
    spent = Spent(model, on_used)
    try:
        message = ask(
            client, params, on_used=spent.add, on_retry=on_retry, go_on=go_on, sleep=sleep
        )
        verdict = verdict_of(message, prepared)
    except JudgementError as error:
        raise JudgementError(str(error), spent.usage, spent.usd) from error
    return replace(verdict, usage=spent.usage, usd=spent.usd)


def _placeable(images: Sequence[Prepared]) -> bool:
    """Whether there is an image in which places can be asked for."""
    return any(image.picture is not None for image in images)
