"""Thinking, effort and the length of an answer: what each model takes.

Sources: "Troubleshooting thinking", "Effort", "Models overview" and "Errors" of the Claude
documentation, read on 2026-11-21. Sampling parameters are refused on every model that does not
take a thinking budget: for some of them the refusal is documented, for none the opposite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..binding import DROP_BLOCK_BETA
from ..content import Json, blocks, part

if TYPE_CHECKING:
    from ..request import Request

_LEAST_BUDGET = 1024
_FIELDS = {
    "adaptive": {"type", "display", "block_binding"},
    "enabled": {"type", "display", "block_binding", "budget_tokens"},
    "disabled": {"type"},
    "between_tools": {"type"},
}
_DISPLAYS = {None, "summarized", "omitted", "updates"}
_UP_TO_HIGH = {None, "low", "medium", "high"}
_SAMPLING = ("temperature", "top_p", "top_k")


def thinking_is_taken(request: Request) -> str | None:
    """Each model takes its types of thinking, each with its own fields."""
    thinking = request.body.get("thinking")
    if thinking is None:
        return None
    kind = thinking.get("type")
    if kind not in _FIELDS:
        return f"thinking: Input tag '{kind}' found using 'type' does not match any expected tag"
    if kind not in request.spec.thinking:
        return _not_taken(kind, request)
    if extra := {name for name in thinking if thinking[name] is not None} - _FIELDS[kind]:
        return f"thinking.{kind}.{min(extra)}: Extra inputs are not permitted"
    if thinking.get("display") not in _DISPLAYS:
        return f"thinking.{kind}.display: Input should be 'summarized', 'omitted' or 'updates'"
    if kind == "enabled":
        return _budget(thinking, request.body["max_tokens"])
    effort = part(request.body, "output_config").get("effort")
    if kind in {"disabled", "between_tools"} and effort not in _UP_TO_HIGH:
        return (
            f"output_config.effort '{effort}' is not supported when thinking is {kind} on this "
            "model. Use effort 'high' or below, or enable thinking."
        )
    return None


def binding_controls_are_taken(request: Request) -> str | None:
    """What becomes of thinking in an edited conversation may be said with a beta header."""
    thinking = part(request.body, "thinking")
    if thinking.get("block_binding") is None:
        return None
    if DROP_BLOCK_BETA not in request.betas:
        return f"thinking.{thinking.get('type')}.block_binding: Extra inputs are not permitted"
    binding = part(thinking, "block_binding")
    if extra := set(binding) - {"prefix_mismatch_behavior"}:
        return f"thinking.block_binding.{min(extra)}: Extra inputs are not permitted"
    if binding.get("prefix_mismatch_behavior") not in {None, "error", "drop_block"}:
        return (
            "thinking.block_binding.prefix_mismatch_behavior: Input should be 'error' or "
            "'drop_block'"
        )
    return None


def effort_is_taken(request: Request) -> str | None:
    """Each model takes its levels of effort."""
    config = part(request.body, "output_config")
    if extra := set(config) - {"effort", "format", "task_budget"}:
        return f"output_config.{min(extra)}: Extra inputs are not permitted"
    if config.get("task_budget") is not None and "task-budgets-2026-03-13" not in request.betas:
        return "output_config.task_budget: Extra inputs are not permitted"
    effort = config.get("effort")
    if effort is not None and effort not in request.spec.efforts:
        known = ", ".join(request.spec.efforts) or "none"
        return (
            f"output_config.effort: '{effort}' is not supported on this model. Supported: {known}"
        )
    return None


def answer_is_not_too_long(request: Request) -> str | None:
    """No more may be asked for than the model can give."""
    asked, most = request.body["max_tokens"], request.spec.max_output
    if asked > most:
        return (
            f"max_tokens: {asked} > {most}, which is the maximum allowed number of output tokens "
            f"for {request.spec.id}"
        )
    return None


def sampling_is_taken(request: Request) -> str | None:
    """Newer models do not use sampling parameters."""
    if "enabled" in request.spec.thinking:
        return None
    for name in _SAMPLING:
        if request.body.get(name) is not None:
            return f"`{name}` is deprecated for this model."
    return None


def answer_is_not_begun(request: Request) -> str | None:
    """The conversation ends with the user; only old models, not thinking, go on in mid-sentence."""
    if request.messages[-1]["role"] == "user" or request.resumes or request.compacts:
        return None
    if "adaptive" in request.spec.thinking or request.thinks:
        return (
            "This model does not support assistant message prefill. The conversation must end "
            "with a user message."
        )
    last = blocks(request.messages[-1])
    if last and last[-1]["type"] == "text" and last[-1]["text"] != last[-1]["text"].rstrip():
        return "messages: final assistant content cannot end with trailing whitespace"
    return None


def _budget(thinking: Json, max_tokens: int) -> str | None:
    budget = thinking.get("budget_tokens")
    if not isinstance(budget, int) or isinstance(budget, bool):
        return "thinking.enabled.budget_tokens: Field required"
    if budget < _LEAST_BUDGET:
        return (
            "thinking.enabled.budget_tokens: Input should be greater than or equal to "
            f"{_LEAST_BUDGET}"
        )
    if budget >= max_tokens:
        return "`max_tokens` must be greater than `thinking.budget_tokens`."
    return None


def _not_taken(kind: str, request: Request) -> str:
    taken = request.spec.thinking
    if kind == "adaptive":
        return "adaptive thinking is not supported on this model"
    if kind == "disabled" and "between_tools" in taken:
        return (
            'To turn thinking off on this model, send "thinking": {"type": "between_tools"} '
            'instead of {"type": "disabled"}. The model does not think before responding. The '
            "short updates it writes between tool calls come back as thinking blocks."
        )
    told = f'"thinking.type.{kind}" is not supported for this model.'
    if kind == "between_tools":
        return told
    return (
        f'{told} Use "thinking.type.adaptive" and "output_config.effort" to control thinking '
        "behavior."
    )
