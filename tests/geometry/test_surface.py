"""What the package offers, whenever it is imported."""

import subprocess
import sys

import pytest

from trueclick import geometry


@pytest.mark.parametrize("name", geometry.__all__)
def test_every_name_is_there_when_it_is_asked_for(name: str) -> None:
    found = geometry.__getattr__(name) if name not in vars(geometry) else vars(geometry)[name]
    assert found is getattr(geometry, name)
    assert getattr(found, "__name__", name) in {name, "tuple", "ResolutionLimits"}


def test_no_other_name_is() -> None:
    with pytest.raises(AttributeError) as missing:
        geometry.nothing  # noqa: B018
    assert str(missing.value) == "module 'trueclick.geometry' has no attribute 'nothing'"


def test_a_module_that_was_imported_hides_no_name() -> None:
    script = (
        "import trueclick.geometry.tiling, trueclick.geometry.requests, trueclick.geometry.fit;"
        "from trueclick.geometry import fit, tiles, check_request, Convention, Price, find_model;"
        "print(callable(fit), callable(tiles), callable(check_request))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout == b"True True True\n"
