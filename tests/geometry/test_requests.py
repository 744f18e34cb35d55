"""What the API would refuse, said before it is asked."""

from decimal import Decimal
from typing import Any

import pytest

from trueclick.geometry import Finding, RequestImage, Size, UsageError, check_request

FULL_HD = RequestImage(Size(1920, 1080), 200_000)
MODEL = "claude-opus-5-5"


def only(findings: tuple[Finding, ...]) -> Finding:
    (finding,) = findings
    return finding


def test_a_request_within_all_limits_has_no_findings() -> None:
    check = check_request([FULL_HD] * 3, MODEL)
    assert check.findings == ()
    assert check.accepted
    assert check.visual_tokens == 3 * 2691
    assert check.usd == Decimal("0.032292")


def test_a_request_without_images_costs_nothing() -> None:
    check = check_request([], MODEL)
    assert (check.accepted, check.visual_tokens, check.usd) == (True, 0, Decimal(0))


@pytest.mark.parametrize(
    ("model", "most"), [("claude-opus-5-5", 600), ("claude-haiku-4-5-20251001", 100)]
)
def test_too_many_images_are_refused(model: str, most: int) -> None:
    small = RequestImage(Size(200, 200))
    assert check_request([small] * most, model).findings == ()
    assert not check_request([small] * (most + 1), model).accepted
    finding = only(check_request([small] * (most + 2), model).findings)
    assert finding.rule == "image count"
    assert finding.refused
    assert finding.images == ()
    plain = model.removesuffix("-20251001")
    assert str(finding) == (
        f"{most + 2} images; {plain} takes {most} a request: leave out 2 of them"
    )


def test_the_21st_image_makes_a_large_one_illegal() -> None:
    large = RequestImage(Size(2001, 1000))
    edge = RequestImage(Size(2000, 1000))
    assert check_request([edge] * 19 + [large], MODEL).accepted
    assert check_request([edge] * 21, MODEL).accepted
    check = check_request([edge] * 19 + [large, large], MODEL)
    assert not check.accepted
    finding = only(check.findings)
    assert finding.rule == "many images"
    assert finding.images == (19, 20)
    assert str(finding) == (
        "image 19 of 2001x1000 and 1 more: over 2000 px in a request of more than 20 images (21): "
        "scale with fit(..., max_edge=2000), or send 20"
    )


def test_an_image_over_8000_pixels_is_refused() -> None:
    fine, over = RequestImage(Size(8000, 700)), RequestImage(Size(700, 8001))
    check = check_request([fine, over], MODEL)
    assert [finding.rule for finding in check.findings] == ["image edge", "scaled"]
    assert check.findings[0].refused
    assert check.findings[0].images == (1,)
    assert str(check.findings[0]) == "image 1 of 700x8001: over 8000 px: scale down with fit()"


