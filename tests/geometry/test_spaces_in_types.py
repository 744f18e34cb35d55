"""A point of one space where another is due is refused before anything runs, by both checkers."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PROGRAM = """
from trueclick.geometry import (
    Box, Image, Model, Picture, Point, Screen, Size, Transform, View, fit, tiles
)

def mapped(view: View, model: Point[Model], screen: Point[Screen], image: Point[Image]) -> None:
    landed: Point[Screen] = view.to_screen(model)
    seen: Point[Model] = view.to_model(landed)
    view.to_screen(screen)  # refused
    view.to_screen(image)  # refused
    view.to_screen((5, 5))  # refused
    view.to_model(model)  # refused
    swapped: Point[Model] = view.to_screen(model)  # refused
    view.to_screen(seen)

def boxes(view: View, model: Box[Model], screen: Box[Screen], image: Box[Image]) -> None:
    region: Box[Image] = view.to_image(model)
    view.zoomed(region)
    view.zoomed(model)  # refused
    view.to_image(screen)  # refused
    view.to_model(image)  # refused
    screen.contains(model)  # refused
    screen.intersection(image)  # refused
    model.union(screen)  # refused
    screen.iou(screen)
    screen.contains(screen.center)
    screen.contains(model.center)  # refused

def made(display: Box[Screen], image: Size[Image], model: Size[Model]) -> View:
    View(display, model, image)  # refused
    View(image.box, image, model)  # refused
    View(display, image, image)  # refused
    return View(display, image, model)

def maps(first: Transform[Model, Image], second: Transform[Image, Screen]) -> None:
    first.then(second).point(Point[Model](1, 2))
    second.then(first)  # refused
    first.inverse().point(Point[Image](1, 2))
    first.inverse().point(Point[Model](1, 2))  # refused

def sent(image: Size[Image]) -> None:
    size: Size[Model] = fit(image, "local")
    size = image  # refused
    for tile in tiles(image, "local"):
        found: Point[Image] = tile.to_source(Point[Model](1, 2))
        tile.from_source(found)
        tile.to_source(found)  # refused
        lost: Point[Screen] = tile.to_source(Point[Model](1, 2))  # refused
"""

REFUSED = {
    number for number, line in enumerate(PROGRAM.splitlines(), 1) if line.endswith("# refused")
}

COMMANDS = {
    "mypy": ("mypy", "--no-error-summary"),  # with its cache: without, it reads all of numpy
    "pyright": ("pyright",),
}


@pytest.mark.parametrize("checker", COMMANDS)
def test_each_deliberate_mistake_is_refused_and_nothing_else(checker: str, tmp_path: Path) -> None:
    program = tmp_path / "mistakes.py"
    program.write_text(PROGRAM, encoding="utf-8")
    name, *words = COMMANDS[checker]
    command = [str(Path(sys.executable).with_name(name)), *words, str(program)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    errors = re.findall(r"mistakes\.py:(\d+)(?::\d+)?(?: -|:) error", done.stdout)
    assert {int(number) for number in errors} == REFUSED, done.stdout
