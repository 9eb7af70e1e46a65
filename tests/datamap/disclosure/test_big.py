"""Gathering holds a few batches, whatever the number of rows."""

import tracemalloc

import asyncpg

from datamap import DataMap, PersonKeys, RowRef, find
from datamap.connectors import Connector
from datamap.disclosure import Scope, gather

ANA = RowRef(system="shop", collection="customers", key="1")
MEBIBYTE = 1024 * 1024


class Nowhere:
    """Takes pieces and keeps none."""

    def __init__(self) -> None:
        self.pieces = 0

    async def put(self, chunk: bytes) -> int:
        self.pieces += 1
        return self.pieces - 1


async def test_memory_does_not_grow_with_the_rows(
    connectors: dict[str, Connector],
    datamap: DataMap,
    scope: Scope,
    shop_connection: asyncpg.Connection,
) -> None:
    """KNO-02: a person with several times the text takes no more memory to gather."""
    peaks = []
    for first, rows in ((1_000_000, 1_000), (2_000_000, 2_000)):
        await shop_connection.execute(
            "INSERT INTO web_visits SELECT $1::bigint + n, 1, 'ck', '203.0.113.9',"
            " '/' || repeat('x', 2000), '2024-02-01Z' FROM generate_series(1, $2::int) n",
            first,
            rows,
        )
        peaks.append(await _peak(connectors, datamap, scope))
    assert peaks[1] < peaks[0] + 2 * MEBIBYTE  # the text alone grew by 4


async def _peak(connectors: dict[str, Connector], datamap: DataMap, scope: Scope) -> int:
    """Return the most memory that gathering took."""
    finding = await find(connectors, datamap, PersonKeys(rows=(ANA,)))
    tracemalloc.start()
    try:
        await gather(connectors, datamap, finding, scope, Nowhere())
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
