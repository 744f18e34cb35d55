"""The older versions of the computer tool, for the models that take no other, on a `Desktop`.

They are one tool whose `action` says what to do, where the toolset has a member for it, and their
declaration holds the size of the screenshots. All else is the toolset's: a call becomes a call of
its member, and is checked, approved, carried out and told by the same code.

Source: "Computer use tool" in the Claude documentation, its reference implementation
(`computer-use-demo`) and the tool parameters of `anthropic` 2.11.0, read on 2026-11-21.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, cast

from anthropic.lib.tools import BetaBuiltinFunctionTool, BetaFunctionToolResultType
from anthropic.tools import ToolError
from anthropic.tools.computer import BetaComputerConfirmCallable
from anthropic.types.beta import (
    BetaToolComputerUse20250124Param,
    BetaToolComputerUse20251124Param,
    BetaToolResultBlockParam,
    BetaToolUseBlock,
)
from typing_extensions import override

from trueclick.geometry import UsageError

from .actions import MEMBERS, SECONDS_AND_PARTS, Member
from .desktop import Desktop
from .events import CallEvent, ignore
from .sent import kind, shown
from .toolset import ComputerToolset

VersionName: TypeAlias = Literal["computer_20251124", "computer_20250124"]

NOT_EXECUTED = "Not executed: an earlier computer action in this turn failed."
"""The answer to the calls of a turn after one that failed, in the API's words."""

NO_TURNS = (
    "OlderTool was never told where the model's messages begin, so what follows a failed call of a "
    "message is carried out all the same: call its next_turn() for each message of the model's"
)
"""What the developer reads whose loop does without: once, at the first call."""


@dataclass(frozen=True, slots=True)
class Version:
    """An older version of the tool.

    Attributes:
        beta: the header with which the API takes it.
        actions: what it has, by the names of the toolset's members.
    """

    beta: str
    actions: Mapping[str, Member]


def _members(*, without: Iterable[str] = ()) -> Mapping[str, Member]:
    """The toolset's members as the older versions have them.

    A call presses a key once, and a duration may be a part of a second.
    """
    older = {"duration": SECONDS_AND_PARTS, "repeat": None}
    return {
        name: replace(member, fields=tuple(filter(None, fields)))
        for name, member in MEMBERS.items()
        if name not in without
        for fields in [[older.get(field.name, field) for field in member.fields]]
    }


VERSIONS: Mapping[VersionName, Version] = {
    "computer_20251124": Version("computer-use-2025-11-24", _members()),
    "computer_20250124": Version("computer-use-2025-01-24", _members(without={"zoom"})),
}
"""The newest first."""


