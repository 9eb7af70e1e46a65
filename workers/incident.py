"""A misdelivery: freezes one request at once, and lists who can have seen what of it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from activities.direction_streams import read_request
from domain import policies, signed_in
from domain.decisions.incident import late_task
from domain.events import Actor
from domain.ids import outside_stream
from domain.outside import IncidentReported
from domain.timeline import sentence, words
from domain.vocabulary import Residency
from records import freezing, inbox, ledger, outbox, requests, staff_rows
from records.outbox import LetterStatus
from records.outside import note_outside
from records.requests import RegisteredRequest
from records.vault import Vault

ACTION = "freeze"


class NoSuchRequest(Exception):
    """No request of that id is registered; check the id."""


@dataclass(frozen=True)
class Sight:
    """Something that somebody can have seen: when, and what it was. Names nobody."""

    at: datetime
    what: str


@dataclass(frozen=True)
class Incident:
    """What was closed, and what had gone out before.

    ``row`` is the inbox row by which the request's workflow takes it; none where it has already.
    ``again``: it was frozen before, so that counsel has been told.
    """

    request_id: str
    residency: Residency
    hold_id: str
    revoked: int
    sights: tuple[Sight, ...]
    row: int | None
    closed: bool
    purged: bool
    again: bool

    @property
    def untold(self) -> bool:
        """Whether counsel is still to be mailed: of a purged request no letter can be kept."""
        return self.purged and not self.again

    def steps(self) -> Iterator[str]:
        """Say what people have to do now, in order; what the law asks is counsel's to judge."""
        yield "Tell counsel and the head of privacy now; write down when you learned of it."
        if self.purged:
            yield (
                "Ask whoever received it what it was: this request's data was destroyed when its "
                "retention ended, and none of its letters can be read here any more."
            )
        yield self._release()
        yield f"Save the proof: privacy evidence {self.request_id} -o {self.request_id}.zip"
        yield (
            "Ask whoever received it to return or destroy it and to confirm that in writing; keep "
            "the answer with the matter."
        )
        yield (
            "Find the cause before anything more is sent for this request: wrong address on file, "
            "wrong match, or somebody who posed as the consumer."
        )
        yield (
            "Counsel judges whether people and authorities must be told, and by when. California: "
            "Civ. Code 1798.82, for what was not encrypted, within 30 calendar days of discovery."
        )
        if self.residency is Residency.EEA:
            yield "The consumer lives in the EEA: GDPR articles 33 and 34, within 72 hours."
        if not self.closed:
            yield "The request itself is still owed its answer; its clock runs on."

    def _release(self) -> str:
        held = f"Nothing of this request is erased or purged while hold {self.hold_id} stands. "
        if self.closed:
            return held + (
                "When counsel agrees, release it, which ends the freeze as well: "
                f"privacy hold release {self.hold_id} --by STAFF-ID"
            )
        return held + (
            "No letter leaves, and no action is taken but those of the incident. When the cause is "
            "found, release all of it, the held letters sent or dropped: privacy act unfreeze "
            f"{self.request_id} --by STAFF-ID "
            """--json '{"reason": "cause_mended", "letters": "drop"}'"""
        )


async def report(
    conn: asyncpg.Connection,
    vault: Vault,
    request_id: str,
    *,
    staff_id: str,
    mail_domain: str,
    now: datetime,
) -> Incident:
    """Freeze a request, record it, and list what was seen before.

    What Postgres decides holds at once: links end, data is held, no letter leaves. The workflow
    learns of it by a row of its inbox, which the caller delivers, or else the sweep. One that is
    closed has no workflow; the sweep mails counsel's task, under a Message-ID of ``mail_domain``.
    Of one that was purged the caller mails it (``untold``).

    Raises:
        NoSuchRequest: nothing is registered under that id.
    """
    row = await requests.find(conn, request_id)
    if row is None:
        raise NoSuchRequest(f"no request {request_id} is registered; check the id")
    async with conn.transaction():
        sights = await _sights(conn, request_id)
        revoked = await freezing.freeze(conn, request_id, staff_id=staff_id, now=now)
        event = IncidentReported(actor=Actor(id=staff_id), links=revoked)
        await note_outside(conn, request_id, event, now)
        if row.closed_at and not row.purged_at and not row.frozen_at:
            await _leave_task(conn, row, mail_domain, now)
        return Incident(
            request_id=request_id,
            residency=row.residency,
            hold_id=await freezing.hold_on(conn, request_id),
            revoked=revoked,
            sights=sights,
            row=await _leave_word(conn, vault, row, staff_id, now),
            closed=row.closed_at is not None,
            purged=row.purged_at is not None,
            again=row.frozen_at is not None,
        )


async def _leave_task(
    conn: asyncpg.Connection, row: RegisteredRequest, mail_domain: str, now: datetime
) -> None:
    """Put counsel's task into the outbox of a closed request, whose letters the sweep sends."""
    state = await read_request(conn, row.request_id)
    task = late_task(state, policies.in_force_at(now), now)
    await outbox.add(
        conn,
        stream=outside_stream(row.request_id),
        n=await note_outside(conn, row.request_id, task, now),
        request_id=row.request_id,
        notice=task.notice,
        audience=task.audience,
        facts=task.facts,
        domain=mail_domain,
        requested_at=now,
    )


async def _leave_word(
    conn: asyncpg.Connection, vault: Vault, row: RegisteredRequest, staff_id: str, now: datetime
) -> int | None:
    """Have the workflow freeze; one that is closed or frozen already has nothing to take."""
    if row.closed_at or row.frozen_at:
        return None
    receipt = await staff_rows.leave(
        conn,
        vault,
        row.request_id,
        signed_in.self_asserted(ACTION, staff_id),
        once_key=f"{row.request_id}:incident:{now.isoformat()}",
        now=now,
    )
    return receipt.row_id


async def _sights(conn: asyncpg.Connection, request_id: str) -> tuple[Sight, ...]:
    """List views, pressed links and delivered letters, in order."""
    found = [
        *await _outside(conn, request_id),
        *await _messages(conn, request_id),
        *await _letters(conn, request_id),
    ]
    return tuple(sorted(found, key=lambda each: each.at))


async def _outside(conn: asyncpg.Connection, request_id: str) -> list[Sight]:
    documents = [
        json.loads(row.body) for row in await ledger.read(conn, outside_stream(request_id))
    ]
    return [
        Sight(datetime.fromisoformat(each["at"]), sentence(each["type"], each["data"]))
        for each in documents
    ]


async def _messages(conn: asyncpg.Connection, request_id: str) -> list[Sight]:
    return [
        Sight(each.received_at, f"Somebody behind {_door(each.once_key)} sent: {words(each.kind)}.")
        for each in await inbox.of_request(conn, request_id)
        if each.kind != signed_in.KIND
    ]


def _door(once_key: str) -> str:
    return "a link of a letter" if once_key.startswith("token:") else "a provider's system"


async def _letters(conn: asyncpg.Connection, request_id: str) -> list[Sight]:
    return [
        Sight(
            each.accepted_at,
            f"Letter {each.notice} to the {each.audience} was handed over ({each.message_id}).",
        )
        for each in await outbox.of_request(conn, request_id)
        if each.status is LetterStatus.ACCEPTED and each.accepted_at
    ]
