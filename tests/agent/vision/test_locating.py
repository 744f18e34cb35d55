"""Things are found in the picture's own pixels, also where one view would lose them."""

import itertools
import threading
from pathlib import Path

import httpx2
import pytest

from trueclick.agent.testing import StreamFault, StrictApi, says
from trueclick.agent.usage import Usage
from trueclick.agent.vision import JudgementError, find_places, locate
from trueclick.agent.vision.locating import views_of
from trueclick.agent.vision.reading import find_written
from trueclick.capture import Screenshot, read_image
from trueclick.geometry import Box, Image, Size, UsageError, find_model

from .models import FAMILIES, places, screenshot, seeing_red

OPUS = "claude-opus-5-5"
SHOT = screenshot(Size(1000, 600))
FORM = Path(__file__).parents[1] / "local" / "pictures" / "complete.png"


@pytest.mark.filterwarnings("ignore:The model:DeprecationWarning")
@pytest.mark.parametrize("model", FAMILIES)
def test_every_model_takes_the_request(model: str) -> None:
    api = StrictApi([places(([10, 20, 30, 40], "a field"))])
    (found,) = locate("the field", SHOT, client=api.client(), model=model)
    assert api.violations == ()
    assert (found.box, found.point, found.label) == (
        Box(10, 20, 30, 40),
        found.box.center,
        "a field",
    )


@pytest.mark.parametrize(
    ("size", "model"),
    [
        (Size[Image](3300, 1900), "claude-opus-4-6"),
        pytest.param(Size[Image](7680, 4320), OPUS, marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_in_parts_each_thing_is_found_once_and_to_the_pixel(size: Size[Image], model: str) -> None:
    """Some lie where the parts overlap, some are cut by an edge of a part."""
    views = views_of(size, find_model(model))
    seam, row = views[1].region, views[-1].region
    known = [
        Box[Image](0, 0, 40, 20),
        Box[Image](seam.x0 + 5, 300, seam.x0 + 60, 330),
        Box[Image](seam.x0 - 150, 700, seam.x0 + 170, 760),
        Box[Image](row.x0 + 10, row.y0 - 30, row.x0 + 300, row.y0 + 50),
        Box[Image](size.width - 9, size.height - 7, size.width, size.height),
    ]
    api = seeing_red()
    shot = screenshot(size, known)
    found = find_places("red", shot, client=api.client(), model=model, every=True)
    assert api.violations == ()
    assert len(api.requests) == found.views == len(views) > 4
    assert sorted(one.box for one in found.found) == sorted(known)
    assert found.usd == api.usd


@pytest.mark.parametrize(
    ("size", "model", "parts"),
    [
        ((3840, 2160), OPUS, 1),
        ((3840, 2160), "claude-opus-4-6", 8),
        ((1920, 1080), "claude-opus-4-6", 1),
        ((5000, 20), OPUS, 1),
        ((1200, 12000), OPUS, 5),
    ],
)
def test_a_picture_is_shown_in_parts_where_one_view_would_lose_its_texts(
    size: tuple[int, int], model: str, parts: int
) -> None:
    views = views_of(Size(*size), find_model(model))
    assert len(views) == parts
    if parts > 1:
        assert all(str(view.region.size) == str(view.size) for view in views)


def test_a_scaled_picture_gives_its_own_pixels_back() -> None:
    known = Box[Image](1200, 600, 1500, 660)
    api = seeing_red()
    shot = screenshot(Size(3840, 2160), [known])
    (found,) = locate("red", shot, client=api.client(), model=OPUS)
    assert found.box.intersection(known) == known
    assert all(
        abs(a - b) <= 3
        for a, b in zip(
            (found.box.x0, found.box.y0, found.box.x1, found.box.y1),
            (known.x0, known.y0, known.x1, known.y1),
            strict=True,
        )
    )


def test_a_box_outside_is_told_and_no_place() -> None:
    api = StrictApi([places(([0, 0, 2000, 10], "bar"), ([1, 1, 2, 2], "dot"))])
    found = find_places("it", SHOT, client=api.client(), model=OPUS)
    assert [one.label for one in found.found] == ["dot"]
    assert found.unplaced == ("[0, 0, 2000, 10] is not inside the 1000x600 image (bar)",)


def test_nothing_found_is_nothing() -> None:
    assert locate("it", SHOT, client=StrictApi([places()]).client(), model=OPUS) == ()


def test_one_part_without_an_answer_is_no_answer_and_all_is_counted() -> None:
    turns = itertools.chain([places(), says("no", "refusal")], itertools.repeat(places()))
    api = StrictApi(lambda _: next(turns))
    used: list[Usage] = []
    with pytest.raises(JudgementError, match="no answer: the model refused: no") as caught:
        find_places(
            "it",
            screenshot(Size(1600, 4000)),
            client=api.client(),
            model="claude-opus-4-6",
            on_used=used.append,
        )
    assert caught.value.usage == sum(used, Usage())
    assert caught.value.usage.input >= 2 * min(entry.usage.input for entry in api.ledger)
    assert caught.value.usd == caught.value.usage.usd(find_model("claude-opus-4-6").price)


def test_parts_are_asked_about_side_by_side() -> None:
    """A server that answers none before all have asked."""
    shot, model = screenshot(Size(800, 4000)), "claude-opus-4-6"
    every = threading.Barrier(len(views_of(shot.size, find_model(model))), timeout=10)
    assert every.parties == 3

    class Waiting(httpx2.BaseTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            every.wait()
            return api.handle_request(request)

    api = StrictApi(lambda _: places())
    client = api.client().with_options(http_client=httpx2.Client(transport=Waiting()))
    assert find_places("it", shot, client=client, model=model).views == len(api.requests) == 3


@pytest.mark.slow  # the command's own test reads one at any rate
def test_what_broke_off_before_an_answer_that_is_none_is_counted() -> None:
    api = StrictApi([says("no JSON")], faults={1: StreamFault(after_events=3)})
    with pytest.raises(JudgementError) as caught:
        find_places("it", SHOT, client=api.client(), model=OPUS, sleep=lambda _: None)
    asked = find_places("it", SHOT, client=StrictApi([places()]).client(), model=OPUS)
    assert caught.value.usage.input == 2 * asked.usage.input


def test_a_text_in_quotes_is_read_without_a_model() -> None:
    def nobody() -> None:
        raise AssertionError("no client is to be made")

    (found,) = locate('"Check order"', FORM, client=nobody, model=OPUS)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    assert found.label == "Check order"
    assert Box[Image](120, 495, 262, 535).contains(found.box)


@pytest.mark.slow
def test_a_text_is_found_once_where_the_parts_that_are_read_overlap() -> None:
    form = read_image(FORM)
    lefts = (0, 2100, 4400)
    wide = screenshot(Size(5000, 600)).pixels.copy()
    for left in lefts:
        wide[: form.size.height, left : left + form.size.width] = form.pixels
    found = sorted(find_written("Submit order", Screenshot(wide)), key=lambda one: one[1].x0)
    assert len(found) == 3
    for (_, box), left in zip(found, lefts, strict=True):
        assert Box[Image](left + 270, 495, left + 415, 535).contains(box)


def test_nothing_to_find_is_refused() -> None:
    with pytest.raises(UsageError, match="nothing to find"):
        locate(" ", SHOT, client=StrictApi([]).client(), model=OPUS)
