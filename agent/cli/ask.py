"""`trueclick ask`: questions about pictures, and in a terminal the ones that follow from them."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.console import Console

from trueclick.geometry import TrueclickError, UsageError

from .. import wording
from ..escape import printable
from ..vision.errors import JudgementError
from . import arguments, vision_options
from .lines import JsonLines
from .model_client import LOCAL, client_for
from .signals import Stopped

if TYPE_CHECKING:
    from ..vision import Conversation, Estimate, Prepared, Source

_HELP = (
    "A line is a question. `:add PICTURE...` brings further pictures along with the next one; "
    "`:quit` or Ctrl-D ends."
)


def add_to(commands: arguments.Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "ask",
        help="ask a question about pictures",
        description='Ask a question about pictures, which are called "Image 1", "Image 2" and so '
        "on in their order. In a terminal further questions follow in the same conversation.",
        epilog=f"In a terminal: {_HELP} Exit status: 0 answered; 2 something is wrong, or there is "
        "no answer.",
    )
    parser.add_argument(
        "words",
        metavar="IMAGE... QUESTION",
        nargs="+",
        help=f"pictures ({vision_options.SOURCES}), and the question last",
    )
    parser.add_argument(
        "--many",
        action="store_true",
        help="send pictures at most 2000 pixels long, so that one conversation can have more than "
        "20 of them",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object, and ask no more"
    )
    vision_options.add_system(parser)
    vision_options.add_model(parser, "answers no questions; it checks and locates")
    parser.set_defaults(command=_ask)


def _ask(options: argparse.Namespace) -> int:
    *words, question = options.words
    if not words:
        raise UsageError(
            "name at least one picture, and the question last: trueclick ask shot.png 'what is it?'"
        )
    if os.path.isfile(question):  # noqa: PTH113 - false for what is too long for a name
        raise UsageError(
            f"no question: the last word, {question!r}, is a picture; put the question there"
        )
    question = vision_options.text_of(question, "the question")
    judge = vision_options.judge_of(options, "see trueclick check --model local")
    if judge.model == LOCAL:
        raise UsageError(
            f"--model {LOCAL} answers no questions: it checks and locates texts in quotes"
        )
    system = vision_options.system_of(options)
    found = vision_options.sources(words)
    client = client_for(judge.model, judge.platform)
    from ..vision import Conversation  # noqa: PLC0415 - brings the SDK

    conversation = Conversation(
        client,
        judge.model,
        system=system,
        platform=judge.platform,
        effort=judge.effort,
        many=options.many,
        on_retry=vision_options.tell_retry,
    )
    prepared = _prepared(conversation, found)
    console = Console(highlight=False, soft_wrap=True)
    try:
        with vision_options.billed_if_stopped(conversation):
            if options.json:
                _for_a_program(conversation, question, prepared)
            elif sys.stdin.isatty() and console.is_terminal:
                return _talk(conversation, question, prepared, console)
            else:
                _answer(conversation, question, prepared, console)
    except JudgementError as error:
        raise vision_options.billed(error) from error
    return 0


def _for_a_program(conversation: Conversation, question: str, prepared: Sequence[Prepared]) -> None:
    """Print one JSON object, whatever comes of the question."""
    told = _asked_json(question, conversation.estimate(question, *prepared))
    try:
        answer = conversation.ask(question, *prepared)
        told |= {"answer": answer.text, "cut_off": answer.cut_off}
    except (JudgementError, Stopped) as error:
        told |= {"answer": None, "cut_off": False, "error": str(error)}
        raise
    finally:
        lines = JsonLines()
        lines({**told, **vision_options.usage_json(conversation.usage, conversation.usd)})
        lines.finish()


def _talk(
    conversation: Conversation, question: str, prepared: Sequence[Prepared], console: Console
) -> int:
    """Answer a question and those that are typed after it; the exit status."""
    waiting = tuple(prepared)
    try:
        try:
            _answer(conversation, question, waiting, console)
            waiting = ()
        except JudgementError as error:
            _tell_mistake(error)
        console.print(f"({_HELP})", style="dim", markup=False)
        _further(conversation, waiting, console)
    finally:
        if conversation.usage.total:
            total = vision_options.cost(conversation.usage, conversation.usd)
            console.print(f"in all: {total}", style="dim", markup=False)
    return 0 if conversation.images else 2  # they are its own once there was an answer


def _tell_mistake(error: TrueclickError) -> None:
    told = vision_options.billed(error) if isinstance(error, JudgementError) else error
    print(f"trueclick: {printable(str(told))}", file=sys.stderr)


def _further(conversation: Conversation, waiting: tuple[Prepared, ...], console: Console) -> None:
    """Answer what is typed until there is no more; a mistake ends nothing.

    Args:
        conversation: all that was said.
        waiting: pictures that go along with the next question.
        console: where the answers go.
    """
    with contextlib.suppress(ImportError):  # Windows has none, and needs none
        importlib.import_module("readline")  # gives `input` a cursor, and the lines before
    while True:
        try:
            line = input("> ").strip()
        except EOFError:
            print()
            return
        try:
            match line.split(maxsplit=1):
                case []:
                    pass
                case [":quit" | ":q"]:
                    return
                case [":add", rest]:
                    # Read at once: what cannot be sent is told now, and not with each question.
                    waiting = conversation.prepare([*waiting, *_added(conversation, rest)])
                    shown = wording.counted(len(waiting), "picture")
                    console.print(f"({shown} for the next question)", style="dim", markup=False)
                case [word, *_] if word.startswith(":"):
                    console.print(f"({_HELP})", style="dim", markup=False)
                case _:
                    _answer(conversation, line, waiting, console)
                    waiting = ()
        except TrueclickError as error:
            _tell_mistake(error)


def _added(conversation: Conversation, text: str) -> tuple[Prepared, ...]:
    from ..vision.sources import STDIN  # noqa: PLC0415

    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"{text!r} cannot be split into words: {error}") from error
    if any(word in STDIN for word in words):
        raise UsageError("standard input is where the questions come from: name a file")
    return _prepared(conversation, vision_options.sources(words))


def _answer(
    conversation: Conversation, question: str, prepared: Sequence[Prepared], console: Console
) -> None:
    estimate = conversation.estimate(question, *prepared)
    first = len(conversation.images) + 1
    for number, image in enumerate(prepared, first):
        size = "size unknown"
        if image.size is not None and image.tokens is not None:
            size = f"{image.size}, {wording.counted(image.tokens, 'token')}"
        note = f"; {image.reduced}" if image.reduced else ""
        console.print(
            printable(f"Image {number}: {image.name} ({size}{note})"), style="dim", markup=False
        )
    console.print(f"about {_before(estimate)}", style="dim", markup=False)
    answer = conversation.ask(question, *prepared)
    for line in answer.text.splitlines():
        console.print(printable(line.expandtabs()), markup=False)
    if answer.cut_off:
        console.print("(cut off at the longest answer that is allowed)", style="yellow")
    console.print(vision_options.cost(answer.usage, answer.usd), style="dim", markup=False)


def _before(estimate: Estimate) -> str:
    usage = estimate.usage
    cached = f" ({usage.cached_share:.0%} from the cache)" if usage.cache_read else ""
    unknown = f" and {estimate.unknown} of unknown size" if estimate.unknown else ""
    return (
        f"{usage.input:,} tokens in{cached}{unknown}, {wording.dollars(estimate.usd)}, and the "
        "answer"
    )


def _prepared(conversation: Conversation, found: Sequence[Source]) -> tuple[Prepared, ...]:
    prepared = conversation.prepare([source.image for source in found])
    return tuple(
        replace(image, name=source.name) for image, source in zip(prepared, found, strict=True)
    )


def _asked_json(question: str, estimate: Estimate) -> dict[str, Any]:
    before = vision_options.usage_json(estimate.usage, estimate.usd)
    return {
        "question": question,
        "images": [
            {
                "name": image.name,
                "size": None if image.size is None else [image.size.width, image.size.height],
                "tokens": image.tokens,
                "reduced": image.reduced,
            }
            for image in estimate.images
        ],
        "estimate": {"image_tokens": estimate.image_tokens, **before},
    }
