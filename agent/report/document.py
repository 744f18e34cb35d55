"""One HTML file with everything in it, which shows a run without asking anybody for anything.

The page may run the one script and use the one style that are written into it, known by their
hashes, and show pictures out of itself; it may load nothing, and ask no server. All of the run that
the script reads is JSON in an inert element; the pictures come after it as base64, which holds no
markup, so that a browser shows the page before it has read them.

Source of the policy: "Content Security Policy Level 3", W3C.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from ..trace import Story, Trace, story_of
from .facts import as_json, facts_of, images_of
from .gallery import Gallery
from .visible import visible

_SCRIPTS = ("dom", "run", "pictures", "marks", "stage", "film", "details", "charts", "main")
"""In the order in which they need each other; together they are one script."""

_SLOT = re.compile(r"\{\{(\w+)\}\}")

_TITLE_CHARACTERS = 80


def report_html(run: Trace | Story, *, smaller: bool = False) -> Iterator[bytes]:
    """The page in parts, so that a long run's pictures are never in memory together.

    Args:
        run: a trace, or its story.
        smaller: whether to pack its pictures anew as WebP, which loses what is hardly seen and
            saves most of the bytes.

    Raises:
        UsageError: if the screen and the screenshots of the run cannot be mapped.
    """
    story = run if isinstance(run, Story) else story_of(run)
    images = images_of(story)
    gallery = Gallery(story.trace, images, smaller=smaller)
    style, script = f"\n{_page('palette.css')}{_page('report.css')}", f"\n{_script()}"
    title = " ".join(visible(story.trace.settings.task).split())
    if len(title) > _TITLE_CHARACTERS:
        title = f"{title[: _TITLE_CHARACTERS - 1]}…"
    numbers = {name: number for number, name in enumerate(images)}
    pictures = (
        _inert(f"p{numbers[name]}", media_type, content)
        for name, media_type, content in gallery.files()
    )
    slots = {
        "policy": policy(style, script),
        "title": html.escape(f"{title} · trueclick report"),
        "style": style,
        "data": as_json(facts_of(story, gallery.thumbnail)),
        "first": next(pictures, ""),  # what is seen first needs not be waited for
        "script": script,
    }
    yield _SLOT.sub(lambda slot: slots[slot[1]], _page("page.html")).encode()
    for name, number in numbers.items():
        small = gallery.thumbnail(name).data
        if small is not None:
            yield _inert(f"t{number}", "image/webp", small).encode()
    for picture in pictures:
        yield picture.encode()
    yield b"<i></i></div>\n</body>\n</html>\n"


def policy(style: str, script: str) -> str:
    """What the page may do, for its `Content-Security-Policy`."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def _inert(identifier: str, media_type: str, data: bytes) -> str:
    """An element that no browser reads as anything but text."""
    start = f'<script type="text/plain" id="{identifier}" data-type="{media_type}">'
    return f"{start}{base64.b64encode(data).decode('ascii')}</script>\n"


@cache
def _script() -> str:
    """All scripts as one, whose names are nobody else's."""
    parts = "\n".join(_page(f"{name}.js") for name in _SCRIPTS)
    return f'(() => {{\n"use strict";\n{parts}}})();\n'


@cache
def _page(name: str) -> str:
    return files("trueclick.agent.report").joinpath("page", name).read_text(encoding="utf-8")
