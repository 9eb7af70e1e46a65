"""The shop's database: every row follows from its number, so each machine makes the same rows."""

from datetime import UTC, date, datetime
from pathlib import Path

import asyncpg

from samples.business.people import MAYA_JOHNSON, PEOPLE, SamplePerson

HERE = Path(__file__).parent
LONG_AGO = datetime(2023, 2, 1, 17, tzinfo=UTC)
LATELY = datetime(2026, 1, 15, 17, tzinfo=UTC)
"""When Maya Johnson changed her address."""

_FIRST = (
    "ARRAY['Ada','Bela','Chen','Dora','Emil','Farah','Gita','Hugo','Ines','Jamal','Keiko','Liam',"
    "'Mina','Noor','Omar','Petra','Quinn','Rosa','Sami','Tess','Uma','Viktor','Wanda','Ximena',"
    "'Yusuf','Zora','José']"
)
_LAST = (
    "ARRAY['Abbott','Baptiste','Cho','Duarte','Engel','Fuentes','Greene','Haddad','Ito','Jansen',"
    "'Kaur','Lopez','Meyer','Nguyen','O''Brien','Patel','Quist','Rossi','Silva','Tanaka','Umarov',"
    "'Vega','Wong','Xu','Yilmaz','Zhang','Núñez','Novak','Berg']"
)
_STREETS = "ARRAY['Oak Street','Pine Avenue','Mesa Road','Bay Drive','Hill Court','Sunset Blvd']"
_CITIES = "ARRAY['Fresno','Long Beach','San Jose','Riverside','Bakersfield','Eureka','Chico']"
_PAGES = "ARRAY['/','/pricing','/services','/contact','/blog/cloud','/careers']"
_SUBJECTS = "ARRAY['Invoice question','Wrong address','Access to portal','Change of contact']"


def _pick(array: str, number: str) -> str:
    return f"({array})[1 + ({number}) % array_length({array}, 1)]"


_NAME = f"{_pick(_FIRST, 'n')} || ' ' || {_pick(_LAST, 'n / 27')}"

ROWS = (
    # :consumers is their number, :known that of those who stand there by name already.
    f"""INSERT INTO customers
        SELECT n, 'C-' || lpad(n::text, greatest(6, length(n::text)), '0'), {_NAME},
               'consumer' || n || '@example.org',
               '2022-03-01Z'::timestamptz + n * interval '17 min',
               '+1 559 ' || lpad((n / 10000 % 1000)::text, 3, '0') || ' '
                         || lpad((n % 10000)::text, 4, '0'),
               (100 + n % 9000) || ' ' || {_pick(_STREETS, "n / 9000")},
               {_pick(_CITIES, "n")}, 'CA',
               lpad((90001 + n % 6000)::text, 5, '0'), date '1940-01-01' + (n * 7919 % 24000)::int,
               CASE WHEN n % 11 = 0 THEN n - 10 END,
               '2022-03-01Z'::timestamptz + n * interval '17 min'
          FROM generate_series(:known + 1, :consumers) AS n""",
    """INSERT INTO products
       SELECT 'SKU-' || n, 'Service package ' || n, 4900 + 1300 * n
         FROM generate_series(1, 20) AS n""",
    """INSERT INTO orders
       SELECT id * 10 + k, 'O-' || lpad(id::text, 8, '0') || '-' || k, id,
              '2023-05-01Z'::timestamptz + (id * 13 + k * 500) % 30000 * interval '1 hour',
              full_name || ', ' || street || ', ' || city
         FROM customers, generate_series(1, 1 + id % 3) AS k""",
    """INSERT INTO order_items
       SELECT id, line, 'SKU-' || (1 + (id + line) % 20), 1 + id % 4
         FROM orders, generate_series(1, 1 + id % 2) AS line""",
    """INSERT INTO invoices
       SELECT 'I-' || o.id, o.id, c.id, c.full_name,
              c.street || ', ' || c.city || ', ' || c.state || ' ' || c.postcode,
              9900 + o.id % 50000, (o.placed_at AT TIME ZONE 'UTC')::date + 3
         FROM orders o JOIN customers c ON c.id = o.customer_id""",
    f"""INSERT INTO support_tickets
        SELECT id * 10 + k, id, '2024-01-15Z'::timestamptz + (id * 29 + k) % 14000 * interval '1 h',
               {_pick(_SUBJECTS, "id + k")}
          FROM customers, generate_series(1, 2) AS k
         WHERE id % 4 = 1""",
    """INSERT INTO support_messages
       SELECT t.id * 10 + k, t.id, t.opened_at + k * interval '2 h',
              CASE WHEN k = 1 THEN 'Hello, this is ' || c.full_name || '. ' ELSE '' END ||
              CASE (t.id + k) % 4
                WHEN 0 THEN 'My card 4111 1111 1111 1111 was charged twice.'
                WHEN 1 THEN 'My colleague Paul Stern (paul.stern@example.net) has the same trouble.'
                WHEN 2 THEN 'Thank you. Call me at ' || coalesce(c.phone, 'the office')
                ELSE 'I cannot open the portal since Monday.' END
         FROM support_tickets t JOIN customers c ON c.id = t.customer_id,
              generate_series(1, 2) AS k""",
    """INSERT INTO marketing_contacts (id, email, full_name, phone, source, added_at)
       SELECT id, email, full_name, phone, 'shop', created_at
         FROM customers WHERE id % 2 = 1""",
    f"""INSERT INTO marketing_contacts (id, email, full_name, company, job_title, source, added_at)
        SELECT :consumers + n, 'contact' || n || '@company' || n % 500 || '.example', {_NAME},
               'Company ' || n % 500, {_pick("ARRAY['Buyer','Director','Engineer']", "n")},
               'public database', '2024-06-01Z'::timestamptz + n * interval '9 min'
          FROM generate_series(1, :consumers / 5) AS n""",
    """INSERT INTO preferences (customer_id, newsletter)
       SELECT id, id % 5 <> 0 FROM customers
        WHERE id % 3 <> 0""",
    f"""INSERT INTO web_visits
        SELECT id * 10 + k, CASE WHEN k < 4 THEN id END,
               CASE WHEN k < 4 THEN 'ck-' ELSE 'an-' END || md5(id::text),
               '203.0.113.0'::inet + id % 256, {_pick(_PAGES, "id + k")},
               '2024-02-01Z'::timestamptz + (id * 37 + k * 91) % 15000 * interval '1 h'
          FROM customers, generate_series(1, 1 + id % 4) AS k""",
)
"""One statement per table, in an order that the foreign keys allow."""


async def fill(connection: "asyncpg.Connection[asyncpg.Record]", consumers: int) -> None:
    """Create the shop's tables and rows; the caller gives the transaction."""
    await connection.execute((HERE / "shop.sql").read_text())
    await connection.copy_records_to_table(
        "customers",
        records=[_record(number, person) for number, person in enumerate(PEOPLE, start=1)],
    )
    numbers = {":consumers": consumers, ":known": len(PEOPLE)}
    for statement in ROWS:
        for place, number in numbers.items():
            statement = statement.replace(place, f"{number}::bigint")
        await connection.execute(statement)
    await connection.execute((HERE / "shop_indexes.sql").read_text())


def _record(number: int, person: SamplePerson) -> tuple[object, ...]:
    return (
        number,
        person.customer_number,
        person.name,
        person.email,
        LATELY if person is MAYA_JOHNSON else LONG_AGO,
        person.phone,
        person.street,
        person.city,
        person.state,
        person.postcode,
        date.fromisoformat(person.birth_date),
        None,
        LONG_AGO,
    )
