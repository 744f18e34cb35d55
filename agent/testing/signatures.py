"""What the API signs and later gets back: thinking blocks and summaries.

A signature holds what the API must know again: what stood before the block, which block of
thinking came last, and for which model it was made. Nothing but the conversation carries it, so
another process may check what this one signed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

_KEY = b"trueclick.agent.testing"


def signed(note: Mapping[str, Any], text: str) -> str:
    """The signature that binds a note to a text."""
    told = base64.urlsafe_b64encode(json.dumps(note, sort_keys=True).encode()).decode()
    return f"{told}.{_mac(told, text)}"


def read_note(signature: object, text: str) -> dict[str, Any] | None:
    """The note in a signature, or `None` if it was tampered with or belongs to another text."""
    told, _, mac = str(signature).partition(".")
    if not hmac.compare_digest(mac.encode("utf-8", "replace"), _mac(told, text).encode()):
        return None
    note: dict[str, Any] = json.loads(base64.urlsafe_b64decode(told))
    return note


def digest(signature: str) -> str:
    """A short name of a signature."""
    return hashlib.sha256(signature.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _mac(told: str, text: str) -> str:
    message = f"{told}\n{text}".encode("utf-8", "surrogatepass")
    return hmac.new(_KEY, message, "sha256").hexdigest()
