"""The model of the command line's, and the client that calls it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trueclick.geometry import UnknownModelError, UsageError, find_model
from trueclick.geometry.requests import PlatformName

from .. import wording
from ..desktop import DEFAULT_MODEL
from ..platforms import has_key

if TYPE_CHECKING:
    from anthropic import Anthropic

LOCAL = "local"
"""The model that needs no key and no network."""


def chosen_model(
    given: str | None, platform: PlatformName, environment: Mapping[str, str], remedy: str
) -> str:
    """The id of the model that was named, or of the usual one if it can be called.

    Args:
        given: what was named.
        platform: where it is called.
        environment: the process's variables.
        remedy: what there is without a key.

    Raises:
        UsageError: if the model is unknown or not on that platform, or none was named and there is
            no key.
    """
    if given is None and platform == "anthropic" and not has_key(environment):
        raise UsageError(f"no model: set ANTHROPIC_API_KEY for {DEFAULT_MODEL}, or {remedy}")
    model = given or DEFAULT_MODEL
    try:
        find_model(model)
    except UnknownModelError as error:
        raise UsageError(wording.unknown_model(model)) from error
    if model == LOCAL and platform != "anthropic":
        raise UsageError(f"--model {LOCAL} runs here, not on the platform {platform}")
    return model


def client_for(model: str, platform: PlatformName) -> Anthropic:
    """What calls a model on a platform; the local one is in this process.

    Raises:
        UsageError: if a package, a key or another setting is missing.
    """
    if model == LOCAL:
        from ..local import local_client  # noqa: PLC0415 - reading screens is an extra

        return local_client()
    from ..platforms import make_client  # noqa: PLC0415

    return make_client(platform)
