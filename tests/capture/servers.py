"""Bare X servers with options that a `VirtualDisplay` does not take."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Generator

import pytest


@contextlib.contextmanager
def xvfb(*options: str, screen: str = "640x480x24") -> Generator[tuple[str, int]]:
    """An Xvfb with these options; its name and process id."""
    program = shutil.which("Xvfb")
    if program is None:
        pytest.skip("Xvfb is not installed")
    read_end, write_end = os.pipe()
    command = [program, "-displayfd", str(write_end), "-screen", "0", screen, "-noreset"]
    server = subprocess.Popen(
        [*command, "-nolisten", "tcp", *options], pass_fds=[write_end], stderr=subprocess.DEVNULL
    )
    os.close(write_end)
    try:
        with os.fdopen(read_end) as told:
            yield f":{int(told.readline())}", server.pid
    finally:
        server.kill()
        server.wait()
