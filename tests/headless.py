"""Debian's Chromium without a window, steered through a pipe (the Chrome DevTools Protocol).

Each message is JSON that ends with a NUL; ours go to its descriptor 3, its own come from 4.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import select
import signal
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, TypeAlias

from .browser import BROWSER

Json: TypeAlias = dict[str, Any]

TIMEOUT_S = 60.0
"""For one answer; on a busy machine a large page takes its time."""


class Headless:
    """A browser with one page; made by `headless`.

    Attributes:
        complaints: what the page wrote to the console as a warning or an error, its uncaught
            exceptions, and what its policy forbade.
    """

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from = to_browser, from_browser
        self._received = b""
        self._last = 0
        self._session: str | None = None
        self.complaints: list[str] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: object) -> Json:
        """What the browser answers to a command."""
        self._last += 1
        message: Json = {"id": self._last, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        rest = json.dumps(message).encode() + b"\0"
        while rest:
            rest = rest[os.write(self._to, rest) :]
        until = time.monotonic() + TIMEOUT_S
        while True:
            answer = self._next(until)
            if answer.get("id") == self._last:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return dict(answer["result"])

    def open(self, page: Path, hash_: str = "", *, wait: bool = True) -> None:
        """Load a file, and wait until it has all been read, unless told not to."""
        self.send("Page.navigate", url="about:blank")  # or the same address would do nothing
        self.send("Page.navigate", url=f"{page.as_uri()}{hash_}")
        if wait:
            self.until(lambda: self.value("document.readyState") == "complete")

    def value(self, expression: str) -> Any:
        """What a JavaScript expression is; a promise is waited for."""
        told = self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until something holds."""
        until = time.monotonic() + TIMEOUT_S
        while not condition():
            assert time.monotonic() < until, f"never came true; complaints: {self.complaints[:3]}"
            time.sleep(0.01)

    def resize(self, width: int, height: int, scale: float = 1.0, *, phone: bool = False) -> None:
        """Give the page a size in its own pixels, of which each has `scale` of the screen's."""
        size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": phone}
        self.send("Emulation.setDeviceMetricsOverride", **size)

    def prefer(self, **features: str) -> None:
        """Set media features, such as `prefers_color_scheme="dark"`."""
        listed = [{"name": k.replace("_", "-"), "value": v} for k, v in features.items()]
        self.send("Emulation.setEmulatedMedia", features=listed)

    def press(self, key: str) -> None:
        """Press and release a key, by its name or its character."""
        text = {"text": key} if len(key) == 1 else {}
        code = {"Enter": 13, "Escape": 27, "Tab": 9}.get(key, 0)
        for kind in ("keyDown", "keyUp"):
            told = text if kind == "keyDown" else {}
            self.send(
                "Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **told
            )

    def screenshot(self) -> bytes:
        """The page as it is seen, as a PNG."""
        data: str = self.send("Page.captureScreenshot", format="png")["data"]
        return base64.b64decode(data)

    def _next(self, until: float) -> Json:
        while b"\0" not in self._received:
            ready, _, _ = select.select([self._from], [], [], max(until - time.monotonic(), 0))
            part = os.read(self._from, 1 << 20) if ready else b""
            assert part, "the browser does not answer"
            self._received += part
        message, _, self._received = self._received.partition(b"\0")
        told: Json = json.loads(message)
        self._note(told.get("method"), told.get("params", {}))
        return told

    def _note(self, method: str | None, about: Json) -> None:
        match method, about:
            case "Runtime.exceptionThrown", {"exceptionDetails": details}:
                self.complaints.append(json.dumps(details)[:1000])
            case "Log.entryAdded", {"entry": {"level": "warning" | "error", "text": text}}:
                self.complaints.append(text)
            case "Runtime.consoleAPICalled", {"type": "warning" | "error" | "assert"}:
                self.complaints.append(json.dumps(about["args"]))
            case _:
                pass


@contextlib.contextmanager
def headless() -> Generator[Headless]:
    """A browser that ends with the block."""
    with contextlib.ExitStack() as stack:
        profile = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="trueclick-headless-", ignore_cleanup_errors=True)
        )
        theirs_read, ours_write = map(_high, os.pipe())
        ours_read, theirs_write = map(_high, os.pipe())
        stack.callback(os.close, ours_read)
        command = [
            *(BROWSER or "chromium", "--headless=new", "--no-sandbox", "--disable-gpu"),
            *("--remote-debugging-pipe", f"--user-data-dir={profile}", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            *("--disable-extensions", "--hide-scrollbars"),
        ]
        nowhere = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
        pipes = [(os.POSIX_SPAWN_DUP2, theirs_read, 3), (os.POSIX_SPAWN_DUP2, theirs_write, 4)]
        pid = os.posix_spawn(command[0], command, os.environ, file_actions=[*nowhere, *pipes])
        os.close(theirs_read)
        os.close(theirs_write)
        stack.callback(_end, pid)
        stack.callback(os.close, ours_write)  # it ends when nobody speaks to it any more
        yield Headless(ours_write, ours_read)


def _high(descriptor: int) -> int:
    """The same file under a number that the browser's own do not need."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return moved


def _end(pid: int) -> None:
    until = time.monotonic() + 20
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return
        time.sleep(0.01)
