"""What is asked, of every kind, what everybody then does, and what must have become of it."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import asyncpg

from domain.citation import EXAMPLE
from domain.state import RequestState
from domain.vocabulary import Decision, PointOfIdentity
from tests.chaos import business
from tests.chaos.business import Must
from tests.e2e.office import Office
from tests.e2e.shop import Customer

NOBODY_HAS = "SELECT true"
ACCOUNT = "SELECT active FROM accounts WHERE id = $1"
TOLD_BY_POST = (PointOfIdentity.PHONE, PointOfIdentity.CUSTOMER_NUMBER)
TESTIMONIAL = "SELECT published FROM testimonials WHERE id = $1"


class Way(StrEnum):
    """How a request comes in."""

    FORM = "web form"
    MAIL = "mail"
    AGENT = "agent's software"


class Post(StrEnum):
    """How its letters reach the consumer."""

    MAIL = "mail"
    PAPER = "paper"
    RETURNED = "mail that comes back, then paper"


@dataclass(frozen=True)
class Act:
    """Something that staff do once the request is ready for it, until it is seen to be done."""

    name: str
    ready: Callable[[RequestState], object]
    done: Callable[[RequestState], object]
    fields: Mapping[str, Any] = field(default_factory=dict)


def _decision(name: str, **fields: Any) -> Act:
    return Act(name, lambda s: s.holdings, lambda s: s.decision, fields)


APPROVE = _decision("approve")
APPROVE_ERASURE = _decision("approve", confirm_grounds=["EX8"])
ACCEPT_AUTHORITY = Act(
    "accept_authority",
    lambda s: s.needs_authority,
    lambda s: s.authority,
    {"form": "signed_permission", "seen": ["registration"]},
)
APPROVE_CORRECTION = _decision("approve", reason="correction_supported")
APPROVE_PURGE = Act(
    "approve",
    lambda s: s.age_established,
    lambda s: s.decision,
    {"confirm_grounds": ["EX8"], "reason": "age_established"},
)
ESTABLISH_AGE = Act(
    "establish_age", lambda s: s.holdings, lambda s: s.age_established, {"method": "parent_called"}
)
EXTEND = Act(
    "extend_deadline", lambda s: s.holdings, lambda s: s.extension, {"reason": "complex_systems"}
)
RELEASE = Act("release_report", lambda s: s.awaits_release, lambda s: s.disclosed)


@dataclass(frozen=True)
class Story:
    """One kind of request, and what the model predicts of it."""

    name: str
    request_type: str
    outcome: Decision | None
    """None: nobody decides, so it stays open."""

    confirms: bool = True
    staff: tuple[Act, ...] = ()
    ends_on_day: int | None = None
    """The day of its clock to whose evening time passes for it: later, and it were overdue."""

    erased: bool = False
    must: tuple[Must, ...] = ()
    closes: bool = True
    fields: Mapping[str, Any] = field(default_factory=dict)
    of_whom: str = NOBODY_HAS
    """What the back office must find of the consumer."""

    way: Way = Way.FORM
    post: Post = Post.MAIL
    words: tuple[str, ...] = ()
    """What the consumer writes by mail: what asks, and what answers the first letter."""

    attaches: bool = False
    """Whether a picture comes with what answers the first letter."""

    taken_back: bool = False
    """Whether the agent's software revokes it."""

    @property
    def ends_unproved(self) -> bool:
        """Whether it ends without the proof that its first letter asks for."""
        return self.taken_back or (self.ends_on_day is not None and not self.confirms)


def _child(age: int) -> str:
    return date(datetime.now(UTC).year - age, 1, 2).isoformat()


ABROAD: dict[str, Any] = {"residency": "OTHER"}
BY_RULE: dict[str, Any] = {"confirms": False, "outcome": Decision.GRANT}
ERASED: dict[str, Any] = {"outcome": Decision.GRANT_PARTIAL, "erased": True}
COPIED: dict[str, Any] = {
    "outcome": Decision.GRANT_PARTIAL,
    "staff": (APPROVE, RELEASE),
    "fields": ABROAD,
    "closes": False,
}
"""Answered, less what no copy may show, and open for as long as the package can be fetched."""

