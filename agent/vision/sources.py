"""Pictures as people name them: files, folders, patterns, URLs, file ids, standard input.

Nothing is decoded here: a list of thousands takes no memory to speak of.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from trueclick.capture import Screenshot, read_image
from trueclick.capture.folder import pictures_among, pictures_in
from trueclick.geometry import UsageError

from .images import remote_name, remote_source

STDIN = ("-", "/dev/stdin")
"""What standard input is called: the second is a file elsewhere, but not where it is a pipe."""


@dataclass(frozen=True, slots=True)
class Source:
    """A picture that was named.

    Attributes:
        name: what to call it.
        image: where it is: a file, a URL or a file's id as a text, or its pixels if it came by
            standard input.
    """

    name: str
    image: Path | str | Screenshot


def sources_of(
    words: Iterable[str], read_stdin: Callable[[], bytes] | None = None
) -> tuple[Source, ...]:
    """The pictures that words name, in order; those of a folder or a pattern as people count.

    Args:
        words: each a file, a folder, a pattern such as `shots/*.png` or `shots/**/*.png`,
            `https://...`, `file_...`, or `-` for standard input.
        read_stdin: gives the bytes of standard input, once.

    Raises:
        UsageError: if one names nothing, or standard input holds no picture.
    """
    return tuple(source for word in words for source in _named(word, read_stdin))


def _named(word: str, read_stdin: Callable[[], bytes] | None) -> Iterator[Source]:
    if word in STDIN and read_stdin is not None:
        yield Source("standard input", read_image(read_stdin()))
    elif remote_source(word) is not None:
        yield Source(remote_name(word), word)
    elif os.path.isdir(word):  # noqa: PTH112 - false for what is no name at all
        yield from map(_of_file, pictures_in(Path(word)))
    elif re.search(r"[*?\[]", word) and not os.path.lexists(word):
        yield from map(_of_file, _matching(word))
    else:
        yield _of_file(Path(word))


def _of_file(path: Path) -> Source:
    return Source(str(path), path)


def _matching(pattern: str) -> tuple[Path, ...]:
    try:
        # A pattern may begin at the root, which `Path.glob` does not take.
        found = pictures_among(map(Path, glob.iglob(pattern, recursive=True)))  # noqa: PTH207
    except (OSError, re.error, RecursionError) as error:
        raise UsageError(f"{pattern!r} is no pattern of file names") from error
    if not found:
        raise UsageError(f"{pattern!r} matches no picture: check the path")
    return found
