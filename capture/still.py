"""Waiting until a screen is still, instead of sleeping and hoping."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .clock import Clock
from .screenshot import Screenshot

_RGB = np.uint32(0x00FFFFFF)

_BLINK_PX = 32
"""A change within a square of this edge is a caret's or a spinner's: one never waits for it."""


@dataclass(frozen=True, slots=True)
class Stillness:
    """When a screen counts as still.

    Attributes:
        floor_s: seconds that must have passed since the action: programs answer late (measured:
            a page that changes 150 ms after a click is missed with less than 250 ms).
        quiet_s: seconds without a change.
        timeout_s: seconds of waiting after which one goes on anyway.
        poll_s: seconds between two looks.
    """

    floor_s: float
    quiet_s: float
    timeout_s: float
    poll_s: float = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """The last picture taken, and whether the screen had come to rest.

    Attributes:
        screenshot: the picture.
        still: whether it was quiet for long enough; `False` after the timeout.
        waited_s: seconds spent.
    """

    screenshot: Screenshot
    still: bool
    waited_s: float


def wait_until_still(
    grab: Callable[[], Screenshot], *, rule: Stillness, acted_at: float, clock: Clock
) -> Settled:
    """The first picture of a screen that has come to rest after an action.

    Args:
        grab: takes a picture.
        rule: when the screen counts as still.
        acted_at: when the action was carried out, by `clock`.
        clock: tells the time and sleeps.
    """
    start = clock.now()
    picture = grab()
    quiet_since = clock.now()
    while True:
        now = clock.now()
        if now - acted_at >= rule.floor_s and now - quiet_since >= rule.quiet_s:
            return Settled(picture, still=True, waited_s=now - start)
        if now - max(acted_at, start) >= rule.timeout_s:
            return Settled(picture, still=False, waited_s=now - start)
        clock.sleep(rule.poll_s)
        newer = grab()
        if differs(picture, newer):
            quiet_since = clock.now()
        picture = newer


def differs(before: Screenshot, after: Screenshot) -> bool:
    """Whether more changed than a blinking caret would."""
    if before.size != after.size:
        return True
    a = before.pixels.view(np.uint32)[..., 0]
    b = after.pixels.view(np.uint32)[..., 0]
    changed = (a ^ b) & _RGB
    rows = np.flatnonzero(changed.any(axis=1))
    if not rows.size:
        return False
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(changed[top:bottom].any(axis=0))
    return max(bottom - top, int(columns[-1]) + 1 - int(columns[0])) > _BLINK_PX
