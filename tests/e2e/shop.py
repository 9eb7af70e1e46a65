"""The sample business seen by somebody who counts its rows himself."""

import itertools
from dataclasses import dataclass
from typing import Any

import asyncpg

from domain.vocabulary import PointOfIdentity

FIRST = 101
STEP = 4
"""Every fourth consumer from 101 has support tickets and takes the newsletter.

Left out is every seventh, of whom a note speaks of health: their packages wait for counsel.
"""

ROWS = {
    "customers": "SELECT count(*) FROM customers WHERE id = $1",
    "orders": "SELECT count(*) FROM orders WHERE id / 10 = $1",
    "order_items": "SELECT count(*) FROM order_items WHERE order_id / 10 = $1",
    "support_tickets": "SELECT count(*) FROM support_tickets WHERE id / 10 = $1",
    "support_messages": "SELECT count(*) FROM support_messages WHERE ticket_id / 10 = $1",
    "preferences": "SELECT count(*) FROM preferences WHERE customer_id = $1",
    "web_visits": "SELECT count(*) FROM web_visits WHERE id / 10 = $1",
}
"""The person's rows, found by keys that follow from the customer's number and not by our map."""

CONTACTS = "SELECT count(*) FROM marketing_contacts WHERE email = $1"
INVOICES = "SELECT count(*) FROM invoices WHERE invoice_number ~ ('^I-' || $1 || '[0-9]$')"


@dataclass(frozen=True)
class Customer:
    """A consumer whom no other test uses, with what the business truly has on file."""

    id: int
    customer_number: str
    name: str
    email: str
    phone: str
    postal_address: str
    birth_date: str

    @property
    def points(self) -> dict[PointOfIdentity, str]:
        """Three reliable points beside the address."""
        return {
            PointOfIdentity.PHONE: self.phone,
            PointOfIdentity.CUSTOMER_NUMBER: self.customer_number,
            PointOfIdentity.POSTAL_ADDRESS: self.postal_address,
        }


class Shop:
    """The business's database, by SQL of the tests' own."""

    def __init__(self, dsn: str, used: int = 0) -> None:
        """``used`` customers were used by an earlier run on the same data."""
        self._dsn = dsn
        fit = (n for n in itertools.count(FIRST, STEP) if n % 3 and n % 11 and n % 7 != 1)
        self._numbers = itertools.islice(fit, used, None)

    async def customer(self) -> Customer:
        """Return a consumer not used yet."""
        row = await self.one(
            "SELECT id, customer_number, full_name, email, phone, birth_date::text,"
            " street || ', ' || city || ', ' || state || ' ' || postcode AS address"
            " FROM customers WHERE id = $1",
            next(self._numbers),
        )
        return Customer(
            id=row["id"],
            customer_number=row["customer_number"],
            name=row["full_name"],
            email=row["email"],
            phone=row["phone"],
            postal_address=row["address"],
            birth_date=row["birth_date"],
        )

    async def rows(self, customer: Customer) -> dict[str, int]:
        """Count a consumer's rows that an erasure must remove, table by table."""
        counts = {table: await self.value(query, customer.id) for table, query in ROWS.items()}
        return counts | {"marketing_contacts": await self.value(CONTACTS, customer.email)}

    async def invoices(self, customer: Customer) -> int:
        """Count a consumer's invoices, which tax law keeps."""
        return int(await self.value(INVOICES, str(customer.id)))

    async def opted_out(self, customer: Customer) -> bool:
        """Tell whether sale and sharing is off for a consumer."""
        query = "SELECT sale_sharing_opt_out FROM preferences WHERE customer_id = $1"
        return bool(await self.value(query, customer.id))

    async def one(self, query: str, *args: object) -> asyncpg.Record:
        """Return one row."""
        connection = await asyncpg.connect(self._dsn)
        try:
            row = await connection.fetchrow(query, *args)
        finally:
            await connection.close()
        assert row is not None
        return row

    async def value(self, query: str, *args: object) -> Any:
        """Return one value."""
        return (await self.one(query, *args))[0]

    async def execute(self, statement: str) -> None:
        """Carry out a statement."""
        connection = await asyncpg.connect(self._dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()
