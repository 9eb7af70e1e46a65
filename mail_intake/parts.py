"""What mail intake is built from: a pool, keys, the engine and settings, injected from above."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import asyncpg
from pydantic import BaseModel, ConfigDict, Field

from mail_intake.limits import Limits
from records.keyring import Keyring
from records.vault import Vault
from records.wrapping import WrappingKeys


class Engine(Protocol):
    """The running workflows. A call may raise: the worker's sweep makes up for it."""

    async def start(self, request_id: str) -> None:
        """Start the workflow of a registered request; one that runs already counts as started."""

    async def deliver(self, stream: str, row_id: int) -> None:
        """Signal the workflow of ``stream`` that inbox row ``row_id`` waits for it."""


class MailSettings(BaseModel):
    """Values of one installation's mail intake."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mailboxes: frozenset[str] = Field(
        description="Addresses that take requests, in lower case (REQ-07)."
    )
    own_addresses: frozenset[str] = Field(
        default=frozenset(), description="Addresses that we write from, in lower case."
    )
    limits: Limits = Limits()
    most_attempts: int = Field(default=5, gt=0, description="Readings of one mail before parking.")
    filings_per_day: int = Field(
        default=5, gt=0, description="Requests that one address opens by mail in a day."
    )
    engine_seconds: float = Field(default=2.0, gt=0, description="Time to wait for the engine.")
    keep_days: int = Field(
        default=30, gt=0, description="Days that machines' mail is kept, and what was dismissed."
    )

    @property
    def ours(self) -> frozenset[str]:
        """Every address of our own: mail from one of them is a machine's."""
        return self.mailboxes | self.own_addresses


@dataclass(frozen=True, kw_only=True)
class MailParts:
    """Everything that mail intake uses and does not own."""

    pool: asyncpg.Pool
    vault: Vault
    wrapping: WrappingKeys
    """Closes mail that stands in no vault yet."""
    hashing: Keyring
    """Keys the hashes by which repeated submissions and mails are known."""
    people: Keyring
    """Keys the hashes by which requesters are recognised."""
    engine: Engine
    settings: MailSettings
    now: Callable[[], datetime]
    """The wall clock, aware and in UTC."""
    tell_staff: Callable[[int], Awaitable[None]]
    """Tells staff how many mails wait for a person."""
