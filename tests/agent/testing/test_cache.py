"""The prompt cache, on conversations worked out by hand."""

from collections.abc import Sequence
from typing import Any

import pytest

from trueclick.agent.testing import StrictApi, calls, says
from trueclick.agent.testing.cache import LOOKBACK, CacheUse, Piece, PromptCache
from trueclick.agent.testing.tokens import TOOLSET_TOKENS

from .chat import OLD, OPUS, TOOLSET, Block, answered, body, image, kept, marked, post, text, user
from .clock import ManualClock

CACHED: Block = {"type": "ephemeral"}


def prompt(*pieces: tuple[str, int] | tuple[str, int, str]) -> list[Piece]:
    """Pieces of a prompt from their names, their tokens and their breakpoints."""
    found: list[Piece] = []
    key, tokens = "", 0
    for index, (name, count, *lifetime) in enumerate(pieces):
        key, tokens = f"{key}/{name}", tokens + count
        found.append(Piece(key, tokens, lifetime[0] if lifetime else None, index))
    return found


def use(
    cache: PromptCache, pieces: Sequence[Piece], now: float = 0.0, minimum: int = 0
) -> tuple[int, ...]:
    found = cache.look_up(pieces, minimum, now)
    cache.keep(found, now)
    return (found.uncached, found.read, found.write_5m, found.write_1h)


def test_a_prefix_is_written_once_and_read_afterwards() -> None:
    cache = PromptCache()
    first = prompt(("system", 100, "5m"), ("task", 10))
    assert use(cache, first) == (10, 0, 100, 0)
    assert use(cache, first) == (10, 100, 0, 0)
    assert use(cache, prompt(("other", 100, "5m"), ("task", 10))) == (10, 0, 100, 0)


def test_a_breakpoint_moves_forward_and_finds_what_was_written_before_it() -> None:
    cache = PromptCache()
    assert use(cache, prompt(("a", 100, "5m"))) == (0, 0, 100, 0)
    assert use(cache, prompt(("a", 100), ("b", 20, "5m"))) == (0, 100, 20, 0)
    assert use(cache, prompt(("a", 100), ("b", 20), ("c", 3, "5m"), ("d", 4))) == (4, 120, 3, 0)


@pytest.mark.parametrize(("between", "read"), [(LOOKBACK - 2, 100), (LOOKBACK - 1, 0)])
def test_an_entry_is_found_within_twenty_positions(between: int, read: int) -> None:
    cache = PromptCache()
    use(cache, prompt(("a", 100, "5m")))
    later = prompt(("a", 100), *[(f"b{i}", 1) for i in range(between)], ("end", 1, "5m"))
    found = cache.look_up(later, 0, 0)
    assert found.read == read
    assert found.total == 101 + between


def test_a_second_breakpoint_finds_what_the_first_does_not() -> None:
    cache = PromptCache()
    use(cache, prompt(("a", 100, "5m")))
    many = [(f"b{i}", 1) for i in range(50)]
    assert use(cache, prompt(("a", 100, "5m"), *many, ("end", 1, "5m"))) == (0, 100, 51, 0)


def test_a_short_prefix_is_not_kept() -> None:
    cache = PromptCache()
    short = prompt(("a", 511, "5m"), ("b", 1))
    assert use(cache, short, minimum=512) == (512, 0, 0, 0)
    longer = prompt(("a", 511), ("b", 1, "5m"))
    assert use(cache, longer, minimum=512) == (0, 0, 512, 0)


def test_an_entry_lives_five_minutes_from_its_last_use() -> None:
    cache = PromptCache()
    pieces = prompt(("a", 100, "5m"))
    assert use(cache, pieces, 0) == (0, 0, 100, 0)
    assert use(cache, pieces, 299) == (0, 100, 0, 0)
    assert use(cache, pieces, 598) == (0, 100, 0, 0)
    assert use(cache, pieces, 898) == (0, 0, 100, 0)


def test_an_entry_may_live_an_hour() -> None:
    cache = PromptCache()
    pieces = prompt(("a", 100, "1h"), ("b", 10, "5m"))
    assert use(cache, pieces, 0) == (0, 0, 10, 100)
    assert use(cache, pieces, 3599) == (0, 100, 10, 0)


def test_nothing_is_written_before_it_is_kept() -> None:
    cache = PromptCache()
    pieces = prompt(("a", 100, "5m"))
    assert cache.look_up(pieces, 0, 0) == cache.look_up(pieces, 0, 0)
    assert cache.look_up([], 0, 0) == CacheUse(0, 0, 0, 0)


