"""Everybody around the requests: they try again until they get through, as people do."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import TypeVar

import httpx
from temporalio.client import WorkflowUpdateFailedError

from domain import events as e
from domain.vocabulary import NoticeKind
from records.outbox import message_id
from tests.chaos.doors import Doors
from tests.chaos.paper import PostDesk
from tests.chaos.stories import Act, Plan, Post, Way
from tests.e2e.case import Case, pacific
from tests.e2e.office import Office
from tests.mail_intake.bounces import bounce

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
    """Intake system, consumer, agent and staff; what they go by is the ledger and their letters."""

    def __init__(self, office: Office, doors: Doors) -> None:
        self._office = office
        self._doors = doors
        self._desk = PostDesk(office)

    async def file(self, plan: Plan) -> Played:
        """File a request by its way, as often as it takes, under one number of whoever files it."""
        return Played(plan, await insist(partial(self._doors.file, plan)))

    async def play(self, played: Played) -> None:
        """Do what consumer, agent, staff and time do in this story."""
        story, case = played.plan.story, played.case
        if story.post is Post.RETURNED:
            await insist(partial(self._return_mail, case))
        if story.confirms:
            await insist(partial(self._confirm, played))
        if story.confirms and story.way is Way.MAIL:
            await insist(partial(self._answer, played))
            await insist(partial(self._prove, case))
        if story.taken_back:
            await insist(partial(self._doors.take_back, case))
        for act in story.staff:
            await insist(partial(self._act, case, act))
        if story.ends_on_day is not None:
            await insist(partial(self._let_pass, case, story.ends_on_day))

    async def _return_mail(self, case: Case) -> None:
        """Send the first letter back to the company, until it goes on paper."""
        if await case.events(e.LetterBounced):
            return
        n = await self._letter(case, NoticeKind.ACKNOWLEDGEMENT)
        letter = message_id(case.request_id, n, case.mail_domain)
        await self._doors.mail(bounce(letter, case.customer.email))
        raise NotYet("the letter is not known to have come back")

    async def _confirm(self, played: Played) -> None:
        """Press the button of the first letter, or type the code that it prints."""
        case = played.case
        n = await self._letter(case, NoticeKind.ACKNOWLEDGEMENT)
        if played.plan.story.post is Post.MAIL:
            answer = await self._press(case, n)
        else:
            answer = await self._desk.press(await self._desk.code(case.request_id, n))
        if answer.status_code not in (httpx.codes.OK, httpx.codes.CONFLICT, httpx.codes.GONE):
            raise NotYet(f"the page answered {answer.status_code}")

    async def _answer(self, played: Played) -> None:
        """Answer the first letter by mail, until all that was written is with the request."""
        words, case = played.plan.story.words, played.case
        if len(await case.events(e.MessageReceived)) == len(words):
            return
        n = await self._letter(case, NoticeKind.ACKNOWLEDGEMENT)
        letter = message_id(case.request_id, n, case.mail_domain)
        await self._doors.write(played.plan, len(words) - 1, In_Reply_To=letter)
        raise NotYet("the mail is not with the request")

    async def _prove(self, case: Case) -> None:
        """Give what proves the identity behind the link of the letter that asks for it."""
        if (await case.ledger_state()).verified:
            return
        given = {str(kind): text for kind, text in case.customer.points.items()}
        await self._press(case, await self._letter(case, NoticeKind.MORE_INFORMATION), **given)
        raise NotYet("the identity is not settled")

    async def _press(self, case: Case, n: int, **fields: str) -> httpx.Response:
        mail = await case.people.mail(message_id(case.request_id, n, case.mail_domain))
        return await case.people.press(case.people.links(mail)[0], **fields)

    async def _letter(self, case: Case, kind: NoticeKind) -> int:
        """Return the number of the consumer's letter of a kind, once it was sent or posted."""
        letters = (await case.ledger_state()).letters
        for n, letter in letters.items():
            if letter.notice is kind and letter.status == "accepted":
                return n
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
        """Let time pass until the evening of a day of its clock, unless it has ended.

        The clock of a workflow that was resumed starts anew: it is as late as the last event.
        """
        state = await case.ledger_state()
        if state.outcome:
            return
        receipt = date.fromisoformat(case.filed["dates"]["receipt_date"])
        evening, time = pacific(receipt + timedelta(days=day), 17, 5), case.people.time
        left = evening - max(await time.now(case.request_id), state.at or evening)
        if left > timedelta(0):
            await time.forward(case.request_id, left)
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
