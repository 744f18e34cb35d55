"""A conversation told anew: what the user said, word for word, and what came of it.

It stands for a conversation that has become too long, after a summary of the API's or on its own.
Everything is read off the messages, those of an earlier retelling included, so nothing of the
user's is lost however often it happens, or if the run is taken up again in between.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from .history import Block, Message, calls_of, pictures_of

_MIDST = "(You are in the midst of this. "
_ACCOUNT = "What you have said and done so far, the latest last:"
_PICTURE = "The last screenshot:"

_LINES = 150
"""Lines of an account."""

_LONGEST_LINE = 160
_LONGEST_SUMMARY = 8_000

_NOT_WORDS = (_MIDST, _ACCOUNT, _PICTURE, "(The application has ended", "(Your last answer was")
"""How texts in the user's messages begin that are ours."""


def after_summary(summary: Message, messages: Sequence[Message]) -> list[Message]:
    """The conversation that goes on from the API's summary of the messages."""
    content = [*_words(messages), _text(f"{_MIDST}A summary stands for what came before.)")]
    return [summary, {"role": "user", "content": [*content, *_last_screenshot(messages)]}]


def retold(messages: Sequence[Message]) -> list[Message]:
    """The conversation that goes on from our own account of the messages.

    It holds no thinking, so nothing in it is bound to what was left out.
    """
    account = [*_account(messages)][-_LINES:]
    content = [
        *_words(messages),
        _text(f"{_MIDST}An account stands for what came before.)"),
        _text("\n".join([_ACCOUNT, *account])),
        *_last_screenshot(messages),
    ]
    return [{"role": "user", "content": content}]


def _text(text: str) -> Block:
    return {"type": "text", "text": text}


def _words(messages: Sequence[Message]) -> list[Block]:
    """What the user said, each time in a block of its own."""
    asked = {
        call["id"]: call["input"] for call in calls_of(messages) if call["name"] == "hand_back"
    }
    words: list[Block] = []
    for message in messages:
        if message["role"] != "user":
            continue
        for block in message["content"]:
            if block["type"] == "text" and not block["text"].startswith(_NOT_WORDS):
                words.append(block)
            elif block["type"] == "tool_result" and block["tool_use_id"] in asked:
                question = asked[block["tool_use_id"]].get("message")
                words.append(_text(f"You asked: {question}\n{_said(block)}"))
    return words


def _account(messages: Sequence[Message]) -> Iterator[str]:
    """What the model said and did, a line each."""
    failed = {
        block["tool_use_id"]: _said(block)
        for message in messages
        for block in message["content"]
        if block["type"] == "tool_result" and block.get("is_error")
    }
    for message in messages:
        for block in message["content"]:
            if message["role"] == "user":
                if block["type"] == "text" and block["text"].startswith(_ACCOUNT):
                    yield from block["text"].splitlines()[1:]
            elif block["type"] == "compaction":
                yield f"- a summary of what came first: {block.get('content')}"[:_LONGEST_SUMMARY]
            elif block["type"] == "text":
                for line in filter(str.strip, block["text"].splitlines()):
                    yield f"- said: {line}"[:_LONGEST_LINE]
            elif block["type"] == "tool_use":
                line = f"- {block['name']} {json.dumps(block['input'], ensure_ascii=False)}"
                missed = failed.get(block["id"])
                yield line[:_LONGEST_LINE] + (f" (NOT done: {missed[:80]})" if missed else "")


def _last_screenshot(messages: Sequence[Message]) -> list[Block]:
    """The last picture of the whole screen; a zoom is none, and comes first in its result."""
    zooms = {call["id"] for call in calls_of(messages) if _is_zoom(call)}
    for message in reversed(messages):
        if message["role"] != "user":
            continue
        for block in reversed(message["content"]):
            found = [picture for _, picture in pictures_of({"content": [block]})]
            if block.get("tool_use_id") in zooms:
                found = found[1:]
            if found:
                return [_text(_PICTURE), found[-1]]
    return []


def _is_zoom(call: Block) -> bool:
    return "zoom" in (call["name"], call["input"].get("action"))


def _said(result: Block) -> str:
    """The words of a result."""
    content = result.get("content") or ()
    return " ".join(part["text"] for part in content if part["type"] == "text")
