"""What the README shows is what happens."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from trueclick import capture, geometry
from trueclick.agent.approval import read_policy
from trueclick.agent.local import parse_steps

from .programs import TK_PYTHON, TRUECLICK

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def tk_first(folder: Path) -> dict[str, str]:
    """The environment of somebody whose `python3` can open Tk windows."""
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "bin" / "python3").write_text(f'#!/bin/sh\nexec "{TK_PYTHON}" "$@"\n')
    (folder / "bin" / "python3").chmod(0o755)
    return {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}


@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_the_python_snippets_run(number: int, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", blocks("python")[number]],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=True,
        env=tk_first(tmp_path),
    )
    shown = ["done 5\n", *blocks("text")]
    assert done.stdout == shown[number]


def test_the_commands_run(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    clone.mkdir()
    (clone / "examples").symlink_to(ROOT / "examples")
    lines = "\n".join(blocks("sh")).replace("\\\n", " ").splitlines()
    commands = [shlex.split(line, comments=True) for line in lines]
    ran = 0
    for command in commands:
        if command[:1] != ["trueclick"] or command[1] in {"displays", "shot", "stop", "doctor"}:
            continue  # these want a screen or a run, or take long: tests of their own have them
        if command[1] == "run" and "--model" not in command:
            continue  # wants a key
        command[0] = TRUECLICK
        subprocess.run(
            command, check=True, cwd=clone, timeout=60, capture_output=True, env=tk_first(tmp_path)
        )
        ran += 1
    assert ran == 9


def test_every_step_of_the_table_is_understood() -> None:
    table = README.partition("| a step | |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE)
    steps = [step for row in rows for step in re.findall(r"`([^`]+)`", row)]
    assert len(steps) >= 13
    assert len(parse_steps("\n".join(steps))) == len(steps)


@pytest.mark.parametrize(
    ("heading", "package", "least"),
    [("Coordinates alone", geometry, 18), ("Screens alone", capture, 18)],
)
def test_the_names_in_the_tables_exist(heading: str, package: ModuleType, least: int) -> None:
    table = README.partition(f"## {heading}")[2].partition("| | |")[2].partition("\n\n")[0]
    names = {
        name
        for row in re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }
    assert len(names) >= least
    assert names <= set(package.__all__)


def test_the_rules_of_approval_are_read(tmp_path: Path) -> None:
    (rules,) = blocks("toml")
    (tmp_path / "rules.toml").write_text(rules)
    policy = read_policy(tmp_path / "rules.toml", private=False)
    assert policy.rules is not None


def test_the_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake ([a-z-]+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
