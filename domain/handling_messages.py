"""What staff send to handle a request besides deciding it: small frozen models."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from domain.documents import DocumentPurpose
from domain.messages import Message, StaffId
from domain.notice_words import DocumentFault, Need
from domain.vocabulary import Requester, RequestType, Residency

Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._/-]{1,40}$")]
"""A number or short name from another register, such as ``LH-14``."""


class Reassign(Message):
    """Say whose request it is."""

    to: StaffId = Field(description="Staff id of who handles it from now on.")


class PlaceHold(Message):
    """Place a legal hold on what this request would erase (REC-06)."""

    hold: Reference = Field(description="Your name for the hold, for example LH-14.")
    matter: Reference = Field(description="Number of the matter that it serves.")


class ReleaseHold(Message):
    """Release a hold that was placed on this request."""

    hold: Reference


class AskConsumer(Message):
    """Write to the consumer that something more is needed (VER-16)."""

    need: Literal[
        Need.MORE_POINTS, Need.DECLARATION, Need.CLARIFICATION, Need.CORRECTION_DETAILS
    ] = Field(description="more_points, declaration, clarification or correction_details.")


class ConfirmIdentity(Message):
    """Say that the person whom the records suggest was verified by other means (VER-16)."""

    means: Literal["called_back", "seen_in_person", "signed_in_account"] = Field(
        description="called_back is on a number that was on file before the request came."
    )


class ReopenWindow(Message):
    """Let proof of identity count until an extended due date (CLK-10)."""


class Reclassify(Message):
    """Correct the kind of request, where the person lives, or who asks (REQ-14, REQ-15)."""

    request_type: RequestType | None = Field(default=None, description="The kind it really is.")
    residency: Residency | None = Field(default=None, description="CA, EEA, OTHER or UNKNOWN.")
    requester: Requester | None = Field(default=None, description="Who really asks.")


class CorrectContact(Message):
    """Correct the consumer's e-mail address, which itself never passes this way (VER-17)."""


class RejectDocument(Message):
    """Turn one uploaded document down and ask for a better one (AGT-01, COR-02)."""

    document: DocumentPurpose = Field(description="What it was to show, as the request names it.")
    fault: DocumentFault = Field(description="Why it does not do; the letter says it in words.")


class FlagFraud(Message):
    """Stop at a suspicion of fraud, and document what it rests on (COR-07, OPT-03)."""

    reason: Literal["details_do_not_match", "document_forged", "reported_by_person", "pattern"]


class ClearFraud(Message):
    """Say that a suspicion of fraud did not hold."""


class Freeze(Message):
    """Stop a request of which something reached the wrong person; nothing leaves any more."""


class Unfreeze(Message):
    """Let a frozen request go on."""

    reason: Literal["contained", "cause_mended", "false_alarm"] = Field(
        description="What ended it: contained is, what went out was returned or destroyed."
    )
    letters: Literal["send", "drop"] = Field(
        description="What becomes of the letters that were held."
    )


class ResendLetter(Message):
    """Send a letter to the consumer once more, with fresh links."""

    letter: int | None = Field(
        default=None, ge=1, description="Its number; left out: the last one to the consumer."
    )


class RevokeDelivery(Message):
    """Make every link to the package worthless at once; resend_letter sends a new one (KNO-07)."""
