"""What the engine looks after every day: names, messages and steps of its daily workflows."""

from dataclasses import replace
from datetime import date, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict
from temporalio.common import RetryPolicy

from workflows.effects import OWN_DATABASE, Effect, Step

LEDGER_CHECKPOINT = "LedgerCheckpoint"
"""Workflow: sign where every stream stands."""

RETENTION = "Retention"
"""Workflow: destroy what is past its date."""

KEEPING_CORRECTED = "KeepingCorrected"
"""Workflow: keep corrections from being undone by feeds."""

MORNING = "Morning"
"""Workflow: have the team's digest sent, where it is a working day."""

DIGEST_OF_DAY = "DigestOfDay"
"""Workflow: send the digest of the day that its id names."""

LEDGER_UNSOUND = "LedgerUnsound"
"""The ledger is damaged and no checkpoint vouches for it; never retried."""

DAILY = Effect(
    start_to_close=timedelta(hours=2),
    schedule_to_close=timedelta(hours=20),
    retry=RetryPolicy(
        initial_interval=timedelta(seconds=10),
        maximum_interval=timedelta(minutes=10),
    ),
)
"""Work over the whole database; what does not get through today is due again tomorrow."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Today(_Data):
    """When a daily workflow runs."""

    now: AwareDatetime


class CheckpointTaken(_Data):
    """The number and hash of a checkpoint, and how many streams had moved."""

    n: int
    hash: str
    moved: int


class KeptCorrected(_Data):
    """How many requests have corrections to keep, and how many fields hold them."""

    requests: int
    held: int


class Purged(_Data):
    """What became of the requests that were due, in counts.

    ``held`` are under a legal hold, ``running`` still have a workflow, ``later`` were confirmed
    after their close and are kept longer, ``failed`` are tried again tomorrow.
    """

    purged: int = 0
    held: int = 0
    running: int = 0
    later: int = 0
    failed: int = 0
    identity_evidence: int = 0
    packages: int = 0
    journals: int = 0


class DigestDue(_Data):
    """The day whose digest is due; none on a day on which nobody works."""

    day: date | None = None


class DigestSent(_Data):
    """How many requests a digest named; none, and no mail went out."""

    day: date | None = None
    requests: int = 0


TAKE_CHECKPOINT = Step("take_checkpoint", Today, CheckpointTaken, DAILY)
KEEP_CORRECTED = Step("keep_corrected", Today, KeptCorrected, DAILY)
PURGE = Step("purge", Today, Purged, replace(DAILY, heartbeat=timedelta(minutes=5)))
DIGEST_DUE = Step("digest_due", Today, DigestDue, OWN_DATABASE)
SEND_DIGEST = Step("send_digest", Today, DigestSent, DAILY)
