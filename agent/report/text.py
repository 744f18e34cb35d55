"""A run as plain text: for a terminal, and for the logs of continuous integration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from trueclick.capture import Changes
from trueclick.geometry import Model

from .. import wording
from ..trace import Step, Story, Trace, TraceError, Turn, story_of
from .endings import ending, unfinished
from .facts import images_of
from .spent import spent_in
from .told import Kind, told_of
from .visible import beginning

Style = Literal["plain", "strong", "soft", "words", "good", "warn", "bad"]

_TONES: dict[Kind, Style] = {"fault": "bad", "retry": "warn", "short": "soft", "said": "strong"}
_LEADS: dict[Kind, str] = {"fault": "fault: ", "retry": "", "short": "", "said": "you: "}

_BEFORE: frozenset[Kind] = frozenset({"retry", "short"})
"""What is told of a turn before its answer; the rest comes after it."""

_COMMAND = re.compile(r"(?<!\S)(:)(?=:)|#(#)(?=\[|vso\[|teamcity\[)")
"""How a line in a log commands the machine that shows it: `::error::` with nothing but spaces
before it, `##[group]` anywhere. Sources: GitHub's "Workflow commands" and its runner, Azure
Pipelines' "Logging commands", TeamCity's "Service messages"."""

_WHO = {"person": "a person", "rules": "the rules", "program": "the program"}

WIDTH = 80
_NARROWEST = 30
_INDENT = 6
_MOST_LINES = 40
"""Of one text of the model's; the page has more of it."""

_MOST_OF_A_LINE = 2000
"""Characters; of a call, columns."""


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph.

    Attributes:
        text: in one line, with nothing in it that steers a terminal.
        style: what it is.
        indent: columns before each of its lines.
        lead: what stands in the indent of the first one.
    """

    text: str
    style: Style = "plain"
    indent: int = 0
    lead: str = ""


def report_text(run: Trace | Story, *, width: int | None = WIDTH) -> str:
    """The story of a run, in lines.

    Args:
        run: a trace, or its story.
        width: columns that a line has at most; `None` for lines as long as they are.

    Raises:
        UsageError: if the screen and the screenshots of the run cannot be mapped.
    """
    story = run if isinstance(run, Story) else story_of(run)
    return "".join(f"{each}\n" for line in lines_of(story) for each in wrapped(line, width))


def lines_of(story: Story) -> Iterator[Line]:
    """The story of a run, paragraph by paragraph."""
    yield from _head(story)
    part = 0
    seen: Changes[Model] | None = None
    problems: list[Line] = []
    for turn in story.turns:
        if turn.part != part:
            part = turn.part
            yield Line("")
            yield Line(f"— part {part + 1}: the run goes on —", "strong")
        found = list(_turn(turn, seen))
        seen = turn.steps[-1].changes if turn.steps else seen
        if found:
            yield Line("")
            yield from found
        problems += _problems(turn)
    problems += _lost_pictures(story)
    yield from _end(story, problems)


def wrapped(line: Line, width: int | None) -> list[str]:
    """The lines of a paragraph; wide characters take two columns.

    In none of them is a command to a machine for continuous integration: one is escaped, which
    may make its line longer.
    """
    room = None if width is None else max(width - line.indent, _NARROWEST)
    parts = [line.text]
    if room is not None and cell_len(line.text) > room:
        # As rich breaks lines: by words, and within those that are longer than a line.
        console = Console(width=room, force_terminal=False, color_system=None)
        parts = [each.plain for each in Text(line.text).wrap(console, room)]
    leads = [line.lead.ljust(line.indent), *[" " * line.indent] * (len(parts) - 1)]
    lines = (f"{lead}{part}".rstrip() for lead, part in zip(leads, parts, strict=True))
    return [_COMMAND.sub(_escaped, line) for line in lines]


def _escaped(command: re.Match[str]) -> str:
    return r"\x3a" if command[1] else r"#\x23"


def _head(story: Story) -> Iterator[Line]:
    trace = story.trace
    tone, words = ending(trace)
    for each in _paragraphs(trace.settings.task):
        yield Line(each, "strong")
    settings = trace.settings
    model = beginning(wording.model(settings), _MOST_OF_A_LINE)
    sizes = f"screen {settings.screen.size}, seen at {settings.screenshot}"
    yield Line(f"{model} · {trace.began:%Y-%m-%d %H:%M} UTC · {sizes}", "soft")
    yield Line(words, tone)
    if trace.result is not None:
        for each in _paragraphs(trace.result.text):
            yield Line(each, "plain", 2)
    broken = unfinished(trace)
    if broken:
        yield Line(broken, "warn", 2)


def _turn(turn: Turn, seen: Changes[Model] | None) -> Iterator[Line]:
    if turn.answered:
        yield Line(_spent(turn), "soft")
    told = [told_of(event) for event in turn.told]
    for kind, text in told:
        if kind in _BEFORE:
            yield from _paragraph(_LEADS[kind], text, _TONES[kind])
    yield from _paragraph("thinking: ", turn.thought, "soft")
    yield from _paragraph("model: ", turn.said, "words")
    for step in turn.steps:
        yield from _step(step, seen)
        seen = step.changes
    for kind, text in told:
        if kind not in _BEFORE:
            yield from _paragraph(_LEADS[kind], text, _TONES[kind])


def _paragraph(lead: str, text: str, style: Style) -> Iterator[Line]:
    """Somebody's text, under words that tell it from the rest where there are no colours."""
    for number, each in enumerate(_paragraphs(text)):
        yield Line(f"{'' if number else lead}{each}", style, _INDENT)


