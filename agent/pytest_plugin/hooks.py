"""Where pytest calls the plugin. Whatever no test asked for costs a look into a dictionary."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from .keys import STATE
from .options import add_marker, add_options, add_short_option


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the command line and of the project's configuration."""
    add_options(parser)


# The older form of a wrapper: whoever has an older pytest and never asks for a fixture of ours is
# not to notice that the plugin is there.
@pytest.hookimpl(hookwrapper=True)
def pytest_load_initial_conftests(parser: pytest.Parser) -> Generator[None]:
    """Add what gives way to the conftests' own options."""
    yield
    add_short_option(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and listen for what the workers tell."""
    add_marker(config)
    config.pluginmanager.register(Notices(), "trueclick-notices")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, None]:
    """Keep what shows a failure, and tell where it is."""
    state = item.stash.get(STATE, None)
    if state is None:
        yield
        return
    if call.excinfo is not None:
        state.redact(call.excinfo.value)
    whole = item.config.getoption("fulltrace", False) or item.config.getoption("usepdb", False)
    if call.excinfo is not None and not whole:
        from .tracebacks import end_at_the_test  # noqa: PLC0415

        end_at_the_test(call.excinfo)
    made = yield
    from .telling import tell_of_phase  # noqa: PLC0415 - there is a display, so it is imported

    error = call.excinfo.value if call.excinfo is not None else None
    keep = bool(item.config.getoption("trueclick_keep_artifacts"))
    tell_of_phase(state, error, made.get_result(), keep=keep)


class Notices:
    """What is told at the end of the session, by this process's tests and by its workers'."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what a test has to say."""
        self._lines += getattr(report, "trueclick_notices", ())

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say it all."""
        if self._lines:
            terminalreporter.section("trueclick")
            for line in self._lines:
                terminalreporter.write_line(line)
