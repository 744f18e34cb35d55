"""A program that holds things down on a display until somebody kills it.

    python presser.py SERVER WHAT [SEED]

It writes a line once it is at it. `anything` does one thing after another, by chance.
"""

import contextlib
import random
import signal
import sys
import threading
import time

from trueclick.agent.input.keys import parse_keys
from trueclick.agent.input.x11 import XTestInput
from trueclick.capture import SystemClock
from trueclick.geometry import Point

FOREIGN = "漢字Привет"
LONG_S = 60


def keys(backend: XTestInput) -> None:
    with backend.held(parse_keys("ctrl+shift+F5")):
        ready()
        time.sleep(LONG_S)


def foreign_key(backend: XTestInput) -> None:
    with backend.held(parse_keys("漢")):
        ready()
        time.sleep(LONG_S)


def button(backend: XTestInput) -> None:
    backend.move(Point(300, 300))
    backend.press("left")
    backend.sync()
    ready()
    time.sleep(LONG_S)


def drag(backend: XTestInput) -> None:
    with backend.held(parse_keys("ctrl")):
        # A drag that is still on its way when the line has been read, however late that is.
        threading.Timer(0.15, ready).start()
        while True:
            backend.drag(Point(10, 10), Point(1000, 900))


def text(backend: XTestInput) -> None:
    threading.Timer(0.5, ready).start()
    while True:
        backend.type(FOREIGN)


def anything(backend: XTestInput) -> None:
    draw = random.Random(sys.argv[3])  # noqa: S311 - repeatable, nothing secret
    ready()
    while True:
        place = Point(draw.randrange(1000), draw.randrange(700))
        with contextlib.ExitStack() as stack:
            if draw.random() < 0.5:
                stack.enter_context(backend.held(parse_keys(draw.choice(["ctrl", "shift+a", "ß"]))))
            what = draw.randrange(6)
            if what == 0:
                backend.click(draw.choice(["left", "middle", "right"]), draw.randrange(1, 4))
            elif what == 1:
                backend.press("left")
            elif what == 2:
                backend.release("left")
            elif what == 3:
                backend.drag(place, Point(5, 5))
            elif what == 4:
                backend.type(draw.choice(["plain Text", FOREIGN, "äöü"]))
            else:
                backend.scroll("down", 5)


def ready() -> None:
    print("ready", flush=True)


if __name__ == "__main__":
    # Whoever is started in the background of a shell inherits that Ctrl-C means nothing.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    backend = XTestInput(sys.argv[1], SystemClock())
    with contextlib.closing(backend):
        globals()[sys.argv[2]](backend)
