"""What can be done after a run has ended. Values in, words out."""

from __future__ import annotations

import shlex

from ..budget import Budget
from ..escape import printable
from ..events import RunResult


def limit(result: RunResult, budget: Budget) -> tuple[str, str] | None:
    """The option whose limit ended a run, and that limit; `None` if none did."""
    if result.status != "budget":
        return None
    turns, seconds, tokens, usd = budget.turns, budget.seconds, budget.tokens, budget.usd
    if turns is not None and result.turns >= turns:
        return "--max-turns", f"{turns:,}"
    # Of the rest the next request would go over one, as the text says.
    if usd is not None and "USD" in result.text:
        return "--max-usd", f"{usd}"
    if tokens is not None and "tokens" in result.text:
        return "--max-tokens", f"{tokens:,}"
    return None if seconds is None else ("--max-seconds", f"{seconds:g}")


def remedy(result: RunResult, budget: Budget) -> str | None:
    """How a run gets more of what it ran out of, in words; `None` if it ran out of nothing."""
    reached = limit(result, budget)
    if reached is None:
        return None
    option, most = reached
    return f"raise {option}, which was {most} for the whole run"


def further(result: RunResult, budget: Budget) -> str | None:
    """A line that says how a run goes on, or where its trace is; `None` if it has none."""
    if result.trace is None:
        return None
    path = printable(shlex.quote(str(result.trace)))
    match result.status:
        case "done" | "refused":
            return f"trace: {path}"
        case "needs_user":
            return f"answer with: trueclick run 'YOUR ANSWER' --resume {path}"
        case _:
            reached = limit(result, budget)
            more = "" if reached is None else f" {reached[0]} N"
            return f"go on with: trueclick run --resume {path}{more}"
