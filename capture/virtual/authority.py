"""Who may connect to an X server of ours: this user, and whoever can read its authority file.

Without an authority file an X server admits every user of the machine. With one it admits those
who show the cookie that the file holds. Clients find a file through `XAUTHORITY`, of which a
process has one, while it may use several displays at once and the user's own besides; `mss` cannot
be handed a cookie at all. So the file closes the server, and the server is then told to admit the
user that we are (`localuser`), whom it knows from the kernel and not from the client. Every program
of this user connects with the display's name alone, none of another user does, root neither. To
this user's programs the file, which they can read, would be no other hurdle.
"""

from __future__ import annotations

import os
import secrets
import socket
import struct
import sys
from pathlib import Path

_PROTOCOL = b"MIT-MAGIC-COOKIE-1"
_COOKIE_BYTES = 16
_ANY_ADDRESS = 0xFFFF
"""A family of addresses in authority files: the entry is for this display whatever its name."""

_PATIENCE_S = 10.0
_CHANGE_HOSTS, _GET_INPUT_FOCUS = 109, 43
_INSERT = 0
_SERVER_INTERPRETED = 5
_SUCCESS = 1
_REPLY = 1
_REPLY_BYTES = 32


def new_cookie() -> bytes:
    """What nobody can guess."""
    return secrets.token_bytes(_COOKIE_BYTES)


def write_authority(path: Path, cookie: bytes) -> None:
    """Make the file that only this user can read, for whatever number the server takes.

    Raises:
        OSError: if it cannot be written in full; an empty one would admit everybody.
    """
    number = b""  # any
    parts = [b"", number, _PROTOCOL, cookie]
    entry = struct.pack(">H", _ANY_ADDRESS) + b"".join(
        struct.pack(">H", len(part)) + part for part in parts
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(entry)


def listener(connected: socket.socket) -> tuple[int, int]:
    """The process and the user at the other end of a Unix socket, by the kernel's word."""
    size = struct.calcsize("3i")
    pid, uid, _ = struct.unpack(
        "3i", connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    )
    return pid, uid


def admit_this_user(name: str, cookie: bytes) -> None:
    """Tell the server `name`, such as `":99"`, that this user needs no cookie from now on.

    Spoken by hand: `xcffib` passes on memory that it has given back when it is handed a cookie.

    Raises:
        OSError: if the server does not answer, does not know the cookie, or refuses.
    """
    with socket.socket(socket.AF_UNIX) as server:
        server.settimeout(_PATIENCE_S)
        server.connect(f"/tmp/.X11-unix/X{name[1:]}")  # noqa: S108 - X11's own place
        _, uid = listener(server)
        if uid != os.getuid():  # the folder is somebody else's, and so is what listens in it
            raise PermissionError(f"another user listens at the display {name}")
        order = 0x6C if sys.byteorder == "little" else 0x42
        server.sendall(
            struct.pack("=BxHHHHxx", order, 11, 0, len(_PROTOCOL), len(cookie))
            + _padded(_PROTOCOL)
            + _padded(cookie)
        )
        answer, length = struct.unpack("=B5xH", _receive(server, 8))
        _receive(server, length * 4)
        if answer != _SUCCESS:
            raise PermissionError("the server does not know our cookie")
        user = b"localuser\0#%d" % os.geteuid()
        words = 2 + len(_padded(user)) // 4
        server.sendall(
            struct.pack("=BBHBxH", _CHANGE_HOSTS, _INSERT, words, _SERVER_INTERPRETED, len(user))
            + _padded(user)
            # Changing hosts is answered only if it fails; this is answered in any case, after it.
            + struct.pack("=BxH", _GET_INPUT_FOCUS, 1)
        )
        if _receive(server, _REPLY_BYTES)[0] != _REPLY:
            raise PermissionError("the server does not admit its own user")


def _padded(part: bytes) -> bytes:
    return part + bytes(-len(part) % 4)


def _receive(server: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        chunk = server.recv(count - len(received))
        if not chunk:
            raise ConnectionResetError("the server closed the connection")
        received += chunk
    return received
