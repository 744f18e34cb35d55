"""A run as a program: what is in it, and that it does what the run did."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trueclick.agent import application, open_desktop, run
from trueclick.agent.events import Event, Instructed
from trueclick.agent.export import script
from trueclick.agent.prompt import system_prompt
from trueclick.agent.testing import StrictApi, calls, says
from trueclick.agent.trace import read_trace
from trueclick.agent.trace.story import story_of
from trueclick.capture import VirtualDisplay
from trueclick.geometry import Box, ResolutionLimits, Size, UsageError, View, find_model

from ...programs import TK_PYTHON
from .runs import started, story, turn

ROOT = Path(__file__).parents[3]
CONFIG = ("--config", str(ROOT / "pyproject.toml"))

STRICT = ("--strict", "--follow-imports", "silent")

NASTY = [
    '"""; import os; os.system("touch /tmp/owned") #',
    "'''\n\\\"\"\"\nimport sys",
    "ends in a backslash \\",
    "\\N{SNOWMAN} {print(1)} %s \\x00 \\",
    "line\rwith\x0b every\x0c kind\x1c of\x85 end\u2028 of\u2029 line",
    "# noqa\n# type: ignore\n# fmt: off\n# -*- coding: utf-7 -*-\nprint('hello')",
    "right\u202eto left \u200b\ufeff \x1b[31m \ud800 \U0001f600",
    "Ring twice, bitte.\nDie Straße heißt Café-Allee. " * 6,
    "漢字かな交じり文" * 20,
    "x" * 250,
    "both \"double\" and 'single' 'quotes'",
    'more "double" "than" \'single\'',
    "",
]


def nasty(folder: Path) -> str:
    """The program of a run all of whose words are hostile."""
    told: list[Event] = []
    for number, words in enumerate(NASTY, 1):
        told += turn(
            number,
            words,
            ("left_click", {"coordinate": [number, 5], "text": "ctrl+shift"}),
            ("type", {"text": words.translate(dict.fromkeys(map(ord, UNTYPABLE)))}),
            ("left_click", {"coordinate": [9999, 5], words: words}, words),
            ("screenshot", {}),
        )
        told.append(Instructed(words))
    hostile = story(folder, told, start=started("\n".join(NASTY)))
    return script(hostile, application=["program", *(w for w in NASTY if "\ud800" not in w)])


UNTYPABLE = "\x00\x0b\x0c\x1b\x1c\x85\ud800"


def test_a_program_reads_like_what_was_done(tmp_path: Path) -> None:
    told = [
        *turn(1, "I look.", ("screenshot", {})),
        *turn(
            2,
            "I fill it in.",
            ("left_click", {"coordinate": [12, 24], "text": None}),
            ("type", {"text": "Größe"}),
            ("key", {"text": "ctrl+s", "repeat": 2}),
            ("left_click", {"coordinate": [9999, 1]}, "(9999, 1) is outside"),
        ),
        Instructed("and close it"),
        *turn(3, "Saved."),
    ]
    start = started("Press Save", system=system_prompt(["PASSWORD"]))
    run = story(tmp_path / "run", told, start=start)
    expected = (Path(__file__).parent / "expected_program.txt").read_text(encoding="utf-8")
    today = f"{run.trace.began:%Y-%m-%d}"
    assert script(run, application=["form", "--new"]) == expected.replace("{today}", today)


