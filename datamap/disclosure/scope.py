"""What a disclosure covers: which days, whose data, under which policy."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from domain.other_people import Own
from domain.policy import Policy
from domain.redaction import never_disclosed


@dataclass(frozen=True)
class Scope:
    """The days on which data was collected, first and last, both inclusive (KNO-03)."""

    policy: Policy
    first: date
    last: date

    def covers(self, collected_at: str | None) -> bool:
        """Whether a row so dated is meant; a doubt about its date leaves nothing out."""
        day = self._day(collected_at)
        return day is None or self.first <= day <= self.last

    def counsel_may_release(self, field_type: str) -> bool:
        """Whether a type is held back only until counsel has looked (RED-08)."""
        row = never_disclosed(self.policy, field_type)
        return row is not None and row.counsel_may_release

    @cached_property
    def company(self) -> Own:
        """The company's own addresses and numbers, which are no person's."""
        business = self.policy.business
        addresses = [str(one) for one in (*business.mailboxes, business.contact_email)]
        return Own.of(
            emails=[address[address.rfind("@") :] for address in addresses],
            phones=[business.phone],
        )

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.policy.time_zone)

    def _day(self, text: str | None) -> date | None:
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            return None
        if len(text.strip()) <= len("2026-01-01"):
            return moment.date()
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(self._zone).date()
