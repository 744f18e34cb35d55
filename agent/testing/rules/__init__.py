"""What the Messages API refuses, each rule a pure function of the request."""

if __name__ != "trueclick.agent.testing.rules":
    raise ImportError(f"import trueclick.agent.testing.rules, not {__name__}")

from .book import RULES, Rule, problem_of
from .form import form_problem

__all__ = ["RULES", "Rule", "form_problem", "problem_of"]
