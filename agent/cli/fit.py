"""`trueclick fit`: the size at which a model sees an image."""

from __future__ import annotations

import argparse
import json
from typing import Any

from rich.console import Console

from trueclick.geometry import find_model, fit, padded, visual_tokens

from ..desktop import DEFAULT_MODEL
from . import arguments


def add_to(commands: arguments.Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("fit", help="print the size at which a model sees an image")
    parser.add_argument("size", type=arguments.size, metavar="WxH", help="the image's size")
    parser.add_argument("--model", default=DEFAULT_MODEL, help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(command=_fit)


def _fit(options: argparse.Namespace) -> int:
    sent = fit(options.size, find_model(options.model).limits)
    whole, tokens = padded(sent), visual_tokens(sent)
    values: dict[str, Any] = {
        "model": options.model,
        "image": [options.size.width, options.size.height],
        "sent": [sent.width, sent.height],
        "padded": [whole.width, whole.height],
        "visual_tokens": tokens,
    }
    console = Console(highlight=False, soft_wrap=True)
    if options.json:
        console.print(json.dumps(values), markup=False)
    else:
        console.print(
            f"{options.size} is seen by {options.model} at {sent}, padded to {whole}: "
            f"{tokens} visual tokens"
        )
    return 0
