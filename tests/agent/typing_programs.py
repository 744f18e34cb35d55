"""Real programs that text is typed into, and that tell what they received.

Each is started once, has the focus, and answers three questions over a connection of its own:
what it holds, whether it has the focus, and whether it is empty again.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from subprocess import run
from typing import Any, TypeAlias

from trueclick.agent import application
from trueclick.capture.x11.connection import connect

from ..browser import BROWSER, chromium
from ..programs import TK_PYTHON

SYSTEM_PYTHON = shutil.which("python3", path="/usr/bin") or "/usr/bin/python3"
"""The one that has Debian's GTK."""

_PATIENCE_S = 30.0

_CONNECTED = """
import json, socket, sys
sock = socket.socket(socket.AF_UNIX)
sock.connect(sys.argv[1])
lines = sock.makefile("rw", encoding="ascii", newline="\\n")
def answer():
    question = lines.readline().strip()
    if not question:
        sys.exit()
    lines.write(json.dumps({"read": read, "focused": focused, "clear": clear}[question]()) + "\\n")
    lines.flush()
"""

_TK = (
    _CONNECTED
    + """
import tkinter
root = tkinter.Tk()
text = WIDGET
text.pack()
text.focus_force()
def focused():
    return root.focus_get() is text
root.tk.createfilehandler(sock, tkinter.READABLE, lambda *_: answer())
root.mainloop()
"""
)

_TK_TEXT = _TK.replace("WIDGET", "tkinter.Text(root, width=60, height=12)").replace(
    "def focused",
    """def read():
    return text.get("1.0", "end-1c")
def clear():
    text.delete("1.0", "end")
def focused""",
)

_TK_ENTRY = _TK.replace("WIDGET", "tkinter.Entry(root, width=60)").replace(
    "def focused",
    """def read():
    return text.get()
def clear():
    text.delete(0, "end")
def focused""",
)

_GTK = (
    _CONNECTED
    + """
import os
# Nothing that has nothing to do with typing: a session bus is waited for for up to 25 s.
os.environ |= {"NO_AT_BRIDGE": "1", "GTK_A11Y": "none", "GSETTINGS_BACKEND": "memory"}
os.environ |= {"DBUS_SESSION_BUS_ADDRESS": "disabled:", "GTK_IM_MODULE": "gtk-im-context-simple"}
import gi
gi.require_version("Gtk", "3.0")
from gi.repository import GLib, Gtk
window = Gtk.Window(default_width=500, default_height=300)
text = WIDGET
window.add(text)
window.show_all()
text.grab_focus()
def focused():
    return window.is_active() and text.has_focus()
GLib.io_add_watch(sock.fileno(), GLib.PRIORITY_DEFAULT, GLib.IO_IN, lambda *_: answer() or True)
Gtk.main()
"""
)

_GTK_TEXT = _GTK.replace("WIDGET", "Gtk.TextView()").replace(
    "def focused",
    """def read():
    inside = text.get_buffer()
    return inside.get_text(*inside.get_bounds(), True)
def clear():
    text.get_buffer().set_text("")
def focused""",
)

_GTK_ENTRY = _GTK.replace("WIDGET", "Gtk.Entry()").replace(
    "def focused",
    """def read():
    return text.get_text()
def clear():
    text.set_text("")
def focused""",
)

_TERMINAL = (
    _CONNECTED
    + """
import os, select, tty
tty.setraw(0)
held = b""
def read():
    return held.decode("utf-8", "replace")
def clear():
    global held
    held = b""
def focused():
    return int(os.environ["WINDOWID"])
while True:
    ready, _, _ = select.select([0, sock], [], [])
    if 0 in ready:
        held += os.read(0, 65536)
    if sock in ready:
        answer()
"""
)

_PAGE = b"""<!doctype html><meta charset="utf-8"><title>Typing</title>
<textarea id="text" rows="12" cols="60" spellcheck="false" autofocus></textarea>
<script>
const text = document.getElementById("text");
const answers = {
  read: () => text.value,
  // Before it has painted, a browser drops keys that come.
  focused: () => document.hasFocus() && document.activeElement === text
    && performance.getEntriesByType("paint").length > 0,
  clear: () => { text.value = ""; return null; },
};
text.addEventListener("keydown", event => {  // otherwise a page gives the focus to what is next
  if (event.key !== "Tab") return;
  event.preventDefault();
  document.execCommand("insertText", false, "\\t");
});
(async () => {
  text.focus();
  for (let answer = "null"; ; ) {
    const question = await (await fetch("/", { method: "POST", body: answer })).text();
    answer = JSON.stringify(answers[question]());
  }
})();
</script>"""


