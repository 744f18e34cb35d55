"""The size at which Claude sees an image: the published rule."""

import csv
from fractions import Fraction
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trueclick.geometry import (
    HIGH_RESOLUTION,
    STANDARD,
    Model,
    ResolutionLimits,
    Size,
    UnknownModelError,
    UsageError,
    binding_limits,
    fit,
    legacy_token_estimate,
    padded,
    visual_tokens,
)

from . import drawn

LIMITS = {"standard": STANDARD, "high": HIGH_RESOLUTION}
GOLDEN = Path(__file__).parents[1] / "golden" / "resize.csv"


def golden_rows() -> list[dict[str, str]]:
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_golden_table_is_all_there() -> None:
    assert len(golden_rows()) == 408
    assert {row["tier"] for row in golden_rows()} == LIMITS.keys()


@pytest.mark.parametrize("tier", LIMITS)
def test_every_published_size_is_met(tier: str) -> None:
    for row in golden_rows():
        if row["tier"] == tier:
            sent = fit(Size(int(row["width"]), int(row["height"])), LIMITS[tier])
            assert sent == Size(int(row["resized_width"]), int(row["resized_height"])), row
            assert padded(sent) == Size(int(row["padded_width"]), int(row["padded_height"])), row
            assert visual_tokens(sent) == int(row["visual_tokens"]), row


@pytest.mark.parametrize(
    ("width", "height", "standard", "high"),
    [
        (1920, 1080, (1456, 819), (1920, 1080)),
        (3840, 2160, (1456, 819), (2576, 1449)),
        (1075, 1520, (924, 1307), (1075, 1520)),  # the token limit binds, not the edge
        (2000, 1500, (1270, 952), (2000, 1500)),
    ],
)
def test_the_documented_examples_hold(
    width: int, height: int, standard: tuple[int, int], high: tuple[int, int]
) -> None:
    assert fit(Size(width, height), STANDARD) == Size(*standard)
    assert fit(Size(width, height), HIGH_RESOLUTION) == Size(*high)


@pytest.mark.parametrize(
    "largest", [(1092, 1092), (951, 1268), (896, 1344), (819, 1456), (784, 1568)]
)
def test_the_largest_sizes_of_older_tables_fit_the_standard_limits(
    largest: tuple[int, int],
) -> None:
    assert fit(Size(*largest), STANDARD) == Size(*largest)


@pytest.mark.parametrize(
    ("width", "height", "tokens"), [(200, 200, 64), (1000, 1000, 1296), (1092, 1092, 1521)]
)
def test_the_documented_token_counts_hold(width: int, height: int, tokens: int) -> None:
    assert visual_tokens(Size(width, height)) == tokens


any_limits = st.sampled_from([STANDARD, HIGH_RESOLUTION])


@st.composite
def sizes(draw: st.DrawFn) -> Size[object]:
    """Sizes of every shape, thin ones as likely as square ones."""
    return Size(draw(st.integers(1, 12_000)), draw(st.integers(1, 12_000)))


def word_for_word(size: Size[object], limits: ResolutionLimits) -> Size[object]:
    """The rule as it is published: every long edge is tried, the largest that fits is taken."""
    landscape = size.width >= size.height
    long, short = (size.width, size.height) if landscape else (size.height, size.width)
    edges = np.arange(1, long + 1)
    others = np.maximum(np.rint(edges / (long / short)), 1).astype(int)
    others[-1] = short  # an image that fits is left alone
    columns, rows = np.ceil(edges / 28), np.ceil(others / 28)
    fits = (
        (columns * 28 <= limits.max_edge)
        & (rows * 28 <= limits.max_edge)
        & (columns * rows <= limits.max_tokens)
        & (edges <= (limits.ceiling or inf))
    )
    largest = int(np.flatnonzero(fits)[-1])
    edge, other = int(edges[largest]), int(others[largest])
    return Size(edge, other) if landscape else Size(other, edge)


@pytest.mark.parametrize("count", [2000, pytest.param(20_000, marks=pytest.mark.slow)])
def test_fit_equals_an_obvious_search_on_many_sizes(count: int) -> None:
    random = np.random.default_rng(28)
    for width, height in random.integers(1, 12_000, (count, 2)).tolist():
        size, limits = Size[object](width, height), (STANDARD, HIGH_RESOLUTION)[width % 2]
        assert fit(size, limits) == word_for_word(size, limits)


@settings(deadline=None)
@given(sizes(), drawn.limits)
def test_fit_equals_an_obvious_search_for_any_limits(
    size: Size[object], limits: ResolutionLimits
) -> None:
    assert fit(size, limits) == word_for_word(size, limits)


