"""Hostile calls by software that claims to be an agent: refused in the protocol's own form."""

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nacl.signing import SigningKey

from agents.directory import Directory
from gateway.app import create_app
from gateway.parts import GatewayParts
from samples.agents.reference_agent import ReferenceAgent
from tests.gateway.agents import API_BASE, BUSINESS, IDENTITY, Network, entry, network, refusal
from tests.gateway.support import NOW, Clock, WatchedEngine

EXERCISE = "/v1/data-rights-request"
SIGNED_BADLY = b"\x00" * 64 + b"{}"


@pytest.fixture
async def net(parts: GatewayParts) -> AsyncIterator[Network]:
    """Serve two paired agents."""
    async with network(parts) as served:
        yield served


def message(net: Network, **changes: Any) -> dict[str, Any]:
    """Return a good exercise with other claims."""
    return {**net.helpers.claims(NOW), "exercise": "deletion", **IDENTITY, **changes}


async def sent(net: Network, **changes: Any) -> httpx.Response:
    """Send an exercise with other claims, rightly signed."""
    return await net.helpers.post(EXERCISE, net.helpers.signed(message(net, **changes)))


@pytest.mark.parametrize(
    ("claims", "status", "fatal"),
    [
        ({"agent-id": "AA_RIVAL"}, 403, True),
        ({"agent-id": None}, 403, True),
        ({"business-id": "CB_OTHER"}, 403, True),
        ({"business-id": ["CB_SHOP_01"]}, 403, True),
        ({"issued-at": (NOW + timedelta(seconds=1)).isoformat()}, 400, False),
        ({"issued-at": "canary"}, 400, True),
        ({"issued-at": (NOW - timedelta(hours=1)).replace(tzinfo=None).isoformat()}, 400, True),
        ({"expires-at": (NOW + timedelta(hours=1)).replace(tzinfo=None).isoformat()}, 400, True),
        ({"expires-at": f"{NOW + timedelta(1):%Y-%m-%d}"}, 400, True),
        ({"expires-at": NOW.isoformat()}, 400, True),
        ({"expires-at": None}, 400, True),
        ({"expires-at": 1790000000}, 400, True),
        ({"drp.version": "0.9.3"}, 400, True),
        ({"exercise": "canary"}, 400, True),
        ({"exercise": ["deletion"]}, 400, True),
        ({"regime": "gdpr"}, 400, True),
        ({"email": ""}, 400, True),
        ({"email": "canary"}, 400, True),
        ({"name": ""}, 400, True),
        ({"name": "canary\u0000"}, 400, True),
        ({"phone_number": {"canary": 1}}, 400, True),
        ({"address": "canary"}, 400, True),
        ({"agent-request-id": "canary" * 99}, 400, True),
        ({"agent-request-id": "\ud800"}, 400, True),
        ({"name": "\ud800"}, 400, True),
        ({"expires-at": "9999-12-31T23:59:59-23:59"}, 400, True),
        ({"status_callback": 7}, 400, True),
    ],
)
async def test_a_claim_that_does_not_hold_is_refused(
    net: Network, engine: WatchedEngine, claims: dict[str, Any], status: int, fatal: bool
) -> None:
    """Each with its own sentence; nothing is filed and nothing of it is quoted."""
    assert refusal(await sent(net, **claims), status, fatal=fatal)
    assert engine.started == []


async def test_checks_come_in_the_order_of_the_protocol(net: Network) -> None:
    """Of several faults the earliest check speaks, from Base64 to the end of its time (3.07)."""
    ahead = (NOW + timedelta(hours=1)).isoformat()
    wrong = message(
        net,
        **{
            "agent-id": "AA_RIVAL",
            "business-id": "CB_OTHER",
            "issued-at": ahead,
            "expires-at": NOW.isoformat(),
            "drp.version": "9",
        },
    )
    forged = net.agent("AA_HELPERS")
    said = [
        refusal(await net.helpers.post(EXERCISE, b"%%%" + forged.signed(wrong)), 400),
        refusal(await net.helpers.post(EXERCISE, forged.signed(wrong)), 403),
    ]
    for right, status in (
        ({}, 403),
        ({"agent-id": "AA_HELPERS"}, 403),
        ({"business-id": BUSINESS}, 400),
        ({"issued-at": (NOW - timedelta(1)).isoformat()}, 400),
        ({"expires-at": ahead}, 400),
    ):
        wrong |= right
        answer = await net.helpers.post(EXERCISE, net.helpers.signed(wrong))
        said.append(refusal(answer, status, fatal=right != {"business-id": BUSINESS}))
    named = ("Base64", "signature", "agent-id", "business-id", "issued-at", "expires-at", "version")
    assert [word for word, text in zip(named, said, strict=True) if word not in text] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{}", 400),
        (b"====", 400),
        (b"\xff\xfe", 400),
        (base64.b64encode(b"\x00" * 64), 400),
        (base64.b64encode(SIGNED_BADLY), 403),
        (base64.b64encode(b"x" * 9000), 413),
    ],
)
async def test_what_is_no_signed_message_is_refused(net: Network, body: bytes, status: int) -> None:
    """Not Base64, too short, not signed, too long: told apart, none a fault of ours."""
    refusal(await net.helpers.post(EXERCISE, body), status)


