"""The monitors of an X server and their pixels, through memory that is shared with it (MIT-SHM).

`mss` copies each picture into fresh memory, which at 4K costs several times the picture itself. It
takes the pictures where the server cannot share memory with us: on another machine, in another
container.
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
from mss import MSS, ScreenShotError
from numpy.typing import NDArray

from trueclick.geometry import Box, Screen

from ..display import Display
from ..errors import CaptureError
from .connection import Connection, answering, connect, extension, library, root_window
from .shared_memory import Pool, Segment
from .windows import program_windows

_ALL_PLANES = 0xFFFFFFFF
_Z_PIXMAP = 2
_LSB_FIRST = 0
_BYTES_A_PIXEL = 4

_SPARE = 3
"""Segments kept for the next pictures: one is compared, one is encoded, one is being taken."""

_MANY = 64
"""Rectangles of drawing above which their common box will do."""


class X11Screen:
    """An X server. Used by one thread at a time.

    Args:
        server: its name, such as `":99"`.

    Attributes:
        shared: whether it writes its pictures into our memory.

    Raises:
        CaptureError: if no server answers there, or its pixels are not of a kind that we know.
    """

    def __init__(self, server: str) -> None:
        self.server = server
        with contextlib.ExitStack() as stack:
            self._connection = stack.enter_context(connect(server))
            self._root = root_window(self._connection)
            _check_pixels(self._connection, server)
            self._randr = extension(self._connection, "randr")
            if self._randr is not None:
                self._randr.QueryVersion(1, 5).reply()
            self._fixes = extension(self._connection, "xfixes")
            if self._fixes is not None:
                self._fixes.QueryVersion(5, 0).reply()
            self._names: dict[int, str] = {}
            self._drawing: _Drawing | None = None
            self._shm = extension(self._connection, "shm")
            self._pool = Pool(self._bytes_of_root())
            self.shared = self._shm is not None and self._is_memory_shared()
            if not self.shared:
                self._mss = stack.enter_context(contextlib.closing(_mss(server)))
            self._open = stack.pop_all()

    def displays(self) -> tuple[Display, ...]:
        """The server's monitors; the whole screen where it does not tell any."""
        with answering(self.server):
            return self._listed(self._ask_for_monitors())

    def grab(self, box: Box[Screen]) -> tuple[tuple[Display, ...], NDArray[np.uint8] | None]:
        """The monitors, and a box's pixels in the same breath.

        `None` for the pixels if the box is not on the screen, which happens when it has shrunk.
        """
        with answering(self.server):
            if not self.shared:
                pixels = self._copied(box)
                return self._listed(self._ask_for_monitors()), pixels
            segment = self._take()
            pixels = self._pool.array(segment, box.width, box.height)
            # In this order: a picture taken with another layout is told by the layout after it.
            picture, asked = self._ask_for_pixels(box, segment), self._ask_for_monitors()
            try:
                picture.reply()
            except library("xcffib.xproto").MatchError:
                return self._listed(asked), None
            return self._listed(asked), pixels

    def drawn_on(self) -> tuple[Box[Screen], ...] | None:
        """Where something was drawn since the last call; `None` if the server does not tell.

        Drawing what was there already counts, and of the first call nothing is known.
        """
        with answering(self.server):
            if self._drawing is None:
                self._drawing = _Drawing(self._connection, self._root)
                self._drawing.since_last()
                return None
            return self._drawing.since_last()

    def pointer(self) -> tuple[Box[Screen], NDArray[np.uint8]] | None:
        """Where the pointer's picture lies, and its pixels: blue, green, red times alpha, alpha."""
        if self._fixes is None:
            return None
        with answering(self.server):
            picture = self._fixes.GetCursorImage().reply()
        if not picture.width or not picture.height:
            return None
        left, top = picture.x - picture.xhot, picture.y - picture.yhot
        box = Box[Screen].from_xywh(left, top, picture.width, picture.height)
        pixels = np.array(list(picture.cursor_image), np.uint32).view(np.uint8)
        return box, pixels.reshape(picture.height, picture.width, 4)

    def windows(self) -> dict[int, Box[Screen]]:
        """The windows that programs have opened and where they lie, without menus and tooltips."""
        with answering(self.server):
            return program_windows(self._connection)

    def close(self) -> None:
        """Let go of the server; pictures that were taken stay what they are."""
        with contextlib.suppress(CaptureError):  # a dead server has let go already
            self._open.close()

    def _ask_for_pixels(self, box: Box[Screen], segment: Segment) -> Any:
        """A request on its way."""
        return self._shm.GetImage(
            self._root, box.x0, box.y0, box.width, box.height,
            _ALL_PLANES, _Z_PIXMAP, segment.server_id, 0,
        )  # fmt: skip

    def _ask_for_monitors(self) -> Any:
        """A request on its way."""
        if self._randr is None:
            return self._connection.core.GetGeometry(self._root)
        return self._randr.GetMonitors(self._root, True)

    def _listed(self, asked: Any) -> tuple[Display, ...]:
        reply = asked.reply()
        if self._randr is None or not len(reply.monitors):
            root = self._connection.core.GetGeometry(self._root).reply()
            whole = Box[Screen].from_xywh(0, 0, root.width, root.height)
            return (Display(self.server, 0, whole, primary=True, output=None),)
        monitors = list(reply.monitors)
        primary = next((i for i, monitor in enumerate(monitors) if monitor.primary), 0)
        return tuple(
            Display(
                server=self.server,
                index=index,
                box=Box[Screen].from_xywh(monitor.x, monitor.y, monitor.width, monitor.height),
                primary=index == primary,
                output=self._name(monitor.name),
            )
            for index, monitor in enumerate(monitors)
        )

    def _name(self, atom: int) -> str:
        if atom not in self._names:
            name = self._connection.core.GetAtomName(atom).reply().name
            self._names[atom] = bytes(name.raw).decode("utf-8", "replace")
        return self._names[atom]

    def _bytes_of_root(self) -> int:
        root = self._connection.core.GetGeometry(self._root).reply()
        return int(root.width) * int(root.height) * _BYTES_A_PIXEL

    def _take(self) -> Segment:
        """A free segment that the server knows, of the size of its screen when it was opened."""
        self._detach(self._pool.surplus(_SPARE))
        try:
            segment = self._pool.take()
        except OSError as error:
            raise CaptureError(
                f"no shared memory for a picture of {self.server}: {error.strerror}; keep fewer "
                "pictures, or allow more (sysctl kernel.shmmax, kernel.shmall, kernel.shmmni)"
            ) from error
        if not segment.server_id:
            segment.server_id = self._connection.generate_id()
            self._shm.Attach(segment.server_id, segment.number, False, is_checked=True).check()
        return segment

    def _detach(self, segments: list[Segment]) -> None:
        for segment in segments:
            self._shm.Detach(segment.server_id)

    def _is_memory_shared(self) -> bool:
        """Have the server write one pixel over two values in turn: one of them must change.

        A server in another container may find a segment of its own under our segment's number.
        """
        try:
            segment = self._take()
            pixel = self._pool.array(segment, 1, 1).view(np.uint32)
            for before in (0x00000000, 0xFFFFFFFF):
                pixel[:] = before
                self._ask_for_pixels(Box[Screen](0, 0, 1, 1), segment).reply()
                if pixel[0, 0, 0] != before:
                    return True
        except (library("xcffib").Error, CaptureError):
            pass  # it refused our memory, or there is none
        return False

    def _copied(self, box: Box[Screen]) -> NDArray[np.uint8] | None:
        try:
            shot = self._mss.grab((box.x0, box.y0, box.x1, box.y1))
        except ScreenShotError:
            return None
        return np.frombuffer(shot.raw, np.uint8).reshape(shot.height, shot.width, 4)


