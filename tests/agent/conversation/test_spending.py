"""What a run may use is looked at before a request, and its answer kept short enough."""

from decimal import Decimal

import pytest

from trueclick.agent import Budget, Usage
from trueclick.agent.conversation.spending import LEAST_ANSWER, Spending
from trueclick.geometry import Price, UsageError

PRICE = Price(Decimal(4), Decimal(20), cache_read=Decimal("0.1"))


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def test_each_kind_of_token_has_its_price() -> None:
    spending = Spending(Budget(), PRICE)
    cost = spending.add(Usage(uncached=1000, cache_read=10_000, cache_write=1000, output=100))
    assert cost == Decimal("0.004") + Decimal("0.004") + Decimal("0.005") + Decimal("0.002")
    assert spending.add(Usage(uncached=1)) == Decimal("0.000004")
    assert spending.usd == Decimal("0.015004")
    assert spending.usage == Usage(1001, 10_000, 1000, 100)
    assert spending.usage.cached_share == pytest.approx(10_000 / 12_001)


def test_an_unknown_price_stays_unknown_and_takes_no_budget() -> None:
    spending = Spending(Budget(), None)
    assert spending.add(Usage(uncached=1000)) is None
    assert spending.usd is None
    with pytest.raises(UsageError, match="whose price is known"):
        Spending(Budget(usd=1), None)


def test_turns_and_time_end_a_run() -> None:
    clock = Clock()
    spending = Spending(Budget(turns=2, seconds=60), PRICE, clock)
    assert spending.spent() is None
    clock.time = 60
    assert spending.spent() == "not done after 60 s"
    spending.turns = 2
    assert spending.spent() == "not done after 2 turns"
    assert spending.seconds_left == 0


@pytest.mark.parametrize("limit", [10_000, 100_000])
def test_an_answer_is_as_long_as_the_tokens_left_allow(limit: int) -> None:
    spending = Spending(Budget(tokens=limit), PRICE)
    spending.add(Usage(uncached=limit - 6000))
    assert spending.answer_tokens(Usage(cache_write=1000), 16_384) == 5000
    assert spending.answer_tokens(Usage(cache_write=1000), 100) == 100
    least = Usage(cache_write=6000 - LEAST_ANSWER)
    assert spending.answer_tokens(least, 16_384) == LEAST_ANSWER
    told = spending.answer_tokens(Usage(cache_write=6001 - LEAST_ANSWER), 16_384)
    assert f"over the budget of {limit:,} tokens" in str(told)


def test_an_answer_is_as_long_as_the_money_left_allows() -> None:
    spending = Spending(Budget(usd=Decimal("0.10")), PRICE)
    spending.add(Usage(uncached=5000))  # 0.02
    # The input takes 0.005 * 4 = 0.02; 0.06 are left for 3000 tokens of output.
    assert spending.answer_tokens(Usage(cache_write=4000), 16_384) == 3000
    told = spending.answer_tokens(Usage(cache_write=14_000), 16_384)
    assert "over the budget of 0.10 USD: 0.0200 are used, and it takes about 0.0700" in str(told)


def test_a_run_never_goes_over_its_budget_if_the_estimate_holds() -> None:
    spending = Spending(Budget(usd=0.05, tokens=40_000), PRICE)
    while True:
        request = Usage(cache_read=1000, cache_write=500)
        most = spending.answer_tokens(request, 1500)
        if isinstance(most, str):
            break
        spending.add(request + Usage(output=most))
    assert spending.usd is not None
    assert spending.usd <= Decimal("0.05")
    assert spending.usage.total <= 40_000


def test_a_long_prompt_is_paid_at_the_price_of_long_prompts() -> None:
    price = Price(Decimal(1), Decimal(10), up_to=1000, above=Price(Decimal(5), Decimal(50)))
    spending = Spending(Budget(usd=1), price)
    short, long = Usage(uncached=1000), Usage(uncached=1001)
    assert spending.answer_tokens(short, 10**9) == int((1 - Decimal("0.001")) * 100_000)
    assert spending.answer_tokens(long, 10**9) == int((1 - Decimal("0.005005")) * 20_000)


def test_what_an_earlier_part_used_counts() -> None:
    clock = Clock()
    spending = Spending(Budget(turns=10, seconds=100), PRICE, clock)
    spending.brought_along(Usage(output=7), Decimal("0.5"), 9, 95)
    assert (spending.turns, spending.usage.output, spending.usd) == (9, 7, Decimal("0.5"))
    clock.time = 6
    assert spending.spent() == "not done after 101 s"
    spending.brought_along(Usage(), None, 0, 0)
    assert spending.usd is None


@pytest.mark.parametrize("limits", [{"turns": 0}, {"seconds": -1}, {"tokens": 0}, {"usd": 0}])
def test_a_budget_of_nothing_is_refused(limits: dict[str, int]) -> None:
    with pytest.raises(UsageError, match=r"must be above 0 and finite, got (0|-1)"):
        Budget(**limits)


def test_a_budget_that_is_no_number_is_refused() -> None:
    for number in ("nan", "inf"):
        with pytest.raises(UsageError, match=f"must be above 0 and finite, got {number}"):
            Budget(usd=float(number))
