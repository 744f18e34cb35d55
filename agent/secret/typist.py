"""The keyboard's edge: the one place where a secret's value is put in for its name."""

from __future__ import annotations

from collections.abc import Callable

from trueclick.capture import CaptureError, DisplayChanged, Settled
from trueclick.geometry import Refusal, TrueclickError, UsageError

from ..errors import StopRequested
from .masks import Masks
from .secrets import Secrets

NOT_TYPED = "the keyboard cannot type all of the secret here; a part of it may have been typed"
"""All that is said of a refusal: its own words may hold a character of the value."""


class Typist:
    """Types texts in which secrets have their places.

    Args:
        secrets: whose names are understood.
        keyboard: types a text.
        masks: where what a secret changes on the display is hidden, or `None` if it is not.
        look: waits until the display is still.
    """

    def __init__(
        self,
        secrets: Secrets,
        keyboard: Callable[[str], None],
        masks: Masks | None,
        look: Callable[[], Settled],
    ) -> None:
        self._secrets = secrets
        self._keyboard = keyboard
        self._masks = masks
        self._look = look

    def type(self, text: str) -> None:
        """Type a text, its secrets by their values.

        Raises:
            Refusal: if it cannot be typed, or names no secret.
            CaptureError: if the display is gone.
            StopRequested: if somebody has stopped the run.
        """
        pieces = list(self._secrets.pieces(text))
        for piece in pieces:
            value = self._secrets.typed(piece)
            if piece.name is None:
                if self._masks is not None:
                    self._masks.end()  # it may well be the key that leads on to another page
                self._keyboard(value)
            elif self._masks is None:
                self._type_secret(value)
            else:
                self._type_hidden(value, self._masks)

    def _type_hidden(self, value: str, masks: Masks) -> None:
        """Type a value, and hide what appears."""
        before = self._look().screenshot
        masks.begin(before)
        try:
            self._type_secret(value)
        finally:
            try:
                masks.seen(self._look().screenshot)
            except BaseException:
                masks.cover([before.size.box])  # nobody knows where it stands
                raise

    def _type_secret(self, value: str) -> None:
        """Type a value; of an error only its kind is told, and nothing of it is kept."""
        try:
            self._keyboard(value)
            return
        except (StopRequested, DisplayChanged):
            raise  # their words are about the run and the display
        except Refusal:
            fault: TrueclickError = Refusal(NOT_TYPED)
        except UsageError:
            fault = UsageError("the keyboard was misused while a secret was typed")
        except CaptureError:
            fault = CaptureError("the display failed while a secret was typed")
        except Exception as error:  # noqa: BLE001 - a key that is not found is its own message
            fault = TrueclickError(f"typing a secret failed: {type(error).__name__}")
        raise fault  # outside of the handler: the first error is no part of this one
