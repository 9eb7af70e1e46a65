"""Requests by agents' software: filed once, told in the protocol's states, taken back."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from domain.decisions.inbox import AGENT_REVOKED
from domain.submission import Submission
from domain.vocabulary import Channel, PointOfIdentity, Requester, RequestType, Residency
from gateway.parts import GatewayParts
from records import agent_requests, freezing, inbox, requests
from tests.gateway.agents import CALLBACK, IDENTITY, Network, network, refusal, stands
from tests.gateway.support import NOW, Clock, WatchedEngine


@pytest.fixture
async def net(parts: GatewayParts) -> AsyncIterator[Network]:
    """Serve two paired agents."""
    async with network(parts) as served:
        yield served


async def submission(net: Network, owner: asyncpg.Connection, drp_id: str) -> Submission:
    """Return what was filed."""
    request_id = await net.request_id(drp_id, owner)
    body = await net.parts.vault.get(owner, request_id, requests.SUBMISSION)
    return Submission.model_validate_json(body)


async def test_a_deletion_is_filed_for_the_consumer(
    net: Network, owner: asyncpg.Connection, engine: WatchedEngine
) -> None:
    """Answered in_progress with its dates; filed with what the agent knows, and started."""
    status = await net.filed(**{"agent-request-id": "helpers-1", "status_callback": CALLBACK})
    UUID(status["request_id"])
    assert (status["status"], status["agent_request_id"]) == ("in_progress", "helpers-1")
    assert status["received_at"].startswith("2026-11-23T18:00")
    assert status["expected_by"] > status["received_at"]
    filed = await submission(net, owner, status["request_id"])
    assert filed.request_types == (RequestType.DELETE,)
    assert filed.consumer.name == "Ana Canary Ruiz"
    assert filed.points[PointOfIdentity.POSTAL_ADDRESS] == "1 Canary Row, Monterey, CA"
    assert (filed.requester, filed.channel) == (Requester.AGENT_SIGNED, Channel.AGENT_PROTOCOL)
    assert filed.residency is Residency.CA
    assert engine.started == [await net.request_id(status["request_id"], owner)]


@pytest.mark.parametrize(
    ("right", "filed"),
    [
        ("access", RequestType.KNOW_BOTH),
        ("access:categories", RequestType.KNOW_CATEGORIES),
        ("access:specific", RequestType.KNOW_SPECIFIC),
        ("sale:opt-out", RequestType.OPT_OUT_SALE_SHARING),
        ("sale:opt_in", RequestType.OPT_IN_AFTER_OPT_OUT),
    ],
)
async def test_every_right_is_served(
    net: Network, owner: asyncpg.Connection, right: str, filed: RequestType
) -> None:
    """Each right of the protocol is one of the policy, however agents spell it (AGT-05)."""
    status = await net.filed(right, phone_number="", address=None)
    found = await submission(net, owner, status["request_id"])
    assert found.request_types == (filed,)
    assert found.points == {}


async def test_the_same_request_signed_anew_is_not_filed_twice(net: Network) -> None:
    """An agent that lost our answer gets the same request by its own number."""
    first = await net.filed(**{"agent-request-id": "helpers-1"})
    again = await net.helpers.exercise(
        "deletion", IDENTITY, now=NOW - timedelta(seconds=9), **{"agent-request-id": "helpers-1"}
    )
    assert again.json() == first
    other = await net.helpers.exercise(
        "access", IDENTITY, now=NOW, **{"agent-request-id": "helpers-1"}
    )
    assert "agent-request-id" in refusal(other, 409)


async def test_a_used_message_counts_once(net: Network, engine: WatchedEngine) -> None:
    """The protocol has no nonce: the very same bytes are refused while they are good."""
    message = net.helpers.signed({**net.helpers.claims(NOW), "exercise": "deletion", **IDENTITY})
    path = "/v1/data-rights-request"
    at_once = await asyncio.gather(*(net.helpers.post(path, message) for _ in range(5)))
    assert sorted(answer.status_code for answer in at_once) == [200, 409, 409, 409, 409]
    for repeated in (message, message + b"\n", base64.b64encode(base64.b64decode(message))):
        answer = await net.helpers.post("/v1/data-rights-request/", repeated)
        assert "sign the request anew" in refusal(answer, 409)
    assert len(engine.started) == 1


async def test_a_request_is_taken_back_once_and_again(
    net: Network, owner: asyncpg.Connection, engine: WatchedEngine, parts: GatewayParts
) -> None:
    """DELETE answers revoked at once, however often; the workflow hears of it once (REC-07)."""
    status = await net.filed()
    for _ in range(2):
        answer = await net.helpers.revoke(status["request_id"], "canary reason")
        assert (answer.status_code, answer.json()["status"]) == (200, "revoked")
    asked = await net.helpers.status(status["request_id"])
    assert asked.json()["status"] == "revoked"
    request_id = await net.request_id(status["request_id"], owner)
    (message,) = await inbox.of_request(owner, request_id)
    assert message.kind == AGENT_REVOKED
    kept = await parts.vault.get(owner, request_id, inbox.EVIDENCE, message.row_id)
    assert b"canary reason" in kept
    assert engine.delivered[0] == (request_id, message.row_id)


async def test_a_frozen_request_is_neither_told_nor_taken_back(
    net: Network, owner: asyncpg.Connection
) -> None:
    """After a misdelivery the agent is refused as the consumer is, and is not called back.

    Other requests of the same agent stand as before; released, this one is told again.
    """
    mine = {"agent-request-id": "helpers-1", "status_callback": CALLBACK}
    status, other = await net.filed(**mine), await net.filed()
    drp_id = status["request_id"]
    request_id = await net.request_id(drp_id, owner)
    await stands(owner, request_id)
    await freezing.freeze(owner, request_id, staff_id="s.kim", now=NOW)
    again = net.helpers.exercise("deletion", IDENTITY, now=NOW - timedelta(seconds=9), **mine)
    for refused in (net.helpers.status(drp_id), net.helpers.revoke(drp_id), again):
        assert "held back" in refusal(await refused, 403, fatal=False)
    assert await inbox.of_request(owner, request_id) == []
    page = await net.http.get(f"https://privacy.example.com/verify/{drp_id}")
    assert (page.status_code, request_id in page.text) == (404, False)
    assert await agent_requests.to_tell(owner, NOW) == []
    assert (await net.helpers.status(other["request_id"])).status_code == 200

    await freezing.unfreeze(owner, request_id, staff_id="s.kim", now=NOW, drop=False)
    assert (await net.helpers.status(drp_id)).status_code == 200
    assert [str(row.drp_id) for row in await agent_requests.to_tell(owner, NOW)] == [drp_id]


async def test_a_callback_to_a_foreign_host_is_never_called(
    net: Network, owner: asyncpg.Connection
) -> None:
    """The request is taken all the same, and the agent is told to ask for the status."""
    status = await net.filed(status_callback="https://intranet.example/status")
    assert "status_callback" in status["processing_details"]
    row = await agent_requests.find(owner, UUID(status["request_id"]))
    assert row is not None
    assert not row.calls_back


async def test_the_agents_own_words_stand_in_the_vault_alone(
    net: Network, owner: asyncpg.Connection
) -> None:
    """Numbers and addresses that an agent makes up may name the consumer."""
    await net.filed(**{"agent-request-id": "ana.canary", "status_callback": f"{CALLBACK}/canary"})
    rows = await owner.fetch(
        "SELECT a, r FROM privacy.agent_request a JOIN privacy.request r USING (request_id)"
    )
    assert "canary" not in json.dumps([str(row) for row in rows]).lower()


async def test_a_power_of_attorney_is_filed_as_one(net: Network, owner: asyncpg.Connection) -> None:
    """Who names a power of attorney asks under it; staff look at the paper (AGT-03)."""
    status = await net.filed(power_of_attorney="https://helpers.example/poa/1")
    filed = await submission(net, owner, status["request_id"])
    assert filed.requester is Requester.AGENT_POA


async def test_the_doors_hold_while_the_engine_is_away(
    net: Network, engine: WatchedEngine, clock: Clock
) -> None:
    """Filing, asking and taking back work from Postgres alone."""
    engine.away = True
    status = await net.filed()
    clock.move(timedelta(minutes=1))
    assert (await net.helpers.status(status["request_id"])).json() == status
    assert (await net.helpers.revoke(status["request_id"])).json()["status"] == "revoked"
