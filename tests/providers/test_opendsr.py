"""OpenDSR 2.0 and mParticle 3.0 against a strict processor: what we send, and whom we believe."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from domain.notice_words import DirectedAction
from domain.vocabulary import PointOfIdentity, ProviderStanding
from providers.credentials import Credentials
from providers.desk import ProviderDesk, build_desk
from providers.opendsr import OpenDsr
from providers.opendsr.certificates import Certificates
from providers.opendsr.request_ids import direction_of, subject_request_id
from providers.outgoing import LOOPBACK, Outgoing
from providers.protocol import (
    Acknowledgement,
    CallbackRefused,
    Forged,
    Malformed,
    NotOurs,
    ReasonCode,
    SendingFailed,
    Sent,
    Unverifiable,
    callback_url,
)
from providers.registry import InvalidFile, load_registry
from tests.providers.fakes.authority import Authority, pem, rsa_key
from tests.providers.fakes.opendsr import AUTHORIZATION, DOMAIN, Processor
from tests.providers.support import NOW, REQUEST, direction, registry_text, serving, to_loopback

Callback: TypeAlias = tuple[dict[str, str], bytes]

PUBLIC_URL = "https://business.example"
SUBJECT = subject_request_id(f"{REQUEST}.acme")
PHONE = {PointOfIdentity.EMAIL: "Ana@Example.com", PointOfIdentity.PHONE: "+1 415 555 0142"}


@dataclass
class Line:
    """Our side and a processor's, joined by HTTP on loopback."""

    processor: Processor
    desk: ProviderDesk
    protocol: OpenDsr

    async def send(self, **changes: Any) -> Sent:
        """Send a direction to the processor."""
        sent = await self.desk.send("acme", direction(callback_url=OUR_ADDRESS, **changes), NOW)
        assert isinstance(sent, Sent)
        return sent

    async def verdict(self, callback: Callback, **later: int) -> Acknowledgement:
        """Return what we make of a callback, some time from now."""
        return await self.desk.verify("acme", *callback, NOW + timedelta(**later))

    async def refused(self, callback: Callback, **later: int) -> CallbackRefused:
        """Return the refusal of a callback."""
        with pytest.raises(CallbackRefused) as caught:
            await self.verdict(callback, **later)
        return caught.value


OUR_ADDRESS = callback_url(PUBLIC_URL, "acme")


@asynccontextmanager
async def line(
    folder: Path, processor: Processor | None = None, **channel: str
) -> AsyncIterator[Line]:
    """Serve a processor and yield both sides."""
    processor = processor or Processor(Authority(NOW), NOW)
    authority = processor.authority.write(folder)
    outgoing = Outgoing(LOOPBACK, resolver=to_loopback)
    credentials = Credentials({"AUTH": AUTHORIZATION})
    async with serving(processor.app()) as url:
        processor.base = f"http://{DOMAIN}:{url.rpartition(':')[2]}"
        facts = {
            "protocol": "opendsr",
            "dialect": processor.dialect,
            "base_url": f"'{processor.base}/{processor.version}'",
            "authorization": "env:AUTH",
            "trusted_issuers": f"'{authority}'",
            **channel,
        }
        text = registry_text("{" + ", ".join(f"{k}: {v}" for k, v in facts.items()) + "}")
        if processor.dialect == "mparticle_3":
            text = text.replace("[email, customer_number]", "[email, phone]")
        desk = build_desk(
            load_registry(text, "p.yaml", {}), outgoing, credentials, public_url=PUBLIC_URL
        )
        protocol = OpenDsr(outgoing, credentials, Certificates(outgoing), PUBLIC_URL)
        yield Line(processor, desk, protocol)
        await outgoing.aclose()


@pytest.fixture
async def ours(tmp_path: Path) -> AsyncIterator[Line]:
    """Give a line to a plain OpenDSR processor."""
    async with line(tmp_path) as one:
        yield one


def mparticle() -> Processor:
    """Return a processor of mParticle's dialect."""
    return Processor(Authority(NOW), NOW, dialect="mparticle_3")


