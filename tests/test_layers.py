"""The house's rules that no tool knows: layers, the top level, names and sizes."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import PurePosixPath
from typing import TypeGuard

import pytest

from trueclick.capture.x11 import connection

from .repository import PACKAGES, ROOT, files, modules

TOP_LEVEL = {
    *("pyproject.toml", "constraints.txt", "Makefile", ".gitignore", ".ci", ".src"),
    *("README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md"),
    *("geometry", "capture", "agent", "tests", "examples"),
}
MAY_IMPORT = {
    "geometry": set[str](),
    "capture": {"geometry"},
    "agent": {"geometry", "capture"},
}
PURE_MODULES = {
    *("__future__", "abc", "bisect", "collections", "collections.abc", "dataclasses", "decimal"),
    *("enum", "fractions", "functools", "importlib", "itertools", "math", "numbers", "operator"),
    *("re", "types", "typing"),
}
NUMPY = {"geometry/arrays.py: numpy", "geometry/arrays.py: numpy.typing"}
"""Where many points are mapped at once, and nowhere else."""
IMPURE_CALLS = {"open", "print", "input", "exec", "eval", "__import__"}
NO_NAMES = {"utils", "util", "helpers", "helper", "common", "types", "misc"}


def tree(file: PurePosixPath) -> ast.Module:
    return ast.parse((ROOT / file).read_text(encoding="utf-8"))


def imports(file: PurePosixPath) -> Iterator[str]:
    """The absolute names of the modules that a file imports, wherever in it."""
    package = ("trueclick", *file.parent.parts)
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            yield ".".join((*base, *filter(None, [node.module])))
        elif isinstance(node, ast.ImportFrom) and node.module == "trueclick":
            yield from (f"trueclick.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def inits() -> list[PurePosixPath]:
    return [PurePosixPath(package, "__init__.py") for package in PACKAGES]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_layer_imports_only_the_layers_below_it(package: str) -> None:
    allowed = {package, *MAY_IMPORT[package]}
    found = {
        f"{file}: {name}"
        for file in modules(package)
        for name in imports(file)
        if name == "trueclick"
        or (name.startswith("trueclick.") and name.split(".")[1] not in allowed)
    }
    assert not found


def test_the_command_line_is_imported_by_itself_alone() -> None:
    found = {
        f"{file}: {name}"
        for file in modules(*PACKAGES)
        for name in imports(file)
        if name.startswith("trueclick.agent.cli") and not file.is_relative_to("agent/cli")
    }
    assert not found


@pytest.mark.parametrize("package", PACKAGES)
def test_another_layer_is_imported_by_its_full_name(package: str) -> None:
    found = {
        f"{file}:{node.lineno}"
        for file in modules(package)
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ImportFrom) and node.level >= len(file.parts)
    }
    assert not found


def test_geometry_is_pure() -> None:
    imported = {
        f"{file}: {name}"
        for file in modules("geometry")
        for name in imports(file)
        if name not in PURE_MODULES and not name.startswith("trueclick.")
    }
    called = {
        f"{file}: {node.id}()"
        for file in modules("geometry")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Name) and node.id in IMPURE_CALLS
    }
    assert imported == NUMPY
    assert not called


def test_geometry_starts_without_heavy_packages() -> None:
    heavy = "{'numpy', 'PIL', 'anthropic', 'mss'}"
    script = f"import sys, trueclick.geometry; print(*{heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.split() == []


def test_nothing_imports_a_second_copy_from_the_root() -> None:
    found = {
        f"{file}: {name}"
        for file in modules(*PACKAGES, "tests", "examples")
        for name in imports(file)
        if name.split(".")[0] in PACKAGES
    }
    assert not found


def test_the_top_level_holds_what_the_design_lists() -> None:
    assert {file.parts[0] for file in files()} <= TOP_LEVEL


@pytest.mark.parametrize("init", inits(), ids=str)
def test_the_public_surface_is_a_list(init: PurePosixPath) -> None:
    exported: list[str] = []
    imported: list[str] = []
    # What is slow to import stands under TYPE_CHECKING, and `__getattr__` imports it when asked.
    body = tree(init).body
    for node in [*body, *(late for block in body if checks_types(block) for late in block.body)]:
        match node:
            case ast.Expr(value=ast.Constant(value=str())) if node is body[0]:
                pass
            case ast.If() if guards(node) or checks_types(node):
                pass
            case ast.ImportFrom(module="typing", level=0):
                pass
            case ast.ImportFrom(level=1, names=names):
                imported += [alias.asname or alias.name for alias in names]
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                exported = ast.literal_eval(value)
            case ast.FunctionDef(name="__getattr__"):
                pass
            case _:
                pytest.fail(f"{init}:{node.lineno} is no import, guard or __all__")
    assert sorted(exported) == sorted(imported)
    # Constants, then classes, then functions, as ruff sorts them.
    assert exported == sorted(
        exported, key=lambda name: (not name.isupper(), name[0].islower(), name)
    )


def guards(node: ast.If) -> bool:
    return isinstance(node.body[0], ast.Raise) and len(node.body) == 1


def checks_types(node: ast.stmt) -> TypeGuard[ast.If]:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_there(package: str) -> None:
    module = import_module(f"trueclick.{package}")
    for name in module.__all__:
        assert getattr(module, name) is not None


IMPORTED = """
import pkgutil, sys
from importlib import import_module
from types import ModuleType

def modules(names):
    for name in names:
        exec(f"from {package} import {name}")
        if isinstance(locals()[name], ModuleType):
            yield name

package = sys.argv[1]
public = import_module(package).__all__
print(*modules(public))
for each in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
    import_module(each.name)
print(*modules(public))
"""


@pytest.mark.parametrize("package", PACKAGES)
def test_no_public_name_gives_a_module_whatever_was_imported_before(package: str) -> None:
    script = [sys.executable, "-c", IMPORTED, f"trueclick.{package}"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("\n\n", 0), done.stderr


@pytest.mark.parametrize("init", inits(), ids=str)
def test_each_package_refuses_another_name(init: PurePosixPath) -> None:
    source = (ROOT / init).read_text(encoding="utf-8")
    name = f"trueclick.{init.parent}"
    assert f'if __name__ != "{name}":\n    raise ImportError(f"import {name}, not ' in source


def test_a_module_is_named_for_what_it_holds() -> None:
    folders_and_names = {part for file in modules(*PACKAGES) for part in file.with_suffix("").parts}
    assert not folders_and_names & NO_NAMES


@pytest.mark.parametrize("package", PACKAGES)
def test_a_module_holds_one_idea(package: str) -> None:
    lines = {
        str(file): len((ROOT / file).read_text(encoding="utf-8").splitlines())
        for file in modules(package)
    }
    assert {file: count for file, count in lines.items() if count >= 400} == {}


def test_every_extension_of_x11_is_imported_before_the_first_connection_is_made() -> None:
    """xcffib goes over all that are imported whenever it connects, in any thread."""
    at_once = {"xcffib.xproto", *(f"xcffib.{module}" for module in connection._EXTENSIONS)}
    named = {
        node.value
        for file in modules("agent", "capture")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"xcffib\.\w+", node.value)
    }
    assert "xcffib.xkb" in named
    assert named <= at_once
