"""Parts of a request's state: a provider, an extension, a restore journal, a parked step."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from domain import events as e
from domain.vocabulary import ProviderStanding


class ProviderView(e.Fact):
    """What the request knows of one provider's direction; until it hears, that nothing arrived."""

    name: str
    standing: ProviderStanding = ProviderStanding.NOT_REACHED
    at: AwareDatetime | None = None
    final: bool = False
    head: str = ""


class Extension(e.Fact):
    """The one extension that the law allows (CLK-05)."""

    new_due: date
    reason: str
    letter: int
    notice_deadline: AwareDatetime
    status: Literal["approved", "effective", "lapsed"] = "approved"


class Parked(e.Fact):
    """A step that failed for good and waits for staff."""

    step: str
    reason: str


class Undoing(e.Fact):
    """A restore journal: until when a deletion can be undone, and how far that is (DEL-17)."""

    until: AwareDatetime
    approved: bool = False
    ended: bool = False
    destroyed: bool = False
