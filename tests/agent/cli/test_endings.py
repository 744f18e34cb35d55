"""What can be done after a run, in words that can be typed."""

from decimal import Decimal
from pathlib import Path

import pytest

from trueclick.agent.budget import Budget
from trueclick.agent.cli import endings
from trueclick.agent.conversation.spending import Spending
from trueclick.agent.events import RunResult, Status
from trueclick.agent.usage import Usage
from trueclick.geometry import Price

TRACE = Path("/tmp/a b")


def ended(status: Status, text: str = "", turns: int = 1) -> RunResult:
    return RunResult(status, text, turns, 0, Usage(), Decimal(0), 5.0, TRACE)


@pytest.mark.parametrize(
    ("budget", "turns", "said"),
    [
        (Budget(turns=1, usd=9), 1, "raise --max-turns, which was 1 for the whole run"),
        (Budget(tokens=5000), 0, "raise --max-tokens, which was 5,000 for the whole run"),
        (Budget(usd=Decimal("0.50")), 0, "raise --max-usd, which was 0.50 for the whole run"),
        (Budget(seconds=0.5), 0, "raise --max-seconds, which was 0.5 for the whole run"),
    ],
)
def test_the_limit_that_ended_a_run_is_named(budget: Budget, turns: int, said: str) -> None:
    clock = iter([0.0, 100.0, 100.0, 100.0])
    spending = Spending(budget, Price(Decimal(5), Decimal(25)), lambda: next(clock))
    spending.turns = turns
    text = spending.spent() or spending.answer_tokens(Usage(100_000), 16_000)
    assert isinstance(text, str)
    result = ended("budget", text, turns)
    assert endings.remedy(result, budget) == said
    option = said.split()[1].removesuffix(",")
    line = f"go on with: trueclick run --resume '/tmp/a b' {option} N"
    assert endings.further(result, budget) == line


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("done", "trace: '/tmp/a b'"),
        ("refused", "trace: '/tmp/a b'"),
        ("needs_user", "answer with: trueclick run 'YOUR ANSWER' --resume '/tmp/a b'"),
        ("stopped", "go on with: trueclick run --resume '/tmp/a b'"),
        ("failed", "go on with: trueclick run --resume '/tmp/a b'"),
    ],
)
def test_how_to_go_on_is_said_where_that_makes_sense(status: Status, said: str) -> None:
    assert endings.further(ended(status), Budget()) == said
    assert endings.remedy(ended(status), Budget()) is None
