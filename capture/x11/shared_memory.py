"""Memory that an X server writes pictures into, used again and again.

A picture of a 4K display is 33 MB. Copied into fresh memory each time, most of its cost is the
kernel's, which has to find and clear 8,000 pages; into memory that both sides keep, it is one copy.

System V's shared memory, because it needs no file descriptor to be passed: each segment is marked
as destroyed as soon as we have it, so that it is gone with the last process that uses it, however
that ends. (Linux lets a server attach to a marked one.)
"""

from __future__ import annotations

import ctypes
import os
import weakref
from collections import deque
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_IPC_PRIVATE = 0
_IPC_RMID = 0
_IPC_CREAT = 0o1000
_OURS_ALONE = 0o600


@cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmget.argtypes = (ctypes.c_int, ctypes.c_size_t, ctypes.c_int)
    libc.shmat.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
    libc.shmat.restype = ctypes.c_void_p
    libc.shmctl.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_void_p)
    libc.shmdt.argtypes = (ctypes.c_void_p,)
    return libc


class Segment:
    """A piece of shared memory, in our memory for as long as this object or an array of it lives.

    Attributes:
        number: by which another process attaches to it.
        server_id: by which an X server knows it, once it does.

    Raises:
        OSError: if the system has no such memory left.
    """

    def __init__(self, size: int) -> None:
        libc = _libc()
        self.server_id = 0
        self.number: int = libc.shmget(_IPC_PRIVATE, size, _IPC_CREAT | _OURS_ALONE)
        if self.number < 0:
            raise _error()
        address: int = libc.shmat(self.number, None, 0) or 0  # ctypes reads a null pointer as None
        failed = _error() if address in {0, ctypes.c_void_p(-1).value} else None
        libc.shmctl(self.number, _IPC_RMID, None)
        if failed:
            raise failed
        weakref.finalize(self, libc.shmdt, address).atexit = False
        self._bytes = (ctypes.c_uint8 * size).from_address(address)

    def __len__(self) -> int:
        return len(self._bytes)

    def pixels(self, width: int, height: int) -> dict[str, Any]:
        """How numpy describes an array over the first `width * height` pixels."""
        return {
            "version": 3,
            "shape": (height, width, 4),
            "typestr": "|u1",
            "data": (ctypes.addressof(self._bytes), False),
        }


class Pool:
    """Segments of one size; an array's segment comes back once nobody refers to the array."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._free: deque[Segment] = deque()

    def take(self) -> Segment:
        """A segment that nobody uses; a new one has no `server_id` yet.

        Raises:
            OSError: if the system has no such memory left.
        """
        try:
            return self._free.pop()
        except IndexError:
            return Segment(self.size)

    def array(self, segment: Segment, width: int, height: int) -> NDArray[np.uint8]:
        """The pixels in a segment, `(height, width, 4)`; gives it back when the last view goes."""
        return np.asarray(_Lease(segment, self._free, width, height))

    def surplus(self, keep: int) -> list[Segment]:
        """The free segments beyond the last `keep` of them, which are no longer the pool's."""
        return [self._free.popleft() for _ in range(len(self._free) - keep)]


class _Lease:
    """What an array of a segment's pixels refers to: lives as long as the array and its views."""

    def __init__(self, segment: Segment, free: deque[Segment], width: int, height: int) -> None:
        self.__array_interface__ = segment.pixels(width, height)
        weakref.finalize(self, free.append, segment).atexit = False


def _error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
