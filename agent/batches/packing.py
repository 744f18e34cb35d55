"""The bodies of batches: written to a file as the pictures come, never all in memory."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

from trueclick.geometry import Size

from ..vision.images import Prepared
from .errors import BatchError
from .limits import Split
from .question import custom_id
from .state import Sizes

A = TypeVar("A")
B = TypeVar("B")

_HEAD, _BETWEEN, _TAIL = b'{"requests":[', b",", b"]}"
_WORKERS = max(2, min(4, os.cpu_count() or 2))
"""Pictures that are prepared at the same time; the largest takes 256 MB meanwhile."""


@dataclass(slots=True)
class Body:
    """The body of a batch.

    Attributes:
        tag: in the ids of its requests.
        file: what is sent, without a name: it is gone when the process is.
        keys: of its requests.
        sizes: of the picture that each is about.
        betas: headers that they need.
        length: in bytes.
    """

    tag: str
    file: BinaryIO = field(repr=False)
    keys: list[str] = field(default_factory=list[str])
    sizes: dict[str, Sizes] = field(default_factory=dict[str, Sizes])
    betas: set[str] = field(default_factory=set[str])
    length: int = 0

    def add(self, key: str, params: dict[str, Any], picture: Prepared, split: Split) -> bool:
        """Add a request; whether there was room for it.

        Raises:
            BatchError: if it is larger than any batch, or the disk is full.
        """
        headers = {name: value for name, value in params.items() if name == "betas"}
        bare = {name: value for name, value in params.items() if name != "betas"}
        request = {"custom_id": custom_id(self.tag, key), "params": bare}
        data = json.dumps(request, separators=(",", ":")).encode()
        more = (_BETWEEN if self.keys else _HEAD) + data
        after = self.length + len(more) + len(_TAIL)
        if self.keys and (len(self.keys) >= split.requests or after > split.bytes):
            return False
        if after > split.bytes:
            raise BatchError(f"a request of {len(data)} bytes: a batch has {split.bytes} at most")
        self._write(more)
        self.keys.append(key)
        self.sizes[key] = (sizes_of(picture),)
        self.betas.update(cast("Sequence[str]", headers.get("betas", ())))
        return True

    def finish(self) -> None:
        """Write the end, and go back to the beginning.

        Raises:
            BatchError: if the disk is full.
        """
        self._write(_TAIL)
        self.file.seek(0)

    def _write(self, data: bytes) -> None:
        try:
            self.file.write(data)
            self.file.flush()
        except OSError as error:
            raise BatchError(
                f"{self.length + len(data)} bytes of a batch cannot be kept beside the state: "
                f"{error.strerror}; make room, or send smaller batches with --split"
            ) from error
        self.length += len(data)


@contextlib.contextmanager
def new_body(tag: str, folder: Path) -> Generator[Body]:
    """Inside of the block an empty body, kept in a folder.

    Raises:
        BatchError: if nothing can be written there.
    """
    try:
        file = tempfile.TemporaryFile(dir=folder, prefix=".batch-")  # noqa: SIM115 - below
    except OSError as error:
        raise BatchError(f"nothing can be written in {folder}: {error.strerror}") from error
    try:
        yield Body(tag, cast("BinaryIO", file))
    finally:
        with contextlib.suppress(OSError):  # a full disk refuses what is left once more
            file.close()


def sizes_of(picture: Prepared) -> tuple[Size[Any], Size[Any]] | None:
    """The size of a picture and the one at which it is sent, if they are known."""
    if picture.picture is None:
        return None
    region = picture.picture.region
    return Size[Any](region.width, region.height), picture.picture.size


def ahead(work: Callable[[A], B], things: Iterable[A]) -> Iterator[tuple[A, B]]:
    """What work makes of things, in their order, some of it done before it is asked for."""
    waiting: deque[tuple[A, Future[B]]] = deque()
    with ThreadPoolExecutor(_WORKERS, "pictures") as pool:
        try:
            for thing in things:
                waiting.append((thing, pool.submit(work, thing)))
                if len(waiting) >= 2 * _WORKERS:
                    first, made = waiting.popleft()
                    yield first, made.result()
            while waiting:
                first, made = waiting.popleft()
                yield first, made.result()
        finally:
            for _, made in waiting:
                made.cancel()
