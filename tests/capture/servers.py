"""Bare X servers with options that a `VirtualDisplay` does not take, and what becomes of them."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Generator

import pytest

from trueclick.capture.x11.connection import connect, library, root_window
from trueclick.geometry import Box, Screen


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


def set_monitors(name: str, *boxes: Box[Screen]) -> None:
    """Divide the screen into monitors, the first of them primary; the ones before are gone."""
    xcffib_randr = library("xcffib.randr")
    with connect(name) as connection:
        randr, root = connection(xcffib_randr.key), root_window(connection)
        randr.QueryVersion(1, 5).reply()
        output = randr.GetScreenResources(root).reply().outputs[0]
        for old in randr.GetMonitors(root, True).reply().monitors:
            if not old.automatic:
                randr.DeleteMonitor(root, old.name)
        for number, box in enumerate(boxes):
            text = f"part-{number}"
            atom = connection.core.InternAtom(False, len(text), text).reply().atom
            monitor = xcffib_randr.MonitorInfo.synthetic(
                atom, number == 0, False, int(number == 0), box.x0, box.y0,
                box.width, box.height, box.width, box.height, [output] if number == 0 else [],
            )  # fmt: skip
            randr.SetMonitor(root, monitor)
        connection.core.GetInputFocus().reply()