def usage(answer: Any) -> tuple[int, int, int]:
    told = answer["usage"]
    return (
        told["input_tokens"],
        told["cache_read_input_tokens"],
        told["cache_creation_input_tokens"],
    )


def test_the_tools_are_cached_behind_the_system_prompt(api: StrictApi) -> None:
    request = body(system=[marked(text("Be quick."))])
    uncached, read, written = usage(post(api, request))
    assert read == 0
    assert TOOLSET_TOKENS < written < TOOLSET_TOKENS + 10
    assert 0 < uncached < 10
    assert usage(post(api, request)) == (uncached, written, 0)


def test_a_run_reads_what_the_last_turn_wrote(api: StrictApi) -> None:
    messages = [user(text("look"))]
    total = 0
    for turn in range(30):
        answer = post(api, body(messages=messages, cache_control=CACHED))
        uncached, read, written = usage(answer)
        assert (uncached, read) == (0, total)
        total += written
        messages = [*messages, kept(answer), answered(answer, image(100 + turn, 100))]
    assert api.usage.cache_read > 0.9 * api.usage.input
    assert api.usd is not None
    assert api.usd_without_cache is not None
    assert api.usd < api.usd_without_cache / 3


def test_a_run_of_results_is_one_position(api: StrictApi) -> None:
    many = StrictApi(lambda _: calls(*[("screenshot", {})] * 30))
    messages = [user(marked(text("look")))]
    answer = post(many, body(messages=messages))
    messages = [user(text("look")), kept(answer), answered(answer, image())]
    messages[-1]["content"][-1] = marked(messages[-1]["content"][-1])
    _, read, written = usage(post(many, body(messages=messages)))
    assert read > TOOLSET_TOKENS
    assert written > 0


@pytest.mark.parametrize(
    "changes",
    [
        {"output_config": {"effort": "low"}},
        {"system": "Be quick."},
        {"model": OLD},
        {"thinking": {"type": "adaptive"}},
        {"tools": [{**TOOLSET, "configs": {"wait": {"enabled": False}}}]},
    ],
)
def test_what_changes_the_prompt_misses_it_all(api: StrictApi, changes: Block) -> None:
    request = body(messages=[user(marked(text("look")))])
    post(api, request)
    assert usage(post(api, request))[1] > 0
    assert usage(post(api, {**request, **changes}))[1] == 0


def test_another_tool_choice_misses_the_messages_alone(api: StrictApi) -> None:
    request = body(system=[marked(text("Be quick."))], messages=[user(marked(text("look at it")))])
    _, _, whole = usage(post(api, request))
    _, read, written = usage(post(api, {**request, "tool_choice": {"type": "none"}}))
    assert 0 < written < 20
    assert read == whole - written


def test_another_picture_misses_from_there_on(api: StrictApi) -> None:
    system = [marked(text("Be quick."))]
    first = body(model=OLD, system=system, messages=[user(image(), marked(text("look")))])
    other = body(model=OLD, system=system, messages=[user(image(21), marked(text("look")))])
    post(api, first)
    _, read, written = usage(post(api, other))
    assert read > TOOLSET_TOKENS
    assert written > 0


def test_an_entry_is_gone_after_five_minutes(api: StrictApi, clock: ManualClock) -> None:
    request = body(cache_control=CACHED)
    post(api, request)
    clock.sleep(299)
    assert usage(post(api, request))[2] == 0
    clock.sleep(300)
    assert usage(post(api, request))[1] == 0


def test_each_model_has_its_minimum() -> None:
    words = "word " * 800  # a thousand tokens
    for model, kept_ in ((OPUS, True), ("claude-sonnet-4-6", False)):
        api = StrictApi([says("Well.")])
        answer = post(api, body(model=model, tools=[], system=[marked(text(words[:4000]))]))
        assert (usage(answer)[2] > 0) is kept_


def test_the_cost_is_worked_out_from_the_list_price() -> None:
    api = StrictApi([says("Well.")] * 2)
    request = body(system=[marked(text("Be quick."), "1h")], model="claude-opus-4-8")
    post(api, request)
    post(api, request)
    first, second = api.ledger
    assert first.cache is not None
    assert second.cache is not None
    written, rest = first.cache.write_1h, first.cache.uncached
    output = first.output_tokens
    assert first.usd is not None
    assert float(first.usd) == pytest.approx((2 * written + rest) * 5e-6 + output * 25e-6)
    assert second.usd is not None
    assert float(second.usd) == pytest.approx((0.1 * written + rest) * 5e-6 + output * 25e-6)
    assert api.usd == first.usd + second.usd
