"""Define why a request cannot be answered, in the documented form of errors."""

from __future__ import annotations


class Refusal(Exception):
    """A refusal is an answer other than 200, with HTTP status and documented code."""

    def __init__(self, message: str, *, status: int = 400, code: str = "invalid_parameter_error") -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code

    def body(self, request_id: str) -> dict[str, object]:
        kind = "invalid_request_error" if self.status < 500 else "internal_error"
        error = {"message": self.message, "type": kind, "param": None, "code": self.code}
        return {"error": error, "request_id": request_id}


class Abandoned(Exception):
    """The client went away; nobody waits for the answer."""
