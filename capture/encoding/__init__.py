"""From pixels to what is sent: scaled, packed, and within a limit."""

if __name__ != "trueclick.capture.encoding":
    raise ImportError(f"import trueclick.capture.encoding, not {__name__}")
