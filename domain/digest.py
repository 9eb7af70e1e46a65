"""The morning's mail to the team: which requests wait, by their ids and dates; nothing personal."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.calendar import holidays, is_business_day
from domain.days import local_date
from domain.policy import Policy


class Heading(StrEnum):
    """What requests wait for, the most urgent first."""

    OVERDUE = "overdue"
    DUE_SOON = "due_soon"
    PARKED = "parked"
    DECISION = "decision"
    UNREAD = "unread"
    TO_POST = "to_post"
    PROVIDER_SILENT = "provider_silent"


class Waiting(BaseModel):
    """One request, with the day on which its answer is due."""

    model_config = ConfigDict(frozen=True)

    request_id: str
    due: date | None = None


class Digest(BaseModel):
    """What the team finds on one morning; a request may stand under several headings."""

    model_config = ConfigDict(frozen=True)

    day: date
    waiting: Mapping[Heading, tuple[Waiting, ...]]

    @property
    def headings(self) -> tuple[Heading, ...]:
        """The headings under which something stands, the most urgent first."""
        return tuple(heading for heading in Heading if self.waiting.get(heading))

    @property
    def requests(self) -> int:
        """How many different requests it names."""
        return len({one.request_id for lines in self.waiting.values() for one in lines})


def day_of_digest(now: datetime, policy: Policy) -> date | None:
    """Return the day whose digest is due, or ``None`` on a day on which nobody works (HOL-01)."""
    day = local_date(now, policy)
    return day if is_business_day(day, holidays(policy)) else None
