"""A strict OpenDSR processor: refuses whatever the specification does not allow, and signs."""

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.providers.fakes.authority import Authority, Responder, pem, rsa_key

DOMAIN = "opendsr.vendor.example"
AUTHORIZATION = "Basic d29ya3NwYWNlOnNlY3JldA=="
UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
IDENTITY_TYPES = {
    *("controller_customer_id", "android_advertising_id", "android_id", "email"),
    *("fire_advertising_id", "ios_advertising_id", "ios_vendor_id", "microsoft_advertising_id"),
    *("microsoft_publisher_id", "roku_publisher_id", "roku_advertising_id"),
}
MPARTICLE_TYPES = {
    *("mpid", "other", *(f"other{n}" for n in range(2, 11))),
    *("mobile_number", "phone_number_2", "phone_number_3"),
}
FIELDS = {
    *("regulation", "subject_request_id", "subject_request_type", "submitted_time"),
    *("subject_identities", "api_version", "status_callback_urls", "extensions"),
}


class Refused(Exception):
    """The request breaks the specification."""


def demand(holds: object, why: str) -> None:
    """Raise ``Refused`` unless the condition holds."""
    if not holds:
        raise Refused(why)


@dataclass
class Processor:
    """The processor's book, its keys, and what it may be told to do wrong."""

    authority: Authority
    now: datetime
    dialect: str = "opendsr_2"
    headers_of: str = "X-OpenDSR"
    path: str = "requests"
    book: dict[str, dict[str, Any]] = field(default_factory=dict)
    received: list[bytes] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    sign_answers: bool = True
    pss: bool = False
    base: str = ""
    certificate_host: str = DOMAIN
    crl: bytes = b""
    responder: Responder | None = None
    asked_at: datetime | None = None

    def __post_init__(self) -> None:
        self.use(rsa_key("processor"))

    def use(self, key: rsa.RSAPrivateKey, *names: str, **options: Any) -> x509.Certificate:
        """Take another key with a new certificate."""
        self.key = key
        self.certificate = self.authority.issue(key, names or (DOMAIN,), **options)
        self.shown = pem(self.certificate)
        return self.certificate

    @property
    def version(self) -> str:
        """Major version in the URL."""
        return "v3" if self.dialect == "mparticle_3" else "v2"

    def app(self) -> Starlette:
        """Return the web application."""
        prefix = f"/{self.version}"
        routes = [
            Route(f"{prefix}/discovery", self._discovery),
            Route("/cert.pem", self._certificate),
            Route("/crl", self._crl),
            Route("/ocsp", self._ocsp, methods=["POST"]),
            Route(f"{prefix}/{self.path}", self._create, methods=["POST"]),
            Route(f"{prefix}/{self.path}/{{subject}}", self._status, methods=["GET"]),
            Route(f"{prefix}/{self.path}/{{subject}}", self._cancel, methods=["DELETE"]),
        ]
        return Starlette(routes=routes)

    async def _discovery(self, request: Request) -> Response:
        self.calls.append("discovery")
        port = request.url.port
        body = {
            "api_version": "3.0" if self.dialect == "mparticle_3" else "2.0",
            "supported_identities": [{"identity_type": "email", "identity_format": "raw"}],
            "supported_subject_request_types": ["access", "erasure", "portability"],
            "processor_certificate": f"http://{self.certificate_host}:{port}/cert.pem",
        }
        return Response(json.dumps(body), media_type="application/json")

    async def _certificate(self, request: Request) -> Response:
        self.calls.append("certificate")
        return Response(self.shown)

    async def _crl(self, request: Request) -> Response:
        self.calls.append("crl")
        return Response(self.crl, status_code=200 if self.crl else 404)

    async def _ocsp(self, request: Request) -> Response:
        self.calls.append("ocsp")
        if self.responder is None:
            return Response(status_code=503)
        at = self.asked_at or self.now
        return Response(self.responder.answer(await request.body(), self.certificate, at))

    async def _create(self, request: Request) -> Response:
        raw = await request.body()
        self.received.append(raw)
        if self.failures:
            return Response(status_code=self.failures.pop(0))
        if request.headers.get("authorization") != AUTHORIZATION:
            return Response(status_code=401)
        try:
            asked = self._checked(request, raw)
        except Refused as why:
            return self._error(str(why))
        self.book[asked["subject_request_id"]] = {**asked, "status": "pending"}
        created = self._about(asked["subject_request_id"])
        created["received_time"] = self._instant()
        created["encoded_request"] = base64.b64encode(raw).decode()
        return self._signed(created, 201)

    def _checked(self, request: Request, raw: bytes) -> dict[str, Any]:
        demand(request.headers.get("content-type") == "application/json", "content type")
        asked: dict[str, Any] = json.loads(raw)
        extra = {"group_id"} if self.dialect == "mparticle_3" else set()
        demand(set(asked) <= FIELDS | extra, "unknown field")
        demand(asked["regulation"] in {"gdpr", "ccpa"}, "regulation")
        demand(UUID4.fullmatch(asked["subject_request_id"]), "subject_request_id")
        demand(asked["subject_request_id"] not in self.book, "Subject request already exists.")
        demand(asked["subject_request_type"] in {"access", "portability", "erasure"}, "type")
        demand(RFC3339.fullmatch(asked["submitted_time"]), "submitted_time")
        demand(isinstance(asked["status_callback_urls"], list), "status_callback_urls")
        self._check_identities(asked)
        return asked

    def _check_identities(self, asked: dict[str, Any]) -> None:
        if self.dialect == "mparticle_3":
            self._check_mparticle(asked)
            return
        demand(asked["subject_identities"], "subject_identities")
        for one in asked["subject_identities"]:
            demand(set(one) == {"identity_type", "identity_value", "identity_format"}, "identity")
            demand(one["identity_type"] in IDENTITY_TYPES, "identity_type")
            demand(one["identity_format"] in {"raw", "sha1", "md5", "sha256"}, "identity_format")

    def _check_mparticle(self, asked: dict[str, Any]) -> None:
        demand(asked["api_version"] == "3.0", "api_version")
        extensions = asked.get("extensions", {})
        demand(set(extensions) <= {"opendsr.mparticle.com"}, "extensions")
        ours = extensions.get("opendsr.mparticle.com", {})
        demand(set(ours) <= {"skip_waiting_period", "subject_identities"}, "extension")
        more = ours.get("subject_identities", {})
        demand(set(asked["subject_identities"]) <= IDENTITY_TYPES, "identity type")
        demand(set(more) <= MPARTICLE_TYPES, "extension's identity type")
        for one in (*asked["subject_identities"].values(), *more.values()):
            demand(set(one) == {"value", "encoding"}, "identity")
            demand(one["encoding"] == "raw", "encoding")

    async def _status(self, request: Request) -> Response:
        subject = request.path_params["subject"]
        if subject not in self.book:
            return self._error("unknown request", 404)
        return self._signed(self._about(subject) | self._standing(subject), 200)

    async def _cancel(self, request: Request) -> Response:
        subject = request.path_params["subject"]
        if self.book.get(subject, {}).get("status") != "pending":
            return self._error("not pending")
        self.book[subject]["status"] = "cancelled"
        answer = self._about(subject) | {"received_time": self._instant()}
        if self.dialect == "mparticle_3":
            answer["expected_completion_time"] = None
        else:
            del answer["expected_completion_time"]
        return self._signed(answer, 202)

    def callback(self, subject: str, status: str, **changes: Any) -> tuple[dict[str, str], bytes]:
        """Return headers and body of the callback that tells of a new status."""
        self.book[subject]["status"] = status
        body = self._about(subject) | self._standing(subject)
        if self.dialect == "mparticle_3":
            body |= {"extensions": None}
        else:
            body["status_callback_url"] = self.book[subject]["status_callback_urls"][0]
        raw = json.dumps(body | changes).encode()
        return self.signature(raw), raw

    def signature(self, raw: bytes) -> dict[str, str]:
        """Return the signature headers over ``raw``."""
        pss = padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH)
        mark = self.key.sign(raw, pss if self.pss else padding.PKCS1v15(), SHA256())
        return {
            f"{self.headers_of}-Processor-Domain": DOMAIN,
            f"{self.headers_of}-Signature": base64.b64encode(mark).decode(),
        }

    def _about(self, subject: str) -> dict[str, Any]:
        return {
            "controller_id": "4308",
            "expected_completion_time": self._instant(),
            "subject_request_id": subject,
        }

    def _standing(self, subject: str) -> dict[str, Any]:
        return {"request_status": self.book[subject]["status"], "results_url": None}

    def _instant(self) -> str:
        return self.now.strftime("%Y-%m-%dT%H:%M:%SZ")

    def _signed(self, body: dict[str, Any], status: int) -> Response:
        raw = json.dumps(body).encode()
        headers = self.signature(raw) if self.sign_answers else {}
        return Response(raw, status, headers, "application/json")

    def _error(self, message: str, status: int = 400) -> Response:
        error = {"code": status, "message": message, "errors": []}
        wrapped = error if self.dialect == "mparticle_3" else {"error": error}
        return Response(json.dumps(wrapped), status, media_type="application/json")
