"""The prompt cache: which part of a request was read from it, and which was written to it.

An entry is the exact prefix up to a breakpoint, as the model sees it: after old results were
cleared and blocks of thinking dropped. From each breakpoint the cache looks back over twenty
positions for an earlier entry; a run of calls, or of results, is one position. A prefix below the
model's minimum is not kept. A change of thinking or effort misses everything, one of `tool_choice`
all messages. An entry lives for five minutes (or an hour, if asked for) from the start of the last
request that wrote or read it.

Not modelled: that the oldest models, thinking, lose their messages to any question of the user's,
and that the first picture of a prompt, or the last to go, misses the messages before it.

Source: "Prompt caching" of the Claude documentation, read on 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from trueclick.geometry import ModelSpec

from .content import Json, blocks, fingerprint, part, system_blocks
from .tokens import block_tokens, message_tokens, tool_tokens

LOOKBACK = 20
"""Positions from a breakpoint in which an earlier entry is found, its own included."""

LIFETIMES_S: Mapping[str, int] = {"5m": 300, "1h": 3600}

_RUNS = {"tool_use", "tool_result"}
_NO_BREAKPOINT = {"thinking", "redacted_thinking"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a prompt that a breakpoint may stand behind.

    Attributes:
        key: the fingerprint of all up to its end.
        tokens: all up to its end.
        lifetime: `5m` or `1h` if a breakpoint stands behind it.
        position: which position of the lookback it is.
    """

    key: str
    tokens: int
    lifetime: str | None
    position: int


@dataclass(frozen=True, slots=True)
class CacheUse:
    """What a request makes of the cache, in tokens.

    Attributes:
        uncached: neither read nor written.
        read: read.
        write_5m: written for five minutes.
        write_1h: written for an hour.
        touched: the entries that live anew from its start, and for how many seconds.
    """

    uncached: int
    read: int
    write_5m: int
    write_1h: int
    touched: tuple[tuple[str, int], ...] = ()

    @property
    def total(self) -> int:
        """All input."""
        return self.uncached + self.read + self.write_5m + self.write_1h


class PromptCache:
    """The entries of one organization."""

    def __init__(self) -> None:
        self._ends: dict[str, float] = {}

    def look_up(self, pieces: Sequence[Piece], minimum: int, now: float) -> CacheUse:
        """What a prompt would make of the cache; nothing is written yet.

        Args:
            pieces: the prompt.
            minimum: tokens that an entry has at least.
            now: in seconds, when the request started.
        """
        marked = [index for index, piece in enumerate(pieces) if piece.lifetime]
        hit = max((self._found(pieces, index, now) for index in marked), default=-1)
        read = pieces[hit].tokens if hit >= 0 else 0
        written = {"5m": 0, "1h": 0}
        touched: list[tuple[str, int]] = []
        done = read
        for index in marked:
            piece = pieces[index]
            if piece.tokens < minimum or index < hit:
                continue
            written[piece.lifetime or "5m"] += piece.tokens - done
            done = piece.tokens
            touched.append((piece.key, LIFETIMES_S[piece.lifetime or "5m"]))
        if hit >= 0 and not pieces[hit].lifetime:
            touched.append((pieces[hit].key, LIFETIMES_S["5m"]))
        total = pieces[-1].tokens if pieces else 0
        return CacheUse(total - done, read, written["5m"], written["1h"], tuple(touched))

    def keep(self, use: CacheUse, now: float) -> None:
        """Write what a request wrote that started at `now`, and let go of what is over."""
        self._ends = {key: end for key, end in self._ends.items() if end > now}
        for key, lifetime in use.touched:
            self._ends[key] = max(now + lifetime, self._ends.get(key, now))

    def _found(self, pieces: Sequence[Piece], index: int, now: float) -> int:
        """The last piece with an entry that a breakpoint behind `index` finds, or -1."""
        oldest = pieces[index].position - LOOKBACK
        for place in range(index, -1, -1):
            if pieces[place].position <= oldest:
                break
            if self._ends.get(pieces[place].key, now) > now:
                return place
        return -1


def pieces_of(body: Mapping[str, Any], messages: Sequence[Json], spec: ModelSpec) -> list[Piece]:
    """A prompt as the cache sees it.

    Args:
        body: the request; the whole conversation where a thread holds a part.
        messages: its messages as the model sees them.
        spec: the model.
    """
    settings = [part(body, "thinking"), part(body, "output_config").get("effort")]
    key = fingerprint(spec.id, settings)
    found: list[Piece] = []
    tokens = position = 0
    automatic = part(body, "cache_control").get("ttl", "5m") if body.get("cache_control") else None
    parts = list(_parts(body, messages, spec))
    last = max((i for i, (_, block, _) in enumerate(parts) if _may_end(block)), default=-1)
    before: tuple[str, object] | None = None
    for index, (role, block, count) in enumerate(parts):
        if role in {"user", "assistant"} and (before is None or before[0] in {"tools", "system"}):
            key = fingerprint(key, body.get("tool_choice"))
        key = fingerprint(key, [role, block])
        tokens += count
        kind = (role, block.get("type"))
        position += not (kind == before and block.get("type") in _RUNS)
        before = kind
        marker = block.get("cache_control")
        lifetime = marker.get("ttl", "5m") if marker else automatic if index == last else None
        found.append(Piece(key, tokens, lifetime, position))
    return found


def _may_end(block: Mapping[str, Any]) -> bool:
    return block.get("type") not in _NO_BREAKPOINT


def _parts(
    body: Mapping[str, Any], messages: Sequence[Json], spec: ModelSpec
) -> Iterator[tuple[str, Json, int]]:
    """Where each part stands, the part, and its tokens."""
    for tool in cast("list[Json]", body.get("tools") or []):
        yield "tools", tool, tool_tokens(tool)
    for block in system_blocks(body):
        yield "system", block, block_tokens(block, spec)
    for message in messages:
        extra = message_tokens({**message, "content": []}, spec)
        for block in blocks(message):
            yield message["role"], block, extra + block_tokens(block, spec)
            extra = 0
