"""Gatherings held in memory."""

import asyncio

from datamap import DataMap, PersonKeys, RowRef, find, load
from datamap.connectors import Connector, PostgresConnector
from datamap.disclosure import Scope, gather
from domain.gathering import GatheredFile, GatheredRow, unpack_file, unpack_rows
from domain.package import GatheringOutline
from tests.datamap.disclosure import planted
from workers.stack.postgres import OWNER, EmbeddedPostgres


class Gathered:
    """A gathering in memory."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.outline: GatheringOutline

    async def put(self, chunk: bytes) -> int:
        self.chunks.append(chunk)
        return len(self.chunks) - 1

    async def chunk(self, n: int) -> bytes:
        return self.chunks[n]

    def rows(self, place: str) -> list[GatheredRow]:
        """Return the rows of one collection."""
        sections = [one for one in self.outline.sections if one.place == place]
        return [row for one in sections for n in one.chunks for row in unpack_rows(self.chunks[n])]

    def files(self) -> list[GatheredFile]:
        """Return the heads of the files."""
        return [unpack_file(self.chunks[n]) for n in self.outline.files]

    def original(self, file: GatheredFile) -> bytes:
        """Return a file as it is, of one piece."""
        return self.chunks[self.outline.files[file.n - 1] + 1]


async def gathered(
    connectors: dict[str, Connector], datamap: DataMap, person: RowRef, scope: Scope
) -> Gathered:
    """Find and gather what is held of a person."""
    finding = await find(connectors, datamap, PersonKeys(rows=(person,)))
    result = Gathered()
    result.outline = await gather(connectors, datamap, finding, scope, result)
    return result


def planted_gathering(postgres: EmbeddedPostgres, scope: Scope, database: str) -> Gathered:
    """Gather what the planted system holds of Ada."""
    postgres.create_database(database, OWNER)
    dsn = postgres.dsn(database, OWNER)

    async def plant_and_gather() -> Gathered:
        await planted.plant(dsn)
        connectors: dict[str, Connector] = {"planted": PostgresConnector("planted", dsn)}
        return await gathered(connectors, load(planted.MAP, "planted.yaml"), planted.ADA, scope)

    return asyncio.run(plant_and_gather())
