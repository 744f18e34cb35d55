"""Checks of the way to the model: is there a key, and is it taken. No key is ever shown."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from trueclick.geometry import TrueclickError
from trueclick.geometry.requests import PlatformName

from ..desktop import DEFAULT_MODEL
from ..platforms import has_key, make_client
from .findings import Finding, failed, ok, warning

if TYPE_CHECKING:
    from anthropic import Anthropic

PATIENCE_S = 4.0
"""For an answer. Looking up an address knows no limit: a little later it is waited for no more."""


def key(platform: PlatformName, environment: Mapping[str, str]) -> Finding:
    """Whether a client can be made; nothing is asked of the platform but Google's for a token.

    Args:
        platform: where models are called.
        environment: the process's variables.
    """
    if platform == "anthropic" and not has_key(environment):
        return warning(
            "model key",
            "none: only --model local works",
            "set ANTHROPIC_API_KEY, or name your platform: trueclick doctor --platform bedrock",
        )
    try:
        make_client(platform).close()
    except TrueclickError as error:
        return failed("model key", f"{platform} cannot be used", str(error))
    return ok("model key", f"there is one for {platform} (not shown)")


def network(platform: PlatformName, *, demanded: bool) -> Finding:
    """Whether the API answers and takes the key: the one call that costs nothing.

    Args:
        platform: where models are called.
        demanded: whether the user asked for it; if not, being offline is only worth a warning.
    """
    if platform != "anthropic":
        return ok("network", f"not tried: {platform} has no call that costs nothing")
    found: list[Finding] = []

    def ask() -> None:
        found.append(_asked(demanded=demanded))

    # Not waited for at the end of the program: a name server may keep it for a minute.
    thread = threading.Thread(target=ask, name="network", daemon=True)
    thread.start()
    thread.join(PATIENCE_S + 1)
    return found[0] if found else _offline(demanded=demanded)


def _asked(*, demanded: bool) -> Finding:
    import anthropic  # noqa: PLC0415

    try:
        with make_client() as client:
            return _found(client)
    except anthropic.APIConnectionError:
        return _offline(demanded=demanded)
    except (anthropic.AuthenticationError, anthropic.PermissionDeniedError) as error:
        said = f"the API answers, and refuses the key ({error.status_code})"
        return failed("network", said, "make a new key, and set ANTHROPIC_API_KEY to it")
    except anthropic.NotFoundError as error:
        if not isinstance(error.body, dict):  # the API says in JSON what it has not found
            said = "what answers at the API's address is not the API"
            return failed("network", said, "look at ANTHROPIC_BASE_URL and the *_PROXY variables")
        said = f"the API answers and takes the key; {DEFAULT_MODEL} is not open to it"
        return warning("network", said, "name a model that is, with --model")
    except anthropic.APIStatusError as error:
        said = f"the API answers with an error ({error.status_code})"
        return warning("network", said, "try again later; runs wait and ask again by themselves")
    except (TrueclickError, anthropic.AnthropicError):
        return failed("network", "the API could not be asked", "mend the model key first")


def _found(client: Anthropic) -> Finding:
    client.with_options(timeout=PATIENCE_S).models.retrieve(DEFAULT_MODEL)
    return ok("network", f"the API answers, takes the key and has {DEFAULT_MODEL}")


def _offline(*, demanded: bool) -> Finding:
    say: Callable[[str, str, str], Finding] = failed if demanded else warning
    return say(
        "network",
        "the API does not answer: this machine is offline, or something is in the way",
        "look at the network, a firewall, ANTHROPIC_BASE_URL and the *_PROXY variables",
    )
