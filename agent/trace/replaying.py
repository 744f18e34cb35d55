"""The conversation that a run leaves behind: all that was done to it, done once more.

A line of a trace says that old pictures were left out, or results cleared, and not which: that goes
by the messages alone, so that the same messages lose the same ones again.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..conversation.history import History, Message
from .records import AddedLine, Line, ShortenedLine, StartedLine


def replayed(records: Iterable[Line]) -> History:
    """The conversation after some lines, if they are all of a run's.

    Its messages are as they are stored: a picture is the name of its file.
    """
    history = History()
    for record in records:
        match record:
            case StartedLine(resumed=False):
                history.replace([])
            case AddedLine():
                history.add(record.message)
            case ShortenedLine(messages=messages) if messages:
                history.replace(messages)
            case ShortenedLine(how="pruned"):
                history.messages = list(map(in_blocks, history.messages))
                history.prune()
            case ShortenedLine(how="cleared"):
                history.messages = list(map(in_blocks, history.messages))
                history.clear()
            case _:
                pass
    return history


def in_blocks(message: Message) -> Message:
    """A message with a list of blocks as its content, also where that is a text alone."""
    content = message["content"]
    if not isinstance(content, str):
        return message
    return {**message, "content": [{"type": "text", "text": content}]}
