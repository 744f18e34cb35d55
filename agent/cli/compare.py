"""`trueclick compare`: whether two pictures are the same, where they are not, and by how much."""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trueclick.geometry import UsageError

from ..escape import printable
from . import arguments

if TYPE_CHECKING:
    from trueclick.capture import Tolerance

    from ..qa.comparing import Names, Pair
    from ..qa.masks import Mask, Masking

SAME, DIFFERENT, UNREADABLE = 0, 1, 2
"""Exit statuses; the last one also means a mistake in the command."""

_MOST_BOXES = 5


def add_to(commands: arguments.Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "compare",
        help="compare two pictures, or two folders of them",
        description="Compare two pictures pixel by pixel, or two folders name by name. What "
        "differs only by how an edge was smoothed, by a text caret, or by little in its colour is "
        "no difference. Compared are 8 bits a channel, over white, and of an animation its first "
        "picture. Exit status: 0 the same, 1 different (other sizes are), 2 a mistake.",
    )
    parser.add_argument("first", type=Path, metavar="A", help="as it should be")
    parser.add_argument("second", type=Path, metavar="B", help="as it is")
    masks = parser.add_argument_group("what is not compared")
    masks.add_argument(
        "--mask",
        type=arguments.region,
        action="append",
        default=[],
        metavar="X0,Y0,X1,Y1",
        help="a box of both pictures; may be given again",
    )
    masks.add_argument(
        "--mask-text",
        action="append",
        default=[],
        metavar="TEXT",
        help="wherever a text stands in one of them (read locally)",
    )
    masks.add_argument(
        "--mask-pattern",
        action="append",
        default=[],
        metavar="REGEX",
        help='likewise what a line of text matches, such as "[0-9]+:[0-9]+"',
    )
    masks.add_argument(
        "--mask-colour",
        action="append",
        default=[],
        metavar="COLOUR",
        help='whatever has a colour in one of them, such as "#ff00ff"',
    )
    same = parser.add_argument_group("what is no difference")
    same.add_argument(
        "--tolerance",
        type=_channel,
        metavar="N",
        help="colours of which no channel differs by more, 0 to 255; default: 16",
    )
    same.add_argument("--pixels", type=_number, metavar="N", help="so many pixels; default: 0")
    same.add_argument(
        "--share", type=_share, metavar="P", help="such a share of all, 0 to 1, or 0.1%%"
    )
    same.add_argument(
        "--exact", action="store_true", help="nothing: each pixel must have the same colour"
    )
    same.add_argument(
        "--other-hinting",
        action="store_true",
        help="letters that are drawn with another font hinting, if all are, as on another machine, "
        "and are read as the same (locally)",
    )
    told = parser.add_argument_group("what is told")
    told.add_argument(
        "--out", type=Path, metavar="PNG", help="a picture of the difference; of folders, a folder"
    )
    told.add_argument(
        "--side-by-side", type=Path, metavar="PNG", help="before, after and difference in one"
    )
    told.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(command=_compare)


def _compare(options: argparse.Namespace) -> int:
    first, second = options.first, options.second
    if first.is_dir() != second.is_dir():
        folder, file = (first, second) if first.is_dir() else (second, first)
        raise UsageError(
            f"{str(folder)!r} is a folder and {str(file)!r} is none: compare two pictures, "
            "or two folders"
        )
    _require_apart(first, second, options.out, options.side_by_side)
    command = _Command(options, _masks(options), _tolerance(options))
    return command.folders(first, second) if first.is_dir() else command.files(first, second)


@dataclass(frozen=True, slots=True)
class _Command:
    """The command with what was asked for."""

    options: argparse.Namespace
    masks: list[Mask]
    tolerance: Tolerance

    def files(self, first: Path, second: Path) -> int:
        """Compare two files."""
        masking = self._masking()
        pair = _pair(first, second, masking)
        written = self._write(pair, masking, self.options.out, self.options.side_by_side)
        if self.options.json:
            print(json.dumps(_as_json(pair) | written))
        else:
            for line in (*_told(pair), *self._remedy(pair)):
                print(line)
            for what, path in written.items():
                print(f"{what.replace('_', ' ')}: {printable(path)}")
        return SAME if pair.same else DIFFERENT

    def folders(self, first: Path, second: Path) -> int:
        """Compare the pictures of two folders that have the same name."""
        from ..qa.comparing import Names  # noqa: PLC0415 - brings numpy

        if self.options.side_by_side is not None:
            raise UsageError("--side-by-side is for two pictures; of folders use --out FOLDER")
        names = Names.of(first, second)
        masking, status = self._masking(), SAME
        if names.first_alone or names.second_alone:
            status = DIFFERENT
        pictures: list[dict[str, Any]] = []
        for name in names.both:
            try:
                pair = _pair(first / name, second / name, masking)
            except UsageError as error:
                status = UNREADABLE
                pictures.append({"name": name, "error": str(error)})
                self._say(f"{name}: {error}")
                continue
            status = max(status, SAME if pair.same else DIFFERENT)
            out = None
            if self.options.out is not None and not pair.same:
                out = self.options.out / (name if name.endswith(".png") else f"{name}.png")
                _make_folder(out.parent)
            pictures.append({"name": name, **_as_json(pair), **self._write(pair, masking, out)})
            self._say(f"{name}: {_told(pair)[0]}")
        for alone, where in ((names.first_alone, first), (names.second_alone, second)):
            for name in alone:
                self._say(f"{name}: only in {where}")
        self._end(names, pictures, status)
        return status

    def _end(self, names: Names, pictures: list[dict[str, Any]], status: int) -> None:
        if self.options.json:
            alone = {"only_in_a": names.first_alone, "only_in_b": names.second_alone}
            print(json.dumps({"same": status == SAME, "pictures": pictures, **alone}))
            return
        same = sum(picture.get("same", False) for picture in pictures)
        every = len(pictures) + len(names.first_alone) + len(names.second_alone)
        print(f"{same} of {every} pictures are the same")

    def _say(self, line: str) -> None:
        if not self.options.json:
            print(printable(line))

    def _masking(self) -> Masking:
        from ..qa.masks import Masking  # noqa: PLC0415 - brings numpy
        from ..qa.reading import TextReader  # noqa: PLC0415

        hinting = self.options.other_hinting
        if hinting and importlib.util.find_spec("rapidocr") is None:
            raise UsageError(
                '--other-hinting needs the extra "local": pip install "trueclick[local]"'
            )
        return Masking(self.masks, self.tolerance, TextReader().read, hinting)

    def _remedy(self, pair: Pair) -> list[str]:
        """What to say of two pictures that another font hinting alone may tell apart."""
        if pair.comparison is None or pair.same or self.options.other_hinting:
            return []
        masking = self._masking()
        masking.hinting = True
        if not masking.compared(pair.first, pair.second).same:
            return []
        return ["all letters may just be drawn with another font hinting: --other-hinting"]

    def _write(
        self, pair: Pair, masking: Masking, out: Path | None, three: Path | None = None
    ) -> dict[str, str]:
        """The files of pictures that were asked for, by what they show."""
        from trueclick.capture import encode  # noqa: PLC0415 - brings numpy

        from ..whole_file import users_file  # noqa: PLC0415

        written: dict[str, str] = {}
        for what, path, picture in (
            ("difference", out, pair.difference),
            ("side_by_side", three, pair.side_by_side),
        ):
            if path is not None:
                with users_file(path) as file:
                    file.write(encode(picture(masking)).data)
                written[what] = str(path)
        return written


