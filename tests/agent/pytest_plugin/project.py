"""A user's project with tests, and what pytest makes of it in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

PATIENCE_S = 120
"""Enough for a loaded machine; a hang is longer."""

STRICT = """
[pytest]
addopts = --strict-markers --strict-config -p no:cacheprovider
filterwarnings = error
trueclick_size = 400x300
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a run of pytest.

    Attributes:
        status: its exit status.
        output: what it printed.
        xml: the JUnit file.
    """

    status: int
    output: str
    xml: Path

    @property
    def outcomes(self) -> dict[str, int]:
        """How many tests passed, failed and so on, as the last line tells."""
        last = self.output.strip().splitlines()[-1]
        return {word.rstrip("s"): int(n) for n, word in re.findall(r"(\d+) ([a-z]+)", last)}

    def properties(self, test: str) -> dict[str, str]:
        """The properties of a test in the JUnit file."""
        root = ET.parse(self.xml).getroot()  # noqa: S314 - written by ourselves
        (case,) = (case for case in root.iter("testcase") if case.get("name") == test)
        return {
            str(each.get("name")): str(each.get("value"))
            for each in case.iterfind("properties/property")
        }


class Project:
    """A folder with tests."""

    def __init__(self, folder: Path, configuration: str = STRICT) -> None:
        self.folder = folder
        self.write("pytest.ini", configuration)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start `python -m pytest` in the folder."""
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", "--junitxml=junit.xml", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTEST_ADDOPTS": "", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def ended(self, process: subprocess.Popen[str]) -> Ran:
        """Wait for it."""
        output, _ = process.communicate(timeout=PATIENCE_S)
        return Ran(process.returncode, output, self.folder / "junit.xml")

    def run(self, *arguments: str, **environment: str) -> Ran:
        """Run `python -m pytest` in the folder."""
        return self.ended(self.start(*arguments, **environment))
