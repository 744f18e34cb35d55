"""What the fixtures give to a test, and take back after it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING

import pytest

from trueclick.agent.desktop import Desktop, open_desktop
from trueclick.agent.qa import Baselines, Screen, TextReader
from trueclick.agent.secret import NO_SECRETS, Secrets
from trueclick.capture import CaptureError, VirtualDisplay
from trueclick.geometry import TrueclickError, UsageError

from .applications import Applications
from .displays import Displays, display_of_one_test
from .state import beside, state_of

if TYPE_CHECKING:
    from anthropic import Anthropic

    from trueclick.agent.qa import Agent

_LOCAL = "local"


@contextlib.contextmanager
def display(item: pytest.Item, displays: Displays) -> Generator[VirtualDisplay]:
    """A display for a test: of its own, or one that others have, too.

    That it died fails the test, unless the test has failed already; what was left on a shared one
    is told.
    """
    state = state_of(item)
    size, left = state.settings.size, list[str]()
    shares = state.settings.sharing == "session"
    with contextlib.ExitStack() as stack:
        opened = displays.shared(size, left) if shares else display_of_one_test(size)
        try:
            state.display = stack.enter_context(opened)
        except TrueclickError as error:
            pytest.fail(f"no display for this test: {error}", pytrace=False)
        yield state.display
        state.display = None
        try:
            stack.close()
        except CaptureError as error:
            if not state.failed:  # it is told already
                pytest.fail(str(error), pytrace=False)
        state.notices += (f"left on the shared display: {what}" for what in left)


@contextlib.contextmanager
def desktop(item: pytest.Item, display: VirtualDisplay) -> Generator[Desktop]:
    """A display, opened for a test's model; the places where secrets are typed are painted over."""
    state = state_of(item)
    names = state.settings.secrets
    for name in names:
        if not os.environ.get(name):
            pytest.fail(
                f"trueclick: the secret {name} is missing: set the environment variable {name}",
                pytrace=False,
            )
    with contextlib.ExitStack() as stack:
        try:
            opened = stack.enter_context(
                open_desktop(
                    display.name,
                    model=state.settings.model,
                    secrets=Secrets.read(names, os.environ) if names else NO_SECRETS,
                    mask_secrets=bool(names),
                )
            )
        except TrueclickError as error:
            pytest.fail(f"the display cannot be opened: {error}", pytrace=False)
        state.desktop = opened
        yield opened
        state.desktop = None
        try:
            stack.close()
        except CaptureError as error:  # it hangs
            if not state.failed:
                state.failed = True  # the display itself has nothing to add
                pytest.fail(str(error), pytrace=False)


@contextlib.contextmanager
def applications(item: pytest.Item, display: VirtualDisplay) -> Generator[Applications]:
    """What starts a test's programs, and ends them."""
    state = state_of(item)
    state.applications = started = Applications(display)
    try:
        yield started
    finally:
        state.applications = None
        started.end_all()


def reader() -> TextReader:
    """What reads the screen for all tests of a worker."""
    return TextReader(_threads())


def screen(item: pytest.Item, desktop: Desktop, reader: TextReader) -> Screen:
    """A display as a test of it looks at it."""
    state = state_of(item)
    state.desktop = desktop  # of a fixture of the user's own, perhaps
    baselines = Baselines(
        beside(item, "baselines"),
        update=bool(item.config.getoption("trueclick_update_baselines")),
        say=state.notices.append,
    )
    return Screen(desktop, baselines=baselines, reader=reader, artifacts=state.artifacts())


def agent(item: pytest.Item, desktop: Desktop, applications: Applications) -> Agent:
    """A model that works with a test's program; its client is made when it is first asked."""
    from trueclick.agent.qa import Agent  # noqa: PLC0415 - takes a second

    state = state_of(item)
    state.desktop = desktop
    model = state.settings.model
    try:
        return Agent(
            desktop,
            client=partial(_client, model),
            model=model,
            recordings=beside(item, "recordings"),
            name=item.nodeid.partition("::")[2],
            application=applications.tested,
            artifacts=state.artifacts(),
            update=bool(item.config.getoption("trueclick_update_recordings")),
            offline=state.settings.offline,
            say=state.notices.append,
        )
    except UsageError as error:
        pytest.fail(f"trueclick: {error}", pytrace=False)


def _client(model: str) -> Anthropic:
    if model == _LOCAL:
        from trueclick.agent.local import local_client  # noqa: PLC0415 - an extra

        return local_client(_threads())
    from trueclick.agent.platforms import make_client  # noqa: PLC0415 - takes a second

    try:
        return make_client("anthropic")
    except UsageError as error:  # in the words of a command that has other options
        raise UsageError(str(error).replace("--model", "--trueclick-model")) from None


def _threads() -> int | None:
    """How many threads read a screen: one where other workers of pytest-xdist want the cores."""
    return 1 if int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) > 1 else None
