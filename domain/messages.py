"""What people send to a running request: one small frozen model per staff action.

Nothing here takes free text: what a person types in the Web UI is a staff id, a code, a number or
the citation of a law.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from domain.citation import BY_LAW, EXAMPLE, Citation, is_empty
from domain.events import Actor
from domain.package import ReviewWish

_PLACEHOLDERS = frozenset({"your.id", "your_id", "your-id", "yourid"})
"""What examples show in place of a staff id: pasted as it is, it names nobody."""


def _names_somebody(staff_id: str) -> str:
    if staff_id.lower() in _PLACEHOLDERS:
        raise PydanticCustomError(
            "placeholder", "write your own staff id in place of the one that the example shows"
        )
    return staff_id


StaffId = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,40}$"), AfterValidator(_names_somebody)
]
"""A staff id such as ``s.lee``; never an address, never a placeholder."""

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,40}$")]


class Message(BaseModel):
    """A staff action's input. Surplus fields are refused, so that a misspelling is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    decided_by: StaffId = Field(description="Your staff id, for example s.lee.")

    @property
    def actor(self) -> Actor:
        """Whoever acts, on their own word."""
        return Actor(id=self.decided_by)


class Approve(Message):
    """Grant the request."""

    reason: Code = "verified"
    confirm_grounds: tuple[Code, ...] = Field(
        default=(), description="Every ground under which something is kept, for example EX8."
    )
    confirm_fallen: tuple[Code, ...] = Field(
        default=(),
        description="Every ground of the data map that is none for this request: what it kept "
        "for others is erased.",
    )


class Keep(BaseModel):
    """A collection that staff keep for this request, and why the law lets them (DEL-01)."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    collection: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,60}\.[A-Za-z0-9_-]{1,60}$")
    ]
    ground: Code


class ApproveInPart(Approve):
    """Grant the request but for some collections, each under a ground of the law (DEL-01)."""

    keep: tuple[Keep, ...] = Field(
        min_length=1, max_length=40, description="What stays: collection and ground of each."
    )


class Deny(Message):
    """Refuse the request for a coded reason of the policy."""

    reason: Code
    law: Citation = Field(
        default="",
        exclude_if=is_empty,
        description=f"With {', '.join(sorted(BY_LAW))}: which law, for the letter. "
        f"For example {EXAMPLE}.",
    )


class ExtendDeadline(Message):
    """Take more days, once, told to the consumer in writing in time (CLK-05)."""

    reason: Code
    days: int | None = Field(default=None, description="Left out: as many as the law allows.")


class Withdraw(Message):
    """Record that the request was taken back."""

    reason: Code = "by_consumer"


class AcceptAuthority(Message):
    """Say that somebody may ask for the consumer, after the proof was checked."""

    form: Code = Field(description="For example signed_permission or power_of_attorney.")
    seen: tuple[Code, ...] = Field(
        default=(),
        description="What it shows: date, signature, notary, two_witnesses, registration, "
        "receives_answer.",
    )


class RefuseAuthority(Message):
    """Say that a proof of authority does not do."""

    reason: Code


class EstablishAge(Message):
    """Record how a young person's age was established (MIN-06)."""

    method: Code


class QuoteFee(Message):
    """Ask for a fee before any work is done (FEE-03)."""

    reason: Code = "too_many"
    work_minutes: int = Field(ge=1, le=6000, description="Minutes of work, for the estimate.")


class ReviewItems(Message):
    """Say what of a package is withheld, redacted or released, item by item (KNO-08)."""

    decisions: tuple[ReviewWish, ...] = Field(min_length=1, max_length=100)


class RebuildReport(Message):
    """Have the package built anew by what the review decided."""


class ReleaseReport(Message):
    """Let the package go out, after looking it through on the case page."""

    package: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")] = Field(
        default="", description="Hash of the version that you looked at; left out: the newest."
    )


class MarkDuplicate(Message):
    """Say that this request repeats an earlier open one of the same person (REQ-17)."""

    duplicate_of: Annotated[
        str, StringConstraints(strip_whitespace=True, to_upper=True, max_length=40)
    ] = Field(description="Number of the earlier request, for example PR-4106-105S.")


class RefuseExcess(Message):
    """Refuse a request to know that is one too many in its window (FRQ-04)."""

    reason: Code = "too_many"


class ReissuePackage(Message):
    """Send a new link to a package that stands (KNO-07)."""


class Restore(Message):
    """Have a deletion undone that was wrong; it takes two people (DEL-17)."""

    reason: Literal["wrong_person", "must_be_kept", "asked_in_error"] = Field(
        description="What was wrong about the deletion."
    )


class LetterPosted(Message):
    """Say on which day a letter on paper was posted (NOT-07)."""

    letter: int = Field(ge=1, description="Number of the letter, as the post queue shows it.")
    posted_on: date = Field(description="Day of posting, as 2026-11-23.")


class MessagesRead(Message):
    """Say that the consumer's messages were read and dealt with."""


class RetryStep(Message):
    """Try a parked step again."""
