"""A payload that nobody can read: what a handler receives instead of an exception."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class UndecodableReason(StrEnum):
    """Why a payload could not be read; each value finishes the sentence "The input ...".

    None of them repeats what was sent.
    """

    BAD_JSON = "is not valid JSON"
    NOT_JSON = "is not JSON: choose the encoding json/plain"
    UNKNOWN_ENCODING = "has an encoding that this system does not use: choose json/plain"
    NOT_OURS = "claims to be encrypted by this system, but is not"


class Undecodable(BaseModel):
    """The marker for one payload that could not be decoded.

    ``encoding`` is the payload's encoding when it is one of Temporal's or ours, else ``unknown``:
    nothing that a sender typed is kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoding: str
    reason: UndecodableReason

    def __str__(self) -> str:
        return f"The input {self.reason}."
