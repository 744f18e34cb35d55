"""What a person reads: all that happens, in lines that fit, with nothing that steers a terminal."""

import io
from decimal import Decimal
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from trueclick.agent.cli.progress import Progress
from trueclick.agent.cli.tally import Tally
from trueclick.agent.events import (
    Acted,
    Answered,
    Calling,
    Ended,
    Event,
    Instructed,
    Retried,
    RunResult,
    Said,
    Shortened,
    Started,
    Thought,
)
from trueclick.agent.outcome import Outcome
from trueclick.agent.usage import Usage
from trueclick.geometry import Box, Point, Price, Size

HOSTILE = "\x1b[2J\x1b]0;owned\x07\u202e[bold]x[/bold]\r"
STARTED = Started(
    *("t", "claude-opus-5-5", "vertex", "full", ":9", Box(0, 0, 800, 600), Size(800, 600)), "", []
)
USAGE = Usage(100, 3000, 200, 40)
RESULT = RunResult(
    "needs_user", "Which one?", 2, 3, USAGE, Decimal("0.0123"), 187.0, Path("/tmp/a b")
)


def told(*events: Event, width: int = 80, price: Price | None = None) -> str:
    """What is printed into a pipe."""
    output = io.StringIO()
    tally = Tally(lambda: 0.0, price, Path("/tmp/a b"))
    progress = Progress(Console(file=output, width=width, highlight=False), tally, live=False)
    for event in events:
        tally(event)
        progress(event)
        if isinstance(event, Ended):
            progress.summary(event.result)
    return output.getvalue()


def test_a_run_reads_like_this() -> None:
    click = Acted("left_click", {"coordinate": [3, 4]}, Outcome(landed=Point(3, 4)), 0.5, None, "t")
    refused = Acted("key", {"text": "Retrun"}, Outcome(), 0.01, "unknown key 'Retrun'", "t")
    assert told(
        STARTED,
        Retried("the API is overloaded (529)", 1, 2.0),
        Answered(1, "tool_use", USAGE, Decimal("0.0123"), 3.21),
        Thought(1, "A button."),
        Said(1, "I click it."),
        Calling("t", "left_click", {"coordinate": [3, 4]}),
        click,
        refused,
        Shortened("pruned", 25),
        Instructed("the left one", "Which one?"),
        Answered(2, "max_tokens", USAGE, Decimal("0.0123"), 3.21),
        Said(2, "Which one?"),
        Ended(RESULT),
    ).splitlines() == [
        "claude-opus-5-5 on vertex starts on the display :9 of 800x600, seen at 800x600",
        "trace: /tmp/a b",
        "     attempt 1 failed: the API is overloaded (529); again in 2.0 s",
        "turn 1: 3,300 tokens in (91% cached), 40 out, 3.2 s; so far $0.0123, 0.0 s",
        "     A button.",
        "     I click it.",
        "   1 left_click (3, 4)                                           (3, 4)   0.50 s",
        '   2 key "Retrun"                                                         0.01 s',
        "     unknown key 'Retrun'",
        "     25 screenshots left out of the conversation",
        "     you (the answer): the left one",
        "turn 2: 3,300 tokens in (91% cached), 40 out, 3.2 s; so far $0.0246, 0.0 s",
        "     stopped for: max_tokens",
        "     Which one?",
        "needs user",
        "2 turns, 3 actions in 3 min 07 s",
        "3,300 tokens in (91% from the cache), 40 out; $0.0123",
        "answer with: trueclick run 'YOUR ANSWER' --resume '/tmp/a b'",
    ]


@pytest.mark.parametrize("width", [30, 80, 200])
def test_a_step_fits_the_terminal(width: int) -> None:
    values: dict[str, object] = {"text": "x" * 500}
    line = told(Acted("type", values, Outcome(), 0.5), width=width).splitlines()[0]
    assert len(line) <= max(width, 48)
    assert line.endswith("0.50 s")


def test_nothing_of_the_model_or_the_screen_steers_the_terminal() -> None:
    printed = told(
        STARTED,
        Said(1, HOSTILE),
        Thought(1, HOSTILE),
        Answered(1, HOSTILE, Usage(), None, 0.0),
        Acted("type", {"text": HOSTILE}, Outcome(), 0.5, HOSTILE),
        Retried(HOSTILE, 1, 1.0),
        Instructed(HOSTILE),
        Ended(RunResult("failed", HOSTILE, 0, 0, Usage(), None, 0.0)),
    )
    assert all(c.isprintable() or c == "\n" for c in printed)
    assert "[bold]x[/bold]" in printed


def test_what_a_lost_answer_used_counts() -> None:
    tally = Tally(lambda: 0.0, Price(Decimal(1), Decimal(5)))
    tally(Retried("cut", 1, 1.0, Usage(uncached=1_000_000)))
    assert (tally.usage.input, tally.usd) == (1_000_000, Decimal(1))


def test_an_unknown_price_stays_unknown() -> None:
    tally = Tally(lambda: 0.0)
    tally(Answered(1, "end_turn", Usage(1), None, 0.0))
    tally(Answered(2, "end_turn", Usage(1), Decimal(1), 0.0))
    assert tally.usd is None
    result = tally.broken_off("stopped", "by SIGINT")
    assert (result.status, result.turns, result.usd, result.usage.input) == ("stopped", 2, None, 2)


@pytest.mark.parametrize("width", [60, 80])
def test_long_lines_go_on_below_themselves_on_a_terminal(width: int) -> None:
    output = io.StringIO()
    console = Console(file=output, width=width, force_terminal=True, color_system=None)
    progress = Progress(console, Tally(lambda: 0.0), live=False)
    words = "ein langer Satz mit 漢字 darin " * 9
    progress(Said(1, words))
    progress(Acted("type", {"text": "漢字" * 40}, Outcome(landed=Point(3, 4)), 0.5, None, "t"))
    *said, acted = output.getvalue().splitlines()
    assert all(line.startswith("     ") and cell_len(line) <= width for line in said)
    assert " ".join(" ".join(said).split()) == words.strip()
    assert cell_len(acted) == width
    assert acted.endswith("(3, 4)   0.50 s")


def test_what_is_left_out_without_a_picture_is_told_without_a_number() -> None:
    assert told(Shortened("pruned", 0)).strip().startswith("earlier thinking left out")
    assert told(Shortened("compacted", 0)).strip() == "all that came before replaced by a summary"
