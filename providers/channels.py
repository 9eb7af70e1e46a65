"""How a provider is reached: one model per protocol, as the registry has it under ``channel``."""

import re
from enum import StrEnum
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    EmailStr,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from domain.vocabulary import PointOfIdentity
from providers.credentials import Credentials, SecretMissing, SecretReference

_REFERENCE = re.compile(r"env:\w+")


class ProtocolKind(StrEnum):
    """The protocols we speak."""

    STANDARD_WEBHOOKS = "standard_webhooks"
    MAIL = "mail"
    OPENDSR = "opendsr"
    DDRF = "ddrf"
    MANUAL = "manual"


class Dialect(StrEnum):
    """Dialects of OpenDSR."""

    OPENDSR_2 = "opendsr_2"
    MPARTICLE_3 = "mparticle_3"


class IdentityFormat(StrEnum):
    """How an identifier is written for a provider; hashes are of the normalised value, in hex."""

    RAW = "raw"
    SHA256 = "sha256"
    SHA1 = "sha1"
    MD5 = "md5"


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("write a full address such as https://vendor.example/privacy")
    if parts.username or parts.password or parts.fragment:
        raise ValueError("no user, password or fragment in an address; secrets go by reference")
    return text.rstrip("/")


def _resolved(text: object, info: ValidationInfo) -> object:
    if not isinstance(text, str) or not _REFERENCE.fullmatch(text):
        return text
    environment = (info.context or {}).get("environment", {})
    try:
        return Credentials(environment).read(text)
    except SecretMissing:
        raise ValueError(f"{text} is not set; set it to this provider's address") from None


Url = Annotated[str, BeforeValidator(_resolved), AfterValidator(_url)]
MailAddress = Annotated[EmailStr, BeforeValidator(_resolved)]
Domain = Annotated[
    str,
    StringConstraints(to_lower=True, pattern=r"^(?i:[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.|$))+$"),
]


