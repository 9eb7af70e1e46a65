"""What is taken as a request, by whom it may be filed, and what may be asked of people (REQ)."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum

from domain.days import local_date
from domain.policy import Policy
from domain.rights import accepts
from domain.vocabulary import Requester, RequestType

COMPANY_OPENED = frozenset({RequestType.MINOR_PURGE})
"""Requests that a report or the company opens, and nobody else (MIN-06)."""

_REPORTING = frozenset({Requester.REPORTER, Requester.COMPANY})

USES_OF_REQUEST_DATA = frozenset({"verify", "handle", "record", "secure"})
"""The only uses of what people tell us with a request (PRN-05)."""

NEVER_DEMANDED = frozenset(
    {
        "proof_of_residency",
        "account",
        "power_of_attorney",
        "fee",
        "notarization",
        "subject_line",
        "filing_again",
    }
)
"""What nobody may be made to give or do before a request is handled.

In the order above: REQ-04, PRN-05, AGT-03, FEE-01, VER-03, REQ-07, AGT-09.
"""

TESTIMONIAL_ITEMS = ("name", "location", "contact")
"""What changing a testimonial needs (REQ-11)."""


class Treatment(StrEnum):
    """What becomes of a request that is defective or came by another way (REQ-08)."""

    TREAT_AS_SUBMITTED = "TREAT_AS_SUBMITTED"


def is_taken(
    policy: Policy,
    request_type: RequestType,
    requester: Requester,
    received_on: date,
    *,
    enabled: bool | None = None,
) -> bool:
    """Tell whether a request is taken: any person's, of a right in force (REQ-01, PRN-06, REQ-13).

    What the person is to the company, such as an applicant or a business contact, plays no part.
    """
    reported = requester in _REPORTING
    if reported != (request_type in COMPANY_OPENED):
        return False
    return accepts(policy, request_type, received_on, enabled=enabled)


def clock_starts(policy: Policy, contacts: Iterable[datetime]) -> date:
    """Return day 0: the day of the first contact, whichever channel or desk it reached (REQ-08)."""
    return local_date(min(contacts), policy)


def may_demand(policy: Policy, thing: str) -> bool:
    """Tell whether a person may be asked for something before the request is handled (VER-02)."""
    return thing not in NEVER_DEMANDED and thing not in policy.verification.never_asked


def may_use_request_data(use: str) -> bool:
    """Tell whether data given with a request may be put to a use (PRN-05)."""
    return use in USES_OF_REQUEST_DATA


def missing_testimonial_items(given: Mapping[str, object]) -> tuple[str, ...]:
    """Return what a request about a testimonial still lacks (REQ-11)."""
    return tuple(name for name in TESTIMONIAL_ITEMS if not str(given.get(name) or "").strip())
