"""Names, values, and what is said of them."""

import base64
import copy
import json
import pickle
import traceback
import urllib.parse
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trueclick.agent.errors import StopRequested
from trueclick.agent.events import Acted, Added, Said
from trueclick.agent.outcome import Outcome
from trueclick.agent.secret import Masks, Secrets, Typist
from trueclick.capture import CaptureError
from trueclick.geometry import Refusal, TrueclickError, UsageError

from .forms import VALUE, forms, found

SECRETS = Secrets({"PASSWORD": VALUE, "PIN": "739"})


def typed(text: str, secrets: Secrets = SECRETS) -> str:
    keys: list[str] = []
    Typist(secrets, keys.append, None, never).type(text)
    return "".join(keys)


def never() -> Any:
    raise AssertionError("nothing is hidden, so nobody looks")


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("{{PASSWORD}}", VALUE),
        ("a{{PIN}}b{{PIN}}", "a739b739"),
        ("{{{PIN}}}", "{739}"),
        ("{{{{PIN}}", "{{PIN}}"),
        ("{{{{", "{{"),
        ("{{ {{}} {} }} {{1}} {{a-b}}", "{{ {{}} {} }} {{1}} {{a-b}}"),
        ("", ""),
    ],
)
def test_a_name_in_braces_is_typed_as_its_value(text: str, keys: str) -> None:
    assert typed(text) == keys


@pytest.mark.parametrize("text", ["{{NOPE}}", "x {{password}} y", "{{ PASSWORD }}", "{{PIN\t}}"])
def test_an_unknown_name_is_refused_with_those_that_are_known(text: str) -> None:
    with pytest.raises(
        Refusal, match=r"is no secret; known: \{\{PASSWORD\}\}, \{\{PIN\}\}\."
    ) as no:
        SECRETS.check(text)
    assert not found(str(no.value).encode())


def test_without_secrets_braces_mean_nothing() -> None:
    assert typed("{{{{ {{PIN}}", Secrets({})) == "{{{{ {{PIN}}"


def test_a_value_comes_from_the_environment_or_else_from_whoever_is_asked() -> None:
    asked: list[str] = []

    def prompt(question: str) -> str:
        asked.append(question)
        return "typed in"

    secrets = Secrets.read(["A_1", "_b", "A_1"], {"A_1": "from the environment"}, prompt)
    assert secrets.names == ("A_1", "_b")
    assert typed("{{A_1}} {{_b}}", secrets) == "from the environment typed in"
    assert len(asked) == 1
    assert "_b" in asked[0]


def no_input(question: str) -> str:
    raise EOFError


def wrong_bytes(question: str) -> str:
    return VALUE.encode().decode("ascii")


@pytest.mark.parametrize("prompt", [None, no_input, wrong_bytes])
def test_a_secret_without_a_value_is_told(prompt: Callable[[str], str] | None) -> None:
    with pytest.raises(UsageError, match="no secret TOKEN: set the environment variable") as no:
        Secrets.read(["TOKEN"], {}, prompt)
    assert no.value.__context__ is None


@pytest.mark.parametrize("name", ["", "1A", "a-b", "a b", "A=B", "é", "A\n", "{{A}}"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="letters, digits and underscores"):
        Secrets.read([name], {name: VALUE})


@pytest.mark.parametrize(
    "value", ["", "ab", "line\nend", "tab\tbed", "nul\0", "esc\x1b", "\udc80abc"]
)
def test_a_value_that_cannot_be_used_is_refused_and_not_shown(value: str) -> None:
    with pytest.raises(UsageError, match="the secret TOKEN") as no:
        Secrets({"TOKEN": value})
    assert not value or value not in str(no.value)


@pytest.mark.parametrize("name", ["HOME", "PATH", "LANG", "LC_ALL"])
def test_a_name_that_the_application_is_told_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="the application would be told"):
        Secrets.read([name], {name: "abcdef"})


def test_a_value_that_is_found_in_a_name_is_refused() -> None:
    with pytest.raises(UsageError, match="choose other names"):
        Secrets({"A": "word", "PASSWORD": "abc"})