@dataclass(frozen=True)
class TypingProgram:
    """A program that is running and has the focus.

    Attributes:
        pid: its process, where that is one.
    """

    _ask: Callable[[str], Any]
    pid: int = 0

    def received(self) -> str:
        """What it holds."""
        return str(self._ask("read"))

    def clear(self) -> None:
        """Empty it."""
        self._ask("clear")

    def focused(self) -> bool:
        """Whether keys go to it."""
        return bool(self._ask("focused"))

    def holds(self, wanted: str, patience_s: float = _PATIENCE_S) -> str:
        """What it holds once that is `wanted`, or after some time."""
        deadline = time.monotonic() + patience_s
        while (held := self.received()) != wanted and time.monotonic() < deadline:
            time.sleep(0.01)
        return held


@contextlib.contextmanager
def _asked(command: Callable[[str], list[str]], server: str) -> Generator[TypingProgram]:
    """A program that connects to the socket whose path it is given."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listening:
        path = f"{folder}/answers"
        listening.bind(path)
        listening.listen()
        listening.settimeout(_PATIENCE_S)
        with application(command(path), server), listening.accept()[0] as connection:
            connection.settimeout(_PATIENCE_S)
            lines = connection.makefile("rw", encoding="ascii", newline="\n")

            def ask(question: str) -> Any:
                lines.write(question + "\n")
                lines.flush()
                return json.loads(lines.readline())

            credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            yield TypingProgram(ask, struct.unpack("3i", credentials)[0])


Start: TypeAlias = Callable[[str], contextlib.AbstractContextManager[TypingProgram]]
"""Starts a program on a server."""


def _python(program: str, python: str) -> Start:
    return lambda server: _asked(lambda path: [python, "-c", program, path], server)


@contextlib.contextmanager
def _xterm(server: str) -> Generator[TypingProgram]:
    def command(path: str) -> list[str]:
        return ["xterm", "-u8", "-e", SYSTEM_PYTHON, "-c", _TERMINAL, path]

    with _asked(command, server) as started, connect(server) as connection:

        def ask(question: str) -> Any:
            answer = started._ask(question)
            return _inside(connection, answer) if question == "focused" else answer

        yield TypingProgram(ask)


def _inside(connection: Any, window: int) -> bool:
    """Whether a window or one around it has the focus."""
    focus = connection.core.GetInputFocus().reply().focus
    while window not in {0, focus}:
        window = connection.core.QueryTree(window).reply().parent
    return bool(window == focus)


@contextlib.contextmanager
def _chromium(server: str) -> Generator[TypingProgram]:
    questions, answers = SimpleQueue[str](), SimpleQueue[str]()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.reply(_PAGE, "text/html")

        def do_POST(self) -> None:
            answers.put(self.rfile.read(int(self.headers["Content-Length"])).decode("utf-8"))
            self.reply(questions.get().encode("ascii"), "text/plain")

        def reply(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - its name

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """The browser ends in the middle of a request."""

    def ask(question: str) -> Any:
        questions.put(question)
        return json.loads(answers.get(timeout=_PATIENCE_S))

    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        Server(("127.0.0.1", 0), Handler) as http,
    ):
        threading.Thread(target=http.serve_forever, daemon=True).start()
        try:
            page = f"http://127.0.0.1:{http.server_port}/"
            with application(chromium(page, Path(folder, "profile"), 700, 500), server):
                answers.get(timeout=_PATIENCE_S)  # the page's first question
                yield TypingProgram(ask)
                questions.put("clear")  # lets the last request go
        finally:
            http.shutdown()


PROGRAMS: Mapping[str, Start] = {
    "tk": _python(_TK_TEXT, TK_PYTHON),
    "gtk": _python(_GTK_TEXT, SYSTEM_PYTHON),
    "xterm": _xterm,
    "chromium": _chromium,
    "tk entry": _python(_TK_ENTRY, TK_PYTHON),
    "gtk entry": _python(_GTK_ENTRY, SYSTEM_PYTHON),
}


def missing(program: str) -> str | None:
    """What a program lacks on this machine, or `None`."""
    if program == "chromium":
        return None if BROWSER else "Chromium is not installed"
    if program == "xterm":
        return None if shutil.which("xterm") else "xterm is not installed"
    if program.startswith("gtk"):
        asked = "import gi; gi.require_version('Gtk', '3.0')"
        has = run([SYSTEM_PYTHON, "-c", asked], capture_output=True, check=False).returncode == 0
        return None if has else "GTK 3 for Python is not installed"
    return None


@contextlib.contextmanager
def typing_program(program: str, server: str) -> Generator[TypingProgram]:
    """A program on the display `server` that has the focus and is empty."""
    with PROGRAMS[program](server) as started:
        deadline = time.monotonic() + _PATIENCE_S
        while not started.focused():
            assert time.monotonic() < deadline, f"{program} does not get the focus"
            time.sleep(0.02)
        yield started
