"""Streams to append and to tamper with."""

from collections.abc import Iterable
from datetime import UTC, datetime

from domain.chain import GENESIS, canonical, link
from records.chain_check import seal
from records.ledger import Entry, StoredEntry

AT = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


def entry(stream: str, n: int, kind: str = "Noted", **data: object) -> Entry:
    """Write one event as the workflow would."""
    document = {"at": AT.isoformat(), "data": data, "n": n, "stream": stream, "type": kind}
    return Entry(n, canonical(document))


def entries(stream: str, numbers: Iterable[int]) -> list[Entry]:
    """Write several events."""
    return [entry(stream, n) for n in numbers]


def stored(stream: str, length: int) -> list[StoredEntry]:
    """Chain ``length`` events as the ledger stores them."""
    rows: list[StoredEntry] = []
    for n, body in entries(stream, range(1, length + 1)):
        previous, sealed = (rows[-1].hash, rows[-1].seal) if rows else (GENESIS, GENESIS)
        chained = link(previous, body)
        rows.append(
            StoredEntry(
                stream=stream,
                n=n,
                body=body,
                previous_hash=previous,
                hash=chained,
                recorded_at=AT,
                seal=seal(sealed, chained, AT),
            )
        )
    return rows
