"""The evidence as a step: signed by a worker, handed over in the vault, never through Temporal."""

from collections.abc import Collection

import asyncpg
from temporalio import activity
from temporalio.exceptions import ApplicationError

from records.requests import EVIDENCE_FILE
from records.signing import Signer
from records.vault import Vault, VaultError
from workers.evidence.collecting import LedgerDamaged, NoSuchRequest
from workers.evidence.exporting import export
from workflows import evidence_export as steps


class EvidenceSteps:
    """Writes the evidence of one request at a time."""

    def __init__(
        self, pool: asyncpg.Pool, vault: Vault, signer: Signer, trusted: Collection[bytes]
    ) -> None:
        """``trusted`` are the public keys that may have signed checkpoints."""
        self._pool = pool
        self._vault = vault
        self._signer = signer
        self._trusted = trusted

    @activity.defn(name=steps.EXPORT.name)
    async def export_evidence(self, asked: steps.ExportEvidence) -> steps.Exported:
        """Write the evidence into the vault, in place of what was exported before.

        Raises:
            ApplicationError: of type ``NoEvidence``, never retried.
        """
        async with self._pool.acquire() as conn:
            try:
                archive = await export(
                    conn,
                    self._vault,
                    self._signer,
                    self._trusted,
                    asked.request_id,
                    staff_id=asked.staff_id,
                    now=asked.now,
                )
                key = (conn, asked.request_id, EVIDENCE_FILE)
                await self._vault.put(*key, archive, replace=True)
            except (LedgerDamaged, NoSuchRequest, VaultError) as fault:
                raise ApplicationError(
                    str(fault), type=steps.NO_EVIDENCE, non_retryable=True
                ) from None
        return steps.Exported(size=len(archive))
