"""Which calls are asked for: `ask`, `always`, `never`, or a file of rules."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from anthropic.tools import ToolError
from anthropic.tools.computer import BetaComputerConfirmContext
from rich.console import Console

from trueclick.geometry import Refusal, UsageError

from ..events import Asked
from .call import Call
from .pictures import pictures
from .rules import Rules, read_rules
from .terminal import AskAtTerminal, approve_all

if TYPE_CHECKING:
    from ..desktop import Desktop

Approver: TypeAlias = Callable[[BetaComputerConfirmContext], bool]
"""Asked before each call; only `True` approves."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Which calls are asked for.

    Attributes:
        name: `ask`: those that act; `always`: every one; `never`: none; `rules`: as they say.
        rules: what they say.
    """

    name: Literal["ask", "always", "never", "rules"]
    rules: Rules | None = None


def read_policy(given: str | Path | None, *, private: bool, unattended: bool = False) -> Policy:
    """A policy, checked before anything is started.

    Args:
        given: `ask`, `always`, `never` or the path of a file of rules (`./never` is a file);
            `None` is `never` on a private display and `ask` on any other.
        private: whether the display is a private one.
        unattended: whether `never` was allowed, a second time, where others work.

    Raises:
        UsageError: if `never` needs that second word, or the rules cannot be read or are wrong.
    """
    match given:
        case None if private:
            return Policy("never")
        case None | "ask":
            return Policy("ask")
        case "always":
            return Policy("always")
        case "never" if private or unattended:
            return Policy("never")
        case "never":
            raise UsageError(
                "--confirm never lets a model act on a display where people work, and nobody is "
                "asked: add --unattended if that is meant, or use --display private"
            )
        case "":
            raise UsageError("--confirm is empty: say ask, always, never or a file of rules")
        case _ if isinstance(given, Path) or given == "." or Path(given).exists():
            return Policy("rules", read_rules(Path(given)))
        case _:
            raise UsageError(
                f"--confirm {given!r} is none of ask, always and never, and no file of rules"
            )


@contextlib.contextmanager
def approver(
    policy: Policy | str | Path | None,
    desktop: Desktop,
    *,
    console: Console | None = None,
    unattended: bool = False,
    timeout_s: float | None = None,
    while_asking: Callable[[], AbstractContextManager[object]] = contextlib.nullcontext,
) -> Generator[Approver]:
    """Who approves calls on a desktop by a policy; inside of the block pictures can be looked at.

    Args:
        policy: from `read_policy`, or what it takes.
        desktop: where the calls land.
        console: where questions are asked; the terminal by default.
        unattended: as for `read_policy`.
        timeout_s: after which a question that nobody has answered is a no; never by default.
        while_asking: entered while a person is asked: whoever else reads the terminal or draws on
            it stops for so long.

    Raises:
        UsageError: as `read_policy`.
        OSError: if there is no room for pictures.
    """
    if not isinstance(policy, Policy):
        policy = read_policy(policy, private=desktop.private, unattended=unattended)
    if policy.name == "never":
        yield approve_all
        return
    with pictures(desktop) as shown:
        ask = AskAtTerminal(
            console,
            desktop=desktop,
            pictures=shown,
            always=policy.name == "always",
            timeout_s=timeout_s,
            while_asking=while_asking,
        )
        yield ask if policy.rules is None else _ByRules(policy.rules, desktop, ask)


class _ByRules:
    """Approves by a file of rules, and asks a person where they say so.

    Attributes:
        asked_by: who gave the last answer: the `rules`, a `person`, or `None` if nobody did.
    """

    def __init__(self, rules: Rules, desktop: Desktop, ask: AskAtTerminal) -> None:
        self.asked_by: Asked | None = None
        self._rules = rules
        self._desktop = desktop
        self._ask = ask

    def __call__(self, context: BetaComputerConfirmContext) -> bool:
        """Whether a call is approved.

        Raises:
            ToolError: if not, in words for the model.
        """
        self.asked_by = None
        try:
            call = Call.read(context, self._desktop)
        except Refusal as refusal:
            raise ToolError(str(refusal)) from refusal
        judgement = self._rules.judge(call)
        if judgement.then == "ask":
            try:
                return self._ask.asked(call)
            finally:
                self.asked_by = self._ask.asked_by
        self.asked_by = "rules"
        if judgement.then == "allow":
            return True
        raise ToolError(f"not approved by {judgement.why}")
