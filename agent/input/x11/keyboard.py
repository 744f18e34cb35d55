"""The keyboard of an X server: any key and any text, on whatever layout, whatever is locked.

What the layout has is typed as a person would: Shift and AltGr are pressed where they are needed,
another of its languages is chosen for a text that has most of its characters there, and locks are
off meanwhile. What it lacks is put onto spare key codes, all that fit at once and before the first
of them is typed; it stays there until the place is needed or the session ends. A dead key is never
pressed for the character that it resembles: programs wait for the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Generator, Iterable, Sequence
from functools import cached_property
from typing import TypeVar

from trueclick.capture import Clock
from trueclick.capture.x11.connection import Connection
from trueclick.geometry import Refusal

from ..keys import Key, character_key
from ..keysyms import canonical
from .faking import Faker
from .inbox import Inbox
from .layout import LOCKS, Layout, Stroke
from .ledger import Ledger
from .program import Programs
from .spares import Fit, Spares
from .xkb import Locks, Xkb

T = TypeVar("T")

_BIT = 64
"""Characters between two looks at whether the keyboard is as before: some milliseconds of work."""

_AHEAD = 256
"""Characters that a program may be behind: not much more arrives once we are stopped."""

_FORESEEN = 2000
"""Characters that are looked at before the first of them is typed."""

_POLL_S = 0.001

_HUNG_S = 10.0
"""A program that has not read its keys for so long is not waited for any longer."""

_SHORTLY_S = 1.0
"""The same where it must end within the time that a server has to answer."""


class Keyboard:
    """The keys of an X server. Nothing is asked of the server before the first of them is needed.

    Args:
        connection: to the server; its events are read here alone.
        faker: presses keys.
        ledger: told of what is changed on the server, before it is.
        clock: for waiting.
    """

    def __init__(self, connection: Connection, faker: Faker, ledger: Ledger, clock: Clock) -> None:
        self._connection = connection
        self._faker = faker
        self._ledger = ledger
        self._clock = clock
        self._known: Layout | None = None

    def press(self, keys: Sequence[Key]) -> list[int]:
        """Push keys down, in order; the codes of those that were not down before.

        Locked modifiers are off until all keys are up again, unless one of the keys is a lock.

        Raises:
            Refusal: if keys are nowhere and there are not as many spare codes to put them on, or a
                program does not read what was typed before; none is down then.
        """
        fit = self._spares.fit_together
        group, strokes = self._in_sleep(self._prepare(keys, fit, _SHORTLY_S))
        if any(key.keysym in LOCKS for key in keys):
            self._locks.give_back()  # it is theirs from now on
        else:
            locked = 0
            for stroke in strokes:
                locked |= stroke.locked
            self._locks.set(locked, group)
        pressed = self._push(strokes)
        if self._borrowed(strokes):
            self._programs.sent(len(strokes), borrowed=True)
        return pressed

    def release(self, codes: Sequence[int]) -> None:
        """Let keys up, the last first."""
        for code in reversed(codes):
            self._faker.key(code, down=False)
        self._give_locks_back()

    def typing(self, text: str) -> Generator[float]:
        """Type a text bit by bit; after each bit the seconds to wait before the next.

        It ends when the program that was typed into has read everything, if it can be asked.
        Whoever stops early closes the generator; no key is down between two bits.

        Raises:
            Refusal: if the layout lacks characters and there is no spare code to put them on, and
                nothing was typed; or if a program has stopped reading its keys.
        """
        keys = [character_key(character) for character in text.replace("\r\n", "\n")]
        self._check(keys)
        done = unread = 0
        try:
            while done < len(keys):
                ahead = keys[done : done + _FORESEEN]
                group, strokes = yield from self._prepare(ahead, self._spares.fit, _HUNG_S)
                if not strokes:
                    raise Refusal(
                        f"only the first {done} of {len(keys)} characters were typed: the keyboard "
                        "lacks the next one by now and has no room for it"
                    )
                while strokes and not self._changed():
                    bit, strokes = strokes[:_BIT], strokes[_BIT:]
                    self._make(bit, group)
                    done += len(bit)
                    unread += len(bit)
                    yield 0.0
                    if unread >= _AHEAD:
                        yield from self._read_by(self._programs.unanswered, _HUNG_S)
                        unread = 0
            yield from self._until_not(self._programs.unanswered, _HUNG_S)
        finally:
            self._give_locks_back()

    def restore(self) -> None:
        """Give the keyboard back as it was: what was locked, and the spare codes empty."""
        if self._known is None:
            return
        self._locks.give_back()
        if self._spares.codes:
            self._in_sleep(self._until_not(self._programs.behind, _SHORTLY_S))
            self._spares.restore()

    @cached_property
    def _inbox(self) -> Inbox:
        return Inbox(self._connection)

    @cached_property
    def _xkb(self) -> Xkb:
        return Xkb(self._connection)

    @cached_property
    def _locks(self) -> Locks:
        return Locks(self._xkb, self._ledger)

    @cached_property
    def _programs(self) -> Programs:
        return Programs(self._connection, self._inbox, self._clock)

    @cached_property
    def _spares(self) -> Spares:
        return Spares(self._connection, self._xkb, self._ledger, self._inbox)

    def _give_locks_back(self) -> None:
        """Lock what was locked before, unless a key that was pressed without it is down yet."""
        if self._known is not None and not self._ledger.keys_down():
            self._locks.give_back()

    def _changed(self) -> bool:
        """Whether the layout is not known, or no longer."""
        if self._inbox.remapped():
            self._known = None
        return self._known is None

    def _layout(self) -> Layout:
        """The layout without what was borrowed, read anew if somebody has changed it."""
        self._changed()
        if self._known is None:
            layout = self._xkb.layout()
            self._spares.take_stock(layout)
            self._known = layout.without(self._spares.codes)
        return self._known

    def _prepare(
        self, keys: Sequence[Key], fit: Callable[[Sequence[int | None]], Fit], patience_s: float
    ) -> Generator[float, None, tuple[int, list[Stroke]]]:
        """Map what the layout lacks; the group to lock, and strokes for as many keys as fit.

        Args:
            keys: what is to be pressed or typed.
            fit: finds room for what the layout lacks, given for each key a symbol or `None`.
            patience_s: how long programs are waited for that may look up what must make room.
        """
        while True:
            current = self._locks.before()[1]
            layout = self._layout()
            group = layout.best_group([key.keysym for key in keys], current)
            there = [layout.stroke(key.keysym, group) for key in keys]
            fitting = fit(
                [
                    canonical(key.keysym) if stroke is None else None
                    for key, stroke in zip(keys, there, strict=True)
                ]
            )
            if fitting.replaces:
                yield from self._read_by(self._programs.behind, patience_s)
            borrowed = self._spares.lend(fitting)
            if borrowed is not None:
                strokes = (a or b for a, b in zip(there, borrowed, strict=False))
                return group, [stroke for stroke in strokes if stroke is not None]

    def _push(self, strokes: Sequence[Stroke]) -> list[int]:
        """Push keys down and leave them down; the codes of those that were not down before."""
        down = set(self._ledger.keys_down())
        pressed: list[int] = []
        for code in (code for stroke in strokes for code in (*stroke.held, stroke.code)):
            if code not in down:
                self._faker.key(code, down=True)
                down.add(code)
                pressed.append(code)
        return pressed

    def _make(self, strokes: Sequence[Stroke], group: int) -> None:
        """Make some strokes; modifiers stay down between two that both need them."""
        already = set(self._ledger.keys_down())
        held: tuple[int, ...] = ()
        locked = -1
        for stroke in strokes:
            if stroke.held != held:
                held = self._hold(held, stroke.held, already)
            if stroke.locked != locked:
                locked = stroke.locked
                self._locks.set(locked, group)
            self._faker.key(stroke.code, down=True)
            self._faker.key(stroke.code, down=False)
        self._hold(held, (), already)
        self._programs.sent(len(strokes), borrowed=self._borrowed(strokes))

    def _borrowed(self, strokes: Iterable[Stroke]) -> bool:
        """Whether one of them is on a spare code."""
        return not {stroke.code for stroke in strokes}.isdisjoint(self._spares.codes)

    def _hold(
        self, now: tuple[int, ...], then: tuple[int, ...], already: Container[int]
    ) -> tuple[int, ...]:
        """Go over from some modifier keys that are down to others; what was down before stays."""
        for code in reversed(now):
            if code not in then and code not in already:
                self._faker.key(code, down=False)
        for code in then:
            if code not in now and code not in already:
                self._faker.key(code, down=True)
        return then

    def _read_by(self, behind: Callable[[], bool], patience_s: float) -> Generator[float]:
        """Wait until programs have read their keys.

        Raises:
            Refusal: if they have not within `patience_s`.
        """
        yield from self._until_not(behind, patience_s)
        if behind():
            raise Refusal(
                f"the program has not read its keys for {patience_s:.0f} s: what follows was not "
                "typed"
            )

    def _until_not(self, behind: Callable[[], bool], patience_s: float) -> Generator[float]:
        """Wait until something is no longer so, or for `patience_s`."""
        deadline = self._clock.now() + patience_s
        while behind() and self._clock.now() < deadline:
            yield _POLL_S

    def _in_sleep(self, work: Generator[float, None, T]) -> T:
        """What comes of `work`, its pauses slept here."""
        while True:
            try:
                pause_s = next(work)
            except StopIteration as end:
                result: T = end.value
                return result
            self._clock.sleep(pause_s)

    def _check(self, keys: Sequence[Key]) -> None:
        """Refuse a text with characters that can be nowhere, before any of it is typed."""
        layout = self._layout()
        if self._spares.count:
            return
        group = layout.best_group([key.keysym for key in keys], self._locks.before()[1])
        missing = {key.keysym for key in keys if layout.stroke(key.keysym, group) is None}
        if missing:
            raise Refusal(
                f"the keyboard lacks {len(missing)} of the text's characters "
                "and has room for 0 more"
            )
