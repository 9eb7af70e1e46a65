"""Standard Webhooks: what we send, and what we believe."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from domain.vocabulary import NoticeKind, PointOfIdentity, ProviderStanding
from providers.credentials import Credentials
from providers.desk import MAX_CALLBACK_BYTES, ProviderDesk, build_desk
from providers.outgoing import Outgoing
from providers.protocol import (
    Acknowledgement,
    CallbackRefused,
    Forged,
    Malformed,
    NotOurs,
    ReasonCode,
    SendingFailed,
    Sent,
    Stale,
    TooLarge,
    Unverifiable,
)
from tests.providers.support import (
    NOW,
    OTHER_SECRET,
    REQUEST,
    SECRET,
    Serve,
    application,
    direction,
    webhook_registry,
)

Callback = tuple[dict[str, str], bytes]


def desk(
    outgoing: Outgoing, endpoint: str = "https://acme.example", **options: Any
) -> ProviderDesk:
    """Return a desk with one webhook provider."""
    secrets = Credentials({"SECRET": SECRET, "OTHER_SECRET": OTHER_SECRET})
    return build_desk(webhook_registry(endpoint, **options), outgoing, secrets)


def body(status: str = "done", **data: Any) -> bytes:
    """Return an acknowledgement's JSON."""
    facts = {"direction_id": f"{REQUEST}.acme", "status": status, **data}
    return json.dumps({"type": "privacy.direction.acknowledged", "data": facts}).encode()


def signed(
    raw: bytes, secret: str = SECRET, at: datetime = NOW, identity: str = "msg_1"
) -> Callback:
    """Sign a callback by the published library, as a provider would."""
    stamp = str(int(at.timestamp()))
    mark = Webhook(secret).sign(identity, at, raw.decode("utf-8", "surrogateescape"))
    return {
        "webhook-id": identity,
        "webhook-timestamp": stamp,
        "webhook-signature": mark,
    }, raw


async def verdict(desk: ProviderDesk, callback: Callback, now: datetime = NOW) -> Acknowledgement:
    """Return what the desk makes of a callback to ``acme``."""
    return await desk.verify("acme", *callback, now)


async def refused(desk: ProviderDesk, callback: Callback, now: datetime = NOW) -> CallbackRefused:
    """Return the refusal of a callback."""
    with pytest.raises(CallbackRefused) as caught:
        await verdict(desk, callback, now)
    return caught.value


def verify_by_the_specification(secret: str, headers: Mapping[str, str], raw: bytes) -> bool:
    """Check a signature from the text of the specification alone."""
    key = base64.b64decode(secret.split("_", 1)[1])
    content = b".".join(
        [headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), raw]
    )
    wanted = "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return wanted in headers["webhook-signature"].split(" ")


class Vendor:
    """A provider's endpoint that keeps what it received and answers as told."""

    def __init__(self, *answers: Response) -> None:
        self._answers = list(answers)
        self.received: list[tuple[dict[str, str], bytes]] = []

    async def __call__(self, request: Request) -> Response:
        self.received.append((dict(request.headers), await request.body()))
        return self._answers.pop(0) if self._answers else Response(status_code=202)


async def vendor(serve: Serve, *answers: Response) -> tuple[Vendor, str]:
    """Serve a vendor; returns it and its endpoint."""
    one = Vendor(*answers)

    async def handler(request: Request) -> Response:
        return await one(request)

    return one, await serve(application({"/directions": handler})) + "/directions"


async def test_what_we_send_is_verified_by_library_and_specification(
    serve: Serve, outgoing: Outgoing
) -> None:
    """Both independent verifiers accept our direction, under each secret while one retires."""
    acme, endpoint = await vendor(serve)
    both = desk(outgoing, endpoint, secrets="[env:OTHER_SECRET, env:SECRET]")
    await both.send("acme", direction(), datetime.now(UTC))
    headers, raw = acme.received[0]
    for secret in (SECRET, OTHER_SECRET):
        assert verify_by_the_specification(secret, headers, raw)
        Webhook(secret).verify(raw, headers)


