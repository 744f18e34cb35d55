"""Checks of what is installed, and of what the machine has: nothing is started."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from ..trace import new_folder
from .findings import Finding, failed, ok, warning

OLDEST_PYTHON = (3, 11)

_NEEDED = ("anthropic", "httpx2", "mss", "numpy", "Pillow", "rich")
_FAST = {"isal": "isal", "pybase64": "pybase64", "pyvips": "pyvips"}
"""Packages without which pictures are packed more slowly, by the name that they are imported by."""

_MB = 1_000_000
_LEAST_DISK = 100 * _MB
_GOOD_DISK = 2000 * _MB
"""A run of 300 steps leaves a trace of about 100 MB."""


def machine(environment: Mapping[str, str]) -> Iterator[Finding]:
    """What can be found without starting anything.

    Args:
        environment: the process's variables.
    """
    yield _python()
    yield _packages()
    if sys.platform == "linux":
        yield _programs(environment.get("PATH"))
    yield _session(environment)
    yield _disk(environment)


def _python() -> Finding:
    said = f"{platform.python_version()} on {platform.system()} ({platform.machine()})"
    if sys.version_info[:2] < OLDEST_PYTHON:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        return failed("python", said, f"install Python {oldest} or newer")
    return ok("python", said)


def _packages() -> Finding:
    wanted = (*_NEEDED, *(("xcffib",) if sys.platform == "linux" else ()))
    found: dict[str, str] = {}
    missing: list[str] = []
    for name in wanted:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        said = f"missing: {', '.join(missing)}"
        return failed("packages", said, f"pip install {' '.join(missing)}")
    said = ", ".join(f"{name} {number}" for name, number in found.items())
    slow = [package for package, module in _FAST.items() if find_spec(module) is None]
    if slow:
        missing_too = f"{said}; without {', '.join(slow)}"
        return warning(
            "packages", missing_too, f"for faster pictures: pip install {' '.join(slow)}"
        )
    return ok("packages", said)


def _programs(path: str | None) -> Finding:
    packages = {"Xvfb": "xvfb", "openbox": "openbox"}
    missing = [
        package for name, package in packages.items() if shutil.which(name, path=path) is None
    ]
    if missing:
        said = f"missing: {', '.join(missing)}"
        return failed("programs", said, f"apt-get install {' '.join(missing)}")
    return ok("programs", "Xvfb and openbox, for private displays")


def _session(environment: Mapping[str, str]) -> Finding:
    wayland = environment.get("WAYLAND_DISPLAY") or environment.get("XDG_SESSION_TYPE") == "wayland"
    if wayland:
        return warning(
            "session",
            "Wayland: programs that draw on it can be neither seen nor clicked through DISPLAY",
            "use private displays, or choose an X11 session when you log in",
        )
    return ok("session", "no Wayland")


def _disk(environment: Mapping[str, str]) -> Finding:
    folder = new_folder(environment, os.getpid(), time.time()).parent
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        return warning(
            "traces", f"{there} cannot be written to", "set XDG_STATE_HOME, or use --trace DIR"
        )
    free = shutil.disk_usage(there).free
    said = f"{free / 1000 / _MB:,.1f} GB free for {_home(folder)}"
    if free < _LEAST_DISK:
        return failed("traces", said, "make room, set XDG_STATE_HOME, or use --no-trace")
    if free < _GOOD_DISK:
        return warning("traces", said, "make room: a long run's trace takes some 100 MB")
    return ok("traces", said)


def _home(folder: Path) -> str:
    """A folder as people write it."""
    try:
        return str(Path("~") / folder.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(folder)