def test_hostile_words_do_nothing_but_stand_there(tmp_path: Path) -> None:
    tree = ast.parse(nasty(tmp_path / "run"))
    kinds = [type(statement).__name__ for statement in tree.body]
    assert kinds == ["Expr", *["ImportFrom"] * 3, "Assign", "FunctionDef", "If"]
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert names == {
        *("APPLICATION", "ResolutionLimits", "Size", "VirtualDisplay", "__name__", "act"),
        *("application", "desktop", "display", "main", "member", "object", "open_desktop"),
        *("parse_action", "seen", "str", "values"),
    }
    (assigned,) = (node for node in tree.body if isinstance(node, ast.Assign))
    assert ast.literal_eval(assigned.value)[1:] == [w for w in NASTY if "\ud800" not in w]
    typed = [
        ast.literal_eval(node.keywords[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.args and ast.unparse(node.args[0]) == "'type'"
    ]
    assert typed == [w.translate(dict.fromkeys(map(ord, UNTYPABLE))) for w in NASTY]


def samples(folder: Path) -> list[Path]:
    """Programs of all kinds, as files."""
    folder.mkdir()
    part = started(same_screen=False, resumed=True)
    odd = turn(1, "", ("wait", {"duration": 0.5}), ("hold_key", {"text": "a", "duration": 1.5}))
    several = [*turn(1, "First.", ("screenshot", {})), part, *turn(2, "Then.", ("screenshot", {}))]
    secret = started(system=system_prompt(["PASSWORD", "PIN_CODE"]))
    texts = {
        "nasty": nasty(folder / "nasty"),
        "odd": script(story(folder / "odd", odd), guard_batches=False),
        "several": script(story(folder / "several", several), application=["form"]),
        "secret": script(
            story(folder / "secret", turn(1, "", ("type", {"text": "{{PIN_CODE}}"})), start=secret)
        ),
    }
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8", newline="\n")
    return [folder / f"{name}.py" for name in texts]


def test_programs_are_laid_out_as_the_formatter_does_and_please_the_linter(tmp_path: Path) -> None:
    files = samples(tmp_path / "programs")
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["format", "--diff"], ["check", "--ignore", "INP001,S108"]):
        done = subprocess.run(
            [*ruff, *command, *CONFIG, *map(str, files)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_programs_please_both_type_checkers(tmp_path: Path) -> None:
    files = [str(file) for file in samples(tmp_path / "programs")]
    settings = {"typeCheckingMode": "strict", "extraPaths": [str(ROOT / ".src")]}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    checkers = (
        [sys.executable, "-m", "mypy", *STRICT, "--cache-dir", str(tmp_path), *files],
        [sys.executable, "-m", "pyright", "--project", str(tmp_path)],
    )
    environment = {**os.environ, "MYPYPATH": str(ROOT / ".src")}
    for command in checkers:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_what_was_refused_or_broke_off_is_left_out(tmp_path: Path) -> None:
    told = turn(
        1,
        "",
        ("left_click", {"coordinate": [5, 5]}, "refused\nact('key')"),
        ("fly", {"to": "the moon"}),
        ("mouse_move", {"coordinate": [7, 8]}),
    )
    lines = script(story(tmp_path / "run", told)).splitlines()
    performed = [line.strip() for line in lines if line.strip().startswith("act(")]
    assert performed == ['act("mouse_move", coordinate=[7, 8])', 'act("screenshot")']
    assert '        # > left_click {"coordinate": [5, 5]}' in lines
    assert "        # > act('key')" in lines


def test_parts_of_a_second_are_performed_exactly(tmp_path: Path) -> None:
    told = turn(1, "", ("wait", {"duration": 0.5}), ("hold_key", {"text": "a", "duration": 2.5}))
    text = script(story(tmp_path / "run", told))
    assert "desktop.perform(Wait(0.5))" in text
    assert 'keys = parse_keys("a")\n        desktop.perform(HoldKeys(keys, 2.5))' in text
    assert "from trueclick.agent.actions import HoldKeys, Wait\n" in text


@pytest.mark.parametrize("same_screen", [False, True])
def test_a_part_on_a_new_screen_gets_a_display_of_its_own(
    tmp_path: Path, *, same_screen: bool
) -> None:
    again = started(resumed=True, same_screen=same_screen)
    look = ("screenshot", dict[str, Any]())
    told = [*turn(1, "First.", look), again, *turn(2, "Then.", look)]
    text = script(story(tmp_path / "run", told))
    assert text.count("VirtualDisplay(") == (1 if same_screen else 2)
    assert ("def part_2() -> None:" in text) is not same_screen


def test_a_run_that_carried_out_nothing_makes_no_program(tmp_path: Path) -> None:
    told = turn(1, "", ("left_click", {"coordinate": [5, 5]}, "no"))
    with pytest.raises(UsageError, match="carried out nothing"):
        script(story(tmp_path / "run", told))


def test_a_command_that_held_a_secret_is_refused(tmp_path: Path) -> None:
    held = story(tmp_path / "run", turn(1, "", ("screenshot", {})))
    with pytest.raises(UsageError, match="held the secret TOKEN"):
        script(held, application=["form", "--token={{TOKEN}}"], secrets=["TOKEN"])


@pytest.mark.parametrize("screen", [Size(1920, 1080), Size(3840, 2160), Size(801, 1203)])
def test_coordinates_mean_what_they_meant(tmp_path: Path, screen: Size[Any]) -> None:
    box = Box[Any].from_xywh(0, 0, screen.width, screen.height)
    limits = find_model("claude-opus-4-6").limits.capped(2000)
    before = View.fitted(box, screen, limits)
    start = replace(started(), screen=box, screenshot=before.model, captured=screen)
    text = script(story(tmp_path / "run", turn(1, "", ("screenshot", {})), start=start))
    (line,) = (line for line in text.splitlines() if line.strip().startswith("seen = "))
    numbers = map(int, re.findall("[0-9]+", line))
    assert View.fitted(box, screen, ResolutionLimits(*numbers)) == before
    assert f"VirtualDisplay(Size({screen.width}, {screen.height}))" in text


WRITES_WHAT_IS_TYPED = """
import os, pathlib, sys, tkinter
root = tkinter.Tk()
root.geometry("500x300+0+0")
text = tkinter.Text(root)
text.pack()
out = pathlib.Path(sys.argv[1])

def write(_):  # before it is drawn, and whole: the program may be ended once it is
    out.with_suffix(".new").write_text(text.get("1.0", "end-1c"), encoding="utf-8")
    os.replace(out.with_suffix(".new"), out)
    text.edit_modified(False)

text.bind("<<Modified>>", write)
root.mainloop()
"""


def test_a_program_does_on_a_real_display_what_the_model_did(tmp_path: Path) -> None:
    out = tmp_path / "typed.txt"
    command = [TK_PYTHON, "-c", WRITES_WHAT_IS_TYPED, str(out)]
    words = "Zoé \"Weiß\"\n\\n '#' {{PIN_CODE}}"
    model = "claude-opus-5-5"
    acts = calls(("left_click", {"coordinate": [200, 150]}), ("type", {"text": words}))
    with (
        VirtualDisplay(Size(640, 480)) as display,
        application(command, display.name),
        open_desktop(display.name, model=model) as desktop,
    ):
        api = StrictApi([calls(("screenshot", {})), acts, says("Typed.")])
        run("Type it.", desktop, client=api.client(), model=model, trace=tmp_path / "run")
    assert out.read_text(encoding="utf-8") == words
    out.unlink()
    program = tmp_path / "program.py"
    text = script(story_of(read_trace(tmp_path / "run")), application=command)
    program.write_text(text, encoding="utf-8")
    subprocess.run([sys.executable, str(program)], check=True, timeout=60)
    assert out.read_text(encoding="utf-8") == words