@pytest.mark.parametrize("raw", [b"[]", b"null", b"{", b"\xff", b'{"a": NaN}', b"[" * 3000])
async def test_what_is_signed_must_be_json(net: Network, raw: bytes) -> None:
    """A good signature vouches for bytes, not for sense."""
    refusal(await net.helpers.post(EXERCISE, net.helpers.signed(raw)), 400)


async def test_a_token_serves_its_own_agent_alone(net: Network) -> None:
    """One agent's message under another's token, and another's token with one's own key."""
    stolen = net.agent("AA_RIVAL", net.rival.key)
    stolen.token = net.helpers.token
    refusal(await stolen.exercise("deletion", IDENTITY, now=NOW), 403)
    theirs = net.agent("AA_RIVAL", net.helpers.key)
    theirs.token = net.rival.token
    refusal(await theirs.exercise("deletion", IDENTITY, now=NOW), 403)
    assert (await net.helpers.call("GET", "/v1/agent/AA_RIVAL")).status_code == 403
    assert await net.helpers.is_paired()


@pytest.mark.parametrize("token", ["", "canary", "\u00e9", " ", "x" * 5000])
async def test_without_a_good_token_nothing_is_read(net: Network, token: str) -> None:
    """Exercise, status and revocation are one 403; the agent's own page is an empty one."""
    known = (await net.filed())["request_id"]
    net.helpers.token = ""
    sent = httpx.Headers([(b"authorization", f"Bearer {token}".encode())])
    for method, path in (
        ("POST", EXERCISE),
        ("GET", f"{EXERCISE}/{known}"),
        ("DELETE", f"{EXERCISE}/{known}"),
    ):
        answer = await net.http.request(method, API_BASE + path, headers=sent, content=b"x")
        refusal(answer, 403)
    answer = await net.http.get(f"{API_BASE}/v1/agent/AA_HELPERS", headers=sent)
    assert (answer.status_code, answer.content) == (403, b"")


async def test_another_agents_request_is_as_one_that_is_not(net: Network) -> None:
    """A foreign id, an unknown one and none at all get the same 403, for reading and revoking."""
    foreign = (await net.filed())["request_id"]
    said = set()
    for drp_id in (foreign, str(uuid4()), "PR-0000-0000", "%00"):
        said.add(refusal(await net.rival.status(drp_id), 403))
        said.add(refusal(await net.rival.revoke(drp_id), 403))
    assert len(said) == 1
    assert (await net.helpers.status(foreign)).json()["status"] == "in_progress"


async def test_a_revocation_must_be_signed_by_its_agent(net: Network) -> None:
    """The token alone takes nothing back."""
    path = f"{EXERCISE}/{(await net.filed())['request_id']}"
    refusal(await net.helpers.call("DELETE", path), 400)
    body = net.rival.signed({"reason": "canary"})
    refusal(await net.helpers.call("DELETE", path, body), 403)
    refusal(await net.helpers.call("DELETE", path, net.helpers.signed({"reason": 1})), 400)
    assert (await net.helpers.call("GET", path)).json()["status"] == "in_progress"


