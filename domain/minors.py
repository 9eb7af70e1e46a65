"""Young people: bands of age, who asks for them, selling only by opt-in (MIN, REQ-05)."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.asking_again import birthday_at
from domain.policy import Policy
from domain.vocabulary import NoticeKind, Requester, RequestType

NEEDS_A_PARENT = frozenset(
    {
        RequestType.KNOW_CATEGORIES,
        RequestType.KNOW_SPECIFIC,
        RequestType.KNOW_BOTH,
        RequestType.PORTABILITY,
        RequestType.DELETE,
        RequestType.CORRECT,
        RequestType.OPT_IN_MINOR,
        RequestType.OPT_IN_AFTER_OPT_OUT,
        RequestType.ACCOUNT_REVIEW,
        RequestType.ACCOUNT_CHANGE,
        RequestType.ACCOUNT_TERMINATE,
        RequestType.TESTIMONIAL_CHANGE,
        RequestType.ADMT_ACCESS,
    }
)
"""What a child cannot ask for alone; opting out is open to everybody (REQ-05, MIN-07)."""

OPT_INS = frozenset({RequestType.OPT_IN_MINOR, RequestType.OPT_IN_AFTER_OPT_OUT})


class Band(StrEnum):
    """Ages that the law treats alike (MIN-01)."""

    CHILD = "CHILD"
    TEEN = "TEEN"
    MINOR_16_17 = "MINOR_16_17"
    ADULT = "ADULT"


class Needed(StrEnum):
    """What a request still needs because of somebody's age."""

    PARENT = "parent"
    PARENT_CONFIRMATION = "parent_confirmation"
    TEEN = "teen"
    SECOND_STEP = "second_step"


class OptIn(BaseModel):
    """Somebody's wish that a young person's data may be sold or shared.

    ``steps`` are the separate steps taken, ``method`` the way in which a parent was confirmed;
    ``None`` leaves open what is not known to be wanting.
    """

    model_config = ConfigDict(frozen=True)

    by_parent: bool
    steps: int | None = None
    method: str | None = None


def band_on(policy: Policy, birth_date: date, day: date) -> Band:
    """Return the band of a person on ``day``; an age is reached as the birthday begins (MIN-01).

    Who was born on February 29 has the birthday of a common year on March 1.
    """
    terms = policy.minors
    limits = (
        (terms.child_under, Band.CHILD),
        (terms.teen_under, Band.TEEN),
        (terms.adult_from, Band.MINOR_16_17),
    )
    return next((band for age, band in limits if day < birthday_at(birth_date, age)), Band.ADULT)


def band_of_age(policy: Policy, age: int) -> Band:
    """Return the band of an age in full years."""
    terms = policy.minors
    if age < terms.child_under:
        return Band.CHILD
    if age < terms.teen_under:
        return Band.TEEN
    return Band.MINOR_16_17 if age < terms.adult_from else Band.ADULT


def opens_purge(band: Band) -> bool:
    """Tell whether the company's promise to hold no data of minors is concerned (MIN-06)."""
    return band is not Band.ADULT


def is_sensitive(policy: Policy, band: Band) -> bool:
    """Tell whether everything held of the person is sensitive by age (MIN-08)."""
    return policy.minors.under16_is_sensitive and is_under_sixteen(band)


def is_under_sixteen(band: Band) -> bool:
    """Tell whether data of the person is sold or shared only by opt-in (MIN-02)."""
    return band in (Band.CHILD, Band.TEEN)


def parent_confirmed(policy: Policy, method: str | None) -> bool:
    """Tell whether a parent was confirmed in one of the policy's ways (MIN-05)."""
    return method in policy.minors.parent_methods


def opt_in_is_valid(policy: Policy, band: Band, opt_in: OptIn | None) -> bool:
    """Tell whether an opt-in counts: a parent's for a child, a teen's own in two steps (MIN-02)."""
    if opt_in is None:
        return False
    if band is Band.CHILD:
        return opt_in.by_parent and (
            opt_in.method is None or parent_confirmed(policy, opt_in.method)
        )
    if band is Band.TEEN and opt_in.by_parent:
        return False
    return opt_in.steps is None or opt_in.steps >= policy.opt_out.opt_in_steps


def sale_allowed(
    policy: Policy, band: Band, opt_in: OptIn | None, *, opted_out: bool = False
) -> bool:
    """Tell whether a person's data may be sold or shared at all (MIN-02)."""
    if opted_out:
        return False
    return not is_under_sixteen(band) or opt_in_is_valid(policy, band, opt_in)


def still_needed(
    policy: Policy,
    band: Band,
    requester: Requester,
    request_type: RequestType,
    *,
    steps: int | None = None,
    method: str | None = None,
) -> Needed | None:
    """Return what a request by or for a young person still needs because of the age.

    A child's own request needs the parent, a parent's an accepted proof where one was offered, a
    teen's opt-in the teen and the second step (REQ-05, MIN-03, MIN-05, OPT-07).
    """
    if band is Band.CHILD and request_type in NEEDS_A_PARENT:
        return _of_a_parent(policy, requester, method)
    if request_type not in OPT_INS:
        return None
    if band is Band.TEEN and requester is Requester.PARENT:
        return Needed.TEEN
    too_few = steps is not None and steps < policy.opt_out.opt_in_steps
    return Needed.SECOND_STEP if too_few else None


def confirmation_letter(policy: Policy, band: Band, opt_in: OptIn | None) -> NoticeKind | None:
    """Return the letter that follows a minor's opt-in: how to opt out again (MIN-04)."""
    if band is Band.ADULT or not opt_in_is_valid(policy, band, opt_in):
        return None
    return NoticeKind.MINOR_OPT_IN


def _of_a_parent(policy: Policy, requester: Requester, method: str | None) -> Needed | None:
    if requester is not Requester.PARENT:
        return Needed.PARENT
    if method is not None and not parent_confirmed(policy, method):
        return Needed.PARENT_CONFIRMATION
    return None
