"""The SDK's client for each platform, made before anything is started on a screen.

What is missing (a package, a key, a region, a project) is told in one line with its remedy. No
message of ours holds a key, a token or a proxy's address, which may hold a password; the SDK's own
errors do, so they are never quoted.

Variables, packages and constructors are those of `anthropic` 2.11.0, read on 2026-11-21 in
`anthropic/_client.py`, `lib/bedrock/_client.py`, `lib/vertex/_client.py` and `lib/foundry.py`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from trueclick.geometry import UsageError
from trueclick.geometry.requests import PLATFORMS, PlatformName

if TYPE_CHECKING:
    from anthropic import Anthropic

READ_S = 600.0
"""The longest silence in an answer: one that is summarised comes in one piece after minutes."""

CONNECT_S = 10.0

KEYS: Mapping[PlatformName, tuple[str, ...]] = {
    "anthropic": ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
    "bedrock": ("AWS_BEARER_TOKEN_BEDROCK", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    "vertex": (),
    "foundry": ("ANTHROPIC_FOUNDRY_API_KEY",),
}
"""The variables in which each platform's key may be. Google Cloud's is kept in a file."""

_PACKAGES: Mapping[PlatformName, tuple[str, ...]] = {
    "bedrock": ("boto3", "botocore"),
    "vertex": ("google.auth", "requests"),
}
"""What the SDK's extra of the same name installs. Bedrock's streams are read with it, too."""


def make_client(platform: PlatformName = "anthropic") -> Anthropic:
    """The SDK's client for a platform, which makes each request once: the loop retries visibly.

    It is configured by the SDK's own variables. Google Cloud is asked for a token at once, so that
    what is wrong with its credentials is told now; the others are called by the first request.
    Amazon's and Google's clients are classes of their own with the same `beta.messages`: the type
    stands for what the loop uses of them.

    Raises:
        UsageError: if the platform is unknown, or something that it needs is missing.
    """
    makers: Mapping[PlatformName, Callable[[Mapping[str, Any]], object]] = {
        "anthropic": _anthropic,
        "bedrock": _bedrock,
        "vertex": _vertex,
        "foundry": _foundry,
    }
    if platform not in PLATFORMS or platform not in makers:
        raise UsageError(f"unknown platform {platform!r}; known: {', '.join(PLATFORMS)}")
    missing = [name for name in _PACKAGES.get(platform, ()) if not _installed(name)]
    if missing:
        raise UsageError(
            f"the platform {platform} needs {' and '.join(missing)}: "
            f'pip install "anthropic[{platform}]"'
        )
    for name in KEYS[platform]:
        _check_key(name)
    _check_address(_BASES[platform])
    import anthropic  # noqa: PLC0415 - takes a second
    import httpx2  # noqa: PLC0415

    # One silence for reading, sending and waiting for a connection; another for making one.
    common = {"max_retries": 0, "timeout": httpx2.Timeout(READ_S, connect=CONNECT_S)}
    try:
        # Tried first: an SDK client that fails to be made complains again when it is collected.
        httpx2.Client().close()
        return cast("Anthropic", makers[platform](common))
    except UsageError:  # our own words; it is a `ValueError` as well
        raise
    except (
        *(ImportError, ValueError, TypeError, OSError),
        *(httpx2.InvalidURL, anthropic.AnthropicError),
    ) as error:
        raise UsageError(
            f"the API client cannot be made: look at {_ADDRESSES[platform]}, the *_PROXY "
            "variables and ANTHROPIC_CUSTOM_HEADERS"
        ) from error


def has_key(environment: Mapping[str, str]) -> bool:
    """Whether the Claude API's own key is among these variables."""
    return any(environment.get(name) for name in KEYS["anthropic"])


_BASES: Mapping[PlatformName, str] = {
    "anthropic": "ANTHROPIC_BASE_URL",
    "bedrock": "ANTHROPIC_BEDROCK_BASE_URL",
    "vertex": "ANTHROPIC_VERTEX_BASE_URL",
    "foundry": "ANTHROPIC_FOUNDRY_BASE_URL",
}

_ADDRESSES: Mapping[PlatformName, str] = {
    "anthropic": "ANTHROPIC_BASE_URL",
    "bedrock": "AWS_REGION and ANTHROPIC_BEDROCK_BASE_URL",
    "vertex": "CLOUD_ML_REGION and ANTHROPIC_VERTEX_BASE_URL",
    "foundry": "ANTHROPIC_FOUNDRY_RESOURCE and ANTHROPIC_FOUNDRY_BASE_URL",
}


