"""What git holds of the project, or would hold after `git add --all`."""

import os
import subprocess
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("agent", "capture", "geometry")


def git(*arguments: str) -> str:
    """What `git` prints about the repository; skips the test in a copy that has no history."""
    if not (ROOT / ".git").exists():
        pytest.skip("this copy of the project is no git repository")
    # The owner of a clone in a container is often somebody else.
    trust = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
    }
    command = ["git", "-C", str(ROOT), *arguments]
    done = subprocess.run(command, check=True, capture_output=True, env=os.environ | trust)
    return os.fsdecode(done.stdout)


@cache
def files() -> tuple[PurePosixPath, ...]:
    """Every file and symlink of the project, relative to its root."""
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    return tuple(
        PurePosixPath(name) for name in sorted({*listed} - {""}) if os.path.lexists(ROOT / name)
    )


def modules(*folders: str) -> tuple[PurePosixPath, ...]:
    """The Python files under these top-level folders."""
    return tuple(file for file in files() if file.suffix == ".py" and file.parts[0] in folders)
