"""Which X servers run on this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_SOCKETS = Path("/tmp/.X11-unix")  # noqa: S108 - X11's own place


def servers() -> tuple[str, ...]:
    """The names of the X servers of this machine, the environment's `DISPLAY` first.

    That one has a name does not mean that it lets us in. On macOS and Windows the one name is
    empty, as `Source` and `displays` take it.
    """
    if sys.platform != "linux":
        return ("",)
    named = os.environ.get("DISPLAY", "")
    try:
        numbers = sorted(
            int(socket.name[1:])
            for socket in _SOCKETS.iterdir()
            if socket.name[:1] == "X" and socket.name[1:].isdecimal()
        )
    except OSError:  # no X server has ever run here
        numbers = []
    found = [f":{number}" for number in numbers]
    return tuple(dict.fromkeys(filter(None, [named.removesuffix(".0"), *found])))