def test_a_subject_request_id_leads_back_to_its_direction_alone() -> None:
    """The UUID names one provider's direction; another UUID, case or provider is not ours."""
    assert direction_of(SUBJECT, "acme") == f"{REQUEST}.acme"
    strangers = [
        (SUBJECT, "other"),
        (SUBJECT.upper(), "acme"),
        (SUBJECT.replace("-", ""), "acme"),
        ("a7551968-d5d6-44b2-9831-815ac9017798", "acme"),
        (SUBJECT[:-1] + ("0" if SUBJECT[-1] != "0" else "1"), "acme"),
    ]
    for subject, provider in strangers:
        with pytest.raises(NotOurs):
            direction_of(subject, provider)


async def test_a_strict_processor_accepts_what_we_create(ours: Line) -> None:
    """The request breaks no rule of the specification, and the signed 201 proves its receipt."""
    sent = await ours.send()
    asked = ours.processor.book[SUBJECT]
    assert (sent.status_code, sent.reference, sent.received_at) == (201, SUBJECT, NOW)
    assert (asked["regulation"], asked["subject_request_type"]) == ("ccpa", "erasure")
    assert asked["submitted_time"] == "2026-11-20T17:00:00Z"
    assert asked["status_callback_urls"] == [OUR_ADDRESS]
    assert asked["subject_identities"] == [
        {
            "identity_type": "email",
            "identity_value": "ana.ruiz@example.com",
            "identity_format": "raw",
        }
    ]


async def test_identifiers_go_out_hashed_where_the_provider_wants_hashes(tmp_path: Path) -> None:
    """The hash is of the normalised address, so that both sides come to the same."""
    async with line(tmp_path, identity_format="sha256") as ours:
        await ours.send(locators={PointOfIdentity.EMAIL: " Ana.Ruiz@Example.com"})
        identity = ours.processor.book[SUBJECT]["subject_identities"][0]
    assert identity["identity_format"] == "sha256"
    assert identity["identity_value"] == (
        "539dba384e7bad34cfe11197def7787e078172956b42bdfbb3e529537d6e0267"
    )


async def test_mparticle_takes_our_dictionary_and_extension(tmp_path: Path) -> None:
    """In the dialect identities are a dictionary, phones an extension, the request the group."""
    async with line(tmp_path, mparticle()) as ours:
        await ours.send(locators=PHONE)
        asked = ours.processor.book[SUBJECT]
    assert asked["subject_identities"] == {"email": {"value": "Ana@Example.com", "encoding": "raw"}}
    assert asked["extensions"]["opendsr.mparticle.com"] == {
        "skip_waiting_period": False,
        "subject_identities": {"mobile_number": {"value": "+1 415 555 0142", "encoding": "raw"}},
    }
    assert asked["group_id"] == REQUEST


async def test_a_repeated_create_counts_as_sent_and_is_created_once(ours: Line) -> None:
    """When the first answer was lost, the processor's 400 "exists" is checked by its status."""
    await ours.send()
    again = await ours.send()
    assert (again.status_code, again.reference) == (400, SUBJECT)
    assert len(ours.processor.book) == 1


async def test_a_reminder_asks_where_the_request_stands(ours: Line) -> None:
    """Also of a processor that takes the same create twice: a lost callback is made up for."""
    await ours.send()
    ours.processor.book.pop(SUBJECT)
    repeated = await ours.send(reminder=1)
    assert repeated.said is not None
    assert repeated.said.standing is ProviderStanding.RECEIVED


async def test_a_refused_create_is_final_and_names_no_person(ours: Line) -> None:
    """A 400 for a request that the processor does not know is not taken for a repetition."""
    ours.processor.failures = [400]
    with pytest.raises(SendingFailed) as caught:
        await ours.send()
    assert (caught.value.code, caught.value.retryable) == ("status_400", False)
    assert "ana.ruiz" not in str(caught.value)


@pytest.mark.parametrize("action", ["correct", "limit", "suppress", "stop_sale_sharing"])
async def test_a_direction_that_opendsr_cannot_say_is_refused(ours: Line, action: str) -> None:
    """Nothing is sent when the protocol has no word for what is to be done."""
    with pytest.raises(SendingFailed) as caught:
        await ours.send(action=DirectedAction(action))
    assert (caught.value.code, ours.processor.received) == ("unsupported_action", [])


