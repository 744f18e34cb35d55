"""`trueclick fit`: the size at which a model sees an image, and what that costs."""

from __future__ import annotations

import argparse
import json
from typing import Any

from rich.console import Console

from trueclick.geometry import (
    ResolutionLimits,
    binding_limits,
    fit,
    legacy_token_estimate,
    padded,
    visual_tokens,
)
from trueclick.geometry.limits import Limit

from . import arguments


def add_to(commands: arguments.Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("fit", help="print the size at which a model sees an image")
    parser.add_argument("size", type=arguments.size, metavar="WxH", help="the image's size")
    arguments.add_model(parser)
    parser.add_argument(
        "--max-edge",
        type=arguments.count,
        metavar="PX",
        help="a lower ceiling for the longer edge; 2000 for requests of more than 20 images",
    )
    parser.add_argument(
        "--max-tokens", type=arguments.count, metavar="N", help="a budget of visual tokens"
    )
    parser.add_argument(
        "--min-scale",
        type=float,
        metavar="S",
        help="fail if the image would be shown smaller than this part of its size, such as 0.5",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(command=_fit)


def _fit(options: argparse.Namespace) -> int:
    model, limits, price = arguments.seen_by(options)
    limits = limits.capped(options.max_edge, max_tokens=options.max_tokens)
    sent = fit(options.size, limits, min_scale=options.min_scale)
    tokens = visual_tokens(sent)
    bound = binding_limits(options.size, limits)
    usd = price.usd(tokens) if price else None
    values: dict[str, Any] = {
        "model": model,
        "image": [options.size.width, options.size.height],
        "sent": [sent.width, sent.height],
        "padded": [padded(sent).width, padded(sent).height],
        "scale": round(sent.long_edge / options.size.long_edge, 6),
        "visual_tokens": tokens,
        "legacy_token_estimate": legacy_token_estimate(sent),
        "usd": None if usd is None else float(usd),
        "bound_by": list(bound),
    }
    console = Console(highlight=False, soft_wrap=True)
    if options.json:
        console.print(json.dumps(values), markup=False)
        return 0
    cost = "unknown" if usd is None else f"${usd.normalize():f} as input"
    lines = {
        "image": options.size,
        "seen at": f"{sent} by {model}",
        "padded to": padded(sent),
        "scale": f"{values['scale']:.4g}",
        "tokens": f"{tokens} (older estimate: {values['legacy_token_estimate']})",
        "cost": cost,
        "bound by": " and ".join(_limit(limit, limits) for limit in bound) or "nothing",
    }
    for name, value in lines.items():
        console.print(f"{name:<10} {value}", markup=False)
    return 0


def _limit(name: Limit, limits: ResolutionLimits) -> str:
    match name:
        case "max_edge":
            return f"the padded edge of {limits.max_edge} px"
        case "max_tokens":
            return f"{limits.max_tokens} visual tokens"
        case "ceiling":
            return f"the edge of {limits.ceiling} px asked for"
