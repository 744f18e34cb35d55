"""One question to a model: asked again while that may help, until there is a whole answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import anthropic
from anthropic.types.beta import BetaMessage

from ..conversation.retries import NETWORK_ERRORS, error_text, wait_before_retry
from ..conversation.streaming import Attempt
from ..events import Retried
from ..usage import Usage
from .errors import JudgementError


def ask(
    client: anthropic.Anthropic,
    params: dict[str, Any],
    *,
    on_retry: Callable[[Retried], None] | None = None,
    go_on: Callable[[], None] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[BetaMessage, Usage]:
    """The answer to a request, and what attempts used that came to nothing.

    Args:
        client: the SDK's; its own retries are switched off.
        params: of the request.
        on_retry: told before the request is made again.
        go_on: called every now and then while an answer comes in; raises what ends that.
        sleep: waits before the request is made again.

    Raises:
        JudgementError: if the API refuses the request or goes on failing.
        Exception: what `go_on` and `sleep` raise.
    """
    client = client.with_options(max_retries=0)
    failures, lost = 0, Usage()
    while True:
        attempt = Attempt(client, params)
        try:
            return attempt.message(go_on or _nothing), lost
        except NETWORK_ERRORS as error:
            failures += 1
            lost += attempt.usage
            wait_s = wait_before_retry(error, failures)
            if wait_s is None:
                raise JudgementError(error_text(error), lost) from error
            if on_retry is not None:
                on_retry(Retried(error_text(error), failures, wait_s, attempt.usage))
            sleep(wait_s)


def _nothing() -> None: ...
