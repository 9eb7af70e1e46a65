"""What the request form offers, and what each choice needs to be asked (REQ-09, REQ-10, VER-02)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from domain import policies, rights
from domain.clocks import local_date
from domain.paths import Fulfilment, Proof, path_of
from domain.policy import Policy
from domain.submission import CORRECTING
from domain.verification import points_asked
from domain.vocabulary import FOR_ANOTHER, PointOfIdentity, Requester, RequestType, Residency
from gateway.parts import GatewaySettings
from gateway.points import INPUTS

MOST_WISHES = 6
"""Rights in one submission."""

GROUPS: tuple[tuple[str, tuple[RequestType, ...]], ...] = (
    ("know", (RequestType.KNOW_BOTH, RequestType.KNOW_CATEGORIES)),
    ("change", (RequestType.DELETE, RequestType.CORRECT)),
    (
        "stop",
        (
            RequestType.OPT_OUT_SALE_SHARING,
            RequestType.LIMIT_SPI,
            RequestType.MARKETING_OPT_OUT,
        ),
    ),
    (
        "more",
        (
            RequestType.ACCOUNT_TERMINATE,
            RequestType.TESTIMONIAL_CHANGE,
            RequestType.OPT_IN_AFTER_OPT_OUT,
        ),
    ),
)
"""Rights as people name them. A copy to take along is part of ``know_both`` (KNO-02)."""

ASKERS = (
    Requester.CONSUMER,
    Requester.PARENT,
    Requester.AGENT_SIGNED,
    Requester.AGENT_POA,
    Requester.CONSERVATOR,
)


class Choice(NamedTuple):
    """What somebody wants, for whom, and what must be asked for it; nothing else is."""

    wishes: tuple[RequestType, ...]
    asker: Requester
    points: tuple[PointOfIdentity, ...]
    points_needed: int

    @property
    def for_another(self) -> bool:
        """Whether two people are to be named."""
        return self.asker in FOR_ANOTHER

    @property
    def is_opt_out(self) -> bool:
        """Whether an address is all that may be asked."""
        return all(path_of(wish).proof is Proof.NOTHING for wish in self.wishes)

    @property
    def names_age(self) -> bool:
        """Whether it matters how old the person is (MIN-01)."""
        return self.asker is Requester.PARENT and not self.is_opt_out

    @property
    def discloses(self) -> bool:
        """Whether a period can be chosen (KNO-03)."""
        return any(Fulfilment.DISCLOSE in path_of(wish).fulfilment for wish in self.wishes)

    @property
    def corrects(self) -> bool:
        """Whether wrong and right values are to be named (COR-01)."""
        return not CORRECTING.isdisjoint(self.wishes)

    @property
    def testimonial(self) -> bool:
        """Whether its place is to be named (REQ-11)."""
        return RequestType.TESTIMONIAL_CHANGE in self.wishes


def offered(settings: GatewaySettings, now: datetime) -> list[tuple[str, tuple[RequestType, ...]]]:
    """Return the groups of rights that can be chosen today."""
    policy = policies.in_force_at(now)
    today = local_date(now, policy)
    kept = [
        (name, tuple(r for r in group if _is_offered(settings, policy, r, today)))
        for name, group in GROUPS
    ]
    return [(name, group) for name, group in kept if group]


def askers(settings: GatewaySettings) -> list[Requester]:
    """Return who may ask."""
    return [asker for asker in ASKERS if asker in settings.served_requesters]


def choice_of(
    named: Sequence[str], who: str, settings: GatewaySettings, now: datetime
) -> Choice | None:
    """Return what was chosen, if it is something of what is offered, by somebody who may ask.

    The kinds of information are part of the information itself, so both are one request: only two
    in a year are free (FRQ-01).
    """
    known = {right for _, group in offered(settings, now) for right in group}
    wishes = [right for _, group in GROUPS for right in group if right in {*named} & known]
    if RequestType.KNOW_BOTH in wishes and RequestType.KNOW_CATEGORIES in wishes:
        wishes.remove(RequestType.KNOW_CATEGORIES)
    if not 0 < len(wishes) <= MOST_WISHES or who not in askers(settings):
        return None
    policy = policies.in_force_at(now)
    choice = Choice(tuple(wishes), Requester(who), (), _points_needed(policy, wishes))
    # Where the age is asked, the day of birth stands with the person already.
    needed = choice.points_needed - choice.names_age
    asked = _reliable(policy) if needed > 0 else ()
    points = tuple(k for k in asked if not (choice.names_age and k is PointOfIdentity.BIRTH_DATE))
    return choice._replace(points=points, points_needed=needed)


def _is_offered(settings: GatewaySettings, policy: Policy, right: RequestType, today: date) -> bool:
    return right in settings.served_types and rights.accepts(policy, right, today)


def _points_needed(policy: Policy, wishes: Sequence[RequestType]) -> int:
    """Return how many details are asked for; the proved address counts as one (VER-19)."""
    return max(0, max(points_asked(policy, wish, Residency.UNKNOWN) for wish in wishes) - 1)


def _reliable(policy: Policy) -> tuple[PointOfIdentity, ...]:
    return tuple(kind for kind in INPUTS if policy.verification.is_reliable(kind))