PIECES: dict[str, Any] = {**COPIED, "must": (business.copy_returned,)}
"""With the copy of the provider that agreed to return one."""

BY_AGENT: dict[str, Any] = {"way": Way.AGENT, "must": (business.agent_knows,)}

STORIES: tuple[Story, ...] = (
    Story("deletion approved", "delete", **ERASED, staff=(APPROVE_ERASURE,)),
    Story("deletion extended", "delete", **ERASED, staff=(EXTEND, APPROVE_ERASURE)),
    Story(
        "deletion denied",
        "delete",
        Decision.DENY,
        staff=(_decision("deny", reason="conflict_with_law", law=EXAMPLE),),
    ),
    Story("deletion withdrawn", "delete", Decision.WITHDRAWN, staff=(_decision("withdraw"),)),
    Story("deletion never confirmed", "delete", None, confirms=False, closes=False),
    Story(
        "deletion never confirmed, its window past",
        "delete",
        Decision.UNVERIFIED_TREAT_AS_OPT_OUT,
        confirms=False,
        ends_on_day=45,
        must=(business.opted_out,),
    ),
    Story(
        "account closed",
        "account_terminate",
        **ERASED,
        staff=(APPROVE_ERASURE,),
        must=(business.account_off,),
        of_whom=ACCOUNT,
    ),
    Story(
        "child reported",
        "minor_purge",
        **ERASED,
        confirms=False,
        staff=(ESTABLISH_AGE, APPROVE_PURGE),
        must=(business.account_off,),
        fields={"requester": "reporter", "birth_date": _child(10)},
        of_whom=ACCOUNT,
    ),
    Story(
        "correction",
        "correct",
        Decision.GRANT,
        staff=(APPROVE_CORRECTION,),
        must=(business.phone_corrected,),
    ),
    Story(
        "account changed",
        "account_change",
        Decision.GRANT,
        staff=(APPROVE_CORRECTION,),
        must=(business.phone_corrected,),
    ),
    Story(
        "testimonial removed",
        "testimonial_change",
        Decision.GRANT,
        staff=(APPROVE,),
        must=(business.testimonial_off,),
        fields={"testimonial": "https://shop.example/voices"},
        of_whom=TESTIMONIAL,
    ),
    Story("categories told", "know_categories", Decision.GRANT, staff=(APPROVE,)),
    Story("copy of everything", "know_both", **PIECES),
    Story("copy of the pieces", "know_specific", **PIECES),
    Story("portable copy", "portability", **PIECES),
    Story("account reviewed", "account_review", **COPIED),
    Story("deletion by post", "delete", **ERASED, staff=(APPROVE_ERASURE,), post=Post.PAPER),
    Story(
        "deletion, its mail returned",
        "delete",
        **ERASED,
        staff=(APPROVE_ERASURE,),
        post=Post.RETURNED,
    ),
    Story(
        "categories told by post",
        "know_categories",
        Decision.GRANT,
        staff=(APPROVE,),
        post=Post.PAPER,
    ),
    Story(
        "deletion by mail",
        "delete",
        **ERASED,
        staff=(APPROVE_ERASURE,),
        way=Way.MAIL,
        words=("Please delete all my data.", "Thanks! What happens next?"),
    ),
    Story(
        "deletion by mail with a picture",
        "delete",
        **ERASED,
        staff=(APPROVE_ERASURE,),
        must=(business.picture_kept,),
        way=Way.MAIL,
        words=("Please delete all my data.", "Here is a photo of my card."),
        attaches=True,
    ),
    Story(
        "opt-out by mail",
        "opt_out_sale_sharing",
        **BY_RULE,
        must=(business.opted_out,),
        way=Way.MAIL,
        words=("Do not sell or share my personal information.",),
    ),
    Story(
        "deletion by an agent's software",
        "delete",
        **ERASED,
        **BY_AGENT,
        staff=(ACCEPT_AUTHORITY, APPROVE_ERASURE),
    ),
    Story(
        "opt-out by an agent's software",
        "opt_out_sale_sharing",
        Decision.GRANT,
        confirms=False,
        staff=(ACCEPT_AUTHORITY,),
        must=(business.agent_knows, business.opted_out),
        way=Way.AGENT,
    ),
    Story(
        "deletion revoked by an agent's software",
        "delete",
        Decision.WITHDRAWN,
        **BY_AGENT,
        confirms=False,
        taken_back=True,
    ),
    Story("opt-out of sale", "opt_out_sale_sharing", **BY_RULE, must=(business.opted_out,)),
    Story(
        "browser's signal",
        "gpc_signal",
        **BY_RULE,
        must=(business.opted_out,),
        fields={"channel": "gpc", "points": {}},
    ),
    Story("limit", "limit_spi", **BY_RULE, must=(business.limited,)),
    Story("marketing stopped", "marketing_opt_out", **BY_RULE, must=(business.off_the_lists,)),
    Story(
        "opted in again",
        "opt_in_after_opt_out",
        Decision.GRANT,
        must=(business.not_opted_out,),
    ),
    Story(
        "young person opts in",
        "opt_in_minor",
        Decision.GRANT,
        must=(business.not_opted_out,),
        fields={"birth_date": _child(14)},
    ),
)
COMMON = STORIES[0]
"""What every third request is: the longest way, with both providers."""


