"""The second database and the folder of CSV files, filled from the shop's customers."""

import csv
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import asyncpg

HERE = Path(__file__).parent
_BATCH = 5000

ROWS = (
    """INSERT INTO crm_contacts
       SELECT id, CASE WHEN id % 4 <> 0 THEN customer_number END, full_name, email, phone,
              'Company ' || id % 500, 'Buyer', '2023-03-01Z'::timestamptz + id * interval '5 min'
         FROM customer WHERE id % 2 = 1""",
    """INSERT INTO crm_activities
       SELECT id * 10 + k, id, known_since + k * interval '31 days',
              CASE k WHEN 1 THEN 'Called ' || full_name || '; speaks for Paul Stern too.'
                     ELSE 'Sent the price list to ' || email END
         FROM crm_contacts, generate_series(1, 2) AS k""",
    """INSERT INTO accounts
       SELECT id, email || '#' || id, customer_number, 'scrypt$' || md5(id::text),
              'my first cat', true,
              '2025-01-01Z'::timestamptz + id % 9000 * interval '1 h'
         FROM customer WHERE id % 3 <> 2""",
    """INSERT INTO testimonials
       SELECT id, customer_number, full_name, 'They answered within the hour.', true
         FROM customer WHERE id % 10 = 1""",
    """INSERT INTO page_views
       SELECT id * 10 + k, 'ck-' || md5(id::text), '/products/' || k, 'US',
              '2024-03-01Z'::timestamptz + (id * 41 + k) % 15000 * interval '1 h'
         FROM customer, generate_series(1, 1 + id % 3) AS k""",
    """INSERT INTO applicants
       SELECT id, full_name, email, phone, birth_date,
              '900-55-' || lpad((id % 10000)::text, 4, '0'),
              full_name || ' has worked at Company ' || id % 500 || ' since 2019.',
              '2024-09-01Z'::timestamptz + id * interval '11 min'
         FROM customer WHERE id % 20 = 1""",
    """INSERT INTO applicant_documents
       SELECT id, 'cv.txt', convert_to(cv || ' Card 4111 1111 1111 1111.', 'UTF8')
         FROM applicants""",
)
"""One statement per table, from a temporary table ``customer`` with the shop's customers."""

CUSTOMER = "id, customer_number, full_name, email, phone, birth_date"


async def create_backoffice(shop_dsn: str, dsn: str) -> bool:
    """Fill the second database for the customers of the shop, and say whether it was needed.

    It is all or nothing; a database that has the tables is left alone.
    """
    shop, connection = await asyncpg.connect(shop_dsn), await asyncpg.connect(dsn)
    try:
        async with connection.transaction(), shop.transaction():
            if await connection.fetchval("SELECT to_regclass('public.crm_contacts') IS NOT NULL"):
                return False
            await connection.execute((HERE / "backoffice.sql").read_text())
            await _copy_customers(shop, connection)
            for statement in ROWS:
                await connection.execute(statement)
            await connection.execute((HERE / "backoffice_indexes.sql").read_text())
        await connection.execute("ANALYZE")
    finally:
        await shop.close()
        await connection.close()
    return True


async def create_drop(shop_dsn: str, folder: Path) -> bool:
    """Write the CSV files for the customers of the shop, and say whether it was needed."""
    if _is_filled(folder):
        return False
    shop = await asyncpg.connect(shop_dsn)
    try:
        async with shop.transaction():
            await _write(folder / "bounces.csv", ("id", "email", "reason"), _bounces(shop))
            header = ("badge", "email", "full_name", "event", "dietary_note")
            await _write(folder / "event_attendees.csv", header, _attendees(shop))
    finally:
        await shop.close()
    return True


def _is_filled(folder: Path) -> bool:
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / "event_attendees.csv").exists()


async def _copy_customers(
    shop: "asyncpg.Connection[asyncpg.Record]", connection: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await connection.execute(
        "CREATE TEMPORARY TABLE customer (id bigint, customer_number text, full_name text,"
        " email text, phone text, birth_date date) ON COMMIT DROP"
    )
    async for rows in _customers(shop, "true"):
        await connection.copy_records_to_table("customer", records=rows)


async def _customers(
    shop: "asyncpg.Connection[asyncpg.Record]", condition: str
) -> AsyncIterator[Sequence[asyncpg.Record]]:
    query = f"SELECT {CUSTOMER} FROM customers WHERE {condition} ORDER BY id"
    cursor = await shop.cursor(query)
    while rows := await cursor.fetch(_BATCH):
        yield rows


async def _attendees(
    shop: "asyncpg.Connection[asyncpg.Record]",
) -> AsyncIterator[tuple[object, ...]]:
    async for rows in _customers(shop, "id % 7 = 1"):
        for row in rows:
            yield f"B-{row['id']}", row["email"], row["full_name"], "Cloud day", "no nuts"


async def _bounces(
    shop: "asyncpg.Connection[asyncpg.Record]",
) -> AsyncIterator[tuple[object, ...]]:
    async for rows in _customers(shop, "id % 9 = 1"):
        for row in rows:
            yield row["id"], row["email"], "mailbox full"


async def _write(
    path: Path, header: Sequence[str], rows: AsyncIterator[tuple[object, ...]]
) -> None:
    new = path.with_suffix(".new")
    with new.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(header)
        async for row in rows:
            table.writerow(row)
    new.replace(path)
