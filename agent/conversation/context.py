"""What the model has before it: the history, about how long that is, and how it is kept short."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import anthropic

from trueclick.geometry import Model, Size, visual_tokens

from ..events import Shortened, Shortening
from ..usage import Usage
from . import shortening
from .asking import Answer
from .estimate import TOOLS, tokens_of, tokens_of_text
from .history import History, Message
from .settings import Settings

_MOST_WAYS = 3
"""In which a conversation is shortened, one after another."""

_EDITS = "context_management"

Summarize = Callable[[], Answer | None]
"""Asks the API for a summary of the history; `None` if it gives none."""


class Context:
    """The conversation with one model.

    Args:
        settings: what the model takes.
        screenshot: the size at which it sees the screen.
        task: what it is to do, which outlives all that is left out.
        system: the system prompt.
        messages: what was said before.

    Attributes:
        history: the messages.
    """

    def __init__(
        self,
        settings: Settings,
        screenshot: Size[Model],
        *,
        task: str,
        system: str,
        messages: Sequence[Message] = (),
    ) -> None:
        self.history = History(messages)
        self._settings = settings
        self._screenshot = screenshot
        self._task = task
        self._room = shortening.room_for(settings, screenshot.long_edge)
        self._image_tokens = visual_tokens(screenshot)
        self._base_tokens = TOOLS + tokens_of_text(system)
        self._seen_tokens = 0
        self._seen_messages = 0

    def answered(self, answer: Answer) -> None:
        """Add an answer, with which the API has counted all that came before."""
        self.history.add(answer.message)
        self._seen_tokens = answer.usage.total
        self._seen_messages = len(self.history.messages)

    def request(self) -> Usage:
        """The input of the next request, as it is estimated."""
        new = tokens_of(self.history.messages[self._seen_messages :], self._image_tokens)
        if self._seen_messages == 0:
            new += self._base_tokens
        return Usage(cache_read=self._seen_tokens, cache_write=new)

    def shortened(self, summarize: Summarize) -> Iterator[Shortened]:
        """Make room for the next request; what was not enough is followed by what is."""
        history = self.history
        for _ in range(_MOST_WAYS):
            tokens = self.request().input
            match shortening.need(history, self._settings, self._room, tokens):
                case "nothing":
                    return
                case "prune" if (images := history.prune()) > 0:
                    yield self._left_out("pruned", images)
                case "clear":
                    yield self._left_out("cleared", history.clear())
                    return
                case "compact" if self._settings.compacts and shortening.can_be_summarized(
                    history, self._room, tokens
                ):
                    yield self._summarized(summarize()) or self.retold()
                case _:
                    yield self.retold()

    def retold(self) -> Shortened:
        """Let our own account stand for the conversation."""
        return self._replaced(shortening.retold(self._task, self.history))

    def can_be_retold(self) -> bool:
        """Whether that would leave out anything."""
        return len(self.history.messages) > 1

    def made_acceptable(self, error: anthropic.APIStatusError) -> Iterator[Shortened]:
        """Change what the API refused of a request.

        Raises:
            APIStatusError: the same error, if nothing can be changed about it.
        """
        if error.status_code == 400 and self.history.cleared and _EDITS in str(error.message):
            # Not every platform need have it: then summaries keep the conversation short.
            self._settings = replace(self._settings, clearing="none")
            self._room = shortening.room_for(self._settings, self._screenshot.long_edge)
            self.history.cleared = 0
        elif _retelling_helps(error) and self.can_be_retold():
            yield self.retold()
        else:
            raise error

    def _summarized(self, answer: Answer | None) -> Shortened | None:
        if answer is None or answer.stop_reason != "compaction":
            return None
        if not any(block.get("content") for block in answer.content):
            return None
        return self._replaced(shortening.after_summary(answer.message, self._task, self.history))

    def _replaced(self, messages: list[Message]) -> Shortened:
        before = self.history.in_sight
        self.history.replace(messages)
        self._seen_tokens = self._seen_messages = 0
        images = max(0, before - self.history.in_sight)
        return Shortened("compacted", images, tuple(messages))

    def _left_out(self, how: Shortening, images: int) -> Shortened:
        self._seen_tokens = max(0, self._seen_tokens - images * self._image_tokens)
        return Shortened(how, images)


def _retelling_helps(error: anthropic.APIStatusError) -> bool:
    """Whether the API took offence at a conversation that is too long, or has been changed.

    Our estimate of its length may be wrong. And a secret that the model had read off the screen and
    repeated is no longer in the trace from which a run is taken up again.
    """
    if error.status_code == 413:
        return True
    told = str(error.message)
    return error.status_code == 400 and ("too long" in told or "Invalid `signature`" in told)
