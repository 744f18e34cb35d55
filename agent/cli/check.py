"""`trueclick check`: whether claims about pictures hold, and where that is seen."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from trueclick.capture import BoxMark, Screenshot, read_image
from trueclick.geometry import UsageError

from .. import wording
from ..escape import printable
from ..vision.errors import JudgementError
from ..vision.spending import Spent
from ..whole_file import require_place, users_file
from . import arguments, check_batch, vision_options
from .check_junit import Case, junit
from .lines import JsonLines
from .model_client import client_for
from .vision_options import Judge

if TYPE_CHECKING:
    from anthropic import Anthropic

    from ..vision import Prepared, Source, Verdict


@dataclass(frozen=True, slots=True)
class _Group:
    """Pictures that a claim is about, all of them together."""

    sources: tuple[Source, ...]

    @property
    def name(self) -> str:
        return ", ".join(source.name for source in self.sources)


@dataclass(frozen=True, slots=True)
class _Judged:
    """What became of a claim about a group."""

    claim: str
    group: _Group
    outcome: Verdict | JudgementError
    seconds: float

    @property
    def verdict(self) -> Verdict | None:
        return None if isinstance(self.outcome, JudgementError) else self.outcome


def add_to(commands: arguments.Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "check",
        help="judge whether claims about pictures hold",
        description="Judge whether claims about pictures hold. A claim is about all pictures "
        'together, which are called "Image 1", "Image 2" and so on in their order; with --each it '
        "is judged of each by itself.",
        epilog="Exit status: 0 all claims hold; 1 some do not; 2 something is wrong, or there is "
        "no verdict.",
    )
    parser.add_argument("images", metavar="IMAGE", nargs="*", help=vision_options.SOURCES)
    parser.add_argument(
        "--that",
        metavar="CLAIM",
        action="append",
        default=[],
        dest="claims",
        help="what should hold, such as 'the total is 42 EUR and nothing is cut off'; @FILE reads "
        "it; may be given several times",
    )
    parser.add_argument("--each", action="store_true", help="judge each picture by itself")
    outputs = parser.add_mutually_exclusive_group()
    outputs.add_argument("--json", action="store_true", help="print one JSON object a verdict")
    outputs.add_argument("--junit", metavar="FILE", type=Path, help="write a JUnit report as well")
    parser.add_argument(
        "--annotate",
        metavar="DIR",
        type=Path,
        help="write each picture in which a verdict names places, with these, into this folder",
    )
    vision_options.add_system(parser)
    vision_options.add_model(parser, "judges claims of texts in quotes ('\"Saved\" is shown')")
    check_batch.add_options(parser)
    parser.set_defaults(command=_check)


def _check(options: argparse.Namespace) -> int:
    claims = [vision_options.text_of(claim, "--that") for claim in options.claims]
    if options.batch:
        return _in_batch(options, claims)
    check_batch.refuse_options(options)
    if not claims:
        raise UsageError("no claim: say what should hold, --that 'the total is 42 EUR'")
    judge = vision_options.judge_of(
        options, "judge texts in quotes with --model local, --that '\"Saved\" is shown'"
    )
    system = vision_options.system_of(options)
    found = vision_options.sources(options.images)
    groups = [_Group((source,)) for source in found] if options.each else [_Group(found)]
    folder = _outputs(options.junit, options.annotate)
    client = client_for(judge.model, judge.platform)
    judged: list[_Judged] = []
    spent = Spent(judge.model)
    lines, console = JsonLines(), Console(highlight=False, soft_wrap=True)
    try:
        with vision_options.billed_if_stopped(spent):
            for number, one in enumerate(_judged(groups, claims, client, judge, system, spent), 1):
                judged.append(one)
                if options.json:
                    lines(_as_json(one))
                else:
                    _tell(one, console)
                if folder is not None and one.verdict is not None:
                    _annotate(one.group, one.verdict, folder, number)
    finally:  # what was paid for is told, whatever came in between
        if options.json:
            lines.finish()
        elif judged:
            _tell_total(judged, spent, console)
        if options.junit is not None and judged:
            with users_file(options.junit) as file:
                file.write(junit([_case(one) for one in judged]))
    if any(one.verdict is None for one in judged):
        return 2
    return 0 if all(one.verdict and one.verdict.holds for one in judged) else 1


def _in_batch(options: argparse.Namespace, claims: Sequence[str]) -> int:
    if len(claims) > 1:
        raise UsageError("--batch judges one claim: give one --that")
    if options.annotate is not None:
        raise UsageError(
            "--batch and --annotate do not go together: annotate what fails afterwards"
        )
    found = vision_options.sources(options.images) if options.images else ()
    return check_batch.run(options, claims[0] if claims else "", found)


def _judged(
    groups: Sequence[_Group],
    claims: Sequence[str],
    client: Anthropic,
    judge: Judge,
    system: str | None,
    spent: Spent,
) -> Iterator[_Judged]:
    """Each claim about each group; pictures are read when their turn comes."""
    from ..vision import check  # noqa: PLC0415 - takes its time

    for group in groups:
        try:
            images = _prepared(group, judge)
        except UsageError as error:
            if len(groups) == 1:
                raise
            for claim in claims:  # one bad file does not cost the verdicts on the others
                yield _Judged(claim, group, JudgementError(str(error), usd=Decimal(0)), 0.0)
            continue
        for image in images:
            if image.reduced is not None:
                note = f"{image.name}: {image.reduced}"
                print(f"trueclick: {printable(note)}", file=sys.stderr)
        for claim in claims:
            began = time.monotonic()
            outcome: Verdict | JudgementError
            try:
                outcome = check(
                    claim,
                    images,
                    client=client,
                    model=judge.model,
                    platform=judge.platform,
                    effort=judge.effort,
                    system=system,
                    cached=len(claims) > 1,
                    on_used=spent.add,
                    on_retry=vision_options.tell_retry,
                )
            except JudgementError as error:
                outcome = error
            yield _Judged(claim, group, outcome, time.monotonic() - began)


def _prepared(group: _Group, judge: Judge) -> tuple[Prepared, ...]:
    from ..vision.images import prepare, require_count  # noqa: PLC0415

    require_count(len(group.sources), judge.model)
    return tuple(
        prepare(
            source.image,
            judge.model,
            judge.platform,
            among=len(group.sources),
            name=source.name,
        )
        for source in group.sources
    )


def _tell(one: _Judged, console: Console) -> None:
    verdict = one.verdict
    state = "no verdict" if verdict is None else "holds" if verdict.holds else "does not hold"
    style = "yellow" if verdict is None else "green" if verdict.holds else "red"
    console.print(f"{state}:", style=style, end=" ")
    console.print(printable(f"{one.claim.strip()} ({one.group.name})"), markup=False)
    for line in _details(one):
        console.print(f"  {printable(line)}", markup=False)


def _details(one: _Judged) -> list[str]:
    verdict = one.verdict
    if verdict is None:
        return [str(one.outcome)]
    return [
        *filter(None, [verdict.reason]),
        *(f"image {e.image + 1} {e.box}: {e.what}" for e in verdict.evidence),
        *(f"cannot be placed: {refused}" for refused in verdict.unplaced),
    ]


def _tell_total(judged: Sequence[_Judged], spent: Spent, console: Console) -> None:
    held = sum(one.verdict is not None and one.verdict.holds for one in judged)
    total = wording.counted(len(judged), "claim")
    words = vision_options.cost(spent.usage, spent.usd)
    console.print(
        f"{held} of {total} {'holds' if 1 in (held, len(judged)) else 'hold'}; {words}",
        markup=False,
    )


def _as_json(one: _Judged) -> dict[str, Any]:
    values: dict[str, Any] = {
        "claim": one.claim,
        "images": [source.name for source in one.group.sources],
    }
    verdict = one.verdict
    if verdict is None:
        usage = vision_options.usage_json(one.outcome.usage, one.outcome.usd)
        return {**values, "holds": None, "error": str(one.outcome), **usage}
    return {**values, **vision_options.verdict_json(verdict, verdict.usd)}


def _case(one: _Judged) -> Case:
    holds = None if one.verdict is None else one.verdict.holds
    return Case(one.claim.strip(), one.group.name, holds, "\n".join(_details(one)), one.seconds)


def _outputs(junit_file: Path | None, folder: Path | None) -> Path | None:
    """The folder for pictures, made; refuses what cannot be written before anything is paid for."""
    if junit_file is not None:
        require_place(junit_file)
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise UsageError(f"{str(folder)!r} is no folder that can be written to") from error
    return folder


def _annotate(group: _Group, verdict: Verdict, folder: Path, number: int) -> None:
    """Write the pictures in which a verdict names places, numbered: their names are not trusted."""
    color = "#009e73" if verdict.holds else "#d55e00"
    for index, source in enumerate(group.sources):
        marks = [
            BoxMark(evidence.box, label=evidence.what, color=color)
            for evidence in verdict.evidence
            if evidence.image == index
        ]
        if not marks or isinstance(source.image, str):
            continue
        shot = source.image if isinstance(source.image, Screenshot) else read_image(source.image)
        vision_options.annotate(shot, marks, folder / f"{number:04}-image-{index + 1}.png")
