"""What becomes of each mail: a request, a message to one, a bounce, nothing, or a person's task.

A mail was kept before it was accepted. It is settled in one transaction with everything that it
causes, so it can be tried again after any failure; what fails again and again is parked.
"""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import NamedTuple

import asyncpg
import structlog

from domain.submission import Submission
from domain.vocabulary import RequestType
from mail_intake.automatic import Machine, Verdict
from mail_intake.limits import TooHard
from mail_intake.parts import MailParts
from mail_intake.reading import read_mail
from mail_intake.storing import (
    Incoming,
    file_request,
    filed_lately,
    store_bounce,
    store_message,
)
from mail_intake.understanding import (
    NoWriter,
    address_of,
    opt_out_in_reply,
    understand,
    wish_of,
)
from records import identities, incoming_mail, outbox, requests
from records.connection import Connection
from records.earlier import is_requester
from records.incoming_mail import Mail, Standing
from records.outbox import Letter
from records.submissions import is_agents, submission_of

log = structlog.get_logger("mail_intake.sorting")

_OUTAGES = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError)
"""What says that the database is away, and nothing about the mail."""


class Settled(NamedTuple):
    """What became of a mail, and whom the engine is to be told of afterwards."""

    standing: Standing
    reason: str = ""
    request_id: str | None = None
    started: tuple[str, ...] = ()
    delivered: tuple[tuple[str, int], ...] = ()


