"""What was done, in a file that only grows: a line of JSON a step, on the disk before the next.

A process may be killed at any byte. What it was writing is then a last line without its end: it is
cut off when the file is opened, for nothing was done yet that such a line tells of. Everything
that the file says was written by us; what it says all the same is checked where it is read.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias, cast

from ..trace.files import NO_LINKS, sync_folder, write_all
from .errors import BatchError

if sys.platform != "win32":
    import fcntl

Record: TypeAlias = dict[str, Any]
"""A line, parsed."""

NAME = "journal.jsonl"
"""Of the file, in its folder."""


class Journal:
    """The file, open and ours alone (but on Windows, where it is not locked); a context manager.

    Args:
        folder: where it is; made if it is not there.

    Raises:
        BatchError: if another process has it, or it cannot be opened or read.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        try:
            made = [each for each in (folder, *folder.parents) if not each.exists()]
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for each in made:  # else a power cut may take all of it away
                sync_folder(each.parent)
            flags = os.O_RDWR | os.O_CREAT | NO_LINKS | getattr(os, "O_CLOEXEC", 0)
            self._file = os.open(self.path, flags | getattr(os, "O_BINARY", 0), 0o600)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise BatchError(f"no state can be kept in {str(folder)!r}: {why}") from error
        try:
            self._lock()
            sync_folder(folder)
            self._end = self._cut_off()
        except OSError as error:
            self.close()
            raise BatchError(f"{self.path} cannot be read: {error.strerror}") from error
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let others have it."""
        with contextlib.suppress(OSError):
            os.close(self._file)

    def records(self) -> Iterator[Record]:
        """All lines, the oldest first.

        Raises:
            BatchError: if one of them is none of ours.
        """
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    return
                try:
                    value: object = json.loads(line)
                except (ValueError, RecursionError):
                    value = None
                record = cast("Record", value) if isinstance(value, dict) else {}
                if not isinstance(record.get("kind"), str):
                    raise BatchError(
                        f"{self.path}: line {number} is damaged; what was sent cannot be told from "
                        "it any more: keep the folder, and look at "
                        "https://platform.claude.com/workspaces/default/batches before you begin "
                        "anew with another --state"
                    )
                yield record

    def add(self, *records: Mapping[str, Any], safe: bool = True) -> None:
        """Write lines after all others.

        Args:
            *records: what they say.
            safe: whether they are on the disk when this returns; else by the next that are.

        Raises:
            BatchError: if they cannot be written; none of them is there then.
        """
        text = "".join(f"{json.dumps(record, separators=(',', ':'))}\n" for record in records)
        data = text.encode("ascii")
        try:
            write_all(self._file, data)
            if safe:
                os.fsync(self._file)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self._end)
                os.lseek(self._file, self._end, os.SEEK_SET)
            raise BatchError(f"{self.path} cannot be written: {error.strerror}") from error
        self._end += len(data)

    def _lock(self) -> None:
        if sys.platform == "win32":
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BatchError(
                f"another process is at work in {self.path.parent}: wait for it, or name another "
                "folder with --state"
            ) from error

    def _cut_off(self) -> int:
        """Let go of a last line without its end; where the next begins."""
        end = os.fstat(self._file).st_size
        start = end
        while start > 0:
            size = min(start, 1 << 16)
            os.lseek(self._file, start - size, os.SEEK_SET)
            found = os.read(self._file, size).rfind(b"\n")
            if found >= 0:
                start += found + 1 - size
                break
            start -= size
        if start < end:
            os.ftruncate(self._file, start)
        os.lseek(self._file, start, os.SEEK_SET)
        return start


def texts(values: Sequence[object]) -> tuple[str, ...]:
    """Texts of a line.

    Raises:
        TypeError: if they are none.
        ValueError: if they hold what no text of ours does, and no address could.
    """
    if not all(isinstance(value, str) for value in values):
        raise TypeError("no text")
    found = tuple(cast("Sequence[str]", values))
    if not all(text and text.isascii() and text.isprintable() for text in found):
        raise ValueError("nothing, or strange characters")
    return found
