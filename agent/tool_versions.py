"""Which version of the computer tool a model is given: the newest that it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from anthropic.tools.computer import BetaComputerConfirmCallable

from trueclick.geometry import UsageError, find_model
from trueclick.geometry.requests import PLATFORMS, PlatformName

from .desktop import Desktop
from .events import CallEvent, ignore
from .older_tool import VERSIONS, OlderTool, VersionName
from .toolset import ComputerToolset

ComputerTool: TypeAlias = ComputerToolset | OlderTool
"""What the SDK's tool runner is given: `tools=[tool]` and `betas=list(tool.betas)`."""

TOOLSET = "computer_toolset_20260801"


def newest_version(model: str, platform: PlatformName = "anthropic") -> VersionName | None:
    """The newest older version that a model takes, or `None` if it takes the toolset.

    A platform without the toolset takes `computer_20251124` of every model that has the toolset
    elsewhere. Source: "Computer use tool", read on 2026-11-21.

    Raises:
        UsageError: if the model is unknown, or takes no version that is spoken here.
    """
    taken = find_model(model).computer_tools
    if TOOLSET in taken:
        return None if PLATFORMS[platform].toolset else "computer_20251124"
    for version in VERSIONS:
        if version in taken:
            return version
    raise UsageError(f"{model} takes no version of the computer tool that is known here")


def computer_tool(
    model: str,
    desktop: Desktop,
    *,
    confirm: BetaComputerConfirmCallable,
    on_call: Callable[[CallEvent], None] = ignore,
    platform: PlatformName = "anthropic",
) -> ComputerTool:
    """The computer tool on a desktop, in the newest version that a model takes.

    Args:
        model: the model's id.
        desktop: what it sees and acts on.
        confirm: asked before each call; only `True` approves.
        on_call: told of each call, as by `ComputerToolset`.
        platform: where the model is called.

    Raises:
        UsageError: if the model is unknown, or takes no version that is spoken here.
    """
    version = newest_version(model, platform)
    if version is None:
        return ComputerToolset(desktop, confirm=confirm, on_call=on_call)
    return OlderTool(desktop, version=version, confirm=confirm, on_call=on_call)
