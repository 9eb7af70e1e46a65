"""OpenDSR as one of our protocols: create, status, cancel, callbacks believed by certificate."""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime

from domain.vocabulary import ProviderStanding
from providers.channels import Dialect, OpenDsrChannel, ProtocolKind
from providers.credentials import Credentials, SecretMissing
from providers.opendsr.certificates import Certificates, TrustedCertificate
from providers.opendsr.messages import (
    REQUEST_TYPES,
    Cancelled,
    Created,
    Discovery,
    Message,
    StatusReport,
    UnreadableAnswer,
    parsed,
    request_body,
)
from providers.opendsr.request_ids import direction_of, subject_request_id
from providers.opendsr.signatures import SignatureHeaders, Signatures
from providers.outgoing import Outgoing, Reply
from providers.protocol import (
    Acknowledgement,
    CallbackRefused,
    Direction,
    Evidence,
    Malformed,
    NotOurs,
    ReasonCode,
    SendingFailed,
    Sent,
    callback_url,
)
from providers.registry import Provider
from providers.sending import accepted, attempted

SCHEME = "opendsr-rsa-sha256"
_PLAIN_NAME = re.compile(r"[\w.-]{1,80}")
_STANDINGS = {
    "pending": ProviderStanding.RECEIVED,
    "in_progress": ProviderStanding.RECEIVED,
    "completed": ProviderStanding.DONE,
    "cancelled": ProviderStanding.REFUSED,
}


class OpenDsr:
    """Directs processors by OpenDSR 2.0 or by mParticle's dialect, and believes what they sign."""

    kind = ProtocolKind.OPENDSR

    def __init__(
        self,
        outgoing: Outgoing,
        credentials: Credentials,
        certificates: Certificates,
        public_url: str,
    ) -> None:
        self._outgoing = outgoing
        self._credentials = credentials
        self._certificates = certificates
        self._signatures = Signatures(certificates)
        self._public_url = public_url

    async def send(self, provider: Provider, direction: Direction, now: datetime) -> Sent:
        """Create the request at the processor; one that exists already counts as created.

        See ``ProviderProtocol.send``. A reminder asks for the status of what was created.
        """
        channel = _channel(provider)
        if direction.action not in REQUEST_TYPES:
            text = f"OpenDSR cannot carry '{direction.action}'; direct {provider.id} otherwise."
            raise SendingFailed("unsupported_action", text, retryable=False)
        body = request_body(provider, channel, direction)
        reply = await self._call("POST", channel, "", body)
        existing = await self._existing(reply, provider, direction, now)
        if existing:
            return _found(reply, direction, body, now, *existing)
        accepted(reply)
        evidence = await self._proven(channel, reply, now)
        created = parsed_answer(Created, reply)
        _same_request(created.subject_request_id, direction.direction_id)
        return _sent(reply, direction, body, now, evidence)

    async def verify(
        self, provider: Provider, headers: Mapping[str, str], raw_body: bytes, now: datetime
    ) -> Acknowledgement:
        """Judge a callback in the order of OpenDSR 8.8. See ``ProviderProtocol.verify``."""
        channel = _channel(provider)
        lower = {name.lower(): value for name, value in headers.items()}
        certificate, shown = await self._signatures.verified(channel, lower, raw_body, now)
        try:
            report = parsed(StatusReport, raw_body)
        except UnreadableAnswer as error:
            raise Malformed(f"The body is not an OpenDSR callback; {error}.") from None
        self._for_us(provider, report)
        evidence = _evidence(channel, certificate, shown, raw_body)
        return acknowledgement(provider, report, evidence, now)

    async def status(self, provider: Provider, direction_id: str, now: datetime) -> Acknowledgement:
        """Ask the processor where a direction stands.

        Raises:
            SendingFailed: it does not answer, does not know the request, or signs wrongly.
        """
        said, _ = await self._status(provider, direction_id, now)
        return said

    async def cancel(self, provider: Provider, direction_id: str, now: datetime) -> None:
        """Take a request back; a processor allows it only while the request is pending.

        Raises:
            SendingFailed: it was not cancelled.
        """
        channel = _channel(provider)
        reply = await self._call("DELETE", channel, f"/{subject_request_id(direction_id)}")
        accepted(reply)
        await self._proven(channel, reply, now)
        _same_request(parsed_answer(Cancelled, reply).subject_request_id, direction_id)

    async def discover(self, provider: Provider) -> Discovery:
        """Return what the processor says of itself.

        Raises:
            Unverifiable: it cannot be reached or read.
        """
        return await self._certificates.discover(_channel(provider))

    async def _call(
        self, method: str, channel: OpenDsrChannel, path: str, body: bytes | None = None
    ) -> Reply:
        headers = {"accept": "application/json"} | self._authorization(channel)
        if body is not None:
            headers["content-type"] = "application/json"
        url = f"{channel.base_url}/{channel.requests_path}{path}"
        return await attempted(self._outgoing.request(method, url, headers=headers, content=body))

    def _authorization(self, channel: OpenDsrChannel) -> dict[str, str]:
        if channel.authorization is None:
            return {}
        try:
            return {"authorization": self._credentials.read(channel.authorization)}
        except SecretMissing as error:
            raise SendingFailed("secret_missing", str(error), retryable=True) from None

    async def _status(
        self, provider: Provider, direction_id: str, now: datetime
    ) -> tuple[Acknowledgement, bytes]:
        channel = _channel(provider)
        reply = await self._call("GET", channel, f"/{subject_request_id(direction_id)}")
        accepted(reply)
        evidence = await self._proven(channel, reply, now)
        report = parsed_answer(StatusReport, reply)
        _same_request(report.subject_request_id, direction_id)
        return acknowledgement(provider, report, evidence, now), reply.body

    async def _existing(
        self, reply: Reply, provider: Provider, direction: Direction, now: datetime
    ) -> tuple[Acknowledgement, bytes] | None:
        """Where a request stands that had arrived before: its create is refused, or repeated."""
        if reply.status not in {400, 409} and not (direction.reminder and reply.successful):
            return None
        try:
            return await self._status(provider, direction.direction_id, now)
        except SendingFailed:
            return None

    async def _proven(
        self, channel: OpenDsrChannel, reply: Reply, now: datetime
    ) -> Evidence | None:
        try:
            certificate, shown = await self._signatures.verified(
                channel, reply.headers, reply.body, now
            )
        except CallbackRefused as refusal:
            if channel.signed_responses == "optional":
                return None
            text = f"The processor's answer is not rightly signed. {refusal.hint}"
            raise SendingFailed("receipt_not_signed", text, retryable=True) from None
        return _evidence(channel, certificate, shown, reply.body)

    def _for_us(self, provider: Provider, report: StatusReport) -> None:
        """Refuse what was meant for another controller; mParticle leaves the address out."""
        said, ours = report.status_callback_url, callback_url(self._public_url, provider.id)
        if said is None and _channel(provider).dialect is not Dialect.MPARTICLE_3:
            raise Malformed("The body is not an OpenDSR callback; look at: status_callback_url.")
        if said not in {None, ours}:
            raise NotOurs("status_callback_url is not this address.")