def test_an_identifier_that_opendsr_cannot_say_is_refused_at_load() -> None:
    """The registry must not promise a provider what the protocol cannot carry."""
    text = registry_text("{protocol: opendsr, base_url: 'https://o.vendor.example/v2'}")
    with pytest.raises(InvalidFile, match="opendsr has no word for full_name"):
        load_registry(text.replace("[email,", "[full_name,"), "p.yaml", {})


async def test_an_unsigned_receipt_is_no_receipt(tmp_path: Path) -> None:
    """Signed answers are required unless the registry says otherwise, and then prove nothing."""
    async with line(tmp_path) as ours:
        ours.processor.sign_answers = False
        with pytest.raises(SendingFailed) as caught:
            await ours.send()
        assert (caught.value.code, caught.value.retryable) == ("receipt_not_signed", True)
    async with line(tmp_path, signed_responses="optional") as ours:
        ours.processor.sign_answers = False
        assert (await ours.send()).received_at is None


async def test_status_and_cancellation_are_asked_and_verified(ours: Line) -> None:
    """A pending request can be cancelled; its status is then refused, never done."""
    await ours.send()
    provider = ours.desk.registry.providers[0]
    pending = await ours.protocol.status(provider, f"{REQUEST}.acme", NOW)
    await ours.protocol.cancel(provider, f"{REQUEST}.acme", NOW)
    cancelled = await ours.protocol.status(provider, f"{REQUEST}.acme", NOW)
    assert (pending.standing, cancelled.standing) == (
        ProviderStanding.RECEIVED,
        ProviderStanding.REFUSED,
    )
    with pytest.raises(SendingFailed):
        await ours.protocol.cancel(provider, f"{REQUEST}.acme", NOW)


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        ("pending", ProviderStanding.RECEIVED),
        ("in_progress", ProviderStanding.RECEIVED),
        ("completed", ProviderStanding.DONE),
        ("cancelled", ProviderStanding.REFUSED),
    ],
)
async def test_a_signed_callback_is_believed_with_its_evidence(
    ours: Line, status: str, standing: ProviderStanding
) -> None:
    """Each status has one meaning; certificate, headers and body hash are kept."""
    await ours.send()
    answer = await ours.verdict(ours.processor.callback(SUBJECT, status))
    assert answer.standing is standing
    assert answer.direction_id == f"{REQUEST}.acme"
    assert answer.once_key == f"acme:{SUBJECT}:{status}"
    assert answer.evidence is not None
    assert answer.evidence.verified_by.startswith("-----BEGIN CERTIFICATE")


async def test_the_former_names_of_the_headers_count(ours: Line) -> None:
    """OpenGDPR's header names are honoured (10.1), in any case."""
    await ours.send()
    ours.processor.headers_of = "x-OPENGDPR"
    answer = await ours.verdict(ours.processor.callback(SUBJECT, "completed"))
    assert answer.standing is ProviderStanding.DONE


async def test_mparticles_callback_says_whom_it_was_passed_on_to(tmp_path: Path) -> None:
    """Without status_callback_url, with partners: one that was not reached makes it partly."""
    passed_on = [
        {"domain": "kochava.com", "name": "Kochava", "status": "sent", "status_message": None},
        {"domain": "blueshift.com", "name": "Blueshift", "status": "failed"},
    ]
    shapes: list[Any] = [passed_on, {"opendsr.mparticle.com": {"distribution_status": passed_on}}]
    async with line(tmp_path, mparticle()) as ours:
        await ours.send(locators=PHONE)
        for shape in shapes:
            callback = ours.processor.callback(SUBJECT, "completed", extensions=shape)
            answer = await ours.verdict(callback)
            assert (answer.standing, answer.reason) == (
                ProviderStanding.PARTLY,
                ReasonCode.TECHNICAL,
            )
            assert answer.sub_processors == ("kochava.com", "blueshift.com")


async def test_nothing_found_is_said_as_such(ours: Line) -> None:
    """A completed request with a count of zero results is not found, not done."""
    await ours.send()
    answer = await ours.verdict(ours.processor.callback(SUBJECT, "completed", results_count=0))
    assert answer.standing is ProviderStanding.NOT_FOUND


