"""An intake system may start the workflow itself, with a submission sealed to the vault."""

import json
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ActivityError, ApplicationError

from domain.staff_input import STAFF_INPUT
from domain.vocabulary import Channel, Decision, NoticeKind
from records import sealing
from records.requests import draw_id
from tests.e2e.hostile import CANARY, raw
from tests.e2e.office import Office, submission
from workflows import names

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


def fresh_id() -> str:
    """Draw a request id."""
    return draw_id()


def sealed(office: Office, body: dict[str, Any], key: bytes | None = None) -> dict[str, str]:
    """Return a start that brings a submission."""
    public = key or sealing.public_key_of(office.settings.key("intake_private_key"))
    return {"kind": "sealed", "sealed": sealing.seal(public, json.dumps(body).encode())}


async def start(office: Office, request_id: str, *payloads: Any) -> WorkflowHandle[Any, Any]:
    """Start a request as any client of Temporal can."""
    return await office.client.start_workflow(
        names.CONSUMER_REQUEST,
        args=list(payloads),
        id=request_id,
        task_queue=office.settings.task_queue,
        run_timeout=timedelta(days=400),
    )


async def refusal(office: Office, request_id: str, *payloads: Any) -> str:
    """Return the sentence with which a start fails, before any event and any row."""
    handle = await start(office, request_id, *payloads)
    with pytest.raises(WorkflowFailureError) as raised:
        await handle.result(rpc_timeout=timedelta(seconds=20))
    cause: BaseException | None = raised.value.cause
    cause = cause.cause if isinstance(cause, ActivityError) else cause
    assert isinstance(cause, ApplicationError)
    assert cause.type == STAFF_INPUT
    assert CANARY not in cause.message
    assert "/v1/requests" in cause.message
    return cause.message


async def traces(office: Office, request_id: str) -> int:
    """Count what our database knows of a request id."""
    case = office.case(request_id, await office.shop.customer(), {})
    tables = {"request": "request_id", "vault": "request_id", "ledger": "stream"}
    counts = [
        (await case.query(f"SELECT count(*) FROM privacy.{name} WHERE {key} = $1", request_id))[0]
        for name, key in tables.items()
    ]
    return sum(count[0] for count in counts)


async def test_a_sealed_start_has_the_same_result(office: Office) -> None:
    """Opened into the vault, confirmed, verified, erased, closed, as if filed at the gateway."""
    customer = await office.shop.customer()
    request_id = fresh_id()
    body = submission(customer, channel=Channel.POST)
    await start(office, request_id, sealed(office, body))
    case = office.case(request_id, customer, {})
    await case.letter(NoticeKind.ACKNOWLEDGEMENT)
    state = await case.verified()
    assert state.channel is Channel.POST
    await case.approve()
    assert (await case.closed()).outcome is Decision.GRANT_PARTIAL
    assert set((await office.shop.rows(customer)).values()) == {0}


async def test_an_open_submission_is_refused_by_name(office: Office) -> None:
    """A submission in clear ends the start, unread, with how to file it; nothing is kept."""
    body = submission(await office.shop.customer(), message=CANARY)
    for payload in (body, {"kind": "sealed", **body}, {"kind": "registered", "submission": body}):
        request_id = fresh_id()
        assert "not sealed" in await refusal(office, request_id, payload)
        assert await traces(office, request_id) == 0


@pytest.mark.parametrize(
    "payloads",
    [
        [],
        [None],
        [CANARY],
        [[{"kind": "registered"}]],
        [{"kind": "registered"}, {"kind": "registered"}],
        [raw(b"json/plain", b'{"kind": ')],
        [raw(b"x/y", b"abc")],
        [raw(b"binary/plain", b"\x00")],
    ],
)
async def test_a_start_without_one_object_is_refused(office: Office, payloads: list[Any]) -> None:
    """None, two, null, text, a list or what nobody can read: a sentence, and no task fails."""
    request_id = fresh_id()
    assert "no single JSON object" in await refusal(office, request_id, *payloads)
    assert await traces(office, request_id) == 0


@pytest.mark.parametrize("request_id", ["canary-4711", "PR-0000-0001", "PR-4106-105S.acme"])
async def test_a_start_under_a_wrong_id_is_refused(office: Office, request_id: str) -> None:
    """An id whose check character is wrong, or that is none at all, opens nothing."""
    good = sealed(office, submission(await office.shop.customer()))
    assert "not a request id" in await refusal(office, request_id, good)
    assert await traces(office, request_id) == 0


async def test_what_is_sealed_wrongly_is_refused(office: Office) -> None:
    """No box, an empty one, another installation's, or a submission with faults, which it names."""
    body = submission(await office.shop.customer())
    foreign = sealing.public_key_of(sealing.generate_private_key())
    faulty = {**body, "consumer": {"name": CANARY}, "points": {"ssn": CANARY}, CANARY: CANARY}
    for payload, said in (
        ({"kind": "sealed", "sealed": CANARY}, "intake key"),
        ({"kind": "sealed", "sealed": ""}, "brings nothing"),
        (sealed(office, body, foreign), "intake key"),
        (sealed(office, faulty), "consumer.email"),
    ):
        request_id = fresh_id()
        assert said in await refusal(office, request_id, payload)
        assert await traces(office, request_id) == 0


async def test_ids_that_nobody_registered_cannot_be_started_or_resumed(office: Office) -> None:
    """Neither "registered" nor "resume" opens what Postgres does not know."""
    for kind in ("registered", "resume"):
        request_id = fresh_id()
        assert "No request is registered" in await refusal(office, request_id, {"kind": kind})
        assert await traces(office, request_id) == 0


async def test_a_repeated_direct_start_opens_nothing_twice(office: Office) -> None:
    """Under another id the same idempotency key names the request that has it."""
    customer = await office.shop.customer()
    first, second = fresh_id(), fresh_id()
    body = sealed(office, submission(customer)) | {"idempotency_key": f"once-{first}"}
    await start(office, first, body)
    case = office.case(first, customer, {})
    await case.letter(NoticeKind.ACKNOWLEDGEMENT)
    handle = await start(office, second, body)
    with pytest.raises(WorkflowFailureError) as raised:
        await handle.result(rpc_timeout=timedelta(seconds=20))
    assert isinstance(raised.value.cause, ActivityError)
    assert first in str(raised.value.cause.cause)
    assert await traces(office, second) == 0
