"""What a line that a person typed means. Anything but a clear yes is a no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_LONGEST_YES = 16
"""Bytes with blanks around it: what is longer was not meant as a yes."""

_LONGEST_REASON = 500

_YES = {"y": "yes", "yes": "yes", "a": "all", "all": "all"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answered.

    Attributes:
        says: `all` is a yes to all further calls of the kind as well.
        reason: of a no, for the model; empty if none was given.
    """

    says: Literal["yes", "all", "no"]
    reason: str = ""


NO = Answer("no")


def read_answer(line: bytes | None) -> Answer:
    """The meaning of one line from a terminal, with its line end.

    A yes is `y` or `yes`, a yes to all `a` or `all`, in ASCII, whatever its case, with nothing but
    blanks round it. A no is everything else; after `n` or `no` and a blank, a comma or a colon its
    reason may follow.

    Args:
        line: as it was read, or `None` if there was none.
    """
    if line is None or not line.endswith(b"\n"):
        return NO  # the end of the input, even after a "y"
    try:
        text = line[:-1].decode()
    except UnicodeDecodeError:
        return NO
    words = text.strip(" \t")
    if words.isascii() and len(line) <= _LONGEST_YES and words.lower() in _YES:
        return Answer("all" if _YES[words.lower()] == "all" else "yes")
    first, blank, rest = words.replace(",", " ", 1).replace(":", " ", 1).partition(" ")
    if blank and first.lower() in {"n", "no"}:
        return Answer("no", rest.strip(" \t")[:_LONGEST_REASON])
    return NO
