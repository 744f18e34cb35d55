"""Parts of a second, taken through the SDK's computer toolset, whose inputs hold whole seconds.

The toolset's own members take no others, but those of the older versions do. The SDK is handed
the next whole second; whoever approves, the desktop and the model's answer get what was sent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import cast

from anthropic.tools.computer import BetaComputerConfirmContext
from anthropic.types.beta import (
    BetaComputerHoldKeyInput,
    BetaComputerMemberInput,
    BetaComputerWaitInput,
    BetaToolUseBlock,
)

_FIELD = "duration"


class _HoldKeyInput(BetaComputerHoldKeyInput):
    duration: float  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleVariableOverride]


class _WaitInput(BetaComputerWaitInput):
    duration: float  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleVariableOverride]


_INPUTS: Mapping[str, type[BetaComputerMemberInput]] = {
    "hold_key": _HoldKeyInput,
    "wait": _WaitInput,
}


def part_seconds(sent: object) -> float | None:
    """The seconds in a sound input, or `None` if it holds none or a whole number of them."""
    seconds = cast("Mapping[str, object]", sent).get(_FIELD) if isinstance(sent, Mapping) else None
    return seconds if isinstance(seconds, float) and not seconds.is_integer() else None


def with_whole_seconds(tool_use: BetaToolUseBlock, seconds: float | None) -> BetaToolUseBlock:
    """A call that the SDK takes: with the next whole second.

    Args:
        tool_use: the call.
        seconds: that were sent, if they were no whole number.
    """
    if seconds is None:
        return tool_use
    return tool_use.model_copy(update={"input": {**tool_use.input, _FIELD: math.ceil(seconds)}})


def with_part_seconds(
    context: BetaComputerConfirmContext, seconds: float | None
) -> BetaComputerConfirmContext:
    """What whoever approves is shown of a call from `with_whole_seconds`.

    The call itself and its input, from which the SDK words its answer, get their seconds back.

    Args:
        context: from the SDK.
        seconds: that were sent, if they were no whole number.
    """
    if seconds is None or context.tool_use is None:
        return context
    sent = {**context.tool_use.input, _FIELD: seconds}
    context.tool_use.input = sent
    setattr(context.input, _FIELD, seconds)
    return context.model_copy(update={"input": _INPUTS[context.member].model_validate(sent)})
