"""The steps of a restore journal: keep what goes, put it back, or destroy the images (DEL-17)."""

from collections.abc import AsyncIterator, Mapping, Sequence

import asyncpg

from activities.dossier import PLAN, Dossier
from activities.holding import holds_on
from activities.telling import told
from datamap.connectors.base import Connector
from datamap.errors import HeldByLaw
from datamap.holds import Hold
from datamap.undoing import Image, Keep, put_back, standing
from records import restore_journal, suppression
from records.connection import Connection
from records.keyring import Keyring
from records.vault import Vault, drop
from workflows import exchange as x


class Undoing:
    """Keeps a deletion from being final until its day."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        vault: Vault,
        connectors: Mapping[str, Connector],
        hashing: Keyring,
    ) -> None:
        """``hashing`` holds the keys of the hashes by which holds cover people."""
        self._pool = pool
        self._vault = vault
        self._dossier = Dossier(vault)
        self._hashing = hashing
        self._connectors = connectors

    def keeper(self, request_id: str) -> Keep:
        """Return what stores the images of a request, each durable before its rows go."""

        async def keep(image: Image) -> None:
            async with self._pool.acquire() as conn:
                body = image.model_dump_json().encode()
                await restore_journal.keep(conn, self._vault, request_id, body)

        return keep

    async def put_back(self, asked: x.OfRequest) -> x.Undone:
        """Put the rows back and see that they stand; forget the plan and the suppression."""
        restored, missing = dict[str, int](), dict[str, int]()
        async with self._pool.acquire() as conn, told():
            for system in await self._systems(conn, asked.request_id):
                connector = self._connectors[system]
                newest_first = self._images(conn, asked.request_id, system, newest_first=True)
                await put_back(connector, newest_first)
                again, gone = await standing(
                    connector, self._images(conn, asked.request_id, system)
                )
                restored |= again
                missing |= gone
            await suppression.withdraw(conn, suppression.Scope.DELETION, asked.request_id)
            await drop(conn, asked.request_id, PLAN)
        return x.Undone(restored=restored, missing=missing)

    async def destroy_journal(self, asked: x.DestroyJournal) -> x.Done:
        """Destroy the images; nothing can be put back any more.

        They may be all that is left of what a hold covers, so one stops it (REC-06).
        """
        async with self._pool.acquire() as conn, told():
            if not asked.undone and (held := await self._holds(conn, asked.request_id)):
                raise HeldByLaw([hold.hold_id for hold in held])
            await restore_journal.destroy(conn, asked.request_id)
        return x.Done()

    async def _holds(self, conn: Connection, request_id: str) -> Sequence[Hold]:
        submission = await self._dossier.submission(conn, request_id)
        plan = await self._dossier.plan(conn, request_id)
        return await holds_on(conn, self._hashing, request_id, submission, plan.identities)

    async def _systems(self, conn: Connection, request_id: str) -> list[str]:
        """Name the systems in the order in which their rows are put back: the last first."""
        found = restore_journal.images(conn, self._vault, request_id, newest_first=True)
        systems = [Image.model_validate_json(body).system async for body in found]
        return list(dict.fromkeys(systems))

    async def _images(
        self, conn: Connection, request_id: str, system: str, *, newest_first: bool = False
    ) -> AsyncIterator[Image]:
        bodies = restore_journal.images(conn, self._vault, request_id, newest_first=newest_first)
        async for body in bodies:
            image = Image.model_validate_json(body)
            if image.system == system:
                yield image
