"""Ids of one model on several platforms, taken apart by their published form and never guessed.

Sources, read on 2026-11-21: "Model IDs and versioning", "Claude on Amazon Bedrock" and "Claude on
Google Cloud" of the Claude documentation; "Supported foundation models" and "Amazon resource
names" of Amazon Bedrock's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_ARN = re.compile(
    r"arn:aws[a-z-]*:bedrock:[a-z0-9-]*:[0-9]*:(?:foundation-model|inference-profile)/(.+)"
)
"""An ARN that names a model. Those of provisioned throughput and of application inference
profiles hold an opaque id instead."""

_BEDROCK = re.compile(
    r"(?:[a-z]{2,6}(?:-gov)?\.)?"  # the regions of a cross-region profile: us, eu, apac, global
    r"anthropic\.(claude-[a-z0-9-]+?)"
    r"(?:-v[0-9]+(?::[0-9]+(?::[0-9]+k)?)?)?"  # version, revision and context length
)

_GOOGLE = re.compile(r"(claude-[a-z0-9-]+)@(?:[0-9]{8}|default|latest)")

_SNAPSHOT = re.compile(r"(claude-[a-z0-9-]+)-(?:20[0-9]{6}|latest)")


def plain_ids(model_id: str) -> Iterator[str]:
    """What the model may be called in the Claude API: as written first, then without a date."""
    text = model_id
    if arn := _ARN.fullmatch(text):
        text = arn[1]
    if partner := _BEDROCK.fullmatch(text) or _GOOGLE.fullmatch(text):
        text = partner[1]
    elif text != model_id:
        return  # an ARN of another maker's model
    yield text
    if snapshot := _SNAPSHOT.fullmatch(text):
        yield snapshot[1]
