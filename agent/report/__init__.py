"""A trace as a page that people open, or as text."""

if __name__ != "trueclick.agent.report":
    raise ImportError(f"import trueclick.agent.report, not {__name__}")

from .document import report_html
from .text import report_text
from .writing import write_report

__all__ = ["report_html", "report_text", "write_report"]
