"""The pictures of a trace: a file for each, named for what is in it, written once."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections import deque
from pathlib import Path

from .errors import LostPictureError, TraceError
from .files import new_file, opened_file, sync, sync_folder, write_all
from .layout import IMAGES, MAX_IMAGE_BYTES, SUFFIXES

_NAME = re.compile(rf"([0-9a-f]{{64}})\.({'|'.join(SUFFIXES.values())})")


class ImageFolder:
    """Where a trace's pictures are.

    Args:
        folder: the trace's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / IMAGES
        self._stored: set[str] = set()
        self._new: deque[str] = deque()

    def make(self) -> None:
        """Make the folder, for this user alone.

        Raises:
            OSError: if it cannot be made.
        """
        with contextlib.suppress(FileExistsError):
            self._folder.mkdir(mode=0o700)
        if self._folder.is_symlink():
            raise NotADirectoryError(None, f"{IMAGES} in it is a link")

    def remove(self) -> None:
        """Remove the folder.

        Raises:
            OSError: if there are pictures in it.
        """
        self._folder.rmdir()

    def store(self, data: bytes, suffix: str) -> str:
        """The name of a picture's file, which is there now, and on the disk after `sync`.

        Under its name there is never a part of it, unless the machine itself fails before that.

        Raises:
            OSError: if it cannot be written.
        """
        name = f"{hashlib.sha256(data).hexdigest()}.{suffix}"
        if name not in self._stored:
            part = self._folder / f"{name}.{os.getpid()}.part"
            try:
                _write(part, data)
                part.replace(self._folder / name)
            except BaseException:
                with contextlib.suppress(OSError):
                    part.unlink()
                raise
            self._stored.add(name)
            self._new.append(name)
        return name

    def sync(self) -> None:
        """Let the files that were stored by now reach the disk, and their names; on any thread.

        Raises:
            OSError: if they do not.
        """
        synced = 0
        with contextlib.suppress(IndexError):
            while True:
                with contextlib.suppress(FileNotFoundError):  # somebody took it away
                    sync(self._folder / self._new.popleft(), os.O_RDWR)
                synced += 1
        if synced:
            sync_folder(self._folder)

    def load(self, name: str) -> bytes:
        """What is in a picture's file.

        Raises:
            LostPictureError: if there is no such file, or it holds something else by now.
            TraceError: if it has no such name, or is no plain file.
        """
        digest = digest_in(name)
        try:
            data = _read(self._folder, name)
        except OSError as error:
            kind = LostPictureError if isinstance(error, FileNotFoundError) else TraceError
            raise kind(
                f"a picture of the trace cannot be read: {IMAGES}/{name}: {error.strerror}"
            ) from error
        if data is None or hashlib.sha256(data).hexdigest() != digest:
            raise LostPictureError(f"a picture of the trace is damaged: {IMAGES}/{name}")
        return data


def digest_in(name: str) -> str:
    """The SHA-256 that the file of a picture is named for, in hexadecimal digits.

    Raises:
        TraceError: if no file of ours is named like this: it may lead anywhere.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise TraceError("the trace names a picture as none of its files is named")
    return match[1]


def _write(path: Path, data: bytes) -> None:
    with contextlib.suppress(FileNotFoundError):
        path.unlink()  # of a dead process that had our number
    descriptor = new_file(path)
    try:
        write_all(descriptor, data)
    finally:
        os.close(descriptor)


def _read(folder: Path, name: str) -> bytes | None:
    if folder.is_symlink():
        raise NotADirectoryError(None, f"{IMAGES} is a link")
    descriptor = opened_file(folder / name, os.O_RDONLY, MAX_IMAGE_BYTES)
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(MAX_IMAGE_BYTES + 1)
    return data if len(data) <= MAX_IMAGE_BYTES else None