def _spent(turn: Turn) -> str:
    spent = spent_in(turn)
    parts = (
        f"turn {turn.number}",
        wording.duration(spent.seconds),
        wording.tokens(spent.usage),
        wording.dollars(spent.usd),
    )
    return " · ".join(parts)


def _step(step: Step, told: Changes[Model] | None) -> Iterator[Line]:
    """A step.

    Args:
        step: which.
        told: the changes that have been told of last.
    """
    words = [wording.shortened(wording.described(step.member, step.values), _MOST_OF_A_LINE)]
    if step.landed is not None:
        start = "" if step.start is None else f"{step.start} to "
        words.append(f"landed on {start}{step.landed}")
    if step.pointer is not None:
        words.append(f"pointer at {step.pointer}")
    words.append(f"{step.seconds:.2f} s")
    yield Line(" · ".join(words), indent=_INDENT, lead=f"{step.number:4}  ")
    declined = step.asked is not None and not step.asked.approved
    if step.asked is not None:
        answer = "approved" if step.asked.approved else "declined"
        style: Style = "soft" if step.asked.approved else "bad"
        yield Line(f"{answer} by {_WHO[step.asked.by]}", style, _INDENT)
    # A screenshot shows what the action before it has changed, which is told of there.
    if step.changes is not None and (step.acts or step.changes != told):
        yield Line(str(step.changes), "soft", _INDENT)
    if step.error is not None:
        yield from _paragraph("" if declined else "failed: ", step.error or "no reason told", "bad")


def _problems(turn: Turn) -> Iterator[Line]:
    for event in turn.told:
        kind, text = told_of(event)
        if kind == "fault":
            yield _problem(f"turn {turn.number}: {' '.join(_paragraphs(text))}")
    for step in turn.steps:
        if step.error is not None:
            what = f"step {step.number}, {wording.described(step.member, step.values)}"
            why = " ".join(_paragraphs(step.error))
            yield _problem(f"{wording.shortened(what, WIDTH)}: {why}")


def _lost_pictures(story: Story) -> Iterator[Line]:
    lost: list[str] = []
    for name in images_of(story):
        try:
            story.trace.image(name)
        except TraceError:
            lost.append(name)
    if lost:
        pictures = wording.counted(len(lost), "picture")
        more = " and more" if len(lost) > 1 else ""
        yield _problem(f"{pictures} missing or damaged in the trace: {lost[0]}{more}")


def _problem(text: str) -> Line:
    return Line(text, "bad", 4, "  -")


def _end(story: Story, problems: list[Line]) -> Iterator[Line]:
    trace = story.trace
    tone, words = ending(trace)
    totals = (
        wording.counted(len(story.steps), "step"),
        wording.counted(trace.turns, "turn"),
        wording.tokens(trace.usage),
        wording.dollars(trace.usd),
        wording.duration(trace.seconds),
    )
    yield Line("")
    yield Line(f"{words}: {' · '.join(totals)}", tone)
    if problems:
        yield Line(f"{wording.counted(len(problems), 'problem')}:", "bad")
        yield from problems
    elif tone == "good":
        yield Line("no problems", "soft")


def _paragraphs(text: str) -> list[str]:
    """The lines of somebody's text, harmless; without the empty ones, and not without end."""
    lines = [line for line in text.splitlines() if line.strip()]
    shown = [beginning(line, _MOST_OF_A_LINE).replace("\t", "    ") for line in lines[:_MOST_LINES]]
    more = len(lines) - len(shown)
    return [*shown, f"… {more} more lines"] if more else shown
