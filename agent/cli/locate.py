"""`trueclick locate`: where something is in a picture, in the picture's own pixels."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from trueclick.capture import BoxMark, Screenshot, read_image
from trueclick.geometry import UsageError, find_model, visual_tokens

from .. import wording
from ..escape import printable
from ..usage import Usage
from ..vision.errors import JudgementError
from ..vision.spending import Spent
from ..whole_file import require_place
from . import arguments, vision_options
from .model_client import LOCAL, client_for
from .vision_options import Judge

if TYPE_CHECKING:
    from ..vision import Places


def add_to(commands: arguments.Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "locate",
        help="find something in a picture: points and boxes in its own pixels",
        description="Find something in a picture. A text in quotes, '\"Save\"', is read here, by "
        "no model; anything else is asked of one, in parts where the picture is too large for one "
        "view.",
        epilog="Exit status: 0 found; 1 not found, or found more than once without --all; 2 "
        "something is wrong, or there is no answer.",
    )
    parser.add_argument("image", metavar="IMAGE", help="a file, or - for standard input")
    parser.add_argument(
        "what", metavar="WHAT", help="such as 'the Save button', or '\"Save\"' for a text"
    )
    parser.add_argument("--all", action="store_true", help="every place, instead of the one meant")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--annotate", metavar="OUT", type=Path, help="write the picture with what was found, as PNG"
    )
    vision_options.add_model(parser, "finds texts in quotes, which need no model anyway")
    parser.set_defaults(command=_locate)


def _locate(options: argparse.Namespace) -> int:
    from ..vision.quoting import quoted  # noqa: PLC0415

    what = vision_options.text_of(options.what, "what to find")
    if options.annotate is not None:
        require_place(options.annotate)  # before anything is paid for
    name, shot = _picture(options.image)
    if quoted(what) is not None:
        if options.model is not None:
            vision_options.judge_of(options, "")  # a mistake in what is not needed is one still
        judge = Judge(LOCAL, "anthropic", None)  # which is not asked
    else:
        judge = vision_options.judge_of(options, "find a text in quotes, such as '\"Save\"'")
    spent = Spent(judge.model)
    try:
        with vision_options.billed_if_stopped(spent):
            places = _found(what, shot, judge, spent, every=options.all)
    except JudgementError as error:
        if options.json:
            print(json.dumps(_as_json(what, name, shot, error, spent)))
        raise vision_options.billed(error) from error
    if options.annotate is not None:
        # Boxes alone: a point's ring would cover what is small.
        marks = [
            BoxMark(one.box, label=f"{number} {one.label}".strip())
            for number, one in enumerate(places.found, 1)
        ]
        vision_options.annotate(shot, marks, options.annotate)
    if options.json:
        print(json.dumps(_as_json(what, name, shot, places, spent)))
    else:
        _tell(what, name, places, every=options.all)
    return 0 if places.found and (options.all or len(places.found) == 1) else 1


def _picture(word: str) -> tuple[str, Screenshot]:
    found = vision_options.sources([word])
    if len(found) != 1:
        raise UsageError(f"{word!r} names {len(found)} pictures: name one")
    image = found[0].image
    if isinstance(image, str):
        raise UsageError(
            f"{found[0].name!r} is fetched by the API, so its size is not known here: download it "
            "and name the file"
        )
    return found[0].name, image if isinstance(image, Screenshot) else read_image(image)


def _found(what: str, shot: Screenshot, judge: Judge, spent: Spent, *, every: bool) -> Places:
    # What it needs takes its time.
    from ..vision.locating import find_places, views_of  # noqa: PLC0415

    if judge.model != LOCAL and len(views := views_of(shot.size, find_model(judge.model))) > 1:
        usage = Usage(uncached=sum(visual_tokens(view.size) for view in views))
        usd = usage.usd(find_model(judge.model).price)
        print(
            f"{len(views)} views of {shot.size}: {usage.input:,} tokens, {wording.dollars(usd)}, "
            "and the answers",
            file=sys.stderr,
        )
    return find_places(
        what,
        shot,
        client=lambda: client_for(judge.model, judge.platform),
        model=judge.model,
        every=every,
        platform=judge.platform,
        effort=judge.effort,
        on_used=spent.add,
        on_retry=vision_options.tell_retry,
    )


def _tell(what: str, name: str, places: Places, *, every: bool) -> None:
    console = Console(highlight=False, soft_wrap=True)
    found = places.found
    if found and (every or len(found) == 1):
        for one in found:
            console.print(f"{one.point} {one.box} {printable(one.label)}", markup=False)
    elif found:
        where = ", ".join(str(one.point) for one in found)
        print(
            f"trueclick: {printable(what)} is in {printable(name)} {len(found)} times, at {where}: "
            "say which is meant, or --all",
            file=sys.stderr,
        )
    else:
        print(f"trueclick: {printable(what)} is not in {printable(name)}", file=sys.stderr)
    for refused in places.unplaced:
        print(f"trueclick: cannot be placed: {printable(refused)}", file=sys.stderr)
    if places.views:
        shown = wording.counted(places.views, "view")
        print(f"{shown}: {vision_options.cost(places.usage, places.usd)}", file=sys.stderr)


def _as_json(
    what: str, name: str, shot: Screenshot, places: Places | JudgementError, spent: Spent
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "image": name,
        "size": [shot.size.width, shot.size.height],
        "what": what,
    }
    usage = vision_options.usage_json(spent.usage, spent.usd)
    if isinstance(places, JudgementError):
        return {**values, "found": None, "error": str(places), **usage}
    return {
        **values,
        "found": [
            {
                "point": [one.point.x, one.point.y],
                "box": [one.box.x0, one.box.y0, one.box.x1, one.box.y1],
                "label": one.label,
            }
            for one in places.found
        ],
        "unplaced": list(places.unplaced),
        "views": places.views,
        **usage,
    }
