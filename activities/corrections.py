"""The steps of a correction: write the right value, prove it, and keep feeds from undoing it."""

from collections.abc import Mapping

import asyncpg
from pydantic import TypeAdapter
from temporalio import activity

from activities.dossier import Dossier
from activities.telling import told
from datamap.connectors.base import Connector
from datamap.correcting import Correction as Pin
from datamap.correcting import correct, enforce, propose
from datamap.people import PersonKeys
from datamap.schema import DataMap
from domain.submission import Correction
from domain.vocabulary import PointOfIdentity
from records import vault_index
from records.connection import Connection
from records.vault import Vault
from workflows import exchange as x
from workflows import upkeep

PINS = "pins"
"""The vault's kind of the corrections that feeds must not undo (COR-04)."""

_pins = TypeAdapter(tuple[Pin, ...])


class Corrections:
    """Corrects data of one request at a time, and keeps every correction kept."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        vault: Vault,
        dossier: Dossier,
        datamap: DataMap,
        connectors: Mapping[str, Connector],
    ) -> None:
        self._pool = pool
        self._vault = vault
        self._dossier = dossier
        self._datamap = datamap
        self._connectors = connectors

    async def apply_corrections(self, asked: x.OfRequest) -> x.Corrected:
        """Write the claimed values, read them back, pin them, and name what could not be done."""
        async with self._pool.acquire() as conn, told():
            submission = await self._dossier.submission(conn, asked.request_id)
            person = await self._dossier.person(conn, asked.request_id)
            made: list[Pin] = []
            done: list[str] = []
            for wish in submission.corrections:
                pins = await self._corrected(person, wish)
                made.extend(pins)
                done.extend([wish.field] if pins else [])
            await self._keep(conn, asked.request_id, made)
        refused = [wish.field for wish in submission.corrections if wish.field not in done]
        return x.Corrected(fields=tuple(done), refused=tuple(refused))

    @activity.defn(name=upkeep.KEEP_CORRECTED.name)
    async def keep_corrected(self, asked: upkeep.Today) -> upkeep.KeptCorrected:
        """Put back what feeds have overwritten since yesterday, for every kept correction."""
        put_back = 0
        async with self._pool.acquire() as conn:
            requests = await vault_index.requests_with(conn, PINS)
            for request_id in requests:
                pins = _pins.validate_json(await self._vault.get(conn, request_id, PINS))
                corrected = await enforce(self._connectors, self._datamap, pins)
                put_back += sum(corrected.written.values())
        return upkeep.KeptCorrected(requests=len(requests), held=put_back)

    async def _corrected(self, person: PersonKeys, wish: Correction) -> tuple[Pin, ...]:
        """Correct one point wherever it stands; a field that is no point is for staff to do."""
        if wish.field not in set(PointOfIdentity):
            return ()
        point = PointOfIdentity(wish.field)
        proposed = await propose(self._connectors, self._datamap, person, point, wish.claimed)
        if not proposed:
            return ()
        return proposed if (await correct(self._connectors, self._datamap, proposed)).holds else ()

    async def _keep(self, conn: Connection, request_id: str, made: list[Pin]) -> None:
        if made:
            body = _pins.dump_json(tuple(made))
            await self._vault.put(conn, request_id, PINS, body, replace=True)
