"""From a `suite.toml` to tasks: read, checked as a whole, and multiplied by its matrix.

Every mistake in the file is told at once, before anything is started.
"""

from __future__ import annotations

import itertools
import json
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from trueclick.geometry import Size, TrueclickError, UnknownModelError, find_model
from trueclick.geometry.requests import PLATFORMS, PlatformName

from .. import wording
from ..secret import check_name
from . import placeholders
from .mistakes import nearest, place, refused, shown, told
from .recorded import Recorded, recorded
from .tables import KINDS, Expectation, SuiteFile, TaskTable
from .tasks import Expect, ExpectKind, Task, Work, identifier

LOCAL = "local"
"""The model that needs no key and no network."""

_SIZE = (1280, 800)
_TIMEOUT_S = 120.0
_MEMORY_MB = 4000
_MOST_TASKS = 100_000
_LARGEST_FILE = 16 << 20

_LANGUAGE = re.compile(r"[A-Za-z][A-Za-z0-9_.@-]{0,60}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OURS = frozenset({"DISPLAY", "XAUTHORITY", "LANG"})
"""Variables that are set for each task anyway."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite, ready to be carried out.

    Attributes:
        name: its own, or the file's.
        folder: where the file is; all paths in it are seen from there.
        tasks: in the order of the file, each in all its cells.
    """

    name: str
    folder: Path
    tasks: tuple[Task, ...]


def read_suite(path: Path) -> Suite:
    """The suite that a file describes.

    Raises:
        SuiteError: if it cannot be read, or anything in it is wrong; all of it is told.
    """
    content = _content(path)
    try:
        file = SuiteFile.model_validate(content)
    except ValidationError as error:
        raise refused(str(path), told(error, content)) from None
    folder = path.absolute().parent
    found: list[str] = []
    tasks = tuple(_tasks(file, content, folder, found))
    if len(tasks) > _MOST_TASKS:
        found.append(f"{len(tasks):,} tasks in all, and {_MOST_TASKS:,} is the most")
    if found:
        raise refused(str(path), list(dict.fromkeys(found)))
    return Suite(file.suite.name or path.stem, folder, tasks)


def _content(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise refused(str(path), ["it is too large for a suite"])
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise refused(str(path), [f"cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise refused(str(path), ["is not UTF-8 text"]) from error
    except tomllib.TOMLDecodeError as error:
        raise refused(str(path), [f"is not TOML: {error}"]) from error
    except (ValueError, RecursionError) as error:  # a NUL in the name; brackets without end
        raise refused(str(path), ["cannot be read"]) from error


def _tasks(
    file: SuiteFile, content: Mapping[str, Any], folder: Path, found: list[str]
) -> Iterator[Task]:
    names: set[str] = set()
    number = 0
    for index, table in enumerate(file.task):
        where = place(("task", index), content)
        if table.name in names:
            found.append(f"{where}: another task has this name")
        names.add(table.name)
        tasks = _Reading(file, table, folder, where, found).tasks(number + 1)
        number += len(tasks)
        yield from tasks


class _Reading:
    """Reads one task's table; what is wrong is added to `found`."""

    def __init__(
        self, file: SuiteFile, table: TaskTable, folder: Path, where: str, found: list[str]
    ) -> None:
        self._file = file
        self._table = table
        self._folder = folder
        self._where = where
        self._found = found

    def tasks(self, first: int) -> list[Task]:
        """The task in each of its cells, numbered from `first`; only as good as what is found."""
        table = self._table
        work, words = self._work()
        model, platform = self._model(work)
        command = self._command()
        before = self._recorded(words) if work == "replay" else Recorded(_SIZE)
        said = work == "steps" or (work == "goal" and self._setting("model") is not None)
        if model == LOCAL and said:
            self._check_steps(words)
        expects = tuple(self._expect(i, each) for i, each in enumerate(table.expect, start=1))
        if work == "nothing" and not expects:
            self._wrong("nothing is done or expected: say steps, goal, replay or expect")
        env = self._env()
        masks = tuple(filter(None, map(self._mask, self._setting("masks") or ())))
        given: list[str] | None = self._setting("size")
        sizes = [self._size(text) for text in given] if given else [before.size]
        secrets = self._secrets(before)
        languages = self._languages()
        for key, values in (("size", sizes), ("language", languages)):
            if len(set(values)) != len(values):
                self._wrong(f"{key} has a value twice", key)

        shared = Task(
            id="",
            name=table.name,
            cell=(),
            command=command,
            work=work,
            words=words,
            expects=expects,
            model=model,
            platform=platform,
            size=sizes[0],
            language=languages[0],
            timeout_s=float(self._setting("timeout_s") or _TIMEOUT_S),
            memory_mb=self._setting("memory_mb") or _MEMORY_MB,
            retries=self._setting("retries") or 0,
            env=env,
            max_turns=self._setting("max_turns"),
            max_usd=self._setting("max_usd"),
            masks=(*masks, *before.masks),
            baselines=self._file.suite.baselines or "baselines",
            secrets=secrets,
            mask_secrets=bool(secrets) and self._masks_secrets(before),
            skip=table.skip,
        )
        many = len(sizes) > 1, len(languages) > 1
        return [
            _in_cell(shared, number, size, language, many)
            for number, (size, language) in enumerate(itertools.product(sizes, languages), first)
        ]

    def _setting(self, name: str) -> Any:
        """A task's own value, or else the suite's."""
        own = getattr(self._table, name)
        return own if own is not None else getattr(self._file.suite, name)

    def _wrong(self, text: str, key: str | None = None) -> None:
        """Add a mistake: the task's, or the suite's where the value of `key` comes from there."""
        own = key is None or getattr(self._table, key) is not None
        self._found.append(f"{self._where if own else '[suite]'}: {text}")

    def _work(self) -> tuple[Work, str]:
        table = self._table
        given = [key for key in ("steps", "goal", "replay") if getattr(table, key) is not None]
        if len(given) > 1:
            self._wrong(f"{' and '.join(given)} do not go together: a task has one of them")
        if table.steps is not None:
            return "steps", "\n".join(table.steps)
        if table.goal is not None:
            return "goal", table.goal
        if table.replay is not None:
            return "replay", table.replay
        return "nothing", ""

    def _model(self, work: Work) -> tuple[str, PlatformName]:
        model: str | None = self._setting("model")
        platform: str = self._setting("platform") or "anthropic"
        if platform not in PLATFORMS:
            self._wrong(f"unknown platform {platform!r}{nearest(platform, PLATFORMS)}", "platform")
        if model is None:
            if work == "goal":
                self._wrong(f"a goal needs a model: say model, and {LOCAL!r} for plain steps")
            model = LOCAL
        try:
            spec = find_model(model)
        except UnknownModelError:
            self._wrong(wording.unknown_model(model), "model")
            return model, "anthropic"
        if model == LOCAL and platform != "anthropic":
            self._wrong(f"the model {LOCAL!r} runs here, not on the platform {platform}", "model")
        if self._setting("max_usd") is not None and model != LOCAL and spec.price is None:
            self._wrong(f"max_usd needs a known price, and none is published for {model}")
        return model, cast("PlatformName", platform)

    def _command(self) -> tuple[str, ...]:
        text: str | None = self._setting("app")
        if text is None:
            return ()
        try:
            command = tuple(shlex.split(text))
        except ValueError as error:
            self._wrong(f"app {shown(text)} cannot be split into words: {error}", "app")
            return ()
        if not command:
            self._wrong("app is empty", "app")
        self._check_placeholders("app", text, "app")
        return command

    def _check_placeholders(self, where: str, text: str, key: str | None = None) -> None:
        for mistake in placeholders.mistakes(text):
            self._wrong(f"{where}: {mistake}", key)
        if "\0" in text:
            self._wrong(f"{where} holds a zero byte", key)

    def _recorded(self, words: str) -> Recorded:
        """How a trace was recorded: on a display of another size it would show something else."""
        try:
            return recorded(self._folder / words)
        except TrueclickError as error:
            self._wrong(f"replay {shown(words)}: {error}")
            return Recorded(_SIZE)

    def _secrets(self, before: Recorded) -> tuple[str, ...]:
        names: tuple[str, ...] = tuple(dict.fromkeys(self._setting("secrets") or ()))
        for name in names:
            try:
                check_name(name)
            except TrueclickError as error:
                self._wrong(f"secrets: {error}", "secrets")
        # Others may have written the trace: what is typed for it is said in the suite.
        unsaid = [name for name in before.secrets if name not in names]
        if unsaid:
            listed = ", ".join(map(json.dumps, [*names, *unsaid]))
            self._wrong(
                f"the recorded run used the secret {unsaid[0]}: say secrets = [{listed}] to have "
                "yours typed"
            )
        if self._table.mask_secrets and not names:
            self._wrong("mask_secrets goes with secrets alone")
        return names

    def _masks_secrets(self, before: Recorded) -> bool:
        given: bool | None = self._setting("mask_secrets")
        return before.mask_secrets if given is None else given

    def _check_steps(self, words: str) -> None:
        from ..local.errors import StepError  # noqa: PLC0415
        from ..local.steps import parse_steps  # noqa: PLC0415

        try:
            parse_steps(words)
        except StepError as error:
            self._wrong(str(error))

    def _expect(self, number: int, table: Expectation) -> Expect:
        given = [key for key in KINDS if getattr(table, key) is not None]
        where = f"expect {number}"
        if len(given) != 1:
            have = " and ".join(given) or "none"
            self._wrong(f"{where} has one of {', '.join(KINDS)}, and this one has {have}")
            return Expect("text", "")
        kind = cast("ExpectKind", given[0])
        value: str = getattr(table, kind)
        if table.contains is not None and kind != "file":
            self._wrong(f"{where}: contains goes with file alone")
        if table.timeout_s is not None and kind == "claim":
            self._wrong(f"{where}: a claim is judged once the screen is still: leave timeout_s out")
        if kind == "file":
            self._check_placeholders(where, value)
        elif not value.strip():
            self._wrong(f"{where}: {kind} is empty")
        elif kind == "image":
            self._check_baseline(where, value)
        elif kind == "claim" and (self._setting("model") or LOCAL) == LOCAL:
            self._check_local_claim(where, value)
        return Expect(kind, value, table.contains, table.timeout_s)

    def _check_local_claim(self, where: str, claim: str) -> None:
        from ..local.judging import read_claim  # noqa: PLC0415

        if read_claim(claim) is None:
            self._wrong(
                f"{where}: the model {LOCAL!r} judges claims of quoted texts alone, such as "
                f"'\"Saved\" is shown': say model for {shown(claim)}"
            )

    def _check_baseline(self, where: str, name: str) -> None:
        from ..qa.baselines import Baselines  # noqa: PLC0415 - most suites have no pictures

        try:
            Baselines(self._folder).path(name, Size[Any](*_SIZE))
        except TrueclickError as error:
            self._wrong(f"{where}: {error}")

    def _env(self) -> tuple[tuple[str, str], ...]:
        both = {**(self._file.suite.env or {}), **(self._table.env or {})}
        for name, value in both.items():
            if not _VARIABLE.fullmatch(name):
                self._wrong(f"env: {shown(name)} is no name of a variable", "env")
            elif name in _OURS:
                self._wrong(f"env: {name} is set by the suite itself", "env")
            self._check_placeholders(f"env, {name}", value, "env")
        return tuple(sorted(both.items()))

    def _mask(self, text: str) -> tuple[int, int, int, int] | None:
        found = re.fullmatch(r"(\d{1,5}),(\d{1,5}),(\d{1,5}),(\d{1,5})", text)
        if found is not None:
            x0, y0, x1, y1 = map(int, found.groups())
            if x0 < x1 and y0 < y1:
                return x0, y0, x1, y1
        self._wrong(f"masks: {shown(text)} is no region: write it as 100,50,300,200", "masks")
        return None

    def _size(self, text: str) -> tuple[int, int]:
        found = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})", text)
        if found is None:
            self._wrong(f"{shown(text)} is not a size: write it as 1920x1080", "size")
            return 0, 0
        width, height = int(found[1]), int(found[2])
        if not (320 <= width <= 16384 and 200 <= height <= 16384):
            self._wrong(f"a display of {text} is none: from 320x200 to 16384x16384", "size")
        return width, height

    def _languages(self) -> list[str | None]:
        given: list[str] | None = self._setting("language")
        for text in given or ():
            if not _LANGUAGE.fullmatch(text):
                self._wrong(f"{shown(text)} is no language: write it as de_DE.UTF-8", "language")
        return list(given) if given else [None]


def _in_cell(
    task: Task,
    number: int,
    size: tuple[int, int],
    language: str | None,
    many: tuple[bool, bool],
) -> Task:
    """A task in a cell, which is named where there are many sizes or languages."""
    parts = [f"size {size[0]}x{size[1]}"] if many[0] else []
    parts += [f"language {language}"] if many[1] else []
    cell = tuple(parts)
    id_ = identifier(number, task.name, cell)
    return replace(task, id=id_, cell=cell, size=size, language=language)
