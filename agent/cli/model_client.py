"""The client that calls a model of the command line's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trueclick.geometry.requests import PlatformName

if TYPE_CHECKING:
    from anthropic import Anthropic

LOCAL = "local"
"""The model that needs no key and no network."""


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
