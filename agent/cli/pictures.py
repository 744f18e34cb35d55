"""Every screenshot of a run, kept as a file in a folder that the user has named."""

from __future__ import annotations

from pathlib import Path

from trueclick.geometry import TrueclickError

from ..events import Acted, Event


class Pictures:
    """Writes the picture of each action that has one, numbered by the action.

    Args:
        folder: is there, and can be written to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._steps = 0

    def __call__(self, event: Event) -> None:
        """Keep the picture of an event.

        Raises:
            TrueclickError: if it cannot be written.
        """
        if not isinstance(event, Acted):
            return
        self._steps += 1
        picture = event.outcome.picture
        if picture is None:
            return
        suffix = picture.media_type.removeprefix("image/")
        path = self._folder / f"{self._steps:04}-{event.member}.{suffix}"
        try:
            path.write_bytes(picture.data)
        except OSError as error:
            raise TrueclickError(f"{path} cannot be written: {error.strerror}") from error
