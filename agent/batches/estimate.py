"""About what pictures will cost, before any of them is sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from trueclick.geometry import ModelSpec

from ..conversation.estimate import tokens_of_text
from ..usage import Usage
from ..vision.images import Prepared
from .limits import SHARE
from .pictures import Known, tokens
from .question import Question

ANSWER_TOKENS = 1000
"""What a verdict takes, thinking included: some hundred for its words, more for a hard claim."""


def estimated(
    question: Question, pictures: Sequence[Known], spec: ModelSpec
) -> tuple[int, Decimal | None]:
    """About how many tokens requests are, answers left out, and what they cost in a batch.

    Args:
        question: what is asked of each picture.
        pictures: a request each.
        spec: the model.

    Raises:
        UsageError: if the model does not take what is asked for.
    """
    if not pictures:
        return 0, Decimal(0) if spec.price else None
    stand_in = Prepared("", None, {"type": "file", "file_id": "file_"}, None)
    without = [stand_in for _ in question.beside]
    params = question.params(stand_in, without)
    beside = sum(picture.tokens or spec.limits.max_tokens for picture in question.beside)
    each = beside + tokens_of_text(json.dumps(_words(params)))
    answer = min(ANSWER_TOKENS, question.max_tokens or ANSWER_TOKENS)
    count = len(pictures)
    asked = tokens(pictures, spec) + count * each
    # A price may depend on how long one prompt is, so it is asked for the mean one.
    usd = Usage(asked // count, output=answer).usd(spec.price)
    return asked, None if usd is None else usd * count * SHARE


def _words(params: dict[str, Any]) -> object:
    return [params.get("system"), params["messages"], params.get("output_config")]
