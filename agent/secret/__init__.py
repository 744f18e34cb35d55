"""Texts that the model may type and never sees."""

if __name__ != "trueclick.agent.secret":
    raise ImportError(f"import trueclick.agent.secret, not {__name__}")

from .masks import Masks, within
from .process import keep_out
from .secrets import NO_SECRETS, Piece, Secrets, check_name, values_of
from .typist import Typist

__all__ = [
    "NO_SECRETS",
    "Masks",
    "Piece",
    "Secrets",
    "Typist",
    "check_name",
    "keep_out",
    "values_of",
    "within",
]