async def test_a_direction_carries_the_items_of_n14_and_no_more_of_the_person(
    serve: Serve, outgoing: Outgoing
) -> None:
    """Every required item of N-14 stands in the body, and of the person only the locators."""
    acme, endpoint = await vendor(serve)
    sent = await desk(outgoing, endpoint).send("acme", direction(exceptions=("EX8",)), NOW)
    _, raw = acme.received[0]
    data = json.loads(raw)["data"]
    assert set(data) == {
        *("direction_id", "request_id", "notice", "action", "person", "scope", "exceptions"),
        *("flow_down", "confirm_by", "contact", "callback_url"),
    }
    assert data["person"] == {"email": "ana.ruiz@example.com"}
    assert sent == Sent(status_code=202, body_hash=hashlib.sha256(raw).hexdigest())


async def test_a_third_party_is_told_to_comply_and_pass_on(
    serve: Serve, outgoing: Outgoing
) -> None:
    """N-15 names action and person and asks to comply and pass on; the request id stays out."""
    acme, endpoint = await vendor(serve)
    notice = direction(notice=NoticeKind.THIRD_PARTY_NOTICE)
    await desk(outgoing, endpoint).send("acme", notice, NOW)
    data = json.loads(acme.received[0][1])["data"]
    assert {"person", "action", "comply_and_pass_on"} <= set(data)
    assert "request_id" not in data


async def test_every_attempt_has_the_same_id_and_a_reminder_another(
    serve: Serve, outgoing: Outgoing
) -> None:
    """The once-only key survives a retry, and a reminder is a message of its own."""
    acme, endpoint = await vendor(serve, Response(status_code=500))
    ours = desk(outgoing, endpoint)
    with pytest.raises(SendingFailed):
        await ours.send("acme", direction(), NOW)
    await ours.send("acme", direction(), NOW + timedelta(hours=1))
    await ours.send("acme", direction(reminder=1), NOW + timedelta(days=7))
    first, again, reminder = [headers["webhook-id"] for headers, _ in acme.received]
    assert first == again != reminder


async def test_a_2xx_counts_whatever_comes_after_it(serve: Serve, outgoing: Outgoing) -> None:
    """A direction that was taken is not sent again because the rest of the answer has no end."""

    async def forever() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65536
            await asyncio.sleep(0.01)

    _, endpoint = await vendor(serve, StreamingResponse(forever(), status_code=202))
    sent = await desk(outgoing, endpoint).send("acme", direction(), NOW)
    assert isinstance(sent, Sent)
    assert sent.status_code == 202


@pytest.mark.parametrize(
    ("answer", "code", "retryable"),
    [
        (Response(status_code=500), "status_500", True),
        (Response(status_code=429, headers={"retry-after": "120"}), "status_429", True),
        (Response(status_code=400), "status_400", False),
        (Response(status_code=410), "status_410", False),
        (RedirectResponse("http://169.254.169.254/"), "redirected", False),
    ],
)
async def test_a_refused_sending_says_whether_to_try_again(
    serve: Serve, outgoing: Outgoing, answer: Response, code: str, retryable: bool
) -> None:
    """Passing failures are retryable, final ones not, and a redirect goes nowhere."""
    _, endpoint = await vendor(serve, answer)
    with pytest.raises(SendingFailed) as caught:
        await desk(outgoing, endpoint).send("acme", direction(), NOW)
    failure = caught.value
    assert (failure.code, failure.retryable) == (code, retryable)
    assert failure.retry_after == (timedelta(seconds=120) if code == "status_429" else None)
    assert "ana.ruiz" not in str(failure)


async def test_an_endpoint_inside_is_refused_for_good() -> None:
    """A registry entry that leads to a private address sends nothing."""
    client = Outgoing()
    with pytest.raises(SendingFailed) as caught:
        await desk(client, "https://10.0.0.1/x").send("acme", direction(), NOW)
    await client.aclose()
    assert (caught.value.code, caught.value.retryable) == ("private_address", False)