class Settings(BaseModel):
    """Base of everything in the registry: immutable, no surplus keys, no values in errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class WebhookChannel(Settings):
    """Directions as signed webhooks, acknowledgements as signed callbacks (Standard Webhooks)."""

    protocol: Literal[ProtocolKind.STANDARD_WEBHOOKS]
    endpoint: Url
    signing_secrets: tuple[SecretReference, ...] = Field(
        min_length=1, max_length=4, description="Newest first; all of them sign while one retires."
    )
    callback_secrets: tuple[SecretReference, ...] = Field(
        default=(), max_length=4, description="Of the provider's callbacks; the same when empty."
    )
    results_hosts: frozenset[Domain] = Field(
        default=frozenset(), description="Further hosts from which a returned copy may be fetched."
    )

    @property
    def valid_callback_secrets(self) -> tuple[str, ...]:
        """References of every secret by which a callback may be signed just now."""
        return self.callback_secrets or self.signing_secrets

    @property
    def secret_references(self) -> tuple[str, ...]:
        """Every secret that this channel needs."""
        return (*self.signing_secrets, *self.callback_secrets)


class MailChannel(Settings):
    """Directions as letters with a link; a button on the linked page acknowledges."""

    protocol: Literal[ProtocolKind.MAIL]
    address: MailAddress

    @property
    def secret_references(self) -> tuple[str, ...]:
        """None: mail is sent as ours."""
        return ()


class OpenDsrChannel(Settings):
    """OpenDSR 2.0 or a dialect of it: requests over HTTP, callbacks signed by a certificate."""

    protocol: Literal[ProtocolKind.OPENDSR]
    dialect: Dialect = Dialect.OPENDSR_2
    base_url: Url = Field(description="With its major version: https://opendsr.vendor.example/v2")
    domain: Domain = Field(
        default="", description="Of the signing certificate; the host of base_url when empty."
    )
    authorization: SecretReference | None = Field(
        default=None, description="The whole Authorization header: Basic … or Bearer …"
    )
    identity_format: IdentityFormat = IdentityFormat.RAW
    certificate_hosts: frozenset[Domain] = Field(
        default=frozenset(), description="Hosts beside the domain that may serve its certificate."
    )
    results_hosts: frozenset[Domain] = Field(
        default=frozenset(), description="Further hosts from which a returned copy may be fetched."
    )
    trusted_issuers: str | None = Field(
        default=None, description="PEM file of authorities trusted for this provider alone."
    )
    refused_certificates: frozenset[str] = Field(
        default=frozenset(), description="SHA-256 fingerprints (hex) that are no longer believed."
    )
    padding: Literal["pkcs1v15", "pss"] = "pkcs1v15"
    signed_responses: Literal["required", "optional"] = "required"
    requests_path: Literal["requests", "opengdpr_requests"] = "requests"
    skip_waiting_period: bool = Field(default=False, description="mParticle only.")

    @model_validator(mode="after")
    def _dialect_fits(self) -> Self:
        if self.dialect is Dialect.MPARTICLE_3 and self.identity_format is not IdentityFormat.RAW:
            raise ValueError("mParticle takes raw identifiers only; drop identity_format")
        if self.dialect is not Dialect.MPARTICLE_3 and self.skip_waiting_period:
            raise ValueError("skip_waiting_period is for dialect mparticle_3 only")
        return self

    @property
    def processor_domain(self) -> str:
        """The domain that must stand in the header and in the certificate."""
        return self.domain or str(urlsplit(self.base_url).hostname)

    @property
    def secret_references(self) -> tuple[str, ...]:
        """Every secret that this channel needs."""
        return (self.authorization,) if self.authorization else ()


class DdrfChannel(Settings):
    """IAB Tech Lab Data Deletion Request Framework 1.0: signed tokens; proves receipt only."""

    protocol: Literal[ProtocolKind.DDRF]
    domain: Domain = Field(description="Where the provider publishes dsrdelete.json.")
    discovery_url: Url | None = Field(
        default=None, description="Address of dsrdelete.json when it is not at the domain's root."
    )
    endpoint_hosts: frozenset[Domain] = Field(
        default=frozenset(), description="Hosts beside the domain and its subdomains for requests."
    )
    issuer: Domain = Field(description="Our own domain, where our dsrdelete.json is published.")
    signing_key: SecretReference = Field(description="Our RSA private key, PEM.")
    key_id: str = Field(min_length=1, max_length=80, description="kid of that key.")
    envelope: Literal["jwt", "json"] = Field(
        default="jwt", description="Body of a request: the bare token, or {rqJWT: token}."
    )

    @property
    def secret_references(self) -> tuple[str, ...]:
        """Every secret that this channel needs."""
        return (self.signing_key,)


class ManualChannel(Settings):
    """A task for staff: they print the letter, post it, and enter the answer."""

    protocol: Literal[ProtocolKind.MANUAL]
    postal_address: str = Field(default="", max_length=400, description="Lines of the address.")

    @property
    def secret_references(self) -> tuple[str, ...]:
        """None: nothing is sent by us."""
        return ()


Channel = Annotated[
    WebhookChannel | MailChannel | OpenDsrChannel | DdrfChannel | ManualChannel,
    Field(discriminator="protocol"),
]

_PLAIN = frozenset({PointOfIdentity.EMAIL, PointOfIdentity.CUSTOMER_NUMBER})


def expressible(channel: Channel) -> frozenset[PointOfIdentity]:
    """Return the kinds of identifiers that a channel's protocol has words for."""
    if isinstance(channel, OpenDsrChannel):
        more = {PointOfIdentity.PHONE} if channel.dialect is Dialect.MPARTICLE_3 else set()
        return _PLAIN | more
    if isinstance(channel, DdrfChannel):
        return frozenset({PointOfIdentity.EMAIL, PointOfIdentity.PHONE})
    return frozenset(PointOfIdentity)
