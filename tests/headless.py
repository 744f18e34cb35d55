"""Debian's Chromium without a window, steered through a pipe (the Chrome DevTools Protocol).

Each message is JSON that ends with a NUL; ours go to its descriptor 3, its own come from 4.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import subprocess
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
        self._events: list[Json] = []
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
        self._events.clear()
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
            assert time.monotonic() < until, f"never came true; complaints: {self.complaints}"
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
                self.complaints.append(json.dumps(details))
            case "Log.entryAdded", {"entry": {"level": "warning" | "error", "text": text}}:
                self.complaints.append(text)
            case "Runtime.consoleAPICalled", {"type": "warning" | "error" | "assert"}:
                self.complaints.append(json.dumps(about["args"]))
            case _:
                pass


@contextlib.contextmanager
def headless(width: int = 1440, height: int = 900) -> Generator[Headless]:
    """A browser that ends with the block."""
    ours_read, theirs_write = os.pipe()
    theirs_read, ours_write = os.pipe()
    with tempfile.TemporaryDirectory(prefix="trueclick-headless-") as profile:
        command = [
            *(BROWSER or "chromium", "--headless=new", "--no-sandbox", "--disable-gpu"),
            *("--remote-debugging-pipe", f"--user-data-dir={profile}", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            *("--disable-extensions", "--hide-scrollbars", f"--window-size={width},{height}"),
        ]
        # The shell puts the two pipes where the browser looks for them.
        script = f'exec "$@" 3<&{theirs_read} 4>&{theirs_write}'
        process = subprocess.Popen(
            ["sh", "-c", script, "sh", *command],
            pass_fds=(theirs_read, theirs_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_read)
        os.close(theirs_write)
        try:
            yield Headless(ours_write, ours_read)
        finally:
            os.close(ours_write)  # it ends when nobody speaks to it any more
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            if process.poll() is None:
                process.kill()
                process.wait()
            os.close(ours_read)