async def test_an_undeclared_identifier_stops_the_sending(outgoing: Outgoing) -> None:
    """A caller's mistake cannot make a provider receive more than it declares."""
    phone = {PointOfIdentity.EMAIL: "a@example.com", PointOfIdentity.PHONE: "+14155550142"}
    with pytest.raises(SendingFailed) as caught:
        await desk(outgoing).send("acme", direction(locators=phone), NOW)
    assert caught.value.code == "undeclared_identifier"
    assert "4155550142" not in str(caught.value)


async def test_a_missing_secret_waits_for_the_operator(outgoing: Outgoing) -> None:
    """Without the secret nothing is sent and callbacks are to be sent again; both name no value."""
    ours = desk(outgoing, secrets="[env:NOT_SET]")
    with pytest.raises(SendingFailed) as caught:
        await ours.send("acme", direction(), NOW)
    assert "env:NOT_SET is not set" in str(caught.value)
    assert isinstance(await refused(ours, signed(body())), Unverifiable)


def test_a_direction_shows_no_personal_data() -> None:
    """Printing a direction prints neither locators nor corrections."""
    shown = repr(direction(corrections={"name": "Ana Ruiz"}))
    assert "ana.ruiz" not in shown
    assert "Ana" not in shown


async def test_a_signed_acknowledgement_is_believed_with_its_evidence(outgoing: Outgoing) -> None:
    """Standing, sub-processors, time and evidence come from the verified callback."""
    headers, raw = signed(body("partly", reason="backup_only", sub_processors=["Nimbus Storage"]))
    answer = await verdict(desk(outgoing), (headers, raw))
    assert answer.standing is ProviderStanding.PARTLY
    assert answer.direction_id == f"{REQUEST}.acme"
    assert (answer.reason, answer.sub_processors) == (ReasonCode.BACKUP_ONLY, ("Nimbus Storage",))
    assert (answer.at, answer.once_key) == (NOW, "acme:msg_1")
    assert answer.evidence is not None
    assert answer.evidence.body_hash == hashlib.sha256(raw).hexdigest()
    assert verify_by_the_specification(SECRET, answer.evidence.headers, raw)


async def test_header_names_count_in_any_case(outgoing: Outgoing) -> None:
    """HTTP headers have no case; a proxy that writes them otherwise breaks nothing."""
    headers, raw = signed(body())
    louder = {name.upper(): value for name, value in headers.items()}
    assert (await verdict(desk(outgoing), (louder, raw))).standing is ProviderStanding.DONE


async def test_both_secrets_count_while_one_retires(outgoing: Outgoing) -> None:
    """During a rotation old and new secrets verify; afterwards the old one is forged."""
    rotating = desk(outgoing, secrets="[env:SECRET, env:OTHER_SECRET]")
    for secret in (SECRET, OTHER_SECRET):
        assert (await verdict(rotating, signed(body(), secret))).standing is ProviderStanding.DONE
    assert isinstance(await refused(desk(outgoing), signed(body(), OTHER_SECRET)), Forged)


async def test_a_provider_may_sign_by_both_of_its_secrets(outgoing: Outgoing) -> None:
    """One fitting signature of several is enough; other versions are passed over."""
    headers, raw = signed(body())
    mark = headers["webhook-signature"]
    listed = {**headers, "webhook-signature": f"v1a,abc v1,AAAA {mark} nonsense"}
    assert (await verdict(desk(outgoing), (listed, raw))).standing is ProviderStanding.DONE


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": "v1," + base64.b64encode(bytes(32)).decode()},
        {"webhook-signature": ""},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,é€"},
        {"webhook-id": "msg_2"},
        {"webhook-id": ""},
        {"webhook-timestamp": str(int(NOW.timestamp()) + 1)},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "1e10"},
        {"webhook-timestamp": "9" * 40},
    ],
)
async def test_any_change_to_what_is_signed_is_forged(
    outgoing: Outgoing, change: dict[str, str]
) -> None:
    """Id, time, signature: whichever is changed, missing or nonsense, nothing is believed."""
    headers, raw = signed(body())
    assert isinstance(await refused(desk(outgoing), ({**headers, **change}, raw)), Forged)


