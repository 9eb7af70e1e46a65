"""One request, followed from outside: by its doors, its letters and its ledger."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from domain import events as e
from domain.notice_words import Situation
from domain.state import RequestState, fold
from domain.vocabulary import NoticeKind, PointOfIdentity
from records import ledger
from records.outbox import message_id
from tests.e2e.shop import Customer
from workers.rehearsal.people import People
from workflows import names

PACIFIC = ZoneInfo("America/Los_Angeles")
STAFF = "s.lee"

EventType = TypeVar("EventType", bound=e.Event)


def pacific(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """Return an instant on a Pacific day."""
    return datetime.combine(day, clock_time(hour, minute), PACIFIC).astimezone(UTC)


async def eventually(holds: Callable[[], Any], seconds: float = 20) -> Any:
    """Wait until something asked for is true, and return it."""
    limit = time.monotonic() + seconds
    while not (found := await holds()):
        assert time.monotonic() < limit, f"not seen within {seconds:g} s"
        await asyncio.sleep(0.1)
    return found


@dataclass(frozen=True)
class Case:
    """A request that a test follows."""

    request_id: str
    customer: Customer
    people: People
    owner_dsn: str
    mail_domain: str
    filed: dict[str, Any]

    async def state(self) -> RequestState:
        """Return the state that the workflow holds."""
        return await self.people.state(self.request_id)

    async def until(
        self,
        what: str,
        holds: Callable[[RequestState], object],
        seconds: float = 30,
        *,
        settled: bool = True,
    ) -> RequestState:
        """Wait for the state to be as wanted, and recorded."""
        return await self.people.until(self.request_id, what, holds, seconds, settled=settled)

    async def letter(self, notice: NoticeKind, seconds: float = 30) -> dict[str, Any]:
        """Return the latest letter of a kind as it arrived."""
        return await self.people.letter(self.request_id, notice, seconds)

    async def confirm(self) -> None:
        """Press the button of the letter that confirms receipt."""
        await self.people.confirm_address(self.request_id)

    async def verified(self) -> RequestState:
        """Confirm the address and wait until a decision is awaited."""
        await self.confirm()
        return await self.until("a decision is awaited", lambda s: s.holdings)

    async def act(self, action: str, **fields: object) -> str:
        """Do what staff can do, as an update."""
        return await self.people.act(self.request_id, action, decided_by=STAFF, **fields)

    async def approve(self) -> str:
        """Approve, with the grounds that the current details name."""
        return await self.act("approve", confirm_grounds=["EX8"])

    async def refused(self, action: str, **fields: object) -> str:
        """Return the sentence by which an action is refused."""
        with pytest.raises(WorkflowUpdateFailedError) as raised:
            await self.act(action, **fields)
        assert isinstance(raised.value.cause, ApplicationError)
        return raised.value.cause.message

    async def signal(self, name: str, *payloads: object) -> None:
        """Send a signal, as the command line does."""
        await self.people.handle(self.request_id).signal(name, args=list(payloads))

    async def answered(self, seconds: float = 40) -> RequestState:
        """Wait for the answer."""
        return await self.until("the answer is out", lambda s: s.answered, seconds)

    async def urgency(self) -> str | None:
        """Return what the lists of the Web UI say of the due date."""
        shown = await self.people.handle(self.request_id).describe()
        return shown.typed_search_attributes.get(names.URGENCY)

    async def closed(self, seconds: float = 40) -> RequestState:
        """Wait for the end, and for the workflow's."""
        state = await self.until("the request is closed", lambda s: s.closed, seconds)
        await asyncio.wait_for(self.people.handle(self.request_id).result(), seconds)
        return state

    async def forward_to(self, instant: datetime) -> None:
        """Let time pass for this request."""
        await self.people.forward_to(self.request_id, instant)

    async def to_day(self, day: int, hour: int = 10, minute: int = 0) -> None:
        """Let time pass until an hour of the n-th Pacific day after receipt."""
        receipt = date.fromisoformat(self.filed["dates"]["receipt_date"])
        await self.forward_to(pacific(receipt + timedelta(days=day), hour, minute))

    async def press(
        self, notice: NoticeKind, fields: Mapping[PointOfIdentity, str] | None = None
    ) -> httpx.Response:
        """Press the button of a letter's page."""
        mail = await self.letter(notice)
        filled = {str(kind): text for kind, text in (fields or {}).items()}
        return await self.people.press(self.people.links(mail)[0], **filled)

    async def disown(self) -> httpx.Response:
        """Press "this was not me" on the page of the letter that confirms receipt."""
        mail = await self.letter(NoticeKind.ACKNOWLEDGEMENT)
        return await self.people.press(self.people.links(mail)[-1], action="not_me")

    async def recorded(self, stream: str | None = None) -> list[e.Recorded]:
        """Read a stream of the ledger, its chain checked."""
        connection = await asyncpg.connect(self.owner_dsn)
        try:
            rows = await ledger.read(connection, stream or self.request_id)
        finally:
            await connection.close()
        assert ledger.verify(rows) == []
        return [row.recorded for row in rows]

    async def events(self, kind: type[EventType], stream: str | None = None) -> list[EventType]:
        """Return the events of one kind, oldest first."""
        return [r.event for r in await self.recorded(stream) if isinstance(r.event, kind)]

    async def names(self) -> list[str]:
        """Name the events of the request, oldest first."""
        return [recorded.event.type for recorded in await self.recorded()]

    async def ledger_state(self) -> RequestState:
        """Fold the request's stream."""
        return fold(self.request_id, await self.recorded())

    async def query(self, sql: str, *args: object) -> list[asyncpg.Record]:
        """Ask our own database."""
        connection = await asyncpg.connect(self.owner_dsn)
        try:
            return list(await connection.fetch(sql, *args))
        finally:
            await connection.close()

    async def staff_told(self) -> list[Situation]:
        """Return what staff were mailed about this request, in the order of asking."""
        told = []
        for recorded in await self.recorded():
            event = recorded.event
            if isinstance(event, e.NoticeRequested) and event.audience == "staff":
                await self._arrived(recorded.n)
                told.append(Situation(event.facts["situation"]))
        return told

    async def _arrived(self, n: int) -> None:
        wanted = message_id(self.request_id, n, self.mail_domain)

        async def arrived() -> bool:
            return wanted in [mail["message_id"] for mail in await self.people.mails()]

        await eventually(arrived)
