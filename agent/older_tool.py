"""The older versions of the computer tool, for the models that take no other, on a `Desktop`.

They are one tool whose `action` says what to do, where the toolset has a member for it, and their
declaration holds the size of the screenshots. All else is the toolset's: a call becomes a call of
its member, and is checked, approved, carried out and told by the same code.

Source: "Computer use tool" in the Claude documentation, its reference implementation
(`computer-use-demo`) and the tool parameters of `anthropic` 2.11.0, read on 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, cast

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

from .actions import MEMBERS, Member
from .desktop import Desktop
from .events import Acted, ignore
from .sent import kind, shown
from .toolset import ComputerToolset

VersionName: TypeAlias = Literal["computer_20251124", "computer_20250124"]

NOT_EXECUTED = "Not executed: an earlier computer action in this turn failed."
"""The answer to the calls of a turn after one that failed, in the API's words."""


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
    """The toolset's members as the older versions have them: a call presses a key once."""
    key = MEMBERS["key"]
    once = replace(key, fields=tuple(field for field in key.fields if field.name != "repeat"))
    older = {**MEMBERS, "key": once}
    return {name: member for name, member in older.items() if name not in without}


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

    Args:
        desktop: what the model sees and acts on.
        version: of the tool.
        confirm: asked before each call, with what it is given of a toolset's call: the action is
            the `member`, and the `tool_use` in it has no id, which the SDK keeps to itself.
        on_call: told of each call after it.

    Raises:
        UsageError: if there is no such version.
    """

    def __init__(
        self,
        desktop: Desktop,
        *,
        version: VersionName,
        confirm: BetaComputerConfirmCallable,
        on_call: Callable[[Acted], None] = ignore,
    ) -> None:
        if version not in VERSIONS:
            raise UsageError(f"unknown version {version!r}; known: {', '.join(VERSIONS)}")
        self.version: VersionName = version
        self._toolset = ComputerToolset(
            desktop, confirm=confirm, on_call=on_call, members=VERSIONS[version].actions
        )
        self._failed = False

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
        """What ended the last call, other than a refusal, as `ComputerToolset.fault`."""
        return self._toolset.fault

    def next_turn(self) -> None:
        """Note that the calls that follow are the model's next message."""
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
        if self._failed:
            raise ToolError(NOT_EXECUTED)
        self._failed = True  # until it has gone well
        result = self._run(input)
        content = result.get("content", "")
        if result.get("is_error"):
            raise ToolError(content)
        self._failed = False
        return content

    def _run(self, given: object) -> BetaToolResultBlockParam:
        """The result of the member that a call asks for."""
        fields = dict(cast("Mapping[str, object]", given)) if isinstance(given, Mapping) else {}
        action = fields.pop("action", None)
        if isinstance(action, str):
            return self._toolset.tool_result(_member_call(action, fields))
        if not isinstance(given, Mapping):
            told = f"the input must be an object, got {kind(given)}"
        elif "action" not in given:
            told = "action is missing: it must be the name of an action"
        else:
            told = f"action must be the name of an action, got {shown(action)}"
        return self._toolset.refused(_member_call("computer", fields), told)


def _member_call(name: str, fields: Mapping[str, object]) -> BetaToolUseBlock:
    """A call of a member of the toolset, as the SDK would hand it on."""
    return BetaToolUseBlock.construct(
        type="tool_use", id="", name=name, input=fields, toolset_name=ComputerToolset.toolset_name
    )
