"""Text of others, made harmless for a terminal."""


def printable(text: str) -> str:
    """A text that cannot steer a terminal: every invisible character is escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
