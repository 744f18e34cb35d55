"""`trueclick displays` and `trueclick shot`: what can be captured, and a picture of it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console

from trueclick.capture import (
    CaptureError,
    Display,
    Format,
    Source,
    displays,
    encode,
    servers,
)
from trueclick.capture.source import NO_DISPLAY
from trueclick.geometry import UsageError, find_model, fit
from trueclick.geometry.requests import LARGEST_EDGE

from ..escape import printable
from . import arguments


def add_to(commands: arguments.Commands) -> None:
    """Add the commands to the parser."""
    listing = commands.add_parser("displays", help="list the displays that can be captured")
    listing.add_argument("--display", metavar=":N", help="one X server alone; default: all here")
    listing.add_argument("--json", action="store_true", help="print one JSON array")
    listing.set_defaults(command=_displays)
    shot = commands.add_parser("shot", help="save a screenshot")
    shot.add_argument(
        "file",
        type=Path,
        nargs="?",
        default=Path("screenshot.png"),
        help="where to: .png, .webp or .jpg; - for a PNG on standard output; default: %(default)s",
    )
    shot.add_argument("--display", metavar=":N", help="the X server; default: DISPLAY")
    shot.add_argument("--index", type=int, default=0, help="which monitor; default: 0")
    sizes = shot.add_mutually_exclusive_group()
    sizes.add_argument("--model", help="scale to what this model sees")
    sizes.add_argument("--size", type=arguments.size, metavar="WxH", help="scale to this size")
    shot.add_argument("--pointer", action="store_true", help="draw the pointer in")
    shot.add_argument(
        "--region",
        type=arguments.region,
        metavar="X0,Y0,X1,Y1",
        help="a part of the monitor alone, in its own pixels",
    )
    shot.set_defaults(command=_shot)


def _as_json(display: Display) -> dict[str, object]:
    box = display.box
    return {
        "server": display.server,
        "index": display.index,
        "left": box.x0,
        "top": box.y0,
        "width": box.width,
        "height": box.height,
        "primary": display.primary,
        "output": display.output,
    }


def _displays(options: argparse.Namespace) -> int:
    found = displays(options.display) if options.display else _all_displays()
    if options.json:
        print(json.dumps([_as_json(display) for display in found]))
        return 0
    console = Console(highlight=False, soft_wrap=True)
    for display in found:
        box = display.box
        primary = ", primary" if display.primary else ""
        output = f" ({printable(display.output)})" if display.output else ""
        console.print(
            f"{display.server} {display.index}: {box.size} at {box.x0},{box.y0}{primary}{output}",
            markup=False,
        )
    return 0


def _all_displays() -> list[Display]:
    """The displays of every server that lets us in; those that do not are named on stderr."""
    found: list[Display] = []
    closed: list[str] = []
    for server in servers():
        try:
            found += displays(server)
        except CaptureError as error:
            closed.append(str(error))
    if not found:
        # One line: why the first does not let us in, or that there is none at all.
        raise CaptureError(closed[0] if closed else NO_DISPLAY)
    for reason in closed:
        print(f"trueclick: {reason}", file=sys.stderr)
    return found


_FORMATS: dict[str, Format] = {
    "": "png",
    ".png": "png",
    ".webp": "webp",
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
}


def _shot(options: argparse.Namespace) -> int:
    limits = find_model(options.model).limits if options.model is not None else None
    if options.size is not None and max(options.size.width, options.size.height) > LARGEST_EDGE:
        raise UsageError(f"--size is at most {LARGEST_EDGE} pixels a side, got {options.size}")
    suffix = options.file.suffix.lower()
    if suffix not in _FORMATS:
        raise UsageError(f"{options.file} ends in none of .png, .webp, .jpg")
    with Source(options.display, options.index, pointer=options.pointer) as source:
        picture = source.grab(options.region)
    size = options.size or (fit(picture.size, limits) if limits is not None else None)
    packed = encode(picture, size, format=_FORMATS[suffix])
    if str(options.file) == "-":
        sys.stdout.buffer.write(packed.data)
        return 0
    try:
        options.file.write_bytes(packed.data)
    except OSError as error:
        raise UsageError(f"{options.file} cannot be written: {error.strerror}") from error
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{options.file}: {packed.size}", markup=False)
    return 0
