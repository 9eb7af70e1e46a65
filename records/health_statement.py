"""A consumer's own words beside health data that stays as it is: kept with the record (COR-09)."""

import hashlib
from datetime import datetime

import asyncpg

from domain import correction, policies
from domain.events import Actor
from domain.outside import HealthStatementKept
from domain.policy import Policy
from domain.submission import CORRECTING
from domain.vocabulary import Decision
from records import requests
from records.outside import note_outside
from records.vault import Vault

STATEMENT = "health_statement"
"""Kind of what the vault keeps of a request."""

_DENIED = frozenset({Decision.DENY, Decision.UNVERIFIED_DENY, Decision.GRANT_PARTIAL})


class StatementRefused(Exception):
    """The statement cannot be kept; the text says why and what to do."""


async def keep(
    conn: asyncpg.Connection,
    vault: Vault,
    request_id: str,
    statement: str,
    *,
    item: int,
    pass_on: bool,
    staff_id: str,
    now: datetime,
) -> int:
    """Keep the statement about the ``item``-th thing that stays as it is; return its words.

    Raises:
        StatementRefused: no correction was denied there, it is too long, or one is kept already.
    """
    row = await requests.find(conn, request_id)
    if row is None:
        raise StatementRefused(f"No request {request_id} is registered; check the id.")
    if row.request_types[0] not in CORRECTING or row.outcome not in _DENIED:
        raise StatementRefused(
            "A statement stands beside a correction that was denied, whole or in part; this "
            "request is none. Look at its outcome."
        )
    words = _counted(statement, policies.in_force_at(row.received_at))
    async with conn.transaction():
        if not await vault.put(conn, request_id, STATEMENT, statement.encode(), item):
            raise StatementRefused(f"A statement about item {item} is kept already.")
        kept = HealthStatementKept(
            actor=Actor(id=staff_id),
            item=item,
            words=words,
            statement_hash=hashlib.sha256(statement.encode()).hexdigest(),
            pass_on=pass_on,
        )
        await note_outside(conn, request_id, kept, now)
    return words


def _counted(statement: str, policy: Policy) -> int:
    words = correction.words_in(statement)
    if not correction.statement_accepted(policy, words):
        limit = policy.correction.health_statement_words
        raise StatementRefused(
            f"The statement has {words} words; from 1 to {limit} are kept. Ask for a shorter one."
        )
    return words
