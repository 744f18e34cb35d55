"""X servers: connections, monitors, windows, and their pixels through shared memory.

The one border to `xcffib`: its errors end here as `CaptureError`.
"""

if __name__ != "trueclick.capture.x11":
    raise ImportError(f"import trueclick.capture.x11, not {__name__}")
