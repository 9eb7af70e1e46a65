"""``dsrdelete.json``: where a recipient takes requests, by which identifiers, under which keys."""

from typing import Any
from urllib.parse import urlsplit

import jwt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.strict_json import read_json
from domain.vocabulary import PointOfIdentity
from providers.channels import DdrfChannel, IdentityFormat
from providers.outgoing import Outgoing
from providers.protocol import SendingFailed
from providers.sending import accepted, attempted

_MAX_BYTES = 500_000
_TYPES = {PointOfIdentity.EMAIL: "email", PointOfIdentity.PHONE: "phone"}
_FORMATS = {
    "sha256": IdentityFormat.SHA256,
    "sha-256": IdentityFormat.SHA256,
    "raw": IdentityFormat.RAW,
    "plain": IdentityFormat.RAW,
    "plaintext": IdentityFormat.RAW,
    "sha1": IdentityFormat.SHA1,
    "md5": IdentityFormat.MD5,
}
"""How recipients write formats, the one that we would choose first."""


class Identifier(BaseModel):
    """One kind of identifier that a recipient supports."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    type: str = Field(max_length=60)
    format: str = Field(default="", max_length=60)


class Recipient(BaseModel):
    """What a recipient publishes of itself."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    endpoint: str = Field(max_length=2000)
    identifiers: tuple[Identifier, ...] = Field(max_length=200)
    publicKey: tuple[dict[str, Any], ...] = Field(min_length=1, max_length=20)  # noqa: N815
    vendorScriptRequirement: bool = False  # noqa: N815

    def wording(self, kind: PointOfIdentity) -> tuple[str, str, IdentityFormat] | None:
        """Return (type, format, how we write it) in the recipient's own words, the best of them."""
        offered = {one.format.lower(): one for one in self.identifiers if self._is(one, kind)}
        for word, form in _FORMATS.items():
            if word in offered:
                return offered[word].type, offered[word].format, form
        return None

    def keys(self) -> dict[str, jwt.PyJWK]:
        """Return the published keys that can be used, by their ``kid``."""
        usable: dict[str, jwt.PyJWK] = {}
        for shown in self.publicKey:
            try:
                usable[str(shown.get("kid", ""))] = jwt.PyJWK.from_dict(_public_part(shown))
            except jwt.PyJWTError:
                continue
        return usable

    @staticmethod
    def _is(identifier: Identifier, kind: PointOfIdentity) -> bool:
        return identifier.type.lower() == _TYPES.get(kind)


async def recipient(outgoing: Outgoing, channel: DdrfChannel) -> Recipient:
    """Fetch and judge what a recipient publishes.

    Raises:
        SendingFailed: out of reach or unreadable (retryable), or it asks for what we cannot do: a
            script in the consumer's browser, an endpoint elsewhere.
    """
    url = channel.discovery_url or f"https://{channel.domain}/dsrdelete.json"
    reply = await attempted(outgoing.request("GET", url, max_bytes=_MAX_BYTES))
    accepted(reply)
    shown = _parsed(reply.body)
    if shown.vendorScriptRequirement:
        text = f"{channel.domain} takes requests only by a script in the consumer's browser."
        raise SendingFailed("script_required", text, retryable=False)
    if not _agreed(urlsplit(shown.endpoint).hostname, channel):
        text = f"{channel.domain} names an endpoint at a host not agreed upon (endpoint_hosts)."
        raise SendingFailed("foreign_endpoint", text, retryable=False)
    return shown


def _parsed(body: bytes) -> Recipient:
    try:
        return Recipient.model_validate(read_json(body))
    except ValidationError as error:
        places = ", ".join(".".join(map(str, one["loc"])) for one in error.errors())
        text = f"dsrdelete.json is not what the framework says; look at: {places}."
    except ValueError:
        text = "dsrdelete.json is not JSON."
    raise SendingFailed("unreadable_discovery", text, retryable=True)


def _agreed(host: str | None, channel: DdrfChannel) -> bool:
    own = host == channel.domain or str(host).endswith("." + channel.domain)
    return host is not None and (own or host in channel.endpoint_hosts)


def _public_part(shown: dict[str, Any]) -> dict[str, Any]:
    """Only asymmetric keys: a published symmetric one would let anybody sign."""
    if shown.get("kty") not in {"RSA", "EC"}:
        raise jwt.InvalidKeyError
    return {name: value for name, value in shown.items() if name != "d"}
