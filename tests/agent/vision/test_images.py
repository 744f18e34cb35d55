"""Pictures go out at the size at which the model sees them, within every limit."""

import json
from pathlib import Path

import pytest

from trueclick.agent.testing import StrictApi
from trueclick.agent.vision import check, prepare, prepare_all
from trueclick.agent.vision.images import FILES_BETA
from trueclick.geometry import Size, UsageError, find_model, fit, visual_tokens

from .models import FAMILIES, noise, saved, screenshot, verdict

HD = Size[object](1920, 1080)


@pytest.mark.parametrize("model", FAMILIES)
def test_each_model_is_shown_a_picture_at_its_own_size(model: str) -> None:
    prepared = prepare(screenshot(Size(2800, 1575)), model)
    size = fit(Size[object](2800, 1575), find_model(model).limits)
    assert prepared.size == size
    assert prepared.tokens == visual_tokens(size)
    assert prepared.block["transformations"] == {"oversized_image": "error"}


@pytest.mark.parametrize(("ending", "size"), [("png", (640, 400)), ("jpg", (641, 399))])
def test_a_file_that_fits_is_sent_in_its_own_pixels(
    tmp_path: Path, ending: str, size: tuple[int, int]
) -> None:
    prepared = prepare(saved(tmp_path / f"a.{ending}", size), "claude-opus-5-5")
    assert prepared.size == Size(*size)
    assert prepared.source["media_type"] == "image/png"


def test_a_webp_and_a_gif_are_read_as_well(tmp_path: Path) -> None:
    files = [saved(tmp_path / "a.webp", lossless=True), saved(tmp_path / "b.gif")]
    api = StrictApi([verdict()])
    check("so it is", files, client=api.client(), model="claude-haiku-5-5")
    assert api.violations == ()
    assert [picture["source"]["media_type"] for picture in sent(api)] == ["image/png"] * 2


def test_of_more_than_20_pictures_none_is_longer_than_2000_pixels() -> None:
    shots = [screenshot(Size(3000, 60)) for _ in range(25)]
    api = StrictApi([verdict()])
    check("so it is", shots, client=api.client(), model="claude-opus-5-5")
    assert api.violations == ()
    assert {
        prepared.size.width for prepared in prepare_all(shots, "claude-opus-5-5") if prepared.size
    } == {2000}
    assert prepare_all(shots[:20], "claude-opus-5-5")[0].size == Size(2576, 52)


def test_too_many_pictures_are_refused_before_the_first_is_read() -> None:
    nowhere = [Path(f"/nowhere/{i}.png") for i in range(101)]
    with pytest.raises(UsageError, match="101 images; claude-haiku-4-5 takes 100 a request: ask"):
        prepare_all(nowhere, "claude-haiku-4-5")
    with pytest.raises(UsageError, match=r"there is no file '/nowhere/0\.png'"):
        prepare_all(nowhere, "claude-haiku-5-5")


def test_pictures_that_are_too_large_together_are_packed_smaller_and_say_so() -> None:
    shot = noise(Size(640, 480))
    assert prepare(shot, "claude-opus-5-5").reduced is None
    among = prepare(shot, "claude-opus-5-5", among=100)
    assert among.reduced is not None
    assert "sent as JPEG" in among.reduced
    assert among.in_request.base64_bytes * 100 < 32_000_000


def test_a_picture_prepared_for_few_is_refused_among_many() -> None:
    alone = prepare(screenshot(Size(2500, 100)), "claude-opus-5-5")
    with pytest.raises(UsageError, match="over 2000 px in a request of more than 20"):
        prepare_all([alone] * 21, "claude-opus-5-5")


@pytest.mark.parametrize(
    ("given", "source"),
    [
        (
            "https://example.com/a.png?key=1",
            {"type": "url", "url": "https://example.com/a.png?key=1"},
        ),
        (
            "file_011CNha8iCJcU1wXNR6q4V8w",
            {"type": "file", "file_id": "file_011CNha8iCJcU1wXNR6q4V8w"},
        ),
    ],
)
def test_what_the_api_fetches_has_no_size_here(given: str, source: dict[str, str]) -> None:
    prepared = prepare(given, "claude-opus-5-5")
    assert (prepared.source, prepared.picture, prepared.tokens) == (source, None, None)
    assert "transformations" not in prepared.block


def test_a_name_holds_nothing_secret_of_a_url() -> None:
    url = "https://ada:pass@example.com:8443/a/b.png?signature=1#x"
    assert prepare(url, "claude-opus-5-5").name == "https://example.com:8443/a/b.png"


def test_a_files_id_brings_its_beta_along() -> None:
    api = StrictApi([verdict()])
    try:
        check(
            "so it is", ["file_abc", screenshot(HD)], client=api.client(), model="claude-opus-5-5"
        )
    finally:
        assert FILES_BETA in str(api.betas)
        assert not any("needs the beta" in said for said in api.violations)


@pytest.mark.parametrize(
    "url", ["http://example.com/a.png", "ftp://a/b.png", "data:image/png;base64,AA"]
)
def test_an_address_that_the_api_would_not_fetch_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="the API fetches https:// alone"):
        prepare(url, "claude-opus-5-5")


@pytest.mark.parametrize("given", ["https://example.com/a.png", "file_abc"])
@pytest.mark.parametrize("platform", ["bedrock", "vertex"])
def test_a_platform_that_takes_files_alone_says_so(given: str, platform: str) -> None:
    with pytest.raises(UsageError, match=f"{platform} takes no images by URL or file id: download"):
        prepare(given, "claude-opus-4-6", platform)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def test_a_file_called_like_an_id_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    saved(tmp_path / "x.png").rename(tmp_path / "file_abc")
    assert prepare("file_abc", "local").picture is not None


@pytest.mark.parametrize(
    "name",
    [
        "a\nb.png",
        'say "hi".png',
        "[1]*?.png",
        "\u202egnp.png",
        "写真 é.png",
        "-rf.png",
        "a\udcff.png",
    ],
)
def test_the_model_never_learns_what_a_file_is_called(tmp_path: Path, name: str) -> None:
    file = saved(tmp_path / "x.png").rename(tmp_path / name)
    api = StrictApi([verdict()])
    check("so it is", [file], client=api.client(), model="claude-opus-5-5")
    assert api.violations == ()
    assert json.dumps(name)[1:-5] not in json.dumps(api.requests[0])
    assert "Image 1:" in json.dumps(api.requests[0])


def sent(api: StrictApi) -> list[dict[str, dict[str, str]]]:
    content = api.requests[0]["messages"][0]["content"]
    return [block for block in content if block["type"] == "image"]
