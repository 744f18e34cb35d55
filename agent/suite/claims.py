"""A claim about the screen, judged within what the task may still cost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from trueclick.capture import Screenshot
from trueclick.geometry import find_model

from ..conversation.estimate import tokens_of_text
from ..events import Retried
from ..usage import Usage
from ..vision.checking import Verdict, check, check_params
from ..vision.errors import JudgementError
from ..vision.images import prepare_all
from .account import Account, OverBudgetError
from .tasks import Task

if TYPE_CHECKING:
    from anthropic import Anthropic


def judged(
    claim: str, shot: Screenshot, task: Task, client: Anthropic, account: Account
) -> Verdict:
    """A model's verdict; all that it takes is counted, whether there is one or not.

    Raises:
        JudgementError: if there is none.
        OverBudgetError: if it would cost more than is left.
    """
    spec = find_model(task.model)
    images = prepare_all([shot], task.model, task.platform)
    params = check_params(claim, images, model=task.model, platform=task.platform)
    words = [params["system"], claim, params["output_config"]]
    pictures = sum(image.tokens or spec.limits.max_tokens for image in images)
    request = Usage(uncached=pictures + tokens_of_text(json.dumps(words)))
    most = account.answer_tokens(request, params["max_tokens"])

    def retried(event: Retried) -> None:
        del event  # what it used is counted by now
        if account.answer_tokens(request, most) < most:
            raise OverBudgetError("what is left of max_usd does not pay for another try")

    try:
        return check(
            claim,
            images,
            client=client,
            model=task.model,
            platform=task.platform,
            max_tokens=most,
            on_used=account.used,
            on_retry=retried,
        )
    except JudgementError as error:
        if most == params["max_tokens"]:
            raise
        raise JudgementError(f"{error}; max_usd allows no longer answer", error.usage) from error
