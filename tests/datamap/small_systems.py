"""One small system, made of each kind that a connector exists for."""

import asyncio
import csv
import json
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

import asyncpg
import uvicorn

from datamap.connectors import (
    Connector,
    CsvFolderConnector,
    HttpJsonConnector,
    PostgresConnector,
)
from samples.business.interface import Row, Table, interface

MEMBERS: Sequence[Row] = [
    {"id": "1", "mail": "Ada@Example.org ", "name": "Ada Núñez", "phone": "+1 415 555 0142",
     "street": "12 Oak St.", "city": "Chico", "born": "1988-04-12", "number": "M-1"},
    {"id": "2", "mail": "ben@example.org", "name": "Ben Cho", "phone": None,
     "street": None, "city": None, "born": None, "number": "M-2"},
    {"id": "3", "mail": "cleo@example.org", "name": "Cleo Ito", "phone": "415.555.0199",
     "street": "9 Elm Ave", "city": "Davis", "born": "1990-12-31", "number": "M-3"},
]  # fmt: skip
BOOKINGS: Sequence[Row] = [
    {"member": str(1 + n % 3), "line": str(n), "title": f'Course, "{n}"\nin two lines'}
    for n in range(9)
]
MAP = """\
dataset:
  - fides_key: {system}
    meta: {{privacy: {{connector: {kind}}}}}
    collections:
      - name: members
        fides_meta: {{privacy: {{role: person, erasure: {erasure}}}}}
        fields:
          - {{name: id, fides_meta: {{primary_key: true}}}}
          - {{name: mail, fides_meta: {{identity: email}}}}
          - {{name: name, fides_meta: {{privacy: {{point: full_name}}}}}}
          - {{name: phone, fides_meta: {{privacy: {{point: phone}}}}}}
          - {{name: street, fides_meta: {{privacy: {{point: postal_address}}}}}}
          - {{name: city, fides_meta: {{privacy: {{point: postal_address}}}}}}
          - {{name: born, fides_meta: {{privacy: {{point: birth_date}}}}}}
          - name: number
            fides_meta: {{identity: customer_number, privacy: {{tombstone: "gone-{{key}}"}}}}
      - name: bookings
        fields:
          - name: member
            fides_meta:
              primary_key: true
              references: [{{dataset: {system}, field: members.id}}]
          - {{name: line, fides_meta: {{primary_key: true}}}}
          - {{name: title, data_categories: [user.content]}}
"""
"""The same for each kind."""


async def in_postgres(system: str, dsn: str) -> Connector:
    """Make the system in an empty database."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "CREATE TABLE members (id integer PRIMARY KEY, mail text, name varchar(80), phone text,"
        " street text, city text, born date, number text UNIQUE);"
        "CREATE TABLE bookings (member integer REFERENCES members, line smallint, title text,"
        " PRIMARY KEY (member, line))"
    )
    for name, rows in (("members", MEMBERS), ("bookings", BOOKINGS)):
        for row in rows:
            await connection.execute(
                f"INSERT INTO {name} SELECT (jsonb_populate_record(NULL::{name}, $1)).*",
                json.dumps(row),
            )
    await connection.close()
    return PostgresConnector(system, dsn)


def in_files(system: str, folder: Path) -> Connector:
    """Make the system as CSV files."""
    for name, rows in (("members", MEMBERS), ("bookings", BOOKINGS)):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, list(rows[0]))
            table.writeheader()
            table.writerows(rows)
    return CsvFolderConnector(system, folder)


@asynccontextmanager
async def behind_http(system: str) -> AsyncIterator[Connector]:
    """Serve the system over real HTTP on loopback."""
    tables = {
        "members": Table(list(MEMBERS[0]), ["id"], MEMBERS),
        "bookings": Table(list(BOOKINGS[0]), ["member", "line"], BOOKINGS),
    }
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(interface(tables, "token"), log_level="critical", lifespan="off")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield HttpJsonConnector(system, f"http://127.0.0.1:{listener.getsockname()[1]}", "token")
        server.should_exit = True
        await serving
