"""Settings of every process, from `PRIVACY_*` variables; a secret may stand in a file instead.

`PRIVACY_X_FILE=/run/secrets/x` gives the setting X the content of that file. A stack that runs
on this machine leaves its variables in `var/up/stack.env`, which is read when it exists, so that
commands reach the running stack without further ado; real variables win over that file.
"""

import os
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BeforeValidator,
    EmailStr,
    Field,
    HttpUrl,
    SecretStr,
    ValidationError,
)
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from domain.vocabulary import Role
from workers.keys import KeySet, parse_clients, parse_key

PREFIX = "PRIVACY_"
PROJECT = Path(__file__).resolve().parent.parent
ENV_FILE_VARIABLE = "PRIVACY_ENV_FILE"
DEFAULT_ENV_FILE = PROJECT / "var" / "up" / "stack.env"


class SettingsError(Exception):
    """A setting is missing or wrong; the message names its variable and says what to write."""


def _key_set(value: Any) -> Any:
    return KeySet.parse(value) if isinstance(value, str) else value


def _checked_key_set(value: Any) -> Any:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if text:
        KeySet.parse(text)
    return value


def _clients(value: Any) -> Any:
    return parse_clients(value) if isinstance(value, str) else value


def _role_words(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    pairs = (part.strip().rpartition(":") for part in value.split(",") if part.strip())
    return [(word.strip(), role.strip()) for word, _, role in pairs]


def _checked_key(value: SecretStr) -> SecretStr:
    parse_key(value.get_secret_value())
    return value


def _web_address(value: str) -> str:
    return str(HttpUrl(value)).rstrip("/")


def _issuer(value: str | None) -> str | None:
    # Kept as written, for it must equal what the provider says; compose passes unset as empty.
    return value if value and HttpUrl(value) else None


def _split(value: Any) -> Any:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _split_some(value: Any) -> Any:
    parts = _split(value)
    return [part for part in parts if part] if isinstance(parts, list) else parts


def _base64_key(value: Any) -> Any:
    return _checked_key(SecretStr(value)) if isinstance(value, str) else value


def _public_keys(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return [parse_key(part, "a public key") for part in value.split(",") if part.strip()]


CodecKeyText = Annotated[SecretStr, BeforeValidator(_checked_key_set)]
Keys = Annotated[KeySet, BeforeValidator(_key_set)]
Base64Key = Annotated[SecretStr, BeforeValidator(_base64_key)]
Issuer = Annotated[str | None, AfterValidator(_issuer)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_split)]
PublicKeys = Annotated[tuple[bytes, ...], BeforeValidator(_public_keys)]
Clients = Annotated[dict[str, str], BeforeValidator(_clients)]
RoleWords = Annotated[tuple[tuple[str, Role], ...], BeforeValidator(_role_words)]
MailSecurity = Literal["none", "starttls", "tls"]
OptionalAddress = Annotated[EmailStr | None, BeforeValidator(lambda value: value or None)]
MailAddresses = Annotated[tuple[EmailStr, ...], BeforeValidator(_split_some)]


class Settings(BaseSettings):
    """Everything an installation decides. Optional fields are needed by some processes only."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True
    )

    development: bool = Field(
        False, description="True on a developer's machine: the codec endpoint asks no sign-in."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe log entries that are written."
    )
    log_format: Literal["json", "console"] = Field(
        "json", description="One JSON object a line, or lines for a person."
    )

    temporal_address: str = Field(
        "127.0.0.1:7233", min_length=1, description="Host and port of the Temporal frontend."
    )
    temporal_namespace: str = Field("default", description="Temporal namespace of the requests.")
    task_queue: str = Field("privacy", description="Task queue that workers poll.")
    worker_versioning: bool = Field(
        False,
        description="Workers are versions of a deployment, of which one takes the tasks: "
        "privacy versions.",
    )
    worker_build: str = Field(
        "", description="What version a worker is; the release when left empty."
    )
    temporal_tls: bool = Field(False, description="Speak TLS to Temporal.")
    temporal_server_ca: Path | None = Field(
        None, description="PEM file of the authority that signed Temporal's certificate."
    )
    temporal_client_cert: Path | None = Field(
        None, description="PEM file of our client certificate (mTLS)."
    )
    temporal_client_key: Path | None = Field(
        None, description="PEM file of the client certificate's key (mTLS)."
    )
    temporal_api_key: SecretStr | None = Field(
        None, description="API key, for Temporal Cloud without mTLS."
    )
    temporal_ui_url: WebAddress = Field(
        "http://127.0.0.1:8233",
        description="Address of the Temporal Web UI: target of links, origin the codec allows.",
    )

    metrics_host: str = Field(
        "127.0.0.1", description="Address that a worker's monitor and the SDK's metrics listen on."
    )
    metrics_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Port of a worker's /metrics, /health/live and /health/ready; none when unset.",
    )
    sdk_metrics_port: int | None = Field(
        None, ge=1, le=65535, description="Port of the Temporal SDK's own metrics; none when unset."
    )

    dsn: SecretStr | None = Field(
        None, description="Our PostgreSQL database as its owner; migrations only."
    )
    worker_dsn: SecretStr | None = Field(None, description="Our database as privacy_worker.")
    gateway_dsn: SecretStr | None = Field(None, description="Our database as privacy_gateway.")
    auditor_dsn: SecretStr | None = Field(None, description="Our database as privacy_auditor.")
    business_dsn: SecretStr | None = Field(
        None, description="The business's PostgreSQL database that the data map speaks of."
    )

    smtp_host: str = Field("127.0.0.1", description="Mail server that letters are handed to.")
    smtp_port: int = Field(25, ge=1, le=65535, description="Its port.")
    smtp_security: MailSecurity = Field(
        "starttls", description="none (loopback only), starttls, or tls from the first byte."
    )
    smtp_user: str | None = Field(None, description="Account at the mail server.")
    smtp_password: SecretStr | None = Field(None, description="Password of that account.")
    mail_from: EmailStr = Field(
        "privacy@example.com", description="Sender address of every letter."
    )
    staff_mail: EmailStr = Field(
        "privacy-team@example.com", description="Where mail to the privacy team goes."
    )
    counsel_mail: OptionalAddress = Field(
        None, description="Where counsel's tasks go, beside the team's address."
    )

    mailboxes: MailAddresses = Field(
        (),
        description="Addresses (comma between) that take requests, beside those of the policy.",
    )
    mail_in_host: str = Field("127.0.0.1", description="Address that mail intake listens on.")
    mail_in_port: int | None = Field(
        None, ge=1, le=65535, description="Port on which it takes mail; no listener when unset."
    )
    mail_in_protocol: Literal["smtp", "lmtp"] = Field(
        "smtp", description="What the company's mail server speaks to it."
    )
    mail_in_certificate: Path | None = Field(
        None, description="PEM file of its certificate; it then offers STARTTLS."
    )
    mail_in_certificate_key: Path | None = Field(
        None, description="PEM file of the certificate's key."
    )
    imap_host: str | None = Field(
        None, description="IMAP server of a mailbox to look into; none when unset."
    )
    imap_port: int = Field(993, ge=1, le=65535, description="Its port.")
    imap_security: MailSecurity = Field(
        "tls", description="tls from the first byte, starttls, or none (loopback only)."
    )
    imap_user: str = Field("", description="Account at the IMAP server.")
    imap_password: SecretStr | None = Field(None, description="Password of that account.")
    imap_folder: str = Field("INBOX", description="Folder that is looked into.")
    imap_every_seconds: float = Field(60, gt=0, description="Time between two looks.")

    public_url: WebAddress = Field(
        "http://127.0.0.1:8080",
        description="Address of the gateway as consumers and providers reach it, no end slash.",
    )
    gateway_host: str = Field("127.0.0.1", description="Address that the gateway listens on.")
    gateway_port: int = Field(8080, ge=1, le=65535, description="Port it listens on.")
    intake_clients: Clients = Field(
        default_factory=dict,
        description="Intake systems: client:hash,… where hash is the SHA-256 of its API key (hex).",
    )

    sign_in_issuer: Issuer = Field(
        None, description="Issuer of the identity provider (OpenID Connect) where staff sign in."
    )
    sign_in_client_id: str = Field("", description="Our client id there.")
    sign_in_client_secret: SecretStr | None = Field(
        None, description="Our client's secret there; none for a public client."
    )
    sign_in_scopes: str = Field("openid profile email", description="Scopes that we ask for.")
    sign_in_id_claim: str = Field(
        "preferred_username", description="Claim that is the staff id, such as s.lee."
    )
    sign_in_domain: str = Field(
        "", description="The company's mail domain, left out where that claim is an address."
    )
    sign_in_name_claim: str = Field("name", description="Claim that is the person's name.")
    sign_in_role_claim: str = Field(
        "groups", description="Claim that gives roles; dots lead into objects: realm_access.roles."
    )
    sign_in_roles: RoleWords = Field(
        (),
        description="Who may do what: word:role,… word being one of that claim's, role one of "
        f"{', '.join(Role)}.",
    )
    staff_idle_minutes: int = Field(
        60, ge=1, description="How long staff stay signed in without opening a page."
    )
    staff_session_hours: int = Field(10, ge=1, description="How long staff stay signed in at all.")

    codec_keys: CodecKeyText = Field(
        SecretStr(""), description="Keys of Temporal payloads: id:base64,… the current one first."
    )
    vault_keys: Keys | None = Field(
        None, description="Key-encryption keys of the vault, in the same form."
    )
    key_service_url: WebAddress | None = Field(
        None,
        description="Transit engine of HashiCorp Vault or OpenBao, such as "
        "https://keys.example.com/v1/transit, or endpoint of AWS KMS, that wraps the vault's data "
        "keys; none when unset.",
    )
    key_service_region: str = Field(
        "", description="Region of AWS KMS; set, the key service is that and no Transit engine."
    )
    key_service_key: str = Field(
        "privacy", description="Name of the key there; of AWS KMS its alias/… or ARN."
    )
    key_service_token: SecretStr | None = Field(
        None, description="Token for it; as a file it is read anew at each call."
    )
    key_service_ca: Path | None = Field(
        None, description="PEM file of the authority that signed its certificate."
    )
    intake_private_key: Base64Key | None = Field(
        None, description="Key (X25519, base64) that opens sealed submissions."
    )
    intake_public_key: str = Field(
        "", description="Its public half (base64), which the gateway hands to intake systems."
    )
    suppression_keys: Keys | None = Field(
        None, description="Keys of the hashes on the suppression list, in the same form."
    )
    fingerprint_key: Base64Key | None = Field(
        None, description="Key (base64) of the fingerprints that tell one submission from another."
    )

    evidence_signing_key: Base64Key | None = Field(
        None, description="Key (Ed25519, base64) that signs evidence and daily checkpoints."
    )
    evidence_public_keys: PublicKeys = Field(
        (),
        description="Public keys (base64, comma between) whose checkpoints count beside its own.",
    )

    var_dir: Path = Field(PROJECT / "var", description="Where local state stands.")
    policy_dir: Path = Field(
        PROJECT / "policies", description="Folder of published policies, a YAML file each."
    )
    data_map: Path = Field(
        PROJECT / "samples" / "business" / "datamap.yaml",
        description="YAML file that says which system holds what.",
    )
    provider_networks: Networks = Field(
        (),
        description="Networks (CIDR, comma between) that may be called though they are not public.",
    )
    providers: Path = Field(
        PROJECT / "samples" / "providers" / "providers.yaml",
        description="YAML file of the service providers.",
    )

    agents: Path | None = Field(
        None,
        description="YAML or JSON file of agents that may call by the Data Rights Protocol.",
    )
    business_id: str = Field(
        "", description="Our id in the directory of the Data Rights Protocol's businesses."
    )

    def secret(self, field: str) -> str:
        """Return the text of an optional secret setting that this process needs.

        Raises:
            SettingsError: it is not set.
        """
        value: SecretStr | None = getattr(self, field)
        if value is None:
            raise SettingsError(self._missing(field))
        return value.get_secret_value()

    def key_set(self, field: Literal["vault_keys", "suppression_keys"]) -> KeySet:
        """Return a key set that this process needs; raises SettingsError when it is not set."""
        keys: KeySet | None = getattr(self, field)
        if keys is None:
            raise SettingsError(self._missing(field))
        return keys

    def key(
        self, field: Literal["intake_private_key", "fingerprint_key", "evidence_signing_key"]
    ) -> bytes:
        """Return a single key, 32 bytes; raises SettingsError when it is not set."""
        return parse_key(self.secret(field))

    @property
    def ui_origins(self) -> frozenset[str]:
        """Origins from which the Web UI may call the codec endpoint."""
        origin = self.temporal_ui_url
        twin = origin.replace("//127.0.0.1", "//localhost")
        return frozenset({origin, twin} if self.development else {origin})

    @classmethod
    def _missing(cls, field: str) -> str:
        description = cls.model_fields[field].description
        name = variable(field)
        return f"{name} is not set. Set it, or {name}_FILE to a file that holds it: {description}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read explicit values, then variables; nothing else."""
        return (init_settings, _Variables(settings_cls))


class _Variables(PydanticBaseSettingsSource):
    """Variables of the process and of the stack's file, by value or by `_FILE`."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return read_variable(variable(field_name), environment()), field_name, False

    def __call__(self) -> dict[str, Any]:
        variables = environment()
        found = {
            name: read_variable(variable(name), variables)
            for name in self.settings_cls.model_fields
        }
        return {name: value for name, value in found.items() if value is not None}


def variable(field: str) -> str:
    """Return the name of the environment variable of a setting."""
    return PREFIX + field.upper()


def environment() -> Mapping[str, str]:
    """Return the process's variables over those of a stack that runs on this machine."""
    file = Path(os.environ.get(ENV_FILE_VARIABLE, DEFAULT_ENV_FILE))
    stack = dotenv_values(file, interpolate=False) if file.is_file() else {}
    return {name: value for name, value in stack.items() if value is not None} | dict(os.environ)


def read_variable(name: str, variables: Mapping[str, str]) -> str | None:
    """Return a variable's value, or the content of the file that its `_FILE` twin names.

    Raises:
        SettingsError: the file cannot be read.
    """
    if name in variables:
        return variables[name]
    reference = variables.get(f"{name}_FILE")
    if reference is None:
        return None
    try:
        return Path(reference).read_text(encoding="utf-8").strip()
    except OSError as problem:
        raise SettingsError(
            f"{name}_FILE names {reference}, which cannot be read ({problem.strerror}). "
            "Correct the path or the file's permissions."
        ) from None


def referenced_secret(name: str) -> str:
    """Return a secret that a registry refers to by the name of its environment variable.

    Raises:
        SettingsError: neither the variable nor its `_FILE` twin is set.
    """
    value = read_variable(name, environment())
    if not value:
        raise SettingsError(f"{name} is not set. Set it, or {name}_FILE to a file that holds it.")
    return value


def settings_from(variables: Mapping[str, str]) -> Settings:
    """Read the settings from these variables alone, whatever the environment says.

    Raises:
        SettingsError: a value is wrong.
    """
    given = {n: read_variable(variable(n), variables) for n in Settings.model_fields}
    fields = Settings.model_fields.items()
    defaults = {name: field.get_default(call_default_factory=True) for name, field in fields}
    return load_settings(**defaults | {n: value for n, value in given.items() if value is not None})


def load_settings(**explicit: Any) -> Settings:
    """Read the settings; `explicit` values win over variables.

    Raises:
        SettingsError: a value is missing or wrong; every wrong variable is named, no value quoted.
    """
    try:
        return Settings(**explicit)
    except ValidationError as problem:
        wrong = [
            f"{variable(str(error['loc'][0]))}: {error['msg']}"
            for error in problem.errors(include_input=False, include_url=False)
        ]
        raise SettingsError("\n".join(["Settings are wrong; correct them:", *wrong])) from None
