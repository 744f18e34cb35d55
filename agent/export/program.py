"""A run as a readable Python program that does the same without a model.

It performs every call that was carried out, in order and in the same coordinates, each once the
screen is at rest, as in the run. What was refused or failed is named in a comment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from trueclick.geometry import ResolutionLimits, UsageError
from trueclick.geometry.limits import padded, visual_tokens

from ..actions import MEMBERS, HoldKeys, LookAround, Wait
from ..events import Instructed
from ..prompt import told_of_secrets
from ..trace.story import Part, Step, Story, Turn
from .literals import LINE, assignment, call, comment, lines_of, literal

_SECRET = re.compile(r"\{\{([A-Za-z_][A-Za-z0-9_]*)\}\}")

_INDENT = 8
"""Columns before what is done inside of the `with` block of a function."""

_QUOTED = "> "
"""Before words of others: no Python begins like that."""

_SHOWN = 200
"""Characters of the input of a call that is left out."""


def script(
    story: Story,
    *,
    application: Sequence[str] = (),
    secrets: Iterable[str] = (),
    guard_batches: bool = True,
) -> str:
    """The text of a program that performs a run's calls on a private display.

    Whatever the trace holds, its texts are literals and comments in it, and never code. It opens
    the display at its recorded size and looks at it at the size at which the model did, so the
    coordinates mean what they meant. A secret is read from the environment by its name.

    Args:
        story: the run's.
        application: what is started on the display, program and arguments. It comes from whoever
            made the trace: read it before you run the program.
        secrets: names of secrets, beside those that the model was told of.
        guard_batches: whether an action is refused where a window has opened meanwhile.

    Raises:
        UsageError: if the run carried nothing out, or the command holds a secret.
    """
    writer = _Writer(story, tuple(application), _secrets(story, secrets), guard_batches)
    return "\n".join(writer.lines()) + "\n"


def _secrets(story: Story, more: Iterable[str]) -> tuple[str, ...]:
    """The names of all secrets that the model could type."""
    told = (told_of_secrets(part.started.system) or "" for part in story.parts)
    names = [name for words in told for name in _SECRET.findall(words)]
    return tuple(dict.fromkeys([*names, *more]))


class _Writer:
    """Writes one program."""

    def __init__(
        self, story: Story, application: tuple[str, ...], secrets: tuple[str, ...], guards: bool
    ) -> None:
        for name in secrets:
            if any(f"{{{{{name}}}}}" in word for word in application):
                raise UsageError(
                    f"the command of the application held the secret {name}, which no trace keeps: "
                    "name another command, or none"
                )
        self._story = story
        self._application = application
        self._secrets = secrets
        self._guards = guards
        self._sessions = [
            (part, turns)
            for part, turns in _sessions(story)
            if any(_can_be_performed(step) for turn in turns for step in turn.steps)
        ]
        if not self._sessions:
            raise UsageError("the run carried out nothing, so there is nothing to perform")

    def lines(self) -> Iterator[str]:
        """The lines of the program."""
        yield from self._docstring()
        yield ""
        yield from self._imports()
        constants = {"APPLICATION": self._application, "SECRETS": self._secrets}
        for name, values in constants.items():
            if values:
                yield ""
                yield from assignment(name, values)
        names = [f"part_{number}" for number in range(1, len(self._sessions) + 1)]
        if len(names) == 1:
            names = ["main"]
        for name, (part, turns) in zip(names, self._sessions, strict=True):
            yield from _begun(name, "Perform what was done.")
            yield from self._session(part, turns)
        if len(names) > 1:
            yield from _begun("main", "Perform each part of the run, as it was started anew.")
            yield from (f"    {name}()" for name in names)
        yield from ["", "", 'if __name__ == "__main__":', "    main()"]

    def _docstring(self) -> Iterator[str]:
        """What the program is for; the task is text, in which nothing ends the text."""
        trace = self._story.trace
        task = self._story.parts[0].started.task.replace('"""', "'''")
        words = [
            "A recorded run, performed once more without a model.",
            "",
            "Each action waits for the screen first, a screenshot until it is at rest.",
            "",
            "The task was:",
            "",
            *(f"    {line}".rstrip() for line in lines_of(task.strip("\n"), LINE - 4)),
            "",
            f"Recorded on {trace.began:%Y-%m-%d}, and written by `trueclick export`.",
        ]
        # A backslash stands for itself.
        yield ('r"""' if any("\\" in line for line in words) else '"""') + words[0]
        yield from words[1:]
        yield '"""'

    def _imports(self) -> Iterator[str]:
        steps = [step for _, turns in self._sessions for turn in turns for step in turn.steps]
        odd = {type(step.action) for step in steps if _can_be_performed(step) and _odd(step)}
        names = ["open_desktop", "parse_action"]
        names += ["application"] if self._application else []
        if self._secrets:
            yield from ["import os", ""]
            names.append("Secrets")
        yield f"from trueclick.agent import {', '.join(sorted(names))}"
        if odd:
            classes = ", ".join(sorted(action.__name__ for action in odd))
            yield f"from trueclick.agent.actions import {classes}"
        if HoldKeys in odd:
            yield "from trueclick.agent.input.keys import parse_keys"
        yield "from trueclick.capture import VirtualDisplay"
        yield "from trueclick.geometry import ResolutionLimits, Size"

    def _session(self, part: Part, turns: Sequence[Turn]) -> Iterator[str]:
        """The body of a function: a display, what is on it, and what is done."""
        screen = part.view.image
        seen = part.started.screenshot
        limits = ResolutionLimits(padded(seen).long_edge, visual_tokens(seen), seen.long_edge)
        yield from comment(
            f"Coordinates are pixels of a screenshot of {seen}, as the model saw it.", 4
        )
        yield (
            f"    seen = ResolutionLimits({limits.max_edge}, {limits.max_tokens}, "
            f"ceiling={limits.ceiling})"
        )
        options = ["display.name", "limits=seen"]
        if self._secrets:
            yield "    secrets = Secrets.read(SECRETS, os.environ)"
            options.append("secrets=secrets")
        if not self._guards:
            options.append("guard_batches=False")
        yield "    with ("
        yield f"        VirtualDisplay(Size({screen.width}, {screen.height})) as display,"
        if self._application:
            yield "        application(APPLICATION, display.name),"
        else:
            yield from comment("Start here what the run worked on: its trace does not say.", 8)
        yield f"        open_desktop({', '.join(options)}) as desktop,"
        yield "    ):"
        yield ""
        yield "        def act(member: str, **values: object) -> None:"
        yield "            desktop.perform(parse_action(member, values))"
        last: Step | None = None
        for turn in turns:
            yield from self._turn(turn)
            last = next((step for step in reversed(turn.steps) if _can_be_performed(step)), last)
        if last is not None and not isinstance(last.action, LookAround):
            yield ""
            yield from comment("Wait until the screen is at rest.", _INDENT)
            yield from call("act", [("", "screenshot")], _INDENT)

    def _turn(self, turn: Turn) -> Iterator[str]:
        told = [event for event in turn.told if isinstance(event, Instructed)]
        if not (turn.said or turn.steps or told):
            return
        yield ""
        if turn.said or turn.steps:
            yield from comment(f"Turn {turn.number}", _INDENT)
            yield from comment(turn.said, _INDENT, _QUOTED)
        for step in turn.steps:
            yield from _step(step)
        for event in told:
            answers = "The user answers:" if event.question else "The user adds:"
            yield from comment(answers, _INDENT)
            yield from comment(event.text, _INDENT, _QUOTED)