async def test_a_callback_by_another_key_domain_or_with_other_bytes_is_forged(ours: Line) -> None:
    """Each part of the signature is checked before the body is parsed."""
    await ours.send()
    headers, raw = ours.processor.callback(SUBJECT, "completed")
    domain, mark = list(headers)
    forgeries: list[Callback] = [
        (headers, raw.replace(b"completed", b"cancelled")),
        (headers, b"\xff not json"),
        ({**headers, domain: "evil.example"}, raw),
        ({**headers, domain: f"{DOMAIN}.evil.example"}, raw),
        ({**headers, mark: "!!"}, raw),
        ({**headers, mark: ""}, raw),
        ({domain: DOMAIN}, raw),
        ({}, raw),
    ]
    for forgery in forgeries:
        assert isinstance(await ours.refused(forgery), Forged)


async def test_a_callback_for_another_address_or_request_is_not_ours(ours: Line) -> None:
    """A rightly signed message to another controller, or of an unknown request, changes nothing."""
    await ours.send()
    elsewhere = {"status_callback_url": "https://other.example/v1/providers/acme/callbacks"}
    foreign = {"subject_request_id": "a7551968-d5d6-44b2-9831-815ac9017798"}
    louder = {"subject_request_id": SUBJECT.upper()}
    for change in (elsewhere, foreign, louder):
        callback = ours.processor.callback(SUBJECT, "completed", **change)
        assert isinstance(await ours.refused(callback), NotOurs)


async def test_a_signed_callback_of_another_shape_is_malformed(ours: Line) -> None:
    """An unknown status is not guessed at, nor to whom a message without an address is meant."""
    await ours.send()
    for change in (
        {"request_status": "distributed"},
        {"controller_id": None},
        {"status_callback_url": None},
        {"results_count": -1},
    ):
        callback = ours.processor.callback(SUBJECT, "completed", **change)
        assert isinstance(await ours.refused(callback), Malformed)


async def test_the_certificate_is_fetched_once_and_judged_each_time(ours: Line) -> None:
    """Later callbacks use the kept certificate; when it has expired it is no longer believed."""
    await ours.send()
    callback = ours.processor.callback(SUBJECT, "completed")
    await ours.verdict(callback)
    await ours.verdict(callback, hours=1)
    assert ours.processor.calls.count("certificate") == 1
    assert "expired" in (await ours.refused(callback, days=90)).hint


async def test_a_renewed_certificate_is_noticed(ours: Line) -> None:
    """A new key signs before the old certificate expires: it is fetched anew, but not at once."""
    await ours.send()
    ours.processor.use(rsa_key("next"))
    callback = ours.processor.callback(SUBJECT, "completed")
    assert isinstance(await ours.refused(callback, seconds=30), Forged)
    assert (await ours.verdict(callback, seconds=61)).standing is ProviderStanding.DONE


async def test_forged_callbacks_do_not_make_us_call_the_provider(ours: Line) -> None:
    """However many forgeries come in, at most one fetch a minute goes out."""
    await ours.send()
    headers, raw = ours.processor.callback(SUBJECT, "completed")
    for second in range(0, 50, 10):
        await ours.refused((headers, raw + b" "), seconds=61 + second)
    assert ours.processor.calls.count("certificate") == 2


def expired(processor: Processor) -> None:
    """Show a certificate that ended yesterday."""
    processor.use(processor.key, life=timedelta(days=30), begins=timedelta(days=-31))


def of_tomorrow(processor: Processor) -> None:
    """Show a certificate that begins tomorrow."""
    processor.use(processor.key, begins=timedelta(days=1))


def of_another_domain(processor: Processor) -> None:
    """Show a certificate of another name."""
    processor.use(processor.key, "opendsr.other.example")


def with_a_wildcard(processor: Processor) -> None:
    """Show a certificate that does not name the domain itself."""
    processor.use(processor.key, "*.vendor.example")


def self_signed(processor: Processor) -> None:
    """Show the root of somebody's own authority."""
    stranger = Authority(NOW, DOMAIN)
    processor.key, processor.shown = stranger.key, pem(stranger.certificate)


