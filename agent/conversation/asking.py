"""Requests to the model: made, and made again until there is a whole answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import anthropic
from anthropic.types.beta import (
    BetaCompactionIterationUsage,
    BetaContentBlock,
    BetaMessage,
    BetaUsage,
)

from ..events import Retried
from ..stop import StopClock, StopSwitch
from ..usage import Usage
from .history import CACHED, Block, History, Message
from .retries import NETWORK_ERRORS, CutShortError, error_text, wait_before_retry
from .settings import Settings
from .threads import Thread


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
        return [block for block in self.content if block["type"] == "tool_use"]

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
        stop: looked at while an answer comes in and while a retry is waited for.
        clock: sleeps before a retry.
        on_retry: told before a request is made again.
    """

    def __init__(
        self,
        client: anthropic.Anthropic,
        settings: Settings,
        *,
        system: str,
        tools: Sequence[dict[str, Any]],
        stop: StopSwitch,
        clock: StopClock,
        on_retry: Callable[[Retried], None],
    ) -> None:
        self._client = client.with_options(max_retries=0)
        self._settings = settings
        self._system = [{"type": "text", "text": system}]
        self._tools = [*tools]
        self._stop = stop
        self._clock = clock
        self._on_retry = on_retry
        self._thread = Thread()
        self._thread.on = settings.history == "thread"

    def answer(self, history: History, max_tokens: int) -> Answer:
        """What the model answers to a conversation.

        Raises:
            APIError: if the API refuses the request, or goes on failing.
            TransportError: if the network goes on failing.
            CutShortError: if answers go on breaking off.
            StopRequested: if somebody has stopped the run.
        """
        return self._ask(lambda: self._params(history, max_tokens))

    def summary(self, history: History, max_tokens: int) -> Answer:
        """What the API makes of a conversation that is to be summarized.

        Raises:
            the same errors as `answer`.
        """
        return self._ask(
            lambda: {
                **self._whole(history),
                "max_tokens": max_tokens,
                "compaction": {"type": "summarize"},
            }
        )

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
        declared = {"system": self._system, "tools": self._tools} if begins else {}
        return {**self._same(), **declared, **fields, "max_tokens": max_tokens}

    def _whole(self, history: History) -> dict[str, Any]:
        """A request with all messages, marked for the prompt cache."""
        return {
            **self._same(),
            "system": [{**block, "cache_control": CACHED} for block in self._system],
            "tools": self._tools,
            "messages": history.marked(),
        }

    def _same(self) -> dict[str, Any]:
        betas = list(self._settings.betas)
        return {
            "model": self._settings.model,
            **({"betas": betas} if betas else {}),
            **self._settings.params,
        }

    def _ask(self, params: Callable[[], dict[str, Any]]) -> Answer:
        start = time.monotonic()
        failures = 0
        while True:
            self._stop.check()
            attempt = _Attempt()
            try:
                message = attempt.message(self._client, params(), self._stop)
            except NETWORK_ERRORS as error:
                if self._thread.mended(error):
                    continue
                failures += 1
                wait_s = wait_before_retry(error, failures)
                if wait_s is None:
                    raise
                self._on_retry(Retried(error_text(error), failures, wait_s, attempt.usage))
                self._clock.sleep(wait_s)
            else:
                return _answer(message, attempt.request_id, time.monotonic() - start)


class _Attempt:
    """One request.

    Attributes:
        usage: what the API has counted so far, also of an answer that does not arrive.
        request_id: what the API calls the request, once it has answered at all.
    """

    def __init__(self) -> None:
        self.usage = Usage()
        self.request_id: str | None = None

    def message(
        self, client: anthropic.Anthropic, params: dict[str, Any], stop: StopSwitch
    ) -> BetaMessage:
        """The answer, once it is there to its end."""
        try:
            return self._message(client, params, stop)
        except NETWORK_ERRORS:
            raise
        except Exception as error:
            if not type(error).__module__.startswith(_CREDENTIALS):
                raise
            raise CutShortError("the platform's credentials could not be renewed") from error

    def _message(
        self, client: anthropic.Anthropic, params: dict[str, Any], stop: StopSwitch
    ) -> BetaMessage:
        with client.beta.messages.stream(**params) as stream:
            self.request_id = stream.request_id
            try:
                for event in stream:
                    if event.type == "message_start":
                        self.usage = _usage(event.message.usage)
                    stop.check()
                message = stream.get_final_message()
            except _UNREADABLE as error:
                raise CutShortError("what arrived of the answer could not be read") from error
        if message.stop_reason is None:
            raise CutShortError("the answer broke off before its end")
        return message


_UNREADABLE = (ValueError, TypeError, AssertionError, LookupError, RuntimeError)
"""What the SDK raises of a stream in which something is wrong: it says nothing of that."""


_CREDENTIALS = ("google.auth", "botocore", "azure")
"""Packages that renew the credentials of a platform while a request is made."""


def _answer(message: BetaMessage, request_id: str | None, seconds: float) -> Answer:
    return Answer(
        id=message.id,
        content=[_sent_back(block) for block in message.content],
        stop_reason=message.stop_reason,
        usage=_usage(message.usage),
        seconds=seconds,
        request_id=request_id,
    )


def _sent_back(block: BetaContentBlock) -> Block:
    """A block exactly as it came: the thinking that follows is bound to it."""
    fields = block.to_dict(mode="json")
    return {name: value for name, value in fields.items() if name not in _OURS_ALONE}


_OURS_ALONE = frozenset({"parsed_output"})
"""What the SDK adds to a block; the API does not take it back."""


def _usage(usage: BetaUsage) -> Usage:
    """The tokens of a request; those of a summary stand beside the rest."""
    counted = _tokens(usage)
    for part in usage.iterations or ():
        if part.type == "compaction":
            counted += _tokens(part)
    return counted


def _tokens(part: BetaUsage | BetaCompactionIterationUsage) -> Usage:
    return Usage(
        uncached=part.input_tokens,
        cache_read=part.cache_read_input_tokens or 0,
        cache_write=part.cache_creation_input_tokens or 0,
        output=part.output_tokens,
    )
