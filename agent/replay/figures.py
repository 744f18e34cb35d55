"""Pictures of what differed, as files for people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from trueclick.capture import encode
from trueclick.geometry import TrueclickError

from ..whole_file import whole_file
from .results import StepResult


class FiguresError(TrueclickError):
    """A picture of a difference cannot be written."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The files that show one difference.

    Attributes:
        expected: the recorded picture.
        seen: the screen as it was instead.
        difference: where they differ.
    """

    expected: Path
    seen: Path
    difference: Path


def write_figures(result: StepResult, folder: Path) -> Figures | None:
    """Write the pictures of a difference; `None` if there are none.

    Args:
        result: a step's.
        folder: made if it is missing, for this user alone.

    Raises:
        FiguresError: if they cannot be written.
    """
    mismatch = result.mismatch
    if mismatch is None:
        return None
    expected, seen, difference = mismatch.expected, mismatch.seen, mismatch.difference
    if expected is None or seen is None or difference is None:
        return None
    name = f"step-{result.step.number:03}"
    made = Figures(*(folder / f"{name}-{word}.png" for word in ("expected", "seen", "difference")))
    pictures = ((made.expected, expected), (made.seen, seen), (made.difference, difference))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path, picture in pictures:
            with whole_file(path) as file:
                file.write(encode(picture).data)
    except OSError as error:
        raise FiguresError(
            f"the pictures of step {result.step.number} cannot be written into {folder}: "
            f"{error.strerror}"
        ) from error
    return made
