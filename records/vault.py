"""The vault: personal data at rest, each request under a data key of its own."""

import os

from domain.chain import canonical
from records.connection import Connection, Row, rows_changed
from records.keyring import KEY_BYTES, Tampered, Wrapped, decrypt, encrypt
from records.model import Record
from records.wrapping import WrappingKeys

__all__ = [
    "NoDataKey",
    "NotInVault",
    "Shredded",
    "StoredKind",
    "Tampered",
    "UnderHold",
    "Vault",
    "VaultError",
    "drop",
    "wrapped_by_key",
]


class VaultError(Exception):
    """Something asked of the vault is not there to be had."""


class NotInVault(VaultError):
    """Nothing is stored in that place."""


class NoDataKey(VaultError):
    """The request has no data key yet; ``create_key`` first."""


class Shredded(VaultError):
    """The request's data key was destroyed at retention's end; its data cannot be read again."""


class UnderHold(VaultError):
    """A legal hold covers the request's record; release it before anything is shredded."""


class StoredKind(Record):
    """A place in the vault that holds something."""

    kind: str
    n: int


class Vault:
    """Stores and opens personal data; ``wrapping`` wraps the data key of each request."""

    def __init__(self, wrapping: WrappingKeys) -> None:
        self._wrapping = wrapping

    async def create_key(self, conn: Connection, request_id: str) -> None:
        """Give a registered request its data key; one that has had a key keeps it."""
        wrapped = await self._wrapping.wrap(os.urandom(KEY_BYTES), request_id)
        await conn.execute(
            "INSERT INTO privacy.data_key (request_id, key_id, wrapped) VALUES ($1, $2, $3)"
            " ON CONFLICT DO NOTHING",
            request_id,
            wrapped.key_id,
            wrapped.body,
        )

    async def put(
        self,
        conn: Connection,
        request_id: str,
        kind: str,
        body: bytes,
        n: int = 0,
        *,
        replace: bool = False,
    ) -> bool:
        """Store ``body`` and tell whether it was written.

        What is stored in that place already stays, unless ``replace``.

        Raises:
            NoDataKey: the request has none.
            Shredded: it was destroyed.
        """
        key = await self.data_key(conn, request_id)
        return await _store(conn, key, request_id, kind, body, n, replace=replace)

    async def get(self, conn: Connection, request_id: str, kind: str, n: int = 0) -> bytes:
        """Return what is stored in a place.

        Raises:
            NotInVault: nothing is.
            Shredded: the request's data key was destroyed.
            Tampered: the row was changed or moved.
        """
        row = await conn.fetchrow(
            "SELECT k.key_id, k.wrapped, v.ciphertext FROM privacy.data_key k"
            " LEFT JOIN privacy.vault v ON v.request_id = k.request_id AND v.kind = $2 AND v.n = $3"
            " WHERE k.request_id = $1",
            request_id,
            kind,
            n,
        )
        if row is None:
            raise NotInVault(f"nothing is stored for {request_id}; check the request id")
        key = await self._unwrap(request_id, row)
        if row["ciphertext"] is None:
            raise NotInVault(f"{request_id} has no {kind!r} number {n} in the vault")
        return decrypt(key, row["ciphertext"], _place(request_id, kind, n))

    async def kinds(self, conn: Connection, request_id: str) -> list[StoredKind]:
        """Name the places that hold something of a request."""
        rows = await conn.fetch(
            "SELECT kind, n FROM privacy.vault WHERE request_id = $1 ORDER BY kind, n", request_id
        )
        return [StoredKind(kind=row["kind"], n=row["n"]) for row in rows]

    async def shred(self, conn: Connection, request_id: str) -> bool:
        """Destroy a request's data key and drop its ciphertexts; tell whether it had a key.

        The key's row stays, with the time. A backup can be read as long as it and the wrapping key
        both exist: retire wrapping keys (``rewrap``) at least as often as backups are kept.
        Raises ``UnderHold``: a legal hold forbids it (REC-06); the database refuses it as well.
        """
        async with conn.transaction():
            await _check_holds(conn, request_id)
            tag = await conn.execute(
                "UPDATE privacy.data_key SET wrapped = NULL, shredded_at = clock_timestamp()"
                " WHERE request_id = $1 AND wrapped IS NOT NULL",
                request_id,
            )
            await conn.execute("DELETE FROM privacy.vault WHERE request_id = $1", request_id)
        return rows_changed(tag) > 0

    async def rewrap(self, conn: Connection, batch: int = 500) -> int:
        """Wrap every data key under the newest key, ``batch`` at a time, and return how many.

        Each batch is a transaction, so that a call that ended early is taken up by the next one.
        Afterwards no row needs an older key. Raises ``UnknownKey`` for a key that is not held.
        """
        newest, total, after = await self._wrapping.newest(), 0, ""
        while rows := await self._rewrap_batch(conn, newest, after, batch):
            total, after = total + len(rows), rows[-1]["request_id"]
        return total

    async def _rewrap_batch(
        self, conn: Connection, newest: str, after: str, batch: int
    ) -> list[Row]:
        async with conn.transaction():
            rows = await conn.fetch(
                "SELECT request_id, key_id, wrapped FROM privacy.data_key"
                " WHERE key_id <> $1 AND wrapped IS NOT NULL AND request_id > $2"
                " ORDER BY request_id LIMIT $3 FOR UPDATE",
                newest,
                after,
                batch,
            )
            for row in rows:
                await self._rewrap_one(conn, row)
        return rows

    async def _rewrap_one(self, conn: Connection, row: Row) -> None:
        key = await self._unwrap(row["request_id"], row)
        wrapped = await self._wrapping.wrap(key, row["request_id"])
        await conn.execute(
            "UPDATE privacy.data_key SET key_id = $2, wrapped = $3 WHERE request_id = $1",
            row["request_id"],
            wrapped.key_id,
            wrapped.body,
        )

    async def data_key(self, conn: Connection, request_id: str) -> bytes:
        """Return a request's data key, for what this room stores in chunks.

        Raises:
            NoDataKey: the request has none.
            Shredded: it was destroyed.
        """
        row = await conn.fetchrow(
            "SELECT key_id, wrapped FROM privacy.data_key WHERE request_id = $1", request_id
        )
        if row is None:
            raise NoDataKey(f"{request_id} has no data key; file the request first")
        return await self._unwrap(request_id, row)

    async def _unwrap(self, request_id: str, row: Row) -> bytes:
        if row["wrapped"] is None:
            raise Shredded(f"the data of {request_id} was destroyed at the end of its retention")
        wrapped = Wrapped(row["key_id"], row["wrapped"])
        return await self._wrapping.unwrap(wrapped, request_id)


