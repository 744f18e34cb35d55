"""Why a request is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal, in the API's own form.

    Attributes:
        message: what it says.
        status: of the HTTP response.
        kind: the API's type of error.
        details: what programs go by, such as `error_code`.
        excused: whether a client could not have known: what it asks for is gone.
    """

    message: str
    status: int = 400
    kind: str = "invalid_request_error"
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    excused: bool = False

    @property
    def code(self) -> str | None:
        """The `error_code` of the details, where there is one."""
        return self.details.get("error_code")

    def body(self, request_id: str) -> dict[str, Any]:
        """What is sent."""
        error: dict[str, Any] = {"type": self.kind, "message": self.message}
        if self.details:
            error["details"] = dict(self.details)
        return {"type": "error", "error": error, "request_id": request_id}
