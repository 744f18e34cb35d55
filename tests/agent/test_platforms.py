"""Each platform's client, against a server of our own; and what is said where one is missing."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import anthropic
import pytest

from trueclick.agent.platforms import CONNECT_S, READ_S, has_key, make_client
from trueclick.geometry import UsageError
from trueclick.geometry.requests import PlatformName

SECRET = "sk-not-to-be-told"  # noqa: S105 - of no use to anybody

_OURS = ("ANTHROPIC_", "AWS_", "GOOGLE_", "CLOUD_", "HTTP", "http", "ALL_PROXY", "all_proxy")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No platform is configured, and none of the user's files is read."""
    for name in os.environ:
        if name.startswith(_OURS):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("NO_GCE_CHECK", "true")


class Heard:
    """What a server of the Messages API heard; it answers that it is out of order."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        heard = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                heard.paths.append(self.path)
                heard.headers.append({k.lower(): v for k, v in self.headers.items()})
                said = {"type": "error", "error": {"type": "api_error", "message": "out of order"}}
                body = json.dumps(said).encode()
                self.send_response(500)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def heard() -> Generator[Heard]:
    opened = Heard()
    thread = threading.Thread(target=opened.server.serve_forever)
    thread.start()
    yield opened
    opened.server.shutdown()
    thread.join()
    opened.server.server_close()


def ask(platform: PlatformName) -> None:
    """A request, which fails."""
    with (
        make_client(platform) as client,
        pytest.raises(anthropic.InternalServerError, match="out of order"),
        client.beta.messages.stream(
            model="claude-sonnet-5-5",
            max_tokens=8,
            messages=[{"role": "user", "content": "Hello"}],
        ) as stream,
    ):
        stream.get_final_message()


def test_the_claude_api_is_asked_once_and_with_the_key(
    monkeypatch: pytest.MonkeyPatch, heard: Heard
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", heard.address)
    ask("anthropic")
    assert [path.partition("?")[0] for path in heard.paths] == ["/v1/messages"]
    assert heard.headers[0]["authorization"] == f"Bearer {SECRET}"


def test_foundry_is_asked_once_and_with_its_own_key_alone(
    monkeypatch: pytest.MonkeyPatch, heard: Heard
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "another's")
    monkeypatch.setenv("ANTHROPIC_FOUNDRY_API_KEY", SECRET)
    monkeypatch.setenv("ANTHROPIC_FOUNDRY_BASE_URL", f"{heard.address}/anthropic/")
    ask("foundry")
    assert [path.partition("?")[0] for path in heard.paths] == ["/anthropic/v1/messages"]
    assert heard.headers[0]["x-api-key"] == SECRET
    assert "another's" not in str(heard.headers)


def test_bedrock_is_asked_once_and_with_its_token(
    monkeypatch: pytest.MonkeyPatch, heard: Heard
) -> None:
    pytest.importorskip("boto3")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", SECRET)
    monkeypatch.setenv("ANTHROPIC_BEDROCK_BASE_URL", heard.address)
    ask("bedrock")
    assert heard.paths == ["/model/claude-sonnet-5-5/invoke-with-response-stream"]
    assert heard.headers[0]["authorization"] == f"Bearer {SECRET}"


def test_a_client_leaves_retries_to_the_loop_and_waits_for_long_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    with make_client() as client:
        assert client.max_retries == 0
        assert isinstance(client.timeout, anthropic.Timeout)
        assert (client.timeout.read, client.timeout.connect) == (READ_S, CONNECT_S)


MISSING: list[tuple[PlatformName, dict[str, str], str]] = [
    ("anthropic", {}, "the Claude API needs ANTHROPIC_API_KEY; without a key there is --model"),
    ("anthropic", {"ANTHROPIC_API_KEY": ""}, "the Claude API needs ANTHROPIC_API_KEY"),
    ("anthropic", {"ANTHROPIC_API_KEY": f"{SECRET}\n"}, "ANTHROPIC_API_KEY holds a space, a line"),
    ("anthropic", {"ANTHROPIC_AUTH_TOKEN": f"{SECRET}é"}, "ANTHROPIC_AUTH_TOKEN holds a space"),
    (
        "anthropic",
        {"ANTHROPIC_API_KEY": "k", "HTTPS_PROXY": f"http://me:{SECRET}@[::1"},
        "the API client cannot be made: look at ANTHROPIC_BASE_URL, the *_PROXY variables",
    ),
    (
        "anthropic",
        {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": f"http://me:{SECRET}@[::1"},
        "ANTHROPIC_BASE_URL is no address of a server",
    ),
    *(
        (
            "anthropic",
            {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": address},
            "ANTHROPIC_BASE_URL is no address of a server: write it as https://HOST, or unset it",
        )
        for address in (
            *(f"me:{SECRET}@localhost", f"ftp://{SECRET}@host", "http://", "https:///v1"),
            *("localhost:8080", "//localhost", "api.anthropic.com", "", "http://host:port"),
        )
    ),
    ("foundry", {}, "the platform foundry needs ANTHROPIC_FOUNDRY_API_KEY"),
    (
        "foundry",
        {"ANTHROPIC_FOUNDRY_API_KEY": SECRET},
        "needs ANTHROPIC_FOUNDRY_RESOURCE, the resource's name, or ANTHROPIC_FOUNDRY_BASE_URL",
    ),
    (
        "foundry",
        {
            "ANTHROPIC_FOUNDRY_API_KEY": SECRET,
            "ANTHROPIC_FOUNDRY_RESOURCE": "mine",
            "ANTHROPIC_FOUNDRY_BASE_URL": "http://127.0.0.1",
        },
        "and not both",
    ),
    ("azure", {}, "unknown platform 'azure'; known: anthropic, bedrock, vertex, foundry"),  # type: ignore[list-item]
]

WITH_BOTO3: list[tuple[PlatformName, dict[str, str], str]] = [
    ("bedrock", {}, "the platform bedrock needs a region: set AWS_REGION"),
    ("bedrock", {"AWS_REGION": "us-east-1"}, "needs credentials: set AWS_BEARER_TOKEN_BEDROCK"),
    ("bedrock", {"AWS_PROFILE": "none"}, "the AWS configuration cannot be used"),
    (
        "bedrock",
        {"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": SECRET},
        "the AWS configuration cannot be used",
    ),
]

WITH_GOOGLE_AUTH: list[tuple[PlatformName, dict[str, str], str]] = [
    ("vertex", {}, "the platform vertex needs CLOUD_ML_REGION"),
    ("vertex", {"CLOUD_ML_REGION": "global"}, "Google Cloud gives no token: sign in with"),
    (
        "vertex",
        {"CLOUD_ML_REGION": "global", "GOOGLE_APPLICATION_CREDENTIALS": "/no/file"},
        "Google Cloud gives no token",
    ),
]


def installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ImportError:
        return False


@pytest.mark.parametrize(
    ("platform", "variables", "said"),
    [
        *MISSING,
        *(WITH_BOTO3 if installed("boto3") else []),
        *(WITH_GOOGLE_AUTH if installed("google.auth") else []),
    ],
)
def test_what_is_missing_is_told_in_one_line_without_a_secret(
    monkeypatch: pytest.MonkeyPatch, platform: PlatformName, variables: dict[str, str], said: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UsageError) as refused:
        make_client(platform)
    assert said in str(refused.value)
    assert SECRET not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("platform", "packages"), [("bedrock", "boto3 and botocore"), ("vertex", "google.auth")]
)
def test_a_missing_package_is_named_with_the_extra_that_brings_it(
    platform: str, packages: str
) -> None:
    program = (
        "import sys; from importlib.machinery import PathFinder\n"
        "class Without:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name.partition('.')[0] in {'boto3', 'botocore', 'google'}: raise ImportError\n"
        "sys.meta_path.insert(0, Without())\n"
        "from trueclick.agent.platforms import make_client\n"
        "make_client(sys.argv[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, platform], capture_output=True, text=True, check=False
    )
    assert f"the platform {platform} needs {packages}" in done.stderr
    assert f'pip install "anthropic[{platform}]"' in done.stderr


def test_a_key_is_one_of_two_variables_that_is_not_empty() -> None:
    assert has_key({"ANTHROPIC_AUTH_TOKEN": "x"})
    assert not has_key({"ANTHROPIC_API_KEY": "", "AWS_BEARER_TOKEN_BEDROCK": "x"})
