"""Writing a trace: every event a line as soon as it is told, every picture a file, once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from ..events import Event

if TYPE_CHECKING:
    from .reading import Trace


class TraceWriter:
    """Writes what is told of a run into a folder; use it as `on_event`, and as a context manager.

    Args:
        folder: made if it is missing, for this user alone.
        after: the trace that the run goes on from. Its own folder is written on; in another one
            its events come first, so that either holds the whole run.

    Raises:
        UsageError: if the folder cannot be written, or holds a trace already.
        TraceError: if another run is writing into the folder, or the disk is full.
    """

    def __init__(self, folder: Path, *, after: Trace | None = None) -> None:
        del after
        self.folder = folder

    def __call__(self, event: Event) -> None:
        """Write an event.

        Raises:
            TraceError: if it cannot be written. What was written before stays readable; later
                events are dropped without a word, for a trace with a hole would mislead.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Let what was written reach the disk; a second call does nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