async def drop(conn: Connection, request_id: str, kind: str) -> int:
    """Drop everything of one kind and return how much there was; the rest of the request stays."""
    tag = await conn.execute(
        "DELETE FROM privacy.vault WHERE request_id = $1 AND kind = $2", request_id, kind
    )
    return rows_changed(tag)


async def wrapped_by_key(conn: Connection) -> dict[str, int]:
    """Count what is closed under each wrapping key: requests' data keys, and kept mail."""
    rows = await conn.fetch(
        "SELECT key_id, count(*) AS n FROM ("
        " SELECT key_id FROM privacy.data_key WHERE wrapped IS NOT NULL UNION ALL"
        " SELECT key_id FROM privacy.mail WHERE raw IS NOT NULL) closed GROUP BY key_id"
    )
    return {row["key_id"]: row["n"] for row in rows}


async def _check_holds(conn: Connection, request_id: str) -> None:
    hold_id = await conn.fetchval(
        "SELECT hold_id FROM privacy.legal_hold WHERE request_id = $1 AND released_at IS NULL",
        request_id,
    )
    if hold_id is not None:
        raise UnderHold(f"legal hold {hold_id} covers {request_id}; release it first")


async def _store(
    conn: Connection,
    key: bytes,
    request_id: str,
    kind: str,
    body: bytes,
    n: int,
    *,
    replace: bool,
) -> bool:
    on_conflict = "NOTHING"
    if replace:
        on_conflict = "UPDATE SET ciphertext = excluded.ciphertext, stored_at = clock_timestamp()"
    tag = await conn.execute(
        "INSERT INTO privacy.vault (request_id, kind, n, ciphertext) VALUES ($1, $2, $3, $4)"
        f" ON CONFLICT (request_id, kind, n) DO {on_conflict}",
        request_id,
        kind,
        n,
        encrypt(key, body, _place(request_id, kind, n)),
    )
    return rows_changed(tag) > 0


def _place(request_id: str, kind: str, n: int) -> bytes:
    return canonical({"kind": kind, "n": n, "request_id": request_id})
