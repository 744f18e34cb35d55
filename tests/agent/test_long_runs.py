"""Runs of hundreds of turns break no rule of the API's, and are cheap."""

from pathlib import Path

import pytest

from trueclick.agent import Budget, Event, Shortened, run
from trueclick.agent.testing import StrictApi
from trueclick.agent.trace import read_trace
from trueclick.geometry import MODELS, find_model

from .long_runs import cached_share, desk, sent_again_usd, summary, writing, written

BOUND, FREE, OLDER = "claude-opus-5-5", "claude-opus-5", "claude-sonnet-4-6"

EVERY_FAMILY = (
    *("claude-fable-5-2", "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"),
    *("claude-fable-5", "claude-opus-5", "claude-sonnet-5", "claude-opus-4-8"),
    *("claude-opus-4-7", "claude-opus-4-6", "claude-sonnet-4-6", "claude-opus-4-5"),
    *("claude-sonnet-4-5", "claude-haiku-4-5"),
)

pytestmark = pytest.mark.filterwarnings("ignore:The model 'claude-.* is deprecated")


def long_run(model: str, history: str, turns: int, trace: Path | None = None) -> StrictApi:
    """A run of so many turns in which all that was typed arrived, and no rule was broken."""
    api = StrictApi(writing(model, turns), summary=summary)
    events: list[Event] = []
    with desk(model) as (desktop, text):
        result = run(
            "Type all the numbers.",
            desktop,
            client=api.client(),
            model=model,
            history=history,  # type: ignore[arg-type]
            budget=Budget(turns=turns + 10),
            on_event=events.append,
            trace=trace,
        )
        assert text.holds(written(turns)) == written(turns)
    assert api.violations == ()
    assert (result.status, result.text) == ("done", "All numbers are typed.")
    assert (result.turns, result.actions) == (turns + 1, 2 * turns)
    assert result.usage == api.usage
    assert result.usd == api.usd
    assert any(isinstance(event, Shortened) for event in events) or history == "thread"
    return api


@pytest.mark.parametrize(
    ("model", "history", "turns"),
    [
        (BOUND, "full", 30),
        (FREE, "full", 30),
        # A thread sends little, and is not shortened before hundreds of turns.
        (BOUND, "thread", 15),
        (OLDER, "thread", 15),
    ],
)
def test_a_run_of_some_turns_breaks_no_rule_and_is_read_from_the_cache(
    model: str, history: str, turns: int
) -> None:
    api = long_run(model, history, turns)
    assert cached_share(api) > 0.9
    assert api.usd is not None
    assert api.usd < sent_again_usd(api, model) / 3


@pytest.mark.slow
@pytest.mark.parametrize("history", ["full", "thread"])
@pytest.mark.parametrize("model", EVERY_FAMILY)
def test_a_run_of_300_turns_breaks_no_rule_and_is_read_from_the_cache(
    model: str, history: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    api = long_run(model, history, 300, tmp_path / "trace")
    share, again = cached_share(api), sent_again_usd(api, model)
    assert share >= 0.9
    assert api.usd is not None
    assert api.usd < again / 10
    assert read_trace(tmp_path / "trace").turns == 301
    with capsys.disabled():
        print(
            f"\n{model} {history}: {share:.1%} of the input from the cache, {api.usd:.2f} USD, "
            f"{again:.2f} USD if all were sent again ({again / api.usd:.0f} times), at most "
            f"{max(entry.images for entry in api.ledger)} images and "
            f"{max(entry.bytes for entry in api.ledger) / 1e6:.1f} MB a request"
        )


def test_every_family_of_models_is_among_those_that_are_run() -> None:
    def kind(model: str) -> tuple[object, ...]:
        spec = find_model(model)
        return spec.computer_tools, spec.binds_thinking, spec.compacts, spec.max_images

    assert {kind(spec.id) for spec in MODELS} == {kind(model) for model in EVERY_FAMILY}
