"""Where personal data may be sent: only where the company knew the person before (VER-17)."""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.policy import Policy


class Delivery(StrEnum):
    """What a contact point may be sent."""

    PERSONAL_DATA = "personal_data"
    PROCEDURE_ONLY = "procedure_only"


class ContactPoint(BaseModel):
    """An address or number to which an answer could go.

    ``held_since`` is when the company first held it for the person, ``None`` where it is known from
    the request alone; ``changed_at`` its latest change in the records.
    """

    model_config = ConfigDict(frozen=True)

    held_since: AwareDatetime | None = None
    changed_at: AwareDatetime | None = None


def delivery(
    policy: Policy, contact: ContactPoint, received_at: datetime, *, override_reason: str = ""
) -> Delivery:
    """Judge what may go to a contact point (VER-17).

    It must have been held before receipt, unchanged for the policy's days. A privacy officer may
    override this with a written reason.
    """
    settled_before = received_at - timedelta(days=policy.verification.contact_unchanged_days)
    since = max(filter(None, (contact.held_since, contact.changed_at)), default=None)
    settled = contact.held_since is not None and since is not None and since <= settled_before
    known = settled or bool(override_reason.strip())
    return Delivery.PERSONAL_DATA if known else Delivery.PROCEDURE_ONLY
