"""What a display is, whatever system it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from trueclick.geometry import Box, Screen


@dataclass(frozen=True, slots=True)
class Display:
    """One monitor.

    Attributes:
        server: the X server's name, such as `":99"`; empty where there is no X server.
        index: counts the server's monitors from 0.
        box: where it lies in pointer coordinates; its origin may be negative.
        primary: whether the system says that it is the main one.
        output: the monitor's name where the system tells it, such as `"HDMI-1"`.
    """

    server: str
    index: int
    box: Box[Screen]
    primary: bool
    output: str | None

    @property
    def name(self) -> str:
        """What people call it: `":99"`, or `":99 HDMI-1"` where it has a name."""
        return " ".join(filter(None, [self.server, self.output])) or f"monitor {self.index}"
