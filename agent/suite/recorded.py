"""What a suite has to know of a trace that one of its tasks does again."""

from __future__ import annotations

from pathlib import Path

from trueclick.geometry import UsageError


def recorded_size(folder: Path) -> tuple[int, int]:
    """Width and height of the display on which a run began.

    Raises:
        TrueclickError: if the folder holds no trace, or a damaged one, or one in which nothing was
            done.
    """
    from ..trace import read_trace  # noqa: PLC0415 - a suite without replays needs none of it
    from ..trace.story import story_of  # noqa: PLC0415

    parts = story_of(read_trace(folder, check_pictures=False)).parts
    if not parts:
        raise UsageError(f"the trace in {folder} tells of no display")
    size = parts[0].view.image
    return size.width, size.height
