"""Writing a trace: every event a line as soon as it is told, every picture a file, once."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Generator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from trueclick.capture.signals import uninterrupted
from trueclick.geometry import UsageError

from ..events import Added, Ended, Event, Shortened
from .errors import TraceError
from .files import lock_lines, new_file, opened_file, write_all
from .images import ImageFolder
from .layout import FORMAT, LINES, MAX_LINE_BYTES, MAX_LINES_BYTES
from .lines import LineMaker, line_of
from .syncing import Syncing

if TYPE_CHECKING:
    from .reading import Trace


class TraceWriter:
    """Writes what is told of a run into a folder; use it as `on_event`, and as a context manager.

    Each line is handed to the operating system whole, as it is told, and its pictures before it: a
    process that is killed loses none. Once a turn, with the results that are sent next, a thread
    begins to bring all of it to the disk, first the pictures, then the lines, and the turn before
    is there: a machine that fails loses what it did after that. Any thread may tell.

    Args:
        folder: made if it is missing, for this user alone.
        after: the trace that the run goes on from. Its own folder is written on; in another one
            its events come first, so that either holds the whole run.

    Attributes:
        folder: where the trace is.

    Raises:
        UsageError: if the folder cannot be written, or holds a trace already.
        TraceError: if another run is writing there, or has since `after` was read, or the disk is
            full.
    """

    def __init__(self, folder: Path, *, after: Trace | None = None) -> None:
        self.folder = folder
        self._images = ImageFolder(folder)
        self._lines = LineMaker(self._images.store)
        self._telling = threading.RLock()
        self._failed = False
        self._begun = time.monotonic()
        self._before_s = 0.0 if after is None else _seconds_before(after)
        goes_on = after is not None and _is_same(folder, after.folder)
        self._file: int | None = _opened(folder, after) if goes_on and after else _made(folder)
        self._end = os.fstat(self._file).st_size
        self._syncing = Syncing(partial(self._sync, self._file))
        self._brought = after if not goes_on else None
        self._empty = not goes_on
        try:
            with self._writing():
                self._images.make()
            if not goes_on:
                began = datetime.now(UTC) if after is None else after.began
                self._write(line_of({"format": FORMAT, "began": began.isoformat()}))
        except BaseException:
            self.close()
            raise

    def __call__(self, event: Event) -> None:
        """Write an event.

        Raises:
            TraceError: if it cannot be written. What was written before stays readable; later
                events are dropped without a word, for a trace with a hole would mislead.
            UsageError: if what it holds is no JSON.
        """
        with self._telling, uninterrupted():
            if self._file is None or self._failed:
                return
            self._bring_along()
            self._tell(event, self._before_s + time.monotonic() - self._begun)
            if _ends_a_turn(event):
                with self._writing():
                    self._syncing.begin()

    def close(self) -> None:
        """Let what was written reach the disk; a second call does nothing.

        If nothing was told, nothing remains: the folder is free for another run.

        Raises:
            TraceError: if it does not.
        """
        with self._telling, uninterrupted():
            file, self._file = self._file, None
            if file is None:
                return
            try:
                if self._empty:
                    self._remove()
                elif not self._failed:
                    with self._writing():
                        self._syncing.begin()
                        self._syncing.wait()
            finally:
                self._syncing.close()
                os.close(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _bring_along(self) -> None:
        """Write what was told in the earlier parts of the run, if it is not there."""
        before, self._brought = self._brought, None
        self._empty = False
        if before is not None:
            for event, seconds in zip(before.events, before.times, strict=True):
                self._tell(event, seconds)

    def _remove(self) -> None:
        with contextlib.suppress(OSError):
            (self.folder / LINES).unlink()
            self._images.remove()
            self.folder.rmdir()

    def _tell(self, event: Event, seconds: float) -> None:
        try:
            with self._writing():
                line = self._lines.line(event, seconds)
        except UsageError:
            self._failed = True
            raise
        self._write(line)

    def _write(self, line: bytes) -> None:
        if self._file is None:
            return
        if len(line) > MAX_LINE_BYTES or self._end + len(line) > MAX_LINES_BYTES:
            self._failed = True
            raise TraceError(f"the trace in {self.folder} has become too large to be read again")
        with self._writing():
            try:
                write_all(self._file, line)
            except BaseException:
                # Half of a line is taken back: nothing may follow it.
                os.ftruncate(self._file, self._end)
                raise
        self._end += len(line)

    def _sync(self, file: int) -> None:
        """Bring all to the disk; on a thread of its own. A line must not outlive its pictures."""
        self._images.sync()
        os.fsync(file)

    @contextlib.contextmanager
    def _writing(self) -> Generator[None]:
        """Inside of the block an error of the disk is the end of the trace."""
        try:
            yield
        except OSError as error:
            self._failed = True
            raise TraceError(
                f"the trace in {self.folder} cannot be written any further: {error.strerror}; all "
                "up to here is in it"
            ) from error


def _ends_a_turn(event: Event) -> bool:
    """Whether what was told by now is brought to the disk."""
    if isinstance(event, Added):
        return event.message.get("role") != "assistant"
    return isinstance(event, Shortened | Ended)


def _made(folder: Path) -> int:
    """A new file of lines in a folder, locked."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = new_file(folder / LINES, os.O_WRONLY | os.O_APPEND)
    except FileExistsError as error:
        raise UsageError(
            f"{folder} holds a trace already: name another folder"
            if folder.is_dir()
            else f"{folder} is not a folder"
        ) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "that is no name of a folder"
        raise UsageError(f"no trace can be written into {str(folder)!r}: {reason}") from error
    _lock(file, folder)
    return file


def _opened(folder: Path, after: Trace) -> int:
    """The file of lines that a trace was read from, locked, without the line that was cut off."""
    try:
        file = opened_file(folder / LINES, os.O_WRONLY | os.O_APPEND, MAX_LINES_BYTES)
    except OSError as error:
        raise UsageError(
            f"the trace in {folder} cannot be written on: {error.strerror}; name another folder"
        ) from error
    _lock(file, folder)
    try:
        if os.fstat(file).st_size != after.file_bytes:
            raise TraceError(f"the trace in {folder} has changed since it was read: read it again")
        os.ftruncate(file, after.whole_bytes)
    except BaseException:
        os.close(file)
        raise
    return file


def _lock(file: int, folder: Path) -> None:
    try:
        lock_lines(file, folder / LINES)
    except BaseException:
        os.close(file)
        raise


def _is_same(folder: Path, other: Path) -> bool:
    try:
        return folder.samefile(other)
    except (OSError, ValueError):
        return False


def _seconds_before(trace: Trace) -> float:
    """From the beginning of a trace until now, and never less than up to its last event."""
    last = trace.times[-1] if trace.times else 0.0
    return max(last, (datetime.now(UTC) - trace.began).total_seconds())
