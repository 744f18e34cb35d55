"""Counts, times and sums as people read them. Values in, words out."""

from __future__ import annotations

import difflib
import signal
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from rich.cells import cell_len, set_cell_size

from trueclick.geometry import MODELS

from .escape import printable
from .events import Started
from .usage import Usage

_MINUTE_S = 60
_HOUR_S = 3600


def duration(seconds: float) -> str:
    """Seconds, in at most two units: `4.2 s`, `3 min 07 s`, `2 h 05 min`."""
    if seconds < _MINUTE_S - 0.05:  # what would be rounded to 60.0 is a minute
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} min {whole % _MINUTE_S:02} s"
    minutes = whole // _MINUTE_S
    return f"{minutes // _MINUTE_S} h {minutes % _MINUTE_S:02} min"


def dollars(usd: Decimal | None) -> str:
    """A sum, to a hundredth of a cent below a dollar."""
    if usd is None:
        return "unknown price"
    digits = Decimal("0.0001") if 0 < usd < 1 else Decimal("0.01")
    return f"${usd.quantize(digits, ROUND_HALF_UP)}"


def tokens(usage: Usage, cached_word: str = "from the cache") -> str:
    """What was used, with the share that the cache had."""
    cached = f" ({usage.cached_share:.0%} {cached_word})" if usage.cache_read else ""
    return f"{usage.input:,} tokens in{cached}, {usage.output:,} out"


def model(started: Started) -> str:
    """Which model, and where it was called if that is not its maker's own API."""
    elsewhere = "" if started.platform == "anthropic" else f" on {started.platform}"
    return f"{started.model}{elsewhere}"


def unknown_model(model: str) -> str:
    """What is said of a model's id that is not known, with the nearest ones that are."""
    known = [spec.id for spec in MODELS]
    near = difflib.get_close_matches(model, known, n=3, cutoff=0.5)
    told = f"the nearest known: {', '.join(near)}" if near else f"known: {', '.join(known)}"
    return f"unknown model {model!r}; {told}"


def counted(number: int, noun: str) -> str:
    """`1 turn`, `2 turns`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def described(member: str, values: Mapping[str, object]) -> str:
    """A call of the model's in a few words, with nothing in them that steers a terminal."""
    rest = dict(values)
    words = [member]
    for field in ("start_coordinate", "coordinate", "region"):
        numbers = rest.pop(field, None)
        if isinstance(numbers, list):
            listed: list[object] = numbers  # pyright: ignore[reportUnknownVariableType] - of JSON
            words.append(f"({', '.join(str(n) for n in listed)})")
    words += [f'"{value}"' if isinstance(value, str) else str(value) for value in rest.values()]
    return printable(" ".join(words))


def ending(status: int) -> str:
    """How a program has ended: its status, or minus the number of the signal that ended it."""
    if status >= 0:
        return f"has ended with status {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by the signal {-status}"


def shortened(text: str, width: int) -> str:
    """A text in at most so many columns of a terminal, where some characters take two."""
    return text if cell_len(text) <= width else f"{set_cell_size(text, max(width - 1, 0))}…"


def padded(text: str, width: int) -> str:
    """A text in exactly so many columns, or in more if it is longer."""
    return text + " " * (width - cell_len(text))


def end_of(text: str, width: int) -> str:
    """The last characters of a text that fit into so many columns."""
    if cell_len(text) <= width:
        return text
    kept = text[-width:] if width > 1 else ""
    while cell_len(kept) > width - 1:
        kept = kept[1:]
    return f"…{kept}"
