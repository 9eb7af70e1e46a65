"""What an independent look still finds of a person: every column, every line, and no map."""

from collections.abc import Sequence

import asyncpg

from workers.stack.business import BusinessPlaces


async def rows_naming(business: BusinessPlaces, marks: Sequence[str]) -> dict[str, int]:
    """Count the rows that hold any of a person's marks, by ``system.table`` or file."""
    found = await _in_database(business.shop, marks, "shop")
    found |= await _in_database(business.backoffice, marks, "backoffice")
    return found | _in_files(business, marks)


async def _in_database(dsn: str, marks: Sequence[str], system: str) -> dict[str, int]:
    connection = await asyncpg.connect(dsn)
    try:
        tables = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        )
        names = [row["tablename"] for row in tables]
        counts = {f"{system}.{name}": await _naming(connection, name, marks) for name in names}
    finally:
        await connection.close()
    return {place: count for place, count in counts.items() if count}


async def _naming(
    connection: "asyncpg.Connection[asyncpg.Record]", table: str, marks: Sequence[str]
) -> int:
    count: int = await connection.fetchval(
        f'SELECT count(*) FROM public."{table}" t WHERE EXISTS ('
        " SELECT FROM unnest($1::text[]) mark WHERE strpos(t::text, mark) > 0)",
        marks,
    )
    return count


def _in_files(business: BusinessPlaces, marks: Sequence[str]) -> dict[str, int]:
    counts = {}
    for file in sorted(business.drop.rglob("*.csv")):
        lines = file.read_text(encoding="utf-8").splitlines()
        counts[f"drop.{file.stem}"] = sum(any(mark in line for mark in marks) for line in lines)
    return {place: count for place, count in counts.items() if count}
