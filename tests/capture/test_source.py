"""One open display: fresh pixels, shared between threads, and an end to every wait."""

import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trueclick.capture import CaptureError, Display, DisplayChanged, Screenshot, Source, displays
from trueclick.capture import source as source_module
from trueclick.capture.x11.connection import connect, root_window
from trueclick.capture.x11.screen import X11Screen
from trueclick.geometry import Box, Image, Screen, Size, UsageError

from ..recorder import recorder
from .painter import Painter, painter
from .servers import set_monitors, xvfb

WHOLE = Box[Screen](0, 0, 640, 480)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with xvfb() as (name, _):
        yield name


@pytest.fixture(scope="module")
def painted(server: str) -> Iterator[Painter]:
    with painter(server) as opened:
        yield opened


@pytest.fixture
def source(server: str, painted: Painter) -> Iterator[Source]:
    painted.fill(WHOLE, 0x808080)
    with Source(server) as opened:
        yield opened


def colours(shot: Screenshot) -> set[int]:
    """The colours in a picture, as 0xRRGGBB."""
    words = np.ascontiguousarray(shot.pixels).view(np.uint32)
    return {int(word) & 0xFFFFFF for word in np.unique(words)}


def test_a_picture_shows_the_screen_as_it_is_now(source: Source, painted: Painter) -> None:
    for colour in (0xFF0000, 0x00FF00, 0x0000FF, 0x123456):
        painted.fill(WHOLE, colour)
        assert colours(source.grab()) == {colour}


def test_a_picture_stays_what_it_was_when_later_ones_are_taken(
    source: Source, painted: Painter
) -> None:
    kept = []
    for colour in range(10):
        painted.fill(WHOLE, colour)
        kept.append(source.grab())
    assert [colours(shot) for shot in kept] == [{colour} for colour in range(10)]


def test_a_part_of_a_picture_keeps_the_whole_alive(source: Source, painted: Painter) -> None:
    part = source.grab().pixels[10:20, 10:20]
    painted.fill(WHOLE, 0x111111)
    for _ in range(5):
        source.grab()
    assert colours(Screenshot(part)) == {0x808080}


def test_a_picture_outlives_its_source(server: str, source: Source) -> None:
    with Source(server) as other:
        shot = other.grab()
    gc.collect()
    assert colours(shot) == {0x808080}


def test_memory_is_used_again(source: Source) -> None:
    places = {source.grab().pixels.ctypes.data for _ in range(50)}
    assert len(places) <= 2


def test_a_region_is_the_same_part_of_the_whole(source: Source, painted: Painter) -> None:
    painted.fill(Box(100, 50, 300, 60), 0xABCDEF)
    region = Box[Image](90, 40, 310, 333)
    whole = source.grab().pixels[region.y0 : region.y1, region.x0 : region.x1]
    assert np.array_equal(source.grab(region).pixels[..., :3], whole[..., :3])


@pytest.mark.parametrize(
    "region", [(0, 0, 641, 480), (-1, 0, 10, 10), (640, 0, 641, 1), (0, 480, 1, 481)]
)
def test_a_region_outside_is_refused(source: Source, region: tuple[int, int, int, int]) -> None:
    with pytest.raises(UsageError, match="is not inside the 640x480 display"):
        source.grab(Box(*region))


