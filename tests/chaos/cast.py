"""Everybody around the requests: they try again until they get through, as people do."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import httpx
from temporalio.client import WorkflowUpdateFailedError

from domain.vocabulary import NoticeKind
from records.outbox import message_id
from tests.chaos.stories import Act, Plan
from tests.e2e.case import Case
from tests.e2e.office import Office, submission

PAUSE_S = 0.5

Result = TypeVar("Result")


class NotYet(Exception):
    """What somebody waits for is not there; they look again."""


@dataclass
class Played:
    """A request that was filed, as far as its people saw it."""

    plan: Plan
    case: Case


class Cast:
    """Intake system, consumer and staff; what they go by is the ledger and their letters."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def file(self, plan: Plan) -> Played:
        """File a request, as often as it takes, under one idempotency key."""
        asked = submission(plan.customer) | plan.wish
        filed = await insist(lambda: self._office.people.file(asked, key=plan.key))
        return Played(plan, self._office.case(filed["request_id"], plan.customer, filed))

    async def play(self, played: Played) -> None:
        """Do what consumer, staff and time do in this story."""
        story = played.plan.story
        if story.confirms:
            await insist(partial(self._confirm, played.case))
        for act in story.staff:
            await insist(partial(self._act, played.case, act))
        if story.ends_on_day is not None:
            await insist(partial(self._let_pass, played.case, story.ends_on_day))

    async def _confirm(self, case: Case) -> None:
        """Press the button of the first letter."""
        letter = await self._letter(case, NoticeKind.ACKNOWLEDGEMENT)
        mail = await case.people.mail(letter)
        answer = await case.people.press(case.people.links(mail)[0])
        if answer.status_code not in (httpx.codes.OK, httpx.codes.CONFLICT, httpx.codes.GONE):
            raise NotYet(f"the page answered {answer.status_code}")

    async def _letter(self, case: Case, kind: NoticeKind) -> str:
        """Return the Message-ID of a letter that was sent."""
        letters = (await case.ledger_state()).letters
        for n, letter in letters.items():
            if letter.notice is kind and letter.status == "accepted":
                return message_id(case.request_id, n, case.mail_domain)
        raise NotYet(f"no letter {kind}")

    async def _act(self, case: Case, act: Act) -> None:
        """Do it once the request is ready, and again until the ledger says it is done."""
        state = await case.ledger_state()
        if act.done(state) or state.closed:
            return
        if act.ready(state):
            try:
                await case.act(act.name, **act.fields)
            except WorkflowUpdateFailedError as refused:
                raise NotYet(f"{act.name} is refused") from refused
        raise NotYet(f"{act.name} is not recorded")

    async def _let_pass(self, case: Case, day: int) -> None:
        """Let time pass for a request until a day of its clock, unless it has ended."""
        state = await case.ledger_state()
        if not state.outcome:
            await case.to_day(day)
            raise NotYet(f"day {day} has not ended it")


async def insist(act: Callable[[], Awaitable[Result]]) -> Result:
    """Try until it works; whoever calls bounds the time."""
    while True:
        try:
            return await act()
        except asyncio.CancelledError:
            raise
        except Exception:
            await asyncio.sleep(PAUSE_S)
