"""Films of runs: what they show, for how long, and that any program can play them."""

from __future__ import annotations

import json
import shutil
import subprocess
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageSequence

from trueclick.agent.export import film, mp4
from trueclick.agent.export.canvas import Canvas
from trueclick.agent.export.gif import write_gif
from trueclick.agent.export.scenes import TICK_S, Scene, scenes
from trueclick.agent.trace.story import Story
from trueclick.geometry import Point, Size, TrueclickError, UsageError

from .runs import SIZE, started, story, turn

ORANGE = (232, 89, 12)

NO_FFMPEG = "ffmpeg is not installed: apt-get install ffmpeg"
needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason=NO_FFMPEG)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """A run of a few steps, one of them refused."""
    told = [
        *turn(1, "I look.", ("screenshot", {})),
        *turn(
            2,
            "I press it.",
            ("left_click", {"coordinate": [200, 100]}),
            ("left_click_drag", {"start_coordinate": [300, 200], "coordinate": [500, 200]}),
            ("type", {"text": "Größe\n漢字"}),
            ("left_click", {"coordinate": [9999, 1]}, "(9999, 1) is outside of the screenshot"),
            ("screenshot", {}),
        ),
    ]
    return story(tmp_path_factory.mktemp("film") / "run", told)


def drawn(story: Story, scene: Scene, width: int = 640) -> Pillow.Image:
    return Canvas(story.trace, SIZE, width).draw(scene)


def near(picture: Pillow.Image, at: tuple[int, int], reach: int = 16) -> list[tuple[int, ...]]:
    """The colours about a pixel."""
    x, y = at
    part = picture.crop((x - reach, y - reach, x + reach + 1, y + reach + 1))
    return [tuple(map(int, row)) for row in np.asarray(part).reshape(-1, 3)]


def test_a_film_tells_the_steps_in_order_and_ends_with_the_result(small: Story) -> None:
    told = list(scenes(small))
    assert told[0].card == "Press Save"
    numbers = list(dict.fromkeys(scene.number for scene in told if scene.number))
    assert numbers == ["1/6", "2/6", "3/6", "4/6", "5/6", "6/6"]
    assert (told[-1].title, told[-1].detail, told[-1].tone) == ("done", "Saved.", "good")
    refused = next(scene for scene in told if scene.number == "5/6")
    assert (refused.tone, refused.detail) == ("bad", "(9999, 1) is outside of the screenshot")
    assert refused.path == ()


def test_the_pictures_that_give_the_palette_are_not_kept(tmp_path: Path) -> None:
    kept: list[weakref.ref[Pillow.Image]] = []
    most = 0

    def samples() -> Iterator[Pillow.Image]:
        nonlocal most
        for shade in range(6):
            sample = Pillow.new("RGB", (640, 400), (shade, 0, 0))
            kept.append(weakref.ref(sample))
            most = max(most, sum(each() is not None for each in kept))
            yield sample

    with (tmp_path / "film.gif").open("wb") as file:
        write_gif(file, SIZE, samples(), [(Pillow.new("RGB", (640, 400)), 1.0)])
    assert most <= 2


def test_a_step_takes_about_a_second_and_a_speed_divides_it(small: Story) -> None:
    usual, fast = list(scenes(small)), list(scenes(small, 4))
    assert all(abs(s.seconds / TICK_S - round(s.seconds / TICK_S)) < 1e-9 for s in usual)
    by_step = {
        number: sum(scene.seconds for scene in usual if scene.number == number)
        for number in {scene.number for scene in usual}
    }
    assert all(0.5 < by_step[f"{number}/6"] < 3.5 for number in range(1, 7))
    assert usual[-1].seconds > 3
    assert sum(s.seconds for s in fast) < sum(s.seconds for s in usual) / 2


def test_the_pointer_moves_from_place_to_place_and_drags(small: Story) -> None:
    drag = [scene for scene in scenes(small) if scene.number == "3/6"]
    at = [scene.pointer for scene in drag]
    assert at[-1] == Point(500, 200)
    assert drag[-1].path == (Point(300, 200), Point(500, 200))
    xs = [point.x for point in at if point is not None]
    assert xs == sorted(xs)
    assert len(set(xs)) > 8


