"""What the model has before it: the history, about how long that is, and how it is kept short."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import anthropic

from trueclick.geometry import Model, Size, visual_tokens

from ..events import Shortened, Shortening
from ..usage import Usage
from . import shortening
from .asking import Answer
from .estimate import TOOLS, tokens_of, tokens_of_text
from .history import History, Message, without_thinking
from .retelling import after_summary, retold
from .settings import CONTEXT_MANAGEMENT, Settings

_MOST_WAYS = 3
"""In which a conversation is shortened, one after another."""

_CACHED_S = 270.0
"""For how long the prompt cache is counted on: it forgets after five minutes."""

Summarize = Callable[[Usage], Answer | None]
"""Asks the API for a summary of the history, with the input that this takes as it is estimated;
`None` if it gives none."""


class Context:
    """The conversation with one model.

    Args:
        settings: what the model takes.
        screenshot: the size at which it sees the screen.
        system: the system prompt.
        messages: what was said before.
        cleared: how many of the calls in them the API leaves out the results of.

    Attributes:
        history: the messages.
        settings: what the model takes; less, once the API has said so.
    """

    def __init__(
        self,
        settings: Settings,
        screenshot: Size[Model],
        *,
        system: str,
        messages: Sequence[Message] = (),
        cleared: int = 0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.history = History(messages)
        self.history.cleared = cleared
        self.settings = settings
        self._screenshot = screenshot
        self._now = now
        self._room = shortening.room_for(settings, screenshot.long_edge)
        self._image_tokens = visual_tokens(screenshot)
        self._base_tokens = TOOLS + tokens_of_text(system)
        self._seen_tokens = 0
        self._seen_messages = 0
        self._cached_until = 0.0

    def answered(self, answer: Answer) -> None:
        """Add an answer, with which the API has counted all that came before."""
        self.history.add(answer.message)
        self._seen_tokens = answer.usage.total
        self._seen_messages = len(self.history.messages)
        self._cached_until = self._now() + _CACHED_S

    def request(self) -> Usage:
        """The input of the next request, as it is estimated."""
        new = tokens_of(self.history.messages[self._seen_messages :], self._image_tokens)
        if self._seen_messages == 0:
            new += self._base_tokens
        if self._now() > self._cached_until:
            return Usage(cache_write=self._seen_tokens + new)
        return Usage(cache_read=self._seen_tokens, cache_write=new)

    def shortened(self, summarize: Summarize) -> Iterator[Shortened]:
        """Make room for the next request; what was not enough is followed by what is."""
        history = self.history
        for _ in range(_MOST_WAYS):
            whole = self._whole_tokens()
            match shortening.need(history, self.settings, self._room, whole):
                case "nothing":
                    return
                case "prune" if (images := history.prune()) > 0:
                    yield self._left_out("pruned", images)
                case "clear":
                    cleared, images = history.cleared, history.clear()
                    if history.cleared != cleared:
                        yield self._left_out("cleared", images)
                    return
                case "compact" if self.settings.compacts and shortening.can_be_summarized(
                    history, self._room, whole
                ):
                    read_anew = Usage(cache_write=whole) if history.cleared else self.request()
                    yield self._summarized(summarize(read_anew)) or self.retold()
                case _:
                    yield self.retold()

    def retold(self) -> Shortened:
        """Let our own account stand for the conversation."""
        return self._replaced(retold(self.history.messages))

    def can_be_retold(self) -> bool:
        """Whether that would leave out anything."""
        return len(self.history.messages) > 1

    def made_acceptable(self, error: anthropic.APIStatusError) -> Iterator[Shortened]:
        """Change what the API refused of a request.

        Raises:
            APIStatusError: the same error, if nothing can be changed about it.
        """
        if self.settings.clearing == "server" and _minds_clearing(error):
            # Not every platform need have it: then summaries keep the conversation short.
            betas = tuple(beta for beta in self.settings.betas if beta != CONTEXT_MANAGEMENT)
            self.settings = replace(self.settings, clearing="none", betas=betas)
            self._room = shortening.room_for(self.settings, self._screenshot.long_edge)
            yield self._replaced(self.history.messages, "pruned")  # the trace goes on from these
        elif _minds_changes(error) and (bare := without_thinking(self.history.messages)) != (
            self.history.messages
        ):
            yield self._replaced(bare, "pruned")
        elif (_minds_changes(error) or is_too_long(error)) and self.can_be_retold():
            yield self.retold()
        else:
            raise error

    def _whole_tokens(self) -> int:
        """About how long the conversation is with all that the API leaves out of it."""
        out = len(self.history.pictures) - self.history.in_sight
        return self.request().input + out * self._image_tokens

    def _summarized(self, answer: Answer | None) -> Shortened | None:
        if answer is None or answer.stop_reason != "compaction":
            return None
        if not any(block.get("content") for block in answer.content):
            return None
        return self._replaced(after_summary(answer.message, self.history.messages))

    def _replaced(self, messages: list[Message], how: Shortening = "compacted") -> Shortened:
        before = self.history.in_sight
        self.history.replace(messages)
        self._seen_tokens = self._seen_messages = 0
        images = max(0, before - self.history.in_sight)
        return Shortened(how, images, tuple(messages))

    def _left_out(self, how: Shortening, images: int) -> Shortened:
        self._seen_tokens = max(0, self._seen_tokens - images * self._image_tokens)
        self._cached_until = 0.0  # what comes behind the first of them is read anew
        return Shortened(how, images)


def is_too_long(error: anthropic.APIStatusError) -> bool:
    """Whether the API took offence at a conversation's length; our estimate may be wrong."""
    return error.status_code == 413 or (
        error.status_code == 400 and "too long" in str(error.message)
    )


def _minds_changes(error: anthropic.APIStatusError) -> bool:
    """Whether the API took offence at something that is not as it was.

    A secret that the model had read off the screen and repeated is no longer in the trace from
    which a run is taken up again.
    """
    return error.status_code == 400 and "Invalid `signature`" in str(error.message)


def _minds_clearing(error: anthropic.APIStatusError) -> bool:
    told = str(error.message)
    return error.status_code == 400 and ("context_management" in told or CONTEXT_MANAGEMENT in told)
