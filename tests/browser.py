"""Debian's Chromium with one page and nothing else that moves, speaks or asks."""

import shutil
from pathlib import Path

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")


def chromium(page: str, profile: Path, width: int, height: int) -> list[str]:
    """The command that shows the page at an address in a window without an address bar.

    Args:
        page: the address.
        profile: a folder of its own, which must not be there or be empty.
        width: of the window, which lies at the top left.
        height: of the window.
    """
    return [
        *(BROWSER or "chromium", f"--app={page}", f"--user-data-dir={profile}"),
        *("--no-sandbox", "--test-type", "--disable-gpu", "--no-first-run", "--disable-extensions"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
        *("--window-position=0,0", f"--window-size={width},{height}"),
    ]
