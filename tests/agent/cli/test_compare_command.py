"""`trueclick compare` as a person types it."""

import json
from pathlib import Path

import pytest

from trueclick.agent.cli.main import main
from trueclick.agent.qa.reading import TextReader
from trueclick.agent.qa.structure import similarity
from trueclick.capture import Screenshot, encode, read_image

from ..qa.drawn import LINES, page, reading_both, written

OTHER = [line.replace("42", "43") for line in LINES]


def put(path: Path, shot: Screenshot) -> str:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(encode(shot).data)
    return str(path)


@pytest.fixture
def first(tmp_path: Path) -> str:
    return put(tmp_path / "a.png", page())


@pytest.fixture
def second(tmp_path: Path) -> str:
    return put(tmp_path / "b.png", page(OTHER))


def test_the_same_picture_is_the_same(first: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", first, first]) == 0
    assert capsys.readouterr().out == "the same\n"


def test_a_difference_is_told_and_shown(
    first: str, second: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, three = tmp_path / "d.png", tmp_path / "three.png"
    words = ["compare", first, second, "--out", str(out), "--side-by-side", str(three), "--json"]
    assert main(words) == 1
    told = json.loads(capsys.readouterr().out)
    assert not told["same"]
    assert told["sizes"] == [[320, 140], [320, 140]]
    assert 0 < told["pixels"] < 100
    assert 0.9 < told["similarity"] < 1
    assert told["difference"] == str(out)
    assert read_image(out).size == page().size
    shown = read_image(three).size
    assert shown.width > 3 * 320
    assert shown.height > 2 * 140  # the place that differs is shown again, enlarged


def test_masks_and_tolerances_let_it_pass(first: str, second: str) -> None:
    assert main(["compare", first, second, "--mask", "50,60,100,100"]) == 0
    assert main(["compare", first, second, "--share", "1%"]) == 0
    assert main(["compare", first, second, "--pixels", "100"]) == 0
    assert main(["compare", first, second, "--mask-colour", "#202428"]) == 1


def test_another_hinting_is_a_difference_unless_it_is_let_pass(
    first: str,
    second: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = reading_both(written())
    monkeypatch.setattr(TextReader, "read", lambda _, shot: read(shot))
    again = put(tmp_path / "soft.png", page(soft=0.3))
    assert main(["compare", first, again]) == 1
    assert "drawn with another font hinting: --other-hinting" in capsys.readouterr().out
    assert main(["compare", first, again, "--other-hinting"]) == 0
    assert main(["compare", first, again, "--exact"]) == 1
    assert main(["compare", first, second]) == 1
    assert "hinting" not in capsys.readouterr().out


def test_other_sizes_are_a_difference(
    first: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = put(tmp_path / "c.png", Screenshot(page().pixels[:50]))
    assert main(["compare", first, small]) == 1
    assert "the sizes are 320x140 and 320x50" in capsys.readouterr().out


def test_folders_are_compared_name_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs, out = tmp_path / "ours", tmp_path / "theirs", tmp_path / "out"
    for folder in (ours, theirs):
        put(folder / "same.png", page())
        put(folder / ".hidden.png", page(OTHER) if folder == ours else page())
    put(ours / "deep" / "other.png", page())
    put(theirs / "deep" / "other.png", page(OTHER))
    assert main(["compare", str(ours), str(theirs), "--out", str(out)]) == 1
    assert "1 of 2 pictures are the same" in capsys.readouterr().out
    assert [str(path.relative_to(out)) for path in out.rglob("*.png")] == ["deep/other.png"]
    put(theirs / "new.png", page())
    assert main(["compare", str(ours), str(theirs), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["only_in_b"] == ["new.png"]
    (theirs / "same.png").write_text("no picture")
    assert main(["compare", str(ours), str(theirs)]) == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--mask-pattern", "("], "is no pattern"),
        (["--mask-colour", "pinkish"], "a colour is written as"),
        (["--mask-text", ""], "a mask needs a text"),
        (["--exact", "--pixels", "3"], "--exact allows for nothing"),
        (["--exact", "--other-hinting"], "--exact allows for nothing"),
        (["--out", "/dev/full"], "no plain file"),
        (["--out", "/nowhere/d.png"], "cannot be written"),
    ],
)
def test_a_mistake_is_told_in_one_line(
    first: str, second: str, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", first, second, *words]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


def test_what_is_compared_is_not_written_over(first: str, second: str, tmp_path: Path) -> None:
    before = Path(first).read_bytes()
    assert main(["compare", first, second, "--out", first]) == 2
    assert main(["compare", first, second, "--side-by-side", str(tmp_path / "." / "a.png")]) == 2
    assert Path(first).read_bytes() == before
    new = str(tmp_path / "new.png")
    assert main(["compare", first, second, "--out", new, "--side-by-side", new]) == 2
    assert not Path(new).exists()


def test_a_file_and_a_folder_cannot_be_compared(first: str, tmp_path: Path) -> None:
    assert main(["compare", first, str(tmp_path)]) == 2


def test_the_similarity_of_noise_is_near_nothing_and_of_itself_one() -> None:
    assert similarity(page(), page()) == 1.0
    assert similarity(page(), Screenshot(255 - page().pixels)) < 0.2
    tiny = Screenshot(page().pixels[:3, :5])
    assert similarity(tiny, tiny) == 1.0
