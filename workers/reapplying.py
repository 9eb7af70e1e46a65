"""After a restore from backup: what was erased since then is found again and erased again (DEL-06).

A plan stands in the vault for as long as its request's record does. It names the rows and the
identities by which a restored system is searched; what belongs to the person but was not in the
plan (it went by itself between backup and erasure) is found from the restored rows.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from activities.dossier import Dossier
from activities.holding import holds_on, recognised
from datamap.connectors.base import Connector
from datamap.erasing import erase
from datamap.errors import DataMapError
from datamap.finding import find
from datamap.holds import Hold
from datamap.plan import ErasurePlan
from datamap.planning import plan_erasure
from datamap.proving import prove_absence
from datamap.replanning import with_known
from datamap.schema import DataMap
from domain.events import Actor
from domain.outside import ErasureReapplied
from records import suppression
from records.connection import Connection
from records.erasures import erased_since
from records.keyring import Keyring
from records.outside import note_outside
from records.vault import NotInVault, Shredded


class Fate(StrEnum):
    """What was found of one erasure."""

    ABSENT = "still absent"
    ERASED = "came back, erased again"
    LEFT = "came back, not erased"
    FAILED = "not looked at"
    PURGED = "plan destroyed at the end of its retention"


@dataclass(frozen=True)
class Reapplied:
    """What was found of one erasure, in names of collections and counts."""

    request_id: str
    fate: Fate
    came_back: tuple[str, ...] = ()
    still_found: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Reapplication:
    """Carries erasures out again, one request after another."""

    conn: Connection
    dossier: Dossier
    datamap: DataMap
    connectors: Mapping[str, Connector]
    people: Keyring = field(repr=False)

    async def since(
        self, since: datetime, *, staff_id: str, now: datetime
    ) -> AsyncIterator[Reapplied]:
        """Yield what was found of every erasure proven at ``since`` or later."""
        for request_id in await erased_since(self.conn, since):
            try:
                yield await self._again(request_id, staff_id, now)
            except (NotInVault, Shredded):
                yield Reapplied(request_id, Fate.PURGED)
            except DataMapError as error:
                yield Reapplied(request_id, Fate.FAILED, problem=str(error))

    async def _again(self, request_id: str, staff_id: str, now: datetime) -> Reapplied:
        plan = await self.dossier.plan(self.conn, request_id)
        looked = await prove_absence(self.connectors, self.datamap, plan)
        if looked.holds:
            return Reapplied(request_id, Fate.ABSENT)
        fresh = await self._plan(request_id, plan)
        await self._suppress(request_id, fresh, now)
        for system in fresh.systems:
            holds = await self._holds(request_id, fresh)
            await erase(fresh, self.connectors[system], holds=holds)
        proof = await prove_absence(self.connectors, self.datamap, fresh)
        event = ErasureReapplied(
            actor=Actor(id=staff_id), came_back=looked.still_found, still_found=proof.still_found
        )
        await note_outside(self.conn, request_id, event, now)
        fate = Fate.ERASED if proof.holds else Fate.LEFT
        return Reapplied(request_id, fate, looked.still_found, proof.still_found)

    async def _plan(self, request_id: str, plan: ErasurePlan) -> ErasurePlan:
        person = await self.dossier.person(self.conn, request_id)
        finding = with_known(await find(self.connectors, self.datamap, person), plan)
        return await plan_erasure(self.connectors, self.datamap, finding)

    async def _holds(self, request_id: str, plan: ErasurePlan) -> Sequence[Hold]:
        submission = await self.dossier.submission(self.conn, request_id)
        return await holds_on(self.conn, self.people, request_id, submission, plan.identities)

    async def _suppress(self, request_id: str, plan: ErasurePlan, now: datetime) -> None:
        submission = await self.dossier.submission(self.conn, request_id)
        await suppression.suppress(
            self.conn,
            self.people,
            suppression.Scope.DELETION,
            recognised(submission, plan.identities),
            request_id=request_id,
            now=now,
        )
