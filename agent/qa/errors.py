"""The errors of expectations, beside those of `trueclick.agent.errors`.

AssertionError
└── ExpectationError    the screen is not as a test expects it

TrueclickError
├── UsageError          (trueclick.geometry) a name, a region or a number that makes no sense
└── MissingExtraError   (trueclick.agent.local) the packages that read text are not installed
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class ExpectationError(AssertionError):
    """The screen is not as a test expects it; the message is a sentence, then what was seen.

    No `TrueclickError`: test runners know a failed test from a broken one by `AssertionError`.
    Unlike other messages of this project it holds what was read off the screen, for a test is
    there to tell it; what could steer a terminal is escaped.

    Attributes:
        artifacts: the pictures that show what was seen and where it was looked for.
    """

    def __init__(self, message: str, artifacts: Iterable[Path] = ()) -> None:
        super().__init__(message)
        self.artifacts: tuple[Path, ...] = tuple(artifacts)
