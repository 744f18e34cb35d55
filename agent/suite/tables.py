"""The tables of a `suite.toml`, and which of their keys there are.

    [suite]                        # defaults of every task
    app = "python3 form.py --out {artifacts}/order.json"
    size = ["1280x800", "1920x1080"]

    [[task]]
    name = "gift wrap"
    steps = ['check "Gift wrap"', 'click "Save"']
    expect = [{ text = "Saved" }, { file = "{artifacts}/order.json", contains = "true" }]

Here are types and limits of single values; what they mean together is `planning`'s affair.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Text = Annotated[str, Field(min_length=1, max_length=100_000)]
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


OneOrMore = Annotated[
    list[Annotated[str, Field(min_length=1)]],
    BeforeValidator(_as_list),
    Field(min_length=1, max_length=100),
]
"""A text, or a list of them."""

_Names = Annotated[list[Text], BeforeValidator(_as_list), Field(max_length=100)]


class Table(BaseModel):
    """Refuses unknown keys, and values of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Expectation(Table):
    """What must hold at the end: one of `text`, `no_text`, `claim`, `file` and `image`.

    Attributes:
        text: is shown.
        no_text: is not shown.
        claim: is true of the screen once it is still, as a model judges it.
        file: is there.
        contains: and this text is in it.
        image: the screen looks like the baseline of this name.
        timeout_s: how long it may take to hold; a claim is judged once.
    """

    text: Text | None = None
    no_text: Text | None = None
    claim: Text | None = None
    file: Text | None = None
    contains: Text | None = None
    image: Text | None = None
    timeout_s: Seconds | None = None


KINDS = ("text", "no_text", "claim", "file", "image")
"""The keys of which an expectation has one."""


class Settings(Table):
    """What `[suite]` says for all tasks, and each `[[task]]` may say for itself.

    Attributes:
        app: the command of the application; no shell reads it.
        model: that carries the task out, and judges claims.
        platform: where the model is called.
        size: of the display, one or several; by default 1280x800, for a replay the recorded one.
        language: of the application, such as `de_DE.UTF-8`, one or several.
        timeout_s: for the whole task.
        memory_mb: for all its processes together, in units of 1,000,000 bytes.
        retries: how often a task that does not pass is tried again.
        env: variables of the application's environment.
        max_turns: of the model.
        max_usd: that the model may cost in each attempt, claims included.
        masks: parts of the display that a replay does not compare, as `x0,y0,x1,y1`.
        secrets: names of what is typed unseen where steps or a goal say `{{NAME}}`: no value
            stands in a suite, they come from the environment.
        mask_secrets: whether the places where they were typed are painted over in all pictures.
    """

    app: Text | None = None
    model: Text | None = None
    platform: Text | None = None
    size: OneOrMore | None = None
    language: OneOrMore | None = None
    timeout_s: Seconds | None = None
    memory_mb: Annotated[int, Field(ge=50, le=10_000_000)] | None = None
    retries: Annotated[int, Field(ge=0, le=20)] | None = None
    env: dict[str, str] | None = None
    max_turns: Annotated[int, Field(ge=1, le=100_000)] | None = None
    max_usd: Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)] | None = None
    masks: list[str] | None = None
    secrets: _Names | None = None
    mask_secrets: bool | None = None


class SuiteTable(Settings):
    """`[suite]`.

    Attributes:
        name: of the suite; the file's by default.
        baselines: the folder of stored pictures, beside the file; `baselines` by default.
    """

    name: Text | None = None
    baselines: Text | None = None


class TaskTable(Settings):
    """`[[task]]`.

    Attributes:
        name: unlike any other's.
        steps: sentences that the local model follows, or that another model is given as its task.
        goal: what a model is to reach.
        replay: the folder of a trace that is done again without a model.
        expect: what must hold then.
        skip: why it is left out.
    """

    name: Text
    steps: Annotated[list[Text], Field(min_length=1)] | None = None
    goal: Text | None = None
    replay: Text | None = None
    expect: list[Expectation] = []
    skip: Text | None = None


class SuiteFile(Table):
    """The whole file."""

    suite: SuiteTable = SuiteTable()
    task: Annotated[list[TaskTable], Field(min_length=1, max_length=10_000)]
