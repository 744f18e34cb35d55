"""The official SDK's computer toolset, served by a `Desktop`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import cast

from anthropic.tools import ToolError
from anthropic.tools.computer import (
    BetaAbstractComputerToolset20260801,
    BetaComputerConfirmCallable,
    BetaComputerCursorPositionResult,
    BetaComputerMemberResult,
    BetaScreenshotResult,
    BetaToolsetCallContext,
)
from anthropic.types.beta import (
    BetaComputerMemberInput,
    BetaComputerMemberName,
    BetaToolResultBlockParam,
    BetaToolUseBlock,
)
from typing_extensions import override

from trueclick.geometry import Refusal

from .actions import parse_action
from .desktop import Desktop, Outcome
from .events import Acted, ignore


class ComputerToolset(BetaAbstractComputerToolset20260801):
    """All 17 members of `computer_toolset_20260801` on a desktop.

    Args:
        desktop: what the model sees and acts on; it stays open when the toolset is closed.
        confirm: asked before each call; only `True` approves. The SDK's guide
            (`computer-toolset.md`) says what it is given.
        on_call: told of each call after it.

    Attributes:
        fault: the error, other than a refusal, that ended the last call. The model cannot mend
            it and is told no more than that the desktop failed; the caller's loop must end.
    """

    def __init__(
        self,
        desktop: Desktop,
        *,
        confirm: BetaComputerConfirmCallable,
        on_call: Callable[[Acted], None] = ignore,
    ) -> None:
        super().__init__(confirm=confirm)
        self.desktop = desktop
        self.fault: Exception | None = None
        self._on_call = on_call
        self._told = False
        self._seen = ""

    @override
    def tool_result(self, tool_use: BetaToolUseBlock) -> BetaToolResultBlockParam:
        """Run one call and build its result block; whoever watches is told of it, too."""
        self._told = False
        self._seen = ""
        result = super().tool_result(tool_use)
        if result.get("is_error") and not self._told:
            # Answered before it came to us: not approved, or not of the right form.
            told = " ".join(_texts(result.get("content", "")))
            self._on_call(Acted(tool_use.name, dict(tool_use.input), Outcome(), 0.0, error=told))
        content = result.get("content")
        if self._seen and isinstance(content, list):
            # The SDK's screenshot result has no room for words; the API's has.
            result["content"] = [*content, {"type": "text", "text": f"({self._seen})"}]
        return result

    @override
    def execute(
        self,
        context: BetaToolsetCallContext,
        name: BetaComputerMemberName,
        input: BetaComputerMemberInput,
    ) -> BetaComputerMemberResult:
        values = input.to_dict()
        try:
            outcome = self._performed(name, values)
        except ToolError:
            raise
        except Exception as error:
            self.fault = error
            raise ToolError("the desktop failed") from error
        if outcome.picture is not None:
            self._seen = str(outcome.seen or "")
            picture = outcome.picture
            return BetaScreenshotResult(data=picture.base64, media_type=picture.media_type)
        if outcome.pointer is not None:
            return BetaComputerCursorPositionResult(x=outcome.pointer.x, y=outcome.pointer.y)
        return None

    def _performed(self, name: str, values: dict[str, object]) -> Outcome:
        """What came of a call; whoever watches has been told of it."""
        start = time.monotonic()
        self._told = True
        try:
            outcome = self.desktop.perform(parse_action(name, values))
        except Exception as error:
            told = str(error) if isinstance(error, Refusal) else "the desktop failed"
            self._on_call(Acted(name, values, Outcome(), time.monotonic() - start, error=told))
            if isinstance(error, Refusal):
                raise ToolError(told) from error
            raise
        self._on_call(Acted(name, values, outcome, time.monotonic() - start))
        return outcome


def _texts(content: object) -> Iterator[str]:
    """The words of a result."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        for block in cast("list[dict[str, object]]", content):
            yield str(block.get("text", ""))
