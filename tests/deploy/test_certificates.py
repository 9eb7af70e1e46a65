"""PostgreSQL's certificate: made once, believed by its clients, and by them alone."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import psycopg
import pytest

from workers.certificates import AUTHORITY, CERTIFICATE, KEY, write_certificate
from workers.stack.postgres import SUPERUSER, EmbeddedPostgres

SSL_REQUEST = bytes.fromhex("00000008 04d2162f")
NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


def test_it_is_made_once_and_its_key_is_the_servers_alone(tmp_path: Path) -> None:
    """A second call changes nothing; nobody else may read the key."""
    assert write_certificate(tmp_path, "postgres", NOW)
    before = {name: (tmp_path / name).read_bytes() for name in (AUTHORITY, CERTIFICATE, KEY)}
    assert not write_certificate(tmp_path, "postgres", NOW)
    assert before == {name: (tmp_path / name).read_bytes() for name in before}
    assert (tmp_path / KEY).stat().st_mode & 0o777 == 0o600


@asynccontextmanager
async def behind_tls(folder: Path, port: int) -> AsyncIterator[int]:
    """Speak TLS as PostgreSQL does, in front of a server that was built without it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / CERTIFICATE, folder / KEY)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(OSError, asyncio.IncompleteReadError):
            assert await reader.readexactly(8) == SSL_REQUEST
            writer.write(b"S")
            await writer.start_tls(context)
            inner, to_inner = await asyncio.open_connection("127.0.0.1", port)
            with closing(to_inner):
                await asyncio.gather(copied(reader, to_inner), copied(inner, writer))

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def copied(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Hand on what comes, until it ends."""
    while chunk := await source.read(65536):
        target.write(chunk)
        await target.drain()
    target.close()


async def test_clients_insist_on_it(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    """Both of our drivers connect by verify-full, and refuse another name or authority."""
    ours, other = tmp_path / "ours", tmp_path / "other"
    for folder in (ours, other):
        folder.mkdir()
        write_certificate(folder, "localhost", datetime.now(UTC))
    async with behind_tls(ours, postgres.port) as port:
        numeric = postgres.dsn("postgres", SUPERUSER).replace(f":{postgres.port}/", f":{port}/")
        named = numeric.replace("@127.0.0.1", "@localhost")
        trusting = f"?sslmode=verify-full&sslrootcert={ours / AUTHORITY}"
        assert await both_connect(named + trusting) == (1, 1)
        mistaken = f"{named}?sslmode=verify-full&sslrootcert={other / AUTHORITY}"
        for refused in (numeric + trusting, mistaken):
            with pytest.raises(ssl.SSLCertVerificationError):
                await asyncpg.connect(refused)
            with pytest.raises(psycopg.OperationalError, match="certificate"):
                await asyncio.to_thread(ask, refused)


async def both_connect(dsn: str) -> tuple[int, int]:
    """Ask for 1 by asyncpg, and by psycopg."""
    connection = await asyncpg.connect(dsn)
    first: int = await connection.fetchval("SELECT 1")
    await connection.close()
    return first, await asyncio.to_thread(ask, dsn)


def ask(dsn: str) -> int:
    """Ask for 1."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT 1").fetchone()
        assert row
        return int(row[0])
