"""What `locate`, `check` and `ask` share: who is asked, of which pictures, at what cost."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, get_args

from trueclick.capture import BoxMark, Screenshot, draw, encode
from trueclick.capture.image_file import MAX_BYTES
from trueclick.geometry import TrueclickError, UsageError, find_model
from trueclick.geometry.catalogue import Effort
from trueclick.geometry.requests import PLATFORMS, PlatformName

from .. import wording
from ..desktop import DEFAULT_MODEL
from ..escape import printable
from ..usage import Usage
from ..whole_file import users_file
from .model_client import LOCAL, chosen_model
from .signals import Stopped

if TYPE_CHECKING:
    from ..events import Retried
    from ..vision import JudgementError, Source, Verdict

SOURCES = (
    "files, folders, patterns such as 'shots/*.png', https:// addresses (the API fetches them, and "
    "no places can be told in them), file_... ids of the Files API, or - for standard input"
)
"""What names a picture, for the help."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Who is asked.

    Attributes:
        model: the model's id.
        platform: where it is called.
        effort: how much it thinks; its own default if `None`.
    """

    model: str
    platform: PlatformName
    effort: Effort | None


def add_model(parser: argparse.ArgumentParser, local: str) -> None:
    """Add the options that say who is asked.

    Args:
        parser: the command's.
        local: what the local model does for this command.
    """
    group = parser.add_argument_group("the model")
    group.add_argument(
        "--model",
        help=f'a Claude model, or "local": {local}. Default: {DEFAULT_MODEL} if there is a key '
        "for it",
    )
    group.add_argument(
        "--platform", choices=tuple(PLATFORMS), default="anthropic", help="where it is called"
    )
    group.add_argument(
        "--effort", choices=get_args(Effort), help="how much it thinks; default: its own"
    )


def add_system(parser: argparse.ArgumentParser) -> None:
    """Add `--system`."""
    parser.add_argument(
        "--system", metavar="TEXT", help="what else the model is told; @FILE reads it"
    )


def judge_of(options: argparse.Namespace, remedy: str) -> Judge:
    """Who is asked.

    Args:
        options: as they were given.
        remedy: what there is without a key.

    Raises:
        UsageError: if nobody can be, or takes no such effort.
    """
    platform: PlatformName = options.platform
    model = chosen_model(options.model, platform, os.environ, remedy)
    spec = find_model(model)
    if options.effort is not None and model == LOCAL:
        raise UsageError(f"--effort means nothing to --model {LOCAL}: leave it out")
    if options.effort is not None and options.effort not in spec.efforts:
        taken = ", ".join(spec.efforts) or "none"
        raise UsageError(f"{spec.id} takes the efforts {taken}, got {options.effort!r}")
    return Judge(model, platform, options.effort)


def system_of(options: argparse.Namespace) -> str | None:
    """What else the model is told.

    Raises:
        UsageError: if it cannot be read.
    """
    return None if options.system is None else text_of(options.system, "--system")


def text_of(given: str, what: str) -> str:
    """A text that was given, or the content of the file that `@FILE` names.

    Raises:
        UsageError: if it cannot be read or is empty.
    """
    text = given
    try:
        if given.startswith("@"):
            text = Path(given[1:]).read_text(encoding="utf-8")
        text.encode()  # what is no UTF-8 on the command line comes as lone surrogates
    except OSError as error:
        raise UsageError(
            f"{what}: the file {given[1:]!r} cannot be read: {error.strerror}"
        ) from error
    except ValueError as error:  # not UTF-8, or a NUL in the name
        raise UsageError(f"{what} is not UTF-8 text") from error
    if not text.strip():
        raise UsageError(f"{what} is empty")
    return text


def sources(words: Sequence[str]) -> tuple[Source, ...]:
    """The pictures that words name.

    Raises:
        UsageError: if there are none, or one names nothing.
    """
    from ..vision.sources import STDIN, sources_of  # noqa: PLC0415

    if not words:
        raise UsageError("no pictures: name files, folders, patterns, URLs or file ids")
    if sum(word in STDIN for word in words) > 1:
        raise UsageError("- stands for standard input, which holds one picture: name it once")
    return sources_of(words, lambda: sys.stdin.buffer.read(MAX_BYTES + 1))


def annotate(shot: Screenshot, marks: Iterable[BoxMark], path: Path) -> None:
    """Write a picture with marks on it, in its own pixels, as PNG.

    Raises:
        UsageError: if it cannot be written.
    """
    with users_file(path) as file:
        file.write(encode(draw(shot, marks)).data)


def tell_retry(event: Retried) -> None:
    """Say that a request is made again."""
    print(
        f"trueclick: {printable(event.reason)}; again in {wording.duration(event.wait_s)}",
        file=sys.stderr,
    )


def cost(usage: Usage, usd: Decimal | None) -> str:
    """What was used, in words."""
    return f"{wording.tokens(usage)}, {wording.dollars(usd)}"


class Bill(Protocol):
    """What was used by now, and what that cost."""

    @property
    def usage(self) -> Usage:
        """All of it."""
        ...

    @property
    def usd(self) -> Decimal | None:
        """What that cost at list price, or `None` if that is unknown."""
        ...


def billed(error: JudgementError) -> TrueclickError:
    """The error that says as well what was paid for all the same."""
    told = f" ({cost(error.usage, error.usd)})" if error.usage.total else ""
    return TrueclickError(f"{error}{told}")


@contextlib.contextmanager
def billed_if_stopped(bill: Bill) -> Generator[None]:
    """Where the command is stopped inside of the block, let it say what was used by then."""
    try:
        yield
    except Stopped as stopped:
        if bill.usage.total:
            stopped.stop.afterwards = f"used by then: {cost(bill.usage, bill.usd)}"
        raise


def usage_json(usage: Usage, usd: Decimal | None) -> dict[str, Any]:
    """What was used, for a program."""
    return {
        "usage": {
            "uncached": usage.uncached,
            "cache_read": usage.cache_read,
            "cache_write": usage.cache_write,
            "output": usage.output,
        },
        "usd": None if usd is None else float(usd),
    }


def verdict_json(verdict: Verdict, usd: Decimal | None) -> dict[str, Any]:
    """A verdict, for a program; images are counted from 1, as people are told them.

    Args:
        verdict: what was judged.
        usd: what that cost.
    """
    return {
        "holds": verdict.holds,
        "reason": verdict.reason,
        "evidence": [
            {
                "image": place.image + 1,
                "box": [place.box.x0, place.box.y0, place.box.x1, place.box.y1],
                "what": place.what,
            }
            for place in verdict.evidence
        ],
        "unplaced": list(verdict.unplaced),
        **usage_json(verdict.usage, usd),
    }
