"""What finding and erasing cost, beside the bare SQL that does the same, on the sample business."""

import resource
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncpg

from datamap import (
    DataMap,
    PersonKeys,
    RowRef,
    erase,
    find,
    load,
    plan_erasure,
    prove_absence,
)
from datamap.connectors import PostgresConnector
from samples import business

FIRST = 101
PEOPLE = 15
BARE = (
    "DELETE FROM order_items WHERE order_id IN (SELECT id FROM orders WHERE customer_id = $1)",
    "UPDATE invoices SET customer_id = NULL, order_id = NULL, use_lock = 'EX8'"
    " WHERE customer_id = $1",
    "DELETE FROM orders WHERE customer_id = $1",
    "DELETE FROM support_messages WHERE ticket_id IN"
    " (SELECT id FROM support_tickets WHERE customer_id = $1)",
    "DELETE FROM support_tickets WHERE customer_id = $1",
    "DELETE FROM preferences WHERE customer_id = $1",
    "DELETE FROM web_visits WHERE customer_id = $1",
    "DELETE FROM marketing_contacts WHERE lower(btrim(email)) ="
    " (SELECT lower(btrim(email)) FROM customers WHERE id = $1)",
    "UPDATE customers SET referred_by = NULL WHERE referred_by = $1",
    "DELETE FROM customers WHERE id = $1",
)
"""What somebody who knows the shop by heart would type."""


@dataclass(frozen=True)
class Figures:
    """Medians in seconds, peaks in MiB."""

    consumers: tuple[int, int]
    engine: tuple[float, float]
    bare: tuple[float, float]
    rows: int
    many_rows_seconds: float
    many_rows_bare_seconds: float
    peak_mib: int

    def lines(self) -> list[str]:
        """Return what to print."""
        small, large = self.consumers
        many = self.many_rows_seconds / self.many_rows_bare_seconds
        return [
            f"find, plan, erase and prove one of {small}: {self.engine[0]:.3f} s,"
            f" {self.engine[0] / self.bare[0]:.1f} times the bare SQL",
            f"find, plan, erase and prove one of {large}: {self.engine[1]:.3f} s,"
            f" {self.engine[1] / self.bare[1]:.1f} times the bare SQL",
            f"the larger business costs {self.engine[1] / self.engine[0]:.2f} times the smaller",
            f"one person with {self.rows} rows: {self.many_rows_seconds:.1f} s,"
            f" {many:.1f} times the bare SQL; the process never held more than {self.peak_mib} MiB",
        ]


async def measure(dsn: str, small: int, large: int, rows: int) -> Figures:
    """Make two sample businesses of these sizes in new databases, measure, and drop them again.

    ``dsn`` is a role that may create databases. Raises ``asyncpg.PostgresError``.
    """
    connection = await asyncpg.connect(dsn)
    names = (f"figures_{small}", f"figures_{large}_large")
    engine, bare = list[float](), list[float]()
    try:
        for name, consumers in zip(names, (small, large), strict=True):
            await connection.execute(f"CREATE DATABASE {name}")
            shop = _url(dsn, name)
            await business.create(shop, consumers)
            engine.append(statistics.median([await _by_engine(shop, n) for n in _people(0)]))
            bare.append(statistics.median([await _by_hand(shop, n) for n in _people(1)]))
        many = await _many_rows(_url(dsn, names[0]), rows)
    finally:
        for name in names:
            await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.close()
    return Figures(
        consumers=(small, large),
        engine=(engine[0], engine[1]),
        bare=(bare[0], bare[1]),
        rows=rows,
        many_rows_seconds=many[0],
        many_rows_bare_seconds=many[1],
        peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )


def _url(dsn: str, database: str) -> str:
    return urlsplit(dsn)._replace(path=f"/{database}").geturl()


def _people(half: int) -> Sequence[int]:
    """Return consumers who are nobody's doubt: one half for the engine, the other for the hand."""
    return range(FIRST + half, FIRST + 2 * PEOPLE, 2)


def _map() -> DataMap:
    return load(business.DATAMAP.read_text(encoding="utf-8"), business.DATAMAP.name)


async def _by_engine(dsn: str, number: int) -> float:
    datamap, systems = _map(), {"shop": PostgresConnector("shop", dsn)}
    row = RowRef(system="shop", collection="customers", key=str(number))
    start = time.perf_counter()
    finding = await find(systems, datamap, PersonKeys(rows=(row,)))
    plan = await plan_erasure(systems, datamap, finding)
    await erase(plan, systems["shop"])
    proof = await prove_absence(systems, datamap, plan)
    if not proof.holds:
        raise AssertionError(f"the proof names {proof.still_found}")
    return time.perf_counter() - start


async def _by_hand(dsn: str, number: int) -> float:
    start = time.perf_counter()
    connection = await asyncpg.connect(dsn)
    async with connection.transaction():
        for statement in BARE:
            await connection.execute(statement, number)
    await connection.close()
    return time.perf_counter() - start


async def _many_rows(dsn: str, rows: int) -> tuple[float, float]:
    """Give two people that many visits each, and erase one by the engine, the other by hand."""
    by_engine, by_hand = FIRST + 2 * PEOPLE + 1, FIRST + 2 * PEOPLE + 2
    connection = await asyncpg.connect(dsn)
    for n, number in enumerate((by_engine, by_hand), start=1):
        await connection.execute(
            "INSERT INTO web_visits SELECT -n - $2::bigint, $1, 'x', '203.0.113.1', '/', now()"
            " FROM generate_series(1, $3::bigint) AS n",
            number,
            n * rows,
            rows,
        )
    await connection.execute("ANALYZE web_visits")
    await connection.close()
    return await _by_engine(dsn, by_engine), await _by_hand(dsn, by_hand)