def _require_apart(*paths: Path | None) -> None:
    """Refuse to write over what is compared, or two pictures into one file.

    Raises:
        UsageError: if what is written has the place of anything else.
    """
    first, second, *written = paths
    taken = {path.resolve() for path in (first, second) if path is not None}
    for path in written:
        if path is None:
            continue
        if path.resolve() in taken:
            raise UsageError(f"{str(path)!r} is taken by another picture: name another place")
        taken.add(path.resolve())


def _pair(first: Path, second: Path, masking: Masking) -> Pair:
    from trueclick.capture import read_image  # noqa: PLC0415 - brings numpy

    from ..qa.comparing import Pair  # noqa: PLC0415

    return Pair.of(read_image(first), read_image(second), masking)


def _told(pair: Pair) -> list[str]:
    """What is said of two pictures, a line each; the first one says it all in short."""
    from ..qa.pictures import told  # noqa: PLC0415 - brings numpy

    found = pair.comparison
    if found is None:
        sizes = f"{pair.first.size} and {pair.second.size} pixels"
        return [f"different: the sizes are {sizes}, so nothing else was compared"]
    passed = f" ({found.ignored:,} pixels were let pass)" if found.ignored else ""
    if not found.pixels:
        return [f"the same{passed}"]
    verdict = "the same within the tolerance" if pair.same else "different"
    boxes = [str(box) for box in found.boxes[:_MOST_BOXES]]
    more = len(found.boxes) - len(boxes)
    return [
        f"{verdict}: {told(found, pair.second)}{passed}",
        f"where: {', '.join(boxes)}{f' and {more} more' if more else ''}",
        f"similarity of the structure: {pair.similarity:.4f}",
    ]


def _as_json(pair: Pair) -> dict[str, Any]:
    found = pair.comparison
    sizes = [[each.size.width, each.size.height] for each in (pair.first, pair.second)]
    return {
        "same": pair.same,
        "sizes": sizes,
        "pixels": None if found is None else found.pixels,
        "share": None if found is None else pair.share,
        "ignored": None if found is None else found.ignored,
        "boxes": [[b.x0, b.y0, b.x1, b.y1] for b in (() if found is None else found.boxes)],
        "similarity": pair.similarity,
    }


def _masks(options: argparse.Namespace) -> list[Mask]:
    from ..qa.masks import Mask, masks_of  # noqa: PLC0415 - brings numpy

    masks = [*masks_of(options.mask), *map(Mask.text, options.mask_text)]
    for pattern in options.mask_pattern:
        try:
            masks.append(Mask.text(re.compile(pattern)))
        except re.error as error:
            raise UsageError(f"--mask-pattern {pattern!r} is no pattern: {error}") from error
    return masks + [Mask.colour(colour) for colour in options.mask_colour]


def _tolerance(options: argparse.Namespace) -> Tolerance:
    from trueclick.capture import EXACT, Tolerance  # noqa: PLC0415 - brings numpy

    given = {
        name: value
        for name, value in (
            ("channel", options.tolerance),
            ("pixels", options.pixels),
            ("share", options.share),
        )
        if value is not None
    }
    if options.exact:
        if given or options.other_hinting:
            raise UsageError("--exact allows for nothing: leave the other tolerances out")
        return EXACT
    return Tolerance(**given)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{str(folder)!r} cannot be made: {error.strerror or error}") from error


def _channel(text: str) -> int:
    number = _number(text)
    if number > 255:
        raise argparse.ArgumentTypeError(f"{text!r} is not from 0 to 255")
    return number


def _number(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 0")
    return int(text)


def _share(text: str) -> float:
    match = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,9})?)(%?)", text)
    share = float(match[1]) / (100 if match[2] else 1) if match else 2.0
    if share > 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share: write it as 0.001 or 0.1%")
    return share
