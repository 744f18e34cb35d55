"""The pytest plugin: installed with the package, and idle until a test asks for a fixture of it."""

if __name__ != "trueclick.agent.pytest_plugin":
    raise ImportError(f"import trueclick.agent.pytest_plugin, not {__name__}")

from typing import TYPE_CHECKING

from .fixtures import agent, app, desktop, display, screen, shared_displays, shared_reader
from .hooks import (
    pytest_addoption,
    pytest_configure,
    pytest_load_initial_conftests,
    pytest_runtest_makereport,
)

if TYPE_CHECKING:
    from .applications import Applications

__all__ = [
    "Applications",
    "agent",
    "app",
    "desktop",
    "display",
    "pytest_addoption",
    "pytest_configure",
    "pytest_load_initial_conftests",
    "pytest_runtest_makereport",
    "screen",
    "shared_displays",
    "shared_reader",
]


def __getattr__(name: str) -> object:
    """Import a name's module when it is asked for: pytest loads this one for every project."""
    if name == "Applications":
        from .applications import Applications  # noqa: PLC0415

        return Applications
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