@given(sizes(), drawn.limits)
def test_one_pixel_more_would_not_fit(size: Size[object], limits: ResolutionLimits) -> None:
    sent = fit(size, limits)
    assert limits.fits(sent)
    bound = binding_limits(size, limits)
    if sent == size:
        assert bound == ()
        return
    ratio = max(size.width, size.height) / min(size.width, size.height)
    long = max(sent.width, sent.height) + 1
    other = max(round(long / ratio), 1)
    larger = Size[object](long, other) if size.width >= size.height else Size(other, long)
    assert not limits.fits(larger)
    assert bound == limits.broken(larger) != ()


@given(sizes(), any_limits)
def test_what_fits_is_left_alone_the_second_time(
    size: Size[object], limits: ResolutionLimits
) -> None:
    sent: Size[Model] = fit(size, limits)
    assert fit(sent, limits) == sent


@given(sizes(), any_limits)
def test_a_portrait_is_the_transpose_of_a_landscape(
    size: Size[object], limits: ResolutionLimits
) -> None:
    sent, turned = fit(size, limits), fit(Size(size.height, size.width), limits)
    assert (turned.width, turned.height) == (sent.height, sent.width)


def test_which_limit_binds_is_told() -> None:
    assert binding_limits(Size(3000, 300), STANDARD) == ("max_edge",)
    assert binding_limits(Size(1075, 1520), STANDARD) == ("max_tokens",)
    assert binding_limits(Size(3840, 2160), HIGH_RESOLUTION) == ("max_edge", "max_tokens")
    assert binding_limits(Size(3840, 2160), HIGH_RESOLUTION, max_edge=2000) == ("ceiling",)
    assert binding_limits(Size(5148, 2481), STANDARD) == ("max_edge",)  # two more break both
    assert binding_limits(Size(1920, 1080), "claude-opus-5-5") == ()
    assert binding_limits(Size(1920, 1080), "claude-opus-5-5", max_tokens=2690) == ("max_tokens",)


def test_a_model_is_named_by_its_id() -> None:
    assert fit(Size(3840, 2160), "claude-opus-5-5") == Size(2576, 1449)
    assert fit(Size(3840, 2160), "us.anthropic.claude-opus-4-5-20251101-v1:0") == Size(1456, 819)
    with pytest.raises(UnknownModelError, match="unknown model 'gpt-4'"):
        fit(Size(3840, 2160), "gpt-4")


@pytest.mark.parametrize("wrong", [None, 1568, (1568, 1568)])
def test_limits_are_limits(wrong: Any) -> None:
    with pytest.raises(UsageError) as refused:
        fit(Size(3840, 2160), wrong)
    assert str(refused.value) == f"limits are ResolutionLimits or the id of a model, got {wrong!r}"


def test_a_lower_ceiling_counts_the_pixels_of_the_image_itself() -> None:
    assert fit(Size(3840, 2160), HIGH_RESOLUTION, max_edge=2000) == Size(2000, 1125)
    assert fit(Size(2160, 3840), HIGH_RESOLUTION, max_edge=2000) == Size(1125, 2000)
    assert fit(Size(2000, 1125), HIGH_RESOLUTION, max_edge=2000) == Size(2000, 1125)
    assert fit(Size(2001, 1125), HIGH_RESOLUTION, max_edge=2000) == Size(2000, 1124)
    assert fit(Size(3840, 2160), HIGH_RESOLUTION.capped(2000)) == Size(2000, 1125)
    assert fit(Size(3840, 2160), STANDARD, max_edge=2000) == Size(1456, 819)  # raises nothing
    assert fit(Size(3840, 2160), STANDARD, max_edge=1) == Size(1, 1)


def test_a_token_budget_is_kept() -> None:
    sent = fit(Size(3840, 2160), HIGH_RESOLUTION, max_tokens=1000)
    assert sent == Size(1148, 646)
    assert visual_tokens(sent) == 984
    assert fit(Size(3840, 2160), HIGH_RESOLUTION, max_tokens=9999) == Size(2576, 1449)


def test_limits_can_be_lowered_step_by_step_and_never_raised() -> None:
    limits = HIGH_RESOLUTION.capped(2000, max_tokens=3000)
    assert limits == ResolutionLimits(2576, 3000, 2000)
    assert limits.capped(2500, max_tokens=4000) == limits
    assert limits.capped(1999, max_tokens=2999) == ResolutionLimits(2576, 2999, 1999)
    assert limits.capped() == limits
    assert STANDARD.capped() == STANDARD


