"""What the operator of the machine must mend before a screen can be seen.

TrueclickError
CaptureError        a display cannot be reached, started or captured
DisplayChanged    it is not what it was when it was opened
"""

from __future__ import annotations

from trueclick.geometry import Box, Screen, TrueclickError


class CaptureError(TrueclickError):
    """A display cannot be reached, started or captured; the message names the remedy."""


class DisplayChanged(CaptureError):  # noqa: N818 - not a fault of anybody: an event
    """A display has another size or place than when it was opened, or is gone.

    What was mapped with the old one would land elsewhere: open the display anew.

    Attributes:
        before: where it lay in pointer coordinates.
        now: where it lies, or `None` if it is no longer there.
    """

    def __init__(self, name: str, before: Box[Screen], now: Box[Screen] | None) -> None:
        def place(box: Box[Screen]) -> str:
            return f"{box.size} at {box.x0},{box.y0}"

        if now is None:
            became = f"was {place(before)} and is gone"
        elif now == before:
            became = "has another resolution than when it was opened"
        else:
            became = f"was {place(before)} and is {place(now)}"
        super().__init__(f"the display {name} {became}: open it anew")
        self.before = before
        self.now = now
