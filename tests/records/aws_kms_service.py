"""AWS KMS for tests: a real HTTP server that checks SigV4 by the published procedure, by itself.

It has the part of the interface that we use, and the service's own names for its refusals.
"""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from awscrt.auth import AwsCredentialsProvider

from records.keyring import Tampered, decrypt, encrypt
from tests.records.served import served

ACCESS_KEY, SECRET_KEY, REGION = (
    "AKIDEXAMPLE",
    "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "us-west-2",
)
ALIAS = "alias/privacy"
SKEW = timedelta(minutes=5)
MUST_SIGN = {"host", "x-amz-date", "x-amz-target", "content-type"}


class Refusal(Exception):
    """What the service answers with status 400, by its own name."""


class KmsServer(ThreadingHTTPServer):
    """Keeps keys by ARN, one of them behind the alias; ``away`` answers 500."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.keys: dict[str, bytes] = {}
        self.disabled: set[str] = set()
        self.away = False
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.current = self.point_at_a_new_key()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def point_at_a_new_key(self) -> str:
        """Create a key and point the alias at it; return its ARN."""
        number = len(self.keys) + 1
        self.current = f"arn:aws:kms:{REGION}:111122223333:key/1234abcd-0000-0000-0000-{number:012}"
        self.keys[self.current] = bytes([number]) * 32
        return self.current

    def answer(self, what: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Do what the service does. Raises ``Refusal``."""
        bound = json.dumps(fields.get("EncryptionContext", {}), sort_keys=True).encode()
        arn = self._arn(fields["KeyId"])
        match what:
            case "TrentService.DescribeKey":
                return {"KeyMetadata": {"Arn": arn, "KeyId": arn.rpartition("/")[2]}}
            case "TrentService.Encrypt":
                sealed = encrypt(self.keys[arn], base64.b64decode(fields["Plaintext"]), bound)
                blob = base64.b64encode(arn.encode() + b"\n" + sealed).decode()
                return {"CiphertextBlob": blob, "KeyId": arn}
            case "TrentService.Decrypt":
                key = self._opened(base64.b64decode(fields["CiphertextBlob"]), arn, bound)
                return {"Plaintext": base64.b64encode(key).decode(), "KeyId": arn}
        raise Refusal("UnknownOperationException")

    def _arn(self, name: str) -> str:
        arn = self.current if name == ALIAS else name
        if arn not in self.keys:
            raise Refusal("NotFoundException")
        if arn in self.disabled:
            raise Refusal("DisabledException")
        return arn

    def _opened(self, blob: bytes, arn: str, bound: bytes) -> bytes:
        under, _, sealed = blob.partition(b"\n")
        if under.decode() != arn:
            raise Refusal("IncorrectKeyException")
        try:
            return decrypt(self.keys[arn], sealed, bound)
        except Tampered:
            raise Refusal("InvalidCiphertextException") from None


class _Handler(BaseHTTPRequestHandler):
    server: KmsServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.server.away:
            return self._send(500, {"__type": "KMSInternalException"})
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            check_signed(self.command, self.path, headers, body, self.server.now())
            answer = self.server.answer(headers["x-amz-target"], json.loads(body))
        except Refusal as refusal:
            return self._send(400, {"__type": f"com.amazonaws.kms#{refusal}"})
        return self._send(200, answer)

    def _send(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/x-amz-json-1.1")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def check_signed(
    method: str, path: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> None:
    """Check a request's signature, its scope and its time. Raises ``Refusal``."""
    algorithm, _, rest = headers.get("authorization", "").partition(" ")
    parts = dict(each.strip().split("=", 1) for each in rest.split(",")) if rest else {}
    if algorithm != "AWS4-HMAC-SHA256" or set(parts) != {
        "Credential",
        "SignedHeaders",
        "Signature",
    }:
        raise Refusal("MissingAuthenticationTokenException")
    access_key, day, *scope = parts["Credential"].split("/")
    if access_key != ACCESS_KEY:
        raise Refusal("UnrecognizedClientException")
    names = parts["SignedHeaders"].split(";")
    if scope != [REGION, "kms", "aws4_request"] or not set(names) >= MUST_SIGN:
        raise Refusal("IncompleteSignature")
    at = datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    signature = signed(method, path, {name: headers[name] for name in names}, body, scope, day)
    fresh = f"{at:%Y%m%d}" == day and abs(now - at) <= SKEW
    if not (fresh and hmac.compare_digest(signature, parts["Signature"])):
        raise Refusal("InvalidSignatureException")


def signed(
    method: str, path: str, headers: Mapping[str, str], body: bytes, scope: list[str], day: str
) -> str:
    """Return the signature by AWS Signature Version 4 of a request, its query after a ``?``."""
    place, _, query = path.partition("?")
    canonical = "\n".join(
        (
            method,
            place,
            query,
            *(f"{name}:{' '.join(headers[name].split())}" for name in sorted(headers)),
            "",
            ";".join(sorted(headers)),
            sha256(body).hexdigest(),
        )
    )
    digest = sha256(canonical.encode()).hexdigest()
    text = "\n".join(("AWS4-HMAC-SHA256", headers["x-amz-date"], "/".join((day, *scope)), digest))
    key = f"AWS4{SECRET_KEY}".encode()
    for each in (day, *scope):
        key = hmac.digest(key, each.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def credentials(secret: str = SECRET_KEY) -> AwsCredentialsProvider:
    """Return credentials that the server knows, unless the secret is another."""
    return AwsCredentialsProvider.new_static(ACCESS_KEY, secret)


def kms_server() -> AbstractContextManager[KmsServer]:
    """Run the server."""
    return served(KmsServer())
