"""The rules in the order in which they are asked; the first that objects decides.

They cover what a computer-use client can get wrong; a request that passes may still be refused by
the API for another reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ..problem import Problem
from ..request import Request
from .caching import breakpoints_are_allowed, breakpoints_are_few
from .calls import (
    blocks_are_their_roles,
    calls_are_answered,
    calls_are_named_once,
    errors_are_words,
    nothing_is_empty,
    roles_are_in_order,
)
from .features import betas_are_known, edits_are_well_formed, features_have_their_beta
from .images import (
    images_are_few,
    images_are_whole,
    images_fit,
    screenshots_have_the_declared_size,
    sources_are_taken,
)
from .schemas import output_format_is_taken
from .summaries import compaction_is_taken, nothing_is_left_open, summary_stands_first
from .thinking import (
    answer_is_not_begun,
    answer_is_not_too_long,
    binding_controls_are_taken,
    effort_is_taken,
    sampling_is_taken,
    thinking_is_taken,
)
from .tools import computer_tool_is_taken, tool_choice_is_free, tools_are_declared

Rule: TypeAlias = Callable[[Request], str | Problem | None]
"""Why a request is refused, or `None`; plain words are a 400."""

RULES: tuple[Rule, ...] = (
    betas_are_known,
    features_have_their_beta,
    computer_tool_is_taken,
    tools_are_declared,
    thinking_is_taken,
    binding_controls_are_taken,
    effort_is_taken,
    answer_is_not_too_long,
    sampling_is_taken,
    tool_choice_is_free,
    edits_are_well_formed,
    roles_are_in_order,
    blocks_are_their_roles,
    nothing_is_empty,
    compaction_is_taken,
    nothing_is_left_open,
    summary_stands_first,
    answer_is_not_begun,
    output_format_is_taken,
    calls_are_named_once,
    calls_are_answered,
    errors_are_words,
    breakpoints_are_few,
    breakpoints_are_allowed,
    sources_are_taken,
    images_are_whole,
    images_are_few,
    images_fit,
    screenshots_have_the_declared_size,
)


def problem_of(request: Request) -> Problem | None:
    """The first rule's objection."""
    for rule in RULES:
        problem = rule(request)
        if isinstance(problem, str):
            return Problem(problem)
        if problem:
            return problem
    return None
