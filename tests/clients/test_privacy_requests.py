"""The Python client against the real doors: what it files, polls, raises and believes."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import anyio.to_thread
import asyncpg
import httpx
import pytest

from activities.status_webhooks import STATUS_CHANGED, TEST, body_of
from clients.privacy_requests import (
    ApiError,
    InvalidSubmission,
    KeyReused,
    NotAuthenticated,
    NotGenuine,
    PrivacyRequests,
    TooManyCalls,
    Unavailable,
    UnknownRequest,
    verified_change,
)
from gateway.parts import GatewayParts
from providers.standard_webhooks import key_of, signed_headers
from records.requests import Projection, find, project
from records.webhooks import Webhook, status_facts
from tests.gateway.support import API_KEY, SUBMISSION, changed
from tests.stored import KEYRING

SECRETS = Webhook(
    webhook_id="wh_0123456789ab",
    client="web-form",
    url="https://forms.example.com/hook",
    secret_n=2,
    previous_until=datetime(2099, 1, 1, tzinfo=UTC),
    added_at=datetime(2026, 1, 1, tzinfo=UTC),
    removed_at=None,
).secrets(KEYRING, datetime(2026, 11, 23, tzinfo=UTC))


@pytest.fixture
async def api(address: str) -> AsyncIterator[PrivacyRequests]:
    """Speak to a gateway on loopback, as an intake system does."""
    with PrivacyRequests(address, API_KEY) as api:
        yield api


async def call(function: Any, *args: Any, **named: Any) -> Any:
    """Let a blocking call run beside the gateway."""
    return await anyio.to_thread.run_sync(lambda: function(*args, **named))


async def test_a_submission_is_filed_once_and_polled_cheaply(
    api: PrivacyRequests,
    owner: asyncpg.Connection,
) -> None:
    """The same key is the same request; nothing comes back until something moves."""
    first = await call(api.file, SUBMISSION, idempotency_key="ticket-1")
    again = await call(api.file, SUBMISSION, idempotency_key="ticket-1")
    assert again == first
    assert (first.dates.answer_by - first.dates.receipt_date).days == 45
    status = await call(api.status, first.request_id)
    assert (status.stage, status.answered_at) == ("received", None)
    assert await call(api.changed, status) is None
    await project(owner, first.request_id, Projection(stage="deciding"))
    moved = await call(api.changed, status)
    assert moved.stage == "deciding"
    assert await call(api.changed, moved) is None


async def test_every_refusal_is_an_exception_that_says_what_to_do(
    api: PrivacyRequests,
    address: str,
) -> None:
    """Each kind by its own name; the fields at fault are named, and nothing is quoted."""
    with pytest.raises(InvalidSubmission) as invalid:
        await call(api.file, changed(consumer={"email": "canary"}), idempotency_key="a")
    assert {each.pointer for each in invalid.value.errors} == {"/consumer/email"}
    assert "canary" not in str(invalid.value)
    await call(api.file, SUBMISSION, idempotency_key="a")
    with pytest.raises(KeyReused):
        await call(api.file, changed(message="other"), idempotency_key="a")
    with pytest.raises(UnknownRequest, match="Check the request id"):
        await call(api.status, "PR-0000-0000")
    with PrivacyRequests(address, "wrong") as stranger, pytest.raises(NotAuthenticated):
        await call(stranger.status, "PR-0000-0000")


@pytest.mark.parametrize(
    ("answer", "kind", "wait"),
    [
        (httpx.Response(429, headers={"Retry-After": "7"}, json={}), TooManyCalls, 7),
        (httpx.Response(503, json={"detail": "Nothing was stored."}), Unavailable, 30),
        (httpx.Response(502, text="<html>"), Unavailable, 30),
        (httpx.Response(418, json=["?"]), ApiError, 0),
    ],
)
def test_what_to_wait_for_is_known(answer: httpx.Response, kind: type[ApiError], wait: int) -> None:
    """Also where something between us and the gateway answers."""
    transport = httpx.MockTransport(lambda request: answer)
    with (
        PrivacyRequests("https://gateway.example", "k", transport=transport) as api,
        pytest.raises(ApiError) as raised,
    ):
        api.status("PR-0000-0000")
    assert (type(raised.value), raised.value.retry_after) == (kind, wait)


def test_no_answer_is_worth_the_same_call_again() -> None:
    """A broken connection is told from a refusal."""
    with (
        PrivacyRequests("http://127.0.0.1:9", "k") as api,
        pytest.raises(Unavailable, match="same"),
    ):
        api.file(SUBMISSION, idempotency_key="a")


async def test_a_change_is_believed_under_either_secret_and_no_other(
    api: PrivacyRequests,
    parts: GatewayParts,
) -> None:
    """What a worker signs, the client verifies; a changed body or a stranger's key is dropped."""
    filed = await call(api.file, SUBMISSION, idempotency_key="a")
    async with parts.pool.acquire() as conn:
        row = await find(conn, filed.request_id)
    assert row is not None
    now = datetime.now(UTC)
    body = body_of(STATUS_CHANGED, now, {**status_facts(row), "sequence": 4})
    sent = signed_headers([key_of(each) for each in SECRETS], "msg_1", now, body)
    for secret in SECRETS:
        change = verified_change(body, sent, [secret])
        assert change is not None
        assert (change.request_id, change.stage) == (filed.request_id, "received")
        assert (change.message_id, change.sequence) == ("msg_1", 4)
    for wrong in (body + b" ", b"{}"):
        with pytest.raises(NotGenuine):
            verified_change(wrong, sent, SECRETS)
    with pytest.raises(NotGenuine):
        verified_change(body, sent, ["whsec_" + "A" * 44])
    test = body_of(TEST, now, {})
    signed = signed_headers([key_of(SECRETS[0])], "msg_2", now, test)
    assert verified_change(test, signed, SECRETS) is None
