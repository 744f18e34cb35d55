"""X servers whose monitors come, go and change size as real ones do: Xorg with the dummy driver."""

from __future__ import annotations

import contextlib
import importlib
import os
import select
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest

from trueclick.capture.x11.connection import connect, root_window
from trueclick.geometry import Box, Screen, Size

randr: Any = importlib.import_module("xcffib.randr")

TWO = (Box[Screen](0, 0, 1280, 1024), Box[Screen](1280, 0, 2304, 768))
"""Two monitors side by side, of different sizes."""

_START_S = 15
_BLANKING = 32
_REFRESH_HZ = 60
_PACKAGES = "apt-get install xserver-xorg-core xserver-xorg-video-dummy"

# What runs without a setuid wrapper, which would want a console.
_XORG = ("/usr/lib/xorg/Xorg", "/usr/lib/Xorg", "/usr/libexec/Xorg")
_DRIVERS = "/usr/lib*/**/xorg/modules/drivers/dummy_drv.so"

_CONFIGURATION = """
Section "Device"
    Identifier "dummy"
    Driver "dummy"
    VideoRam 256000
EndSection
Section "Monitor"
    Identifier "any"
    HorizSync 1.0-1000.0
    VertRefresh 1.0-300.0
EndSection
Section "Screen"
    Identifier "screen"
    Device "dummy"
    Monitor "any"
    DefaultDepth 24
    SubSection "Display"
        Depth 24
        Virtual 8192 4096
    EndSubSection
EndSection
Section "ServerFlags"
    Option "AutoAddDevices" "false"
    Option "AutoAddGPU" "false"
EndSection
"""


@contextlib.contextmanager
def dummy_xorg(boxes: Sequence[Box[Screen]] = TWO, *, primary: int = 0) -> Generator[str]:
    """An Xorg with one output a box, `DUMMY0`, `DUMMY1` and so on; its name, such as `":9"`."""
    program = next((path for path in _XORG if Path(path).exists()), shutil.which("Xorg"))
    if program is None or not any(Path("/").glob(_DRIVERS[1:])):
        pytest.skip(f"Xorg or its dummy driver is not installed: {_PACKAGES}")
    with tempfile.TemporaryDirectory(prefix="trueclick-xorg-") as folder:
        configuration, log = Path(folder) / "xorg.conf", Path(folder) / "log"
        configuration.write_text(_CONFIGURATION)
        read_end, write_end = os.pipe()
        server = subprocess.Popen(
            [
                *(program, "-displayfd", str(write_end), "-config", str(configuration)),
                *("-logfile", str(log), "-noreset", "-nolisten", "tcp", "-novtswitch"),
                "-sharevts",
            ],
            pass_fds=[write_end],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(write_end)
        try:
            with os.fdopen(read_end, "rb", buffering=0) as told:
                ready, _, _ = select.select([told], [], [], _START_S)
                number = told.readline().strip() if ready else b""
            if not number:
                errors = [line for line in log.read_text().splitlines() if "(EE)" in line]
                pytest.fail(f"Xorg did not start: {' '.join(errors)}")
            name = f":{int(number)}"
            arrange(name, boxes, primary=primary)
            yield name
        finally:
            server.terminate()
            try:
                server.wait(5)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def arrange(name: str, boxes: Sequence[Box[Screen]], *, primary: int = 0) -> None:
    """Give each of a server's outputs its place in turn, and switch off those that are left."""
    with connect(name) as connection:
        extension, root = connection(randr.key), root_window(connection)
        extension.QueryVersion(1, 5).reply()
        resources = extension.GetScreenResources(root).reply()
        outputs, crtcs = list(resources.outputs), list(resources.crtcs)
        if len(boxes) > min(len(outputs), len(crtcs)):
            pytest.fail(f"{name} has {len(outputs)} outputs, not {len(boxes)}")

        width, height = max(box.x1 for box in boxes), max(box.y1 for box in boxes)
        largest = extension.GetScreenSizeRange(root).reply()
        if width > largest.max_width or height > largest.max_height:
            pytest.fail(f"{name} is at most {largest.max_width}x{largest.max_height}")

        def configure(crtc: int, x: int, y: int, mode: int, lit: list[int]) -> None:
            answer = extension.SetCrtcConfig(
                crtc, 0, 0, x, y, mode, randr.Rotation.Rotate_0, len(lit), lit
            ).reply()
            assert answer.status == randr.SetConfig.Success, (name, boxes)

        connection.core.GrabServer()  # nobody sees what is in between
        for crtc in crtcs:
            configure(crtc, 0, 0, 0, [])
        extension.SetScreenSize(root, width, height, width, height, is_checked=True).check()
        for box, output, crtc in zip(boxes, outputs, crtcs, strict=False):
            mode = _mode(extension, root, Size(box.width, box.height))
            extension.AddOutputMode(output, mode, is_checked=True).check()
            configure(crtc, box.x0, box.y0, mode, [output])
        extension.SetOutputPrimary(root, outputs[primary], is_checked=True).check()
        connection.core.UngrabServer()
        connection.core.GetInputFocus().reply()


def resize(name: str, size: Size[Screen]) -> None:
    """Give a running server one monitor of this size; Xvfb can only become smaller than it was."""
    arrange(name, [Box[Screen].from_xywh(0, 0, size.width, size.height)])


def _mode(extension: Any, root: int, size: Size[Screen]) -> int:
    """The number of a mode of this size, made if there is none."""
    for mode in extension.GetScreenResources(root).reply().modes:
        if (mode.width, mode.height) == (size.width, size.height):
            return int(mode.id)
    total = (size.width + _BLANKING, size.height + _BLANKING)
    text = str(size)
    wanted = randr.ModeInfo.synthetic(
        *(0, size.width, size.height, total[0] * total[1] * _REFRESH_HZ),
        *(size.width + 1, size.width + 2, total[0], 0),
        *(size.height + 1, size.height + 2, total[1]),
        *(len(text), 0),
    )
    return int(extension.CreateMode(root, wanted, len(text), text).reply().mode)
