"""A person at a real terminal approves, or nobody does."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from anthropic.tools import ToolError

from trueclick.agent import ComputerToolset, Desktop
from trueclick.agent.approval.legible import legible

from ..calls import Caller
from ..kept import Kept, kept
from ..recorder import Recorder
from .asker import Asker, asker

NO = "not approved: the user said no"

LOOKALIKES = (
    *("ｙ", "Ｙ", "уes", "yеs", "yeſ", "YEſ", "ỳ", "ʏ", "𝐲", "𝓎es", "ⓨ", "ÿ", "γ", "ｙｅｓ"),
    *("ＹＥＳ", "уеѕ", "yеѕ", "y\u0301", "y\u200b", "\u200by", "\u200cy", "\u2060yes", "\ufeffy"),
    *("\u00a0y", "y\u00a0", "y\u3000", "\u2003yes", "y\u2028", "\u202ey", "sey\u202e", "y\u00ad"),
    *("а", "аll", "aⅼⅼ", "ａｌｌ", "ɑ", "á", "是", "はい", "да", "✓", "✔", "👍", "\U000e0079"),
)
WORDS = (
    *("", " ", "\t", "   ", "n", "no", "N", "NO", "No", "nope", "not y", "n y", "no yes", "never"),
    *("yes please", "yes!", "y.", "y,", "y:", "yes:", "yep", "yeah", "yup", "ye", "yess", "yyes"),
    *("yy", "y y", "yes yes", "y/n", "[y]", "(y)", "'y'", '"yes"', "y;", "y&", "-y", "--yes", "+y"),
    *("=y", "y=y", "$y", "`y`", "\\y", "y\\n", "%79", "&#121;", "0x79", "121", "ok", "okay"),
    *("sure", "allow", "approve", "accept", "1", "0", "true", "True", "on", "j", "ja", "oui", "si"),
    *("yes to all", "do it", "go", "quit", "exit", "q", "help", "?", "None", "null"),
    *("a", "A", "all", "ALL", "a a", "all!"),  # of `type` there is no kind
)
CONTROLS = (
    *(b"y\x00", b"\x00y", b"\x00", b"yes\x00", b"y\x07", b"y\x0b", b"\x0cy", b"\x08y", b"y\x1b"),
    *(b"\x1by", b"y\x1b[C", b"\x1b[200~y\x1b[201~", b"\x1b[31my\x1b[0m", b"\x1b]0;y\x07", b"\x9by"),
    *(
        b"\x16\ny",
        b"y\x16\n",
        b"y\x16\r",
        b"\x16\x04y",
        b"\xff",
        b"y\xff",
        b"\xffy",
        b"\xc3",
        b"\xc3(",
    ),
    *(b"\x80yes", b"\xed\xa0\x80y", b"\xf0\x9f", b"y\xc0\x80", b"\xc1\xb9", b"\xff\xfey\x00"),
)
LONG = (
    *(b"y" * 100, b"yes" * 300, b"y" + b" " * 100, b" " * 100 + b"y", b"y" * 4094, b"y" * 9000),
    *(b"y" + b" " * 5000, b" " * 5000 + b"y", b"yes " * 2000, b"y\x00" * 2000),
)
INVALID = (*(text.encode() for text in (*LOOKALIKES, *WORDS)), *CONTROLS, *LONG)


@pytest.fixture(scope="module")
def shared() -> Iterator[Kept[Asker]]:
    with kept(asker) as holder:
        yield holder


@pytest.fixture
def terminal(shared: Kept[Asker], request: pytest.FixtureRequest) -> Iterator[Asker]:
    yield from shared.lent(request)


def test_no_answer_but_a_clear_yes_approves(terminal: Asker) -> None:
    assert len(set(INVALID)) >= 150
    wrong = {}
    for typed in INVALID:
        told = terminal.answer(typed + b"\n")
        if told is True or not str(told).startswith(NO):
            wrong[typed] = told
    assert wrong == {}


@pytest.mark.parametrize("typed", [b"y\n", b"yes\n", b" YES \n", b"\tY\t\r", b"no\x15yes\n"])
def test_a_clear_yes_approves(terminal: Asker, typed: bytes) -> None:
    assert terminal.answer(typed) is True


@pytest.mark.parametrize("typed", [b"\x04", b"y\x04", b"yes\x04", b"\x04y\n"])
def test_the_end_of_the_input_is_a_no(terminal: Asker, typed: bytes) -> None:
    assert terminal.answer(typed) == NO


def test_ctrl_c_approves_nothing(terminal: Asker) -> None:
    assert terminal.answer(b"y\x03") == "KeyboardInterrupt"
    assert terminal.answer(b"y\n") is True


def test_ctrl_c_just_as_a_question_is_shown_leaves_nothing_of_it_to_the_next(
    terminal: Asker,
) -> None:
    terminal.until(b"[y/N] ", terminal.ask(interrupted=True))
    assert terminal.result() == "KeyboardInterrupt"
    begun = len(terminal.shown)
    assert terminal.answer(b"y\n") is True
    assert terminal.shown[begun:].count(b"[y/N] ") == 1


def test_a_signal_in_the_middle_of_a_question_answers_nothing(terminal: Asker) -> None:
    begun = terminal.ask()
    terminal.until(b"[y/N] ", begun)
    for _ in range(5):
        os.kill(terminal.process.pid, signal.SIGUSR1)
    terminal.type(b"y")
    os.kill(terminal.process.pid, signal.SIGUSR1)
    terminal.type(b"ou\n")
    assert terminal.result() == NO


def test_nobody_who_answers_in_time_is_a_no(terminal: Asker) -> None:
    begun = terminal.ask(timeout_s=0.2)
    terminal.until(b"[y/N] ", begun)
    terminal.type(b"y")  # and no Enter
    assert terminal.result() == NO


@pytest.mark.parametrize("how", ["late", "reads"])
def test_what_was_typed_before_the_question_is_no_answer(terminal: Asker, how: str) -> None:
    # With "reads" the program has read the first line, and whatever more Python took with it.
    terminal.type(b"x\n" * (how == "reads") + b"y\ny\nyes\n")
    begun = terminal.ask(late=how == "late", reads=how == "reads")
    terminal.until(b"[y/N] ", begun)
    terminal.type(b"nay\n")
    assert terminal.result() == NO


def test_a_terminal_in_another_mode_is_asked_for_whole_lines(terminal: Asker) -> None:
    begun = terminal.ask(raw=True)
    terminal.until(b"[y/N] ", begun)
    terminal.type(b"ye\x7fs\n")  # corrected: "ys"
    assert terminal.result() == NO
    assert terminal.answer(b"ye\x7fes\r") is True


def test_after_a_no_the_model_reads_the_reason(terminal: Asker) -> None:
    assert terminal.answer(b"n use the other account\n") == f"{NO}: use the other account"
    assert terminal.answer(b"No, not that\n") == f"{NO}: not that"
    assert len(str(terminal.answer(b"n " + b"x" * 2000 + b"\n"))) < 600
    assert terminal.answer(b"not that\n") == NO


def test_a_yes_to_all_is_one_to_the_kind_alone(terminal: Asker) -> None:
    click = {"coordinate": [1, 2]}
    assert terminal.answer(b"a\n", "left_click", click, new=True) is True
    terminal.ask("left_click", {"coordinate": [700, 5]})
    assert terminal.result() is True  # not asked
    for member, values in (
        ("left_click", {"coordinate": [1, 2], "text": "ctrl"}),
        ("right_click", click),
        ("double_click", click),
        ("type", {"text": "a"}),
        ("key", {"text": "Return"}),
    ):
        assert terminal.answer(b"n\n", member, values) == NO


def test_a_yes_to_all_of_a_key_is_one_to_the_very_same_call(terminal: Asker) -> None:
    assert terminal.answer(b"all\n", "key", {"text": "Down"}, new=True) is True
    terminal.ask("key", {"text": "Down"})
    assert terminal.result() is True
    for values in ({"text": "Return"}, {"text": "Down", "repeat": 90}, {"text": "ctrl+Down"}):
        assert terminal.answer(b"n\n", "key", values) == NO


def test_looking_is_free_unless_it_is_always_asked(terminal: Asker) -> None:
    for member, values in (("screenshot", {}), ("zoom", {"region": [0, 0, 5, 5]})):
        terminal.ask(member, values)
        assert terminal.result() is True
        assert terminal.answer(b"n\n", member, values, always=True) == NO
    click = {"coordinate": [1, 2]}
    assert terminal.answer(b"a\n", "left_click", click, always=True) == NO  # no kinds there


def test_the_question_shows_letters_and_every_invisible_character(terminal: Asker) -> None:
    hidden = "\u202e\r\n\t\u200b\u2028\ufeff\U000e0041\u00a0\ue000\ufffe\u2066\u061c\u3000"
    hidden += "\ufe0f\U000e0100\u200d\u034f\u0301\u0338\u115f\u3164\u2800\u180e\u00ad\u05d0\u0627"
    shown = "Grüße 漢字、かな 한글 “€” привет 👍 \\u202e"
    begun = len(terminal.shown)
    assert terminal.answer(b"n\n", values={"text": f"rm {shown}{hidden} pаypal ｒｍ"}) == NO
    asked = terminal.shown[begun:].decode()
    escaped = json.dumps(hidden)[1:-1]
    assert f"rm {shown.replace(chr(92), chr(92) * 2)}{escaped} p\\u0430ypal \\uff52\\uff4d" in asked
    assert not (set(hidden) - {"\r", "\n"}) & set(asked)


def test_what_takes_long_to_read_is_told_again_where_the_answer_is_typed(terminal: Asker) -> None:
    begun = len(terminal.shown)
    text = "rm -rf ~ #\n" + "all is well\n" * 400
    assert terminal.answer(b"n\n", values={"text": text}) == NO
    last = terminal.shown[begun:].decode().split("Allow this type? [y/N]")[0].splitlines()[-1]
    told = '"rm -rf ~ #\\nall is well\\nall is well\\nall is well\\nall"'
    assert last == f"  above: 4,811 characters in 402 lines, beginning with {told}"


@pytest.mark.parametrize("number", range(0, 0x110000, 0x10000))
def test_what_is_read_belongs_to_one_value_and_is_seen(number: int) -> None:
    codes = range(number, number + 0x10000)
    text = "".join(chr(code) for code in codes if not 0xD800 <= code < 0xE000)
    read = legible(text)
    # Not compared by the assertions themselves, which would print all of it.
    same, seen = json.loads(read) == text, read.isprintable()
    assert same
    assert seen
    assert legible("\ud83d") == '"\\ud83d"'


def test_a_character_that_cannot_be_typed_is_not_asked_for(terminal: Asker) -> None:
    for refused in ("\x1b[2J", "\x7f", "\ud83d", "\x00"):  # no key types it: nobody is asked
        terminal.ask(values={"text": refused})
        assert "no key types" in str(terminal.result())


def test_a_terminal_that_is_hung_up_approves_nothing() -> None:
    with asker() as opened:
        begun = opened.ask()
        opened.until(b"[y/N] ", begun)
        opened.type(b"y")
        opened.hang_up()
        assert opened.told().strip() in {"", json.dumps(NO)}


def test_without_a_whole_terminal_nothing_is_approved() -> None:
    ask = (
        "import os, sys\n"
        "from anthropic.tools.computer import BetaComputerConfirmContext as C\n"
        "from anthropic.types.beta import BetaToolUseBlock as B\n"
        "from trueclick.agent import AskAtTerminal\n"
        "use = B.construct(type='tool_use', id='t', name='type', input={'text': 'x'})\n"
        "for number in (0, int(sys.argv[1])):\n"
        "    os.dup2(number, 0)\n"
        "    try: print(sys.stdin.isatty(), AskAtTerminal()(C.construct(tool_use=use,"
        " member='type', input=None)))\n"
        "    except Exception as error: print(sys.stdin.isatty(), error.content)\n"
    )
    ours, theirs = os.openpty()
    asking = subprocess.Popen(
        [sys.executable, "-c", ask, str(theirs)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=[theirs],
        env={**os.environ, "FORCE_COLOR": "1", "TTY_COMPATIBLE": "1"},
    )
    os.write(ours, b"y\n")
    output, _ = asking.communicate(b"y\n", timeout=60)
    os.close(ours)
    os.close(theirs)
    nobody = "not approved: there is no terminal at which anybody could be asked"
    assert output.decode() == f"False {nobody}\nTrue {nobody}\n"


class Truthy:
    """Says that it is `True`, and is not."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 1

    def __bool__(self) -> bool:
        return True