@pytest.mark.parametrize("width", [640, 320])
def test_a_ring_lies_round_the_pixel_that_was_asked_for(small: Story, width: int) -> None:
    click = next(s for s in reversed(list(scenes(small))) if s.number == "2/6")
    plain = Scene(click.look, 1.0)
    with_ring, without = drawn(small, click, width), drawn(small, plain, width)
    changed = np.asarray(with_ring).astype(int) - np.asarray(without).astype(int)
    screen_rows = SIZE.height * width // SIZE.width
    orange = (np.abs(np.asarray(with_ring)[:screen_rows].astype(int) - ORANGE) < 12).all(axis=2)
    rows, columns = np.nonzero(orange)
    scale = width / SIZE.width
    middle = (columns.min() + columns.max()) / 2, (rows.min() + rows.max()) / 2
    assert abs(middle[0] - 200.5 * scale) <= 1.5
    assert abs(middle[1] - 100.5 * scale) <= 1.5
    far = changed[: screen_rows // 8, width // 2 :]
    assert not far.any()


def test_a_screen_of_another_shape_is_shown_whole_in_the_middle(small: Story) -> None:
    scene = next(scene for scene in scenes(small) if scene.look is not None)
    picture = Canvas(small.trace, Size(1000, 400), 1000).draw(Scene(scene.look, 1.0))
    shown = [picture.getpixel((x, 200)) for x in (100, 179, 180, 819, 820, 900)]
    assert len(set(shown)) == 2
    assert shown[0] == shown[1] == shown[4] == shown[5] != shown[2] == shown[3]


def test_an_error_is_red_and_a_good_end_is_not(small: Story) -> None:
    told = list(scenes(small))
    refused = next(scene for scene in told if scene.tone == "bad")
    red, green = (
        drawn(small, scene).getpixel((3, SIZE.height + 20)) for scene in (refused, told[-1])
    )
    assert isinstance(red, tuple)
    assert isinstance(green, tuple)
    assert red[0] > 2 * red[1]
    assert green[0] < 2 * green[1]


def test_a_gif_shows_each_scene_for_its_time_and_runs_for_ever(
    small: Story, tmp_path: Path
) -> None:
    film(small, tmp_path / "film.gif", width=320)
    told = list(scenes(small))
    with Pillow.open(tmp_path / "film.gif") as picture:
        assert picture.info["loop"] == 0
        frames = [
            (frame.convert("RGB"), frame.info["duration"])
            for frame in ImageSequence.Iterator(picture)
        ]
    canvas = Canvas(small.trace, SIZE, 320)
    assert {frame.size for frame, _ in frames} == {(canvas.size.width, canvas.size.height)}
    assert canvas.size.height % 2 == 0
    assert sum(shown for _, shown in frames) == round(1000 * sum(s.seconds for s in told))
    assert len(frames) <= len(told)
    for frame, scene in ((frames[0][0], told[0]), (frames[-1][0], told[-1])):
        wanted = np.asarray(canvas.draw(scene)).astype(int)
        assert np.abs(np.asarray(frame).astype(int) - wanted).mean() < 3


@needs_ffmpeg
@pytest.mark.parametrize("encoders", [mp4._ENCODERS, mp4._ENCODERS[-1:]])
def test_an_mp4_can_be_played_and_begins_with_its_index(
    small: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoders: Any
) -> None:
    monkeypatch.setattr(mp4, "_ENCODERS", encoders)
    path = tmp_path / "-film %d.mp4"
    film(small, path, width=322, speed=2)
    words = ["-show_entries", "stream=pix_fmt,width,height:format=duration", "-of", "json"]
    done = subprocess.run(
        ["ffprobe", "-v", "error", *words, f"file:{path}"], capture_output=True, check=True
    )
    told = json.loads(done.stdout)
    assert told["streams"][0]["pix_fmt"] == "yuv420p"
    assert told["streams"][0]["width"] % 2 == told["streams"][0]["height"] % 2 == 0
    seconds = sum(scene.seconds for scene in scenes(small, 2))
    assert abs(float(told["format"]["duration"]) - seconds) < 2 * TICK_S
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert sorted(p.name for p in tmp_path.iterdir()) == [path.name]


def test_without_ffmpeg_an_mp4_is_refused_with_the_remedy(
    small: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=r"apt-get install ffmpeg.*or export a \.gif"):
        film(small, tmp_path / "film.mp4")
    assert sorted(p.name for p in tmp_path.iterdir()) == []


def test_an_ffmpeg_that_fails_is_told_in_its_words_and_leaves_nothing(
    small: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "bin" / "ffmpeg"
    broken.parent.mkdir()
    broken.write_text(
        "#!/bin/sh\ncase $* in *encoders*) echo ' V libx264 x';; "
        "*) echo 'no such codec' >&2; exit 3;; esac\n"
    )
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{broken.parent}:/usr/bin:/bin")
    with pytest.raises(TrueclickError, match="ffmpeg cannot write mp4: no such codec"):
        film(small, tmp_path / "film.mp4")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bin"]


def test_hostile_words_and_places_are_drawn_or_left_out(tmp_path: Path) -> None:
    words = "\x1b[31m\u202e\ud800 %s {0} \x00" + "漢" * 2500 + "\n" * 300
    told = [
        *turn(1, words, ("screenshot", {})),
        *turn(
            2,
            words,
            ("mouse_move", {"coordinate": [10**8, -(10**8)]}),
            ("type", {"text": "a" * 9000}),
        ),
        *turn(
            3, "", ("left_click", {"coordinate": [-(10**8), 10**8]}), (words, {words: words}, words)
        ),
        *turn(4, "", ("zoom", {"region": [-(10**8), 0, 10**8, 10]})),
    ]
    hostile = story(tmp_path / "run", told, start=started(words))
    film(hostile, tmp_path / "film.gif", width=160, speed=50)
    assert (tmp_path / "film.gif").read_bytes().startswith(b"GIF89a")


@pytest.mark.parametrize("size", [Size[Any](1, 100_000), Size[Any](100_000, 1), Size[Any](1, 1)])
def test_a_film_of_an_odd_screen_has_a_sensible_size(small: Story, size: Size[Any]) -> None:
    made = Canvas(small.trace, size, 960).size
    assert 2 <= made.width <= 960
    assert made.height <= 2400
    assert made.width % 2 == made.height % 2 == 0


@pytest.mark.parametrize(("width", "speed"), [(10, 1.0), (5000, 1.0), (960, 0.0), (960, -1.0)])
def test_a_number_that_makes_no_sense_is_refused(
    small: Story, tmp_path: Path, width: int, speed: float
) -> None:
    with pytest.raises(UsageError):
        film(small, tmp_path / "film.gif", width=width, speed=speed)
    assert not (tmp_path / "film.gif").exists()
