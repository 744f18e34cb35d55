"""What the README shows is what happens."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from trueclick import capture, geometry
from trueclick.agent.approval import read_policy
from trueclick.agent.local import parse_steps

from .agent.command import trueclick
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


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for this process."""
    monkeypatch.setenv("PATH", tk_first(tmp_path)["PATH"])


PROGRAMS = [block for block in blocks("python") if "\ndef test_" not in block]
SNIPPETS = range(len(PROGRAMS))


@pytest.mark.usefixtures("at_home")
@pytest.mark.parametrize("number", SNIPPETS)
def test_the_python_snippets_run(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(PROGRAMS[number], "README.md", "exec"), {"__name__": "__main__"})  # noqa: S102
    assert capsys.readouterr().out == shown_by(number)


@pytest.mark.slow
@pytest.mark.parametrize("number", SNIPPETS)
def test_the_python_snippets_run_on_their_own(number: int, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAMS[number]],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=True,
        env=tk_first(tmp_path),
    )
    assert done.stdout == shown_by(number)


@pytest.mark.usefixtures("at_home")
def test_the_gui_test_passes(clone: Path) -> None:
    (shown,) = set(blocks("python")) - set(PROGRAMS)
    (clone / "test_order.py").write_text(shown, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_order.py"],
        capture_output=True,
        text=True,
        cwd=clone,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def shown_by(number: int) -> str:
    """What a snippet prints."""
    return ["done 5\n", *blocks("text")][number]


def commands() -> list[list[str]]:
    """The words of the commands that need no screen, no run, no key and little time."""
    lines = "\n".join(blocks("sh")).replace("\\\n", " ").splitlines()
    every = [shlex.split(line, comments=True) for line in lines]
    return [
        words
        for program, *words in filter(None, every)
        if program == "trueclick"
        and words[0]
        not in {"displays", "shot", "stop", "doctor", "suite"}  # have tests of their own
        and not needs_key(words)
    ]


def needs_key(words: list[str]) -> bool:
    """Whether a command asks a model of the API."""
    asks = words[0] in {"run", "check", "locate", "ask"} and "--model" not in words
    return asks and not (words[0] == "locate" and words[2].startswith('"'))


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the examples, to write into."""
    folder = tmp_path / "clone"
    folder.mkdir()
    (folder / "examples").symlink_to(ROOT / "examples")
    for name in ("form.png", "expected.png"):
        shutil.copy(ROOT / "tests/agent/local/pictures/empty.png", folder / name)
    return folder


@pytest.mark.usefixtures("at_home")
def test_the_commands_run(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(clone)
    for words in commands():
        done = trueclick(*words)
        assert done.returncode == 0, done.stderr
    assert len(commands()) == 12


@pytest.mark.slow
def test_the_commands_run_on_their_own(clone: Path, tmp_path: Path) -> None:
    for words in commands():
        subprocess.run(
            [TRUECLICK, *words],
            check=True,
            cwd=clone,
            timeout=60,
            capture_output=True,
            env=tk_first(tmp_path),
        )


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
