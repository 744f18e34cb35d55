"""Taking what the screen shows now for right: new pictures for a trace."""

from __future__ import annotations

from collections.abc import Sequence

from ..trace import Trace
from ..trace.rewriting import NewPicture, rewrite
from .scene import Accepted


def update(trace: Trace, accepted: Sequence[Accepted]) -> None:
    """Put the accepted pictures into a trace, all of them or none.

    Args:
        trace: as it was read for the replay.
        accepted: by `Player.accepted`, once every step has been done.

    Raises:
        UsageError: if the folder cannot be written.
        TraceError: if another run is writing the trace, or has since it was read, or the disk is
            full; the trace is as it was then.
    """
    if accepted:
        rewrite(trace, {each.event: NewPicture(each.picture, each.hidden) for each in accepted})
