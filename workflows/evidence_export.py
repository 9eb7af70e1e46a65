"""The evidence of one request, made for the case page by a worker: only workers hold its key."""

from datetime import timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from temporalio import workflow
from temporalio.common import RetryPolicy

from workflows.effects import Effect, Step
from workflows.starts import start_of

EVIDENCE_EXPORT = "EvidenceExport"
"""Workflow: write the evidence of a request into its vault."""

NO_EVIDENCE = "NoEvidence"
"""There is no such request, its streams do not verify, or its data key was destroyed."""

_BY_HAND = "Evidence is exported on the case page, or by `privacy evidence`. Use one of these."


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ExportEvidence(_Data):
    """Whose evidence, and who of the staff asks for it."""

    request_id: str
    staff_id: str
    now: AwareDatetime


class Exported(_Data):
    """The evidence stands in the vault; here is its size in bytes."""

    size: int


EXPORT = Step(
    "export_evidence",
    ExportEvidence,
    Exported,
    Effect(
        start_to_close=timedelta(minutes=2),
        schedule_to_close=timedelta(minutes=5),
        retry=RetryPolicy(maximum_attempts=3),
    ),
)


@workflow.defn(name=EVIDENCE_EXPORT)
class EvidenceExport:
    """One export, started by the gateway, which waits for it. Nothing personal passes here."""

    @workflow.run
    async def run(self, *payloads: Any) -> Exported:
        """Have the evidence written."""
        asked = start_of(ExportEvidence, payloads, _BY_HAND)
        return await EXPORT(asked, f"write the evidence of {asked.request_id}")
