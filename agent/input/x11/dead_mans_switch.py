"""What this process holds pressed on an X server comes up even if it is killed with SIGKILL.

Beside it runs a small process, the `releaser`, which shares the memory of the ledger and has a
connection of its own. It is a program in a session of its own: nothing that ends us ends it, and it
ends with us, or with the server.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Generator
from mmap import mmap
from pathlib import Path

from trueclick.capture import CaptureError, is_private
from trueclick.capture.x11.connection import Connection, answering, connect

from . import releaser
from .ledger import SIZE, Ledger


@contextlib.contextmanager
def survived_ledger(server: str) -> Generator[Ledger]:
    """A ledger that is undone if this process dies inside of the block.

    On a private display nothing needs to be undone: its server dies with us. Where the system has
    no memory to share by a file descriptor (`memfd_create`) or no `/proc`, or Python is inside of
    another program that cannot be started as Python, nobody undoes it: what is pressed then may
    stay so after a SIGKILL.

    Args:
        server: whose keys and buttons stand in it.

    Raises:
        CaptureError: if the server does not answer, or the process cannot be started.
    """
    if is_private(server) or not _possible():
        yield Ledger(bytearray(SIZE))
        return
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(connect(server))
        try:
            shared = os.memfd_create("trueclick-ledger")
            stack.callback(os.close, shared)
            os.ftruncate(shared, SIZE)
            ledger = Ledger(mmap(shared, SIZE))
            process = _start(shared, connection, server)
        except OSError as error:
            raise CaptureError(
                "nothing could be started that lets up the keys if this process is killed: "
                f"{error.strerror}"
            ) from error
        owner = os.getpid()
        try:
            yield ledger
        finally:
            if os.getpid() == owner:
                process.kill()
                process.wait()


def undo_anew(server: str, ledger: Ledger) -> None:
    """Undo all that stands in a ledger through a new connection, where the old one has broken.

    Raises:
        CaptureError: if the server does not answer: then nothing is pressed there any more.
    """
    with connect(server) as connection:
        wire = releaser.Wire(connection.get_file_descriptor())
        try:
            releaser.undo(wire, ledger.copy(), *_opcodes(connection))
        except OSError as error:
            raise CaptureError(f"the X display {server} went away") from error


def _possible() -> bool:
    runs = bool(sys.executable) and not getattr(sys, "frozen", False)
    return runs and hasattr(os, "memfd_create") and Path("/proc/self").exists()


def _start(shared: int, connection: Connection, server: str) -> subprocess.Popen[bytes]:
    with answering(server):
        opcodes = _opcodes(connection)
        wire: int = connection.get_file_descriptor()
    numbers = (os.getpid(), shared, wire, *opcodes)
    return subprocess.Popen(
        [sys.executable, "-I", "-S", releaser.__file__, *map(str, numbers)],
        env={k: v for k, v in os.environ.items() if k == "LD_LIBRARY_PATH"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
        pass_fds=[shared, wire],
    )


def _opcodes(connection: Connection) -> tuple[int, int]:
    """The numbers of the extensions XTEST and XKEYBOARD on a server, 0 for one that it lacks."""
    asked = [connection.core.QueryExtension(len(name), name) for name in ("XTEST", "XKEYBOARD")]
    xtest, xkb = (
        int(reply.major_opcode) if reply.present else 0
        for reply in (each.reply() for each in asked)
    )
    return xtest, xkb
