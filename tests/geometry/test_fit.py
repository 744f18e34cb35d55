"""The size at which Claude sees an image: the published rule."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueclick.geometry import (
    HIGH_RESOLUTION,
    STANDARD,
    Model,
    ResolutionLimits,
    Size,
    UsageError,
    fit,
    padded,
    visual_tokens,
)

LIMITS = {"standard": STANDARD, "high": HIGH_RESOLUTION}
GOLDEN = Path(__file__).parents[1] / "golden" / "resize.csv"


def golden_rows() -> list[dict[str, str]]:
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_golden_table_is_all_there() -> None:
    assert len(golden_rows()) == 408


@pytest.mark.parametrize(
    "row", golden_rows(), ids=lambda row: f"{row['width']}x{row['height']}-{row['tier']}"
)
def test_every_published_size_is_met(row: dict[str, str]) -> None:
    sent = fit(Size(int(row["width"]), int(row["height"])), LIMITS[row["tier"]])
    assert sent == Size(int(row["resized_width"]), int(row["resized_height"]))
    assert padded(sent) == Size(int(row["padded_width"]), int(row["padded_height"]))
    assert visual_tokens(sent) == int(row["visual_tokens"])


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
    ("width", "height", "tokens"), [(200, 200, 64), (1000, 1000, 1296), (1092, 1092, 1521)]
)
def test_the_documented_token_counts_hold(width: int, height: int, tokens: int) -> None:
    assert visual_tokens(Size(width, height)) == tokens


sizes = st.builds(Size[object], st.integers(1, 12_000), st.integers(1, 12_000))
any_limits = st.sampled_from([STANDARD, HIGH_RESOLUTION])


def slow_fit(size: Size[object], limits: ResolutionLimits) -> Size[object]:
    """The rule word for word: try every edge from the largest down."""
    if limits.fits(size):
        return size
    long, short = max(size.width, size.height), min(size.width, size.height)
    for edge in range(long, 0, -1):
        other = max(round(edge / (long / short)), 1)
        sent = Size[object](edge, other) if size.width >= size.height else Size[object](other, edge)
        if limits.fits(sent):
            return sent
    raise AssertionError


@given(sizes, any_limits)
def test_fit_equals_a_slow_obvious_search(size: Size[object], limits: ResolutionLimits) -> None:
    assert fit(size, limits) == slow_fit(size, limits)


@given(sizes, any_limits)
def test_what_fits_is_left_alone_the_second_time(
    size: Size[object], limits: ResolutionLimits
) -> None:
    sent: Size[Model] = fit(size, limits)
    assert limits.fits(sent)
    assert fit(sent, limits) == sent


def test_a_capped_limit_keeps_the_longer_edge_below_it() -> None:
    sent = fit(Size(3840, 2160), HIGH_RESOLUTION.capped(2000))
    assert max(sent.width, sent.height) <= 2000
    assert sent == Size(1988, 1118)


def test_limits_without_room_for_one_patch_are_refused() -> None:
    with pytest.raises(UsageError, match="max_edge=27"):
        ResolutionLimits(max_edge=27, max_tokens=100)
