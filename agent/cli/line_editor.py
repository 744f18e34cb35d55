"""A line as it is typed, where the terminal itself echoes nothing. Bytes in, lines out."""

from __future__ import annotations

import codecs
import re

_LONGEST = 4000
"""Characters; more than anybody types."""

_ESCAPE = "\x1b"
_WHOLE_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|[^\[O])", re.DOTALL)
_LAST_WORD = re.compile(r"\S*\s*\Z")


class LineEditor:
    """Puts typed bytes together to lines; knows Backspace, Ctrl-U and Ctrl-W, and no more.

    Attributes:
        text: what was typed since the last line ended.
    """

    def __init__(self) -> None:
        self.text = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        self._escape = ""

    def fed(self, data: bytes) -> list[str]:
        """Take bytes as they come from a terminal; the lines that they end."""
        lines: list[str] = []
        for character in self._decoder.decode(data):
            if self._escape or character == _ESCAPE:
                self._escape += character
                if _WHOLE_ESCAPE.fullmatch(self._escape):
                    self._escape = ""
            elif character in "\r\n":
                lines.append(self.text)
                self.text = ""
            else:
                self._edit(character)
        return lines

    def _edit(self, character: str) -> None:
        match character:
            case "\x7f" | "\b":
                self.text = self.text[:-1]
            case "\x15":
                self.text = ""
            case "\x17":
                self.text = _LAST_WORD.sub("", self.text)
            case "\t":
                self._add(" ")
            case _ if character.isprintable():
                self._add(character)
            case _:
                pass

    def _add(self, character: str) -> None:
        if len(self.text) < _LONGEST:
            self.text += character