class Sorting:
    """Settles mail, one at a time, by itself or with a person's help."""

    def __init__(self, parts: MailParts) -> None:
        self._parts = parts

    async def settle(self, mail_id: int) -> Settled | None:
        """Settle one mail; ``None`` when it is settled already, or another process has it."""
        async with (
            self._parts.pool.acquire() as conn,
            incoming_mail.claim(conn, mail_id) as mail,
        ):
            if mail is None:
                return None
            settled = await self._settled(conn, mail)
        log.info("mail_settled", row_id=mail_id, outcome=settled.standing, reason=settled.reason)
        await self._tell_engine(settled)
        return settled

    async def settle_waiting(self) -> int:
        """Settle what an earlier process left behind, and return how many mails there were."""
        async with self._parts.pool.acquire() as conn:
            waiting = await incoming_mail.of_standing(conn, Standing.RECEIVED)
        return sum([await self.settle(mail.mail_id) is not None for mail in waiting])

    async def tidy(self) -> int:
        """Drop machines' mail whose days are over; tell staff what waits; return how many wait."""
        parts = self._parts
        before = parts.now() - timedelta(days=parts.settings.keep_days)
        async with parts.pool.acquire() as conn:
            await incoming_mail.drop_settled(conn, before)
            waiting = len(await incoming_mail.of_standing(conn, Standing.PARKED))
        if waiting:
            await parts.tell_staff(waiting)
        return waiting

    async def _settled(self, conn: Connection, mail: Mail) -> Settled:
        if mail.attempts > self._parts.settings.most_attempts:
            return await self._park(conn, mail, "kept_failing")
        try:
            return await self._read_and_sorted(conn, mail)
        except TooHard as hard:
            return await self._park(conn, mail, hard.reason)
        except NoWriter:
            return await self._park(conn, mail, "no_writer")
        except _OUTAGES:
            raise
        except Exception as fault:
            log.warning("mail_not_understood", row_id=mail.mail_id, reason=type(fault).__name__)
            return await self._park(conn, mail, "not_understood")

    async def _read_and_sorted(self, conn: Connection, mail: Mail) -> Settled:
        parts, settings = self._parts, self._parts.settings
        raw = await incoming_mail.opened(mail, parts.wrapping)
        read = await asyncio.to_thread(read_mail, raw, settings.limits, settings.ours)
        async with conn.transaction():
            settled = await self._sorted(conn, Incoming(mail, raw, read))
            await self._mark(conn, mail, settled)
        return settled

    async def _sorted(self, conn: Connection, incoming: Incoming) -> Settled:
        if incoming.read.machine is not None:
            return await self._from_machine(conn, incoming, incoming.read.machine)
        letter = await _letter(conn, incoming.read.answers)
        if letter is not None and letter.audience != "consumer":
            return Settled(Standing.PARKED, f"answer_of_{letter.audience}", letter.request_id)
        request_id = letter.request_id if letter else await self._named(conn, incoming)
        return await self._thread(conn, incoming, request_id) or await self._file(conn, incoming)

    async def _named(self, conn: Connection, incoming: Incoming) -> str | None:
        """Return the request that a mail names, if its own consumer wrote."""
        for request_id in incoming.read.request_ids:
            if await self._is_theirs(conn, request_id, incoming):
                return request_id
        return None

    async def _thread(
        self, conn: Connection, incoming: Incoming, request_id: str | None
    ) -> Settled | None:
        """Put a mail in the inbox of the request that it answers, while that is open."""
        row = await requests.find(conn, request_id) if request_id else None
        if row is None or row.purged_at is not None:
            return None
        if row.closed_at is not None:
            asks = wish_of(incoming.read) is not None
            return None if asks else Settled(Standing.PARKED, "request_closed", row.request_id)
        theirs = await self._is_theirs(conn, row.request_id, incoming)
        reading = "reply" if theirs else "another_sender"
        n = await store_message(conn, self._parts, incoming, row.request_id, reading)
        started = await self._opt_out_too(conn, incoming)
        delivered = ((row.request_id, n),)
        return Settled(Standing.THREADED, reading, row.request_id, started, delivered)

    async def _opt_out_too(self, conn: Connection, incoming: Incoming) -> tuple[str, ...]:
        """File the opt-out that an answer to our letter asks for, without a question (REQ-10)."""
        if not opt_out_in_reply(incoming.read):
            return ()
        understood = understand(incoming.read, incoming.row.received_at)
        submission = understood.submission
        return tuple(await file_request(conn, self._parts, incoming, submission, "-opt-out"))

    async def _file(self, conn: Connection, incoming: Incoming) -> Settled:
        parts = self._parts
        understood = understand(incoming.read, incoming.row.received_at)
        who = identities.email(address_of(incoming.read))
        lately = await filed_lately(conn, parts, who, parts.now())
        if lately >= parts.settings.filings_per_day:
            return Settled(Standing.PARKED, "too_many_from_one")
        filed = await file_request(conn, parts, incoming, understood.submission)
        n = await store_message(conn, parts, incoming, filed[0], understood.reading)
        delivered = ((filed[0], n),)
        return Settled(Standing.FILED, understood.reading, filed[0], tuple(filed), delivered)

    async def _from_machine(
        self, conn: Connection, incoming: Incoming, verdict: Verdict
    ) -> Settled:
        if verdict.machine is Machine.BOUNCE:
            return await self._bounce(conn, incoming, verdict)
        if verdict.machine is Machine.REPLY:
            return Settled(Standing.AUTOMATIC, "auto_reply")
        wish = wish_of(incoming.read)
        asks = wish is not None and {*wish.types} - {RequestType.MARKETING_OPT_OUT}
        # Some services write for people, and lists write of privacy: a person tells them apart.
        return Settled(Standing.PARKED if asks else Standing.AUTOMATIC, "written_by_machine")

    async def _bounce(self, conn: Connection, incoming: Incoming, verdict: Verdict) -> Settled:
        """Mark the address of a letter that came back as failing (NOT-07)."""
        letter = await _letter(conn, verdict.letters)
        if letter is None:
            return Settled(Standing.AUTOMATIC, "bounce_of_none")
        row = await requests.find(conn, letter.request_id)
        if letter.audience != "consumer" or row is None or row.closed_at is not None:
            return Settled(Standing.PARKED, f"bounce_to_{letter.audience}", letter.request_id)
        submission = await submission_of(conn, self._parts.vault, letter.request_id)
        address, paper = _written_to(letter, submission)
        n = await store_bounce(
            conn,
            self._parts,
            incoming,
            letter.request_id,
            letter=letter.n,
            address=address,
            status=verdict.status,
            paper=paper,
        )
        delivered = ((letter.stream, n),)
        return Settled(Standing.BOUNCE, "", letter.request_id, (), delivered)

    async def _is_theirs(self, conn: Connection, request_id: str, incoming: Incoming) -> bool:
        """Tell whether the consumer of a request wrote, or who asks for them."""
        address = incoming.read.address
        if not address:
            return False
        people = self._parts.people
        if await is_requester(conn, people, request_id, identities.email(address)):
            return True
        return await is_agents(conn, self._parts.vault, request_id, address)

    async def _park(self, conn: Connection, mail: Mail, reason: str) -> Settled:
        settled = Settled(Standing.PARKED, reason)
        await self._mark(conn, mail, settled)
        return settled

    async def _mark(self, conn: Connection, mail: Mail, settled: Settled) -> None:
        await incoming_mail.settle(
            conn,
            mail.mail_id,
            settled.standing,
            now=self._parts.now(),
            reason=settled.reason,
            request_id=settled.request_id,
            drop=bool(settled.delivered),
        )

    async def _tell_engine(self, settled: Settled) -> None:
        engine = self._parts.engine
        for request_id in settled.started:
            await self._try("start", request_id, engine.start(request_id))
        for stream, row in settled.delivered:
            await self._try("deliver", stream, engine.deliver(stream, row))

    async def _try(self, what: str, whom: str, call: Awaitable[None]) -> None:
        """Tell the engine, best effort: the worker's sweep finds what is left."""
        try:
            async with asyncio.timeout(self._parts.settings.engine_seconds):
                await call
        except Exception as fault:
            log.warning("left_to_the_sweep", step=what, stream=whom, reason=type(fault).__name__)


async def _letter(conn: Connection, message_ids: tuple[str, ...]) -> Letter | None:
    """Return the letter of ours that is named first."""
    for message_id in message_ids:
        letter = await outbox.by_message_id(conn, message_id)
        if letter is not None:
            return letter
    return None


def _written_to(letter: Letter, submission: Submission) -> tuple[str, bool]:
    """Return the address that a letter went to, and whether its reader can be reached by post."""
    agent = submission.agent
    if agent is not None and letter.facts.get("reader") == "requester":
        return agent.email, False
    person = submission.consumer
    return person.email or "", bool(person.postal_address)
