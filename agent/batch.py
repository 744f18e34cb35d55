"""The calls of one message of the model's: carried out in order, all of them answered.

Sources, read on 2026-11-21: "Computer use tool" and "Implement tool use" of the Claude
documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from anthropic.types.beta import BetaToolUseBlock

from .hand_back import HAND_BACK, HandedBack, handed_back
from .older_tool import NOT_EXECUTED, OlderTool
from .tool_versions import ComputerTool

Block: TypeAlias = dict[str, Any]

_LOOKS = frozenset({"screenshot", "zoom", "cursor_position"})
"""Calls after which the screen is as it was."""


class Batch:
    """The calls of one message.

    Args:
        tool: what carries them out.
        calls: the message's.
        on_hand_back: told when the model gives the task back; what it says to that is the result.
    """

    def __init__(
        self,
        tool: ComputerTool,
        calls: Sequence[Block],
        on_hand_back: Callable[[HandedBack], str],
    ) -> None:
        self._tool = tool
        self._on_hand_back = on_hand_back
        self._calls = calls
        self._over = False
        self._stale = False

    def answered(self) -> list[Block]:
        """What answers all calls: their results, and how the screen looks after them.

        Raises:
            Exception: what no model can mend: a display that is gone, somebody who stopped the
                run, or who watches it and failed.
        """
        results = [self._result(BetaToolUseBlock.construct(**call)) for call in self._calls]
        if self._stale:
            return self._with_picture(results)
        return results

    def _result(self, call: BetaToolUseBlock) -> Block:
        if self._over:
            return _plain(call, NOT_EXECUTED, is_error=True)
        if call.name == HAND_BACK["name"] and call.toolset_name is None:
            self._over = True  # what follows was decided before the user's answer
            return _plain(call, self._on_hand_back(handed_back(call)))
        if not self._is_computers(call):
            self._over = True
            return _plain(call, "There is no such tool.", is_error=True)
        result: Block = {**self._tool.tool_result(call)}
        if self._tool.fault is not None:
            raise self._tool.fault
        if result.get("is_error"):
            self._over = True
        else:
            member = (
                str(call.input.get("action")) if isinstance(self._tool, OlderTool) else call.name
            )
            self._stale = member not in _LOOKS or (self._stale and member != "screenshot")
        return {**result, "content": list(_blocks(result.get("content")))}

    def _is_computers(self, call: BetaToolUseBlock) -> bool:
        if isinstance(self._tool, OlderTool):
            return call.name == "computer" and call.toolset_name is None
        return call.toolset_name == self._tool.toolset_name

    def _with_picture(self, results: list[Block]) -> list[Block]:
        """The results with a picture of the screen as it is now, after all of them.

        It belongs to the last result; but an error holds words alone, so then it is attached to the
        last call that went well.
        """
        *_, last = (at for at, result in enumerate(results) if not result.get("is_error"))
        attached = {**results[last], "content": [*results[last]["content"], *self._tool.look()]}
        return [*results[:last], attached, *results[last + 1 :]]


def _plain(call: BetaToolUseBlock, text: str, *, is_error: bool = False) -> Block:
    result: Block = {
        "type": "tool_result",
        "tool_use_id": call.id,
        "content": [{"type": "text", "text": text}],
    }
    if call.toolset_name is not None:
        result["toolset_name"] = call.toolset_name
    return {**result, "is_error": True} if is_error else result


def _blocks(content: object) -> Iterator[Block]:
    """A result's content as plain blocks."""
    if isinstance(content, str):
        yield {"type": "text", "text": content}
    elif isinstance(content, list):
        yield from content