def of_an_unknown_authority(processor: Processor) -> None:
    """Show a certificate of an authority that nobody trusts."""
    processor.shown = pem(Authority(NOW, "Unknown").issue(processor.key, [DOMAIN]))


def with_a_short_key(processor: Processor) -> None:
    """Sign by a key of 1024 bits."""
    processor.use(rsa_key("short", 1024))


def with_another_kind_of_key(processor: Processor) -> None:
    """Show a certificate for an elliptic curve."""
    curve = ec.generate_private_key(ec.SECP256R1())
    processor.shown = pem(processor.authority.issue(curve, [DOMAIN]))


def without_digital_signature(processor: Processor) -> None:
    """Show a certificate whose key may not sign."""
    processor.use(processor.key, signs=False)


def from_another_host(processor: Processor) -> None:
    """Serve the certificate from a host that nobody agreed upon."""
    processor.certificate_host = "cdn.evil.example"


def not_pem(processor: Processor) -> None:
    """Serve something else."""
    processor.shown = b"<html>not found</html>"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (expired, "expired"),
        (of_tomorrow, "not yet valid"),
        (of_another_domain, "not among the certificate's names"),
        (with_a_wildcard, "not among the certificate's names"),
        (self_signed, "self-signed"),
        (of_an_unknown_authority, "No chain leads"),
        (with_a_short_key, "at least 2048 bits"),
        (with_another_kind_of_key, "must be RSA"),
        (without_digital_signature, "no digital signature"),
        (from_another_host, "certificate_hosts"),
        (not_pem, "not a PEM certificate"),
    ],
)
async def test_a_certificate_that_is_not_right_proves_nothing(
    ours: Line, wrong: Callable[[Processor], None], said: str
) -> None:
    """Dates, names, chain, key, usage and place of the certificate are all conditions."""
    ours.processor.book[SUBJECT] = {"status_callback_urls": [OUR_ADDRESS]}
    wrong(ours.processor)
    refusal = await ours.refused(ours.processor.callback(SUBJECT, "completed"))
    assert isinstance(refusal, Forged)
    assert said in refusal.hint


async def test_a_host_that_was_agreed_upon_may_serve_the_certificate(tmp_path: Path) -> None:
    """As mParticle does, from a host for static files."""
    async with line(tmp_path, certificate_hosts="[static.vendor.example]") as ours:
        ours.processor.certificate_host = "static.vendor.example"
        assert (await ours.send()).received_at == NOW


async def test_a_revoked_certificate_proves_nothing_and_its_successor_does(ours: Line) -> None:
    """The issuer's list is read; the kept certificate is fetched once more when it is revoked."""
    processor = ours.processor
    address = f"{processor.base}/crl"
    old = processor.use(processor.key, crl_url=address)
    processor.crl = processor.authority.revocation_list()
    await ours.send()
    callback = processor.callback(SUBJECT, "completed")
    processor.authority.revoked.append(old.serial_number)
    processor.crl = processor.authority.revocation_list(age=timedelta(hours=-30))
    later = {"hours": 31}
    assert "revoked" in (await ours.refused(callback, **later)).hint
    processor.use(rsa_key("next"), crl_url=address)
    successor = processor.callback(SUBJECT, "completed")
    assert (await ours.verdict(successor, hours=32)).standing is ProviderStanding.DONE


async def test_without_the_revocation_list_nothing_is_decided(ours: Line) -> None:
    """A named list that is out of reach or outdated means: send it again later."""
    ours.processor.book[SUBJECT] = {"status_callback_urls": [OUR_ADDRESS]}
    ours.processor.use(ours.processor.key, crl_url=f"{ours.processor.base}/crl")
    callback = ours.processor.callback(SUBJECT, "completed")
    assert isinstance(await ours.refused(callback), Unverifiable)
    ours.processor.crl = ours.processor.authority.revocation_list(age=timedelta(days=3))
    assert isinstance(await ours.refused(callback, minutes=2), Unverifiable)


