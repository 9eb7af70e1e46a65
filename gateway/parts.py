"""What the doors are built from: pools, keys, clients and settings, injected by the floor above."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import asyncpg
from pydantic import BaseModel, ConfigDict, Field
from temporalio.converter import PayloadCodec

from agents.directory import Directory
from domain.paths import PATHS
from domain.vocabulary import Requester, RequestType
from gateway.staff.provider_settings import ProviderSettings
from providers.desk import ProviderDesk
from records.keyring import Keyring
from records.vault import Vault


class Engine(Protocol):
    """The running workflows, as the doors see them. A call may raise: the sweep makes up for it."""

    async def start(self, request_id: str) -> None:
        """Start the workflow of a registered request; one that runs already counts as started."""

    async def deliver(self, stream: str, row_id: int) -> None:
        """Signal the workflow of ``stream`` that inbox row ``row_id`` waits for it."""

    async def act(self, stream: str, action: str, row_id: int) -> str:
        """Have an inbox row of a signed-in person carried out, as an update.

        Return the sentence by which it was refused, empty where it was not. Raises ``LookupError``
        where no such workflow runs.
        """

    async def export_evidence(self, request_id: str, staff_id: str, now: datetime) -> None:
        """Have a worker write a request's signed evidence into its vault; return once it stands.

        Raises ``LookupError`` where there is no sound record to export.
        """

    async def ping(self) -> None:
        """Raise when the engine cannot be reached."""


class GatewaySettings(BaseModel):
    """Values of one deployment's doors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    public_url: str = Field(description="Address under which people reach the gateway, no slash.")
    ui_origins: frozenset[str] = Field(description="Origins of the Web UI, for the codec endpoint.")
    api_keys: dict[str, str] = Field(
        repr=False, description="Intake client's name to the hex SHA-256 of its API key."
    )
    intake_public_key: str = Field(
        default="", description="Base64 of the key that direct starts are sealed to."
    )
    served_types: frozenset[RequestType] = frozenset(PATHS)
    served_requesters: frozenset[Requester] = frozenset(Requester)
    ui_workflows_url: str = Field(
        default="", description="Address of the workflows of our namespace in the Temporal Web UI."
    )
    development: bool = Field(
        default=False, description="A developer's stack: local sign-in links, open codec endpoint."
    )
    sign_in: ProviderSettings | None = Field(
        default=None, description="The identity provider at which staff sign in."
    )
    staff_idle_minutes: int = Field(
        default=60, gt=0, description="How long a member of staff stays signed in without a call."
    )
    staff_session_hours: int = Field(
        default=10, gt=0, description="How long a member of staff stays signed in at all."
    )
    business_id: str = Field(
        default="", description="Our id in the directory of the Data Rights Protocol."
    )
    agent_calls_per_minute: int = Field(
        default=120, gt=0, description="Per agent's software, and per address of strangers."
    )
    body_limit: int = Field(default=64 * 1024, gt=0, description="Bytes of one submission or form.")
    codec_body_limit: int = Field(default=8 * 1024 * 1024, gt=0, description="Bytes of payloads.")
    body_seconds: float = Field(default=20.0, gt=0, description="Time to send a body in.")
    engine_seconds: float = Field(default=2.0, gt=0, description="Time to wait for the engine.")
    database_seconds: float = Field(default=5.0, gt=0, description="Time to wait for a connection.")
    direction_looks: int = Field(
        default=20, gt=0, description="Looks, 0.1 s apart, for the record of a very new direction."
    )
    callbacks_per_minute: int = Field(
        default=600, gt=0, description="Of one provider, from one network address."
    )
    filings_per_minute: int = Field(default=600, gt=0, description="Per intake client.")
    visits_per_minute: int = Field(default=300, gt=0, description="Per network address, for pages.")
    forms_per_minute: int = Field(
        default=10, gt=0, description="Requests sent by the form, per network address."
    )
    letters_per_hour: int = Field(
        default=5, gt=0, description="Requests by the form that write to one mail address."
    )
    document_bytes: int = Field(default=10 * 1024 * 1024, gt=0, description="Of one document.")
    documents_per_request: int = Field(default=10, gt=0, description="Uploaded documents.")
    upload_seconds: float = Field(default=120.0, gt=0, description="Time to send a document in.")
    drafts_per_hour: int = Field(
        default=20, gt=0, description="Begun requests kept for later, per network address."
    )
    draft_days: int = Field(default=7, gt=0, description="How long a begun request is kept.")
    session_minutes: int = Field(
        default=30, gt=0, description="How long a visit of the page of one request may last."
    )
    code_minutes: int = Field(default=30, gt=0, description="Life of a package's one-time code.")
    code_attempts: int = Field(default=5, gt=0, description="Times that one code may be typed.")
    codes_per_link: int = Field(default=5, gt=0, description="Codes sent for one package's link.")
    signals_per_minute: int = Field(
        default=1200, gt=0, description="Opt-out signals per network address, old and new."
    )
    new_signals_per_minute: int = Field(
        default=60, gt=0, description="Those of them that open a request."
    )
    clock_skew_seconds: int = Field(default=300, ge=0, description="How far clients' clocks stray.")
    oldest_contact_days: int = Field(
        default=731, gt=0, description="How long ago a first contact may lie (REQ-08)."
    )


@dataclass(frozen=True, kw_only=True)
class GatewayParts:
    """Everything that the doors use and do not own."""

    pool: asyncpg.Pool
    vault: Vault
    hashing: Keyring
    """Keys the hash by which a repeated submission is known."""
    people: Keyring
    """Keys the hashes of people: requesters, and who is on the suppression list."""
    engine: Engine
    desk: ProviderDesk
    codec: PayloadCodec
    settings: GatewaySettings
    agents: Callable[[], Directory] = Directory
    """Whose software may call by the Data Rights Protocol."""
    now: Callable[[], datetime]
    """The wall clock, aware and in UTC."""
