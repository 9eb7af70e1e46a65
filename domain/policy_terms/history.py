"""How the law and the promises changed, and where the two differ (rulebook sections 16 and 17)."""

from datetime import date
from typing import Self

from pydantic import Field, model_validator

from domain.policy_terms.base import Terms
from domain.vocabulary import RequestType

Value = bool | int | str


class Since(Terms):
    """A value and the first receipt date for which it holds."""

    since: date
    value: Value


class Parameter(Terms):
    """The history of one value; before its first date it had the value ``before``, or none."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    before: Value | None = None
    history: tuple[Since, ...] = Field(min_length=1)
    basis: str

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        dates = [row.since for row in self.history]
        if dates != sorted(set(dates)):
            raise ValueError("put the history in order of its dates, each date once")
        return self

    def on(self, day: date) -> Value | None:
        """Return the value that holds for a request received on ``day`` (PRN-02)."""
        value = self.before
        for row in self.history:
            value = row.value if row.since <= day else value
        return value


class Right(Terms):
    """Since when a type of request is taken."""

    request_type: RequestType
    since: date
    last_day: date | None = None


class Conflict(Terms):
    """Where policy and law differ, and what was decided (section 17)."""

    row: str
    policy: str
    law: str
    decided: str
