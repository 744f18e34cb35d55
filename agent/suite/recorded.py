"""What a suite has to know of a trace that one of its tasks does again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from trueclick.geometry import UsageError

_Box = Annotated[tuple[int, int, int, int], Field(strict=False)]


@dataclass(frozen=True, slots=True)
class Recorded:
    """How a run was recorded.

    Attributes:
        size: width and height of the display on which it began.
        secrets: the names of what was typed unseen.
        mask_secrets: whether the places of that are painted over in its pictures.
        masks: what else is painted over, in pixels of the display.
    """

    size: tuple[int, int]
    secrets: tuple[str, ...] = ()
    mask_secrets: bool = False
    masks: tuple[tuple[int, int, int, int], ...] = ()


class _Setup(BaseModel):
    """What concerns us of the words in which the command line describes a run."""

    model_config = ConfigDict(extra="ignore", strict=True)

    masks: list[_Box] = []
    mask_secrets: bool | None = None
    secrets: list[str] = []


def recorded(folder: Path) -> Recorded:
    """How the run in a folder was recorded.

    Raises:
        TrueclickError: if the folder holds no trace, or a damaged one, or one in which nothing was
            done.
    """
    from ..trace import read_trace  # noqa: PLC0415 - a suite without replays needs none of it
    from ..trace.story import story_of  # noqa: PLC0415

    story = story_of(read_trace(folder, check_pictures=False))
    if not story.parts:
        raise UsageError(f"the trace in {folder} tells of no display")
    size = story.parts[0].view.image
    try:
        setup = _Setup.model_validate(dict(story.trace.settings.setup))
    except ValidationError as error:
        raise UsageError(
            f"the trace in {folder} tells how its run was set up in words that this version does "
            "not know"
        ) from error
    return Recorded(
        (size.width, size.height),
        tuple(setup.secrets),
        bool(setup.mask_secrets),
        tuple(box for box in setup.masks if box[0] < box[2] and box[1] < box[3]),
    )
