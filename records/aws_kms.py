"""Wrapping keys that stay with AWS KMS: its JSON interface over HTTP, signed by SigV4.

Each key of the service is a key of ours, by its ARN: ``aws-kms:arn:aws:kms:…:key/…``. Another key
takes over where the alias is pointed at it. (The service's own yearly rotation changes no ARN.)
"""

import asyncio
import base64
import io
import json
import re
import ssl
from collections.abc import Mapping
from typing import Any

import httpx
from awscrt.auth import (
    AwsCredentialsProvider,
    AwsSigningAlgorithm,
    AwsSigningConfig,
    aws_sign_request,
)
from awscrt.exceptions import AwsCrtError
from awscrt.http import HttpHeaders, HttpRequest

from records.keyring import Tampered, UnknownKey, Wrapped
from records.wrapping import KeyServiceAway

SECONDS = 5.0
"""How long one call to the service may take."""

SERVICE = "kms"
JSON = "application/x-amz-json-1.1"

_KEY_ID = re.compile(
    r"aws-kms:(?P<arn>arn:aws[a-z-]*:kms:(?P<region>[a-z0-9-]+):[0-9]{12}:key/[A-Za-z0-9-]{1,64})"
)
_TAMPERED = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})
_GONE = frozenset({"NotFoundException", "DisabledException", "KMSInvalidStateException"})


class KmsKeys:
    """One symmetric key of AWS KMS, named by alias or ARN, and those that it was before."""

    def __init__(
        self,
        url: str,
        name: str,
        region: str,
        tls: ssl.SSLContext | bool = True,
        credentials: AwsCredentialsProvider | None = None,
    ) -> None:
        """Without ``credentials`` those of AWS's own chain: variables, profile, role, instance."""
        self._name = name
        self._region = region
        self._credentials = credentials or AwsCredentialsProvider.new_default_chain()
        self._client = httpx.AsyncClient(
            base_url=url, timeout=SECONDS, verify=tls, trust_env=False, follow_redirects=False
        )

    async def aclose(self) -> None:
        """Close open connections."""
        await self._client.aclose()

    async def newest(self) -> str:
        """Return the id of the key that the name stands for now. Raises ``KeyServiceAway``."""
        answer = await self._asked("DescribeKey", {"KeyId": self._name})
        return _id(answer["KeyMetadata"]["Arn"])

    def holds(self, key_id: str) -> bool:
        """Tell whether an id is that of a key of this region."""
        named = _KEY_ID.fullmatch(key_id)
        return named is not None and named["region"] == self._region

    async def wrap(self, key: bytes, owner: str) -> Wrapped:
        """Wrap a data key under the newest key. Raises ``KeyServiceAway``."""
        answer = await self._asked(
            "Encrypt",
            {"KeyId": self._name, "Plaintext": _text(key), "EncryptionContext": _bound(owner)},
        )
        return Wrapped(_id(answer["KeyId"]), base64.b64decode(answer["CiphertextBlob"]))

    async def unwrap(self, wrapped: Wrapped, owner: str) -> bytes:
        """Return a data key. Raises ``UnknownKey``, ``Tampered``, ``KeyServiceAway``."""
        named = _KEY_ID.fullmatch(wrapped.key_id)
        if named is None or not self.holds(wrapped.key_id):
            raise UnknownKey(wrapped.key_id)
        asked = {"KeyId": named["arn"], "CiphertextBlob": _text(wrapped.body)}
        try:
            answer = await self._call("Decrypt", asked | {"EncryptionContext": _bound(owner)})
        except _Refused as refused:
            if refused.code in _TAMPERED:
                raise Tampered("a data key does not open; restore the row from a backup") from None
            if refused.code in _GONE:
                raise UnknownKey(wrapped.key_id) from None
            raise _away(refused) from None
        return base64.b64decode(answer["Plaintext"])

    async def _asked(self, what: str, fields: Mapping[str, object]) -> Mapping[str, Any]:
        try:
            return await self._call(what, fields)
        except _Refused as refused:
            raise _away(refused) from None

    async def _call(self, what: str, fields: Mapping[str, object]) -> Mapping[str, Any]:
        body = json.dumps(fields).encode()
        headers = {"content-type": JSON, "x-amz-target": f"TrentService.{what}"}
        request = self._client.build_request("POST", "/", content=body, headers=headers)
        request.headers.update(await self._signed(request, body))
        try:
            reply = await self._client.send(request)
        except httpx.HTTPError as fault:
            raise KeyServiceAway(
                f"AWS KMS gives no answer ({type(fault).__name__}); see that it can be reached, "
                "and check its address"
            ) from None
        return _answer(reply)

    async def _signed(self, request: httpx.Request, body: bytes) -> Mapping[str, str]:
        """Return the headers that sign a request."""
        signing = ("host", "content-type", "x-amz-target")
        headers = HttpHeaders([(name, request.headers[name]) for name in signing])
        to_sign = HttpRequest("POST", "/", headers, io.BytesIO(body))
        config = AwsSigningConfig(
            algorithm=AwsSigningAlgorithm.V4,
            credentials_provider=self._credentials,
            region=self._region,
            service=SERVICE,
        )
        try:
            await asyncio.wrap_future(aws_sign_request(to_sign, config))
        except AwsCrtError as fault:
            raise KeyServiceAway(
                f"a call to AWS KMS cannot be signed ({fault.name}); give this process "
                "credentials: variables, a profile, or the role of its host"
            ) from None
        return dict(to_sign.headers)


class _Refused(Exception):
    """The service answered and refused; ``code`` is its name for the reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _answer(reply: httpx.Response) -> Mapping[str, Any]:
    if reply.status_code >= 500:
        raise _Refused(f"status {reply.status_code}")
    try:
        document: Mapping[str, Any] = reply.json()
    except ValueError:
        raise _Refused(f"status {reply.status_code}, no JSON") from None
    if reply.status_code != 200:
        raise _Refused(str(document.get("__type", reply.status_code)).rpartition("#")[2])
    return document


def _away(refused: _Refused) -> KeyServiceAway:
    return KeyServiceAway(
        f"AWS KMS refuses ({refused.code}); see that our role may DescribeKey, Encrypt and Decrypt "
        "with the key, that the key is enabled, and that our clock is right"
    )


def _id(arn: str) -> str:
    return f"aws-kms:{arn}"


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _bound(owner: str) -> dict[str, str]:
    """Return what a data key is bound to; the service's audit log shows it, so no personal data."""
    return {"data-key-of": owner}
