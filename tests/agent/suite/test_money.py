"""What attempts pay for is counted, whatever comes of it, and a limit holds for all of it."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from trueclick.agent.events import Answered, Retried
from trueclick.agent.suite.account import SPENT, Account, OverBudgetError, spent
from trueclick.agent.suite.carrying import carried_out
from trueclick.agent.suite.claims import judged
from trueclick.agent.suite.keepers import Keepers
from trueclick.agent.suite.places import Order
from trueclick.agent.suite.results import Attempt
from trueclick.agent.suite.tasks import Task
from trueclick.agent.testing import StreamFault, StrictApi, Turn, says
from trueclick.agent.usage import Usage
from trueclick.agent.vision import JudgementError
from trueclick.geometry import Size

from ..vision.models import screenshot
from .samples import task

MODEL = "claude-opus-5-5"
SHOT = screenshot(Size(640, 480))
HOLDS = says(json.dumps({"reason": "So it is.", "holds": True, "evidence": []}))


def paid(max_usd: float | None = None) -> Task:
    return task(model=MODEL, max_usd=max_usd)


def test_claims_and_runs_are_paid_from_one_account(tmp_path: Path) -> None:
    account = Account(paid(), tmp_path)
    account.heard(Answered(1, "end_turn", Usage(1000), Decimal("0.5"), 1.0))
    account.heard(Retried("overloaded", 1, 0.0, Usage(output=50_000)))
    assert account.usd == Decimal("1.5")
    account.settled(Decimal("1.5"))
    api = StrictApi([HOLDS])
    verdict = judged("all is well", SHOT, paid(), api.client(), account)
    assert verdict.usd
    assert account.usd == Decimal("1.5") + verdict.usd
    assert spent(tmp_path) == pytest.approx(float(account.usd))


def test_a_claim_that_would_go_over_the_limit_is_not_asked_for(tmp_path: Path) -> None:
    each = paid(max_usd=0.6)
    account = Account(each, tmp_path)
    account.paid(Decimal("0.59"))
    api = StrictApi([HOLDS])
    with pytest.raises(OverBudgetError, match=r"over the budget of 0\.6 USD: 0\.5900 are used"):
        judged("all is well", SHOT, each, api.client(), account)
    assert api.requests == []


def test_an_answer_is_no_longer_than_what_is_left_pays_for(tmp_path: Path) -> None:
    each = paid(max_usd=0.1)
    api = StrictApi([HOLDS])
    judged("all is well", SHOT, each, api.client(), Account(each, tmp_path))
    most = api.requests[0]["max_tokens"]
    assert 1024 <= most <= 5000, "a token of the answer costs 20 millionths"
    assert api.violations == ()


@pytest.mark.parametrize("turn", [HOLDS, says("no JSON")])
def test_answers_that_are_lost_or_no_verdict_are_paid_for(
    turn: Turn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trueclick.agent.vision.asking.wait_before_retry", lambda *_: 0.0)
    account, once = Account(paid(), tmp_path), Account(paid(), tmp_path / "none")
    judged("all is well", SHOT, paid(), StrictApi([HOLDS]).client(), once)
    api = StrictApi([turn], faults={1: StreamFault(after_events=3)})
    try:
        judged("all is well", SHOT, paid(), api.client(), account)
    except JudgementError:
        assert turn is not HOLDS
    assert len(api.requests) == 2
    assert account.usd > once.usd * Decimal("1.5")
    limited = paid(max_usd=0.03)
    account = Account(limited, tmp_path)
    api = StrictApi([turn], faults={1: StreamFault(after_events=3)})
    with pytest.raises(OverBudgetError, match="does not pay for another try"):
        judged("all is well", SHOT, limited, api.client(), account)
    assert 0 < account.usd < Decimal("0.03")


@pytest.mark.parametrize(
    ("written", "usd"),
    [(b"0.5\n1.25\n", 1.25), (b"0.5\n1.2", 0.5), (b"inf\nNaN\n-1\n\xff\n", 0.0), (b"", 0.0)],
)
def test_what_is_written_down_is_read_to_its_last_whole_line(
    written: bytes, usd: float, tmp_path: Path
) -> None:
    (tmp_path / SPENT).write_bytes(written)
    assert spent(tmp_path) == usd


def test_what_lost_and_broken_off_attempts_cost_is_part_of_the_result(tmp_path: Path) -> None:
    class Dying(Keepers):
        made_yet = 0

        def made(self, order: Order) -> Attempt:
            self.made_yet += 1
            order.folder.mkdir(exist_ok=True)
            (order.folder / SPENT).write_text("0.5\n")
            return Attempt("lost" if self.made_yet == 1 else "passed", usd=0.5)

    before = tmp_path / "t" / "attempt-1"
    before.mkdir(parents=True)
    (before / SPENT).write_text("2\n")
    told = carried_out(paid(), Dying(), suite=tmp_path, folder=before.parent)
    assert (told.usd_before, told.usd) == (2.5, 3.0)
