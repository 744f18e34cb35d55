"""Takes secrets out of what is kept or shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


class Redaction:
    """Knows the forms of some values.

    Args:
        values: by the names that stand for them.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def redacted(self, value: T) -> T:
        """The value without them."""
        return value
