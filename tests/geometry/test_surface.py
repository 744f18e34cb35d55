"""What the package offers, whenever it is imported."""

import subprocess
import sys

import pytest

from trueclick import geometry

LATE = [
    *("MODELS", "ModelSpec", "Source", "find_model", "Convention", "Price"),
    *("Finding", "RequestCheck", "RequestImage", "check_request"),
    *("Merged", "merge_boxes", "merge_points", "tiles"),
]
"""Imported when they are asked for."""


@pytest.mark.parametrize("name", geometry.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(geometry, name) is not None


@pytest.mark.parametrize("name", LATE)
def test_a_name_is_imported_when_it_is_first_asked_for(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(vars(geometry), name, None)
    found = geometry.__getattr__(name)
    assert vars(geometry)[name] is found
    assert name == getattr(found, "__name__", "MODELS")


def test_no_other_name_is() -> None:
    with pytest.raises(AttributeError) as missing:
        geometry.__getattr__("nothing")
    assert str(missing.value) == "module 'trueclick.geometry' has no attribute 'nothing'"


def test_a_module_that_was_imported_hides_no_name() -> None:
    script = (
        "import trueclick.geometry.tiling, trueclick.geometry.requests, trueclick.geometry.fit;"
        "from trueclick.geometry import fit, tiles, check_request, Convention, Price, find_model;"
        "print(callable(fit), callable(tiles), callable(check_request))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout == b"True True True\n"
