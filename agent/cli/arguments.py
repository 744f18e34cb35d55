"""Words of the command line, checked: each mistake is told with the value and the remedy."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

from trueclick.geometry import (
    MODELS,
    Box,
    Image,
    Price,
    ResolutionLimits,
    Screen,
    Size,
    UnknownModelError,
    UsageError,
    find_model,
)

from ..desktop import DEFAULT_MODEL

Commands: TypeAlias = Any
"""What a command adds its parser to; argparse has a class for it and does not export it."""

Group: TypeAlias = Any
"""A group of options, likewise."""


SMALLEST = Size[Any](320, 200)
"""A display on which the usual windows still show something."""


def size(text: str) -> Size[Any]:
    """`WxH` as a size."""
    match = re.fullmatch(r"([0-9]{1,6})x([0-9]{1,6})", text)
    if match is None or 0 in (int(match[1]), int(match[2])):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size: write it as 1920x1080")
    return Size(int(match[1]), int(match[2]))


def display_size(text: str) -> Size[Any]:
    """`WxH` as the size of a display on which there is room for a window."""
    given = size(text)
    if given.width < SMALLEST.width or given.height < SMALLEST.height:
        raise argparse.ArgumentTypeError(f"{text!r} is too small: at least {SMALLEST}")
    return given


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add `--model`, and `--limits` for a model that the catalogue does not know."""
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--model", default=DEFAULT_MODEL, help="a partner platform's id will do; %(default)s"
    )
    either.add_argument(
        "--limits",
        type=_limits,
        metavar="EDGE,TOKENS",
        help="what a model sees unscaled that is not in the catalogue, such as 2576,4784",
    )


def seen_by(options: argparse.Namespace) -> tuple[str, ResolutionLimits, Price | None]:
    """Who sees something, by its name, its limits and its price.

    Raises:
        UsageError: if the model is unknown.
    """
    if options.limits is not None:
        limits: ResolutionLimits = options.limits
        return f"a model with {limits.max_edge},{limits.max_tokens}", limits, None
    try:
        spec = find_model(options.model)
    except UnknownModelError as error:
        known = ", ".join(spec.id for spec in MODELS)
        raise UsageError(
            f"unknown model {options.model!r}; known: {known}. For any other: --limits EDGE,TOKENS"
        ) from error
    return spec.id, spec.limits, spec.price


def _limits(text: str) -> ResolutionLimits:
    match = re.fullmatch(r"([0-9]{1,6}),([0-9]{1,6})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} are no limits: write them as 2576,4784")
    try:
        return ResolutionLimits(int(match[1]), int(match[2]))
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def count(text: str) -> int:
    """A number of at least 1."""
    return _counted(text, 7)


def large_count(text: str) -> int:
    """A number of at least 1, maybe of billions."""
    return _counted(text, 12)


def as_typed(words: Iterable[str]) -> str:
    """Words of a command line as they are typed: quotes within quotes are of two kinds."""
    return " ".join(
        f'"{word}"' if "'" in word and not re.search(r'["$`\\!]', word) else shlex.quote(word)
        for word in words
    )


def _counted(text: str, digits: int) -> int:
    if not re.fullmatch(rf"[1-9][0-9]{{0,{digits - 1}}}", text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of at least 1, in at most {digits} digits"
        )
    return int(text)


def amount(text: str) -> Decimal:
    """A number above 0, maybe with a fraction."""
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", text) or not Decimal(text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number above 0, of at most 9 digits and 6 after the point"
        )
    return Decimal(text)


def point(text: str) -> tuple[int, int]:
    """`X,Y` as two integers; what they are pixels of is the command's affair."""
    match = re.fullmatch(r"\s*(-?[0-9]{1,6}),\s*(-?[0-9]{1,6})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a point: write it as 812,440")
    return int(match[1]), int(match[2])


def region(text: str) -> Box[Image]:
    """`X0,Y0,X1,Y1` as a part of a picture."""
    match = re.fullmatch(r"([0-9]{1,6}),([0-9]{1,6}),([0-9]{1,6}),([0-9]{1,6})", text)
    try:
        if match is not None:
            return Box[Image](*map(int, match.groups()))
    except UsageError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is not a region: write it as 100,50,300,200")


def screen(text: str) -> Box[Screen]:
    """`WxH+X+Y` as a display's place in pointer coordinates; the origin may be left out."""
    match = re.fullmatch(
        r"([0-9]{1,6}x[0-9]{1,6})(?:\+?([+-][0-9]{1,6})\+?([+-][0-9]{1,6}))?", text
    )
    if match is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a screen: write it as 1920x1080+0+0, or 1920x1080-1920+0 for one to "
            "the left"
        )
    extent = size(match[1])
    left, top = int(match[2] or 0), int(match[3] or 0)
    return Box[Screen].from_xywh(left, top, extent.width, extent.height)


def screen_text(box: Box[Screen]) -> str:
    """A display's place as `screen` reads it."""
    return f"{box.size}{box.x0:+}{box.y0:+}"


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