def test_nothing_that_holds_a_value_shows_or_keeps_it() -> None:
    typist = Typist(SECRETS, print, Masks(), never)
    for holder in (SECRETS, SECRETS._values, SECRETS._redaction, typist, list(SECRETS.pieces("a"))):
        for shown in (repr(holder), str(holder), f"{holder}"):
            assert not found(shown.encode())
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        for holder in (SECRETS, SECRETS._values, typist):
            with pytest.raises(TypeError):
                pickle.dumps(holder, protocol)
    with pytest.raises(TypeError):
        json.dumps(SECRETS)
    assert copy.deepcopy(SECRETS) is SECRETS
    assert copy.copy(SECRETS) is SECRETS


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Refusal(f"text holds U+0054 {VALUE}"), Refusal),
        (KeyError(VALUE), TrueclickError),
        (KeyError("T"), TrueclickError),
        (ValueError(VALUE), TrueclickError),
        (UnicodeEncodeError("ascii", VALUE, 0, 1, "no"), TrueclickError),
        (CaptureError(VALUE), CaptureError),
        (UsageError(VALUE), UsageError),
    ],
)
def test_an_error_while_a_secret_is_typed_holds_nothing_of_it(
    error: Exception, kind: type[TrueclickError]
) -> None:
    def keyboard(text: str) -> None:
        if text == VALUE:
            raise error

    with pytest.raises(kind) as caught:
        Typist(SECRETS, keyboard, None, never).type("x {{PASSWORD}}")
    told = "".join(traceback.format_exception(caught.value))
    assert VALUE not in told
    assert "Tr0" not in str(caught.value)
    assert "U+" not in str(caught.value)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def test_a_stop_while_a_secret_is_typed_is_a_stop() -> None:
    def keyboard(text: str) -> None:
        raise StopRequested("asked for")

    with pytest.raises(StopRequested, match="asked for"):
        Typist(SECRETS, keyboard, None, never).type("{{PIN}}")


def test_plain_text_is_refused_in_the_keyboards_own_words() -> None:
    def keyboard(text: str) -> None:
        raise Refusal("the keyboard lacks it")

    with pytest.raises(Refusal, match="the keyboard lacks it"):
        Typist(SECRETS, keyboard, None, never).type("plain")


def test_a_secret_is_taken_out_in_every_form() -> None:
    for form in (VALUE, *(form.decode("latin-1") for form in forms() if b"\0" not in form)):
        text = form if form == VALUE else form.encode("latin-1").decode(errors="ignore")
        if VALUE[1:-1] == text:  # a part of it
            continue
        told = SECRETS.redacted(f"<{text}>")
        assert "{{PASSWORD}}" in told, text
        assert not found(told.encode()), text


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=3, max_size=12),
    st.text(max_size=8),
    st.text(max_size=8),
)
def test_any_value_is_taken_out_wherever_it_stands(value: str, before: str, after: str) -> None:
    if value.casefold() in "token":
        return
    secrets = Secrets({"TOKEN": value})
    text = f"{before.replace(value, '')}|{value}|{after.replace(value, '')}"
    encoded = base64.b64encode(f"{before}{value}{after}".encode(errors="replace"))
    for form in (
        text,
        json.dumps(text),
        urllib.parse.quote_plus(text, errors="replace"),
        text.upper(),
    ):
        assert "{{TOKEN}}" in secrets.redacted(form)
    if len(value.encode()) > 4:
        assert "{{TOKEN}}" in secrets.redacted(encoded.decode())
    once = secrets.redacted(text)
    if value not in "{{TOKEN}}" and not value.startswith("}") and not value.endswith("{"):
        assert value not in once.replace("{{TOKEN}}", "")


def test_events_are_searched_whole_and_stay_what_they_are() -> None:
    acted = Acted("type", {"text": f"x{VALUE}", "deep": [{VALUE: (VALUE,)}]}, Outcome(), 0.5, VALUE)
    told = SECRETS.redacted(acted)
    assert told.values == {"text": "x{{PASSWORD}}", "deep": [{"{{PASSWORD}}": ("{{PASSWORD}}",)}]}
    assert told.error == "{{PASSWORD}}"
    said = Said(3, "nothing of it")
    assert SECRETS.redacted(said) is said
    assert SECRETS.redacted(Said(3, "PIN: 739")) == Said(3, "PIN: {{PIN}}")
    assert SECRETS.redacted(Decimal("7.39")) == Decimal("7.39")


def test_pictures_and_signatures_are_left_as_they_are() -> None:
    data = base64.b64encode(VALUE.encode() * 1000).decode()
    source = {"type": "base64", "media_type": "image/png", "data": data}
    message = {
        "role": "user",
        "content": [
            {"type": "image", "source": source},
            {"type": "thinking", "thinking": "", "signature": data},
            {"type": "redacted_thinking", "data": data},
        ],
    }
    added = Added(message)
    assert SECRETS.redacted(added) is added
    assert SECRETS.redacted({"type": "text", "data": data})["data"] != data
