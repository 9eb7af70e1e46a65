"""Wrapping keys that stay with HashiCorp Vault or OpenBao: its Transit engine, over HTTP.

The service's key has versions; each is a key of ours: ``transit:NAME:v3``. A keyring's ids hold no
colon, so that the two can never be mistaken for each other.
"""

import base64
import re
import ssl
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from records.keyring import Tampered, UnknownKey, Wrapped
from records.wrapping import KeyServiceAway

SECONDS = 5.0
"""How long one call to the service may take."""

_KEY_ID = re.compile(r"transit:(?P<name>[A-Za-z0-9_.-]{1,64}):v[1-9][0-9]{0,8}")
_CIPHERTEXT = re.compile(r"vault:v(?P<version>[1-9][0-9]{0,8}):.+")
_UNKNOWN_VERSION = ("too old", "too new")


class TransitKeys:
    """One key of a Transit engine, of type aes256-gcm96, in all its versions."""

    def __init__(
        self,
        url: str,
        name: str,
        token: Callable[[], str],
        tls: ssl.SSLContext | bool = True,
    ) -> None:
        """``url`` leads to the engine (``…/v1/transit``); ``token`` is asked at each call."""
        self._name = name
        self._token = token
        self._client = httpx.AsyncClient(
            base_url=url, timeout=SECONDS, verify=tls, trust_env=False, follow_redirects=False
        )

    async def aclose(self) -> None:
        """Close open connections."""
        await self._client.aclose()

    async def newest(self) -> str:
        """Return the id of the newest version. Raises ``KeyServiceAway``."""
        return self._id((await self._call("GET", "keys"))["latest_version"])

    def holds(self, key_id: str) -> bool:
        """Tell whether an id is that of a version of this key."""
        named = _KEY_ID.fullmatch(key_id)
        return named is not None and named["name"] == self._name

    async def wrap(self, key: bytes, owner: str) -> Wrapped:
        """Wrap a data key under the newest version. Raises ``KeyServiceAway``."""
        answer = await self._call(
            "POST", "encrypt", {"plaintext": _text(key), "associated_data": _bound(owner)}
        )
        ciphertext = str(answer["ciphertext"])
        version = _CIPHERTEXT.fullmatch(ciphertext)
        if version is None:
            raise KeyServiceAway("the key service answered with no ciphertext; check its address")
        return Wrapped(self._id(int(version["version"])), ciphertext.encode())

    async def unwrap(self, wrapped: Wrapped, owner: str) -> bytes:
        """Return a data key. Raises ``UnknownKey``, ``Tampered``, ``KeyServiceAway``."""
        if not self.holds(wrapped.key_id):
            raise UnknownKey(wrapped.key_id)
        ciphertext = wrapped.body.decode("ascii", "replace")
        try:
            answer = await self._call(
                "POST", "decrypt", {"ciphertext": ciphertext, "associated_data": _bound(owner)}
            )
        except _Refused as refused:
            if any(words in str(refused) for words in _UNKNOWN_VERSION):
                raise UnknownKey(wrapped.key_id) from None
            raise Tampered("a data key does not open; restore the row from a backup") from None
        return base64.b64decode(answer["plaintext"])

    def _id(self, version: int) -> str:
        return f"transit:{self._name}:v{version}"

    async def _call(
        self, method: str, what: str, fields: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        headers = {"X-Vault-Token": self._token()}
        path = f"/{what}/{self._name}"
        try:
            reply = await self._client.request(method, path, json=fields, headers=headers)
        except httpx.HTTPError as fault:
            raise KeyServiceAway(
                f"the key service gives no answer ({type(fault).__name__}); see that it runs, and "
                "check its address"
            ) from None
        return _answer(reply)


class _Refused(Exception):
    """The service understood the call and refused what it carries."""


def _answer(reply: httpx.Response) -> Mapping[str, Any]:
    if reply.status_code == 400:
        raise _Refused(reply.text[:500])
    if reply.status_code != 200:
        raise KeyServiceAway(
            f"the key service answers {reply.status_code}; see that it is unsealed, and that our "
            "token may read, encrypt and decrypt with the key"
        )
    data: Mapping[str, Any] = reply.json()["data"]
    return data


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _bound(owner: str) -> str:
    return _text(f"data key of {owner}".encode())