def test_threads_share_one_source(source: Source, painted: Painter) -> None:
    painted.fill(Box(0, 0, 320, 480), 0x222222)
    left, right = Box[Image](0, 0, 320, 480), Box[Image](320, 0, 640, 480)
    wrong: list[object] = []

    def look(region: Box[Image], colour: int) -> None:
        for _ in range(25):
            seen = colours(source.grab(region))
            if seen != {colour}:
                wrong.append(seen)

    threads = [
        threading.Thread(target=look, args=each)
        for each in [(left, 0x222222), (right, 0x808080)] * 10
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_closed_source_says_so(server: str) -> None:
    source = Source(server)
    source.close()
    source.close()
    with pytest.raises(UsageError, match=f"the display {server} was closed here"):
        source.grab()


def test_a_source_that_nobody_closes_ends_its_thread(server: str) -> None:
    source = Source(server)
    threads = {each for each in threading.enumerate() if each.name == f"the display {server}"}
    del source
    gc.collect()
    deadline = time.monotonic() + 5
    while len(threads & set(threading.enumerate())) == len(threads):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_pointer_is_drawn_in_when_asked_for(server: str, source: Source) -> None:
    with connect(server) as connection:
        root = root_window(connection)
        # Xvfb's own pointer over a bare root is an X of black and white.
        connection.core.WarpPointer(0, root, 0, 0, 0, 0, 200, 100)
        connection.core.GetInputFocus().reply()
    with Source(server, pointer=True) as with_pointer:
        seen = with_pointer.grab()
        assert colours(source.grab()) == {0x808080}
        assert colours(seen) > {0x808080}
        around = Box[Image](180, 80, 220, 120)
        assert colours(with_pointer.grab(around)) == colours(seen)
        elsewhere = Box[Image](0, 0, 100, 60)
        assert colours(with_pointer.grab(elsewhere)) == {0x808080}


@pytest.mark.parametrize("corner", [(0, 0), (639, 0), (0, 479), (639, 479)])
def test_a_pointer_at_the_edge_is_drawn_as_far_as_it_is_seen(
    server: str, painted: Painter, corner: tuple[int, int]
) -> None:
    painted.fill(WHOLE, 0x808080)
    with connect(server) as connection:
        connection.core.WarpPointer(0, root_window(connection), 0, 0, 0, 0, *corner)
        connection.core.GetInputFocus().reply()
    with Source(server, pointer=True) as source:
        assert source.grab().size == Size(640, 480)


def test_what_was_drawn_on_is_told_without_a_look(source: Source, painted: Painter) -> None:
    assert source.touched() is None
    assert source.touched() == ()
    painted.fill(Box(100, 50, 110, 60), 0xFFFFFF)
    assert source.touched() == (Box(100, 50, 110, 60),)
    assert source.touched() == ()
    for x in range(0, 600, 8):
        painted.fill(Box(x, x % 7, x + 1, x % 7 + 1), 0xFFFFFF)
    assert len(source.touched() or ()) == 1


def test_the_programs_windows_are_told_without_menus(server: str, source: Source) -> None:
    alone = source.windows()
    assert alone is not None
    with painter(server):  # open as a menu is: without a word to the window manager
        assert source.windows() == alone
        with recorder(server) as opened:
            assert source.windows() == {**alone, opened.window: WHOLE}
    assert source.windows() == alone


@pytest.mark.parametrize("missing", ["MIT-SHM", "RANDR", "DAMAGE"], ids=str.lower)
def test_a_server_without_an_extension_is_captured_all_the_same(missing: str) -> None:
    with xvfb("-extension", missing) as (name, _), painter(name) as painted, Source(name) as source:
        assert source.display.box == WHOLE
        with contextlib.closing(X11Screen(name)) as screen:
            assert screen.shared == (missing != "MIT-SHM")
        painted.fill(Box(10, 20, 30, 40), 0x00FF00)
        assert colours(source.grab(Box(10, 20, 30, 40))) == {0x00FF00}
        assert colours(source.grab()) == {0x808080, 0x00FF00}
        assert source.touched() is None
        assert source.touched() == (None if missing == "DAMAGE" else ())


def test_a_server_that_refuses_our_memory_is_captured_through_the_network() -> None:
    with xvfb("-listen", "tcp") as (name, _), painter(name) as painted:
        painted.fill(Box(10, 20, 30, 40), 0x00FF00)
        with Source(f"127.0.0.1{name}") as source:
            assert colours(source.grab(Box(10, 20, 30, 40))) == {0x00FF00}
            assert colours(source.grab()) == {0x808080, 0x00FF00}
        with contextlib.closing(X11Screen(f"127.0.0.1{name}")) as screen:
            assert not screen.shared


def test_displays_are_opened_from_many_threads_of_a_new_process(server: str) -> None:
    code = (
        "import sys, threading\n"
        "from trueclick.capture import Source\n"
        "sizes = []\n"
        "work = lambda: sizes.append(str(Source(sys.argv[1]).image_size))\n"
        "threads = [threading.Thread(target=work) for _ in range(6)]\n"
        "[thread.start() for thread in threads]\n"
        "[thread.join() for thread in threads]\n"
        "print(*sizes)\n"
    )
    command = [sys.executable, "-c", code, server]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (" ".join(["640x480"] * 6) + "\n", "")


def test_a_kept_part_of_a_picture_holds_no_memory_for_the_rest(source: Source) -> None:
    parts = [source.grab(Box(5, 5, 15, 15)) for _ in range(30)]
    assert all(part.pixels.base is None for part in parts)


def test_a_depth_that_cannot_be_captured_is_named_with_its_remedy() -> None:
    with (
        xvfb(screen="320x200x16") as (name, _),
        pytest.raises(CaptureError, match=r"colour depth of 16 .* start the server with a depth"),
    ):
        Source(name)


def hang(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("broken", [hang, kill])
def test_a_server_that_hangs_or_dies_ends_in_an_error_within_2_s(broken: object) -> None:
    with xvfb() as (name, pid), Source(name) as source:
        broken(pid)  # type: ignore[operator]
        for use in (source.grab, source.check, source.touched):
            start = time.monotonic()
            with pytest.raises(CaptureError, match=r"has not answered for 1.8 s|went away"):
                use()
            assert time.monotonic() - start < 2.5  # 2 s, and half a second for a busy machine
        for reach in (Source, displays):
            start = time.monotonic()
            with pytest.raises(CaptureError, match=r"has not answered for 1.8 s|no X display"):
                reach(name)
            assert time.monotonic() - start < 2.5


def test_a_server_that_goes_on_after_a_pause_can_be_opened_anew() -> None:
    with xvfb() as (name, pid):
        with Source(name, patience_s=0.2) as source:
            hang(pid)
            with pytest.raises(CaptureError, match=r"has not answered for 0.2 s"):
                source.grab()
            os.kill(pid, signal.SIGCONT)
            with pytest.raises(CaptureError, match="has not answered"):  # it stays given up
                source.grab()
        with Source(name) as source:
            assert source.grab().size == Size(640, 480)


LEFT, RIGHT = Box[Screen](0, 0, 240, 480), Box[Screen](240, 100, 640, 400)


def test_several_monitors_are_several_displays() -> None:
    with xvfb() as (name, _), painter(name) as painted:
        set_monitors(name, LEFT, RIGHT)
        painted.fill(LEFT, 0x111111)
        painted.fill(RIGHT, 0x222222)
        first, second = displays(name)
        assert (first.box, first.primary, first.output) == (LEFT, True, "part-0")
        assert (second.box, second.primary, second.output) == (RIGHT, False, "part-1")
        for index, (box, colour) in enumerate([(LEFT, 0x111111), (RIGHT, 0x222222)]):
            with Source(name, index) as source:
                shot = source.grab()
                assert shot.size == Size(box.width, box.height)
                assert colours(shot) == {colour}


def test_drawing_on_another_monitor_is_not_told() -> None:
    with xvfb() as (name, _), painter(name) as painted:
        set_monitors(name, LEFT, RIGHT)
        with Source(name, 1) as source:
            source.touched()
            painted.fill(Box(0, 0, 100, 100), 0xFFFFFF)
            assert source.touched() == ()
            painted.fill(Box(235, 110, 250, 120), 0xFFFFFF)
            assert source.touched() == (Box(0, 10, 10, 20),)


def test_a_window_on_another_monitor_is_not_told() -> None:
    with xvfb() as (name, _), connect(name) as connection:
        set_monitors(name, Box(0, 0, 320, 480), Box(320, 0, 640, 480))
        core, window = connection.core, connection.generate_id()
        core.CreateWindow(0, window, root_window(connection), 400, 10, 50, 60, 0, 1, 0, 0, [])
        core.MapWindow(window)
        core.GetInputFocus().reply()
        with Source(name, 0) as left, Source(name, 1) as right:
            assert left.windows() == {}
            assert right.windows() == {window: Box(80, 10, 130, 70)}


def test_a_monitor_that_moves_or_goes_is_noticed_and_its_neighbour_is_not_hurt() -> None:
    with xvfb() as (name, _):
        set_monitors(name, LEFT, RIGHT)
        with Source(name, 0) as left, Source(name, 1) as right:
            moved = Box[Screen](240, 0, 640, 300)
            set_monitors(name, LEFT, moved)
            left.check()
            left.grab()
            for use in (right.grab, right.check):
                with pytest.raises(DisplayChanged) as caught:
                    use()
                assert (caught.value.before, caught.value.now) == (RIGHT, moved)
            assert str(caught.value) == (
                f"the display {name} part-1 was 400x300 at 240,100 and is 400x300 at 240,0: "
                "open it anew"
            )
            set_monitors(name, LEFT)
            with pytest.raises(DisplayChanged, match="was 400x300 at 240,100 and is gone"):
                right.grab(Box(0, 0, 10, 10))


class HighResolution:
    """A system whose pointer counts points of two by two pixels, as a Retina display does."""

    def __init__(self, factor: int = 2) -> None:
        self.factor = factor
        self.box = Box[Screen](-300, 20, -100, 120)
        self.truth = np.random.default_rng(7).integers(0, 256, (200, 400, 4), np.uint8)
        self.asked: list[Box[Screen]] = []

    def displays(self) -> tuple[Display, ...]:
        return (Display("", 0, self.box, primary=True, output=None),)

    def grab(self, box: Box[Screen]) -> tuple[tuple[Display, ...], object]:
        self.asked.append(box)
        x, y, factor = box.x0 - self.box.x0, box.y0 - self.box.y0, self.factor
        picture = self.truth[:: 3 - factor, :: 3 - factor]
        return self.displays(), picture[
            y * factor : (y + box.height) * factor, x * factor : (x + box.width) * factor
        ]

    def drawn_on(self) -> tuple[Box[Screen], ...]:
        return (Box(-300, 20, -290, 30),)

    def pointer(self) -> None:
        return None

    def close(self) -> None:
        pass


@pytest.fixture
def retina(monkeypatch: pytest.MonkeyPatch) -> HighResolution:
    system = HighResolution()
    monkeypatch.setattr(source_module, "_open", lambda _: system)
    monkeypatch.setattr(source_module, "_server_name", lambda _: "")
    return system


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_region_is_exact_where_points_are_not_pixels(
    retina: HighResolution, data: st.DataObject
) -> None:
    x0, y0 = data.draw(st.integers(0, 399)), data.draw(st.integers(0, 199))
    x1, y1 = data.draw(st.integers(x0 + 1, 400)), data.draw(st.integers(y0 + 1, 200))
    with Source() as source:
        assert source.image_size == Size(400, 200)
        shot = source.grab(Box(x0, y0, x1, y1))
        assert np.array_equal(shot.pixels, retina.truth[y0:y1, x0:x1])
        assert source.touched() == (Box(0, 0, 20, 20),)
        assert retina.asked[-1].area <= (x1 - x0 + 2) * (y1 - y0 + 2) / 4 + 1


def test_a_moved_scale_is_a_changed_display(retina: HighResolution) -> None:
    with Source() as source:
        retina.factor = 1
        for region in (None, Box[Image](3, 3, 50, 50)):
            with pytest.raises(DisplayChanged, match="has another resolution"):
                source.grab(region)
