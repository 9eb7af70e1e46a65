"""The end of retention: destroys what is past its date, and nothing that a hold covers (REC)."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

import asyncpg
import structlog
from temporalio import activity

from activities.dossier import Dossier
from datamap.comparing import KEPT_AS
from domain import events as e
from domain import policies
from domain.days import local_date
from domain.decisions.inbox import MAIL_RECEIVED, POINTS_ADDED
from domain.documents import FOR_PROOF_ALONE
from domain.outside import LateAcknowledgementStored
from domain.policy import Policy
from domain.retention import retention_dates
from domain.submission import CORRECTING, Submission
from domain.vocabulary import PointOfIdentity
from records import holds, ledger, packages, requests, restore_journal, retention, tokens, vault
from records.connection import Connection
from records.filing import hash_plain_keys, requester_identities
from records.identities import Identity, phone
from records.keyring import Keyring
from records.requests import Projection
from records.vault import UnderHold, Vault, VaultError
from workflows import upkeep

KEPT_FROM = (
    e.AcknowledgementRecorded.__name__,
    e.AccountDeactivated.__name__,
    e.ChoiceApplied.__name__,
    e.DataCorrected.__name__,
    e.DataErased.__name__,
    e.OptOutApplied.__name__,
    e.ReportReleased.__name__,
    LateAcknowledgementStored.__name__,
)
"""Events of fulfilment and confirmation, from the last of which a record is kept (REC-01)."""

PROOFS = (POINTS_ADDED, FOR_PROOF_ALONE)
"""What was sent for verification alone; permissions and the like stay with the record (REC-02)."""

_AT_ONCE = 500

log = structlog.get_logger("activities.retention")


class Histories(Protocol):
    """What Temporal still holds of requests."""

    async def forget(self, request_id: str) -> bool:
        """Delete the closed histories of a request; tell whether none runs."""
        ...


class _Fate(StrEnum):
    """What became of a request that was due; the fields of the result."""

    PURGED = "purged"
    HELD = "held"
    RUNNING = "running"
    LATER = "later"
    FAILED = "failed"


class Retention:
    """Purges requests one by one; what fails for one waits for tomorrow and stops no other."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        vault: Vault,
        histories: Histories,
        hashing: Keyring,
        fingerprints: Keyring,
    ) -> None:
        """Take the keys of the hashes by which holds cover people, and filings are known again."""
        self._pool = pool
        self._vault = vault
        self._dossier = Dossier(vault)
        self._histories = histories
        self._hashing = hashing
        self._fingerprints = fingerprints

    @activity.defn(name=upkeep.PURGE.name)
    async def purge(self, asked: upkeep.Today) -> upkeep.Purged:
        """Destroy what is past its date; a second run on the same day finds nothing more to do."""
        policy = policies.in_force_at(asked.now)
        today = local_date(asked.now, policy)
        async with self._pool.acquire() as conn:
            await retention.fill_dates(conn)
            held = await requests.held_past_retention(conn, today)
            await hash_plain_keys(conn, self._fingerprints)
            emptied = await self._drop_identity_evidence(conn, policy, asked.now)
            dropped = await self._drop_packages(conn, policy, asked.now)
            journals = await self._drop_journals(conn, asked.now)
        fates: Counter[str] = Counter({_Fate.HELD: held})
        async for request_id in self._due(today):
            fates[await self._fate(request_id, asked.now)] += 1
        result = upkeep.Purged(
            identity_evidence=emptied, packages=dropped, journals=journals, **fates
        )
        log.info("retention_ended", count=result.purged, outcome=result.model_dump_json())
        return result

    async def _drop_identity_evidence(self, conn: Connection, policy: Policy, now: datetime) -> int:
        processed = now - timedelta(days=policy.verification.evidence_purge_days)
        due = await retention.identity_evidence_due(conn, processed, PROOFS, KEPT_AS)
        by_mail = await retention.attachments_due(conn, processed, MAIL_RECEIVED, CORRECTING)

        async def drop(request_id: str) -> int:
            given = await retention.drop_identity_evidence(conn, request_id, PROOFS)
            return given + await vault.drop(conn, request_id, KEPT_AS)

        async def drop_attached(request_id: str) -> int:
            return await retention.drop_attachments(conn, request_id, MAIL_RECEIVED)

        dropped = await self._drop(conn, due, drop)
        return dropped + await self._drop(conn, by_mail, drop_attached)

    async def _drop_packages(self, conn: Connection, policy: Policy, now: datetime) -> int:
        delivered = now - timedelta(days=policy.disclosure.package_purge_days)
        due = await retention.packages_due(conn, delivered)
        return await self._drop(conn, due, lambda each: packages.purge(conn, each, now))

    async def _drop_journals(self, conn: Connection, now: datetime) -> int:
        """Destroy restore journals that a lost workflow left past their day (DEL-17)."""
        due = await restore_journal.overdue(conn, now)
        return await self._drop(conn, due, lambda each: restore_journal.destroy(conn, each))

    async def _drop(
        self, conn: Connection, due: list[str], drop: Callable[[str], Awaitable[int]]
    ) -> int:
        dropped = 0
        for request_id in due:
            try:
                if not await self._person_is_held(conn, request_id):
                    dropped += await drop(request_id)
            except Exception as fault:
                log.error("left_to_the_next_purge", request_id=request_id, exc_info=fault)
        return dropped

    async def _due(self, today: date) -> AsyncIterator[str]:
        seen: list[str] = []
        while True:
            async with self._pool.acquire() as conn:
                page = await requests.due_for_purge(conn, today, _AT_ONCE, without=seen)
            if not page:
                return
            for request_id in page:
                yield request_id
            seen += page

    async def _fate(self, request_id: str, now: datetime) -> _Fate:
        try:
            return await self._purge(request_id, now)
        except UnderHold:
            return _Fate.HELD
        except Exception as fault:
            log.error("left_to_the_next_purge", request_id=request_id, exc_info=fault)
            return _Fate.FAILED

    async def _purge(self, request_id: str, now: datetime) -> _Fate:
        async with self._pool.acquire() as conn:
            if await self._put_off(conn, request_id, now):
                return _Fate.LATER
            if await self._person_is_held(conn, request_id):
                return _Fate.HELD
        if not await self._histories.forget(request_id):
            return _Fate.RUNNING
        async with self._pool.acquire() as conn, conn.transaction():
            await self._vault.shred(conn, request_id)
            await tokens.revoke(conn, request_id, now)
            await requests.project(conn, request_id, Projection(purged_at=now))
        return _Fate.PURGED

    async def _put_off(self, conn: Connection, request_id: str, now: datetime) -> bool:
        """Keep the record longer where somebody confirmed something after the close (REC-01)."""
        row = await requests.find(conn, request_id)
        assert row is not None, "it was found due"
        assert row.closed_at is not None, "only closed requests have an end of retention"
        streams = await ledger.streams(conn, request_id)
        last = await retention.last_of(conn, streams, KEPT_FROM)
        policy = policies.in_force_at(row.received_at)
        until = retention_dates(policy, row.closed_at, last).retain_until
        if until >= local_date(now, policy):
            await requests.project(conn, request_id, Projection(retain_until=until))
            return True
        return False

    async def _person_is_held(self, conn: Connection, request_id: str) -> bool:
        try:
            submission = await self._dossier.submission(conn, request_id)
        except VaultError:
            return False
        held = await holds.active(conn, self._hashing, identities=identities_of(submission))
        return bool(held)


def identities_of(submission: Submission) -> list[Identity]:
    """Return what a hold may know the consumer of a request by; a bare signal has its browser."""
    number = submission.points.get(PointOfIdentity.PHONE)
    return [*requester_identities(submission), *([phone(number)] if number else [])]
