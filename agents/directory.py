"""The agents whose software may call: the network's directory of agents, with what we add to it."""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

KEY_BYTES = 32
_MAILBOX: TypeAdapter[str] = TypeAdapter(EmailStr)
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


def _verify_key(text: str) -> str:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not Base64; copy the key from the network's directory") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"is {len(key)} bytes long; an Ed25519 public key has {KEY_BYTES}")
    return text


def _web_address(text: str) -> str:
    try:
        known = not text or bool(urlsplit(text).hostname)
    except ValueError:
        known = False
    if not known:
        raise ValueError("is no web address; write it in full, such as https://agent.example")
    return text


def _host(text: str) -> str:
    if not _HOST.fullmatch(text.lower()):
        raise ValueError("is no host name; write agent.example, without https:// and path")
    return text.lower()


AgentId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
"""Live directories break their own pattern ``[A-Z_]+``; this is what a path can carry."""


class Agent(BaseModel):
    """One entry. Names are the directory's; ``callback_hosts`` is ours.

    Surplus fields are kept, so that an entry can be copied as it stands; ``surplus`` names them.
    """

    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True)

    id: AgentId
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    verify_key: Annotated[str, AfterValidator(_verify_key)]
    web_url: Annotated[str, AfterValidator(_web_address)] = ""
    identity_assurance_url: str = ""
    technical_contact: str = ""
    business_contact: str = ""
    callback_hosts: tuple[Annotated[str, AfterValidator(_host)], ...] = Field(
        default=(), description="Hosts that status callbacks may go to; left out: that of web_url."
    )

    @model_validator(mode="after")
    def _can_be_written_to(self) -> Self:
        if not self.mailbox:
            raise ValueError(
                "business_contact or technical_contact must be an e-mail address: proof of the "
                "consumer's permission is asked for there"
            )
        return self

    @property
    def key(self) -> bytes:
        """The public key (Ed25519) that the agent's messages are signed with."""
        return base64.b64decode(self.verify_key)

    @property
    def fingerprint(self) -> str:
        """The key's SHA-256: a token dies with the key that it was paired under."""
        return sha256(self.key).hexdigest()

    @property
    def mailbox(self) -> str:
        """Where letters to the agent go, or nothing when no contact is an address."""
        for contact in (self.business_contact, self.technical_contact):
            try:
                return _MAILBOX.validate_python(contact)
            except ValidationError:
                continue
        return ""

    @property
    def surplus(self) -> tuple[str, ...]:
        """Fields that neither the network's directory nor we know, such as a misspelt one."""
        return tuple(self.model_extra or ())

    def owns(self, url: str) -> bool:
        """Tell whether an address lies on a host of this agent, or below one."""
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").lower()
        except ValueError:
            return False
        plain = parts.scheme in ("http", "https") and parts.username is None
        return plain and any(host == one or host.endswith(f".{one}") for one in self.hosts)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that callbacks and the way back from our pages may lead to."""
        if self.callback_hosts:
            return self.callback_hosts
        own = (urlsplit(self.web_url).hostname or "").lower().removeprefix("www.")
        return (own,) if own else ()


class Directory(BaseModel):
    """Every agent, by id. The network hands out a bare list; ``agents:`` above it does as well."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    agents: tuple[Agent, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _list_or_document(cls, given: Any) -> Any:
        if given is None:
            return {}
        return given if isinstance(given, Mapping) else {"agents": given}

    @model_validator(mode="after")
    def _unique(self) -> Self:
        counted = Counter(agent.id for agent in self.agents)
        twice = sorted(name for name, times in counted.items() if times > 1)
        if twice:
            raise ValueError(f"the same id stands twice: {', '.join(twice)}")
        return self

    def get(self, agent_id: str) -> Agent | None:
        """Return the agent of that id, or None."""
        return next((one for one in self.agents if one.id == agent_id), None)
