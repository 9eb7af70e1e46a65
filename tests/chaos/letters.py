"""Afterwards: did every letter go out, once, under its one Message-ID?"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import asyncpg

from domain.vocabulary import NoticeKind
from tests.e2e.office import Office

Row = Mapping[str, Any]
Wrong = tuple[str, str, str]
"""Of which request, what is wrong, and how to look."""

OUTBOX = (
    "SELECT request_id, stream, n, notice, audience, channel, facts->>'reader' AS reader,"
    " message_id, status FROM privacy.outbox"
    " WHERE request_id = ANY($1)"
)


ASKING = frozenset({NoticeKind.ACKNOWLEDGEMENT, NoticeKind.AGENT_PROOF})
"""Letters that ask for a proof; nobody sends them again for what has ended without."""


class LetterAudit:
    """Holds the outbox against what the mail server was given."""

    def __init__(
        self, office: Office, connection: asyncpg.Connection, counts: Counter[str]
    ) -> None:
        self._office = office
        self._connection = connection
        self._counts = counts

    async def all(self, request_ids: Sequence[str], unproved: Collection[str] = ()) -> list[Wrong]:
        """Look at every letter of these requests, and for mail that is no letter at all."""
        arrived = Counter(mail["message_id"] for mail in await self._office.people.mails())
        letters = await self._connection.fetch(OUTBOX, request_ids)
        self._counts["letters"] += len(letters)
        self._counts["letters on paper"] += sum(row["channel"] == "post" for row in letters)
        self._counts["letters repeated under their one Message-ID"] += sum(
            arrived[row["message_id"]] - 1 for row in letters if arrived[row["message_id"]]
        )
        return [
            *(_wrong(row, what) for row, what in unsent(letters, arrived, unproved)),
            *(_wrong(row, what) for row, what in twice(letters)),
            *await self._strays(arrived),
        ]

    async def _strays(self, arrived: Counter[str]) -> list[Wrong]:
        rows = await self._connection.fetch("SELECT message_id FROM privacy.outbox")
        known = {row["message_id"] for row in rows}
        ours = [each for each in arrived if each.endswith(f"@{self._office.mail_domain}>")]
        return [
            ("nobody's", f"mail {each} is no letter of the outbox", "the inbox page")
            for each in ours
            if each not in known
        ]


def unsent(
    letters: Sequence[Row], arrived: Counter[str], unproved: Collection[str] = ()
) -> Iterator[tuple[Row, str]]:
    """Yield what is not out. Refused mail may stand: to staff, or to a provider written anew.

    So may what was withdrawn because the provider answered it, whatever the mail server said, and
    a refused letter that asks for a proof of what ended ``unproved``. What was posted need not have
    gone to the mail server; it did if its mail came back.
    """
    for row in letters:
        mailed = row["channel"] == "email"
        if row["status"] == "accepted" and mailed and not arrived[row["message_id"]]:
            yield row, "was accepted and never arrived"
        elif row["status"] != "accepted" and not (
            _may_stand(row, arrived[row["message_id"]])
            or (row["request_id"] in unproved and _asks_in_vain(row))
        ):
            yield row, f"is {row['status']}"


def _may_stand(row: Row, arrived: int) -> bool:
    if row["status"] == "refused":
        return bool(row["audience"] != "consumer")
    return bool(row["status"] == "withdrawn" and row["audience"] == "provider" and arrived)


def _asks_in_vain(row: Row) -> bool:
    return row["status"] == "refused" and row["notice"] in ASKING


def twice(letters: Sequence[Row]) -> Iterator[tuple[Row, str]]:
    """Yield letters to consumers and providers of which a stream sent the same one before.

    To agents goes a letter of their own; what came back from the mail goes on paper once more.
    """
    seen = set()
    for row in letters:
        kind = (row["stream"], row["notice"], row["reader"], row["channel"])
        if row["audience"] == "staff" or row["status"] != "accepted":
            continue
        if kind in seen:
            yield row, f"is {row['notice']} once more"
        seen.add(kind)


def _wrong(row: Row, what: str) -> Wrong:
    look = f"SELECT * FROM privacy.outbox WHERE stream = '{row['stream']}' AND n = {row['n']}"
    return row["request_id"], f"letter {row['n']} of {row['stream']} {what}", look
