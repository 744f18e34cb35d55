"""`trueclick check --batch`: thousands of pictures through the Message Batches API."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from trueclick.geometry import UsageError, find_model

from ..whole_file import require_place, users_file
from . import arguments, vision_options
from .check_batch_told import BatchOutput, as_json, case
from .check_junit import junit
from .lines import JsonLines
from .model_client import LOCAL, client_for
from .signals import Stop

if TYPE_CHECKING:
    from ..batches import Question, Report, Settings
    from ..vision import Source

_USUAL: Mapping[str, object] = {
    **dict.fromkeys(("state", "max_usd", "split", "poll", "patience")),
    **dict.fromkeys(("retry", "cancel", "resend", "keep_files"), False),
    "beside": [],
}
"""Our options, as they are if they were not given."""

_NOTHING_YET = "this command has sent nothing yet"

_GO_ON = (
    "what was sent is judged and paid all the same: the same command goes on from here, and with "
    "--cancel it ends what has not been judged yet"
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options to those of `trueclick check`."""
    group = parser.add_argument_group(
        "many pictures",
        "Each picture is judged by itself, some time within a day, at half the price. The command "
        "may end at any point: the same command goes on from there, and with further pictures it "
        "sends those alone. A picture is known by its content, whatever it is called; one that the "
        "API fetches by its address: should another one be there later, it is not judged again.",
    )
    group.add_argument("--batch", action="store_true", help="judge through the Message Batches API")
    group.add_argument(
        "--state",
        metavar="DIR",
        type=Path,
        help="where it is written down what was sent and judged; by default a folder for this "
        "claim and model below ~/.local/state/trueclick/batches. Two commands at once are refused "
        "there, but not on Windows",
    )
    group.add_argument(
        "--beside",
        metavar="IMAGE",
        action="append",
        default=[],
        help='shown with each picture, before it, as "Image 1"; uploaded once; may be given '
        "several times",
    )
    group.add_argument(
        "--max-usd",
        type=_usd,
        metavar="USD",
        help="send nothing if all would cost more, by an estimate; 0 tells the estimate alone",
    )
    group.add_argument("--retry", action="store_true", help="send again what failed before")
    group.add_argument("--cancel", action="store_true", help="cancel what was sent; send nothing")
    group.add_argument(
        "--resend",
        action="store_true",
        help="send again what may have been sent before, where nobody can tell but you",
    )
    group.add_argument("--keep-files", action="store_true", help="leave uploaded pictures there")
    group.add_argument(
        "--split", type=arguments.count, metavar="N", help="pictures in a batch, at most; 10000"
    )
    group.add_argument(
        "--poll", type=_seconds, metavar="S", help="seconds between two looks, at most; 60"
    )
    group.add_argument(
        "--patience",
        type=_seconds,
        metavar="S",
        help="seconds that the API is given to create a batch of which no answer came; 60",
    )


def refuse_options(options: argparse.Namespace) -> None:
    """Refuse what was asked for with `--batch` in mind, and means nothing without it.

    Raises:
        UsageError: with the first of it.
    """
    for name, usual in _USUAL.items():
        if getattr(options, name) != usual:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} goes with --batch alone: add that, or leave it out")


def run(options: argparse.Namespace, claim: str, sources: Sequence[Source]) -> int:
    """Judge pictures, and return the exit status.

    Args:
        options: as they were given.
        claim: what should hold of each picture; empty if none was given.
        sources: the pictures.

    Raises:
        TrueclickError: if something is wrong, or it cannot go on now.
    """
    if not options.cancel and not (claim.strip() and sources):
        raise UsageError(
            "--batch needs pictures and a claim: --that 'nothing is cut off'"
            if not claim.strip()
            else "no pictures: name files, folders, patterns, URLs or file ids"
        )
    if not claim.strip() and options.state is None:
        raise UsageError("--cancel needs the claim that was checked, or --state DIR")
    if options.cancel and options.retry:
        raise UsageError("--cancel sends nothing, and --retry sends again: leave one of them out")
    judge = vision_options.judge_of(options, "judge each by itself with --model local --each")
    if judge.platform != "anthropic" or judge.model == LOCAL:
        where = f"--platform {judge.platform}" if judge.model != LOCAL else f"--model {LOCAL}"
        raise UsageError(f"--batch and {where} do not go together: only the Claude API has batches")
    if options.junit is not None:
        require_place(options.junit)
    from ..batches import judge_many  # noqa: PLC0415 - takes its time

    client = client_for(judge.model, judge.platform)
    question = _question(options, claim, judge)
    folder = options.state or _folder(question)
    stopping: Stop = options.stopping
    stopping.afterwards = _NOTHING_YET
    with BatchOutput(json=options.json, folder=folder) as output:

        def on_its_way() -> None:
            stopping.afterwards = _GO_ON

        output.on_its_way = on_its_way
        report = judge_many(
            question,
            sources,
            client=client,
            folder=folder,
            settings=_settings(options),
            watch=output,
        )
        stopping.afterwards = None
    _tell(options, claim, report, output)
    if report.failed:
        return 2
    return 1 if report.not_holding else 0


def _question(options: argparse.Namespace, claim: str, judge: vision_options.Judge) -> Question:
    from ..batches import Question  # noqa: PLC0415
    from ..batches.pictures import beside  # noqa: PLC0415

    shown, digests = beside(
        vision_options.sources(options.beside) if options.beside else (),
        find_model(judge.model),
        1 + len(options.beside),
    )
    return Question(
        claim=claim,
        model=judge.model,
        effort=judge.effort,
        system=vision_options.system_of(options),
        beside=shown,
        digests=digests,
    )


def _settings(options: argparse.Namespace) -> Settings:
    from ..batches import Settings, Split  # noqa: PLC0415

    usual = Settings()
    return Settings(
        max_usd=options.max_usd,
        retry=options.retry,
        resend=options.resend,
        cancel=options.cancel,
        keep_files=options.keep_files,
        split=usual.split if options.split is None else Split(requests=options.split),
        poll_s=usual.poll_s if options.poll is None else options.poll,
        doubt_s=usual.doubt_s if options.patience is None else options.patience,
    )


def _folder(question: Question) -> Path:
    """Where the state of a question belongs if the user has said nothing."""
    state = Path(os.environ.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():
        state = Path(os.environ.get("HOME") or Path.home(), ".local", "state")
    return state / "trueclick" / "batches" / question.digest[:16]


def _tell(options: argparse.Namespace, claim: str, report: Report, output: BatchOutput) -> None:
    if options.json:
        lines = JsonLines()
        for each in report.judged:
            lines(as_json(claim, each))
        lines.finish()
    else:
        output.summary(report)
    if options.junit is not None:
        with users_file(options.junit) as file:
            file.write(junit([case(claim, each) for each in report.judged]))


def _usd(text: str) -> Decimal:
    return Decimal(0) if text == "0" else arguments.amount(text)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,3})?", text) or not float(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return float(text)