def _anthropic(common: Mapping[str, Any]) -> Anthropic:
    import anthropic  # noqa: PLC0415

    client = anthropic.Anthropic(**common)
    # It may also have found a profile on the disk, or a federated identity.
    if client.api_key or client.auth_token or client.credentials is not None:
        return client
    client.close()
    raise UsageError("the Claude API needs ANTHROPIC_API_KEY; without a key there is --model local")


def _bedrock(common: Mapping[str, Any]) -> object:
    from anthropic.lib.bedrock import AnthropicBedrock  # noqa: PLC0415

    try:
        session = _module("boto3").Session()
        region = os.environ.get("AWS_REGION") or session.region_name
        signs = os.environ.get("AWS_BEARER_TOKEN_BEDROCK") or session.get_credentials()
    except _module("botocore.exceptions").BotoCoreError as error:
        raise UsageError(
            "the AWS configuration cannot be used: look at AWS_PROFILE and ~/.aws/config"
        ) from error
    if not region:
        raise UsageError(
            "the platform bedrock needs a region: set AWS_REGION, such as us-east-1, or one in "
            "~/.aws/config"
        )
    if not signs:
        raise UsageError(
            "the platform bedrock needs credentials: set AWS_BEARER_TOKEN_BEDROCK, or "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in with the AWS command line"
        )
    return AnthropicBedrock(aws_region=region, **common)


def _vertex(common: Mapping[str, Any]) -> object:
    from anthropic.lib.vertex import AnthropicVertex  # noqa: PLC0415

    region = os.environ.get("CLOUD_ML_REGION")
    if not region:
        raise UsageError("the platform vertex needs CLOUD_ML_REGION, such as global or us-east5")
    try:
        credentials, project = _module("google.auth").default(scopes=[_GOOGLE_SCOPE])
        credentials.refresh(_module("google.auth.transport.requests").Request())
    except _module("google.auth.exceptions").GoogleAuthError as error:
        raise UsageError(
            "Google Cloud gives no token: sign in with `gcloud auth application-default login`, or "
            "set GOOGLE_APPLICATION_CREDENTIALS to a service account's file"
        ) from error
    project = os.environ.get("ANTHROPIC_VERTEX_PROJECT_ID") or project
    if not project:
        raise UsageError("the platform vertex needs ANTHROPIC_VERTEX_PROJECT_ID")
    return AnthropicVertex(region=region, project_id=project, credentials=credentials, **common)


_GOOGLE_SCOPE = "https://www.googleapis.com/auth/cloud-platform"


def _foundry(common: Mapping[str, Any]) -> Anthropic:
    import anthropic  # noqa: PLC0415

    if not os.environ.get("ANTHROPIC_FOUNDRY_API_KEY"):
        raise UsageError("the platform foundry needs ANTHROPIC_FOUNDRY_API_KEY")
    resource = os.environ.get("ANTHROPIC_FOUNDRY_RESOURCE")
    address = os.environ.get("ANTHROPIC_FOUNDRY_BASE_URL")
    if bool(resource) == bool(address):
        raise UsageError(
            "the platform foundry needs ANTHROPIC_FOUNDRY_RESOURCE, the resource's name, or "
            "ANTHROPIC_FOUNDRY_BASE_URL, and not both"
        )
    if resource:
        return anthropic.AnthropicFoundry(resource=resource, **common)
    return anthropic.AnthropicFoundry(base_url=address or "", **common)


def _module(name: str) -> Any:
    """A package that is there only with the SDK's extra, and has no types."""
    return import_module(name)


def _installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ImportError:  # the package that it would be a part of is missing
        return False


def _check_key(name: str) -> None:
    """Refuse what no HTTP header takes: the error of the HTTP library would quote it.

    Raises:
        UsageError: if the variable is set to such a value.
    """
    value = os.environ.get(name, "")
    if not all("!" <= c <= "~" for c in value):
        raise UsageError(
            f"{name} holds a space, a line end or another character that no key has: set it again"
        )


def _check_address(name: str) -> None:
    """Refuse an address at which no server can be: the first request would fail again and again.

    Raises:
        UsageError: if the variable is set to one; the message does not hold it.
    """
    value = os.environ.get(name)
    if value is None:
        return
    try:
        parts = urlsplit(value)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise UsageError(f"{name} is no address of a server: write it as https://HOST, or unset it")
