"""`trueclick export`: a trace as a program, a film, or a request as it was sent."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from trueclick.geometry import UsageError

from ..escape import printable
from ..whole_file import users_file
from . import arguments

if TYPE_CHECKING:
    from ..trace.story import Story

_Kind: TypeAlias = Literal["script", "gif", "mp4", "messages"]

_KINDS: dict[str, _Kind] = {".py": "script", ".gif": "gif", ".mp4": "mp4", ".json": "messages"}
_TEXTS = ("script", "messages")
_FILMS = ("gif", "mp4")


def add_to(commands: arguments.Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "export",
        help="make a program or a film of a run, or show a request",
        description="Make something else of a run's trace: a Python program of its actions (.py), "
        "a film (.gif; .mp4 with ffmpeg), or what the API was sent (.json).",
        epilog="A program starts the application that the trace names: read it before you run it.",
    )
    parser.add_argument("trace", type=Path, metavar="TRACE", help="the folder of the trace")
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="FILE",
        help="where to: .py, .gif, .mp4 or .json; - for standard output, with --kind",
    )
    parser.add_argument(
        "--kind", choices=(*_TEXTS, *_FILMS), help="what to make; default: as FILE ends"
    )
    program = parser.add_argument_group("script")
    program.add_argument(
        "--app", metavar="CMD", help="what it starts; default: what the run worked on"
    )
    film = parser.add_argument_group("gif, mp4")
    film.add_argument(
        "--width", type=arguments.count, metavar="N", help="of the film, in pixels; 960"
    )
    film.add_argument(
        "--speed",
        type=arguments.amount,
        metavar="X",
        help="2 is twice as fast; at 1, the default, a step takes about a second",
    )
    messages = parser.add_argument_group("messages")
    messages.add_argument(
        "--turn",
        type=arguments.count,
        metavar="N",
        help="the request that led to this turn; default: the last one",
    )
    messages.add_argument(
        "--without-pictures",
        action="store_true",
        help="in their place their size, their hash and how many bytes they have",
    )
    parser.set_defaults(command=_export)


_OPTIONS = {"app": ("script",), "width": _FILMS, "speed": _FILMS, "turn": ("messages",)}
_OPTIONS["without_pictures"] = ("messages",)
"""What each option goes with."""


def _export(options: argparse.Namespace) -> int:
    kind = _kind(options)
    for option, kinds in _OPTIONS.items():
        if getattr(options, option) not in (None, False) and kind not in kinds:
            name = "--" + option.replace("_", "-")
            raise UsageError(f"{name} is for {' and '.join(kinds)} alone, and {kind} is to be made")
    from ..trace import read_trace  # noqa: PLC0415 - takes its time
    from ..trace.story import story_of  # noqa: PLC0415

    story = story_of(read_trace(options.trace))
    if kind == "gif" or kind == "mp4":
        from ..export import film  # noqa: PLC0415

        width, speed = options.width or 960, float(options.speed or 1)
        film(story, Path(options.output), kind=kind, width=width, speed=speed)
        return _made(kind, Path(options.output))
    text = _script(story, options) if kind == "script" else _request(story, options)
    if options.output == "-":
        sys.stdout.write(text)
        return 0
    with users_file(Path(options.output)) as file:
        file.write(text.encode())
    return _made(kind, Path(options.output))


def _kind(options: argparse.Namespace) -> _Kind:
    """What is to be made."""
    kind: _Kind | None = options.kind or _KINDS.get(Path(options.output).suffix.lower())
    if kind is None:
        told = "standard output" if options.output == "-" else repr(options.output)
        raise UsageError(
            f"what is to be made for {told}: say --kind {', '.join((*_TEXTS, *_FILMS))}"
            + ("" if options.output == "-" else f", or name a file in {', '.join(_KINDS)}")
        )
    if options.output == "-" and kind in _FILMS:
        raise UsageError(f"a {kind} is written to a file: name one with -o")
    return kind


def _made(kind: _Kind, path: Path) -> int:
    print(printable(f"{kind}: {path} ({_size(path.stat().st_size)})"))
    return 0


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def _script(story: Story, options: argparse.Namespace) -> str:
    from ..export import script  # noqa: PLC0415

    setup = _setup(story)
    command = setup.get("app", [])
    if options.app is not None:
        try:
            command = shlex.split(options.app)
        except ValueError as error:
            raise UsageError(
                f"--app {options.app!r} cannot be split into words: {error}"
            ) from error
    return script(
        story,
        application=command,
        secrets=setup.get("secrets", []),
        guard_batches=setup.get("batch_guard") is not False,
    )


def _request(story: Story, options: argparse.Namespace) -> str:
    from ..export import request  # noqa: PLC0415
    from .event_json import without_pictures  # noqa: PLC0415

    body = request(story.trace, options.turn, effort=_setup(story).get("effort"))
    if options.without_pictures:
        body = without_pictures(body)
    text = json.dumps(body, ensure_ascii=False, indent=2)
    return "".join(c if c.isprintable() or c == "\n" else _escaped(c) for c in text) + "\n"


def _escaped(character: str) -> str:
    """What cannot be seen, as JSON writes it."""
    return json.dumps(character)[1:-1]


def _setup(story: Story) -> dict[str, Any]:
    """What the command line was told that made the run; nothing if something else made it."""
    from pydantic import ValidationError  # noqa: PLC0415

    from .setup import Setup  # noqa: PLC0415

    try:
        setup = Setup.model_validate(dict(story.trace.settings.setup))
    except ValidationError:
        return {}
    return setup.model_dump(mode="json", exclude_defaults=True)