def test_text_is_not_shrunk_below_the_floor_that_is_asked_for() -> None:
    assert fit(Size(3840, 2160), HIGH_RESOLUTION, min_scale=0.67) == Size(2576, 1449)
    assert fit(Size(2, 1), STANDARD, min_scale=1) == Size(2, 1)
    with pytest.raises(UsageError) as refused:
        fit(Size(3840, 2160), HIGH_RESOLUTION, min_scale=0.68)
    assert str(refused.value) == (
        "3840x2160 would be shown at 2576x1449, 0.671 of its size and below min_scale=0.68: "
        "cover it with tiles(), or raise the limits"
    )
    exactly = Fraction(2576, 3840)
    assert fit(Size(3840, 2160), HIGH_RESOLUTION, min_scale=float(exactly)) == Size(2576, 1449)


@pytest.mark.parametrize(
    "wrong", [0, -0.5, 1.0001, float("nan"), float("inf"), True, "1", np.True_]
)
def test_a_floor_that_makes_no_sense_is_refused(wrong: Any) -> None:
    with pytest.raises(UsageError) as refused:
        fit(Size(5, 5), STANDARD, min_scale=wrong)
    assert str(refused.value) == f"min_scale must be above 0 and at most 1, got {wrong!r}"


@pytest.mark.parametrize("wrong", [0, -1])
def test_a_ceiling_that_makes_no_sense_is_refused(wrong: int) -> None:
    with pytest.raises(UsageError) as refused:
        fit(Size(5, 5), STANDARD, max_edge=wrong)
    assert str(refused.value) == f"capped needs max_edge >= 1, got {wrong}"
    with pytest.raises(UsageError) as refused:
        fit(Size(5, 5), STANDARD, max_tokens=wrong)
    assert str(refused.value) == f"capped needs max_tokens >= 1, got {wrong}"


@pytest.mark.parametrize("wrong", [1.5, True, "2000", float("nan")])
def test_limits_are_integers(wrong: Any) -> None:
    with pytest.raises(UsageError, match="capped needs integers, got max_edge="):
        STANDARD.capped(wrong)
    with pytest.raises(UsageError, match="capped needs integers, got max_tokens="):
        STANDARD.capped(max_tokens=wrong)
    with pytest.raises(UsageError, match="ResolutionLimits needs integers, got max_edge="):
        ResolutionLimits(wrong, 100)
    with pytest.raises(UsageError, match="ResolutionLimits needs integers, got max_tokens="):
        ResolutionLimits(100, wrong)
    with pytest.raises(UsageError, match="ResolutionLimits needs integers, got ceiling="):
        ResolutionLimits(100, 100, wrong)


@pytest.mark.parametrize("wrong", [(27, 100, None), (28, 0, None), (28, 1, 0)])
def test_limits_without_room_for_one_patch_are_refused(wrong: tuple[int, int, int | None]) -> None:
    with pytest.raises(UsageError) as refused:
        ResolutionLimits(*wrong)
    assert str(refused.value) == (
        "limits need max_edge >= 28, max_tokens >= 1 and ceiling >= 1, "
        f"got max_edge={wrong[0]} max_tokens={wrong[1]} ceiling={wrong[2]}"
    )


def test_the_smallest_limits_show_one_patch() -> None:
    assert fit(Size(8000, 8000), ResolutionLimits(28, 1)) == Size(28, 28)
    assert fit(Size(8000, 1), ResolutionLimits(28, 1)) == Size(28, 1)
    assert fit(Size(8000, 8000), ResolutionLimits(28, 1, 1)) == Size(1, 1)


def test_a_size_beyond_any_double_is_sized_all_the_same() -> None:
    assert fit(Size(10**400, 1), STANDARD) == Size(1568, 1)
    assert fit(Size(10**400, 10**400), STANDARD) == Size(1092, 1092)
    with pytest.raises(UsageError, match=r"0\.000 of its size"):
        fit(Size(10**400, 1), STANDARD, min_scale=0.5)


def test_every_broken_limit_is_named() -> None:
    limits = ResolutionLimits(56, 3, 50)
    assert limits.broken(Size(50, 28)) == ()
    assert limits.broken(Size(51, 28)) == ("ceiling",)
    assert limits.broken(Size(50, 29)) == ("max_tokens",)
    assert limits.broken(Size(57, 28)) == ("max_edge", "ceiling")
    assert limits.broken(Size(57, 57)) == ("max_edge", "max_tokens", "ceiling")


def test_the_older_estimate_has_a_name_of_its_own() -> None:
    assert legacy_token_estimate(Size(750, 1)) == 1
    assert legacy_token_estimate(Size(751, 1)) == 2
    assert legacy_token_estimate(Size(1456, 819)) == 1590
