"""What is kept between runs of a test: a main file and the pictures that it names, always whole.

Such a folder belongs to a repository: it has a stable name and no file that comes and goes. Each
picture is named for what is in it and is there before the main file, which takes the place of the
old one in one step; what nobody names any more is removed last. Whatever ends that in between, the
folder holds the old state or the new one, and at worst a picture too many, which the next writing
removes. Processes that read or write at the same time wait for each other, by a lock on the folder
around it, which leaves no file behind.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
import time
from collections.abc import Generator, Mapping
from pathlib import Path

from trueclick.geometry import TrueclickError, UsageError

from ..trace.files import new_file, opened_file, sync_folder, write_all
from ..trace.images import ImageFolder
from ..trace.layout import IMAGES, MAX_IMAGE_BYTES, SUFFIXES
from ..whole_file import whole_file

if sys.platform != "win32":
    import fcntl

_MOST_BYTES = 64 << 20
"""Of the main file."""

_MOST_IN_ALL = 512 << 20
"""With its pictures: a repository is no place for more."""

_WAIT_S = 30.0
"""For others that read or write, which takes them a moment."""

_POLL_S = 0.02

_NAMES = re.compile(rb'"([0-9a-f]{64}\.(?:' + "|".join(SUFFIXES.values()).encode() + rb'))"')


class RecordingError(TrueclickError):
    """What was kept of an earlier run cannot be read, or something new cannot be kept."""


class Kept:
    """A folder with a main file and its pictures.

    Args:
        folder: where; the folder around it is made with it.
        main: the main file's name.

    Attributes:
        folder: where.
    """

    def __init__(self, folder: Path, main: str) -> None:
        self.folder = folder
        self._main = main

    @property
    def there(self) -> bool:
        """Whether something is kept."""
        return os.path.lexists(self.folder / self._main)

    def others(self, prefix: str) -> tuple[Kept, ...]:
        """What else is kept beside it, in folders whose names begin alike."""
        with contextlib.suppress(OSError):
            return tuple(
                Kept(folder, self._main)
                for folder in sorted(self.folder.parent.iterdir())
                if folder.name.startswith(prefix)
                and folder.name != self.folder.name
                and (folder / self._main).is_file()
                and not folder.is_symlink()
            )
        return ()

    def copied(self, into: Path) -> bool:
        """Copy it all, as it is at one moment, into an empty folder; whether there was something.

        Pictures that are missing are left out: who reads them has to look.

        Raises:
            RecordingError: if it cannot be read, or a link leads elsewhere.
        """
        self._require_no_links()
        if not self.there:
            return False
        try:
            with self._locked():
                content = _read(self.folder / self._main, _MOST_BYTES)
                self._copy(content, into)
        except OSError as error:
            raise RecordingError(
                f"{self.folder} cannot be read: {error.strerror or error}"
            ) from error
        return True

    def require_room(self) -> None:
        """Make sure that something can be kept, before it costs anything to get it.

        Raises:
            UsageError: if the folder around it cannot be made or written.
            RecordingError: if a link leads elsewhere.
        """
        self._require_no_links()
        around = self.folder.parent
        try:
            around.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"nothing can be recorded in {around}: {error.strerror}: name another folder"
            ) from error
        for folder in (around, self.folder, self.folder / IMAGES):
            if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
                raise UsageError(
                    f"nothing can be recorded in {folder}: it cannot be written: name another "
                    "folder, or replay alone with offline=True"
                )

    def keep(self, content: bytes, pictures: Mapping[str, bytes]) -> None:
        """Put this in the place of what was there, all of it or none.

        Args:
            content: of the main file; it names its pictures in quotes.
            pictures: each under the name that an `ImageFolder` gives it.

        Raises:
            RecordingError: if it cannot be written; what was there is as it was.
        """
        self._require_no_links()
        around = self.folder.parent
        made = not self.folder.exists()
        try:
            around.mkdir(parents=True, exist_ok=True)
            with self._locked(exclusively=True) as alone:
                self.folder.mkdir(exist_ok=True)
                before = self._pictures()
                try:
                    self._write(content, pictures)
                except BaseException:
                    self._remove(self._pictures() - before)
                    if made:
                        self._remove_if_empty()
                    raise
                self._remove(self._pictures() - named(content))
                if alone:
                    self._remove_parts()
        except OSError as error:
            raise RecordingError(
                f"{self.folder} cannot be written: {error.strerror or error}; it is as it was"
            ) from error

    def remove(self) -> None:
        """Remove it, and nothing that is not its own.

        Raises:
            RecordingError: if it cannot be removed.
        """
        self._require_no_links()
        try:
            with self._locked(exclusively=True):
                (self.folder / self._main).unlink(missing_ok=True)
                self._remove(self._pictures())
                self._remove_if_empty()
        except OSError as error:
            raise RecordingError(f"{self.folder} cannot be removed: {error.strerror}") from error

    def _copy(self, content: bytes, into: Path) -> None:
        with_pictures = into / IMAGES
        with_pictures.mkdir(parents=True)
        _new(into / self._main, content)
        total = len(content)
        for name in sorted(named(content)):
            try:
                picture = _read(self.folder / IMAGES / name, MAX_IMAGE_BYTES)
            except FileNotFoundError:
                continue
            total += len(picture)
            if total > _MOST_IN_ALL:
                raise RecordingError(f"{self.folder} holds more than {_MOST_IN_ALL >> 20} MB")
            _new(with_pictures / name, picture)

    def _write(self, content: bytes, pictures: Mapping[str, bytes]) -> None:
        images = ImageFolder(self.folder)
        images.make()
        for name, picture in pictures.items():
            images.store(picture, name.rpartition(".")[2])
        images.sync()
        with whole_file(self.folder / self._main) as file:
            file.write(content)
        sync_folder(self.folder)

    def _pictures(self) -> set[str]:
        with contextlib.suppress(FileNotFoundError):
            names = (file.name for file in (self.folder / IMAGES).iterdir())
            return {name for name in names if named(_quoted(name))}
        return set()

    def _remove(self, pictures: set[str]) -> None:
        for name in pictures:
            with contextlib.suppress(OSError):
                (self.folder / IMAGES / name).unlink()

    def _remove_parts(self) -> None:
        """Remove what writers that were killed have left: nobody else writes now."""
        for part in (
            *self.folder.glob(f".{Path(self._main).stem[:40]}-*"),
            *(self.folder / IMAGES).glob("*.part"),
        ):
            with contextlib.suppress(OSError):
                part.unlink()

    def _remove_if_empty(self) -> None:
        with contextlib.suppress(OSError):
            (self.folder / IMAGES).rmdir()
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def _require_no_links(self) -> None:
        for folder in (self.folder.parent, self.folder, self.folder / IMAGES):
            if folder.is_symlink():
                raise RecordingError(f"{folder} is a link: a recording is where it says")

    @contextlib.contextmanager
    def _locked(self, *, exclusively: bool = False) -> Generator[bool]:
        """Inside of the block nobody writes, or nobody else does anything; whether that is sure."""
        if sys.platform == "win32":
            yield False
            return
        around = os.open(self.folder.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield _lock(around, fcntl.LOCK_EX if exclusively else fcntl.LOCK_SH, self.folder)
        finally:
            os.close(around)


def named(content: bytes) -> set[str]:
    """The pictures that a main file names."""
    return {name.decode() for name in _NAMES.findall(content)}


def _lock(descriptor: int, how: int, folder: Path) -> bool:
    """Whether the folder could be locked."""
    deadline = time.monotonic() + _WAIT_S
    while True:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in {errno.EWOULDBLOCK, errno.EAGAIN, errno.EINTR}:
                return False  # a file system without locks: each state is still whole
            if time.monotonic() > deadline:
                raise RecordingError(f"{folder} is kept locked by another process") from error
            time.sleep(_POLL_S)
        else:
            return True


def _quoted(name: str) -> bytes:
    return f'"{name}"'.encode(errors="replace")


def _read(path: Path, most_bytes: int) -> bytes:
    with os.fdopen(opened_file(path, os.O_RDONLY, most_bytes), "rb") as file:
        return file.read()


def _new(path: Path, content: bytes) -> None:
    descriptor = new_file(path)
    try:
        write_all(descriptor, content)
    finally:
        os.close(descriptor)