async def test_a_changed_body_is_forged_before_it_is_parsed(outgoing: Outgoing) -> None:
    """Unsigned bytes are never parsed: not JSON, not UTF-8, even so the answer is forged."""
    headers, _ = signed(body("received"))
    for raw in (body("done"), b"\xff\xfe{", b"", b"[" * 20_000):
        assert isinstance(await refused(desk(outgoing), (headers, raw)), Forged)


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_a_captured_callback_is_stale_after_five_minutes(
    outgoing: Outgoing, minutes: int
) -> None:
    """A rightly signed message of another time, past or future, is refused."""
    late = NOW + timedelta(minutes=minutes)
    assert isinstance(await refused(desk(outgoing), signed(body()), late), Stale)


@pytest.mark.parametrize("minutes", [-5, 5])
async def test_clocks_may_differ_by_five_minutes(outgoing: Outgoing, minutes: int) -> None:
    """The bound itself is still accepted, both ways."""
    answer = await verdict(desk(outgoing), signed(body()), NOW + timedelta(minutes=minutes))
    assert answer.standing is ProviderStanding.DONE


@pytest.mark.parametrize(
    "raw",
    [
        b"no json",
        b"\xff\xfe",
        body("done").decode().encode("utf-16"),
        b"[]",
        b"[" * 20_000,
        b'{"type":"privacy.direction.acknowledged"}',
        body("deleted"),
        body("silent"),
        body("refused", reason="Ana Ruiz asked us to keep it"),
        body("done", sub_processors=["ana.ruiz@example.com"]),
        body("done", sub_processors=["x"] * 51),
        body("done").replace(b"acknowledged", b"issued"),
    ],
)
async def test_a_signed_body_of_another_shape_is_malformed(outgoing: Outgoing, raw: bytes) -> None:
    """What the provider signed must also be an acknowledgement; no free text gets through."""
    stamp = str(int(NOW.timestamp()))
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    mark = base64.b64encode(hmac.digest(key, f"m.{stamp}.".encode() + raw, "sha256")).decode()
    headers = {"webhook-id": "m", "webhook-timestamp": stamp, "webhook-signature": f"v1,{mark}"}
    refusal = await refused(desk(outgoing), (headers, raw))
    assert isinstance(refusal, Malformed)
    assert "ana" not in refusal.hint.lower()


@pytest.mark.parametrize(
    "direction_id",
    [f"{REQUEST}.other", REQUEST, f"{REQUEST}.acme.acme", "pr-0000-0000.acme", "PR-0000-0001.acme"],
)
async def test_another_providers_direction_is_not_found(
    outgoing: Outgoing, direction_id: str
) -> None:
    """A rightly signed callback about a direction that is not the caller's changes nothing."""
    callback = signed(body(direction_id=direction_id))
    assert isinstance(await refused(desk(outgoing), callback), NotOurs)


async def test_an_unknown_provider_is_not_found(outgoing: Outgoing) -> None:
    """The same answer for a provider that does not exist as for a foreign direction."""
    with pytest.raises(NotOurs):
        await desk(outgoing).verify("nobody", *signed(body()), NOW)


async def test_an_oversized_callback_is_refused_unread(outgoing: Outgoing) -> None:
    """Over the limit nothing is verified or parsed."""
    callback = signed(b" " * (MAX_CALLBACK_BYTES + 1))
    assert isinstance(await refused(desk(outgoing), callback), TooLarge)


async def test_our_own_direction_sent_back_is_no_acknowledgement(
    serve: Serve, outgoing: Outgoing
) -> None:
    """What we signed ourselves cannot be reflected as the provider's answer."""
    acme, endpoint = await vendor(serve)
    await desk(outgoing, endpoint).send("acme", direction(), NOW)
    assert isinstance(await refused(desk(outgoing), acme.received[0]), Malformed)


async def test_a_repetition_carries_the_same_once_key(outgoing: Outgoing) -> None:
    """A message that is signed anew for a retry is still the same message."""
    first = await verdict(desk(outgoing), signed(body()))
    later = NOW + timedelta(hours=2)
    again = await verdict(desk(outgoing), signed(body(), at=later), later)
    assert first.once_key == again.once_key