async def test_key_setup_fails_without_a_word(net: Network) -> None:
    """Unknown agent, foreign key, another agent's path, expired, wrong business, no Base64."""
    good, path = net.helpers.claims(NOW), "/v1/agent/AA_HELPERS"
    late = {**good, "expires-at": NOW.isoformat()}
    tries = (
        ("/v1/agent/AA_NOBODY", net.helpers.signed(good)),
        (path, net.rival.signed(good)),
        ("/v1/agent/AA_RIVAL", net.helpers.signed(good)),
        ("/v1/agent/AA_RIVAL", net.rival.signed(good)),
        (path, net.helpers.signed(late)),
        (path, net.helpers.signed({**good, "business-id": "CB_OTHER"})),
        (path, b"%%%"),
    )
    for where, body in tries:
        answer = await net.http.post(API_BASE + where, content=body)
        assert (answer.status_code, answer.content) == (403, b"")
    assert await net.helpers.is_paired()


async def test_a_captured_key_setup_gives_nobody_a_token(net: Network) -> None:
    """The message that paired an agent pairs nobody again; a new one ends the old token."""
    claims = {**net.helpers.claims(NOW), "nonce": "mine"}
    captured = net.helpers.signed(claims)
    old = net.helpers.token
    path = "/v1/agent/AA_HELPERS"
    first = await net.http.post(API_BASE + path, content=captured)
    assert first.status_code == 200
    again = await net.http.post(API_BASE + path, content=captured)
    assert (again.status_code, again.content) == (403, b"")
    assert not await net.helpers.is_paired()
    net.helpers.token = first.json()["token"]
    assert net.helpers.token != old
    assert await net.helpers.is_paired()


async def test_a_changed_key_ends_the_token(parts: GatewayParts, clock: Clock) -> None:
    """What was paired under the old key is of no use once the directory has another."""
    async with network(parts) as net:
        rotated = SigningKey.generate()
        agents = Directory(agents=(entry("AA_HELPERS", rotated),))
        settings = parts.settings.model_copy(update={"business_id": BUSINESS})
        app = create_app(replace(parts, settings=settings, agents=lambda: agents))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http:
            old = ReferenceAgent(
                http, API_BASE, agent_id="AA_HELPERS", business_id=BUSINESS, key=net.helpers.key
            )
            old.token = net.helpers.token
            refusal(await old.exercise("deletion", IDENTITY, now=NOW), 403)
            new = ReferenceAgent(
                http, API_BASE, agent_id="AA_HELPERS", business_id=BUSINESS, key=rotated
            )
            await new.set_up(clock() + timedelta(seconds=1))
            answer = await new.exercise("deletion", IDENTITY, now=NOW)
            assert answer.status_code == 200


async def test_strangers_are_slowed_down(net: Network) -> None:
    """Guessing tokens ends in 429, which may be tried again, while agents go on."""
    headers = {"Authorization": "Bearer canary"}
    answers = [await net.http.get(f"{API_BASE}{EXERCISE}/x", headers=headers) for _ in range(130)]
    refusal(answers[-1], 429, fatal=False)
    assert answers[-1].headers["retry-after"]
    assert await net.helpers.is_paired()


async def test_storage_that_is_away_is_no_end(net: Network, owner: asyncpg.Connection) -> None:
    """503 in the protocol's form, which is not fatal; nothing is used up."""
    signed = net.helpers.signed(message(net))
    await owner.execute("ALTER TABLE privacy.request RENAME TO request_away")
    answer = await net.helpers.post(EXERCISE, signed)
    refusal(answer, 500, fatal=False)
    await owner.execute("ALTER TABLE privacy.request_away RENAME TO request")
    assert (await net.helpers.post(EXERCISE, signed)).status_code == 200


async def test_unknown_calls_are_told_so(net: Network) -> None:
    """Other paths and methods are refused in the same form."""
    refusal(await net.helpers.call("GET", "/.well-known/data-rights.json"), 404)
    refusal(await net.helpers.call("PUT", EXERCISE), 405)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    claims=st.dictionaries(
        st.sampled_from(
            [
                "exercise",
                "regime",
                "name",
                "email",
                "phone_number",
                "address",
                "status_callback",
                "agent-request-id",
                "power_of_attorney",
                "relationships",
                "issued-at",
                "expires-at",
            ]
        ),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=40),
            lambda inner: (
                st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2)
            ),
            max_leaves=4,
        ),
        max_size=4,
    )
)
async def test_no_claim_is_a_fault_of_ours(net: Network, claims: dict[str, Any]) -> None:
    """Whatever stands in a signed message, the answer is 200 or an error of the caller's."""
    answer = await sent(net, **claims)
    assert answer.status_code in (200, 400, 403, 409, 422, 429), answer.text