async def test_a_list_is_read_again_before_it_expires(ours: Line) -> None:
    """What the issuer revokes today counts within the hour, though its list is good for a day."""
    processor = ours.processor
    old = processor.use(processor.key, crl_url=f"{processor.base}/crl")
    processor.crl = processor.authority.revocation_list()
    await ours.send()
    callback = processor.callback(SUBJECT, "completed")
    processor.authority.revoked.append(old.serial_number)
    processor.crl = processor.authority.revocation_list(age=timedelta(0))
    assert "revoked" in (await ours.refused(callback, hours=1)).hint
    assert processor.calls.count("crl") == 2


async def test_a_responder_is_asked_where_no_list_is_named(ours: Line) -> None:
    """The issuer's responder says good, and an hour later revoked; in between it is not asked."""
    processor = ours.processor
    old = processor.use(processor.key, ocsp_url=f"{processor.base}/ocsp")
    processor.responder = processor.authority.responder()
    await ours.send()
    callback = processor.callback(SUBJECT, "completed")
    processor.authority.revoked.append(old.serial_number)
    assert (await ours.verdict(callback, minutes=30)).standing is ProviderStanding.DONE
    processor.asked_at = NOW + timedelta(hours=1)
    assert "revoked" in (await ours.refused(callback, hours=1)).hint


@pytest.mark.parametrize("wrong", ["down", "stranger", "not_named", "yesterday"])
async def test_an_answer_that_the_issuer_did_not_give_decides_nothing(
    ours: Line, wrong: str
) -> None:
    """A responder that is down, of another authority, without its word, or of yesterday."""
    processor = ours.processor
    processor.book[SUBJECT] = {"status_callback_urls": [OUR_ADDRESS]}
    processor.use(processor.key, ocsp_url=f"{processor.base}/ocsp")
    stranger = Authority(NOW, "Stranger")
    processor.responder = {
        "down": None,
        "stranger": stranger.responder(),
        "not_named": processor.authority.responder(named=False),
        "yesterday": processor.authority.responder(),
    }[wrong]
    processor.asked_at = NOW - timedelta(days=2) if wrong == "yesterday" else None
    callback = processor.callback(SUBJECT, "completed")
    assert isinstance(await ours.refused(callback), Unverifiable)


async def test_a_certificate_on_our_own_list_is_refused(tmp_path: Path) -> None:
    """An operator can stop believing a certificate at once, by its fingerprint."""
    processor = Processor(Authority(NOW), NOW)
    mark = processor.certificate.fingerprint(SHA256()).hex()
    async with line(tmp_path, processor, refused_certificates=f"['{mark}']") as ours:
        ours.processor.book[SUBJECT] = {"status_callback_urls": [OUR_ADDRESS]}
        callback = processor.callback(SUBJECT, "completed")
        assert "no longer believed" in (await ours.refused(callback)).hint


async def test_an_intermediate_certificate_completes_the_chain(ours: Line) -> None:
    """Leaf and intermediate in one PEM file lead to the authority; the leaf alone does not."""
    processor = ours.processor
    between = Authority(NOW, "Test Intermediate", processor.authority)
    leaf = between.issue(processor.key, [DOMAIN])
    processor.shown = pem(leaf)
    with pytest.raises(SendingFailed, match="No chain leads"):
        await ours.send()
    processor.shown = pem(leaf, between.certificate)
    callback = processor.callback(SUBJECT, "completed")
    assert (await ours.verdict(callback, minutes=2)).standing is ProviderStanding.DONE


async def test_the_padding_is_the_one_agreed_upon(tmp_path: Path) -> None:
    """The specification names none: PKCS#1 v1.5 unless the registry says PSS, never either."""
    pss = Processor(Authority(NOW), NOW, pss=True)
    async with line(tmp_path, pss, padding="pss") as ours:
        assert (await ours.send()).received_at == NOW
        pss.pss = False
        assert isinstance(await ours.refused(pss.callback(SUBJECT, "completed")), Forged)


async def test_a_returned_copy_is_announced(ours: Line) -> None:
    """A completed access request with a results_url has a copy to fetch."""
    await ours.send(action=DirectedAction.RETURN_COPY)
    assert ours.processor.book[SUBJECT]["subject_request_type"] == "access"
    callback = ours.processor.callback(
        SUBJECT, "completed", results_url=f"{ours.processor.base}/results/1"
    )
    assert (await ours.verdict(callback)).results is True
    assert json.loads(callback[1])["results_url"]
