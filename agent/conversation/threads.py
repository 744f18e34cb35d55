"""A conversation that the API keeps: each request holds what is new.

A thread lives five minutes from its last request, holds what it was created with, and is kept on a
best effort: whatever becomes of it, the whole conversation can be sent again. Source: "Message
threads" of the Claude documentation, read on 2026-11-21.
"""

from __future__ import annotations

import logging
from typing import Any

import anthropic

from .history import CACHED, History, Message

_log = logging.getLogger(__name__)

_LOST = frozenset(
    {
        "thread_not_found",
        "thread_already_continued",
        "thread_continue_in_flight",
        "thread_fingerprint_mismatch",
    }
)
_NOT_TAKEN = "thread_unsupported_request"


class Thread:
    """Where the next request stands on the API's side."""

    def __init__(self) -> None:
        self.on = True
        self._previous: str | None = None
        self._held: list[Message] = []

    def fields(self, history: History) -> dict[str, Any]:
        """The `thread` and `messages` of the next request.

        The API drops the rest of what it holds when a new thread is created, so a history whose
        beginning has changed starts one.
        """
        fields: dict[str, Any] = {"cache_control": CACHED}  # moves along by itself
        held = len(self._held)
        same = len(history.messages) >= held and all(
            mine is theirs for mine, theirs in zip(self._held, history.messages, strict=False)
        )
        if self._previous is None or not same:
            return {**fields, "thread": {"type": "create"}, "messages": history.messages}
        thread = {"type": "continue", "previous_message_id": self._previous}
        return {**fields, "thread": thread, "messages": history.messages[held:]}

    def answered(self, message_id: str, history: History) -> None:
        """Note that the API holds all messages, the last of them its answer."""
        self._previous = message_id
        self._held = [*history.messages]

    def lost(self) -> None:
        """Note that the API holds nothing that could be gone on from."""
        self._previous = None
        self._held = []

    def mended(self, error: Exception) -> bool:
        """Whether the request can be made again at once, with all messages."""
        code = error.error_code if isinstance(error, anthropic.APIStatusError) else None
        if code == _NOT_TAKEN and self.on:
            _log.info("the API cannot keep this conversation: all of it is sent each time")
            self.on = False
            return True
        if code in _LOST and self._previous is not None:
            self.lost()
            return True
        return False
