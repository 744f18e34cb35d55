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
    r"(?:(?:us|us-gov|eu|apac|jp|au|ca|global)\.)?"  # the regions of a cross-region profile
    r"anthropic\.(claude-[a-z0-9-]+?)"
    r"(?:-v[0-9]+(?::[0-9]+(?::[0-9]+k)?)?)?"  # version, revision and context length
)

_DATE = "20[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"

_GOOGLE = re.compile(
    r"(?:(?:projects/[^/]+/locations/[^/]+/)?publishers/anthropic/models/)?"
    rf"(claude-[a-z0-9-]+)@(?:{_DATE}|default|latest)"
)

_SNAPSHOT = re.compile(rf"(claude-[a-z0-9-]+)-(?:{_DATE}|latest)")


def plain_ids(model_id: str) -> Iterator[str]:
    """What the model may be called in the Claude API: as written first, then without a date."""
    if google := _GOOGLE.fullmatch(model_id):
        yield google[1]
        return
    arn = _ARN.fullmatch(model_id)
    bedrock = _BEDROCK.fullmatch(arn[1] if arn else model_id)
    if arn and not bedrock:
        return  # another maker's model
    text = bedrock[1] if bedrock else model_id
    yield text
    if snapshot := _SNAPSHOT.fullmatch(text):
        yield snapshot[1]
