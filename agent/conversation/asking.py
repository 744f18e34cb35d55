"""Requests to the model: made, and made again until there is a whole answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import anthropic
from anthropic.types.beta import BetaContentBlock, BetaMessage

from ..events import Retried
from ..stop import StopClock
from ..usage import Usage
from .history import CACHED, Block, History, Message, calls_of
from .retries import MOST_ATTEMPTS, NETWORK_ERRORS, error_text, wait_before_retry
from .settings import Settings
from .streaming import Attempt, usage_of
from .threads import Thread

_MOST_FOR_A_SUMMARY = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer of the API's.

    Attributes:
        id: the message's.
        content: its blocks, to be sent back exactly like this.
        stop_reason: why the model stopped.
        usage: what the request used.
        seconds: since it was first made.
        request_id: what the API calls the request.
    """

    id: str
    content: list[Block]
    stop_reason: str | None
    usage: Usage
    seconds: float
    request_id: str | None

    @property
    def message(self) -> Message:
        """The answer as a message of the conversation."""
        return {"role": "assistant", "content": self.content}

    @property
    def calls(self) -> list[Block]:
        """What the model wants to be carried out."""
        return calls_of([self.message])

    def text(self, kind: str = "text") -> str:
        """The words of its blocks of a kind, `text` or `thinking`."""
        return "\n".join(b[kind] for b in self.content if b["type"] == kind and b[kind]).strip()


class Asking:
    """Asks one model, with the same settings each time.

    Args:
        client: the SDK's; its own retries are switched off.
        settings: what the model takes.
        system: the system prompt.
        tools: the declarations of the tools.
        go_on: called every now and then while an answer comes in; raises what ends that.
        clock: sleeps before a retry.
        on_retry: told before a request is made again.
        on_lost: told what a request used whose answer was given up.

    Attributes:
        settings: what the model takes; may be replaced by less.
    """

    def __init__(
        self,
        client: anthropic.Anthropic,
        settings: Settings,
        *,
        system: str,
        tools: Sequence[dict[str, Any]],
        go_on: Callable[[], None],
        clock: StopClock,
        on_retry: Callable[[Retried], None],
        on_lost: Callable[[Usage], None],
    ) -> None:
        self.settings = settings
        self._client = client.with_options(max_retries=0)
        self._marked_system = [{"type": "text", "text": system, "cache_control": CACHED}]
        self._tools = [*tools]
        self._go_on = go_on
        self._clock = clock
        self._on_retry = on_retry
        self._on_lost = on_lost
        self._thread = Thread()
        self._thread.on = settings.history == "thread"

    def answer(self, history: History, max_tokens: int) -> Answer:
        """What the model answers to a conversation.

        Raises:
            APIError: if the API refuses the request, or goes on failing.
            TransportError: if the network goes on failing.
            CutShortError: if answers go on breaking off.
            Exception: what `go_on` raises.
        """
        return self._ask(lambda: self._params(history, max_tokens))

    def summary(self, history: History, max_tokens: int) -> Answer:
        """What the API makes of a conversation that is to be summarized.

        An API that does not do so is not tried for long: there is another way.

        Raises:
            the same errors as `answer`.
        """
        compaction = {"max_tokens": max_tokens, "compaction": {"type": "summarize"}}
        return self._ask(lambda: {**self._whole(history), **compaction}, _MOST_FOR_A_SUMMARY)

    def kept(self, answer: Answer, history: History) -> None:
        """Note that an answer is the last message of the history."""
        self._thread.answered(answer.id, history)

    def dropped(self) -> None:
        """Note that the last answer is no part of the history."""
        self._thread.lost()

    def _params(self, history: History, max_tokens: int) -> dict[str, Any]:
        if not self._thread.on:
            params = self._whole(history)
            edits = history.edits()
            if edits is not None:
                params["context_management"] = edits
            return {**params, "max_tokens": max_tokens}
        fields = self._thread.fields(history)
        begins = fields["thread"]["type"] == "create"
        declared = {"system": self._marked_system, "tools": self._tools} if begins else {}
        return {**self._same(), **declared, **fields, "max_tokens": max_tokens}

    def _whole(self, history: History) -> dict[str, Any]:
        """A request with all messages, marked for the prompt cache."""
        return {
            **self._same(),
            "system": self._marked_system,
            "tools": self._tools,
            "messages": history.marked(),
        }

    def _same(self) -> dict[str, Any]:
        betas = list(self.settings.betas)
        return {
            "model": self.settings.model,
            **({"betas": betas} if betas else {}),
            **self.settings.params,
        }

    def _ask(self, params: Callable[[], dict[str, Any]], most: int = MOST_ATTEMPTS) -> Answer:
        start = time.monotonic()
        failures = 0
        while True:
            attempt = Attempt(self._client, params())
            try:
                message = attempt.message(self._go_on)
            except NETWORK_ERRORS as error:
                if self._thread.mended(error):
                    continue
                failures += 1
                wait_s = wait_before_retry(error, failures, most)
                if wait_s is None:
                    self._on_lost(attempt.usage)
                    raise
                self._on_retry(Retried(error_text(error), failures, wait_s, attempt.usage))
                self._clock.sleep(wait_s)
            except BaseException:
                self._on_lost(attempt.usage)
                raise
            else:
                return _answer(message, attempt.request_id, time.monotonic() - start)


def _answer(message: BetaMessage, request_id: str | None, seconds: float) -> Answer:
    return Answer(
        id=message.id,
        content=[_sent_back(block) for block in message.content],
        stop_reason=message.stop_reason,
        usage=usage_of(message.usage),
        seconds=seconds,
        request_id=request_id,
    )


def _sent_back(block: BetaContentBlock) -> Block:
    """A block exactly as it came: the thinking that follows is bound to it."""
    fields = block.to_dict(mode="json", warnings=False)  # whatever the model wrote
    if fields.get("type") == "tool_use" and not isinstance(fields.get("input"), dict):
        fields["input"] = {}  # the API takes nothing else back
    return {name: value for name, value in fields.items() if name not in _OURS_ALONE}


_OURS_ALONE = frozenset({"parsed_output"})
"""What the SDK adds to a block; the API does not take it back."""