def acknowledgement(
    provider: Provider, report: StatusReport, evidence: Evidence | None, now: datetime
) -> Acknowledgement:
    """Return what a processor's report means for the direction that it names.

    OpenDSR has no word for failed or in part. Two facts speak for themselves: nothing was found
    (``results_count`` 0), and a partner to whom mParticle should have passed it on was not reached.

    Raises:
        NotOurs: the request is not one of this provider's directions.
    """
    direction_id = direction_of(report.subject_request_id, provider.id)
    standing, reason = _standing(report)
    return Acknowledgement(
        direction_id=direction_id,
        standing=standing,
        at=now,
        once_key=f"{provider.id}:{report.subject_request_id}:{report.request_status}",
        sub_processors=tuple(
            dict.fromkeys(name for name, _ in report.forwarded() if _PLAIN_NAME.fullmatch(name))
        )[:50],
        reason=reason,
        results=standing is ProviderStanding.DONE and bool(report.results_url),
        evidence=evidence,
    )


def parsed_answer(model: type[Message], reply: Reply) -> Message:
    """Read an answer to our own call.

    Raises:
        SendingFailed: it is not what OpenDSR says; worth another try.
    """
    try:
        return parsed(model, reply.body)
    except UnreadableAnswer as error:
        text = f"The processor's answer cannot be read; {error}."
        raise SendingFailed("unreadable_answer", text, retryable=True) from None


def _standing(report: StatusReport) -> tuple[ProviderStanding, ReasonCode | None]:
    standing = _STANDINGS[report.request_status]
    if standing is ProviderStanding.REFUSED:
        return standing, ReasonCode.OTHER
    if standing is ProviderStanding.DONE and report.results_count == 0:
        return ProviderStanding.NOT_FOUND, None
    if standing is ProviderStanding.DONE and _passed_on_in_vain(report):
        return ProviderStanding.PARTLY, ReasonCode.TECHNICAL
    return standing, None


def _passed_on_in_vain(report: StatusReport) -> bool:
    return any(status == "failed" for _, status in report.forwarded())


def _channel(provider: Provider) -> OpenDsrChannel:
    if not isinstance(provider.channel, OpenDsrChannel):
        raise NotOurs
    return provider.channel


def _same_request(answered: str, direction_id: str) -> None:
    if answered != subject_request_id(direction_id):
        text = "The processor answered for another request."
        raise SendingFailed("wrong_request", text, retryable=True)


def _sent(
    reply: Reply, direction: Direction, body: bytes, now: datetime, evidence: Evidence | None
) -> Sent:
    """Tell of what was created. The answer repeats our body, which must not be stored (7.3)."""
    return Sent(
        status_code=reply.status,
        reference=subject_request_id(direction.direction_id),
        body_hash=hashlib.sha256(body).hexdigest(),
        received_at=now if evidence else None,
        evidence=evidence,
    )


def _found(
    reply: Reply,
    direction: Direction,
    body: bytes,
    now: datetime,
    said: Acknowledgement,
    raw_status: bytes,
) -> Sent:
    """Tell of what had been created before: its signed status says where it stands by now."""
    sent = _sent(reply, direction, body, now, said.evidence)
    if said.evidence is None:
        return sent
    return sent.model_copy(update={"said": said, "raw_receipt": raw_status})


def _evidence(
    channel: OpenDsrChannel, certificate: TrustedCertificate, shown: SignatureHeaders, body: bytes
) -> Evidence:
    return Evidence(
        scheme=f"{SCHEME}-{channel.padding}",
        key_fingerprint=certificate.fingerprint,
        verified_by=certificate.chain_pem,
        body_hash=hashlib.sha256(body).hexdigest(),
        headers=shown.raw,
    )
