"""Lets up what a process leaves pressed on an X server: a program of its own, for when that dies.

    python -I -S releaser.py PARENT LEDGER CONNECTION XTEST XKB

It waits until the process PARENT is gone, and then undoes what stands in the ledger, a file
descriptor of `SIZE` bytes, through CONNECTION, that of a connection to the server which is set up
and on which nobody else sends. XTEST and XKB are the numbers of these extensions there, XKB 0
where there is none. It ends with the connection: PARENT cuts it when nothing is left to undo.

The standard library only, and little of it: it runs beside each display that is acted on. Its
requests are those of "The X Window System Protocol", appendix B, "XTEST Extension Protocol" and
"The X Keyboard Extension: Protocol Specification".
"""

from __future__ import annotations

import os
import select
import signal
import struct
import sys
import time

KEYS = 0
BUTTONS = 256
BORROWED = 272
LOCKS = 528
"""Where each part of a ledger begins, one byte a key code or button, none zero to be undone;
`LOCKS` holds whether they were changed, the modifiers, the group."""

SIZE = 531

_KEY_UP, _BUTTON_UP = 3, 5
_FAKE_INPUT = 2
_CHANGE_KEYBOARD_MAPPING = 100
_GET_INPUT_FOCUS = 43
_USE_XKB, _LATCH_LOCK_STATE = 0, 5
_CORE_KEYBOARD = 0x100
_REPLY, _GENERIC_EVENT = 1, 35
_PACKET = 32

_PATIENCE_S = 60.0
"""For an answer: what a server that is stopped has not read yet is lost if we end."""

_DRAINED_S = 0.25
"""How long programs get to look up what was typed before its symbols are taken away."""

_LOOK_S = 0.25
"""How often to look at the parent where the kernel cannot tell of its death."""


class Wire:
    """The bare protocol on a connection that is set up.

    Args:
        connection: its file descriptor.
    """

    def __init__(self, connection: int) -> None:
        self.fd = connection
        self._unread = b""

    def send(self, requests: bytes) -> None:
        """Send requests.

        Raises:
            OSError: if the server is gone, or does not read in time.
        """
        while requests:
            self._wait(write=True)
            requests = requests[os.write(self.fd, requests) :]

    def sync(self, requests: bytes = b"", replies: int = 0) -> None:
        """Send requests and return once the server has handled them.

        Args:
            requests: to be sent.
            replies: how many of them are answered.

        Raises:
            OSError: if the server is gone, or does not answer in time.
        """
        self.send(requests + struct.pack("=BxH", _GET_INPUT_FOCUS, 1))
        waiting = replies + 1
        while waiting > 0:
            self._wait(write=False)
            waiting -= self.read()

    def read(self) -> int:
        """Read and forget what has come; how many replies were in it.

        Raises:
            OSError: if the server is gone.
        """
        try:
            chunk = os.read(self.fd, 65536)
        except BlockingIOError:
            return 0
        if not chunk:
            raise ConnectionResetError
        self._unread += chunk
        replies = 0
        while len(self._unread) >= _PACKET:
            kind, more = struct.unpack_from("=B3xI", self._unread)
            length = _PACKET + (4 * more if kind & 0x7F in {_REPLY, _GENERIC_EVENT} else 0)
            if len(self._unread) < length:
                break
            replies += kind == _REPLY
            self._unread = self._unread[length:]
        return replies

    def _wait(self, *, write: bool) -> None:
        ours = [self.fd]
        if not any(select.select([] if write else ours, ours if write else [], [], _PATIENCE_S)):
            raise TimeoutError


def undo(wire: Wire, ledger: bytes, xtest: int, xkb: int) -> None:
    """Let up and give back all that stands in a ledger, and return once the server has done so.

    Args:
        wire: to the server.
        ledger: `SIZE` bytes.
        xtest: the number of the extension XTEST.
        xkb: the number of the extension XKEYBOARD, or 0.

    Raises:
        OSError: if the server is gone, or does not answer in time.
    """
    if not any(ledger[: LOCKS + 1]):
        return
    # An answer first: what the dead one sent last may lie there unread, a press as likely as not.
    wire.sync(struct.pack("=BBHHH", xkb, _USE_XKB, 2, 1, 0) if xkb else b"", int(bool(xkb)))
    lifted = b"".join(
        struct.pack("=BBHBBHIIQhh7xB", xtest, _FAKE_INPUT, 9, event, detail, 0, 0, 0, 0, 0, 0, 0)
        for event, start, end in ((_BUTTON_UP, BUTTONS, BORROWED), (_KEY_UP, KEYS, BUTTONS))
        for detail, down in enumerate(ledger[start:end])
        if down
    )
    changed, modifiers, group = ledger[LOCKS : LOCKS + 3]
    if changed and xkb:
        lifted += struct.pack(
            *("=BBHHBBBBBBxBh", xkb, _LATCH_LOCK_STATE, 4, _CORE_KEYBOARD),
            *(0xFF, modifiers, 1, group, 0, 0, 0, 0),
        )
    wire.sync(lifted)
    borrowed = [code for code, used in enumerate(ledger[BORROWED:LOCKS]) if used]
    if borrowed:
        time.sleep(_DRAINED_S)
        wire.sync(
            b"".join(
                struct.pack("=BBHBBHII", _CHANGE_KEYBOARD_MAPPING, 1, 4, code, 2, 0, 0, 0)
                for code in borrowed
            )
        )


def _outlived(parent: int, wire: Wire) -> None:
    """Return once the parent is dead.

    Raises:
        OSError: if the connection has ended before.
    """
    watched, patience = [wire.fd], None
    death = -1
    try:
        death = os.pidfd_open(parent)
        watched.append(death)
    except (AttributeError, OSError):
        patience = _LOOK_S
    # Asked after it is watched: its number may have been another process's by then.
    while os.getppid() == parent:
        ready, _, _ = select.select(watched, [], [], patience)
        if death in ready:
            return
        if wire.fd in ready:
            wire.read()  # news of the keyboard, which come unasked


def _main(parent: int, ledger: int, connection: int, xtest: int, xkb: int) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    wire = Wire(connection)
    try:
        _outlived(parent, wire)
        undo(wire, os.pread(ledger, SIZE, 0), xtest, xkb)
    except OSError:
        pass  # the server is gone, or our parent has undone it all itself
    os._exit(0)  # nothing to tidy up


if __name__ == "__main__":
    _main(*map(int, sys.argv[1:]))
