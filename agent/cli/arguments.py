"""Words of the command line, checked: each mistake is told with the value and the remedy."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any, TypeAlias

from trueclick.geometry import Size, UsageError

Commands: TypeAlias = Any
"""What a command adds its parser to; argparse has a class for it and does not export it."""


def size(text: str) -> Size[Any]:
    """`WxH` as a size."""
    match = re.fullmatch(r"([0-9]{1,6})x([0-9]{1,6})", text)
    if match is None or 0 in (int(match[1]), int(match[2])):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size: write it as 1920x1080")
    return Size(int(match[1]), int(match[2]))


def task(text: str) -> str:
    """A task: the text itself, `@FILE` for a file's, `-` for standard input's.

    Raises:
        UsageError: if it cannot be read or is empty.
    """
    source = "the task"
    try:
        text.encode()  # what is no UTF-8 on the command line comes as lone surrogates
        if text == "-":
            source, text = "standard input", sys.stdin.read()
        elif text.startswith("@"):
            source = text[1:]
            text = Path(source).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the task file {source!r} cannot be read: {error.strerror}") from error
    except ValueError as error:  # not UTF-8, or a NUL in the name
        raise UsageError(f"{source} is not UTF-8 text") from error
    if not text.strip():
        raise UsageError("the task is empty")
    return text
