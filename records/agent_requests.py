"""Requests that agents' software filed: the ids it knows them by, and what it was told last."""

from datetime import datetime
from uuid import UUID, uuid4

from pydantic import AwareDatetime

from domain.chain import canonical
from domain.decisions.inbox import AGENT_REVOKED
from domain.state import RequestState, fold
from domain.vocabulary import RequestType, Residency
from records import inbox, ledger, requests
from records.connection import Connection, Row, from_json
from records.model import Record
from records.vault import Vault, VaultError

SENT_BY_AGENT = "agent_exercise"
"""The vault's kind of what an agent sent: its own words of the request, and the signed bytes."""


class AgentRequest(Record):
    """One row: our request under the agent's id of it."""

    drp_id: UUID
    request_id: str
    agent_id: str
    filed_at: AwareDatetime
    calls_back: bool
    told: str | None
    attempts: int


class OwnWords(Record):
    """What the agent wants back, and where; ``signed`` is the message as it came, in Base64."""

    agent_request_id: str | None = None
    status_callback: str | None = None
    signed: str = ""


class Gathered(Record):
    """Everything that a request's status is told from.

    ``respond_by`` is the due instant that the ledger has, ``revoking`` that the agent has taken
    the request back and its workflow has not read that yet.
    """

    drp_id: UUID
    request_type: RequestType
    residency: Residency
    received_at: AwareDatetime
    respond_by: AwareDatetime | None
    agent_request_id: str | None
    status_callback: str | None
    state: RequestState
    revoking: bool


_ROW = f"SELECT {', '.join(AgentRequest.model_fields)} FROM privacy.agent_request "


async def add(
    conn: Connection,
    vault: Vault,
    request_id: str,
    agent_id: str,
    words: OwnWords,
    *,
    calls_back: bool,
    now: datetime,
) -> AgentRequest:
    """Give a request that was just filed the id that its agent will know it by.

    ``calls_back`` says that its status is told to the address in ``words``. Raises what
    ``Vault.put`` raises.
    """
    body = canonical(words.model_dump(mode="json"))
    await vault.put(conn, request_id, SENT_BY_AGENT, body)
    row = await conn.fetchrow(
        "INSERT INTO privacy.agent_request"
        " (drp_id, request_id, agent_id, filed_at, calls_back, call_after)"
        " VALUES ($1, $2, $3, $4, $5, $4)"
        f" RETURNING {', '.join(AgentRequest.model_fields)}",
        uuid4(),
        request_id,
        agent_id,
        now,
        calls_back,
    )
    assert row is not None, "an insert returns its row"
    return _request(row)


async def find(conn: Connection, drp_id: UUID) -> AgentRequest | None:
    """Return a request by the id that its agent knows."""
    row = await conn.fetchrow(_ROW + "WHERE drp_id = $1", drp_id)
    return _request(row) if row else None


async def of_request(conn: Connection, request_id: str) -> AgentRequest | None:
    """Return the agent's side of a request, if software of an agent filed it."""
    row = await conn.fetchrow(_ROW + "WHERE request_id = $1", request_id)
    return _request(row) if row else None


async def own_words(conn: Connection, vault: Vault, request_id: str) -> OwnWords:
    """Return what the agent wants back; nothing once the request's data was destroyed."""
    try:
        kept = await vault.get(conn, request_id, SENT_BY_AGENT)
    except VaultError:
        return OwnWords()
    return OwnWords.model_validate(from_json(kept.decode()))


async def to_tell(conn: Connection, now: datetime, limit: int = 500) -> list[AgentRequest]:
    """Return requests that moved since their agent was told, longest waiting first.

    Of one that is frozen after a misdelivery nothing is told.
    """
    rows = await conn.fetch(
        f"SELECT {', '.join(f'r.{name}' for name in AgentRequest.model_fields)}"
        " FROM privacy.agent_request r JOIN privacy.stream_head h ON h.stream = r.request_id"
        " JOIN privacy.request q ON q.request_id = r.request_id AND q.frozen_at IS NULL"
        " WHERE r.calls_back AND r.settled_at IS NULL AND r.call_after <= $1 AND h.n > r.seen_n"
        " ORDER BY r.call_after, r.drp_id LIMIT $2",
        now,
        limit,
    )
    return [_request(row) for row in rows]


async def mark_told(
    conn: Connection, drp_id: UUID, told: str | None, *, seen_n: int, settled_at: datetime | None
) -> None:
    """Write that the agent knows a status, as of event ``seen_n``, or is not called for it again.

    With ``settled_at`` it was the last one.
    """
    await conn.execute(
        "UPDATE privacy.agent_request SET told = $2, seen_n = $3, attempts = 0, settled_at = $4"
        " WHERE drp_id = $1",
        drp_id,
        told,
        seen_n,
        settled_at,
    )


async def mark_untold(conn: Connection, drp_id: UUID, call_after: datetime) -> None:
    """Write that a call failed and when the next one is due."""
    await conn.execute(
        "UPDATE privacy.agent_request SET attempts = attempts + 1, call_after = $2"
        " WHERE drp_id = $1",
        drp_id,
        call_after,
    )


async def gather(conn: Connection, vault: Vault, row: AgentRequest) -> Gathered:
    """Return what the status of a request is told from.

    Raises:
        LookupError: the request is not registered.
    """
    registered = await requests.find(conn, row.request_id)
    if registered is None:
        raise LookupError(f"no request {row.request_id} is registered")
    words = await own_words(conn, vault, row.request_id)
    entries = await ledger.read(conn, row.request_id)
    state = fold(row.request_id, (entry.recorded for entry in entries))
    came = await inbox.of_request(conn, row.request_id)
    return Gathered(
        drp_id=row.drp_id,
        request_type=registered.request_types[0],
        residency=registered.residency,
        received_at=registered.received_at,
        respond_by=registered.respond_by,
        agent_request_id=words.agent_request_id,
        status_callback=words.status_callback,
        state=state,
        revoking=any(
            one.kind == AGENT_REVOKED and one.row_id not in state.inbox_seen for one in came
        ),
    )


def _request(row: Row) -> AgentRequest:
    return AgentRequest.model_validate(dict(row))
