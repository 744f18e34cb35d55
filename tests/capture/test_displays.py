"""Displays and screenshots, on real X servers."""

import os
import subprocess
import time
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from trueclick.capture import (
    CaptureError,
    Source,
    VirtualDisplay,
    application_environment,
    displays,
    encode,
    is_private,
)
from trueclick.geometry import Box, Point, Size, UsageError

from ..programs import own
from ..recorder import Recorder


def test_a_private_display_is_listed_with_its_size(display: VirtualDisplay) -> None:
    (only,) = displays(display.name)
    assert only.box == Box(0, 0, 1920, 1080)
    assert only.primary
    assert only.server == display.name


def test_without_a_display_the_error_says_what_to_do() -> None:
    with pytest.raises(CaptureError, match="no X display: DISPLAY is not set; start one"):
        displays()


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(CaptureError, match="no X display answers at ':4242'"):
        displays(":4242")


def test_a_monitor_that_is_not_there_is_refused(display: VirtualDisplay) -> None:
    with pytest.raises(UsageError, match="has 1 monitor, there is no number 3"):
        Source(display.name, 3)


def test_a_screenshot_holds_the_pixels_of_the_screen(
    bare_display: VirtualDisplay, window: Recorder
) -> None:
    del window
    with Source(bare_display.name) as source:
        shot = source.grab()
        assert shot.size == Size(1920, 1080)
        assert (shot.pixels[..., :3] == 0x80).all()
        part = source.grab(Box(10, 20, 110, 70))
        assert part.size == Size(100, 50)
        with pytest.raises(UsageError, match="not inside"):
            source.grab(Box(1900, 0, 1921, 5))


def test_the_png_is_exactly_of_the_size_asked_for(bare_display: VirtualDisplay) -> None:
    with Source(bare_display.name) as source:
        picture = Image.open(BytesIO(encode(source.grab(), Size(1456, 819))))
        assert picture.format == "PNG"
        assert picture.size == (1456, 819)
        assert picture.mode == "RGB"
        assert Image.open(BytesIO(encode(source.grab()))).size == (1920, 1080)


def test_a_virtual_display_leaves_nothing_behind(tmp_path: Path) -> None:
    before = own("Xvfb")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    with VirtualDisplay(Size(640, 480), environment=environment) as display:
        number = display.name.removeprefix(":")
        assert Path(f"/tmp/.X11-unix/X{number}").exists()
        assert is_private(display.name)
        started = own("Xvfb") - before
    assert started
    assert not own("Xvfb") & started
    assert not Path(f"/tmp/.X11-unix/X{number}").exists()
    assert not Path(f"/tmp/.X{number}-lock").exists()
    assert list(tmp_path.iterdir()) == []


def test_displays_started_at_once_do_not_clash() -> None:
    with VirtualDisplay(Size(300, 200)) as one, VirtualDisplay(Size(400, 300)) as two:
        assert one.name != two.name
        assert displays(two.name)[0].box.size == Size(400, 300)


def test_a_name_is_known_only_inside_of_the_context() -> None:
    display = VirtualDisplay(Size(300, 200))
    with pytest.raises(UsageError, match="only inside its `with` block"):
        _ = display.name


def test_a_missing_server_program_is_named_with_its_remedy(tmp_path: Path) -> None:
    with (
        pytest.raises(CaptureError, match="Xvfb is not installed: apt-get install xvfb"),
        VirtualDisplay(Size(300, 200), environment={"PATH": str(tmp_path)}),
    ):
        pass


def test_a_missing_window_manager_leaves_no_server_behind(tmp_path: Path) -> None:
    before = own("Xvfb")
    (tmp_path / "Xvfb").symlink_to("/usr/bin/Xvfb")
    environment = {"PATH": str(tmp_path)}
    with (
        pytest.raises(CaptureError, match="openbox is not installed: apt-get install openbox"),
        VirtualDisplay(Size(300, 200), environment=environment),
    ):
        pass
    assert own("Xvfb") <= before


def test_a_server_that_cannot_start_says_why() -> None:
    with (
        pytest.raises(CaptureError, match="Xvfb did not start at 32767x32767x24"),
        VirtualDisplay(Size(32767, 32767)),
    ):
        pass


def test_a_depth_that_cannot_be_captured_is_refused() -> None:
    with pytest.raises(UsageError, match="depth 30 cannot be captured"):
        VirtualDisplay(Size(300, 200), depth=30)


def test_a_size_beyond_x11_is_refused() -> None:
    with pytest.raises(UsageError, match="at most 32767 pixels"):
        VirtualDisplay(Size(40_000, 200))


def test_a_server_of_somebody_else_is_not_private() -> None:
    read_end, write_end = os.pipe()
    # A grandchild of ours, as a server would be that another program started.
    server = subprocess.Popen(
        ["sh", "-c", f"Xvfb -displayfd {write_end} -screen 0 300x200x24 & wait"],
        pass_fds=[write_end],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        os.close(write_end)
        name = f":{int(os.read(read_end, 16))}"
        assert displays(name)
        assert not is_private(name)
    finally:
        os.killpg(server.pid, 15)
        server.wait()
        os.close(read_end)
        time.sleep(0.1)


@pytest.mark.parametrize("name", ["", ":", ":x", "host:0", ":99999", ":0;ls"])
def test_what_cannot_be_found_out_is_not_private(name: str) -> None:
    assert not is_private(name)


def test_a_key_never_reaches_the_application() -> None:
    environment = application_environment(
        ":5", {"PATH": "/bin", "ANTHROPIC_API_KEY": "secret", "LC_ALL": "de_DE", "DISPLAY": ":0"}
    )
    assert environment == {
        "DISPLAY": ":5",
        "GDK_BACKEND": "x11",
        "LANG": "C.UTF-8",
        "LC_ALL": "de_DE",
        "PATH": "/bin",
        "QT_QPA_PLATFORM": "xcb",
    }


def test_the_users_own_desktop_is_out_of_the_applications_reach() -> None:
    # In XDG_RUNTIME_DIR lie the sockets of the Wayland display and of the session bus.
    real = {"XDG_RUNTIME_DIR": "/run/user/1", "WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}
    assert not set(application_environment(":5", real)) & {"XDG_RUNTIME_DIR", "WAYLAND_DISPLAY"}


def test_the_authority_of_a_display_reaches_programs_on_that_display_alone() -> None:
    environment = {"DISPLAY": ":0", "XAUTHORITY": "/home/ada/.Xauthority"}
    assert "XAUTHORITY" in application_environment(":0", environment)
    assert "XAUTHORITY" not in application_environment(":5", environment)


def test_a_dead_server_is_a_capture_error_not_a_crash() -> None:
    from trueclick.agent import open_desktop
    from trueclick.agent.actions import Click, LookAround

    before = own("Xvfb")

    def act_on_a_dead_server() -> None:
        with (
            VirtualDisplay(Size(300, 200), window_manager=False) as display,
            open_desktop(display.name) as desktop,
        ):
            desktop.perform(LookAround())
            (server,) = own("Xvfb") - before
            os.kill(server, 9)
            desktop.perform(Click("left", 1, Point(5, 5), ()))

    with pytest.raises(CaptureError, match=r"cannot be captured|went away"):
        act_on_a_dead_server()
