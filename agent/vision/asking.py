"""One question to a model: asked again while that may help, until there is a whole answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import anthropic
from anthropic.types.beta import BetaMessage

from ..conversation.retries import NETWORK_ERRORS, error_text, wait_before_retry
from ..conversation.streaming import Attempt, usage_of
from ..events import Retried
from ..usage import Usage
from .errors import JudgementError


def ask(
    client: anthropic.Anthropic,
    params: dict[str, Any],
    *,
    on_used: Callable[[Usage], None],
    on_retry: Callable[[Retried], None] | None = None,
    go_on: Callable[[], None] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> BetaMessage:
    """The answer to a request.

    Args:
        client: the SDK's; its own retries are switched off.
        params: of the request.
        on_used: told what each attempt used, whether or not an answer came of it.
        on_retry: told before the request is made again.
        go_on: called every now and then while an answer comes in; raises what ends that.
        sleep: waits before the request is made again.

    Raises:
        JudgementError: if the API refuses the request or goes on failing; what that used, `on_used`
            knows.
        Exception: what `go_on` and `sleep` raise.
    """
    client = client.with_options(max_retries=0)
    failures = 0
    while True:
        attempt = Attempt(client, params)
        try:
            message = attempt.message(go_on or _nothing)
        except NETWORK_ERRORS as error:
            failures += 1
            on_used(attempt.usage)
            wait_s = wait_before_retry(error, failures)
            if wait_s is None:
                raise JudgementError(error_text(error)) from error
            if on_retry is not None:
                on_retry(Retried(error_text(error), failures, wait_s, attempt.usage))
            sleep(wait_s)
        except BaseException:
            on_used(attempt.usage)
            raise
        else:
            on_used(usage_of(message.usage))
            return message


def _nothing() -> None: ...