@pytest.mark.parametrize(
    ("platform", "most"),
    [
        ("anthropic", 10 * 1024 * 1024),
        ("foundry", 10 * 1024 * 1024),
        ("bedrock", 5 * 1024 * 1024),
        ("vertex", 5 * 1024 * 1024),
    ],
)
def test_an_image_of_too_many_bytes_is_refused(platform: Any, most: int) -> None:
    fits = RequestImage(Size(1000, 1000), most // 4 * 3)
    assert fits.base64_bytes == most
    assert check_request([fits], MODEL, platform=platform).findings == ()
    over = RequestImage(Size(1000, 1000), most // 4 * 3 + 1)
    finding = only(check_request([FULL_HD, over], MODEL, platform=platform).findings)
    assert finding.rule == "image bytes"
    assert finding.refused
    assert finding.images == (1,)
    assert str(finding) == (
        f"image 1 of 1000x1000: {most + 4} bytes in base64; {platform} takes {most}: "
        "compress it more, or scale it down"
    )


@pytest.mark.parametrize(
    ("platform", "most", "by_id"),
    [
        ("anthropic", 32_000_000, True),
        ("foundry", 32_000_000, True),
        ("bedrock", 20_000_000, False),
        ("vertex", 30_000_000, False),
    ],
)
def test_a_request_of_too_many_bytes_is_refused(platform: Any, most: int, by_id: bool) -> None:
    images = [RequestImage(Size(1000, 1000), 3_000_000)] * 4
    other = most - 16_000_000
    assert check_request(images, MODEL, platform=platform, other_bytes=other).findings == ()
    finding = only(check_request(images, MODEL, platform=platform, other_bytes=other + 1).findings)
    assert finding.rule == "request bytes"
    assert finding.refused
    assert finding.images == ()
    assert str(finding) == (
        f"a request of {most + 1} bytes; {platform} takes {most}: leave images out, compress "
        "them more" + (", or send images by file id" if by_id else "")
    )


def test_nothing_but_the_images_is_counted_unless_told() -> None:
    images = [RequestImage(Size(1000, 1000), 1_500_000)] * 16  # 32 000 000 bytes in base64
    assert check_request(images, MODEL).findings == ()


def test_images_beyond_the_context_window_are_refused() -> None:
    images = [RequestImage(Size(2576, 1449))] * 20
    # 20 x 4784 visual tokens fit into any window; 42 of the standard ones do not into 200k.
    assert check_request(images, MODEL).findings == ()
    many = [RequestImage(Size(1092, 1092))] * 100  # 100 x 1521
    assert check_request(many, "claude-haiku-4-5").findings == ()
    check = check_request([RequestImage(Size(1999, 1999))] * 300, MODEL)  # 300 x 4784
    finding = only(tuple(f for f in check.findings if f.refused))
    assert finding.rule == "context window"
    assert finding.images == ()
    assert str(finding) == (
        f"{check.visual_tokens} visual tokens; the context window of claude-opus-5-5 has 1000000: "
        "leave images out, or scale them down"
    )


def test_the_context_window_may_be_filled_to_the_last_token() -> None:
    exactly = [RequestImage(Size(28 * 50, 28 * 40))] * 500  # 500 x 2000
    assert check_request(exactly, MODEL).findings == ()
    assert not check_request([*exactly, RequestImage(Size(200, 200))], MODEL).accepted


def test_an_image_that_the_model_would_see_smaller_is_a_warning() -> None:
    check = check_request([FULL_HD, RequestImage(Size(3840, 2160))], MODEL)
    assert check.accepted
    finding = only(check.findings)
    assert finding.rule == "scaled"
    assert finding.refused is False
    assert finding.images == (1,)
    assert str(finding) == (
        "image 1 of 3840x2160: claude-opus-5-5 sees it at 2576x1449, and answers in those pixels: "
        "scale it with fit() before it is sent; the computer tool refuses it as it is"
    )
    assert check.visual_tokens == 2691 + 4784


def test_an_image_that_is_too_small_to_read_is_a_warning() -> None:
    check = check_request([RequestImage(Size(199, 900)), RequestImage(Size(200, 200))], MODEL)
    assert check.accepted
    finding = only(check.findings)
    assert finding.rule == "small"
    assert finding.refused is False
    assert finding.images == (0,)
    assert str(finding) == (
        "image 0 of 199x900, seen at 199x900: under 200 px it is read unreliably: send a larger "
        "part of the screen, or enlarge it"
    )


def test_what_counts_is_how_large_the_model_sees_it() -> None:
    check = check_request([RequestImage(Size(8000, 300))], MODEL)
    assert [finding.rule for finding in check.findings] == ["scaled", "small"]
    assert check.findings[1].problem.startswith("image 0 of 8000x300, seen at 2576x97: under 200")


@pytest.mark.parametrize("source", ["url", "file"])
def test_an_image_that_is_not_in_the_request_has_no_bytes_in_it(source: Any) -> None:
    image = RequestImage(Size(1000, 1000), 40_000_000, source)
    assert image.base64_bytes == 0
    assert check_request([image], MODEL).findings == ()
    assert check_request([image], MODEL, platform="foundry").findings == ()
    for platform in ("bedrock", "vertex"):
        finding = only(check_request([FULL_HD, image], MODEL, platform=platform).findings)
        assert finding.rule == "image source"
        assert finding.refused
        assert finding.images == (1,)
        assert str(finding) == (
            f"image 1 of 1000x1000: {platform} takes no images by URL or file id: send it as base64"
        )


def test_images_may_come_from_anything_that_yields_them() -> None:
    assert check_request((image for image in [FULL_HD]), MODEL).visual_tokens == 2691  # type: ignore[arg-type]


def test_what_is_refused_comes_before_the_warnings() -> None:
    images = [RequestImage(Size(100, 9000), 9_000_000)] * 21
    check = check_request(images, "claude-mythos-5-2")
    assert [finding.rule for finding in check.findings] == [
        *("image edge", "many images", "image bytes", "request bytes", "scaled", "small")
    ]
    assert check.usd is None


def test_base64_takes_four_bytes_for_three_begun() -> None:
    assert [RequestImage(Size(1, 1), n).base64_bytes for n in (0, 1, 2, 3, 4)] == [0, 4, 4, 4, 8]


def test_bad_input_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="unknown model 'gpt-4'"):
        check_request([], "gpt-4")
    with pytest.raises(UsageError) as refused:
        check_request([], MODEL, platform="azure")  # type: ignore[arg-type]
    assert str(refused.value) == (
        "unknown platform 'azure'; known: anthropic, bedrock, vertex, foundry"
    )
    with pytest.raises(UsageError, match="RequestImage needs bytes >= 0, got -1"):
        RequestImage(Size(5, 5), -1)
    with pytest.raises(UsageError, match=r"RequestImage needs integers, got bytes=1\.5"):
        RequestImage(Size(5, 5), 1.5)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="check_request needs other_bytes >= 0, got -1"):
        check_request([], MODEL, other_bytes=-1)
    with pytest.raises(UsageError, match=r"check_request needs integers, got other_bytes=1\.5"):
        check_request([], MODEL, other_bytes=1.5)  # type: ignore[arg-type]
