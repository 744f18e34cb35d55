"""Folders as bytes: a suite's on its way to other machines, a task's on its way back.

Plain files alone; links are not followed, and nothing that is unpacked leaves its folder.
"""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from trueclick.geometry import TrueclickError

LARGEST = 64 << 20
"""Bytes of all files together, before they are packed."""

_MOST_FILES = 10_000
_LEFT_OUT = frozenset({"__pycache__", "node_modules"})


class BundleError(TrueclickError):
    """A folder cannot be packed, or what came is no packed folder."""


def packed_suite(folder: Path, *, without: Path) -> bytes:
    """A suite's folder, but for hidden files, caches and the folder of the results.

    Raises:
        BundleError: if it is too large, or cannot be read.
    """
    files = [
        path
        for path in _files(folder, hidden=False)
        if not path.absolute().is_relative_to(without.absolute())
    ]
    total = sum(path.lstat().st_size for path in files)
    if total > LARGEST or len(files) > _MOST_FILES:
        raise BundleError(
            f"{folder} is too large to be sent ({len(files):,} files, {total / 1e6:,.0f} MB): put "
            "the suite into a folder of its own, or where all workers see it, and say --dask-shared"
        )
    made, left = _packed(folder, files)
    if left:
        raise BundleError(f"{left[0]} cannot be read")
    return made


def packed(folder: Path) -> tuple[bytes, tuple[str, ...]]:
    """A task's folder, and the names of the files that are left out.

    Those are left out that cannot be read, or are too large with the smaller ones before them.
    """
    total, taken, left = 0, list[Path](), list[Path]()
    # Small ones first, and so the report before an application's films.
    for path in sorted(_files(folder, hidden=True), key=_size):
        total += _size(path)
        fits = total <= LARGEST and len(taken) < _MOST_FILES
        (taken if fits else left).append(path)
    made, unreadable = _packed(folder, taken)
    names = [path.relative_to(folder).as_posix() for path in (*left, *unreadable)]
    return made, tuple(names)


def unpack(content: bytes, folder: Path) -> None:
    """Put the files of a packed folder into a folder, which is made.

    Raises:
        BundleError: if a name leads out of it, or it is damaged or too large.
        OSError: if it cannot be written.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as files:
            entries = files.infolist()
            if len(entries) > _MOST_FILES or sum(each.file_size for each in entries) > LARGEST:
                raise BundleError("what came back is larger than it may be")
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for entry in entries:
                name = PurePosixPath(entry.filename)
                if name.is_absolute() or ".." in name.parts or not name.parts:
                    raise BundleError(f"{entry.filename!r} leads out of its folder")
                target = folder / name
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                mode = (entry.external_attr >> 16) & 0o700 | 0o600
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
                with os.fdopen(os.open(target, flags, mode), "wb") as file:
                    file.write(files.read(entry))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError) as error:
        raise BundleError("what came is damaged") from error


def _packed(folder: Path, paths: list[Path]) -> tuple[bytes, list[Path]]:
    """The files as a zip, and those that could not be read."""
    made, left = io.BytesIO(), list[Path]()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as files:
        for path in paths:
            try:
                content, mode = path.read_bytes(), path.lstat().st_mode
            except OSError:
                left.append(path)
                continue
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix())
            entry.external_attr = mode << 16  # a program that a suite brings can be started
            entry.compress_type = zipfile.ZIP_DEFLATED
            files.writestr(entry, content)
    return made.getvalue(), left


def _files(folder: Path, *, hidden: bool) -> Iterator[Path]:
    """The plain files in a folder and those below it."""
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if name not in _LEFT_OUT and (hidden or name[0] != ".")
        )
        for name in sorted(names):
            file = Path(path, name)
            if (hidden or name[0] != ".") and stat.S_ISREG(_mode(file)):
                yield file


def _mode(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except OSError:
        return 0


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0
