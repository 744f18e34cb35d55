r"""The sentences that the local model follows, and no others.

Steps stand one a line, or are separated by `;` or the word "then"; blank lines and lines that
start with `#` say nothing. What is between double quotes is taken as it stands, but for `\n`,
`\t`, `\"` and `\\`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .errors import StepError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Verb = Literal[
    "click",
    "double_click",
    "right_click",
    "type",
    "press",
    "choose",
    "check",
    "uncheck",
    "scroll",
    "drag",
    "wait_for",
    "expect",
]


@dataclass(frozen=True, slots=True)
class Step:
    """One sentence of a task.

    Attributes:
        sentence: as it was written, without its numbering.
        verb: what to do.
        text: the text to click, type, choose, tick or look for; the keys to press.
        label: the text that names the control, where the sentence names one.
        direction: where a `scroll` goes.
        percent: where a `drag` goes, from 0 to 100.
        times: how often to `press`.
    """

    sentence: str
    verb: Verb
    text: str = ""
    label: str | None = None
    direction: Literal["up", "down"] = "down"
    percent: float = 0.0
    times: int = 1


@dataclass(frozen=True, slots=True)
class _Form:
    """One kind of sentence: how it is shown, what it looks like with `""` for a quoted text."""

    shown: str
    pattern: str
    build: Callable[[str, re.Match[str], list[str]], Step]


def _plain(verb: Verb) -> Callable[[str, re.Match[str], list[str]], Step]:
    """A sentence with one text, and perhaps the label of the control it belongs to."""

    def build(sentence: str, _found: re.Match[str], texts: list[str]) -> Step:
        return Step(sentence, verb, texts[0], texts[1] if len(texts) > 1 else None)

    return build


def _press(sentence: str, found: re.Match[str], texts: list[str]) -> Step:
    times = int(found["times"] or 1)
    if not 1 <= times <= 100:
        raise StepError(f"a key is pressed 1 to 100 times, got {times}")
    return Step(sentence, "press", texts[0] if texts else found["keys"], times=times)


def _scroll(sentence: str, found: re.Match[str], texts: list[str]) -> Step:
    direction: Literal["up", "down"] = "up" if found["way"].lower() == "up" else "down"
    return Step(sentence, "scroll", texts[1], texts[0], direction=direction)


def _drag(sentence: str, found: re.Match[str], texts: list[str]) -> Step:
    percent = float(found["percent"])
    if percent > 100:
        raise StepError(f"a slider goes from 0% to 100%, got {percent:g}%")
    return Step(sentence, "drag", label=texts[0], percent=percent)


_NEAR = r'(?: near "")?'
_FORMS = (
    _Form('click "Text"', f'click ""{_NEAR}', _plain("click")),
    _Form('double-click "Text"', f'double[- ]?click ""{_NEAR}', _plain("double_click")),
    _Form('right-click "Text"', f'right[- ]?click ""{_NEAR}', _plain("right_click")),
    _Form('type "text" into "Label"', 'type "" into ""', _plain("type")),
    _Form('type "text"', 'type ""', _plain("type")),
    _Form("press ctrl+s", r'press (?:""|(?P<keys>[^\s"]+))(?: (?P<times>\d+) times?)?', _press),
    _Form('choose "Item" from "Label"', 'choose "" from ""', _plain("choose")),
    _Form('check "Label"', 'check ""', _plain("check")),
    _Form('uncheck "Label"', 'uncheck ""', _plain("uncheck")),
    _Form(
        'scroll down in "Label" until "Text"',
        r'scroll (?P<way>down|up) in "" until ""',
        _scroll,
    ),
    _Form('drag "Label" to 70%', r'drag "" to (?P<percent>\d{1,3}(?:\.\d+)?) ?%', _drag),
    _Form('wait for "Text"', 'wait for ""', _plain("wait_for")),
    _Form('expect "Text"', 'expect ""', _plain("expect")),
)

FORMS: tuple[str, ...] = tuple(form.shown for form in _FORMS)
"""Every kind of sentence by example. A click may add `near "Other text"`, a press `3 times`."""


def parse_steps(task: str) -> tuple[Step, ...]:
    """The steps that `task` names, in order.

    Raises:
        StepError: if there is none, or one is not understood; it names the step by its number.
    """
    steps = tuple(_step(number, text) for number, text in enumerate(_sentences(task), start=1))
    if not steps:
        raise StepError(f"the task has no step; a step is one of: {', '.join(FORMS)}")
    return steps


def _step(number: int, sentence: str) -> Step:
    texts: list[str] = []

    def take(found: re.Match[str]) -> str:
        texts.append(_unescaped(found[0][1:-1]))
        return '""'

    skeleton = " ".join(_QUOTED.sub(take, sentence).split())
    for form in _FORMS:
        found = re.fullmatch(form.pattern, skeleton, re.IGNORECASE)
        if found:
            try:
                step = form.build(sentence, found, texts)
            except StepError as error:
                raise StepError(f"step {number} ({sentence}): {error}") from None
            if _lacks_text(step):
                raise StepError(f"step {number} ({sentence}): a text between quotes is empty")
            return step
    raise StepError(
        f"step {number} is not a sentence I follow: {sentence}. I follow: {', '.join(FORMS)}"
    )


def _lacks_text(step: Step) -> bool:
    """Whether an empty text makes no sense; an empty one that is typed clears the field."""
    return step.label == "" or (not step.text and step.verb not in {"drag", "type"})


# A quoted text never spans lines, so a forgotten quote spoils one sentence and not the task.
_QUOTED = re.compile(r'"(?:\\.|[^"\\\n])*"|[“„](?:\\.|[^“”\\\n])*[“”]')
_BREAK = re.compile(r"\n|;|\bthen\b", re.IGNORECASE)
_LEAD = re.compile(r"\s*(?:(?:\d+[.)]|[-*•])\s+)?")


def _sentences(task: str) -> Iterator[str]:
    """The parts between the separators, none of which counts between quotes."""
    lines = (line for line in task.splitlines() if not line.lstrip().startswith("#"))
    start, text = 0, "\n".join(lines)
    quoted = [found.span() for found in _QUOTED.finditer(text)]
    breaks = [
        found.span()
        for found in _BREAK.finditer(text)
        if not any(first <= found.start() < last for first, last in quoted)
    ]
    for first, last in [*breaks, (len(text), len(text))]:
        sentence = text[_LEAD.match(text, start, first).end() : first]  # type: ignore[union-attr]
        start = last
        sentence = sentence.rstrip(_TRAILING)
        while re.search(r"[\s,]and\Z", sentence, re.IGNORECASE):
            sentence = sentence[:-3].rstrip(_TRAILING)
        if sentence:
            yield sentence


_TRAILING = " \t\r\n,."

_ESCAPES = {"n": "\n", "t": "\t"}


def _unescaped(text: str) -> str:
    return re.sub(r"\\([nt\"\\“”])", lambda found: _ESCAPES.get(found[1], found[1]), text)