class _Drawing:
    """What was drawn on the screen, as the DAMAGE extension tells it.

    The server collects rectangles until it is asked, so a video costs no flood of events.
    """

    def __init__(self, connection: Connection, root: int) -> None:
        self._connection = connection
        self._fixes: Any = extension(connection, "xfixes")
        self._damage: Any = extension(connection, "damage")
        self._works = None not in (self._fixes, self._damage)
        if not self._works:
            return
        self._fixes.QueryVersion(5, 0).reply()
        self._damage.QueryVersion(1, 1).reply()
        self._id, self._region = connection.generate_id(), connection.generate_id()
        level = library("xcffib.damage").ReportLevel.NonEmpty
        self._damage.Create(self._id, root, level)
        self._fixes.CreateRegion(self._region, 0, [])

    def since_last(self) -> tuple[Box[Screen], ...] | None:
        """Rectangles that cover all that was drawn since the last call."""
        if not self._works:
            return None
        self._damage.Subtract(self._id, 0, self._region)
        region = self._fixes.FetchRegion(self._region).reply()
        while self._connection.poll_for_event() is not None:
            pass  # the news that there is something to ask for, which was just asked for
        rectangles = list(region.rectangles)
        if len(rectangles) > _MANY:
            rectangles = [region.extents]
        return tuple(
            Box[Screen].from_xywh(each.x, each.y, each.width, each.height)
            for each in rectangles
            if each.width and each.height
        )


def _check_pixels(connection: Connection, server: str) -> None:
    """Refuse a server whose pixels are not four bytes: blue, green, red, nothing."""
    setup = connection.get_setup()
    screen = setup.roots[connection.pref_screen]
    depth = screen.root_depth
    bits = {kind.depth: kind.bits_per_pixel for kind in setup.pixmap_formats}.get(depth)
    visuals = [visual for kind in screen.allowed_depths for visual in kind.visuals]
    masks = {
        (visual.red_mask, visual.green_mask, visual.blue_mask)
        for visual in visuals
        if visual.visual_id == screen.root_visual
    }
    if (
        bits != _BYTES_A_PIXEL * 8
        or masks != {(0xFF0000, 0xFF00, 0xFF)}
        or setup.image_byte_order != _LSB_FIRST
    ):
        raise CaptureError(
            f"the display {server} has a colour depth of {depth} that cannot be captured: start "
            "the server with a depth of 24 (Xvfb :N -screen 0 1920x1080x24)"
        )


def _mss(server: str) -> MSS:
    try:
        return MSS(display=server)
    except ScreenShotError as error:
        reason = " ".join(str(error).split())
        raise CaptureError(f"the display {server} cannot be captured: {reason}") from error
