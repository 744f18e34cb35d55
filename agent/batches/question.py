"""What is asked of every picture, and what tells one picture and question from another."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from trueclick.geometry.catalogue import Effort

from ..vision.checking import check_params
from ..vision.images import Prepared

_CUSTOM_ID = re.compile(r"tc-(?P<tag>[0-9a-f]{12})-(?P<key>[0-9a-f]{40})")


@dataclass(frozen=True, slots=True)
class Question:
    """A claim that is to be judged of each picture by itself.

    Attributes:
        claim: what is said of it; with further pictures, of all of them together.
        model: who judges.
        effort: how much it thinks; its own default if `None`.
        system: what else it is told.
        max_tokens: the longest answer.
        beside: what it is shown before the picture each time, as "Image 1:" and so on.
        digests: what tells these pictures from others.
    """

    claim: str
    model: str
    effort: Effort | None = None
    system: str | None = None
    max_tokens: int | None = None
    beside: tuple[Prepared, ...] = field(default=(), repr=False)
    digests: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """What tells it from any other question."""
        told = [self.claim.strip(), self.model, self.effort, self.system, self.max_tokens]
        return digest_of(json.dumps([1, *told, *self.digests]).encode())

    def key(self, picture: str) -> str:
        """What tells a picture, by its own digest, and this question from all others."""
        return digest_of(f"{self.digest} {picture}".encode())[:40]

    def params(self, picture: Prepared, beside: Sequence[Prepared]) -> dict[str, Any]:
        """The request for a verdict, and under `betas` the headers that it needs.

        Args:
            picture: what it is about.
            beside: the other pictures, as they are sent: whole, or by the id of a file.

        Raises:
            UsageError: if the model does not take what is asked for.
        """
        return check_params(
            self.claim,
            [*beside, picture],
            model=self.model,
            effort=self.effort,
            system=self.system,
            max_tokens=self.max_tokens,
        )


def digest_of(data: bytes) -> str:
    """What tells some content from any other."""
    return hashlib.sha256(data).hexdigest()


def new_tag() -> str:
    """What tells a batch from any other, in the ids of all its requests."""
    return secrets.token_hex(6)


def custom_id(tag: str, key: str) -> str:
    """What a request is called in a batch."""
    return f"tc-{tag}-{key}"


def tag_and_key(custom_id: object) -> tuple[str, str] | None:
    """What `custom_id` made it of, or `None` if it is none of ours."""
    match = _CUSTOM_ID.fullmatch(custom_id) if isinstance(custom_id, str) else None
    return None if match is None else (match["tag"], match["key"])
