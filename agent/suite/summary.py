"""The results of a suite as one page, which links to each task's report and asks nobody.

There is no script in it, and its policy admits none: it may use the one style that is written into
it, known by its hash, and show pictures out of itself. What tasks, applications and models have
said is put into a tree as text, and nothing but the tree becomes markup.

Source of the policy: "Content Security Policy Level 3", W3C.
"""

from __future__ import annotations

import base64
import hashlib
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from ..report.visible import beginning, visible
from ..wording import dollars, duration
from .overview import Overview, Row
from .pictures import plain_file, thumbnail
from .results import Attempt, Result, Verdict
from .tasks import Task

_CLASSES: Mapping[Verdict, str] = {
    "passed": "good",
    "flaky": "warn",
    "skipped": "none",
    "not run": "none",
}
"""How a verdict looks, if it is not bad."""

_LONGEST = 20_000
"""Characters of a reason that are told: what a program wrote may be much longer."""

_MOST_PICTURES = 100
"""Tasks of which the last screen is shown in the page itself; all have a link to it."""

_MOST_ROWS = 20
"""Of the table by size and language, for which it stands open above the tasks."""

_MOST_OPEN = 20
"""Tasks that did not pass and are shown opened."""


def summary_html(overview: Overview, folder: Path) -> bytes:
    """The page, as the content of a file.

    Args:
        overview: what it tells.
        folder: where the page will be; what is linked to and shown is in it.
    """
    style = _style(overview)
    page = _node("html", lang="en")
    head = _add(page, "head")
    _add(head, "meta", charset="utf-8")
    _add(head, "meta", {"http-equiv": "Content-Security-Policy"}, content=_policy(style))
    _add(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    _add(head, "meta", name="referrer", content="no-referrer")
    _add(head, "title", f"{overview.name} · trueclick suite")
    styles = ET.SubElement(head, "style")
    styles.text = style
    body = _add(page, "body")
    _header(_add(body, "header"), overview)
    main = _add(body, "main")
    _matrix(main, overview)
    _filters(main, overview)
    _tasks(main, overview, folder)
    footer = _add(body, "footer")
    _add(footer, "span", "For continuous integration: ")
    _add(footer, "a", "junit.xml", href="junit.xml")
    written: bytes = ET.tostring(page, encoding="utf-8", method="html")
    return b"<!doctype html>\n" + written + b"\n"


def _header(header: ET.Element, overview: Overview) -> None:
    bad, total = overview.bad, len(overview.rows)
    eyebrow = _add(header, "p", {"class": "eyebrow"})
    if bad:
        _add(eyebrow, "span", f"{bad:,} of {total:,} did not pass", {"class": "badge bad"})
    elif overview.counts.get("not run"):
        _add(eyebrow, "span", "not finished", {"class": "badge warn"})
    else:
        flaky = "flaky" in overview.counts
        words = "passed, but not all at once" if flaky else "passed"
        _add(eyebrow, "span", words, {"class": f"badge {'warn' if flaky else 'good'}"})
    began = datetime.fromtimestamp(overview.began_s).astimezone()
    _add(eyebrow, "time", began.strftime("%Y-%m-%d %H:%M"), datetime=began.isoformat())
    _add(header, "h1", overview.name)
    if overview.stopped is not None:
        _add(
            header, "p", f"Not carried out to its end: {overview.stopped}", {"class": "notice warn"}
        )
    _bar(header, overview)
    facts = _add(header, "dl", {"class": "facts"})
    shown = {
        "Tasks": f"{total:,}",
        "Took": duration(overview.seconds),
        "One after the other": duration(overview.task_seconds),
        "On": overview.machine,
    }
    if overview.usd:
        shown["Models cost"] = _usd(overview.usd)
    for name, value in shown.items():
        fact = _add(facts, "div")
        _add(fact, "dt", name)
        _add(fact, "dd", value)


def _bar(header: ET.Element, overview: Overview) -> None:
    """How many have which verdict, as lengths."""
    total = len(overview.rows) or 1
    about = {"class": "bar", "viewBox": "0 0 1000 10", "preserveAspectRatio": "none", "role": "img"}
    bar = _add(header, "svg", about, {"aria-label": overview.words})
    at = 0.0
    for verdict, count in overview.counts.items():
        width = 1000 * count / total
        place = {"x": f"{at:.2f}", "y": "0", "width": f"{width:.2f}", "height": "10"}
        _add(bar, "rect", {**place, "class": _class(verdict)})
        at += width


def _matrix(main: ET.Element, overview: Overview) -> None:
    """A table of tasks by size and language, if a task is done in several of them."""
    sizes = len({row.task.size for row in overview.rows}) > 1
    languages = len({row.task.language for row in overview.rows}) > 1

    def cell_of(task: Task) -> str:
        # A task with a size of its own stands under it, though it is done in no other one.
        width, height = task.size
        parts = [f"{width}x{height}"] if sizes else []
        parts += [task.language or "usual language"] if languages else []
        return ", ".join(parts)

    rows = {(row.task.name, cell_of(row.task)): row for row in overview.rows}
    cells = list(dict.fromkeys(cell for _, cell in rows))
    if len(cells) < 2 or not any(row.task.cell for row in overview.rows):
        return
    names = list(dict.fromkeys(name for name, _ in rows))
    open_ = {"open": "open"} if len(names) <= _MOST_ROWS else {}
    details = _add(main, "details", {"class": "by"}, open_)
    _add(_add(details, "summary"), "h2", "By size and language")
    table = _add(_add(details, "div", {"class": "scroll"}), "table", {"class": "matrix"})
    heads = _add(_add(table, "thead"), "tr")
    _add(heads, "th", "Task", scope="col")
    for cell in cells:
        _add(heads, "th", cell, scope="col")
    body = _add(table, "tbody")
    for name in names:
        line = _add(body, "tr")
        _add(line, "th", name, scope="row", title=visible(name))  # it may be cut off
        for cell in cells:
            place = _add(line, "td")
            row = rows.get((name, cell))
            if row is not None:
                verdict = row.result.verdict
                _add(place, "a", verdict, {"class": _class(verdict)}, href=f"#{row.task.id}")


def _filters(main: ET.Element, overview: Overview) -> None:
    """What is shown of the list below: radio buttons, and rules of style that hide the rest."""
    _add(main, "h2", "Tasks")
    filters = _add(main, "fieldset", {"class": "filters"})
    _add(filters, "legend", "Show", {"class": "unseen"})
    choices: dict[str, int] = {"all": len(overview.rows)}
    choices.update(overview.counts.items())
    for verdict, count in choices.items():
        name = f"show-{_slug(verdict)}"
        about = {"type": "radio", "name": "show", "id": name, "class": "unseen"}
        _add(filters, "input", about, {"checked": "checked"} if verdict == "all" else {})
        _add(filters, "label", f"{verdict} {count:,}", {"for": name})


def _tasks(main: ET.Element, overview: Overview, folder: Path) -> None:
    shown = opened = 0
    listed = _add(main, "ol", {"class": "tasks"})
    # What did not pass comes first; otherwise in the suite's order.
    for row in sorted(overview.rows, key=lambda row: _class(row.result.verdict) != "bad"):
        result = row.result
        bad = _class(result.verdict) == "bad"
        entry = _add(listed, "li", {"class": _slug(result.verdict)}, id=row.task.id)
        opened += bad
        open_ = {"open": "open"} if bad and opened <= _MOST_OPEN else {}
        details = _add(entry, "details", open_)
        _line(_add(details, "summary"), row, folder)
        inside = _add(details, "div", {"class": "inside"})
        if result.reason:
            _add(inside, "p", visible(result.reason), {"class": "note"})
        for note in result.notes:
            _add(inside, "p", visible(note), {"class": "note"})
        for number, attempt in enumerate(result.attempts, start=1):
            pictured = bad and shown < _MOST_PICTURES
            place = PurePosixPath(row.folder, f"attempt-{number}")
            many = len(result.attempts) > 1
            shown += _attempt(inside, attempt, number if many else 0, place, folder, pictured)


def _line(summary: ET.Element, row: Row, folder: Path) -> None:
    """What is seen of a task at first."""
    result = row.result
    verdict = {"class": f"verdict {_class(result.verdict)}"}
    _add(summary, "span", result.verdict, verdict)
    words = _add(summary, "span")
    _add(words, "span", visible(row.task.name), {"class": "name"})
    if row.task.cell:
        cell = ", ".join(part.partition(" ")[2] for part in row.task.cell)
        _add(words, "span", cell, {"class": "cell"})
    if result.why:
        _add(words, "span", visible(result.why[:300]), {"class": "why"})
    tries = len(result.attempts)
    _add(summary, "span", f"{tries} attempts" if tries > 1 else "", {"class": "number"})
    took = f"{duration(result.seconds)} · {result.peak_mb:,.0f} MB" if tries else ""
    if result.usd:
        took += f" · {_usd(result.usd)}"
    _add(summary, "span", took, {"class": "number"})
    place = _add(summary, "span", {"class": "number"})
    href = _last_report(result, row.folder, folder)
    if href is not None:
        _add(place, "a", "report", href=href)


def _last_report(result: Result, task: str, folder: Path) -> str | None:
    for number, attempt in reversed([*enumerate(result.attempts, start=1)]):
        if attempt.report is not None:
            return _href(folder, PurePosixPath(task, f"attempt-{number}", attempt.report))
    return None


def _attempt(
    inside: ET.Element,
    attempt: Attempt,
    number: int,
    place: PurePosixPath,
    folder: Path,
    pictured: bool,
) -> bool:
    """Tell of an attempt, and whether a picture is shown."""
    block = _add(inside, "section", {"class": "attempt"})
    took = f"{duration(attempt.seconds)}, {attempt.peak_mb:,.0f} MB"
    which = f"attempt {number}: " if number else ""
    _add(block, "h3", f"{which}{attempt.ending} · {took}")
    told = _add(block, "div")
    for reason in attempt.reasons:
        _add(told, "pre", beginning(reason, _LONGEST))
    for note in attempt.notes:
        _add(told, "p", beginning(note, _LONGEST), {"class": "note"})
    names = {attempt.report: "report"} if attempt.report else {}
    names |= {name: PurePosixPath(name).name for name in attempt.pictures}
    links = _add(told, "p", {"class": "links"})
    for name, words in {**names, "output.txt": "output"}.items():
        href = _href(folder, place / name)
        if href is not None and not (name == "output.txt" and _is_empty(folder / place / name)):
            _add(links, "a", visible(words), href=href)
    if not attempt.pictures or not pictured:
        return False
    last = place / attempt.pictures[-1]
    href, small = _href(folder, last), thumbnail(folder / last)
    if href is None or small is None:
        return False
    link = _add(_add(block, "figure"), "a", href=href)
    data = base64.b64encode(small).decode("ascii")
    _add(link, "img", src=f"data:image/webp;base64,{data}", alt="the screen at the end")
    return True


def _href(folder: Path, path: PurePosixPath) -> str | None:
    """A link to a file in the folder, or `None` if there is no plain file of that name in it."""
    return quote(str(path)) if plain_file(folder, path) else None


def _is_empty(path: Path) -> bool:
    return path.stat().st_size == 0


def _usd(sum_: float) -> str:
    return dollars(Decimal(str(round(sum_, 6))))


def _class(verdict: Verdict) -> str:
    return _CLASSES.get(verdict, "bad")


def _slug(verdict: str) -> str:
    return verdict.replace(" ", "-")


def _style(overview: Overview) -> str:
    """The style, with a rule for each button that hides what it does not show."""
    hiding = "".join(
        f"main:has(#show-{slug}:checked) .tasks > li:not(.{slug}) {{ display: none; }}\n"
        for slug in map(_slug, overview.counts)
    )
    return f"\n{_sheet()}\n{hiding}"


def _policy(style: str) -> str:
    """What the page may do."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )


def _node(tag: str, /, *parts: str | Mapping[str, str], **attributes: str) -> ET.Element:
    """An element: texts are its content, mappings its attributes."""
    node = ET.Element(tag, attributes)
    for part in parts:
        if isinstance(part, str):
            node.text = visible(part)
        else:
            node.attrib.update(part)
    return node


def _add(
    parent: ET.Element, tag: str, /, *parts: str | Mapping[str, str], **attributes: str
) -> ET.Element:
    node = _node(tag, *parts, **attributes)
    parent.append(node)
    return node


@cache
def _sheet() -> str:
    sheets = ("trueclick.agent.report", "palette.css"), ("trueclick.agent.suite", "suite.css")
    return "".join(
        files(package).joinpath("page", name).read_text(encoding="utf-8")
        for package, name in sheets
    )
