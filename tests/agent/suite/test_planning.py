"""From a suite's file to tasks, and what is said of mistakes in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueclick.agent.suite import Suite, SuiteError, read_suite
from trueclick.agent.suite.placeholders import MEANINGS, filled, mistakes
from trueclick.agent.suite.selecting import selected
from trueclick.agent.suite.tasks import as_json, from_json, identifier
from trueclick.geometry import UsageError

from .samples import task, write_suite

GOOD = """
[suite]
name = "shop"
app = "form --out {artifacts}/order.json 'two words'"
size = ["1280x800", "640x480"]
retries = 2
env = { A = "1", B = "{tmp}" }

[[task]]
name = "gift wrap"
language = ["en_US.UTF-8", "de_DE.UTF-8"]
steps = ['check "Gift wrap"', 'click "Save"']
expect = [{ text = "Saved" }, { file = "{artifacts}/order.json", contains = "true" }]

[[task]]
name = "look"
size = "800x600"
app = "viewer"
env = { B = "2" }
retries = 0
expect = [{ no_text = "Error", timeout_s = 3 }, { claim = '"Saved" is shown' }, { image = "start" }]
"""


def read(folder: Path, text: str) -> Suite:
    return read_suite(write_suite(folder, text))


def refused(folder: Path, text: str) -> list[str]:
    with pytest.raises(SuiteError) as caught:
        read(folder, text)
    first, *lines = str(caught.value).splitlines()
    name, _, rest = first.partition("suite.toml: ")
    assert name == f"{folder}/"
    return lines or [rest]


def test_a_task_is_done_in_each_size_and_language(tmp_path: Path) -> None:
    suite = read(tmp_path, GOOD)
    assert (suite.name, suite.folder) == ("shop", tmp_path)
    assert [each.title for each in suite.tasks] == [
        "gift wrap [size 1280x800, language en_US.UTF-8]",
        "gift wrap [size 1280x800, language de_DE.UTF-8]",
        "gift wrap [size 640x480, language en_US.UTF-8]",
        "gift wrap [size 640x480, language de_DE.UTF-8]",
        "look",
    ]
    assert suite.tasks[3].id == "004-gift-wrap-640x480-de_DE.UTF-8"
    assert (suite.tasks[3].size, suite.tasks[3].language) == ((640, 480), "de_DE.UTF-8")


def test_a_task_says_otherwise_than_the_suite(tmp_path: Path) -> None:
    first, *_, last = read(tmp_path, GOOD).tasks
    assert first.command == ("form", "--out", "{artifacts}/order.json", "two words")
    assert (first.retries, first.env) == (2, (("A", "1"), ("B", "{tmp}")))
    assert last.command == ("viewer",)
    assert (last.retries, last.env) == (0, (("A", "1"), ("B", "2")))
    assert (first.work, first.words) == ("steps", 'check "Gift wrap"\nclick "Save"')
    assert [str(each) for each in last.expects] == [
        'no_text "Error"',
        'claim ""Saved" is shown"',
        'image "start"',
    ]
    assert (last.expects[0].timeout_s, last.expects[1].timeout_s) == (3.0, None)


def test_secrets_are_named_for_all_tasks_or_for_one(tmp_path: Path) -> None:
    tasks = read(
        tmp_path,
        """
        [suite]
        secrets = "PIN"
        mask_secrets = true
        [[task]]
        name = "a"
        steps = ['type "{{PIN}}"']
        [[task]]
        name = "b"
        steps = ['type "{{PIN}}"']
        secrets = ["PIN", "PASSWORD"]
        mask_secrets = false
        [[task]]
        name = "c"
        steps = ['type "{{PIN}}"']
        secrets = []
        """,
    ).tasks
    assert [(each.secrets, each.mask_secrets) for each in tasks] == [
        (("PIN",), True),
        (("PIN", "PASSWORD"), False),
        ((), False),
    ]


def test_a_task_travels_as_json(tmp_path: Path) -> None:
    for each in read(tmp_path, GOOD).tasks:
        again = from_json(as_json(each))
        assert again == each
        assert again.digest == each.digest


def test_all_mistakes_are_told_at_once_with_their_places(tmp_path: Path) -> None:
    told = refused(
        tmp_path,
        """
        [suite]
        appp = "x"
        size = 3
        [[task]]
        name = "a"
        expect = [{ txt = "b" }, { text = 1 }]
        [[task]]
        steps = ["x"]
        retries = -1
        """,
    )
    assert told == [
        "[suite], size: must be a list between [ and ], got 3",
        "[suite]: unknown key 'appp'; did you mean 'app'?",
        "task 1 \"a\", expect 1: unknown key 'txt'; did you mean 'text'?",
        'task 1 "a", expect 2, text: must be a text between quotes, got 1',
        "task 2, retries: must be at least 0, got -1",
        "task 2: name is missing",
    ]


def test_what_keys_mean_together_is_looked_at_as_a_whole(tmp_path: Path) -> None:
    told = refused(
        tmp_path,
        """
        [suite]
        app = "x {artefacts}"
        size = ["3x3", "wide"]
        language = "../etc"
        masks = ["1,2,3"]
        [[task]]
        name = "a"
        expect = [{ text = "b", contains = "c" }, {}, { claim = '"b" is shown', timeout_s = 3 }]
        [[task]]
        name = "a"
        steps = ["frobnicate it"]
        goal = "x"
        [[task]]
        name = "c"
        replay = "nowhere"
        app = "it's"
        [[task]]
        name = "d"
        env = { DISPLAY = ":0", "a b" = "c" }
        [[task]]
        name = "e"
        goal = "log in"
        secrets = ["HOME", "a b"]
        [[task]]
        name = "f"
        expect = [{ text = "b" }, { image = "../b" }]
        mask_secrets = true
        """,
    )
    expected = [
        "[suite]: app: unknown placeholder {artefacts}; did you mean 'artifacts'?",
        'task 1 "a": expect 1: contains goes with file alone',
        'task 1 "a": expect 2 has one of text, no_text, claim, file, image, and this one has none',
        'task 1 "a": expect 3: a claim is judged once the screen is still: leave timeout_s out',
        "[suite]: masks: '1,2,3' is no region: write it as 100,50,300,200",
        "[suite]: a display of 3x3 is none: from 320x200 to 16384x16384",
        "[suite]: 'wide' is not a size: write it as 1920x1080",
        "[suite]: '../etc' is no language: write it as de_DE.UTF-8",
        'task 2 "a": another task has this name',
        'task 2 "a": steps and goal do not go together: a task has one of them',
        'task 2 "a": step 1 is not a sentence I follow: frobnicate it.',
        'task 3 "c": app "it\'s" cannot be split into words: No closing quotation',
        "task 3 \"c\": replay 'nowhere': there is no trace in ",
        'task 4 "d": nothing is done or expected: say steps, goal, replay or expect',
        'task 4 "d": env: DISPLAY is set by the suite itself',
        "task 4 \"d\": env: 'a b' is no name of a variable",
        "task 5 \"e\": a goal needs a model: say model, and 'local' for plain steps",
        'task 5 "e": secrets: the application would be told HOME: choose another name',
        'task 5 "e": secrets: a secret\'s name has letters, digits and',
        "task 6 \"f\": expect 2: a baseline cannot be called '../b': take 1 to 100 letters",
        'task 6 "f": mask_secrets goes with secrets alone',
    ]
    assert len(told) == len(expected)
    assert [line[: len(start)] for line, start in zip(told, expected, strict=True)] == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[suite", "is not TOML: "),
        ("", "there are no tasks: write [[task]]"),
        ("task = []", "there are no tasks: write [[task]]"),
        ("[task]\nname = 'a'", "each task begins with [[task]]"),
        ('[[task]]\nname = "a"\nsteps = []', 'task 1 "a", steps: is empty'),
        ('[[task]]\nname = "a"\nretries = 21', "retries: must be at most 20, got 21"),
        (
            '[[task]]\nname = "a"\nexpect = [{ claim = "all is well" }]',
            "'\"Saved\" is shown': say model",
        ),
        ('[[task]]\nname = ""\ngoal = "x"', 'task 1 "", name: is empty'),
        ('[[task]]\nname = "a"\ngoal = "x"\nmodel = "claude-opus-9"', "unknown model"),
        ('[[task]]\nname = "a"\nmodel = "local"\nplatform = "vertex"\ngoal = "x"', "runs here"),
        ('[[task]]\nname = "a"\ntimeout_s = inf\ngoal = "x"', "timeout_s: "),
        ('[[task]]\nname = "a"\ntimeout_s = true\ngoal = "x"', "must be a number, got True"),
        ("x = 1\n[[task]]\nname = 'a'", "unknown key 'x'; known: suite, task"),
    ],
)
def test_a_mistake_is_one_clear_line(text: str, said: str, tmp_path: Path) -> None:
    assert any(said in line for line in refused(tmp_path, text))


def test_a_file_that_cannot_be_read_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"name = '\xe4'")
    for path in (tmp_path / "none.toml", tmp_path, tmp_path / "latin.toml", Path("a\0b")):
        with pytest.raises(SuiteError) as caught:
            read_suite(path)
        assert "\n" not in str(caught.value)


@given(st.text(max_size=200))
def test_any_name_makes_the_name_of_a_folder(name: str) -> None:
    folder = identifier(7, name, ("size 1x1",))
    assert folder.startswith("007")
    assert "/" not in folder
    assert folder.isascii()
    assert folder.isprintable()
    assert len(folder) <= 64


def test_placeholders_are_filled_once() -> None:
    values = {"artifacts": "{tmp}", "tmp": "/t"}
    assert filled("{artifacts} {tmp} {other} {} {1}", values) == "{tmp} /t {other} {} {1}"
    assert mistakes(" ".join(f"{{{name}}}" for name in MEANINGS)) == []
    assert mistakes('{"json": 1} {temp}') == ["unknown placeholder {temp}; did you mean 'tmp'?"]


def test_patterns_choose_tasks_by_part_or_by_form() -> None:
    tasks = [task("Gift wrap", 1, cell=("size 640x480",)), task("look", 2), task("overlook", 3)]

    def names(*patterns: str) -> list[str]:
        return [each.name for each in selected(tasks, patterns)]

    assert names() == ["Gift wrap", "look", "overlook"]
    assert names("look") == ["look", "overlook"]
    assert names("lo?k", "gift*") == ["Gift wrap", "look"]
    assert names("640x480") == ["Gift wrap"]
    with pytest.raises(UsageError, match="no task fits 'lock'; there is one named 'look'"):
        names("look", "lock")
