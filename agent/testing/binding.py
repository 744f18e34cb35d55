"""Thinking blocks are bound to the conversation before them: whether it is still the same.

What counts: `system`, `tools` and every message before the block, but for cache markers and
thinking blocks. Of the thinking blocks those at the start, those at the end or all may be left
out; one in the middle may not, nor may one come back. After a summary the conversation begins
with it; turns that directly follow what was summarized stay valid.

Blocks of another model are dropped without a word. Sources: "Preserved thinking", "Prefix checks
on thinking blocks" and "Compaction and preserved thinking" of the Claude documentation, read on
2026-11-21. An account from before 2026-08-31 is spared some of this; the strict model is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .content import Json, blocks, fingerprint, part, system_blocks
from .problem import Problem
from .signatures import digest, read_note, signed

DROP_BLOCK_BETA = "thinking-binding-controls-2026-08-01"


@dataclass(frozen=True, slots=True)
class Prefix:
    """What stands before a place in a conversation.

    Attributes:
        root: the fingerprint of `system` and `tools`.
        whole: of all from the root on, a summary in the place of what it stands for.
        unshortened: of all from the root on as if nothing had been summarized, or `None` where
            that is no longer known.
        role: of the last message, or `None` before the first.
    """

    root: str
    whole: str
    unshortened: str | None
    role: str | None = None

    def after(self, message: Mapping[str, Any]) -> Prefix:
        """What stands after one more message."""
        content = [block for block in blocks(message) if block["type"] != "thinking"]
        added = {"role": message["role"], "content": content}
        plain = None if self.unshortened is None else fingerprint(self.unshortened, added)
        return Prefix(self.root, fingerprint(self.whole, added), plain, message["role"])


@dataclass(frozen=True, slots=True)
class _Thought:
    """A thinking block where it stands."""

    message: int
    index: int
    block: Json
    before: Prefix


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of the thinking blocks of a request.

    Attributes:
        prefix: what stands before the answer.
        last: the digest of the last thinking block that the model sees, or empty.
        dropped: those that it does not see: the message, the block in it, and why.
    """

    prefix: Prefix
    last: str
    dropped: tuple[tuple[int, int, str], ...] = ()

    def transformations(self) -> list[Json]:
        """The dropped blocks as the answer reports them."""
        return [
            {"type": "thinking_dropped", "path": f"messages.{i}.content.{j}", "reason": reason}
            for i, j, reason in self.dropped
        ]


def check_thinking(body: Mapping[str, Any], model: str, *, binds: bool) -> Checked | Problem:
    """Whether each thinking block still stands where it was made.

    Args:
        body: the whole conversation; its blocks are well formed.
        model: the model's id, without a date.
        binds: whether the model holds to it.
    """
    drops = part(part(body, "thinking"), "block_binding").get("prefix_mismatch_behavior")
    thoughts, prefix = _thoughts(body)
    dropped: list[tuple[int, int, str]] = []
    last, broken = "", False
    for thought in thoughts:
        block, i, j = thought.block, thought.message, thought.index
        note = read_note(block["signature"], block["thinking"])
        if note is None:
            return Problem(f"messages.{i}.content.{j}: Invalid `signature` in `thinking` block")
        if note["model"] != model:
            dropped.append((i, j, "model_binding_mismatch"))
            continue
        known = {thought.before.whole, thought.before.unshortened}
        moved = note["prefix"] not in known or bool(last and note["last"] != last)
        if binds and (moved or broken):
            if drops != "drop_block":
                return Problem(_BOUND.format(f"messages.{i}.content.{j}"))
            dropped.append((i, j, "prefix_binding_mismatch"))
            broken = True
            continue
        last = digest(block["signature"])
    return Checked(prefix, last, tuple(dropped))


_BOUND = (
    "{}: Invalid `signature` in `thinking` block. The block is bound to a different conversation. "
    "Remove the block, or set `thinking.block_binding.prefix_mismatch_behavior` to "
    '"drop_block". `system`, `tools` or an earlier message was changed.'
)


def thinking_block(text: str, checked: Checked, model: str, tokens: int) -> Json:
    """A block of thinking that belongs behind what was checked."""
    note = {
        "prefix": checked.prefix.whole,
        "last": checked.last,
        "model": model,
        "tokens": tokens,
    }
    return {"type": "thinking", "thinking": text, "signature": signed(note, text)}


def thinking_tokens(block: Mapping[str, Any]) -> int:
    """How many tokens the model thought, whatever of it is shown."""
    note = read_note(block["signature"], block["thinking"])
    return note["tokens"] if note else 0


def summary_block(text: str, checked: Checked) -> Json:
    """A summary of all that was checked."""
    note = {
        "root": checked.prefix.root,
        "after": checked.prefix.unshortened or checked.prefix.whole,
        "role": checked.prefix.role,
    }
    return {"type": "compaction", "content": text, "signature": signed(note, text)}


def without_dropped(messages: list[Json], checked: Checked) -> list[Json]:
    """The messages as the model sees them."""
    if not checked.dropped:
        return messages
    gone = {(i, j) for i, j, _ in checked.dropped}
    return [
        {**message, "content": [b for j, b in enumerate(blocks(message)) if (i, j) not in gone]}
        for i, message in enumerate(messages)
    ]


def _thoughts(body: Mapping[str, Any]) -> tuple[list[_Thought], Prefix]:
    """Each thinking block with what stands before it, and what stands before the answer."""
    root = fingerprint("", {"system": system_blocks(body), "tools": body.get("tools") or []})
    prefix = Prefix(root, root, root)
    found: list[_Thought] = []
    messages: list[Json] = body["messages"]
    start = 0
    if messages and (summary := _summary(messages[0])):
        rest = blocks(messages[0])[1:]
        kept = {**messages[0], "content": rest} if rest else None
        start = 1
        following = kept or (messages[1] if len(messages) > 1 else None)
        prefix = _after_summary(root, summary, following)
        if kept:
            found += _thoughts_of(0, kept, prefix, shift=1)
            prefix = prefix.after(kept)
    for index, message in enumerate(messages[start:], start):
        found += _thoughts_of(index, message, prefix)
        prefix = prefix.after(message)
    return found, prefix


def _thoughts_of(index: int, message: Json, before: Prefix, shift: int = 0) -> Iterator[_Thought]:
    for inner, block in enumerate(blocks(message)):
        if block["type"] == "thinking":
            yield _Thought(index, inner + shift, block, before)


def _summary(message: Json) -> Json | None:
    content = blocks(message)
    return content[0] if content and content[0]["type"] == "compaction" else None


def _after_summary(root: str, summary: Json, following: Json | None) -> Prefix:
    note = read_note(summary.get("signature"), summary.get("content") or "")
    # The API joins two messages of one role: the first kept one is then no longer what it was.
    holds = note and note["root"] == root and following and following["role"] != note["role"]
    return Prefix(root, fingerprint(root, summary), note["after"] if note and holds else None)
