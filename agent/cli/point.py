"""`trueclick map`: where a point of a screenshot lies on the screen, and the other way round."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any, TypeVar

from rich.console import Console

from trueclick.geometry import (
    Image,
    Model,
    Point,
    Refusal,
    Screen,
    Size,
    UsageError,
    View,
)

from . import arguments

P = TypeVar("P")
Q = TypeVar("Q")


def add_to(commands: arguments.Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "map",
        help="map a point between a screenshot and the screen, both ways",
        description="Map a point both ways: as a pixel of the screenshot that a model is shown, "
        "and as a position of the pointer on the screen.",
    )
    parser.add_argument("point", type=arguments.point, metavar="X,Y", help="such as 812,440")
    parser.add_argument(
        "--screen",
        type=arguments.screen,
        required=True,
        metavar="WxH+X+Y",
        help="the display's size and origin in pointer coordinates; -X is left of the primary one",
    )
    parser.add_argument(
        "--capture",
        type=arguments.size,
        metavar="WxH",
        help="the size of its captures in device pixels, where that is another one (HiDPI)",
    )
    arguments.add_model(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(command=_map)


def _map(options: argparse.Namespace) -> int:
    model, limits, _ = arguments.seen_by(options)
    capture: Size[Image] = options.capture or options.screen.size
    view = View.fitted(options.screen, capture, limits)
    x, y = options.point
    landed, missed = _mapped(view.to_screen, Point[Model](x, y))
    seen, hidden = _mapped(view.to_model, Point[Screen](x, y))
    if landed is None and seen is None:
        raise UsageError(f"{missed}, and {hidden}")
    console = Console(highlight=False, soft_wrap=True)
    if options.json:
        values: dict[str, Any] = {
            "model": model,
            "screen": [view.display.x0, view.display.y0, view.display.x1, view.display.y1],
            "capture": [capture.width, capture.height],
            "screenshot": [view.model.width, view.model.height],
            "point": [x, y],
            "screenshot_to_screen": landed and [landed.x, landed.y],
            "screen_to_screenshot": seen and [seen.x, seen.y],
        }
        console.print(json.dumps(values), markup=False)
        return 0
    lines = (
        f"{model} sees the screen {arguments.screen_text(view.display)} at {view.model}",
        f"screenshot ({x}, {y}) -> screen {landed}" if landed else missed,
        f"screen ({x}, {y}) -> screenshot {seen}" if seen else hidden,
    )
    for line in lines:
        console.print(line, markup=False)
    return 0


def _mapped(to: Callable[[P], Q], point: P) -> tuple[Q | None, str]:
    """A point's image, or `None` and why there is none."""
    try:
        return to(point), ""
    except Refusal as refusal:
        return None, str(refusal)
