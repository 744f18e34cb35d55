"""What is built holds what git holds, and runs where nothing else is installed."""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterable
from email import message_from_bytes
from email.message import Message
from importlib.metadata import distribution
from pathlib import Path
from shutil import copy2
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .repository import PACKAGES, ROOT, files, git


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    """What a program prints; the test fails with its output if it fails."""
    done = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode:
        pytest.fail(f"{command}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that is built from the source distribution that is built from git's files."""
    source = tmp_path_factory.mktemp("source")
    built = tmp_path_factory.mktemp("built")
    for file in files():
        (source / file).parent.mkdir(parents=True, exist_ok=True)
        copy2(ROOT / file, source / file, follow_symlinks=False)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", built, source, cwd=source)
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(archive.read(name))


def needed(requirements: Iterable[str], extras: Iterable[str] = ()) -> set[str]:
    """The installed packages that meet these requirements, and theirs in turn."""
    found = set()
    for line in requirements:
        need = Requirement(line)
        wanted = ("", *extras)
        if need.marker and not any(need.marker.evaluate({"extra": extra}) for extra in wanted):
            continue
        installed = distribution(need.name)
        assert need.specifier.contains(installed.version, prereleases=True), line
        found |= {canonicalize_name(need.name)} | needed(installed.requires or (), need.extras)
    return found


def link(packages: Iterable[str], site: Path) -> None:
    """Put packages that we have ourselves into the `site-packages` of another environment."""
    for package in packages:
        installed = distribution(package)
        for top in {file.parts[0] for file in installed.files or ()} - {"..", "__pycache__"}:
            (site / top).symlink_to(str(installed.locate_file(top)))


def fill_from_ours(path: Path, wheel: Path, metadata: Message) -> None:
    """Make an environment of the wheel and, linked from our own, what it declares to need."""
    uv = (Path(sysconfig.get_path("scripts")) / "uv", "--offline")
    run(*uv, "venv", "--no-project", "--python", sys.executable, path, cwd=path.parent)
    python = path / "bin" / "python"
    run(*uv, "pip", "install", "--no-deps", "--python", python, wheel, cwd=path.parent)
    (site,) = path.glob("lib/python*/site-packages")
    link(needed(metadata.get_all("Requires-Dist", [])), site)


def fill_from_registry(path: Path, wheel: Path) -> None:
    """Install the wheel with what it declares to need, as a user does.

    Made with the tool that made the one we run in: only that one is known to reach a registry.
    """
    tools = Path(sysconfig.get_path("scripts"))
    constraints = ("-c", ROOT / "constraints.txt")
    by_uv = "\nuv = " in (Path(sys.prefix) / "pyvenv.cfg").read_text(encoding="utf-8")
    install: tuple[str | Path, ...]
    if by_uv:
        cache = ROOT / ".uv_cache"  # the set-up's, where the home directory cannot be written to
        uv = (tools / "uv", *(("--cache-dir", cache) if cache.is_dir() else ()))
        run(*uv, "venv", "--no-project", "--python", sys.executable, path, cwd=path.parent)
        install = (*uv, "pip", "install", "--python", path / "bin" / "python")
    else:
        run(sys.executable, "-m", "venv", path, cwd=path.parent)
        install = (path / "bin" / "python", "-m", "pip", "install", "--quiet")
    run(*install, *constraints, wheel, cwd=path.parent)


@pytest.fixture(
    scope="session",
    params=["packages of ours", pytest.param("the registry's", marks=pytest.mark.slow)],
)
def fresh_environment(
    request: pytest.FixtureRequest,
    wheel: Path,
    metadata: Message,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A virtual environment that holds the wheel and what it declares to need, and no more."""
    path = tmp_path_factory.mktemp("fresh") / "venv"
    if request.param == "packages of ours":
        fill_from_ours(path, wheel, metadata)
    else:
        fill_from_registry(path, wheel)
    return path


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A user's project that has an `agent` of its own."""
    (tmp_path / "agent").mkdir()
    (tmp_path / "agent" / "__init__.py").write_text("MINE = True\n", encoding="utf-8")
    return tmp_path


def test_the_wheel_holds_what_git_holds(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == {f"trueclick/{file}" for file in files() if file.parts[0] in PACKAGES}
    assert {f"trueclick/{package}/py.typed" for package in PACKAGES} <= packed


def test_the_wheel_tells_its_licence_and_its_extras(metadata: Message, wheel: Path) -> None:
    assert metadata["License-Expression"] == "MIT"
    assert metadata.get_all("License-File") == ["LICENSE"]
    assert {"local", "all"} <= set(metadata.get_all("Provides-Extra", []))
    with ZipFile(wheel) as archive:
        assert any(name.endswith(".dist-info/licenses/LICENSE") for name in archive.namelist())


def test_the_wheel_runs_where_nothing_else_is_installed(
    fresh_environment: Path, elsewhere: Path
) -> None:
    scripts = fresh_environment / "bin"
    bare = {"PATH": os.defpath, "HOME": str(elsewhere), "LANG": "C.UTF-8"}

    assert "usage: trueclick" in run(scripts / "trueclick", "--help", cwd=elsewhere, env=bare)
    fit = (scripts / "trueclick", "fit", "3840x2160", "--model", "claude-opus-5-5")
    assert "2576x1449" in run(*fit, cwd=elsewhere, env=bare)

    program = (
        "import agent, trueclick.agent, trueclick.capture, trueclick.geometry\n"
        "assert agent.MINE\n"
        "print(trueclick.agent.__file__)"
    )
    python = (scripts / "python", "-W", "error", "-c", program)
    assert str(fresh_environment) in run(*python, cwd=elsewhere, env=bare)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imported_from_the_root_names_its_true_name(package: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import {package}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"ImportError: import trueclick.{package}, not {package}" in done.stderr


def test_the_names_for_static_tools_are_symlinks_in_git() -> None:
    entries = [line.split(None, 3) for line in git("ls-files", "--stage", ".src").splitlines()]
    names = {f".src/trueclick/{package}" for package in PACKAGES}
    assert {(mode, name) for mode, _, _, name in entries} == {("120000", name) for name in names}
    for package in PACKAGES:
        assert (ROOT / ".src" / "trueclick" / package).samefile(ROOT / package)


def test_the_namespace_has_no_init() -> None:
    assert not [file for file in files() if file.match(".src/trueclick/*.py")]


def test_the_lock_names_no_host_and_no_path() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if not line.lstrip().startswith("#")]
    assert all("==" in line and "/" not in line for line in pinned)
    assert not [line for line in lines if "://" in line or "--" in line]


def test_the_lock_holds_every_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras: dict[str, list[str]] = project["optional-dependencies"]
    declared = [*project["dependencies"], *(need for extra in extras.values() for need in extra)]
    locked = (ROOT / "constraints.txt").read_text(encoding="utf-8").lower()
    names = {re.split(r"[^\w.-]", need, maxsplit=1)[0].lower() for need in declared}
    assert {name for name in names - {"trueclick"} if f"\n{name}==" not in locked} == set()
