"""Mutation testing of geometry: how many deliberate mistakes in it do the tests notice?

`make mutants` copies the package and its tests to a folder that `mutmut` understands (it wants
`src/`, and knows no namespace packages that are mapped), runs it there, and prints every mistake
that no test noticed. Exit status 1 if more went unnoticed than `--least` allows.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]

LEFT_OUT = {"test_spaces_in_types.py"}
"""Starts type checkers, which see no mutants."""

CONFIGURATION = """
[tool.mutmut]
source_paths = ["src"]
pytest_add_cli_args_test_selection = ["tests"]
pytest_add_cli_args = ["-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:randomly"]
use_git_change_detection = false

[tool.pytest.ini_options]
addopts = "--import-mode=importlib"
"""

FEW_EXAMPLES = """
from hypothesis import HealthCheck, Phase, settings

# The same examples for each mutant: it is killed by what it does, not by luck.
FEW = settings(
    max_examples=30,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


def pytest_collection_modifyitems(items):
    for item in items:
        if hasattr(item.obj, "_hypothesis_internal_use_settings"):
            item.obj._hypothesis_internal_use_settings = FEW
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--least", type=float, default=95, help="percent; default: %(default)s")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="trueclick-mutants-") as name:
        folder = Path(name)
        _lay_out(folder)
        mutmut = Path(sys.executable).with_name("mutmut")
        ran = subprocess.run([mutmut, "run"], cwd=folder, check=False)
        if ran.returncode:
            return ran.returncode
        subprocess.run([mutmut, "export-cicd-stats"], cwd=folder, check=True, capture_output=True)
        counts = json.loads((folder / "mutants" / "mutmut-cicd-stats.json").read_text("utf-8"))
        listed = subprocess.run(
            [mutmut, "results"], cwd=folder, check=True, capture_output=True, text=True
        )
        for line in listed.stdout.splitlines():
            mutant, _, status = line.strip().partition(": ")
            if status:
                shown = subprocess.run(
                    [mutmut, "show", mutant], cwd=folder, check=True, capture_output=True, text=True
                )
                print(f"\n{status}: {mutant}\n{shown.stdout}")
    noticed = counts["killed"] + counts["timeout"]
    percent = 100 * noticed / counts["total"]
    print(f"{counts['total']} mutants, {noticed} noticed: {percent:.1f} %")
    return int(percent < options.least)


def _lay_out(folder: Path) -> None:
    shutil.copytree(
        ROOT / "geometry",
        folder / "src" / "trueclick" / "geometry",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copytree(
        ROOT / "tests" / "geometry",
        folder / "tests" / "geometry",
        ignore=shutil.ignore_patterns("__pycache__", *LEFT_OUT),
    )
    shutil.copytree(ROOT / "tests" / "golden", folder / "tests" / "golden")
    (folder / "tests" / "__init__.py").touch()
    (folder / "tests" / "conftest.py").write_text(FEW_EXAMPLES, encoding="utf-8")
    (folder / "pyproject.toml").write_text(CONFIGURATION, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