@dataclass(frozen=True)
class Plan:
    """One request to be played."""

    story: Story
    customer: Customer
    key: str
    phone: str

    @property
    def wish(self) -> dict[str, Any]:
        """What the request asks beside who asks it."""
        fields = {"request_types": [self.story.request_type], **self.story.fields}
        if self.story.post is not Post.MAIL:
            fields |= self._on_paper()
        if business.phone_corrected in self.story.must:
            wish = {"field": "phone", "claimed": self.phone, "held": self.customer.phone}
            fields["corrections"] = [wish]
        return fields

    def _on_paper(self) -> dict[str, Any]:
        """Say where letters go on paper; that one arrives proves the address."""
        who, points = self.customer, self.customer.points
        person = {"name": who.name, "postal_address": who.postal_address.split(", ", 1)}
        if self.story.post is Post.RETURNED:
            person["email"] = who.email
        told = {kind: points[kind] for kind in TOLD_BY_POST}
        return {"channel": "post", "consumer": person, "points": told}


async def plans(office: Office, count: int, chance: random.Random) -> list[Plan]:
    """Choose what is asked; every kind once before any comes again, deletions most."""
    chosen = _chosen(count, chance)
    backoffice = await asyncpg.connect(office.stack.business.backoffice)
    try:
        customers = [await _one_with(office, backoffice, story.of_whom) for story in chosen]
    finally:
        await backoffice.close()
    return [
        Plan(story, customer, f"chaos-{n}", f"+1 209 555 {n:04}")
        for n, (story, customer) in enumerate(zip(chosen, customers, strict=True))
    ]


def _chosen(count: int, chance: random.Random) -> Sequence[Story]:
    left = list(STORIES)
    chance.shuffle(left)
    chosen: list[Story] = []
    while len(chosen) < count:
        if len(chosen) % 3 == 0 or not left:
            chosen.append(COMMON if len(chosen) % 3 == 0 else chance.choice(STORIES))
        else:
            chosen.append(left.pop())
    return chosen


async def _one_with(office: Office, backoffice: asyncpg.Connection, query: str) -> Customer:
    """Return a consumer not used yet of whom a query finds something."""
    while True:
        customer = await office.shop.customer()
        args = () if query == NOBODY_HAS else (customer.id,)
        if await backoffice.fetchval(query, *args) is not None:
            return customer
