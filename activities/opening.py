"""Opening a request: by what was registered or came sealed, or by what the ledger knows of it."""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from typing import Any

import asyncpg
from pydantic import ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from domain import clocks, minors, policies
from domain import events as e
from domain.chain import GENESIS, canonical
from domain.decisions import receipt
from domain.parts import parts_of
from domain.policy import Policy
from domain.sequence import is_disclosure, is_erasure
from domain.staff_input import STAFF_INPUT
from domain.state import fold
from domain.submission import Submission
from records import ledger, requests, sealing
from records.connection import Connection
from records.filing import file_submissions
from records.keyring import Keyring
from records.submissions import submission_of
from records.vault import Vault
from workflows import exchange as x
from workflows import steps
from workflows.screen import projection

AFTER_A_RESTORE = timedelta(minutes=5)
"""How often a request looks whether its ledger, which was damaged, is sound again."""

DIRECT = "temporal"
"""The intake client under which sealed starts are registered."""

_FIELDS = frozenset(Submission.model_json_schema()["properties"]).union(
    *(part.get("properties", ()) for part in Submission.model_json_schema()["$defs"].values())
)

FILE_AT_GATEWAY = "File the request at the gateway's POST /v1/requests, which names every field."


class Opening:
    """The first step of every request."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        vault: Vault,
        write: Callable[[x.Record], Awaitable[x.Recorded]],
        *,
        hashing: Keyring,
        people: Keyring,
        intake_private_key: bytes,
        planted: Collection[str] = (),
    ) -> None:
        """``write`` writes a record; ``planted`` are the addresses, in lower case, of consumers who
        do not exist.
        """
        self._pool = pool
        self._vault = vault
        self._write = write
        self._hashing = hashing
        self._people = people
        self._intake_private_key = intake_private_key
        self._planted = frozenset(planted)

    @activity.defn(name=steps.OPEN_REQUEST.name)
    async def open_request(self, asked: x.OpenRequest) -> x.OpenedRequest:
        """Write a request's first events, or return the state that the ledger folds to.

        A retry writes nothing twice.

        Raises:
            ApplicationError: with a sentence for whoever started the workflow, never retried; or,
                of a request that goes on, its chain is broken, tried again until it is sound.
        """
        async with self._pool.acquire() as conn:
            known = await self._from_ledger(conn, asked)
            if known is not None:
                return known
            if asked.start.kind == "sealed":
                await self._file_sealed(conn, asked)
            first = await self._first_record(conn, asked)
        written = await self._write(first)
        return x.OpenedRequest(documents=first.documents + written.noted, letters=written.letters)

    async def _first_record(self, conn: Connection, asked: x.OpenRequest) -> x.Record:
        """Return what opens a stream: the receipt, and the letter that confirms it (CLK-01)."""
        received = await self._received(conn, asked.request_id)
        policy = policies.get(received.policy)
        opening = receipt.opening(asked.request_id, received, policy, asked.now)
        documents = tuple(recorded.document(asked.request_id) for recorded in opening)
        await _refuse_another(conn, asked.request_id, documents[0])
        state = fold(asked.request_id, opening)
        letters = x.DispatchLetters(
            stream=asked.request_id,
            letters=state.waiting_letters,
            policy=received.policy,
            now=asked.now,
        )
        return x.Record(
            stream=asked.request_id,
            expected_head=GENESIS,
            notes_sent=True,
            documents=documents,
            projection=projection(state, policy, asked.now),
            follow_up=x.FollowUp(letters=letters if letters.letters else None),
        )

    async def _received(self, conn: Connection, request_id: str) -> e.RequestReceived:
        """Return the first event of what was registered: nothing personal is in it."""
        row = await requests.find(conn, request_id)
        if row is None:
            raise _refused(f"No request is registered as {request_id}. {FILE_AT_GATEWAY}")
        submission = await submission_of(conn, self._vault, request_id)
        pin = policies.pin_of(policies.in_force_at(row.received_at))
        policy = policies.get(pin)
        return receipt.receive(
            request_type=submission.request_types[0],
            requester=submission.requester,
            residency=submission.residency,
            channel=submission.channel,
            language=submission.language,
            received_at=row.received_at,
            points_offered=tuple(submission.points),
            pin=pin,
            policy=policy,
            linked=row.linked,
            waits_for=await _reports_before(conn, row),
            age_band=_age_band(policy, submission, row.received_at),
            fields=tuple(wish.field for wish in submission.corrections),
            agent_entity=submission.agent is not None and submission.agent.entity,
            synthetic=self._is_planted(row, submission),
        )

    def _is_planted(self, row: requests.RegisteredRequest, submission: Submission) -> bool:
        """Tell whether the canary's own client filed for a planted consumer; nobody else's is."""
        if row.client != requests.CANARY or submission.person is None:
            return False
        return str(submission.person.email).lower() in self._planted

    async def _from_ledger(self, conn: Connection, asked: x.OpenRequest) -> x.OpenedRequest | None:
        """Return where a request stands that goes on, if it had come as far as the ledger."""
        if asked.start.kind not in {"resume", "reopen"}:
            return None
        if await ledger.verify_stream(conn, asked.request_id):
            # It stays open and tries again: ended, the sweep would start it anew each minute.
            raise ApplicationError(
                f"The chain of {asked.request_id} is broken; run privacy ledger verify. Once its "
                "ledger is restored the request goes on by itself.",
                type=steps.LEDGER_DAMAGED,
                next_retry_delay=AFTER_A_RESTORE,
            )
        rows = await ledger.read(conn, asked.request_id)
        if not rows:
            return None
        state = fold(asked.request_id, (row.recorded for row in rows))
        return x.OpenedRequest(state=state, head=rows[-1].hash)

    async def _file_sealed(self, conn: Connection, asked: x.OpenRequest) -> None:
        try:
            body = sealing.unseal(self._intake_private_key, asked.start.sealed or "")
            submission = Submission.model_validate_json(body)
        except sealing.NotSealed:
            raise _refused(
                "The submission is not sealed to this installation's intake key. "
                f"Fetch the key anew (docs/intake.md). {FILE_AT_GATEWAY}"
            ) from None
        except ValidationError as error:
            fields = sorted({_place(fault["loc"]) for fault in error.errors(include_input=False)})
            raise _refused(
                f"The sealed submission is not valid in: {', '.join(fields)}. {FILE_AT_GATEWAY}"
            ) from None
        await self._file(conn, asked, submission)

    async def _file(self, conn: Connection, asked: x.OpenRequest, submission: Submission) -> None:
        received_at = min(submission.received_at or asked.now, asked.now)
        try:
            filing = await file_submissions(
                conn,
                self._vault,
                self._hashing,
                self._people,
                request_ids=_ids(asked.request_id, len(parts_of(submission))),
                client=DIRECT,
                idempotency_key=asked.start.idempotency_key or asked.request_id,
                submission=submission,
                received_at=received_at,
                now=asked.now,
            )
        except requests.RequestIdTaken:
            raise _refused(f"{asked.request_id} is taken. Draw a new request id.") from None
        if filing.request_id != asked.request_id or isinstance(filing, requests.KeyConflict):
            raise _refused(
                f"This idempotency key belongs to {filing.request_id}; look at that workflow."
            )


async def _refuse_another(conn: Connection, request_id: str, first: dict[str, Any]) -> None:
    """Refuse a second start; that of an attempt before this one began with the same event."""
    rows = await ledger.read(conn, request_id)
    if rows and rows[0].body != canonical(first):
        raise _refused(
            f"{request_id} is in the ledger already. If its workflow was lost, wait for "
            "the sweep, which resumes it, or start it with kind resume."
        )


def _ids(first: str, count: int) -> list[str]:
    """Name the requests of one submission; all but the first are started by the sweep."""
    others = (requests.draw_id() for _ in range(1, count))
    return [first, *others]


async def _reports_before(conn: Connection, row: requests.RegisteredRequest) -> tuple[str, ...]:
    """Name the copies asked for together with a deletion, which come first (REQ-12)."""
    if not is_erasure(row.request_types[0]):
        return ()
    linked = [await requests.find(conn, each) for each in row.linked]
    return tuple(
        each.request_id for each in linked if each and is_disclosure(each.request_types[0])
    )


def _age_band(policy: Policy, submission: Submission, received_at: datetime) -> str:
    if submission.birth_date is None:
        return ""
    day = clocks.local_date(received_at, policy)
    return minors.band_on(policy, submission.birth_date, day)


def _place(path: tuple[str | int, ...]) -> str:
    """Name a field by our own words; a key that is not ours may be personal and stays unsaid."""
    ours = [str(part) for part in path[:2] if part in _FIELDS]
    return ".".join(ours) or "a field that a submission does not have"


def _refused(sentence: str) -> ApplicationError:
    return ApplicationError(sentence, type=STAFF_INPUT, non_retryable=True)
