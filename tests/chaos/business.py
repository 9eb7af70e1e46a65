"""What the business's own systems must show in the end, by queries of the suite's own."""

import io
import zipfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import asyncpg

from packages.names import csv_name
from records import packages
from tests.chaos.provider import PROVIDER
from tests.e2e.helpers import Helpers
from tests.e2e.office import Office
from tests.e2e.shop import CONTACTS, ROWS, Customer
from workers import mail_desk, parts

ATTACHED = b"\x89PNG\r\n\x1a\n" + b"pixels" * 500
"""The picture that comes with a mail."""

EVERYTHING = (*ROWS, "marketing_contacts", "invoices", "products")
"""The tables of the shop, of which nobody else's rows may change in number."""


@dataclass(frozen=True)
class Looked:
    """Whom to look for, and the telephone number that was asked for."""

    office: Office
    helpers: Helpers
    customer: Customer
    phone: str
    request_id: str


Must = Callable[[Looked], Awaitable[str]]
"""Says what is not as it must be, or nothing."""


async def opted_out(at: Looked) -> str:
    """Sale and sharing is off."""
    return "" if await at.office.shop.opted_out(at.customer) else "is not opted out"


async def not_opted_out(at: Looked) -> str:
    """Sale and sharing is on."""
    return "is still opted out" if await at.office.shop.opted_out(at.customer) else ""


async def phone_corrected(at: Looked) -> str:
    """The claimed number is held."""
    query = "SELECT phone FROM customers WHERE id = $1"
    held = await at.office.shop.value(query, at.customer.id)
    return "" if held == at.phone else "the telephone number is not corrected"


async def account_off(at: Looked) -> str:
    """The account is off, or gone with its data."""
    on = await _back_office(at, "SELECT active FROM accounts WHERE id = $1", at.customer.id)
    return "the account is still on" if on else ""


async def testimonial_off(at: Looked) -> str:
    """The testimonial is not published, and not gone either."""
    query = "SELECT published FROM testimonials WHERE id = $1"
    published = await _back_office(at, query, at.customer.id)
    return "" if published is False else f"the testimonial's state is {published}"


async def limited(at: Looked) -> str:
    """The limit stands on the suppression list."""
    query = (
        "SELECT count(*) FROM privacy.suppression"
        " WHERE request_id = $1 AND scope = 'sensitive_data'"
    )
    connection = await asyncpg.connect(at.office.settings.secret("dsn"))
    try:
        listed = await connection.fetchval(query, at.request_id)
    finally:
        await connection.close()
    return "" if listed else "the limit is on no list"


async def off_the_lists(at: Looked) -> str:
    """No mailing list has the address."""
    listed = await at.office.shop.value(CONTACTS, at.customer.email)
    return f"{listed} mailing lists still have the address" if listed else ""


async def copy_returned(at: Looked) -> str:
    """The package that goes out has the copy of the provider that returns one, once."""
    connection = await asyncpg.connect(at.office.settings.secret("dsn"))
    try:
        package = await packages.released(connection, at.request_id)
        if package is None:
            return "no package is released"
        key = await parts.vault(at.office.settings).data_key(connection, at.request_id)
        content = b"".join([chunk async for chunk in packages.read(connection, key, package)])
    finally:
        await connection.close()
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        table = csv_name(f"returned.{PROVIDER}")
        rows = opened.read(table).splitlines()[1:] if table in opened.namelist() else ()
    return "" if len(rows) == 1 else f"{len(rows)} copies of {PROVIDER} are in the package"


async def picture_kept(at: Looked) -> str:
    """What was attached to a mail is in the vault, once and whole."""
    vault = parts.vault(at.office.settings)
    connection = await asyncpg.connect(at.office.settings.secret("dsn"))
    try:
        kept = [
            body
            async for row, message in mail_desk.written(connection, vault, at.request_id)
            async for _, body in mail_desk.files_of(connection, vault, at.request_id, row, message)
        ]
    finally:
        await connection.close()
    return "" if kept == [ATTACHED] else f"{len(kept)} files are kept, not the one that was sent"


async def agent_knows(at: Looked) -> str:
    """The agent's software is told the end when it asks, and was called back with the same."""
    case = at.office.case(at.request_id, at.customer, {})
    query = "SELECT drp_id FROM privacy.agent_request WHERE request_id = $1"
    ((drp_id,),) = await case.query(query, at.request_id)
    named = {"request_id": str(drp_id)}
    answer = await at.helpers.asked(named)
    heard = [told for told in at.helpers.heard if told["request_id"] == str(drp_id)]
    if answer["status"] not in ("fulfilled", "revoked"):
        return f"the agent's software is told {answer['status']}"
    return "" if heard[-1:] == [answer] else "the agent's software was not called back with the end"


async def totals(office: Office) -> dict[str, int]:
    """Count the rows of every table, everybody's together."""
    return {table: await office.shop.value(f"SELECT count(*) FROM {table}") for table in EVERYTHING}


async def opt_out_beforehand(office: Office, customers: Sequence[Customer]) -> None:
    """Have consumers opted out by the business itself, long ago."""
    ids = [customer.id for customer in customers]
    connection = await asyncpg.connect(office.stack.business.shop)
    try:
        statement = "UPDATE preferences SET sale_sharing_opt_out = true WHERE customer_id = ANY($1)"
        await connection.execute(statement, ids)
    finally:
        await connection.close()


async def _back_office(at: Looked, query: str, *args: object) -> object:
    connection = await asyncpg.connect(at.office.stack.business.backoffice)
    try:
        return await connection.fetchval(query, *args)
    finally:
        await connection.close()