def _begun(name: str, meaning: str) -> list[str]:
    return ["", "", f"def {name}() -> None:", f'    """{meaning}"""']


def _sessions(story: Story) -> Iterator[tuple[Part, list[Turn]]]:
    """The parts that began on a screen of their own, with the turns from each to the next."""
    first = 0
    begins: list[int] = []
    for number, part in enumerate(story.parts):
        first = first if part.started.same_screen and number else number
        begins.append(first)
    for begin, turns in groupby(story.turns, key=lambda turn: begins[turn.part]):
        yield story.parts[begin], list(turns)


def _can_be_performed(step: Step) -> bool:
    return step.performed and step.action is not None


def _step(step: Step) -> Iterator[str]:
    """One call, or why it is left out."""
    if not _can_be_performed(step):
        sent = json.dumps(step.values, ensure_ascii=False)[:_SHOWN]
        yield from comment("Left out, for it was not carried out:", _INDENT)
        yield from comment(f"{step.member} {sent}", _INDENT, _QUOTED)
        yield from comment(step.error or "it makes no sense", _INDENT, _QUOTED)
        return
    if _odd(step):
        yield from _exact(step)
        return
    names = [field.name for field in MEMBERS[step.member].fields]
    values = step.values
    given = [(name, values[name]) for name in names if values.get(name) is not None]
    yield from call("act", [("", step.member), *given], _INDENT)


def _odd(step: Step) -> bool:
    """Whether a call has what `parse_action` takes of older versions of the tool alone."""
    return isinstance(step.action, Wait | HoldKeys) and step.action.seconds % 1 != 0


def _exact(step: Step) -> Iterator[str]:
    """A wait, or keys held down, with a part of a second."""
    margin = " " * _INDENT
    match step.action:
        case Wait(seconds):
            yield f"{margin}desktop.perform(Wait({literal(seconds)}))"
        case HoldKeys(_, seconds):
            yield from call("keys = parse_keys", [("", step.values["text"])], _INDENT)
            yield f"{margin}desktop.perform(HoldKeys(keys, {literal(seconds)}))"
        case _:
            pass
