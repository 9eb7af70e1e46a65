"""Reads everything that proves one request, at one moment."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import asyncpg

from activities.dossier import PLAN
from domain import policies, policy
from domain.decisions.direction import ACKNOWLEDGED
from domain.policies import PolicyNotLoaded
from domain.policy import PolicyPin
from records import checkpoints, inbox, ledger, outbox, requests, safeguards
from records.checkpoints import Checkpoint, Inclusion
from records.connection import Connection
from records.inbox import Message
from records.ledger import StoredEntry
from records.outbox import Letter
from records.requests import RegisteredRequest
from records.vault import NotInVault, Shredded, Vault


class NoSuchRequest(Exception):
    """The ledger and the register know no request of that id; check the id."""


class LedgerDamaged(Exception):
    """Streams do not verify, or are unguarded; nothing is exported that cannot be vouched for."""


@dataclass(frozen=True)
class Pack:
    """What is known of a request, as recorded. Raw messages may name people."""

    request: RegisteredRequest
    streams: Mapping[str, list[StoredEntry]]
    letters: list[Letter]
    messages: list[Message]
    acknowledgements: Mapping[int, bytes | None] = field(repr=False)
    plan_hash: str
    policy: bytes | None = field(repr=False)
    inclusions: list[Inclusion]
    checkpoints: list[Checkpoint]

    @property
    def documents(self) -> list[dict[str, Any]]:
        """The events of all streams in order of business time."""
        read = [json.loads(row.body) for rows in self.streams.values() for row in rows]
        return sorted(read, key=lambda each: (each["at"], each["stream"], each["n"]))

    @property
    def pin(self) -> PolicyPin | None:
        """The policy that the request keeps, once it is received."""
        return pin_of(self.documents)


def pin_of(documents: list[dict[str, Any]]) -> PolicyPin | None:
    """Return the policy that the first event pins."""
    pins = (each["data"]["policy"] for each in documents if each["type"] == "RequestReceived")
    found = next(pins, None)
    return PolicyPin.model_validate(found) if found else None


async def collect(conn: asyncpg.Connection, vault: Vault, request_id: str) -> Pack:
    """Read the evidence of a request in one snapshot of the database.

    Raises:
        NoSuchRequest: there is nothing of that id.
        LedgerDamaged: one of its streams was altered; it names the place.
    """
    async with conn.transaction(isolation="repeatable_read", readonly=True):
        row = await requests.find(conn, request_id)
        if row is None:
            raise NoSuchRequest(f"no request {request_id} is registered; check the id")
        streams = {
            stream: await _sound(conn, stream) for stream in await ledger.streams(conn, request_id)
        }
        messages = await inbox.of_request(conn, request_id)
        covered = await checkpoints.inclusions(conn, list(streams))
        first = min((each.checkpoint for each in covered), default=None)
        return Pack(
            request=row,
            streams=streams,
            letters=await outbox.of_request(conn, request_id),
            messages=messages,
            acknowledgements=await _acknowledgements(conn, vault, messages),
            plan_hash=await _plan_hash(conn, vault, request_id),
            policy=_policy(streams.get(request_id, [])),
            inclusions=covered,
            checkpoints=await _checkpoints(conn, first),
        )


async def be_guarded(conn: Connection) -> None:
    """See that nothing could be written past the record's safeguards. Raises ``LedgerDamaged``."""
    if disarmed := await safeguards.switched_off(conn):
        raise LedgerDamaged(
            f"Safeguards of the record are switched off: {', '.join(disarmed)}; "
            f"nothing was exported. {safeguards.ARM_THEM}"
        )


async def _sound(conn: Connection, stream: str) -> list[StoredEntry]:
    faults = await ledger.verify_stream(conn, stream)
    if faults:
        raise LedgerDamaged(
            f"{stream}: event {faults[0].n} is {faults[0].problem}; nothing was exported. "
            "Run privacy ledger verify and restore from backup."
        )
    return await ledger.read(conn, stream)


async def _acknowledgements(
    conn: Connection, vault: Vault, messages: list[Message]
) -> dict[int, bytes | None]:
    """Return what providers sent, byte for byte; nothing for what was destroyed by retention."""
    found = {}
    for message in messages:
        if message.kind == ACKNOWLEDGED and message.evidence_hash:
            found[message.row_id] = await _kept(
                conn, vault, message.request_id, inbox.EVIDENCE, message.row_id
            )
    return found


async def _kept(
    conn: Connection, vault: Vault, request_id: str, kind: str, n: int = 0
) -> bytes | None:
    try:
        return await vault.get(conn, request_id, kind, n)
    except (NotInVault, Shredded):
        return None


async def _plan_hash(conn: Connection, vault: Vault, request_id: str) -> str:
    plan = await _kept(conn, vault, request_id, PLAN)
    return sha256(plan).hexdigest() if plan is not None else ""


def _policy(rows: list[StoredEntry]) -> bytes | None:
    pin = pin_of([json.loads(row.body) for row in rows[:1]])
    try:
        return policy.content(policies.get(pin)) if pin else None
    except PolicyNotLoaded:
        return None


async def _checkpoints(conn: Connection, first: int | None) -> list[Checkpoint]:
    """Return the checkpoints from the first that covers a stream to the newest."""
    if first is not None:
        return await checkpoints.since(conn, first)
    newest = await checkpoints.newest(conn)
    return [newest] if newest else []
