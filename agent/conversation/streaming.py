"""One request, its answer read as it streams in, and given up as soon as anybody says so.

The SDK's stream waits for the next event in silence: the API's pings, which come while a model
thinks, are swallowed and keep the connection's own time limit from ever passing. So a thread reads,
and whoever asks looks every now and then whether to go on waiting.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TypeAlias

import anthropic
from anthropic.lib.streaming import BetaMessageStream
from anthropic.types.beta import (
    BetaCompactionIterationUsage,
    BetaMessage,
    BetaRawContentBlockDeltaEvent,
    BetaUsage,
)

from ..usage import Usage
from .estimate import CHARACTERS
from .retries import NETWORK_ERRORS, CutShortError, SilenceError

SILENCE_S = 300.0
"""Without an event for so long, an answer is given up: thoughts are streamed as they come."""

_GLANCE_S = 0.05
_LAST_S = 5.0

_CREDENTIALS = ("google.auth", "botocore", "azure")
"""Packages that renew the credentials of a platform while a request is made."""

_UNREADABLE = (ValueError, TypeError, AssertionError, LookupError, RuntimeError)
"""What the SDK raises of a stream in which something is wrong: it says nothing of that."""

_Arrived: TypeAlias = "queue.SimpleQueue[BetaMessage | BaseException | None]"


class Attempt:
    """One request.

    Args:
        client: the SDK's.
        params: of the request.

    Attributes:
        request_id: what the API calls the request, once it has answered at all.
    """

    def __init__(self, client: anthropic.Anthropic, params: dict[str, Any]) -> None:
        self.request_id: str | None = None
        self._client = client
        self._params = params
        self._counted = Usage()
        self._characters = 0
        self._stream: BetaMessageStream[Any] | None = None
        self._given_up = False

    @property
    def usage(self) -> Usage:
        """What was used by now, also of an answer that does not arrive: the output is estimated."""
        return self._counted + Usage(output=self._characters // CHARACTERS)

    def message(self, go_on: Callable[[], None]) -> BetaMessage:
        """The answer, once it is there to its end.

        Args:
            go_on: called every now and then; raises what ends the wait.
        """
        arrived: _Arrived = queue.SimpleQueue()
        reader = threading.Thread(target=self._read, args=(arrived,), daemon=True)
        try:
            reader.start()  # a signal that comes while it does is told below as well
            last = time.monotonic()
            while True:
                go_on()
                try:
                    item = arrived.get(timeout=_GLANCE_S)
                except queue.Empty:
                    if time.monotonic() - last > SILENCE_S:
                        raise SilenceError(
                            f"nothing came of the answer for {SILENCE_S:.0f} s"
                        ) from None
                    continue
                last = time.monotonic()
                if isinstance(item, BaseException):
                    raise item
                if item is not None:
                    return item
        finally:
            self._given_up = True
            if self._stream is not None:
                with contextlib.suppress(Exception):  # the reader may be in the midst of it
                    self._stream.close()
            # Where not even headers have come nothing can be closed: that would be waited for in
            # vain, and the reader finds out itself when they do.
            with contextlib.suppress(RuntimeError):  # not started yet, likewise
                reader.join(_LAST_S if self._stream is not None else _GLANCE_S)

    def _read(self, arrived: _Arrived) -> None:
        try:
            if not self._given_up:
                arrived.put(self._whole(arrived))
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            arrived.put(error)

    def _whole(self, arrived: _Arrived) -> BetaMessage:
        try:
            with self._client.beta.messages.stream(**self._params) as stream:
                self._stream, self.request_id = stream, stream.request_id
                return self._final(stream, arrived)
        except NETWORK_ERRORS:
            raise
        except Exception as error:
            if not type(error).__module__.startswith(_CREDENTIALS):
                raise
            raise CutShortError("the platform's credentials could not be renewed") from error

    def _final(self, stream: BetaMessageStream[Any], arrived: _Arrived) -> BetaMessage:
        try:
            for event in stream:
                arrived.put(None)
                if self._given_up:
                    break
                if event.type == "message_start":
                    self._counted = usage_of(event.message.usage)
                elif event.type == "content_block_delta":
                    self._characters += _length(event)
            message: BetaMessage = stream.get_final_message()
        except _UNREADABLE as error:
            raise CutShortError("what arrived of the answer could not be read") from error
        if message.stop_reason is None:
            raise CutShortError("the answer broke off before its end")
        return message


def usage_of(usage: BetaUsage) -> Usage:
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


def _length(event: BetaRawContentBlockDeltaEvent) -> int:
    """How many characters a piece of an answer has."""
    delta = event.delta
    match delta.type:
        case "text_delta":
            return len(delta.text)
        case "input_json_delta":
            return len(delta.partial_json)
        case "thinking_delta":
            return len(delta.thinking)
        case _:
            return 0
