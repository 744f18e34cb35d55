"""Private displays: X servers of our own, closed to others, gone when we are."""

if __name__ != "trueclick.capture.virtual":
    raise ImportError(f"import trueclick.capture.virtual, not {__name__}")
