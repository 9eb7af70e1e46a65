"""The steps about other requests of the same person: reports awaited, earlier ones, a purge."""

import json
from collections.abc import Iterable
from datetime import date

import asyncpg
from temporalio import activity

from activities.direction_streams import read_request
from activities.dossier import Dossier
from activities.sweeping import Engine
from domain import clocks, frequency, policies
from domain.decisions.merging import Named
from domain.duplicates import OpenRequest
from domain.ids import outside_stream
from domain.outside import PackageDownloaded
from domain.sequence import is_disclosure
from domain.state import RequestState
from domain.submission import CORRECTING, Submission
from domain.vocabulary import Decision, Requester, RequestType
from records import earlier, ledger, requests
from records.connection import Connection
from records.filing import file_submissions, requester_identities
from records.keyring import Keyring
from records.vault import Vault, VaultError
from workflows import exchange as x
from workflows import steps

COMPANY = "company"
"""The intake client of what the company opens itself."""

GIVES_A_PACKAGE = frozenset({Decision.GRANT, Decision.GRANT_PARTIAL})


class Linked:
    """Looks at, and opens, other requests of the same person."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        vault: Vault,
        dossier: Dossier,
        engine: Engine,
        *,
        hashing: Keyring,
        people: Keyring,
    ) -> None:
        self._pool = pool
        self._vault = vault
        self._dossier = dossier
        self._engine = engine
        self._hashing = hashing
        self._people = people

    async def read_reports(self, asked: x.ReadReports) -> x.UnfetchedReports:
        """Name the requests whose report a deletion still waits for (REQ-12)."""
        async with self._pool.acquire() as conn:
            waiting = [each for each in asked.requests if await _is_awaited(conn, each)]
        return x.UnfetchedReports(requests=tuple(waiting))

    async def count_earlier(self, asked: x.OfRequest) -> x.Counted:
        """Count the person's requests to know in the window, and see what was denied (FRQ, COR)."""
        policy = policies.get(asked.policy)
        async with self._pool.acquire() as conn:
            row = await requests.find(conn, asked.request_id)
            assert row is not None, "an open request is registered"
            submission = await self._dossier.submission(conn, asked.request_id)
            found = await self._earlier(conn, asked.request_id, submission)
        receipt = clocks.local_date(row.received_at, policy)
        served = [_served(each) for each in found]
        allowance = frequency.allowance(policy, row.request_types[0], receipt, served)
        return x.Counted(**allowance.model_dump(), denied_on=_denied_on(found))

    @activity.defn(name=steps.READ_NAMED.name)
    async def read_named(self, asked: x.ReadNamed) -> Named:
        """Read the request that this one is said to repeat, and whose both are (REQ-17)."""
        async with self._pool.acquire() as conn:
            state = await read_request(conn, asked.named)
            if not state.received:
                return Named()
            one = await self._dossier.submission(conn, asked.request_id)
            try:
                other = await self._dossier.submission(conn, asked.named)
                same_person = await self._same_person(conn, asked.request_id, state)
            except VaultError:
                # Its data was destroyed at the end of its retention: it can be nobody's any more.
                return _named(state, same_person=False, same_wish=False)
            return _named(state, same_person=same_person, same_wish=one.wants_the_same(other))

    async def open_purge(self, asked: x.OfRequest) -> x.OpenedPurge:
        """Open the company's own purge for a young person, once per request (MIN-06)."""
        async with self._pool.acquire() as conn:
            submission = await self._dossier.submission(conn, asked.request_id)
            purge = submission.model_copy(
                update={
                    "request_types": (RequestType.MINOR_PURGE,),
                    "requester": Requester.COMPANY,
                    "agent": None,
                    "corrections": (),
                    "household": (),
                }
            )
            filing = await file_submissions(
                conn,
                self._vault,
                self._hashing,
                self._people,
                request_ids=[requests.draw_id()],
                client=COMPANY,
                idempotency_key=f"young-person-of-{asked.request_id}",
                submission=purge,
                received_at=asked.now,
                now=asked.now,
            )
        await self._engine.start(filing.request_id)
        return x.OpenedPurge(purge=filing.request_id)

    async def _same_person(self, conn: Connection, request_id: str, other: RequestState) -> bool:
        if other.verified is None:
            return False
        ours = await self._dossier.person(conn, request_id)
        return ours.are_of(await self._dossier.person(conn, other.request_id))

    async def _earlier(
        self, conn: Connection, request_id: str, submission: Submission
    ) -> list[earlier.EarlierRequest]:
        return [
            each
            for identity in requester_identities(submission)
            for each in await earlier.earlier_requests(conn, self._people, identity)
            if each.request_id != request_id
        ]


def _named(other: RequestState, *, same_person: bool, same_wish: bool) -> Named:
    assert other.received_at is not None, "only what was received is compared"
    return Named(
        request=OpenRequest(
            request_id=other.request_id,
            request_type=other.request_type,
            received_at=other.received_at,
            person="both" if same_person else None,
            answered=other.answered,
        ),
        requester=other.requester,
        decision=other.decision,
        stopped=other.fraud is not None or other.frozen is not None or bool(other.holds),
        received_on=other.dates.receipt_date if other.dates else None,
        answer_by=other.respond_by,
        same_person=same_person,
        same_wish=same_wish,
    )


def _served(each: earlier.EarlierRequest) -> frequency.PriorRequest:
    return frequency.PriorRequest(
        receipt_date=each.receipt_date, request_type=each.request_type, result=each.outcome
    )


def _denied_on(found: Iterable[earlier.EarlierRequest]) -> date | None:
    """Return when a correction was last denied for another reason than doubt who asks (COR-06)."""
    denied = (
        each.answered_on
        for each in found
        if each.request_type in CORRECTING and each.outcome == Decision.DENY and each.answered_on
    )
    return max(denied, default=None)


async def _is_awaited(conn: Connection, request_id: str) -> bool:
    """A report is awaited until it was fetched, or until it is clear that there is none.

    For one that was merged, that of the request which answers both counts (REQ-17).
    """
    row = await requests.find(conn, request_id)
    if row is None or not is_disclosure(row.request_types[0]):
        return False
    merged = (await read_request(conn, request_id)).merged
    if merged is not None:
        return await _is_awaited(conn, merged.lead)
    if row.outcome is not None and Decision(row.outcome) not in GIVES_A_PACKAGE:
        return False
    if row.closed_at is not None and row.request_types[0] is RequestType.KNOW_CATEGORIES:
        return False
    rows = await ledger.read(conn, outside_stream(request_id))
    return all(json.loads(each.body)["type"] != PackageDownloaded.__name__ for each in rows)
