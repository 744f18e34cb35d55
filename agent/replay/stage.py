"""Where a replay happens: a display, the application on it, and what acts there."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from trueclick.capture import CaptureError, Display, Screenshot, Source, VirtualDisplay
from trueclick.capture.worker import go_on
from trueclick.geometry import Box, Image, ResolutionLimits, Size, UsageError

from ..desktop import PATIENCE_S, Desktop, open_desktop
from ..launch import Application, application
from ..secret import NO_SECRETS, Secrets
from ..stop import StopSwitch

UNSCALED = ResolutionLimits(max_edge=1 << 20, max_tokens=1 << 40)
"""Limits within which every display is shown pixel for pixel, so that points are rounded once."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How a stage is set.

    Attributes:
        command: the application and its arguments; none: no application.
        size: of the display, or `None` for the recorded one.
        secrets: what is typed by name.
        mask_secrets: whether places of secrets are painted over.
        stop: what halts all that is done.
        env: environment variables of the application beside the harmless ones.
    """

    command: tuple[str, ...] = ()
    size: Size[Any] | None = None
    secrets: Secrets = NO_SECRETS
    mask_secrets: bool = False
    stop: StopSwitch | None = None
    env: Mapping[str, str] | None = None


class Stage:
    """A display with an application, as long as its context lasts.

    Attributes:
        server: the display's name.
        application: what was started on it, or `None`.
        desktop: acts on it; its model sees it unscaled.
    """

    def __init__(
        self, server: str, application: Application | None, desktop: Desktop, source: Source
    ) -> None:
        self.server = server
        self.application = application
        self.desktop = desktop
        # What had ended by the time that a window was there was a launcher.
        self._handed_over = application is not None and application.exit_status is not None
        self._source = source

    def glance(self) -> Screenshot:
        """The screen as it is now, with masks painted over.

        Raises:
            CaptureError: if the display is gone.
        """
        return self.desktop.glance()

    def touched(self) -> bool:
        """Whether something may have been drawn since the last call.

        Raises:
            CaptureError: if the display is gone.
        """
        return self._source.touched() != ()

    def windows(self) -> tuple[Box[Image], ...] | None:
        """Where the programs' windows are, in the order in which they were opened.

        Raises:
            CaptureError: if the display is gone.
        """
        windows = self._source.windows()
        return None if windows is None else tuple(windows.values())

    @property
    def ended(self) -> int | None:
        """The status with which the application has ended, or `None`."""
        if self.application is None or self._handed_over:
            return None
        return self.application.exit_status


class Theatre(Protocol):
    """Sets stages; the last one can outlive its desktop."""

    @property
    def stage(self) -> Stage | None:
        """The last one, as long as its desktop is open."""
        ...

    def set(self, size: Size[Any]) -> Stage:
        """A new stage, in place of the one before.

        Args:
            size: of the recorded display.

        Raises:
            ApplicationError: if the application cannot be started, or shows no window.
            CaptureError: if there is no such display, or it cannot be started.
            UsageError: if there is no further stage.
        """
        ...

    def leave(self) -> None:
        """Let everything up and close the desktop; the display and the application stay."""
        ...

    def clear(self) -> None:
        """End all that was begun here; of a display that is gone already nothing is said."""
        ...


class PrivateTheatre:
    """Sets one stage after the other, each on a private display of its own.

    Args:
        setting: how each is set.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._display = contextlib.ExitStack()
        self._desktop = contextlib.ExitStack()
        self.stage: Stage | None = None

    def set(self, size: Size[Any]) -> Stage:
        """A new stage, in place of the one before, with an application of its own."""
        self.clear()
        setting = self._setting
        display = VirtualDisplay(setting.size or size)
        server = self._display.enter_context(display).name
        app: Application | None = None
        if setting.command:
            app = self._display.enter_context(application(setting.command, server, env=setting.env))
        self.stage = _staged(self._desktop, server, 0, app, setting)
        return self.stage

    def leave(self) -> None:
        """Let everything up and close the desktop; the display and the application stay."""
        self.stage = None
        self._desktop.close()

    def clear(self) -> None:
        """End it all; of a display that is gone already nothing is said."""
        try:
            with contextlib.suppress(CaptureError):
                self.leave()
        finally:
            with contextlib.suppress(CaptureError):
                self._display.close()


class LiveTheatre:
    """Sets one stage, on a display that is there already and stays, with whatever is on it.

    Args:
        display: which.
        app: what runs there, whose end is a mismatch, or `None`.
        setting: how it is set; its command and its size mean nothing here.
    """

    def __init__(self, display: Display, app: Application | None, setting: Setting) -> None:
        self._display = display
        self._application = app
        self._setting = setting
        self._desktop = contextlib.ExitStack()
        self._was_set = False
        self.stage: Stage | None = None

    def set(self, size: Size[Any]) -> Stage:
        """The stage; of what was recorded on several displays only the first part has one."""
        del size  # the display has its own
        if self._was_set:
            raise UsageError(
                "what was recorded goes on on another display: it cannot be replayed on one that "
                "is there already"
            )
        self._was_set = True
        where = self._display
        self.stage = _staged(
            self._desktop, where.server, where.index, self._application, self._setting
        )
        return self.stage

    def leave(self) -> None:
        """Let everything up and close the desktop."""
        self.stage = None
        self._desktop.close()

    def clear(self) -> None:
        """The same; of a display that is gone already nothing is said."""
        with contextlib.suppress(CaptureError):
            self.leave()


def _staged(
    stack: contextlib.ExitStack,
    server: str,
    index: int,
    app: Application | None,
    setting: Setting,
) -> Stage:
    """A stage on a monitor of a server, whose desktop is closed with `stack`."""
    desktop = stack.enter_context(
        open_desktop(
            server,
            index=index,
            limits=UNSCALED,
            guard_batches=False,
            stop=setting.stop,
            secrets=setting.secrets,
            mask_secrets=setting.mask_secrets,
        )
    )
    asked = go_on if setting.stop is None else setting.stop.check
    watching = Source(server, index, patience_s=PATIENCE_S, while_waiting=asked)
    return Stage(server, app, desktop, stack.enter_context(watching))
