"""Conversations that the API keeps: message threads.

An answer to a request with `thread` is kept for five minutes from the start of its request, under
its id; `continue` goes on from there, once. The conversation is put together again before any rule
looks at it: images are counted over all of it. Cache markers of earlier turns are not kept, which
costs a client that relies on them.

Source: excerpts of "Message threads" of the Claude documentation and `anthropic` 2.11.0
(`lib/threads`), read on 2026-11-21. Which fields are fixed for a thread is not published in full;
here: model, thinking, tool choice, effort, automatic caching, and the beta headers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from trueclick.geometry import ModelSpec
from trueclick.geometry.requests import PLATFORMS, PlatformName

from .content import Json, part
from .problem import Problem

LIFETIME_S = 300
"""How long a kept answer may be continued from, from the start of its request."""

RECOVERABLE = {"thread_not_found", "thread_already_continued", "thread_continue_in_flight"}
"""Refusals that a client answers by creating the thread anew; they are nobody's mistake."""

_ABSENT = ("system", "tools")
_FIXED = ("model", "thinking", "tool_choice", "cache_control", "output_config.effort", "betas")


@dataclass(slots=True)
class _Kept:
    body: Json
    fixed: Mapping[str, Any]
    end: float
    paused: bool
    continued: bool = False


class Threads:
    """Those of one organization."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def conversation(
        self,
        sent: Json,
        betas: frozenset[str],
        spec: ModelSpec,
        platform: PlatformName,
        now: float,
    ) -> Json | Problem:
        """A request with the whole conversation, whether a thread holds a part of it or not."""
        thread = sent.get("thread")
        if thread is None:
            return sent
        if not PLATFORMS[platform].threads:
            return Problem("thread: Extra inputs are not permitted")
        unsupported = ["context_management"] if sent.get("context_management") else []
        if unsupported or not spec.threads:
            details = {"error_code": "thread_unsupported_request", "unsupported": unsupported}
            named = ", ".join(unsupported) or spec.id
            return Problem(f"thread: not supported together with {named}", details=details)
        if thread["type"] == "create":
            return sent
        return self._continued(sent, betas, thread["previous_message_id"], now)

    def _continued(
        self, sent: Json, betas: frozenset[str], previous: str, now: float
    ) -> Json | Problem:
        kept = self._kept.get(previous)
        if kept is None or kept.end <= now:
            return Problem(
                f"thread.previous_message_id: no thread found for {previous}",
                404,
                "not_found_error",
                {"error_code": "thread_not_found"},
            )
        if kept.continued:
            return Problem(
                f"thread.previous_message_id: {previous} was already continued",
                details={"error_code": "thread_already_continued"},
            )
        for name in _ABSENT:
            if sent.get(name):
                return Problem(f"{name}: a thread that is continued holds it; leave it out")
        differing = [name for name in _FIXED if _fixed(sent, betas)[name] != kept.fixed[name]]
        if differing:
            return Problem(
                f"thread: the request differs from the thread; differing field(s): "
                f"{', '.join(differing)}",
                details={"error_code": "thread_fingerprint_mismatch"},
            )
        if not sent["messages"] and not kept.paused:
            return Problem("messages: at least one message is required")
        earlier = {name: kept.body[name] for name in _ABSENT if name in kept.body}
        return {**sent, **earlier, "messages": [*kept.body["messages"], *sent["messages"]]}

    def take(self, sent: Json) -> None:
        """Note that a request goes on from an answer, which is thereby used up."""
        previous = part(sent, "thread").get("previous_message_id")
        if previous in self._kept:
            self._kept[previous].continued = True

    def keep(self, body: Json, betas: frozenset[str], message: Json, now: float) -> None:
        """Keep a conversation with the answer that was delivered in whole."""
        self._kept = {name: kept for name, kept in self._kept.items() if kept.end > now}
        if body.get("thread") is None or message["stop_reason"] == "refusal":
            return
        answer = {"role": "assistant", "content": message["content"]}
        earlier = cast("list[Json]", _unmarked(body["messages"]))
        messages = [answer] if message["stop_reason"] == "compaction" else [*earlier, answer]
        held = {name: body[name] for name in _ABSENT if name in body}
        paused = message["stop_reason"] == "pause_turn"
        self._kept[message["id"]] = _Kept(
            {**held, "messages": messages}, _fixed(body, betas), now + LIFETIME_S, paused
        )


def _fixed(body: Mapping[str, Any], betas: frozenset[str]) -> dict[str, Any]:
    values: dict[str, Any] = {name: body.get(name) for name in _FIXED}
    values["output_config.effort"] = part(body, "output_config").get("effort")
    values["betas"] = sorted(betas)
    return values


def _unmarked(value: object) -> object:
    if isinstance(value, dict):
        named = cast("Json", value).items()
        return {key: _unmarked(inner) for key, inner in named if key != "cache_control"}
    if isinstance(value, list):
        return [_unmarked(inner) for inner in cast("list[object]", value)]
    return value
