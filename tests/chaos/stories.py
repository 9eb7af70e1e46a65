"""What is asked, what everybody then does, and what must have become of it."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
from temporalio.client import WorkflowUpdateFailedError

from domain.state import RequestState
from domain.vocabulary import Decision, NoticeKind
from tests.e2e.case import Case
from tests.e2e.office import Office, submission
from tests.e2e.shop import Customer

PAUSE_S = 0.5
STEP_S = 20.0

Result = TypeVar("Result")


@dataclass(frozen=True)
class Story:
    """One kind of request, and what the model predicts of it."""

    name: str
    request_type: str
    confirms: bool
    staff: str
    """What staff do: an action, or nothing."""

    outcome: Decision | None
    """None: nobody answers, so it stays open."""

    erased: bool = False
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def closes(self) -> bool:
        """Whether the request ends."""
        return self.outcome is not None


APPROVED = Story("deletion approved", "delete", True, "approve", Decision.GRANT_PARTIAL, True)
STORIES = (
    APPROVED,
    APPROVED,
    Story("deletion denied", "delete", True, "deny", Decision.DENY),
    Story("deletion never confirmed", "delete", False, "", None),
    Story("opt-out", "opt_out_sale_sharing", False, "", Decision.GRANT),
    Story("correction", "correct", True, "approve", Decision.GRANT),
)
ACTS: dict[tuple[str, str], dict[str, Any]] = {
    ("delete", "approve"): {"confirm_grounds": ["EX8"]},
    ("delete", "deny"): {"reason": "conflict_with_law"},
    ("correct", "approve"): {"reason": "correction_supported"},
}


@dataclass(frozen=True)
class Plan:
    """One request to be played."""

    story: Story
    customer: Customer
    key: str
    phone: str


@dataclass
class Played:
    """A request that was filed, as far as its people saw it."""

    plan: Plan
    case: Case


async def plans(office: Office, count: int, chance: random.Random) -> list[Plan]:
    """Choose what is asked; every kind at least once where the count allows."""
    stories = [*STORIES, *(chance.choice(STORIES) for _ in range(count))][:count]
    chance.shuffle(stories)
    return [
        Plan(story, await office.shop.customer(), f"chaos-{n}", f"+1 209 555 0{n:03}")
        for n, story in enumerate(stories)
    ]


class Cast:
    """Everybody around the requests: they try again until they get through, as people do."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def file(self, plan: Plan) -> Played:
        """File a request, as often as it takes, under one idempotency key."""
        asked = submission(plan.customer, **_fields(plan))
        filed = await insist(lambda: self._office.people.file(asked, key=plan.key))
        return Played(plan, self._office.case(filed["request_id"], plan.customer, filed))

    async def play(self, played: Played) -> None:
        """Do what consumer and staff do in this story."""
        story = played.plan.story
        if story.confirms:
            await insist(lambda: self._confirm(played.case))
        if story.staff:
            await insist(lambda: self._decide(played))

    async def until_closed(self, case: Case) -> RequestState:
        """Wait for the end."""
        return await insist(lambda: case.until("the close", lambda state: state.closed, STEP_S))

    async def _confirm(self, case: Case) -> None:
        mail = await case.letter(NoticeKind.ACKNOWLEDGEMENT, STEP_S)
        answer = await case.people.press(case.people.links(mail)[0])
        if answer.status_code not in (httpx.codes.OK, httpx.codes.CONFLICT, httpx.codes.GONE):
            raise ConnectionError(f"the page answered {answer.status_code}")

    async def _decide(self, played: Played) -> None:
        case, story = played.case, played.plan.story
        state = await case.until("what is held", lambda s: s.holdings or s.decision, STEP_S)
        if state.decision is not None:
            return
        fields = ACTS[story.request_type, story.staff]
        try:
            await case.act(story.staff, **fields)
        except WorkflowUpdateFailedError:
            if (await case.state()).decision is None:
                raise


async def insist(act: Callable[[], Awaitable[Result]]) -> Result:
    """Try until it works; whoever calls bounds the time."""
    while True:
        try:
            return await act()
        except asyncio.CancelledError:
            raise
        except Exception:
            await asyncio.sleep(PAUSE_S)


def _fields(plan: Plan) -> dict[str, Any]:
    fields: dict[str, Any] = {"request_types": [plan.story.request_type]}
    if plan.story.request_type == "correct":
        held = plan.customer.phone
        fields["corrections"] = [{"field": "phone", "claimed": plan.phone, "held": held}]
    return fields