async def a_coroutine(context: object) -> bool:
    return True


def raises(error: BaseException) -> Any:
    def confirm(context: object) -> bool:
        raise error

    return confirm


@pytest.mark.filterwarnings("ignore:coroutine")
def test_whatever_is_not_true_itself_approves_nothing(window: Recorder, desktop: Desktop) -> None:
    values = [1, 1.0, "y", "yes", "True", b"yes", [True], (True,), {"approve": True}, {1}, object()]
    values += [
        np.True_,
        np.array(True),
        Truthy(),
        type,
        a_coroutine(None),
        None,
        0,
        "",
        NotImplemented,
    ]
    errors: list[BaseException] = [ValueError("yes"), ToolError("no"), EOFError(), StopIteration()]
    errors += [RecursionError(), MemoryError(), UnicodeError(), OSError(5, "EIO"), TimeoutError()]
    confirms: list[Any] = [lambda _, value=value: value for value in values]
    confirms += [raises(error) for error in errors]
    confirms += [lambda: True, print]
    window.received()
    for confirm in confirms:
        answer = Caller(ComputerToolset(desktop, confirm=confirm))("left_click", coordinate=[9, 9])
        assert answer.error, confirm
    with pytest.raises(Exception, match="async"):
        ComputerToolset(desktop, confirm=a_coroutine)  # type: ignore[arg-type]
    assert window.received() == []
    for error in (KeyboardInterrupt(), SystemExit(0)):
        with pytest.raises(type(error)):
            Caller(ComputerToolset(desktop, confirm=raises(error)))("key", text="Return")
    assert window.received() == []
