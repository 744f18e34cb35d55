"""Controls as other toolkits draw them: on white, thin, round."""

import numpy as np
from PIL import Image, ImageDraw

from trueclick.agent.local.controls import Field, find_field, find_slider, find_tick
from trueclick.agent.local.pixels import Pixels
from trueclick.agent.local.words import Line
from trueclick.geometry import Box, Point

LABEL = Line("Label", Box(20, 40, 80, 64))


class Page:
    """A white page with a text on it, to draw controls on."""

    def __init__(self, label: Line = LABEL) -> None:
        self.image = Image.new("RGB", (400, 200), "white")
        self.draw = ImageDraw.Draw(self.image)
        box = label.box
        for x in range(box.x0 + 4, box.x1 - 4, 8):  # letters of a kind
            self.draw.line((x, box.y0 + 5, x, box.y1 - 5), fill="black", width=2)

    @property
    def pixels(self) -> Pixels:
        return np.asarray(self.image)


def field_of(page: Page) -> Field | None:
    return find_field(LABEL, [LABEL], page.pixels)


def test_a_field_with_a_thin_border_is_found_beside_its_label() -> None:
    page = Page()
    page.draw.rectangle((100, 38, 300, 66), outline="#bbbbbb")
    found = field_of(page)
    assert found == Field(Box(100, 38, 301, 67), beside=True, tall=False, filled=False)


def test_a_field_is_found_below_its_label() -> None:
    page = Page()
    page.draw.rectangle((20, 72, 300, 160), outline="#777777")
    page.draw.line((30, 80, 60, 80), fill="black", width=8)
    found = field_of(page)
    assert found == Field(Box(20, 72, 301, 161), beside=False, tall=True, filled=True)


def test_a_caret_does_not_fill_a_field() -> None:
    page = Page()
    page.draw.rectangle((100, 38, 300, 66), outline="#777777")
    page.draw.line((105, 44, 105, 60), fill="black", width=2)
    found = field_of(page)
    assert found is not None
    assert not found.filled


def test_a_field_behind_another_text_is_not_the_labels() -> None:
    page = Page()
    page.draw.rectangle((200, 38, 300, 66), outline="#777777")
    between = Line("Other", Box(120, 40, 180, 64))
    assert find_field(LABEL, [LABEL, between], page.pixels) is None


def test_a_label_without_a_control_has_none() -> None:
    page = Page()
    assert field_of(page) is None
    assert find_tick(LABEL, page.pixels) is None
    assert find_slider(LABEL, page.pixels) is None


def test_a_checkbox_is_ticked_by_a_mark_or_by_its_fill() -> None:
    text = Line("Agree", Box(60, 40, 140, 64))
    empty, marked, filled = Page(text), Page(text), Page(text)
    for page, fill in ((empty, "white"), (marked, "white"), (filled, "#1a5fb4")):
        page.draw.rectangle((38, 44, 53, 59), outline="#777777", fill=fill)
    marked.draw.line((41, 51, 45, 56, 51, 47), fill="black", width=2)
    ticks = [find_tick(text, page.pixels) for page in (empty, marked, filled)]
    assert [tick and tick.ticked for tick in ticks] == [False, True, True]


def test_a_round_knob_on_a_thin_track_is_a_slider() -> None:
    page = Page()
    page.draw.rectangle((100, 50, 300, 53), fill="#1a5fb4")
    page.draw.ellipse((192, 44, 208, 60), fill="#1a5fb4")
    slider = find_slider(LABEL, page.pixels)
    assert slider is not None
    assert abs(slider.knob.center.x - 200) <= 1
    ends = [slider.place(percent) for percent in (0, 50, 100)]
    for end, x in zip(ends, (108, 200, 292), strict=True):
        assert abs(end.x - x) <= 1


def test_a_slider_moves_between_the_middles_of_its_knob() -> None:
    page = Page()
    page.draw.rectangle((100, 44, 299, 59), fill="#bbbbbb")
    page.draw.rectangle((100, 44, 119, 59), fill="#e0e0e0", outline="#555555")
    slider = find_slider(LABEL, page.pixels)
    assert slider is not None
    assert slider.knob == Box(100, 44, 120, 60)
    assert slider.place(0) == Point(110, 52)
    assert slider.place(100) == Point(290, 52)