class OlderTool(BetaBuiltinFunctionTool):
    """An older version of the computer tool on a desktop.

    The calls of one message form a batch, as with the toolset: they run in order, and after the
    first that fails all others are answered that they were not executed, until `next_turn()`. The
    SDK's tool runner does not tell a tool where a message begins, so whoever drives it must, for
    each message that it yields:

        for message in runner:
            tool.next_turn()

    Without that there are no batches: one refusal would end them all. A `UserWarning` says so at
    the first call, and only a fault keeps the calls that follow from being carried out.

    Args:
        desktop: what the model sees and acts on.
        version: of the tool.
        confirm: asked before each call, with what it is given of a toolset's call: the action is
            the `member`. The SDK's tool runner keeps the call's id to itself.
        on_call: told of each call, as by `ComputerToolset`.

    Raises:
        UsageError: if there is no such version.
    """

    def __init__(
        self,
        desktop: Desktop,
        *,
        version: VersionName,
        confirm: BetaComputerConfirmCallable,
        on_call: Callable[[CallEvent], None] = ignore,
    ) -> None:
        if version not in VERSIONS:
            raise UsageError(f"unknown version {version!r}; known: {', '.join(VERSIONS)}")
        self.version: VersionName = version
        self._toolset = ComputerToolset(
            desktop, confirm=confirm, on_call=on_call, members=VERSIONS[version].actions
        )
        self._failed = False
        self._turns = False
        self._warned = False

    @property
    def betas(self) -> tuple[str, ...]:
        """The beta headers with which the API takes the tool."""
        return (VERSIONS[self.version].beta,)

    @property
    def desktop(self) -> Desktop:
        """What the model sees and acts on."""
        return self._toolset.desktop

    @property
    def fault(self) -> Exception | None:
        """What ended the last call that was carried out, as `ComputerToolset.fault`."""
        return self._toolset.fault

    def next_turn(self) -> None:
        """Note that the calls that follow are the model's next message."""
        self._turns = True
        self._failed = False
        self._toolset.next_turn()

    @override
    def to_dict(self) -> BetaToolComputerUse20251124Param | BetaToolComputerUse20250124Param:
        """The declaration; the display it speaks of is as large as the screenshots."""
        size = self.desktop.view.model
        if self.version == "computer_20250124":
            return {
                "type": "computer_20250124",
                "name": "computer",
                "display_width_px": size.width,
                "display_height_px": size.height,
            }
        return {
            "type": "computer_20251124",
            "name": "computer",
            "display_width_px": size.width,
            "display_height_px": size.height,
            "enable_zoom": True,
        }

    @override
    def call(self, input: object) -> BetaFunctionToolResultType:
        """Run one call.

        Raises:
            ToolError: if it is refused or fails, or one before it has; the model reads the text.
        """
        if not self._turns and not self._warned:
            self._warned = True
            warnings.warn(NO_TURNS, stacklevel=2)
        return self._answer(input, "")

    def tool_result(self, tool_use: BetaToolUseBlock) -> BetaToolResultBlockParam:
        """Run one call and build its result block, as `ComputerToolset.tool_result` does."""
        result: BetaToolResultBlockParam = {"type": "tool_result", "tool_use_id": tool_use.id}
        try:
            result["content"] = self._answer(tool_use.input, tool_use.id)
        except ToolError as error:
            result["content"] = error.content
            result["is_error"] = True
        return result

    def look(self) -> list[dict[str, Any]]:
        """A screenshot that nobody has called for, as `ComputerToolset.look`."""
        return self._toolset.look()

    def forget(self) -> None:
        """Note that the model no longer has the last screenshot: the next one is sent again."""
        self._toolset.forget()

    def _answer(self, given: object, call_id: str) -> BetaFunctionToolResultType:
        """The content of a call's result, by the rules of its batch."""
        if self._failed and (self._turns or self.fault is not None):
            raise ToolError(NOT_EXECUTED)
        self._failed = True  # until it has gone well
        result = self._run(given, call_id)
        content = result.get("content", "")
        if result.get("is_error"):
            raise ToolError(content)
        self._failed = False
        return content

    def _run(self, given: object, call_id: str) -> BetaToolResultBlockParam:
        """The result of the member that a call asks for."""
        fields = dict(cast("Mapping[str, object]", given)) if isinstance(given, Mapping) else {}
        action = fields.pop("action", None)
        if isinstance(action, str):
            return self._toolset.tool_result(_member_call(action, fields, call_id))
        if not isinstance(given, Mapping):
            told = f"the input must be an object, got {kind(given)}"
        elif "action" not in given:
            told = "action is missing: it must be the name of an action"
        else:
            told = f"action must be the name of an action, got {shown(action)}"
        return self._toolset.refused(_member_call("computer", fields, call_id), told)


def _member_call(name: str, fields: Mapping[str, object], call_id: str) -> BetaToolUseBlock:
    """A call of a member of the toolset, as the SDK would hand it on."""
    return BetaToolUseBlock.construct(
        type="tool_use",
        id=call_id,
        name=name,
        input=fields,
        toolset_name=ComputerToolset.toolset_name,
    )
