"""The official SDK's computer toolset, served by a `Desktop`."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from anthropic.tools import ToolError
from anthropic.tools.computer import (
    BetaAbstractComputerToolset20260801,
    BetaComputerConfirmCallable,
    BetaComputerConfirmContext,
    BetaComputerCursorPositionResult,
    BetaComputerMemberResult,
    BetaScreenshotResult,
    BetaToolsetCallContext,
)
from anthropic.types.beta import (
    BetaComputerMemberInput,
    BetaComputerMemberName,
    BetaComputerToolsetConfigsParam,
    BetaToolResultBlockParam,
    BetaToolUseBlock,
)
from typing_extensions import override

from trueclick.geometry import Refusal

from .actions import (
    MEMBERS,
    Action,
    LookAround,
    Member,
    TypeText,
    Zoom,
    parse_action,
    places_of,
)
from .desktop import Desktop
from .errors import StopRequested
from .events import Acted, Asked, CallEvent, Calling, Decided, ignore
from .outcome import Outcome
from .part_seconds import part_seconds, with_part_seconds, with_whole_seconds

_BROKEN = "the desktop failed"
"""All that the model reads of an error that it cannot mend."""

UNCHANGED = "(The screen is identical to the last screenshot.)"
"""What stands for a screenshot that would show nothing new."""

_NOT_APPROVED = "not approved: whoever approves could not be asked"


class ComputerToolset(BetaAbstractComputerToolset20260801):
    """All 17 members of `computer_toolset_20260801` on a desktop.

    A call is checked as it was sent, before the SDK reads it: what would be refused anyway is
    refused at once, in our words, and nobody is asked to approve it.

    Args:
        desktop: what the model sees and acts on; it stays open when the toolset is closed.
        confirm: asked before each call; only `True` approves. The SDK's guide
            (`computer-toolset.md`) says what it is given. A `ToolError` that it raises is a
            refusal in its own words; any other error refuses the call and is a `fault`.
        on_call: told of each call before and after it is carried out, and of what somebody said who
            was asked about it: `confirm.asked_by` says who that was. Without such an attribute it
            is the program; if it is `None`, nobody was asked.
        members: those that are served, with their fields; the others are declared as disabled.

    Attributes:
        fault: the error, other than a refusal, that ended the last call of this turn. The model
            cannot mend it and is told no more than that the desktop failed or nobody could be
            asked; the caller's loop must end.
    """

    betas: tuple[str, ...] = ()
    """The beta headers with which the API takes the tool: none."""

    def __init__(
        self,
        desktop: Desktop,
        *,
        confirm: BetaComputerConfirmCallable,
        on_call: Callable[[CallEvent], None] = ignore,
        members: Mapping[str, Member] = MEMBERS,
    ) -> None:
        absent = {name: {"enabled": False} for name in MEMBERS if name not in members}
        configs = cast("BetaComputerToolsetConfigsParam", absent) if absent else None
        asks = confirm if _is_the_sdks_to_refuse(confirm) else self._approved
        super().__init__(confirm=asks, configs=configs)
        self.desktop = desktop
        self.fault: Exception | None = None
        self._members = members
        self._confirm = confirm
        self._seconds: float | None = None
        self._on_call = on_call
        self._told = False
        self._seen = ""
        self._id = ""
        self._shown: bytes | None = None

    def next_turn(self) -> None:
        """Note that the calls that follow are the model's next message.

        Whoever drives the SDK's tool runner says so for each message that it yields; a toolset
        is not told where one batch of calls ends and the next begins.
        """
        self.fault = None
        self.desktop.next_turn()

    @override
    def tool_result(self, tool_use: BetaToolUseBlock) -> BetaToolResultBlockParam:
        """Run one call and build its result block; whoever watches is told of it, too.

        After a call that was not carried out nothing stays pressed: those after it in its turn,
        which may have let up what it holds, are not carried out either.
        """
        self.fault = None
        self._told = False
        self._seen = ""
        self._seconds = None
        self._id = tool_use.id
        if tool_use.toolset_name == self.toolset_name:  # another's is the SDK's to refuse
            try:
                self._asked(tool_use.name, tool_use.input)
            except Refusal as refusal:
                return self.refused(tool_use, str(refusal))
            self._seconds = part_seconds(tool_use.input)
        result = super().tool_result(with_whole_seconds(tool_use, self._seconds))
        if result.get("is_error"):
            self.desktop.release()
            if not self._told:  # answered before it came to us: not approved
                told = " ".join(_texts(result.get("content", "")))
                self._tell(tool_use.name, tool_use.input, error=told)
        content = result.get("content")
        if self._seen and isinstance(content, list):
            # The SDK's screenshot result has no room for words; the API's has.
            result["content"] = [*content, {"type": "text", "text": f"({self._seen})"}]
        return result

    def refused(self, tool_use: BetaToolUseBlock, told: str) -> BetaToolResultBlockParam:
        """The result of a call that is not carried out; whoever watches is told of it."""
        self._id = tool_use.id
        self.desktop.release()
        self._tell(tool_use.name, tool_use.input, error=told)
        return {
            "type": "tool_result",
            "tool_use_id": tool_use.id,
            "toolset_name": self.toolset_name,
            "content": [{"type": "text", "text": told}],
            "is_error": True,
        }

    def look(self) -> list[dict[str, Any]]:
        """A screenshot that nobody has called for, as blocks to attach to a batch's last result.

        One that is identical to the last screenshot is a line of words instead.

        Raises:
            CaptureError: if the display is gone.
            StopRequested: if somebody has stopped the run.
        """
        self._id = ""
        start = time.monotonic()
        outcome = self.desktop.perform(LookAround())
        if not self._tell("screenshot", {}, outcome, seconds=time.monotonic() - start):
            raise self.fault or RuntimeError(_BROKEN)
        picture = outcome.picture
        if picture is None or picture.data == self._shown:
            return [{"type": "text", "text": UNCHANGED}]
        self._shown = picture.data
        source = {"type": "base64", "media_type": picture.media_type, "data": picture.base64}
        seen = str(outcome.seen or "")
        told = [{"type": "text", "text": f"({seen})"}] if seen else []
        return [{"type": "image", "source": source}, *told]

    def forget(self) -> None:
        """Note that the model no longer has the last screenshot: the next one is sent again."""
        self._shown = None

    @override
    def execute(
        self,
        context: BetaToolsetCallContext,
        name: BetaComputerMemberName,
        input: BetaComputerMemberInput,
    ) -> BetaComputerMemberResult:
        # What was sent, not what the SDK made of it: it takes the text "5" for the number 5.
        sent = input.to_dict() if context.tool_use is None else context.tool_use.input
        outcome = self._performed(name, sent)
        if outcome.picture is not None:
            self._seen = str(outcome.seen or "")
            picture = outcome.picture
            if name == "screenshot":
                self._shown = picture.data
            return BetaScreenshotResult(data=picture.base64, media_type=picture.media_type)
        if outcome.pointer is not None:
            return BetaComputerCursorPositionResult(x=outcome.pointer.x, y=outcome.pointer.y)
        return None

    def _approved(self, context: BetaComputerConfirmContext) -> bool:
        """The answer of whoever approves; the SDK takes an error for a refusal like another."""
        start = time.monotonic()
        approved = False
        try:
            approved = self._confirm(with_part_seconds(context, self._seconds))
        except ToolError:
            self._tell_decided(context, approved=False, seconds=time.monotonic() - start)
            raise
        except Exception as error:
            self.fault = error
            told = str(error) if isinstance(error, StopRequested) else _NOT_APPROVED
            raise ToolError(told) from error
        seconds = time.monotonic() - start
        self._tell_decided(context, approved=approved is True, seconds=seconds)
        return approved

    def _tell_decided(
        self, context: BetaComputerConfirmContext, *, approved: bool, seconds: float
    ) -> None:
        """Tell whoever watches what somebody has said, if anybody was asked."""
        by = _asked_by(self._confirm)
        if by is None:
            return  # such as `approve_all`, or a look that is free
        sent = context.input.to_dict() if context.tool_use is None else context.tool_use.input
        decided = Decided(self._id, context.member, _fields(sent), approved, by, seconds)
        try:
            self._on_call(decided)
        except Exception as fault:
            self.fault = fault
            raise ToolError(_BROKEN) from fault

    def _asked(self, name: str, sent: object) -> Action:
        """The action that a call asks for, all that it aims at in the screenshot."""
        action = parse_action(name, sent, self._members)
        view = self.desktop.view
        for place in places_of(action):
            view.to_screen(place)
        if isinstance(action, Zoom):
            view.to_image(action.region)
        if isinstance(action, TypeText):
            self.desktop.secrets.check(action.text)
        return action

    def _performed(self, name: str, sent: object) -> Outcome:
        """What came of a call; whoever watches has been told of it."""
        start = time.monotonic()
        try:
            action = self._asked(name, sent)
            self._on_call(Calling(self._id, name, _fields(sent)))
            outcome = self.desktop.perform(action)
        except Refusal as refusal:
            self._tell(name, sent, error=str(refusal), seconds=time.monotonic() - start)
            raise ToolError(str(refusal)) from refusal
        except Exception as error:
            self.fault = error
            told = str(error) if isinstance(error, StopRequested) else _BROKEN
            self._tell(name, sent, error=told, seconds=time.monotonic() - start)
            raise ToolError(told) from error
        if not self._tell(name, sent, outcome, seconds=time.monotonic() - start):
            raise ToolError(_BROKEN)
        return outcome

    def _tell(
        self,
        name: str,
        sent: object,
        outcome: Outcome | None = None,
        *,
        seconds: float = 0.0,
        error: str | None = None,
    ) -> bool:
        """Tell whoever watches; whether that went well. If not, it is a fault like another."""
        self._told = True
        acted = Acted(name, _fields(sent), outcome or Outcome(), seconds, error, self._id)
        try:
            self._on_call(acted)
        except Exception as fault:  # noqa: BLE001 - the caller's loop raises it
            self.fault = self.fault or fault
            return False
        return True


def _fields(sent: object) -> dict[str, object]:
    """What a call was sent with, as far as it is an object at all."""
    return dict(cast("Mapping[str, object]", sent)) if isinstance(sent, Mapping) else {}


def _asked_by(confirm: object) -> Asked | None:
    """Who gave the last answer, if anybody was asked for it."""
    match getattr(confirm, "asked_by", "program"):
        case None:
            return None
        case "person":
            return "person"
        case "rules":
            return "rules"
        case _:
            return "program"


def _is_the_sdks_to_refuse(confirm: object) -> bool:
    """Whether nobody can be asked this way."""
    return confirm is None or inspect.iscoroutinefunction(confirm)


def _texts(content: object) -> Iterator[str]:
    """The words of a result."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        for block in cast("list[dict[str, object]]", content):
            yield str(block.get("text", ""))
