"""What `trueclick doctor` finds where all is well, and where it is not."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from trueclick.agent.cli import check_model, main
from trueclick.agent.cli.check_display import _speed, real_display
from trueclick.agent.cli.check_machine import machine
from trueclick.agent.cli.check_model import key, network
from trueclick.agent.cli.findings import Finding
from trueclick.capture import VirtualDisplay
from trueclick.capture.worker import PATIENCE_S

from ...capture.servers import xvfb
from ...programs import TRUECLICK
from .on_terminal import on_terminal

KEY = "sk-told-to-nobody"


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    for name in ("WAYLAND_DISPLAY", "XDG_SESSION_TYPE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


def test_where_all_is_well_it_says_so_part_by_part() -> None:
    done = subprocess.run(
        [TRUECLICK, "doctor", "--json"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    told = json.loads(done.stdout)
    assert told["ok"] is True
    states = {check["name"]: check["state"] for check in told["checks"]}
    assert states.pop("model key") == "warning"
    names = ("python", "packages", "programs", "session", "traces", "private display", "capture")
    more = ("shared memory", "screenshots", "click", "typing", "ocr", "real display")
    assert states.keys() == {*names, *more}
    assert {states[name] for name in ("capture", "click", "typing", "private display")} == {"ok"}


def test_what_is_missing_is_told_with_its_remedy_and_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    monkeypatch.setenv("DISPLAY", ":4242")
    monkeypatch.setenv("ANTHROPIC_API_KEY", f"{KEY}\n")
    assert main(["doctor", "--json"]) == 1
    out = capsys.readouterr().out
    assert KEY not in out
    checks: dict[str, dict[str, Any]] = {each["name"]: each for each in json.loads(out)["checks"]}
    assert checks["programs"]["remedy"] == "apt-get install xvfb openbox"
    assert checks["private display"]["state"] == "failed"
    assert "private displays" in checks["session"]["remedy"]
    assert checks["real display"]["state"] == "warning"
    assert checks["model key"]["state"] == "failed"
    assert "network" not in checks


@pytest.mark.slow
def test_on_a_narrow_terminal_no_line_is_broken_by_the_terminal() -> None:
    with on_terminal([TRUECLICK, "doctor"], size=(60, 40)) as terminal:
        assert terminal.status() == 0
    lines = terminal.shown.splitlines()
    assert max(map(len, lines)) <= 60
    assert any(line.startswith("ok      private display") for line in lines)


def test_a_display_that_can_be_captured_is_only_looked_at(display: VirtualDisplay) -> None:
    found = by_name(list(real_display({"DISPLAY": display.name})))
    assert (found["real display"].state, found["real input"].state) == ("ok", "ok")
    assert "1920x1080" in found["real display"].said


def test_a_display_that_answers_late_is_slow_and_works() -> None:
    with xvfb() as (server, pid):
        os.kill(pid, signal.SIGSTOP)
        # Longer than a screenshot is waited for by default, as on a machine with too much to do.
        late = threading.Timer(PATIENCE_S + 0.7, os.kill, (pid, signal.SIGCONT))
        late.start()
        try:
            found = _speed(server)
        finally:
            late.join()
    assert found.state in {"ok", "warning"}


def test_a_display_without_xtest_cannot_be_acted_on() -> None:
    with xvfb("-extension", "XTEST") as (server, _):
        found = by_name(list(real_display({"DISPLAY": server})))
    assert found["real input"].state == "warning"
    assert "+extension XTEST" in found["real input"].remedy


def test_a_disk_without_room_or_rights_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    usage = type("Usage", (), {"free": 5})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    full = by_name(list(machine({"XDG_STATE_HOME": str(tmp_path)})))["traces"]
    assert (full.state, full.said.partition(" free")[0]) == ("failed", "0.0 GB")
    closed = by_name(list(machine({"XDG_STATE_HOME": "/proc"})))["traces"]
    assert closed.state == ("warning" if os.geteuid() else "failed")


class Api(BaseHTTPRequestHandler):
    """Answers as the server's `answer` says: a status and a body, or nothing for a long time."""

    def do_GET(self) -> None:
        status, body = self.server.answer  # type: ignore[attr-defined]
        if status == 0:
            self.server.over.wait(30)  # type: ignore[attr-defined]
            return
        self.send_response(status)
        self.send_header("content-type", "application/json" if body[:1] == "{" else "text/html")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Generator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.daemon_threads = True
    server.over = threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{server.server_port}")
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


def problem(kind: str) -> str:
    return json.dumps({"type": "error", "error": {"type": kind, "message": KEY}})


@pytest.mark.parametrize(
    ("answer", "state", "said"),
    [
        (
            (200, '{"id": "claude-sonnet-5-5", "type": "model", "display_name": "x"}'),
            *("ok", "the API answers, takes the key and has claude-sonnet-5-5"),
        ),
        ((401, problem("authentication_error")), "failed", "refuses the key (401)"),
        ((404, problem("not_found_error")), "warning", "claude-sonnet-5-5 is not open to it"),
        ((404, "<h1>Welcome to my router</h1>"), "failed", "is not the API"),
        ((529, problem("overloaded_error")), "warning", "answers with an error (529)"),
    ],
)
def test_what_the_api_says_of_the_key_is_told(
    api: Any, answer: tuple[int, str], state: str, said: str
) -> None:
    api.answer = answer
    assert key("anthropic", os.environ).state == "ok"
    found = network("anthropic", demanded=False)
    assert (found.state, said in found.said) == (state, True)
    assert KEY not in str(found)


@pytest.mark.parametrize(("demanded", "state"), [(True, "failed"), (False, "warning")])
def test_a_network_that_does_not_answer_is_told_soon(
    api: Any, monkeypatch: pytest.MonkeyPatch, demanded: bool, state: str
) -> None:
    monkeypatch.setattr(check_model, "PATIENCE_S", 0.5)
    api.answer = (0, "")
    start = time.monotonic()
    found = network("anthropic", demanded=demanded)
    assert time.monotonic() - start < 20
    assert (found.state, "offline" in found.said) == (state, True)


def test_nobody_is_asked_on_a_platform_without_a_call_that_costs_nothing() -> None:
    assert network("bedrock", demanded=False).said.startswith("not tried")
