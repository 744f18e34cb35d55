"""Which calls are asked for: `ask`, `always`, `never`, or a file of rules."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from rich.console import Console

from trueclick.geometry import UsageError

from .terminal import AskAtTerminal, approve_all

if TYPE_CHECKING:
    from anthropic.tools.computer import BetaComputerConfirmContext

    from ..desktop import Desktop

Approver: TypeAlias = "Callable[[BetaComputerConfirmContext], bool]"
"""Asked before each call; only `True` approves."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Which calls are asked for.

    Attributes:
        name: `ask`: those that act; `always`: every one; `never`: none; `rules`: as they say.
    """

    name: Literal["ask", "always", "never", "rules"]


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
    name = given or ("never" if private else "ask")
    if name == "never" and not (private or unattended):
        raise UsageError("--confirm never outside of a private display needs --unattended as well")
    if name in ("ask", "always", "never"):
        return Policy(name)  # type: ignore[arg-type]
    raise UsageError(f"--confirm {str(given)!r} is none of ask, always, never, and no file")


@contextlib.contextmanager
def approver(
    policy: Policy | str | Path | None,
    desktop: Desktop,
    *,
    console: Console | None = None,
    unattended: bool = False,
    while_asking: Callable[[], AbstractContextManager[object]] = contextlib.nullcontext,
) -> Generator[Approver]:
    """Who approves calls on a desktop by a policy; inside of the block pictures can be looked at.

    Args:
        policy: from `read_policy`, or what it takes.
        desktop: where the calls land.
        console: where questions are asked; the terminal by default.
        unattended: as for `read_policy`.
        while_asking: entered while a person is asked: whoever else reads the terminal or draws on
            it stops for so long.

    Raises:
        UsageError: as `read_policy`.
    """
    if not isinstance(policy, Policy):
        policy = read_policy(policy, private=desktop.private, unattended=unattended)
    del while_asking
    yield approve_all if policy.name == "never" else AskAtTerminal(console)
