"""What a check of `trueclick doctor` finds. Values alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

State: TypeAlias = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of the installation.

    Attributes:
        name: of the part, in a word or two.
        state: `ok`; `warning`: something that not every run needs is missing; `failed`: runs fail.
        said: what was found.
        remedy: what mends it; empty if nothing must be mended.
    """

    name: str
    state: State
    said: str
    remedy: str = ""

    def as_json(self) -> dict[str, Any]:
        """The finding as a JSON object."""
        return {
            "name": self.name,
            "state": self.state,
            "said": self.said,
            "remedy": self.remedy or None,
        }


def ok(name: str, said: str) -> Finding:
    """A part that is as it should be."""
    return Finding(name, "ok", said)


def warning(name: str, said: str, remedy: str) -> Finding:
    """A part that not every run needs."""
    return Finding(name, "warning", said, remedy)


def failed(name: str, said: str, remedy: str) -> Finding:
    """A part without which runs fail."""
    return Finding(name, "failed", said, remedy)
